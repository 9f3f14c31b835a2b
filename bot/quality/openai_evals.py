"""OpenAI evals: the JSON lines that `oaieval --record_path` writes.  https://github.com/openai/evals/blob/main/docs/run-evals.md

Measures: the numbers of the final report. The samples are the `match` events, else the different sample ids.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bot.errors import ReviewError
from bot.model import Measure
from bot.quality.document import Document, checked

NAME = "OpenAI evals record (JSONL)"
# The library's own spelling (evals/elsuite/basic/match.py).
_ERRORS = ("boostrap_std", "bootstrap_std")


def claims(document: Document) -> bool:
    return bool(document.lines) and "spec" in document.lines[0] and "completion_fns" in _spec(document)


def _spec(document: Document) -> dict[str, Any]:
    spec = document.lines[0]["spec"]
    return spec if isinstance(spec, dict) else {}


def read(document: Document) -> tuple[Measure, ...]:
    report = next((line["final_report"] for line in reversed(document.lines) if "final_report" in line), None)
    if not isinstance(report, dict):
        raise ReviewError(f"{document.name} has no final report", "Run the evaluation to its end.")
    events = [line for line in document.lines if "type" in line]
    matches = sum(event["type"] == "match" for event in events)
    samples = matches or len({e["sample_id"] for e in events if e.get("sample_id") is not None})
    error = next((_number(report[name]) for name in _ERRORS if name in report), None)
    out = []
    for name, value in report.items():
        number = _number(value)
        if number is not None and name not in _ERRORS:
            out.append(
                Measure(
                    metric=name,
                    value=checked(document, name, number),
                    samples=samples or None,
                    share=0 <= number <= 1,
                    standard_error=checked(document, name, error) if error is not None and name == "accuracy" else None,
                )
            )
    return tuple(out)


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)
