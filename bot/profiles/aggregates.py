"""The answers of an engine: a few small tables. Of a run, or out of files that somebody made with their own rights."""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from bot.errors import ReviewError
from bot.profiles.schema import CLASSES, COV_PAIRS

Row = Mapping[str, Any]

_KEYS = ("feature", "model", "prompt_name", "prompt_version", "dim")
COLUMNS: dict[str, tuple[str, ...]] = {
    "moments": (
        *_KEYS[:4],
        "day",
        "n",
        "represented",
        "status_known",
        "failed",
        "batch_known",
        "batch",
        "truncated_known",
        "truncated",
        "cache_known",
        "cache_hits",
        "over_200000",
        "over_272000",
        *(f"s{i}" for i in range(len(CLASSES))),
        *(f"p{a}{b}" for a, b in COV_PAIRS),
    ),
    "hist": ("feature", "model", "dim", "bucket", "n", "tokens"),
    "joint": ("feature", "model", "i", "o", "n", "input_tokens", "output_tokens"),
    "tasks": (
        "feature",
        "size",
        "n",
        "retried",
        "success_known",
        "success",
        "k",
        "kk",
        "input",
        "input2",
        "output",
        "output2",
        "input_k",
        "output_k",
        "input_output",
    ),
    "gaps": ("feature", "gaps", "le_300", "le_1800", "le_3600"),
    "account": ("reason", "rows", "tokens", "first_us", "last_us"),
}
# What engines are asked for the account, before it is decided whether input includes cached tokens; and what the queries
# say of themselves beside it, where somebody else runs them.
OVERVIEW = (
    "reason",
    "group",
    "documented",
    "day",
    "rows",
    "tokens",
    "first_us",
    "last_us",
    "cached",
    "more_cached",
    "more_tokens",
    "more_first_us",
    "more_last_us",
    "total_with",
    "total_without",
    "naive_total",
)
SAID = ("adapter", "adapter_version", "engine", "task_key", "setting")


class Table:
    """The rows of an answer by column: there are hundreds of thousands of them."""

    __slots__ = ("columns",)

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __iter__(self) -> Iterator[Row]:
        names = tuple(self.columns)
        for values in zip(*self.columns.values(), strict=True):
            yield dict(zip(names, values, strict=True))

    def where(self, *keys: str) -> dict[tuple[Any, ...], list[int]]:
        """The numbers of the rows of each combination of keys."""
        out: dict[tuple[Any, ...], list[int]] = {}
        for at, key in enumerate(zip(*(self.columns[k] for k in keys), strict=True)):
            out.setdefault(key, []).append(at)
        return out

    def pick(self, rows: Sequence[int], names: Iterable[str]) -> Table:
        if len(rows) < 2:
            return Table({name: [self.columns[name][at] for at in rows] for name in names})
        get = itemgetter(*rows)
        return Table({name: get(self.columns[name]) for name in names})


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregates:
    """One table per question; `account` are rows and tokens by reason (null: billed calls)."""

    moments: Table
    hist: Table
    joint: Table
    tasks: Table
    gaps: Table
    account: Table


def from_rows(tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> Aggregates:
    """Checks columns and types. Raises `ReviewError` for a table that is missing or has another shape."""
    return from_columns({name: by_column(name, tables[name]) for name in COLUMNS if name in tables})


def by_column(table: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The columns of an answer; some engines answer with their names in capitals (Snowflake, Oracle)."""
    lower = [{k.lower(): v for k, v in row.items()} for row in rows]
    return {column: [row.get(column) for row in lower] for column in COLUMNS[table]}


def from_columns(tables: Mapping[str, Mapping[str, Sequence[Any]]]) -> Aggregates:
    """The same from the columns of each answer."""
    missing = [name for name in COLUMNS if name not in tables]
    if missing:
        raise ReviewError(
            f"the answers lack the table {', '.join(missing)}",
            "Run every query of `profile sql` and hand all their results back.",
        )
    return Aggregates(
        **{
            name: Table({column: _typed(name, column, tables[name][column]) for column in columns})
            for name, columns in COLUMNS.items()
        }
    )


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV answer. Raises `ReviewError`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReviewError(f"{path} cannot be read: {error}", "Export the answers as CSV or Parquet.") from error


def table_of(columns: Iterable[str], name: str) -> str:
    """Which question a file answers, told by its columns. Raises `ReviewError`."""
    have = {c.lower() for c in columns}
    known = {**COLUMNS, "account": (*OVERVIEW, *SAID)}
    fitting = [table for table, wanted in known.items() if set(wanted) <= have]
    if not fitting:
        raise ReviewError(
            f"{name} is not an answer to one of the queries", "Keep the column names that the queries give."
        )
    return max(fitting, key=lambda table: len(known[table]))


def said_by(account: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What the queries said of themselves, beside every row of the account."""
    row = {k.lower(): v for k, v in next(iter(account), {}).items()}
    return {name: str(row.get(name) or "") for name in SAID}


def _typed(table: str, column: str, values: Sequence[Any]) -> Sequence[Any]:
    if column in _KEYS or column == "reason":
        known: dict[Any, str | None] = {None: None, "": None}
        return [known[v] if v in known else known.setdefault(v, str(v)) for v in values]
    if isinstance(values, array) or set(map(type, values)) <= {int}:
        return values
    return [number(table, column, v) for v in values]


def number(table: str, column: str, value: object) -> int | float:
    """Of an answer; none is 0. Raises `ReviewError` for a cell that is no number."""
    if value in (None, ""):
        return 0
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return int(value) if value.is_integer() else value
    try:
        return int(str(value))  # whole numbers above 2^53 stay whole
    except ValueError:
        pass
    try:
        number = float(str(value))
        return int(number) if number.is_integer() else number
    except (ValueError, OverflowError):
        raise ReviewError(f"table {table}: {column} is {str(value)[:30]!r}", "A number is needed there.") from None
