"""DeepEval: a test run as `.deepeval/.latest_run_full.json` or a saved `test_run_*.json`.  https://deepeval.com/docs/evaluation-introduction

Measures: `pass rate` of the test cases and the mean score of each metric. A metric that ended in an error has no score.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from bot.model import Measure
from bot.quality.document import Document, Loose, measures

NAME = "DeepEval test run"
_WRAPPER = "testRunData"


class MetricData(Loose):
    name: str
    score: Decimal | None = None
    error: str | None = None


class TestCase(Loose):
    success: bool | None = None
    metrics_data: tuple[MetricData, ...] | None = Field(default=None, alias="metricsData")


class TestRun(Loose):
    test_cases: tuple[TestCase, ...] = Field(default=(), alias="testCases")
    conversations: tuple[TestCase, ...] = Field(default=(), alias="conversationalTestCases")


def claims(document: Document) -> bool:
    data = document.data.get(_WRAPPER, document.data) if isinstance(document.data, dict) else None
    return isinstance(data, dict) and ("testCases" in data or "conversationalTestCases" in data)


def read(document: Document) -> tuple[Measure, ...]:
    run = document.as_part(TestRun, document.data.get(_WRAPPER, document.data))
    scores: dict[str, list[Decimal]] = {"pass rate": []}
    for case in (*run.test_cases, *run.conversations):
        if case.success is not None:
            scores["pass rate"].append(Decimal(case.success))
        for metric in case.metrics_data or ():
            if metric.score is not None and metric.error is None:
                scores.setdefault(metric.name, []).append(metric.score)
    return measures(document, scores)
