"""One logged row as a source understands it, and the helpers that every source reads values with.

The token numbers are those of the log, not yet normalised: whether `input_tokens` includes cached tokens is decided later
from the whole log (`bot.profiles.convention`). Nothing here holds text of prompts or answers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, Protocol

Record = Mapping[str, Any]
Role = Literal["call", "aggregate", "link"]
Usage = Literal["inclusive", "exclusive"]
MAX_TOKENS = 10**10  # no call has more: such a number is an id or a time


class RawCall(NamedTuple):
    """`role`: `call` is a request to a model, `aggregate` an outer span that repeats its calls' usage, `link` any other.

    `row_id` names the row for removing duplicates, of which the greatest `row_order` is kept. `convention` is what the
    source's documentation says of `input_tokens` (None: nothing reliable), `convention_group` the writer of the row (an
    SDK and its version): rows of one group are decided together. `reasoning_inside`: output includes reasoning.
    `drop` names why the source itself leaves the row out (it is counted, with its tokens).
    """

    feature: str | None = None
    model: str | None = None
    prompt_name: str | None = None
    prompt_version: str | None = None
    task_key: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    parent_id: str | None = None
    row_id: str | None = None
    row_order: int = 0
    start_us: int | None = None
    latency_ms: float | None = None
    status: str | None = None
    batch: bool | None = None
    truncated: bool | None = None
    success: bool | None = None
    role: Role = "call"
    input_tokens: int | None = None
    cache_read: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    output_tokens: int | None = None
    reasoning: int | None = None
    total_tokens: int | None = None
    convention: Usage | None = None
    convention_group: str = ""
    reasoning_inside: bool = True
    sampling_rate: float = 1.0
    drop: str | None = None


class BadRow(NamedTuple):
    """A row with a value that cannot be read; `why` is said to the user once, with the place."""

    why: str


Found = RawCall | BadRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user says of the log. `feature_from` and `task_from` name a column, attribute or metadata key."""

    feature: str | None = None
    model: str | None = None
    feature_from: str | None = None
    task_from: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


class Source(Protocol):
    """A log format. `claims` scores a record 0..100; `calls` reads one; both only look at it."""

    NAME: str
    TITLE: str
    VERSION: int

    def claims(self, record: Record) -> int: ...

    def calls(self, record: Record, options: Options) -> Iterator[Found]: ...


class BadValueError(ValueError):
    """A field holds something that cannot be what it should be: the row is dropped and counted as `bad_value`."""


def guarded(read: Callable[..., RawCall], *arguments: object) -> Found:
    """One row of several in a record: a bad value costs that row only."""
    try:
        return read(*arguments)
    except BadValueError as error:
        return BadRow(str(error))


def tokens(value: object) -> int | None:
    """A token count; None for a missing one. Raises `BadValueError` for text, fractions, negative or huge numbers."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        word = value
        try:
            value = float(word)
        except ValueError:
            raise BadValueError(f"not a token count: {word[:30]!r}") from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValueError(f"not a token count: {type(value).__name__}")
    if not math.isfinite(value) or value != int(value) or not 0 <= value < MAX_TOKENS:
        raise BadValueError(f"not a token count: {value!r}")
    return int(value)


def first(record: Record, *keys: str) -> Any:
    """The value of the first of the keys that is there and not null or empty."""
    for key in keys:
        value = record.get(key)
        if value is not None and value != "":
            return value
    return None


def feature_of(options: Options, where: Record, usual: object) -> str | None:
    """The feature that the user says, else what stands under the key that they say, else the log's usual place."""
    return options.feature or text(_under(where, options.feature_from) if options.feature_from else usual)


def task_of(options: Options, where: Record, usual: object) -> str | None:
    """What stands under the key that the user says, else the log's usual place."""
    return text(_under(where, options.task_from) if options.task_from else usual)


def _under(where: Record, key: str) -> object:
    """The value of a key; of `metadata.product` also that of `product` in an object `metadata`, which may be JSON text."""
    if key in where:
        return where[key]
    outer, dot, inner = key.partition(".")
    if not dot:
        return None
    return nested(where.get(outer)).get(inner, where.get(inner) if outer == "metadata" else None)


def number(value: object) -> float | None:
    """A number that may be logged as text. Raises `BadValueError`."""
    if value is None or value == "":
        return None
    try:
        found = float(str(value))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise BadValueError(f"not a number: {str(value)[:30]!r}")
    return found


def first_tokens(record: Record, *keys: str) -> int | None:
    return tokens(first(record, *keys))


def text(value: object) -> str | None:
    """A name; None for a missing one. Numbers become text (a prompt version), lists and objects are no names."""
    if value is None or value == "" or isinstance(value, list | dict):
        return None
    return str(value)[:200]


def nested(value: object) -> dict[str, Any]:
    """An object that may be logged as JSON text or as a list of pairs (a Parquet map); {} for anything else."""
    if isinstance(value, str) and value[:1] == "{":
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    if isinstance(value, list) and all(isinstance(p, tuple) and len(p) == 2 for p in value):
        value = dict(value)
    return value if isinstance(value, dict) else {}


def micros(value: object) -> int | None:
    """Microseconds since 1970 UTC of an ISO time, a datetime or an epoch in s, ms, µs or ns (told by its size).

    A time without zone is UTC: all exports read here write UTC. Raises `BadValueError`.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        word = value
        try:
            value = float(word) if word.replace(".", "", 1).isdigit() else _iso(word)
        except ValueError:
            raise BadValueError(f"not a time: {word[:40]!r}") from None
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return round(aware.timestamp() * 1_000_000)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise BadValueError(f"not a time: {value!r}")
    for limit, unit in ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0)):  # 1e11 s is the year 5138, 1e11 ms is 1973
        if value < limit:
            return round(value * unit)
    return int(value) // 1000


def _iso(value: str) -> datetime:
    # Nanosecond fractions (ClickHouse, .NET) are cut to the six digits that datetime reads.
    head, dot, tail = value.strip().replace(" UTC", "Z").partition(".")
    digits = len(tail) - len(tail.lstrip("0123456789"))
    return datetime.fromisoformat(head + dot + tail[: min(digits, 6)].ljust(6, "0") + tail[digits:] if dot else head)


def milliseconds(start_us: int | None, end_us: int | None) -> float | None:
    """The time between; None when either is missing or they are in the wrong order."""
    if start_us is None or end_us is None or end_us < start_us:
        return None
    return (end_us - start_us) / 1000


def tag_feature(tags: object) -> str | None:
    """The tag `feature:NAME` (or `feature=NAME`) of a list of tags, else the first tag."""
    names = [str(t) for t in _listed(tags) if t]
    for name in names:
        for mark in ("feature:", "feature="):
            if name.startswith(mark):
                return text(name.removeprefix(mark))
    return text(names[0]) if names else None


def _listed(value: object) -> list[object]:
    if isinstance(value, str) and value[:1] == "[":
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    return value if isinstance(value, list) else []
