"""Our own plain form, for every other tool: JSON with totals, or a CSV table with one sample a row.

    {"schema": "aicost-quality/1", "metrics": {"accuracy": {"value": 0.91, "samples": 200, "standard_error": 0.02}}}

    id,accuracy,helpfulness
    q1,1,0.8
    q2,0,0.6

In the table every column but `id` is a metric; an empty field is a sample without that score. A metric between 0 and 1
is counted in percentage points, any other in its own units (`"share": false` says so for one that happens to lie there).
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import Field

from bot.errors import ReviewError
from bot.model import Measure
from bot.quality.document import LARGEST_SCORE, Document, Loose, measures

NAME = "plain JSON or CSV"
SCHEMA = "aicost-quality/1"
_ID = "id"


class Metric(Loose):
    value: Annotated[Decimal, Field(ge=-LARGEST_SCORE, le=LARGEST_SCORE)]
    samples: Annotated[int, Field(ge=1)] | None = None
    standard_error: Annotated[Decimal, Field(ge=0, le=LARGEST_SCORE)] | None = None
    share: bool | None = None


class Totals(Loose):
    schema_: Literal["aicost-quality/1"] = Field(alias="schema")
    metrics: dict[str, Metric]


def claims(document: Document) -> bool:
    return bool(document.rows) or (isinstance(document.data, dict) and document.data.get("schema") == SCHEMA)


def read(document: Document) -> tuple[Measure, ...]:
    if document.rows:
        return _table(document)
    return tuple(
        Measure(
            metric=name,
            value=metric.value,
            samples=metric.samples,
            share=0 <= metric.value <= 1 if metric.share is None else metric.share,
            standard_error=metric.standard_error,
        )
        for name, metric in document.as_part(Totals).metrics.items()
    )


def _table(document: Document) -> tuple[Measure, ...]:
    scores: dict[str, list[Decimal]] = {name: [] for name in document.rows[0] if name != _ID}
    for line, row in enumerate(document.rows, 2):
        for name, values in scores.items():
            text = row[name].strip()
            if text:
                values.append(_score(text, f"{document.name}:{line}: {name}"))
    return measures(document, scores)


def _score(text: str, place: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ReviewError(f"{place}: {text[:40]!r} is not a number", "Columns other than `id` hold scores.") from error
    if not value.is_finite() or value.copy_abs() > LARGEST_SCORE:  # abs() rounds, and overflows
        raise ReviewError(f"{place}: {text[:40]!r} is not a score", "")
    return value
