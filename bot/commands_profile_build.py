"""`aicost-review profile build` and `profile sql`: from call logs, or from answers of somebody's own engine, to profiles."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from itertools import chain, count
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from bot import __version__
from bot.config import PROFILES_FOLDER
from bot.console import emit, progress, work_folder
from bot.errors import EXIT_OK, ReviewError
from bot.profiles import DIALECTS, UNNAMED
from bot.profiles.build import MIN_CELL, account_text, build_profiles, decided_text
from bot.profiles.check import Finding, findings
from bot.profiles.draw import printable
from bot.profiles.schema import Profile, load_profiles, read_profile, write_profile
from bot.profiles.sources import plain
from bot.profiles.sources.row import Options

_EXTRA = ("duckdb", "ibis", "pyarrow")

_MAP = click.option(
    "--map", "mapped", multiple=True, metavar="COLUMN=FIELD", help="A plain log's column for one of our fields."
)
_CONVENTION = click.option(
    "--usage-convention", type=click.Choice(["auto", "inclusive", "exclusive"]), default="auto", show_default=True
)
_FEATURE = click.option("--feature", help="The feature of all calls in the log.")
_FEATURE_FROM = click.option(
    "--feature-from", metavar="KEY", help="The column, attribute or metadata key that names the feature."
)
_TASK_FROM = click.option(
    "--task-from", metavar="KEY", help="The column, attribute or metadata key that names the task."
)
_FORMAT = click.option(
    "--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True
)
_MODEL = click.option("--model", help="The model of calls that name none.")


@click.command("build")
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path))
@click.option("--source", "kind", help="Kind of log, where it cannot be told: plain, otlp-json, langfuse, litellm ...")
@click.option(
    "--engine",
    default="duckdb",
    show_default=True,
    help="What reads the log: duckdb; or spark or clickhouse in this process, where their packages are installed.",
)
@click.option(
    "--from-aggregates",
    "answers",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Answers to the queries of `profile sql` (files, or their folder), in place of a log.",
)
@_MAP
@_CONVENTION
@_FEATURE
@_FEATURE_FROM
@_TASK_FROM
@_MODEL
@click.option(
    "--sampling-rate", type=click.FloatRange(0, 1, min_open=True), default=1.0, help="Of a log that holds a share."
)
@click.option(
    "--min-cell", type=click.IntRange(min=1), default=MIN_CELL, show_default=True, help="Fewest calls told apart."
)
@click.option("--memory-limit", default="1GB", show_default=True, help="Of the engine; beyond it spills to disk.")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path(PROFILES_FOLDER), show_default=True)
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@_FORMAT
def build_command(
    sources: tuple[Path, ...], answers: tuple[Path, ...], out: Path, min_cell: int, quiet: bool, form: str, **said: Any
) -> int:
    """Build one profile for each feature from the call logs SOURCES (files or folders).

    \b
    Reads JSONL, JSON, CSV (also .gz) and Parquet: plain tables, OpenTelemetry spans, and the exports of Langfuse,
    LiteLLM, Helicone, LangSmith, Phoenix, Bedrock, Azure API Management and Vertex AI. Nothing but counts is kept.

    \b
    Examples:
      aicost-review profile build calls.jsonl
      aicost-review profile build exports/ --feature-from metadata.product --task-from trace_id
      aicost-review profile build --from-aggregates answers/ --format json
    """
    if bool(sources) == bool(answers):
        raise ReviewError("give either logs or --from-aggregates.", "aicost-review profile build LOG...")
    if answers:
        found, origin = engine_side().read_answers(answers, said["sampling_rate"])
        examples: tuple[str, ...] = ()
        hints: tuple[str, ...] = ()
    else:
        measured = _measure(sources, quiet, said)
        found, origin = measured.aggregates, measured.origin
        examples, hints = measured.examples, measured.hints
    click.echo(account_text(found, origin), err=True)
    decided = decided_text(origin)
    if decided:
        click.echo(decided, err=True)
    for example in (*examples, *hints):
        click.echo(f"  {printable(example)}", err=True)
    today = datetime.now(UTC).date()
    profiles = build_profiles(found, origin, tool=f"aicost-review {__version__}", today=today, min_cell=min_cell)
    key = said.get("feature_from")
    if key and all(p.feature == UNNAMED for p in profiles):
        click.echo(f"  no call names a feature under {printable(key)} (--feature-from)", err=True)
    written = _write(profiles, out, today)
    if form == "json":
        told = [
            {
                "path": str(path), "feature": p.feature, "calls": p.calls.n,
                "findings": [{"kind": f.kind, "text": f.text} for f in doubts],
            }
            for path, p, doubts in written
        ]  # fmt: skip
        click.echo(json.dumps({"profiles": told}, indent=1))
        return EXIT_OK
    for path, profile, doubts in written:
        click.echo(f"{path}: {printable(profile.feature)}, {profile.calls.n:,} calls")
        for doubt in doubts:
            click.echo(f"  {doubt.kind}: {printable(doubt.text)}")
    return EXIT_OK


def _measure(sources: tuple[Path, ...], quiet: bool, said: Mapping[str, Any]) -> Any:
    engine = engine_side()
    with work_folder("aicost-profile-") as folder, progress(quiet=quiet) as tell:
        request = engine.Request(
            paths=sources,
            folder=folder,
            source=said["kind"] or (plain.NAME if said["mapped"] else None),
            options=_options(said),
            convention=said["usage_convention"],
            engine=said["engine"],
            memory_limit=said["memory_limit"],
            sampling_rate=said["sampling_rate"],
        )
        return engine.measure(request, lambda what, done, of: tell(f"{what} {done / max(1, of):.0%}"))


def _options(said: Mapping[str, Any]) -> Options:
    return Options(
        feature=said["feature"],
        model=said["model"],
        feature_from=said["feature_from"],
        task_from=said["task_from"],
        columns=_columns(said["mapped"]),
    )


@click.command("sql")
@click.option("--dialect", required=True, metavar="NAME", help=f"One of {', '.join(DIALECTS)}.")
@click.option(
    "--source",
    "kind",
    type=click.Choice(["otel-rows", "plain"]),
    default="otel-rows",
    show_default=True,
    help="The Collector's table of spans, or a table with a row for each call.",
)
@click.option(
    "--table", default="", metavar="NAME", help="The table (database.table). Default: otel_traces, calls_log."
)
@_MAP
@_CONVENTION
@_FEATURE
@_FEATURE_FROM
@_TASK_FROM
@_MODEL
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="A folder for one file a query, in place of printing."
)
@_FORMAT
def sql_command(dialect: str, kind: str, table: str, out: Path | None, form: str, **said: Any) -> int:
    """Print the queries that `profile build` asks, to run them with your own rights.

    \b
    Save each answer as CSV (with its column names) or Parquet, and hand all of them back:
      aicost-review profile build --from-aggregates ANSWERS/
    The answers hold counts and sums by feature, model and size; no text, no ids. Of a plain table only the columns named
    with --map are read; without any: time, feature, model, task_id, input_tokens, cache_read_input_tokens, output_tokens,
    total_tokens.

    \b
    Examples:
      aicost-review profile sql --dialect bigquery --table project.dataset.otel_traces
      aicost-review profile sql --dialect snowflake --source plain --map feature_name=feature -o queries/
    """
    sql = engine_side()
    texts = sql.queries(
        sql.SqlRequest(
            dialect=dialect, source=kind, table=table, options=_options(said), convention=said["usage_convention"]
        )
    )
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            emit(f"{text};\n", out / f"{name}.sql")
    if form == "json":
        queries = [
            {"name": n, "sql": f"{text};", "written": None if out is None else str(out / f"{n}.sql")}
            for n, text in texts.items()
        ]
        click.echo(json.dumps({"dialect": dialect, "queries": queries}, indent=1))
    elif out is None:
        for name, text in texts.items():
            click.echo(f"-- {name}: save the answer as {name}.csv\n{text};\n")
    return EXIT_OK


def engine_side() -> ModuleType:
    """The building side. Raises `ReviewError` where the extra is not installed."""
    try:
        from bot.profiles.engine import door  # noqa: PLC0415
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise ReviewError(
            f"building profiles needs {error.name}, which is not installed.", 'pip install "aicost-review[profile]"'
        ) from error
    return door


def _columns(mapped: tuple[str, ...]) -> dict[str, str]:
    """Our field -> the log's column."""
    columns = {}
    for pair in mapped:
        column, equals, ours = pair.rpartition("=")
        if not equals or not column or ours not in plain.NAMES:
            raise ReviewError(f"--map {pair}: not COLUMN=FIELD.", f"Fields: {', '.join(plain.NAMES)}.")
        columns[ours] = column
    return columns


def _write(profiles: tuple[Profile, ...], out: Path, today: date) -> list[tuple[Path, Profile, tuple[Finding, ...]]]:
    """What is where, and what is doubtful of it. One file for each feature; an older profile of the same feature is compared with, then replaced."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReviewError(f"{out}: not a folder ({error.strerror}).", "Give a folder: -o FOLDER.") from error
    old = {p.feature: p for p in load_profiles(out)}
    files = _files(out)
    taken = set(files.values())
    written = []
    for profile in profiles:
        path = files.get(profile.feature) or _free(out, profile.feature, taken)
        taken.add(path)
        emit(write_profile(profile), path)
        written.append((path, profile, findings(profile, today, before=old.get(profile.feature))))
    return written


def _files(folder: Path) -> dict[str, Path]:
    return {read_profile(p.read_text("utf-8"), p.name).feature: p for p in sorted(folder.glob("*.y*ml")) if p.is_file()}


def _free(folder: Path, feature: str, taken: set[Path]) -> Path:
    """A file name made of the feature's: features come out of a log and may hold anything."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", feature).strip("-.")[:80] or "feature"
    names = chain([stem], (f"{stem}-{n}" for n in count(2)))
    return next(p for name in names if (p := folder / f"{name}.yaml") not in taken)
