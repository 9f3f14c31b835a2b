"""pytest: `pytest --json-report` of the plugin pytest-json-report.  https://github.com/numirias/pytest-json-report

Measure: `pass rate`. Skipped tests and expected failures are not counted; an error is not a pass.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from bot.errors import ReviewError
from bot.model import Measure
from bot.quality.document import Document, Loose, measures

NAME = "pytest JSON report"
_COUNTED = {"passed": 1, "xpassed": 1, "failed": 0, "error": 0}
# pytest's exit codes: 0 all passed, 1 some failed; 2 interrupted, 3 internal error, 4 usage, 5 nothing collected
_FINISHED = (0, 1)


class Test(Loose):
    outcome: str


class Report(Loose):
    exit_code: int = Field(alias="exitcode")
    summary: dict[str, int] = Field(default_factory=dict)
    tests: tuple[Test, ...] | None = None


def claims(document: Document) -> bool:
    return {"exitcode", "summary", "root"} <= document.keys


def read(document: Document) -> tuple[Measure, ...]:
    report = document.as_part(Report)
    if report.exit_code not in _FINISHED:
        raise ReviewError(f"{document.name}: pytest ended with exit code {report.exit_code}", "Run it to its end.")
    if report.tests is not None:
        outcomes = [test.outcome for test in report.tests]
    else:  # --json-report-summary
        outcomes = [outcome for outcome in _COUNTED for _ in range(report.summary.get(outcome, 0))]
    return measures(document, {"pass rate": [Decimal(_COUNTED[o]) for o in outcomes if o in _COUNTED]})
