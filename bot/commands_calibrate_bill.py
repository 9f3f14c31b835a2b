"""`aicost-review calibrate bill`: a traffic profile beside the provider's bill of the same days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bot.console import emit, note
from bot.errors import EXIT_OK, ReviewError
from bot.profiles.bill import read_bill
from bot.profiles.draw import printable
from bot.profiles.scaling import ModelGap, Scaling, Totals, scale
from bot.profiles.schema import Calibrated, Profile, read_profile, write_profile


@click.command("bill")
@click.argument("profile", type=click.Path(path_type=Path))
@click.argument("usage", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--only",
    multiple=True,
    metavar="KEY=VALUE",
    help="Rows of the bill: project_id, api_key_id, user_id, workspace_id, service_tier or batch.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing.")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
def bill_command(profile: Path, usage: tuple[Path, ...], only: tuple[str, ...], dry_run: bool, form: str) -> int:
    """Scale PROFILE (a file, or a folder of all features) to the usage export USAGE, and say how far each model was off.

    \b
    USAGE are saved pages of the usage API of OpenAI or Anthropic, grouped by model (JSON), or their rows (JSON lines,
    CSV). They hold totals: the volume is scaled, the distributions stay those of the log.

    \b
    Examples:
      aicost-review calibrate bill .aicost/profiles usage-2026-10.json
      aicost-review calibrate bill .aicost/profiles/chat.yaml usage.csv --only project_id=proj_1 --dry-run
    """
    files = _profiles(profile)
    bill = read_bill(usage, dict(_pair(o) for o in only))
    for reason, rows in bill.dropped.items():
        note(f"{rows:,} rows of the export left out: {reason.replace('_', ' ')}")
    for example in bill.examples:
        note(f"  {printable(example)}")
    found = scale([p for _, p in files], bill)
    if not dry_run:
        told = Calibrated.model_validate(
            {"factor": found.factor, "bill": usage[0].name[:200], "from": found.first, "to": found.last}
        )
        for path, one in files:
            text = write_profile(one.model_copy(update={"calibrated": told}))
            emit(text, path)
    if form == "json":
        click.echo(json.dumps(_as_json(found, None if dry_run else [str(p) for p, _ in files]), indent=2))
    else:
        click.echo("\n".join(_lines(found)))
        if not dry_run:
            click.echo(f"Written: {', '.join(str(p) for p, _ in files)}")
    return EXIT_OK


def _profiles(path: Path) -> list[tuple[Path, Profile]]:
    files = sorted(p for p in path.glob("*.y*ml") if p.is_file()) if path.is_dir() else [path]
    try:
        found = [(p, read_profile(p.read_text("utf-8"), str(p))) for p in files]
    except (OSError, UnicodeDecodeError) as error:
        raise ReviewError(f"{path} cannot be read: {error}", "Give a profile, or a folder of them.") from error
    if not found:
        raise ReviewError(f"there is no profile in {path}.", "Build one: aicost-review profile build LOG.")
    return found


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise ReviewError(f"--only {text}: not KEY=VALUE.", "For example --only project_id=proj_1.")
    return key, value


def _lines(found: Scaling) -> Iterator[str]:
    days = f"{found.first} to {found.last}"
    yield (
        f"{days}, the days that both have" if found.overlap else f"no day in common: days like the log's against {days}"
    )
    for gap in found.models:
        name = printable(gap.model)
        if gap.billed is None:
            yield f"{name}: in the log, not on the bill"
        elif gap.logged is None:
            yield f"{name}: on the bill ({gap.billed.tokens:,.0f} tokens), not in the log"
        else:
            yield f"{name}: " + "; ".join(_offs(gap.logged, gap.billed))
    yield f"volume × {found.factor:g} (billed {found.basis} ÷ logged)"


def _offs(logged: Totals, billed: Totals) -> Iterator[str]:
    if logged.requests is not None and billed.requests is not None:
        yield _off("requests", logged.requests, billed.requests)
    yield _off("input tokens", logged.input_tokens, billed.input_tokens)
    yield _off("output tokens", logged.output_tokens, billed.output_tokens)
    shares = [t.cached_tokens / t.input_tokens if t.input_tokens else 0.0 for t in (logged, billed)]
    yield f"cached input {shares[0]:.1%} logged, {shares[1]:.1%} billed"


def _off(name: str, logged: float, billed: float) -> str:
    off = f"{logged / billed - 1:+.1%}" if billed else "nothing billed"
    return f"{name} {logged:,.0f} logged, {billed:,.0f} billed ({off})"


def _as_json(found: Scaling, written: list[str] | None) -> dict[str, Any]:
    def one(gap: ModelGap) -> dict[str, Any]:
        off = {
            key: getattr(gap.logged, key) / theirs - 1
            for key in ("requests", "input_tokens", "output_tokens")
            if gap.logged is not None and gap.billed is not None and (theirs := getattr(gap.billed, key))
        }
        return {**asdict(gap), "off_share": off}

    return {
        "from": found.first.isoformat(),
        "to": found.last.isoformat(),
        "same_days": found.overlap,
        "factor": found.factor,
        "basis": found.basis,
        "models": [one(g) for g in found.models],
        "written": written,
    }
