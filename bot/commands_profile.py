"""`aicost-review profile`: build traffic profiles from call logs, show them, check them, compare two windows."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import click

from bot import __version__
from bot.config import PROFILES_FOLDER
from bot.console import emit, progress
from bot.errors import EXIT_GATE, EXIT_OK, ReviewError
from bot.profiles.build import MIN_CELL, account_text, build_profiles, decided_text
from bot.profiles.check import MAX_AGE_DAYS, findings
from bot.profiles.draw import diff_lines, printable, profile_lines
from bot.profiles.schema import Profile, load_profiles, read_profile, write_profile
from bot.profiles.sources import plain
from bot.profiles.sources.row import Options

_EXTRA = ("duckdb", "ibis", "pyarrow")

_PATHS = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))


@click.group("profile")
def profile_group() -> None:
    """Build and read traffic profiles from call logs."""


@profile_group.command("build")
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--source", "kind", help="Kind of log, where it cannot be told: plain, otlp-json, langfuse, litellm ...")
@click.option("--engine", default="duckdb", show_default=True, help="duckdb, spark, or an Ibis URL.")
@click.option(
    "--map", "mapped", multiple=True, metavar="COLUMN=FIELD", help="A plain log's column for one of our fields."
)
@click.option(
    "--usage-convention", type=click.Choice(["auto", "inclusive", "exclusive"]), default="auto", show_default=True
)
@click.option("--feature", help="The feature of all calls in the log.")
@click.option("--feature-from", metavar="KEY", help="The column, attribute or metadata key that names the feature.")
@click.option("--task-from", metavar="KEY", help="The column, attribute or metadata key that names the task.")
@click.option("--model", help="The model of calls that name none.")
@click.option(
    "--sampling-rate", type=click.FloatRange(0, 1, min_open=True), default=1.0, help="Of a log that holds a share."
)
@click.option(
    "--min-cell", type=click.IntRange(min=1), default=MIN_CELL, show_default=True, help="Fewest calls told apart."
)
@click.option("--memory-limit", default="1GB", show_default=True, help="Of the engine; beyond it spills to disk.")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path(PROFILES_FOLDER), show_default=True)
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def build_command(sources: tuple[Path, ...], out: Path, min_cell: int, quiet: bool, **said: Any) -> int:
    """Build one profile for each feature from the call logs SOURCES (files or folders).

    \b
    Reads JSONL, JSON, CSV (also .gz) and Parquet: plain tables, OpenTelemetry spans, and the exports of Langfuse,
    LiteLLM, Helicone, LangSmith, Phoenix, Bedrock, Azure API Management and Vertex AI. Nothing but counts is kept.
    """
    engine = _engine()
    with TemporaryDirectory(prefix="aicost-profile-") as folder, progress(quiet=quiet) as tell:
        request = engine.Request(
            paths=sources,
            folder=Path(folder),
            source=said["kind"] or (plain.NAME if said["mapped"] else None),
            options=Options(
                feature=said["feature"],
                model=said["model"],
                feature_from=said["feature_from"],
                task_from=said["task_from"],
                columns=_columns(said["mapped"]),
            ),
            convention=said["usage_convention"],
            engine=said["engine"],
            memory_limit=said["memory_limit"],
            sampling_rate=said["sampling_rate"],
        )
        measured = engine.measure(request, lambda what, done, of: tell(f"{what} {done / max(1, of):.0%}"))
    click.echo(account_text(measured.aggregates, measured.origin), err=True)
    decided = decided_text(measured.origin)
    if decided:
        click.echo(decided, err=True)
    for example in measured.examples:
        click.echo(f"  {printable(example)}", err=True)
    today = datetime.now(UTC).date()
    profiles = build_profiles(
        measured.aggregates, measured.origin, tool=f"aicost-review {__version__}", today=today, min_cell=min_cell
    )
    _write(profiles, out, today)
    return EXIT_OK


def _engine() -> ModuleType:
    """The building side. Raises `ReviewError` where the extra is not installed."""
    try:
        from bot.profiles.engine import logs  # noqa: PLC0415
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise ReviewError(
            f"building profiles needs {error.name}, which is not installed.", 'pip install "aicost-review[profile]"'
        ) from error
    return logs


def _columns(mapped: tuple[str, ...]) -> dict[str, str]:
    """Our field -> the log's column."""
    columns = {}
    for pair in mapped:
        column, equals, ours = pair.rpartition("=")
        if not equals or not column or ours not in plain.NAMES:
            raise ReviewError(f"--map {pair}: not COLUMN=FIELD.", f"Fields: {', '.join(plain.NAMES)}.")
        columns[ours] = column
    return columns


def _write(profiles: tuple[Profile, ...], out: Path, today: date) -> None:
    """One file for each feature; an older profile of the same feature is compared with, then replaced."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReviewError(f"{out}: not a folder ({error.strerror}).", "Give a folder: -o FOLDER.") from error
    old = {p.feature: p for p in load_profiles(out)}
    files = _files(out)
    taken = set(files.values())
    for profile in profiles:
        path = files.get(profile.feature) or _free(out, profile.feature, taken)
        taken.add(path)
        text = write_profile(profile)
        read_profile(text, str(path))  # what cannot be read back is never written
        emit(text, path)
        click.echo(f"{path}: {printable(profile.feature)}, {profile.calls.n:,} calls")
        for finding in findings(profile, today, before=old.get(profile.feature)):
            click.echo(f"  {finding.kind}: {printable(finding.text)}")


def _files(folder: Path) -> dict[str, Path]:
    return {read_profile(p.read_text("utf-8"), p.name).feature: p for p in sorted(folder.glob("*.y*ml")) if p.is_file()}


def _free(folder: Path, feature: str, taken: set[Path]) -> Path:
    """A file name made of the feature's: features come out of a log and may hold anything."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", feature).strip("-.")[:80] or "feature"
    names = chain([stem], (f"{stem}-{n}" for n in count(2)))
    return next(p for name in names if (p := folder / f"{name}.yaml") not in taken)


@profile_group.command("show")
@_PATHS
def show_command(paths: tuple[Path, ...]) -> int:
    """Draw the profiles in PATHS (default: .aicost/profiles)."""
    blocks = ["\n".join(profile_lines(p)) for p in _profiles(paths)]
    click.echo("\n\n".join(blocks))
    return EXIT_OK


@profile_group.command("check")
@_PATHS
@click.option(
    "--before",
    type=click.Path(path_type=Path),
    help="Profiles of the last window (file or folder), to tell whether the traffic has moved.",
)
@click.option("--max-age-days", type=click.IntRange(min=1), default=MAX_AGE_DAYS, show_default=True)
def check_command(paths: tuple[Path, ...], before: Path | None, max_age_days: int) -> int:
    """Say which profiles are stale, thin or drifted. Exit code 1 when any is."""
    today = datetime.now(UTC).date()
    old = {p.feature: p for p in _profiles((before,))} if before is not None else {}
    doubtful = False
    for profile in _profiles(paths):
        found = findings(profile, today, before=old.get(profile.feature), max_age_days=max_age_days)
        doubtful = doubtful or bool(found)
        compared = "" if profile.feature in old else " (not compared with an earlier window)"
        name = printable(profile.feature)
        for finding in found:
            click.echo(f"{name}: {finding.kind}: {printable(finding.text)}")
        if not found:
            click.echo(f"{name}: fine{compared}")
    return EXIT_GATE if doubtful else EXIT_OK


@profile_group.command("diff")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
def diff_command(before: Path, after: Path) -> int:
    """Say what moved from BEFORE to AFTER (profiles, or folders of them)."""
    old, new = _profiles((before,)), _profiles((after,))
    if len(old) == len(new) == 1:
        click.echo("\n".join(diff_lines(old[0], new[0])))
        return EXIT_OK
    by_feature = {p.feature: p for p in old}
    blocks = []
    for profile in new:
        other = by_feature.pop(profile.feature, None)
        name = printable(profile.feature)
        blocks.append("\n".join(diff_lines(other, profile)) if other is not None else f"{name}: only in {after}")
    blocks += [f"{printable(name)}: only in {before}" for name in by_feature]
    click.echo("\n\n".join(blocks))
    return EXIT_OK


def _profiles(paths: tuple[Path, ...]) -> tuple[Profile, ...]:
    """All profiles of files and folders. Raises `ReviewError` where there is none."""
    found: list[Profile] = []
    for path in paths or (Path(PROFILES_FOLDER),):
        if path.is_dir():
            found += load_profiles(path)
            continue
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ReviewError(
                f"{path} cannot be read ({_why(error)}).", "Build one: aicost-review profile build LOG."
            ) from error
        found.append(read_profile(text, str(path)))
    if not found:
        raise ReviewError(
            f"there is no profile in {', '.join(str(p) for p in paths) or PROFILES_FOLDER}.",
            "Build one: aicost-review profile build LOG.",
        )
    return tuple(found)


def _why(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "unknown reason") if isinstance(error, OSError) else "not UTF-8 text"
