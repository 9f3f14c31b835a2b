"""`aicost-review count`: the input tokens of request bodies and texts, with their range, method and parts.

The count is made here, from a bundled vocabulary and a table of constants, without the network.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from bot import tokens
from bot.errors import EXIT_OK, EXIT_USAGE, ReviewError
from bot.tokens.bodies import BODY_KEYS, read_body
from bot.tokens.estimate import Estimate, parts_of, with_total
from bot.tokens.table import OWN_PATH, Table, bundled, with_own

STREAM = "-"
OWN_TABLE = Path(OWN_PATH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the command line says of every request."""

    model: str
    provider: str
    endpoint: str
    on: date
    table: Table
    exact: bool


@click.command("count")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--model", default="", help="The model; needed for a text, and where a body does not name it.")
@click.option("--provider", default="", help="Who is asked: openai, anthropic, bedrock, gemini, openrouter, ...")
@click.option("--endpoint", default="", help="chat.completions, responses, messages, converse, generateContent, ...")
@click.option("--on", "on", default=None, metavar="DATE", help="The day of the constants (YYYY-MM-DD); default today.")
@click.option(
    "--constants",
    type=click.Path(path_type=Path),
    default=None,
    help=f"A table of your own, asked before the bundled one; default {OWN_TABLE.as_posix()} where there is one.",
)
@click.option("--exact", is_flag=True, help="Ask Anthropic's or Gemini's free count endpoint; needs a key.")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
def count_command(
    files: tuple[str, ...],
    model: str,
    provider: str,
    endpoint: str,
    on: str | None,
    constants: Path | None,
    exact: bool,
    form: str,
) -> int:
    """Count the input tokens of FILE: a provider's request body as JSON, or a text.

    \b
    `-` reads JSON lines from standard input and answers each by a line at once:
      {"provider": "anthropic", "endpoint": "messages", "model": "...", "request": {...}}
    A line that cannot be read is answered by {"error": ...}; the exit code is then 2.

    \b
    Examples:
      aicost-review count request.json
      aicost-review count prompt.md --model gpt-4o --format json
      aicost-review count - < requests.jsonl
    """
    given = Given(model=model, provider=provider, endpoint=endpoint, on=_day(on), table=_table(constants), exact=exact)
    if STREAM in files:
        if len(files) > 1:
            raise ReviewError("`-` stands alone", "Count files and standard input in two runs.")
        return _stream(given)
    for name in files:
        found = _count_file(Path(name), given)
        click.echo(json.dumps({"file": name, **as_json(found)}) if form == "json" else "\n".join(as_text(name, found)))
    return EXIT_OK


def _table(path: Path | None) -> Table:
    """The bundled table, with the user's own families before it."""
    if path is None and not OWN_TABLE.is_file():
        return bundled()
    path = path or OWN_TABLE
    try:
        return with_own(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ReviewError(f"{path}: cannot be read ({error})", "See `aicost-review calibrate tokens`.") from error


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ReviewError(f"--on {text!r} is not a date", "Write YYYY-MM-DD.") from None


def _stream(given: Given) -> int:
    failed = False
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            answer = as_json(_count_line(line, given))
        except ReviewError as error:
            failed, answer = True, {"error": f"line {number}: {error.message}", "hint": error.hint}
        click.echo(json.dumps(answer))
    return EXIT_USAGE if failed else EXIT_OK


def _count_line(line: bytes, given: Given) -> Estimate:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ReviewError(f"not JSON: {error}", "One JSON object a line.") from error
    return _count_json(value, given)


def _count_file(path: Path, given: Given) -> Estimate:
    if path.suffix == ".jsonl":
        raise ReviewError(f"{path}: JSON lines are read from standard input.", f"aicost-review count - < {path}")
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ReviewError(f"{path}: cannot be read ({error.strerror}).", "Give a file, or - for JSON lines.") from error
    value = _as_body(text)
    try:
        if value is not None:
            return _count_json(value, given)
        if given.exact:
            raise ReviewError("--exact needs a request body", "A text alone is no request; leave --exact out.")
        return tokens.count_prompt(text, given.model, given.on, given.table)
    except ReviewError as error:
        raise ReviewError(f"{path}: {error.message}", error.hint) from error


def _as_body(text: str) -> object | None:
    """The request body that a file holds; None for a text, also for JSON that is no request."""
    try:
        value = json.loads(text) if text.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, Mapping) and (_is_wrapped(value) or BODY_KEYS & set(value)) else None


def _is_wrapped(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("request"), Mapping)


def _count_json(value: object, given: Given) -> Estimate:
    """A body, or a body with its provider, endpoint and model beside it."""
    body, beside = value, dict[str, str]()
    if isinstance(value, Mapping) and _is_wrapped(value):
        body = value["request"]
        beside = {k: value[k] for k in ("provider", "endpoint", "model") if isinstance(value.get(k), str)}
    request = read_body(
        body,
        provider=given.provider or beside.get("provider", ""),
        endpoint=given.endpoint or beside.get("endpoint", ""),
        model=given.model or beside.get("model", ""),
    )
    found = tokens.count_request(request, given.on, given.table)
    if given.exact and isinstance(body, Mapping):
        from bot.commands_count_exact import exact_tokens  # noqa: PLC0415

        return with_total(found, *exact_tokens(body, request.model))
    return found


def as_json(found: Estimate) -> dict[str, Any]:
    """The contract's fields, and what the number rests on."""
    total = found.total
    return {
        "input_tokens": {"low": total.low, "likely": total.likely, "high": total.high},
        "method": found.method,
        "parts": dict(parts_of(found)),
        "family": found.family.name,
        "source": found.source,
        "notes": list(found.notes),
    }


def as_text(name: str, found: Estimate) -> Iterator[str]:
    total = found.total
    span = "exact" if total.is_exact else f"between {total.low:,} and {total.high:,}, {found.method}"
    yield f"{name}: {total.likely:,} input tokens ({span})"
    for part, likely in parts_of(found).items():
        yield f"  {part:<10} {likely:>9,}"
    yield f"  {found.source}"
    yield from (f"  note: {note}" for note in found.notes)
