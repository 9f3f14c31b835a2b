"""`aicost-review calibrate`: fit what is estimated to what was billed.

A log is JSON lines, one call each, with the request body and the provider's usage in its own spelling:
{"provider", "endpoint", "model", "request": {...}, "usage": {...} or "response": {"usage": {...}}, "recorded": "2026-..."}
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from bot.commands_calibrate_bill import bill_command
from bot.commands_count import OWN_TABLE
from bot.console import emit, note
from bot.errors import EXIT_OK, ReviewError
from bot.tokens.bodies import read_body
from bot.tokens.calibrate import MIN_ROWS, Bill, Calibrated, calibrate
from bot.tokens.table import bundled, read_table
from bot.tokens.written import table_text


@click.group("calibrate")
def calibrate_group() -> None:
    """Fit the estimates to your own bills."""


calibrate_group.add_command(bill_command)


@calibrate_group.command("tokens")
@click.argument("log", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), default=OWN_TABLE, show_default=True, help="The table to write."
)
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
def tokens_command(log: Path, out: Path, form: str) -> int:
    """Refit the token constants to LOG (JSON lines, .gz too), and say the error before and after.

    \b
    Each line holds the request body and the provider's usage:
      {"provider": "anthropic", "model": "...", "request": {...}, "usage": {"input_tokens": 812}}
    The bodies are read and not kept; the table holds constants only.

    \b
    Examples:
      aicost-review calibrate tokens billed.jsonl
      aicost-review calibrate tokens billed.jsonl.gz --out .aicost/tokens.toml --format json
    """
    today = datetime.now(UTC).date()
    bills, unread = _bills(log, today)
    found = calibrate(bills, bundled(), f"{len(bills)} bills of {log.name}, {today.isoformat()}")
    families = [c.family for c in found if c.family is not None]
    if families:
        text = table_text(families, today)
        read_table(text, str(out))  # what cannot be read back is never written
        out.parent.mkdir(parents=True, exist_ok=True)
        emit(text, out)
    if unread:
        note(f"{unread} line(s) of {log} hold no request with usage and were left out")
    _say(found, out if families else None, form)
    return EXIT_OK


def _bills(log: Path, today: date) -> tuple[list[Bill], int]:
    bills, unread = [], 0
    for line in _lines(log):
        bill = _bill(line, today)
        if bill is None:
            unread += 1
        else:
            bills.append(bill)
    if not bills:
        raise ReviewError(
            f"{log}: no line holds a request and its usage.", 'A line: {"request": {...}, "usage": {...}}'
        )
    return bills, unread


def _lines(log: Path) -> Iterator[bytes]:
    try:
        raw = log.read_bytes()
        text = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    except (OSError, EOFError, zlib.error) as error:
        raise ReviewError(
            f"{log}: cannot be read ({error})", "Give a file of JSON lines, packed with gzip or not."
        ) from error
    return (line for line in text.splitlines() if line.strip())


def _bill(line: bytes, today: date) -> Bill | None:
    try:
        row = json.loads(line)
        if not isinstance(row, Mapping):
            return None
        request = read_body(row.get("request"), **{k: _text(row.get(k)) for k in ("provider", "endpoint", "model")})
    except (ValueError, RecursionError, ReviewError):
        return None
    response = row.get("response")
    usage = row.get("usage") or (
        response.get("usage") or response.get("usageMetadata") if isinstance(response, Mapping) else None
    )
    billed = billed_input_tokens(usage) if isinstance(usage, Mapping) else None
    return None if billed is None else Bill(request=request, billed_tokens=billed, on=_day(row.get("recorded"), today))


# The provider's name of input tokens, and of those that it counts beside them.
_USAGE = (
    ("prompt_tokens", ()),
    ("promptTokenCount", ()),
    ("inputTokens", ("cacheReadInputTokens", "cacheWriteInputTokens")),
    ("input_tokens", ("cache_read_input_tokens", "cache_creation_input_tokens")),
)


def billed_input_tokens(usage: Mapping[str, Any]) -> int | None:
    """All billed input, cached tokens included, in any provider's spelling; None where usage does not say."""
    for name, beside in _USAGE:
        value = usage.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value + sum(n for k in beside if isinstance(n := usage.get(k), int))
    return None


def _day(value: object, today: date) -> date:
    try:
        return date.fromisoformat(_text(value)[:10])
    except ValueError:
        return today


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _say(found: tuple[Calibrated, ...], out: Path | None, form: str) -> None:
    if form == "json":
        click.echo(
            json.dumps({"written": str(out) if out else None, "families": [_as_json(c) for c in found]}, indent=2)
        )
        return
    for c in found:
        if c.before is None or c.after is None:
            click.echo(f"{c.name}: unchanged ({c.reason})")
            continue
        click.echo(
            f"{c.name}: {c.rows} bills, median error {c.before.median_percent} % -> {c.after.median_percent} %, "
            f"p90 {c.before.p90_percent} % -> {c.after.p90_percent} %"
            + (f"; unchanged ({c.reason})" if c.reason else "")
        )
    if not found:
        click.echo(f"No model of the log has constants; {MIN_ROWS} bills of a family are needed.")
    elif out is not None:
        click.echo(f"Written: {out}. `aicost-review count` reads it; the error after is of bills left out of the fit.")


def _as_json(c: Calibrated) -> dict[str, Any]:
    def errors(found: Any) -> dict[str, str] | None:
        return found and {"median_percent": str(found.median_percent), "p90_percent": str(found.p90_percent)}

    return {"family": c.name, "bills": c.rows, "before": errors(c.before), "after": errors(c.after), "reason": c.reason}
