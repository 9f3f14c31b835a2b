"""The ways in which a naive reader of a log is wrong, each with its tests; those that no other test holds alone stand here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.profiles.test_sources import made, means, observation, record

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
HERE = Path(__file__).parent


def test_each_pitfall_names_tests_that_there_are() -> None:
    rows = [r for r in (HERE / "PITFALLS.md").read_text(encoding="utf-8").splitlines() if r.startswith("| ")][1:]
    there = {
        name for p in HERE.glob("test_*.py") for name in re.findall(r"^def (test_\w+)", p.read_text("utf-8"), re.M)
    }
    named = [re.findall(r"`(test_\w+)`", row.rsplit("|", 2)[1]) for row in rows]
    assert len(rows) == 11
    assert all(named)
    assert {name for names in named for name in names} - there == set()


def test_langfuse_reasoning_stands_beside_the_output(tmp_path: Path) -> None:
    """Less reasoning than output, and no total: nothing in the row but its name tells that it was taken out."""
    found = made(tmp_path, [observation(1, {"input": 100, "output": 50, "output_reasoning": 30})])
    assert means(found) == {"uncached_input": 100, "output_visible": 50, "reasoning": 30}


def test_gemini_thoughts_stand_beside_the_answer(tmp_path: Path) -> None:
    row = {
        "logging_time": "2026-11-02T10:00:00Z",
        "model": "publishers/google/models/gemini-3-pro",
        "full_response": json.dumps(
            {"usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 400, "thoughtsTokenCount": 300}}
        ),
        "full_request": json.dumps({"labels": {"feature": "faq"}}),
    }
    assert means(made(tmp_path, [row])) == {"uncached_input": 100, "output_visible": 400, "reasoning": 300}


def test_two_versions_of_a_writer_on_one_day(tmp_path: Path) -> None:
    """A release is rolled out while the other still runs: only the version tells which rows mean what."""
    found = made(tmp_path, [record(1, "4.20", 12), {**record(1, "4.31", 1012), "span_id": "s2", "trace_id": "t2"}])
    assert means(found) == {"uncached_input": 24, "cache_read": 2000, "output_visible": 40}
    assert found.one.source.usage_convention == "mixed"


def test_a_writer_that_changes_between_two_days(tmp_path: Path) -> None:
    """Without a version in the log the day tells."""
    rows = [
        {k: v for k, v in record(n, "", came_in).items() if k != "otel_scope_version"}
        for n, came_in in ((1, 12), (9, 1012))
    ]
    found = made(tmp_path, rows)
    assert means(found) == {"uncached_input": 24, "cache_read": 2000, "output_visible": 40}
    assert found.one.source.usage_convention == "mixed"


def test_a_failure_with_zeros_is_no_billed_call(tmp_path: Path) -> None:
    row = {"ts": "2026-11-01T00:00:00Z", "model": "m", "feature": "faq", "input_tokens": 9, "output_tokens": 1}
    failed = {**row, "input_tokens": 0, "output_tokens": 0, "status": "error"}
    empty = {**row, "input_tokens": 0, "output_tokens": 0, "status": "ok"}
    found = made(tmp_path, [{"status": "ok", **row}, failed, failed, empty])
    assert found.one.calls.n == 2
    assert found.one.source.rows_dropped == {"failed_without_usage": 2}
    assert means(found) == {"uncached_input": 9, "output_visible": 1}
