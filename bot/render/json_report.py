"""The versioned JSON of a review, its published schema, and the way back from a file that anyone may have written.

The document is the Review itself: every `span` is spread into `path`, `first_line`, `last_line`, and a `summary` is put
in front. Text of prompts and tool schemas is left out: a report travels further than the code. Amounts are strings, so
that no reader rounds them. `schema/review.schema.json` is what `review_schema` gives.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.errors import ReviewError
from bot.model import Change, Direction, PricedSite, Review, Tokens, Usd
from bot.render.json_text import indented, indented_plain, is_plain
from bot.render.summary import Summary, summarise

SCHEMA_VERSION: Final = "1"
SCHEMA_ID: Final = "https://github.com/aicost-review/aicost-review/schema/review.schema.json"
MAX_BYTES: Final = 30_000_000
MAX_TEXT_CHARS: Final = 20_000
MAX_NUMBER: Final = 10**15
_SPAN: Final = ("path", "first_line", "last_line")
# Of a call site and of a tool: what holds text of the repository. (class, field, what stands in for it)
_TEXTS: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("CallSite", "surfaces", "symbol", []),
    ("Tool", "schema", "builtin", ""),
)
_TEXT_MARKS: Final = {field: frozenset((mark,)) for _, field, mark, _ in _TEXTS}
_CHANGED: Final = ("span", *_TEXT_MARKS)


class _Document(BaseModel):
    """The checks of the way in: no unknown key, no lax conversion, all the way down."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    review: Review


class _Summary(BaseModel):
    """What the whole change does to one call of each site that it touches."""

    direction: Direction
    delta_input_tokens: Tokens
    delta_usd_per_1k_calls: Usd | None
    delta_usd_per_month: Usd | None
    changes: int
    changes_without_amount: int
    changes_without_traffic: int


def render(review: Review) -> str:
    odd: list[float] = []
    document = _document(review, odd)
    return (indented if odd else indented_plain)(document) + "\n"


def review_document(review: Review) -> dict[str, Any]:
    return _document(review, [])


def _document(review: Review, odd: list[float]) -> dict[str, Any]:
    """`odd` gains the floats that not everyone writes alike."""
    raw = TypeAdapter(Review).dump_python(_without_text(review), mode="json")
    del raw["direction"]
    head = {"schema_version": raw.pop("schema_version"), "tool_version": raw.pop("tool_version")}
    revisions = {"base": raw.pop("base"), "head": raw.pop("head")}
    flat: dict[str, Any] = _flat(raw, odd)
    return {**head, **revisions, "summary": _summary_document(summarise(review)), **flat}


def review_from_json(text: str | bytes) -> Review:
    """The Review in a report; ReviewError for anything else. The summary is not believed: it follows from the rest."""
    if len(text) > MAX_BYTES:
        raise ReviewError(f"The report is larger than {MAX_BYTES:,} bytes.", "Make it again: diff --format json.")
    try:
        raw = json.loads(text, parse_constant=no_constant)
        if not isinstance(raw, dict) or not isinstance(raw.get("summary"), dict):
            raise _unusable("it is not a review")
        if raw.get("schema_version") != SCHEMA_VERSION:
            raise _unusable(f"its schema_version is not {SCHEMA_VERSION!r}")
        check_sizes(raw)
        direction = raw.pop("summary").get("direction")
        if "direction" in raw:
            raise _unusable("unknown key 'direction'")
        nested = {**_nested(raw), "direction": direction}
        review = _Document.model_validate_json(json.dumps({"review": nested})).review
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        raise _unusable(f"{where}: {first['msg']}"[:300]) from None
    except (ValueError, RecursionError) as error:
        raise _unusable(str(error)[:200]) from None
    check_amounts(review)
    return review


def review_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the document."""
    schema = _Document.model_json_schema(mode="serialization")
    defs: dict[str, Any] = schema["$defs"]
    for name, field, _, _ in _TEXTS:
        defs[name]["properties"].pop(field)
        defs[name]["required"] = [r for r in defs[name]["required"] if r != field]
    for one in defs.values():
        _spread_span(one)
    summary = _Summary.model_json_schema(mode="serialization")
    defs["Summary"] = {k: v for k, v in summary.items() if k != "$defs"}
    review = defs.pop("Review")
    review["properties"].pop("direction")
    review["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    review["properties"] = {"summary": {"$ref": "#/$defs/Summary"}, **review["properties"]}
    review["required"] = sorted(review["properties"])
    _prune(defs, review)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **review,
        "title": "A review of aicost-review",
        "$defs": dict(sorted(defs.items())),
    }


# -- out -----------------------------------------------------------------------------------------------------------------


def _summary_document(summary: Summary) -> dict[str, Any]:
    document = _Summary.model_validate(summary, from_attributes=True, strict=False)
    return document.model_dump(mode="json")


def _without_text(review: Review) -> Review:
    return replace(
        review,
        sites=tuple(_site_without_text(s) for s in review.sites),
        changes=tuple(_change_without_text(c) for c in review.changes),
    )


def _change_without_text(change: Change) -> Change:
    before = None if change.before is None else _site_without_text(change.before)
    return replace(change, before=before, after=None if change.after is None else _site_without_text(change.after))


def _site_without_text(priced: PricedSite) -> PricedSite:
    site = priced.site
    return replace(priced, site=replace(site, surfaces=(), tools=tuple(replace(t, schema="") for t in site.tools)))


_WALKED: Final = frozenset((dict, list, float))


def _flat(value: Any, odd: list[float]) -> Any:
    """In place, which takes half the time of a copy: `value` is ours alone."""
    if type(value) is dict:
        if not value.keys().isdisjoint(_CHANGED):
            value = _spread(value)
        for key, inner in value.items():
            if type(inner) in _WALKED:
                value[key] = _flat(inner, odd)
    elif type(value) is list:
        for i, inner in enumerate(value):
            if type(inner) in _WALKED:
                value[i] = _flat(inner, odd)
    elif not is_plain(value):
        odd.append(value)
    return value


def _spread(value: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, inner in value.items():
        if key == "span":
            out.update(inner if inner is not None else dict.fromkeys(_SPAN))
        elif key not in _TEXT_MARKS or _TEXT_MARKS[key].isdisjoint(value):
            out[key] = inner
    return out


def _spread_span(schema: dict[str, Any]) -> None:
    properties = schema.get("properties", {})
    span = properties.get("span")
    if span is None:
        return
    types = {"path": "string", "first_line": "integer", "last_line": "integer"}
    is_optional = "anyOf" in span
    spread = {k: {"type": [t, "null"] if is_optional else t} for k, t in types.items()}
    schema["properties"] = {
        name: inner for k, v in properties.items() for name, inner in (spread.items() if k == "span" else [(k, v)])
    }
    required = [r for r in schema.get("required", ()) if r != "span"]
    schema["required"] = [*required, *_SPAN]


def _prune(defs: dict[str, Any], root: dict[str, Any]) -> None:
    """Leave out what nothing points at any more."""
    while True:
        text = json.dumps([root, defs])
        unused = [name for name in defs if f'"#/$defs/{name}"' not in text]
        if not unused:
            return
        for name in unused:
            del defs[name]


# -- in ------------------------------------------------------------------------------------------------------------------


def _nested(value: Any) -> Any:
    if isinstance(value, list):
        return [_nested(v) for v in value]
    if not isinstance(value, dict):
        return value
    out = {k: _nested(v) for k, v in value.items()}
    if "path" in out and out.keys() > set(_SPAN):
        span = {name: out.pop(name) for name in _SPAN}
        out["span"] = None if span["path"] is None else span
    for _, field, mark, stand_in in _TEXTS:
        if mark in out:
            if field in out:
                raise ValueError(f"unknown key {field!r}")
            out[field] = stand_in
    return out


def check_sizes(value: Any) -> None:
    match value:
        case str() if len(value) > MAX_TEXT_CHARS:
            raise ValueError(f"a text of {len(value):,} characters")
        case int() | float() if abs(value) > MAX_NUMBER:
            raise ValueError("a number beyond measure")
        case dict():
            for key, inner in value.items():
                check_sizes(key)
                check_sizes(inner)
        case list():
            for inner in value:
                check_sizes(inner)


def check_amounts(value: object) -> None:
    """A Decimal such as 1e999999 is valid, and would be a million digits when written."""
    if isinstance(value, Decimal):
        if value and not -40 < value.adjusted() < 16:
            raise _unusable("an amount beyond measure")
    elif isinstance(value, tuple):
        for inner in value:
            check_amounts(inner)
    elif isinstance(value, dict):
        check_amounts(tuple(value.values()))
    elif is_dataclass(value):
        check_amounts(tuple(getattr(value, f.name) for f in fields(value)))


def no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _unusable(why: str) -> ReviewError:
    return ReviewError(f"This is no report of aicost-review: {why}.", "Make it with: diff --format json --out FILE.")
