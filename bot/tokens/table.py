"""The table of constants, `constants.toml`: which family a model belongs to, and what its provider adds to the text.

A request's tokens are a sum: each constant times how often its thing occurs in the request. Constants are `low <=
value <= high`, name their source and sample, and may hold for an endpoint, a provider, or a span of days only.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from bot.errors import ReviewError
from bot.model import Method
from bot.places import OWN_PATH as OWN_PATH
from bot.tokens.request import Request
from bot.tokens.values import listed, mapping
from bot.tokens.vocabulary import VOCABULARIES

FILE = Path(__file__).resolve().parent / "constants.toml"

# What a constant is multiplied with. Part of the answer that it belongs to.
THINGS: dict[str, str] = {
    "request": "overhead",
    "system": "overhead",
    "message": "overhead",
    "turn": "overhead",
    "assistant": "overhead",
    "leading_assistant": "overhead",
    "text_token": "messages",
    "reasoning_token": "messages",
    "call": "messages",
    "parallel_calls": "messages",
    "call_token": "messages",
    "call_name_token": "messages",
    "result": "messages",
    "result_token": "messages",
    "tools": "overhead",
    "tools_and_system": "overhead",
    "late_tools": "overhead",
    "forced": "overhead",
    "forced_by_name": "overhead",
    "tool": "tools",
    "tool_token": "tools",
    "unrolled_token": "tools",
    "schema": "schema",
    "schema_token": "schema",
    "thinking": "overhead",
    "adaptive_thinking": "overhead",
    "task_budget": "overhead",
}
TOOL_FORMS = ("gemini", "json", "spaced", "typescript", "words", "wrapped")


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

    @property
    def special(self) -> bool:
        """Whether it holds for some requests only."""
        return any(v is not None for v in (self.endpoint, self.provider, self.models, self.since, self.until))

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
    none_drops_tools: bool = False
    drops_thoughts: bool = False
    own_tokenizer: str = ""

    @property
    def tokenizer(self) -> str:
        """The name that it shares with the families whose models split texts alike; one of its own if none is given."""
        return self.own_tokenizer or (self.vocabulary if self.counts_texts_exactly else self.name)

    @property
    def counts_texts_exactly(self) -> bool:
        """Whether its vocabulary is the model's own: a token of text is one token."""
        factors = [c for c in self.constants if c.of == "text_token"]
        return bool(factors) and all(c.low == c.value == c.high for c in factors)

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


@cache
def with_own(text: str, name: str) -> Table:
    """The bundled table with the families of the user's file asked first."""
    own, table = read_table(text, name), bundled()
    families = (*own.families, *table.families)
    if wrong := [n for n in own.nearest.values() if n not in [f.name for f in families]]:
        raise ReviewError(f"{name}: nearest: no family {wrong[0]!r}", _FORM)
    return Table(
        families=families,
        nearest={**table.nearest, **own.nearest},
        sources={**table.sources, **own.sources},
    )


def read_table(text: str, name: str) -> Table:
    """A table file; everything that does not fit the format is an error that names the place."""
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ReviewError(f"{name}: not TOML: {error}", _FORM) from error
    if wrong := [key for key, kind in _PARTS.items() if not isinstance(raw.get(key, kind()), kind)]:
        raise ReviewError(f"{name}: {', '.join(wrong)}: not of the form", _FORM)
    sources = {key: _source(key, given, name) for key, given in mapping(raw.get("sources")).items()}
    families = tuple(_family(mapping(row), sources, name) for row in listed(raw.get("family")))
    return Table(families=families, nearest=mapping(raw.get("nearest")), sources=sources)


def _source(key: str, given: object, name: str) -> str:
    fields = mapping(given)
    if not isinstance(fields.get("text"), str) or not isinstance(fields.get("date"), date):
        raise ReviewError(f"{name}: source {key!r}: text and date missing", _FORM)
    return f"{fields['text']} ({fields['date']})"


_PARTS = {"sources": dict, "family": list, "nearest": dict}
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
    if row["tools"] not in TOOL_FORMS:
        raise ReviewError(f"{where}: tools = {row['tools']!r}", f"One of {', '.join(TOOL_FORMS)}.")
    slack, tokenizer = row.get("slack_tokens", 0), row.get("tokenizer", "")
    drops = {key: row.get(key, False) for key in ("none_drops_tools", "drops_thoughts")}
    if not isinstance(slack, int) or slack < 0 or not isinstance(tokenizer, str):
        raise ReviewError(f"{where}: slack_tokens is a number of tokens, tokenizer a name", _FORM)
    if wrong := [key for key, value in drops.items() if not isinstance(value, bool)]:
        raise ReviewError(f"{where}: {', '.join(wrong)}: true or false", _FORM)
    return Family(
        name=row["name"],
        label=row["label"],
        models=_pattern(row["models"], where),
        providers=_pattern(row["providers"], where) if "providers" in row else None,
        endpoints=_pattern(row["endpoints"], where) if "endpoints" in row else None,
        vocabulary=row["vocabulary"],
        tool_form=row["tools"],
        method=row["method"],
        slack_tokens=slack,
        none_drops_tools=drops["none_drops_tools"],
        drops_thoughts=drops["drops_thoughts"],
        own_tokenizer=tokenizer,
        constants=tuple(_constants(map(mapping, listed(row.get("constants"))), sources, where)),
    )


def _constants(given: Iterable[Mapping[str, Any]], sources: Mapping[str, str], where: str) -> Iterator[Constant]:
    for row in given:
        of, source, days = row.get("of"), row.get("source"), (row.get("from"), row.get("until"))
        if not isinstance(of, str) or of not in THINGS:
            raise ReviewError(f"{where}: of = {of!r} is not a thing that is counted", f"One of {', '.join(THINGS)}.")
        if not isinstance(source, str) or source not in sources:
            raise ReviewError(f"{where}: {of}: source {source!r} is not listed under [sources]", "")
        try:
            if any(isinstance(row.get(key), bool) for key in ("value", "low", "high")):
                raise ValueError
            value = Decimal(row["value"])
            low, high = Decimal(row.get("low", value)), Decimal(row.get("high", value))
            if not all(number.is_finite() for number in (low, value, high)):
                raise ValueError
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise ReviewError(f"{where}: {of}: value, low and high are numbers", _FORM) from error
        if not low <= value <= high:
            raise ReviewError(f"{where}: {of}: not low <= value <= high", f"{low}, {value}, {high}")
        if not all(day is None or isinstance(day, date) for day in days):
            raise ReviewError(f"{where}: {of}: from and until are days", "Write 2026-03-31, without quotes.")
        yield Constant(
            of=of,
            value=value,
            low=low,
            high=high,
            rows=rows if isinstance(rows := row.get("rows", 0), int) else 0,
            source=sources[source],
            endpoint=_pattern(row["endpoint"], where) if "endpoint" in row else None,
            provider=_pattern(row["provider"], where) if "provider" in row else None,
            models=_pattern(row["models"], where) if "models" in row else None,
            since=days[0],
            until=days[1],
        )


def _pattern(text: object, where: str) -> re.Pattern[str]:
    try:
        return re.compile(text if isinstance(text, str) else "(")
    except re.error as error:
        raise ReviewError(f"{where}: {text!r} is not a regular expression: {error}", "") from error
