"""What became of every row: the engine's overview by reason, and which rows the decision on cached tokens leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.profiles.aggregates import OVERVIEW, number
from bot.profiles.convention import Decision, Evidence

INCONSISTENT = "inconsistent_usage"  # more cached tokens than the input that should include them


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Rows of one reason (null: none so far), writer, documentation and day. Times are µs since 1970, null without rows."""

    reason: str | None
    group: str | None
    documented: str | None
    day: int | None
    rows: int
    tokens: int
    first_us: int | None
    last_us: int | None
    cached: int
    more_cached: int
    more_tokens: int
    more_first_us: int | None
    more_last_us: int | None
    total_with: int
    total_without: int
    naive_total: int


_TEXT = ("reason", "group", "documented")
_MAYBE = ("day", "first_us", "last_us", "more_first_us", "more_last_us")


def overview_of(rows: Iterable[Mapping[str, Any]]) -> list[Overview]:
    """Raises `ReviewError` for a cell that is no number."""

    def cell(name: str, value: object) -> Any:
        if name in _TEXT:
            return str(value) if value not in (None, "") else None
        if name in _MAYBE and value in (None, ""):
            return None
        return int(number("account", name, value))

    found = []
    for row in rows:
        lower = {k.lower(): v for k, v in row.items()}
        found.append(Overview(**{name: cell(name, lower.get(name)) for name in OVERVIEW}))
    return found


def evidence_in(overview: Iterable[Overview]) -> list[Evidence]:
    return [
        Evidence(
            group=o.group or "",
            documented=o.documented,
            day=o.day or 0,
            rows=o.rows,
            cached=o.cached,
            more_cached=o.more_cached,
            total_with=o.total_with,
            total_without=o.total_without,
            naive_total=o.naive_total,
        )
        for o in overview
        if o.reason is None
    ]


def account_of(overview: Iterable[Overview], decision: Decision) -> list[dict[str, Any]]:
    """Rows, tokens and times by reason; a null reason are the billed calls."""
    parts: list[tuple[str | None, int, int, tuple[int | None, ...]]] = []
    for o in overview:
        usual, more = (o.first_us, o.last_us), (o.more_first_us, o.more_last_us)
        if o.reason is not None or decision.excludes(o.group or "", o.day):
            parts.append((o.reason, o.rows, o.tokens, (*usual, *more)))
            continue
        parts.append((None, o.rows - o.more_cached, o.tokens - o.more_tokens, usual))
        parts.append((INCONSISTENT, o.more_cached, o.more_tokens, more))
    out: dict[str | None, dict[str, Any]] = {}
    times: dict[str | None, list[int]] = {}
    for reason, rows, tokens, at in parts:
        if not rows:
            continue
        row = out.setdefault(reason, {"reason": reason, "rows": 0, "tokens": 0})
        row["rows"] += rows
        row["tokens"] += tokens
        times.setdefault(reason, []).extend(t for t in at if t is not None)
    return [
        {**row, "first_us": min(times[reason], default=None), "last_us": max(times[reason], default=None)}
        for reason, row in out.items()
    ]
