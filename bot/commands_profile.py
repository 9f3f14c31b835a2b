"""`aicost-review profile`: show traffic profiles, check them, compare two windows. Building is in `commands_profile_build`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from bot.commands_profile_build import build_command, sql_command
from bot.config import PROFILES_FOLDER
from bot.errors import EXIT_GATE, EXIT_OK, ReviewError
from bot.profiles.check import MAX_AGE_DAYS, findings
from bot.profiles.draw import diff_lines, printable, profile_lines
from bot.profiles.schema import Profile, load_profiles, read_profile

_PATHS = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))


@click.group("profile")
def profile_group() -> None:
    """Build and read traffic profiles from call logs."""


profile_group.add_command(build_command)
profile_group.add_command(sql_command)


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
