"""Inspect: a log in JSON (`inspect eval --log-format json`, or `inspect log convert`).  https://inspect.aisi.org.uk/eval-logs.html

Measures: each metric of each scorer, as `scorer/metric`; `stderr` is taken as the error of the scorer's other metrics.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from bot.errors import ReviewError
from bot.model import Measure
from bot.quality.document import Document, Loose, checked

NAME = "Inspect log (JSON)"
# Metrics that say how a score varies, not how good it is.
_SPREADS = frozenset(("stderr", "std", "var", "bootstrap_stderr"))


class Metric(Loose):
    name: str
    value: Decimal | None = None


class Score(Loose):
    name: str
    reducer: str | None = None
    scored_samples: int | None = None
    metrics: dict[str, Metric] = Field(default_factory=dict)


class Results(Loose):
    total_samples: int = 0
    completed_samples: int = 0
    scores: tuple[Score, ...] = ()


class Log(Loose):
    status: str
    results: Results | None = None


def claims(document: Document) -> bool:
    return {"version", "status", "eval"} <= document.keys and bool({"plan", "results", "stats"} & document.keys)


def read(document: Document) -> tuple[Measure, ...]:
    log = document.as_part(Log)
    if log.status != "success" or log.results is None:
        raise ReviewError(
            f"{document.name}: the evaluation ended as {log.status!r}", "Run it to its end: `inspect eval-retry`."
        )
    out = []
    for score in log.results.scores:
        samples = score.scored_samples if score.scored_samples is not None else log.results.completed_samples
        stderr = next((m.value for k, m in score.metrics.items() if k in ("stderr", "bootstrap_stderr")), None)
        for key, metric in score.metrics.items():
            if key in _SPREADS or metric.value is None:
                continue
            name = f"{score.name}/{key}" + (f" ({score.reducer})" if score.reducer else "")
            out.append(
                Measure(
                    metric=name,
                    value=checked(document, name, metric.value),
                    samples=samples,
                    share=0 <= metric.value <= 1,
                    standard_error=None if stderr is None else checked(document, name, stderr),
                )
            )
    return tuple(out)
