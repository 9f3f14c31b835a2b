"""`aicost-review profile`: show traffic profiles, check them, compare two windows. Building is in `commands_profile_build`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from bot.commands_profile_build import build_command, sql_command
from bot.config import PROFILES_FOLDER
from bot.errors import EXIT_GATE, EXIT_OK, ReviewError
from bot.profiles.check import MAX_AGE_DAYS, findings
from bot.profiles.draw import diff_lines, moves, printable, profile_lines
from bot.profiles.schema import Profile, load_profiles, read_profile

Format = Literal["terminal", "json"]
_FORMAT = click.option(
    "--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True
)
_PATHS = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))


@click.group("profile")
def profile_group() -> None:
    """Build and read traffic profiles from call logs."""


profile_group.add_command(build_command)
profile_group.add_command(sql_command)


@profile_group.command("show")
@_PATHS
@_FORMAT
def show_command(paths: tuple[Path, ...], form: Format) -> int:
    """Draw the profiles in PATHS (default: .aicost/profiles).

    \b
    Examples:
      aicost-review profile show
      aicost-review profile show .aicost/profiles/chat.yaml --format json
    """
    found = _profiles(paths)
    if form == "json":
        click.echo(json.dumps({"profiles": [p.model_dump(mode="json", by_alias=True) for p in found]}, indent=1))
    else:
        click.echo("\n\n".join("\n".join(profile_lines(p)) for p in found))
    return EXIT_OK


@profile_group.command("check")
@_PATHS
@click.option(
    "--before",
    type=click.Path(path_type=Path),
    help="Profiles of the last window (file or folder), to tell whether the traffic has moved.",
)
@click.option("--max-age-days", type=click.IntRange(min=1), default=MAX_AGE_DAYS, show_default=True)
@_FORMAT
def check_command(paths: tuple[Path, ...], before: Path | None, max_age_days: int, form: Format) -> int:
    """Say which profiles are stale, thin or drifted. Exit code 1 when any is.

    \b
    Examples:
      aicost-review profile check
      aicost-review profile check --before last-month/ --max-age-days 30 --format json
    """
    today = datetime.now(UTC).date()
    old = {p.feature: p for p in _profiles((before,))} if before is not None else {}
    found = [
        (p.feature, findings(p, today, before=old.get(p.feature), max_age_days=max_age_days)) for p in _profiles(paths)
    ]
    if form == "json":
        profiles = [
            {
                "feature": feature,
                "compared": feature in old,
                "findings": [{"kind": f.kind, "text": f.text} for f in doubts],
            }
            for feature, doubts in found
        ]
        click.echo(json.dumps({"profiles": profiles}, indent=1))
    else:
        for feature, doubts in found:
            name = printable(feature)
            for doubt in doubts:
                click.echo(f"{name}: {doubt.kind}: {printable(doubt.text)}")
            if not doubts:
                click.echo(f"{name}: fine{'' if feature in old else ' (not compared with an earlier window)'}")
    return EXIT_GATE if any(doubts for _, doubts in found) else EXIT_OK


@profile_group.command("diff")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@_FORMAT
def diff_command(before: Path, after: Path, form: Format) -> int:
    """Say what moved from BEFORE to AFTER (profiles, or folders of them).

    \b
    Examples:
      aicost-review profile diff october/ november/
      aicost-review profile diff october/chat.yaml .aicost/profiles/chat.yaml --format json
    """
    old, new = _profiles((before,)), _profiles((after,))
    if len(old) == len(new) == 1:
        pairs, gone, come = [(old[0], new[0])], [], []
    else:
        by_feature = {p.feature: p for p in old}
        pairs = [(by_feature[p.feature], p) for p in new if p.feature in by_feature]
        come = [p.feature for p in new if p.feature not in by_feature]
        gone = [name for name in by_feature if name not in {p.feature for p in new}]
    if form == "json":
        told = {"features": [moves(a, b) for a, b in pairs], "only_before": gone, "only_after": come}
        click.echo(json.dumps(told, indent=1))
        return EXIT_OK
    blocks = ["\n".join(diff_lines(a, b)) for a, b in pairs]
    blocks += [f"{printable(name)}: only in {after}" for name in come]
    blocks += [f"{printable(name)}: only in {before}" for name in gone]
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
