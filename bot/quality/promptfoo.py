"""promptfoo: `promptfoo eval --output results.json` (or `.jsonl`).  https://www.promptfoo.dev/docs/configuration/outputs

Measures: `pass rate` and `score` of all results, and each named score (`metric:` of an assertion). A result that ended
in an error (failureReason 2) has no score: it did not pass.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from bot.model import Measure
from bot.quality.document import Document, Loose, measures

NAME = "promptfoo JSON"
ERROR = 2


class Result(Loose):
    success: bool
    score: Decimal = Decimal(0)
    named_scores: dict[str, Decimal] = Field(default_factory=dict, alias="namedScores")
    failure_reason: int | None = Field(default=None, alias="failureReason")


class Summary(Loose):
    results: tuple[Result, ...]


class OutputFile(Loose):
    results: Summary


def claims(document: Document) -> bool:
    if document.lines:
        return {"promptIdx", "testIdx", "success"} <= set(document.lines[0])
    if not isinstance(document.data, dict):
        return False
    inner = document.data.get("results")
    return (isinstance(inner, dict) and isinstance(inner.get("results"), list)) or (
        isinstance(inner, list) and {"version", "stats"} <= document.keys
    )


def read(document: Document) -> tuple[Measure, ...]:
    if document.lines:
        results = tuple(document.as_part(Result, line) for line in document.lines)
    elif isinstance(document.data["results"], dict):
        results = document.as_part(OutputFile).results.results
    else:
        results = document.as_part(Summary).results
    scores: dict[str, list[Decimal]] = {"pass rate": [], "score": []}
    for result in results:
        scores["pass rate"].append(Decimal(result.success))
        if result.failure_reason != ERROR:
            scores["score"].append(result.score)
        for name, score in result.named_scores.items():
            scores.setdefault(name, []).append(score)
    return measures(document, scores)
