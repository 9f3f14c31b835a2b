"""A result file before anybody knows what it is: one JSON value, JSON lines, or a table. Numbers are Decimal."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import ReviewError
from bot.model import Measure

MAX_RESULT_BYTES = 200_000_000
LARGEST_SCORE = 10**12
PART = TypeVar("PART", bound=BaseModel)


class Loose(BaseModel):
    """A part of another tool's file: fields that we do not need may come and go."""

    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`data`: one JSON value; else `lines`: JSON objects; else `rows`: a table with a header."""

    name: str
    data: Any = None
    lines: tuple[dict[str, Any], ...] = ()
    rows: tuple[dict[str, str], ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """The outer keys of a JSON object."""
        return frozenset(self.data) if isinstance(self.data, dict) else frozenset()

    def as_part(self, kind: type[PART], data: Any = None) -> PART:
        """The data in the form of another tool's file. ReviewError names the place that is not as expected."""
        try:
            return kind.model_validate(self.data if data is None else data)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(p) for p in first["loc"])
            raise ReviewError(f"{self.name}: {place}: {first['msg']}", "Has the tool changed its format?") from error


def read_document(text: str, name: str) -> Document:
    """What a text holds. ReviewError when it is none of the three."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise ReviewError(f"{name} is empty", "Has the evaluation run?")
    if text.lstrip()[0] not in "{[":
        return Document(name=name, rows=_rows(text, name))
    try:
        return Document(name=name, data=_json(text))
    except (ValueError, RecursionError) as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise ReviewError(f"{name} is not JSON: {error}", "") from error
        return Document(name=name, lines=tuple(_line(line, f"{name}:{i}") for i, line in enumerate(lines, 1)))


def _json(text: str) -> Any:
    return json.loads(text, parse_float=_decimal, parse_constant=_no_number)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text[:40]} is not a number") from error


def _no_number(word: str) -> Any:
    """NaN and Infinity are in no JSON standard; they are a score that is not there."""
    del word


def _line(line: str, place: str) -> dict[str, Any]:
    try:
        value = _json(line)
    except (ValueError, RecursionError) as error:
        raise ReviewError(f"{place} is not JSON: {error}", "") from error
    if not isinstance(value, dict):
        raise ReviewError(f"{place} is not a JSON object", "")
    return value


def _rows(text: str, name: str) -> tuple[dict[str, str], ...]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        rows = tuple(dict(row) for row in reader)
    except csv.Error as error:
        raise ReviewError(f"{name} is not CSV: line {reader.line_num}: {error}", "") from error
    if not rows or any(None in row or None in row.values() for row in rows):
        raise ReviewError(f"{name} is not a table with a header and as many fields in every row", "")
    return rows


def measures(document: Document, scores: dict[str, list[Decimal]]) -> tuple[Measure, ...]:
    """The mean of the samples' scores of each metric that has some, with its standard error √(s²/n)."""
    out = []
    for metric, values in scores.items():
        if values:
            n = len(values)
            mean = sum((checked(document, metric, v) for v in values), start=Decimal(0)) / n
            variance = sum(((v - mean) ** 2 for v in values), start=Decimal(0)) / (n - 1) if n > 1 else None
            out.append(
                Measure(
                    metric=metric,
                    value=mean,
                    samples=n,
                    share=all(0 <= v <= 1 for v in values),
                    standard_error=None if variance is None else (variance / n).sqrt(),
                )
            )
    return tuple(out)


def checked(document: Document, metric: str, value: Decimal) -> Decimal:
    """A score that can be added up. ReviewError for one that no metric gives."""
    if not value.is_finite() or value.copy_abs() > LARGEST_SCORE:  # abs() rounds, and overflows
        raise ReviewError(f"{document.name}: {metric[:80]!r} has a score out of all bounds", "")
    return value
