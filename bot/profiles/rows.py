"""Small sums over the rows of an answer, and how their names and numbers stand in a profile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from bot.profiles.aggregates import Row


def grouped(rows: Iterable[Row], key: str) -> dict[Any, list[Row]]:
    out: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        out[row[key]].append(row)
    return dict(out)


def count(rows: Iterable[Row]) -> int:
    return int(sum(r["n"] for r in rows))


def share(rows: list[Row], key: str, known: int) -> float | None:
    return rounded(sum(r[key] for r in rows) / known) if known else None


def clean_name(text: str) -> str:
    """As a profile may hold it: names come out of a log, where anything may stand."""
    return "".join(c if c.isprintable() else "?" for c in text)[:200]


def rounded(value: float) -> float:
    """Ten significant digits: beyond that engines differ in the order of their sums."""
    return float(f"{value:.10g}")


def optional(change: Callable[[float], float], value: float | None) -> float | None:
    return None if value is None else change(value)
