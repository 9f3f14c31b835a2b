"""The table of constants, `constants.toml`: which family a model belongs to, and what its provider adds to the text.

A request's tokens are a sum: each constant times how often its thing occurs in the request. Constants are `low <=
value <= high`, name their source and sample, and may hold for an endpoint, a provider, or a span of days only.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from bot.errors import ReviewError
from bot.model import Method
from bot.tokens.request import Request
from bot.tokens.vocabulary import VOCABULARIES

FILE = Path(__file__).resolve().parent / "constants.toml"

# What a constant is multiplied with. Part of the answer that it belongs to.
THINGS: dict[str, str] = {
    "request": "overhead",
    "system": "overhead",
    "message": "overhead",
    "turn": "overhead",
    "leading_assistant": "overhead",
    "text_token": "messages",
    "reasoning_token": "messages",
    "call": "messages",
    "parallel_calls": "messages",
    "call_token": "messages",
    "result": "messages",
    "result_token": "messages",
    "tools": "overhead",
    "tools_and_system": "overhead",
    "late_tools": "overhead",
    "forced": "overhead",
    "forced_by_name": "overhead",
    "tool": "tools",
    "tool_token": "tools",
    "schema": "schema",
    "schema_token": "schema",
    "thinking": "overhead",
    "adaptive_thinking": "overhead",
}
TOOL_FORMS = ("json", "typescript", "words")


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    of: str
    value: Decimal
    low: Decimal
    high: Decimal
    rows: int
    source: str
    endpoint: re.Pattern[str] | None = None
    provider: re.Pattern[str] | None = None
    models: re.Pattern[str] | None = None
    since: date | None = None
    until: date | None = None

    def holds(self, request: Request, on: date) -> bool:
        """`until` is the last day."""
        return (
            (self.endpoint is None or self.endpoint.search(request.endpoint) is not None)
            and (self.provider is None or self.provider.search(request.provider) is not None)
            and (self.models is None or self.models.search(plain_name(request.model)) is not None)
            and (self.since is None or self.since <= on)
            and (self.until is None or on <= self.until)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    name: str
    label: str
    models: re.Pattern[str]
    vocabulary: str
    tool_form: str
    method: Method
    constants: tuple[Constant, ...]
    providers: re.Pattern[str] | None = None
    endpoints: re.Pattern[str] | None = None
    slack_tokens: int = 0

    def claims(self, request: Request) -> bool:
        return (
            self.models.search(plain_name(request.model)) is not None
            and (self.providers is None or self.providers.search(request.provider) is not None)
            and (self.endpoints is None or self.endpoints.search(request.endpoint) is not None)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`families` are asked in order; `nearest` names the family to borrow for an unknown model of a provider."""

    families: tuple[Family, ...]
    nearest: Mapping[str, str]
    sources: Mapping[str, str]

    def family(self, request: Request) -> tuple[Family, bool]:
        """The family of the request's model, and whether the model is known; else the provider's nearest family."""
        if request.model:
            for family in self.families:
                if family.claims(request):
                    return family, True
        name = self.nearest.get(request.provider, self.nearest["*"])
        return next(f for f in self.families if f.name == name), False


def plain_name(model: str) -> str:
    """Spellings made alike: lower case; dots, underscores, at signs, spaces as dashes; the vendor's prefix stays."""
    return re.sub(r"[._@ ]", "-", model.lower())


@cache
def bundled() -> Table:
    return read_table(FILE.read_text(encoding="utf-8"), FILE.name)


def with_own(text: str, name: str) -> Table:
    """The bundled table with the families of the user's file asked first."""
    own, table = read_table(text, name), bundled()
    return Table(
        families=(*own.families, *table.families),
        nearest={**table.nearest, **own.nearest},
        sources={**table.sources, **own.sources},
    )


def read_table(text: str, name: str) -> Table:
    """A table file; everything that does not fit the format is an error that names the place."""
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ReviewError(f"{name}: not TOML: {error}", _FORM) from error
    sources = {key: f"{s['text']} ({s['date']})" for key, s in raw.get("sources", {}).items()}
    families = tuple(_family(row, sources, name) for row in raw.get("family", ()))
    return Table(families=families, nearest=raw.get("nearest", {}), sources=sources)


_REQUIRED = ("name", "label", "models", "vocabulary", "tools", "method")
_METHODS = ("exact", "calibrated", "ratio")
_FORM = "The form is described at the top of bot/tokens/constants.toml."


def _family(row: Mapping[str, Any], sources: Mapping[str, str], name: str) -> Family:
    where = f"{name}: family {row.get('name')!r}"
    if missing := [key for key in _REQUIRED if not isinstance(row.get(key), str)]:
        raise ReviewError(f"{where}: {', '.join(missing)} missing", _FORM)
    if row["vocabulary"] not in VOCABULARIES:
        raise ReviewError(f"{where}: vocabulary = {row['vocabulary']!r}", f"One of {', '.join(VOCABULARIES)}.")
    if row["method"] not in _METHODS:
        raise ReviewError(f"{where}: method = {row['method']!r}", f"One of {', '.join(_METHODS)}.")
    if row.get("tools") not in TOOL_FORMS:
        raise ReviewError(f"{where}: tools = {row.get('tools')!r}", f"One of {', '.join(TOOL_FORMS)}.")
    return Family(
        name=row["name"],
        label=row["label"],
        models=_pattern(row["models"], where),
        providers=_pattern(row["providers"], where) if "providers" in row else None,
        endpoints=_pattern(row["endpoints"], where) if "endpoints" in row else None,
        vocabulary=row["vocabulary"],
        tool_form=row["tools"],
        method=row["method"],
        slack_tokens=row.get("slack_tokens", 0),
        constants=tuple(_constants(row.get("constants", ()), sources, where)),
    )


def _constants(rows: Any, sources: Mapping[str, str], where: str) -> Iterator[Constant]:
    for row in rows:
        of, source = row.get("of"), row.get("source")
        if of not in THINGS:
            raise ReviewError(f"{where}: of = {of!r} is not a thing that is counted", f"One of {', '.join(THINGS)}.")
        if source not in sources:
            raise ReviewError(f"{where}: {of}: source {source!r} is not listed under [sources]", "")
        try:
            value = Decimal(row["value"])
            low, high = Decimal(row.get("low", value)), Decimal(row.get("high", value))
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise ReviewError(f"{where}: {of}: value, low and high are numbers", _FORM) from error
        if not low <= value <= high:
            raise ReviewError(f"{where}: {of}: not low <= value <= high", f"{low}, {value}, {high}")
        yield Constant(
            of=of,
            value=value,
            low=low,
            high=high,
            rows=row.get("rows", 0),
            source=sources[source],
            endpoint=_pattern(row["endpoint"], where) if "endpoint" in row else None,
            provider=_pattern(row["provider"], where) if "provider" in row else None,
            models=_pattern(row["models"], where) if "models" in row else None,
            since=row.get("from"),
            until=row.get("until"),
        )


def _pattern(text: str, where: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ReviewError(f"{where}: {text!r} is not a regular expression: {error}", "") from error
