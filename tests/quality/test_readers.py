"""Results of the tools that people evaluate with. The samples are written by hand in each tool's own format."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ReviewError
from bot.model import Measure
from bot.quality import READERS, compare, read_results
from bot.quality.document import read_document

SAMPLES = Path(__file__).parent / "samples"


def text_of(name: str) -> str:
    return (SAMPLES / name).read_text("utf-8")


def read(name: str) -> dict[str, Measure]:
    return {m.metric: m for m in read_results(text_of(name), name)}


def sample(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(text_of(name))
    return data


def test_promptfoo() -> None:
    found = read("promptfoo.json")
    assert list(found) == ["pass rate", "score", "accuracy", "tone"]
    assert (found["pass rate"].value, found["pass rate"].samples) == (Decimal(2) / 4, 4)  # an error is no pass
    assert (found["score"].value, found["score"].samples) == (Decimal("2.4") / 3, 3)  # and no score
    assert found["accuracy"].value == Decimal(2) / 3
    assert found["tone"].value == (Decimal("0.8") + Decimal("0.6") + Decimal(1)) / 3


def test_promptfoo_in_its_other_two_forms() -> None:
    whole = read("promptfoo.json")
    inner = sample("promptfoo.json")["results"]
    assert {m.metric: m for m in read_results(json.dumps(inner), "summary.json")} == whole
    lines = "\n".join(json.dumps(result) for result in inner["results"])
    assert {m.metric: m for m in read_results(lines, "results.jsonl")} == whole


def test_the_error_of_a_mean_is_that_of_its_samples() -> None:
    scores = [1.0, 0.0, 1.0]
    error = read("promptfoo.json")["accuracy"].standard_error
    assert error is not None
    assert float(error) == pytest.approx(statistics.stdev(scores) / len(scores) ** 0.5)


def test_inspect() -> None:
    found = read("inspect_ai.json")
    assert list(found) == ["match/accuracy", "rubric/mean (mean)"]
    accuracy, rubric = found.values()
    assert accuracy == Measure(
        metric="match/accuracy",
        value=Decimal("0.75"),
        samples=38,  # those that were scored
        share=True,
        standard_error=Decimal("0.0712"),
    )
    assert (rubric.value, rubric.samples, rubric.share, rubric.standard_error) == (Decimal("7.5"), 40, False, None)


@pytest.mark.parametrize("status", ["started", "cancelled", "error"])
def test_an_inspect_log_that_did_not_finish_is_refused(status: str) -> None:
    with pytest.raises(ReviewError, match=f"ended as '{status}'"):
        read_results(json.dumps({**sample("inspect_ai.json"), "status": status}), "log.json")


def test_deepeval() -> None:
    found = read("deepeval.json")
    assert (found["pass rate"].value, found["pass rate"].samples) == (Decimal("0.5"), 2)
    assert (found["Answer Relevancy"].value, found["Answer Relevancy"].samples) == (Decimal("0.6"), 2)
    assert (found["Faithfulness"].value, found["Faithfulness"].samples) == (Decimal(1), 1)  # the judge failed once


def test_deepeval_as_it_keeps_the_latest_run() -> None:
    wrapped = json.dumps({"testRunData": sample("deepeval.json")})
    assert {m.metric: m for m in read_results(wrapped, ".latest_test_run.json")} == read("deepeval.json")


def test_pytest() -> None:
    found = read("pytest_report.json")
    assert (found["pass rate"].value, found["pass rate"].samples) == (
        Decimal(2) / 4,
        4,
    )  # the skipped one is not counted
    summary = {k: v for k, v in sample("pytest_report.json").items() if k != "tests"}
    assert {m.metric: m for m in read_results(json.dumps(summary), "r.json")} == found


@pytest.mark.parametrize("code", [2, 3, 4, 5])
def test_a_pytest_run_that_did_not_finish_is_refused(code: int) -> None:
    with pytest.raises(ReviewError, match=f"exit code {code}"):
        read_results(json.dumps({**sample("pytest_report.json"), "exitcode": code}), "r.json")


def test_openai_evals() -> None:
    found = read("openai_evals.jsonl")
    assert list(found) == ["accuracy"]
    accuracy = found["accuracy"]
    assert (accuracy.value, accuracy.samples, accuracy.standard_error) == (Decimal("0.5"), 2, Decimal("0.3497"))


def test_an_openai_evals_record_without_its_report_is_refused() -> None:
    lines = text_of("openai_evals.jsonl").splitlines()[:-1]
    with pytest.raises(ReviewError, match="no final report"):
        read_results("\n".join(lines), "r.jsonl")


def test_plain_totals() -> None:
    found = read("plain.json")
    assert found["accuracy"] == Measure(
        metric="accuracy", value=Decimal("0.91"), samples=200, share=True, standard_error=Decimal("0.0202")
    )
    assert (found["stars"].share, found["stars"].samples) == (False, None)


def test_a_plain_table_leaves_out_empty_fields() -> None:
    found = read("plain.csv")
    assert (found["accuracy"].value, found["accuracy"].samples, found["accuracy"].share) == (Decimal("0.75"), 4, True)
    assert (found["stars"].value, found["stars"].samples, found["stars"].share) == (Decimal(4), 3, False)


def test_every_reader_has_a_sample_that_it_alone_claims() -> None:
    """A new reader brings its sample; the plain form comes last and takes what is written for it only."""
    for reader in READERS:
        name = reader.__name__.rpartition(".")[2]  # type: ignore[attr-defined]
        (path, *_) = sorted(SAMPLES.glob(f"{name}.*"))
        document = read_document(path.read_text("utf-8"), path.name)
        assert [r for r in READERS if r.claims(document)] == [reader]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("   \n", "is empty"),
        ("{", "is not JSON"),
        ("[1, 2]", "no evaluation result that we know"),
        ('{"some": "thing"}', "no evaluation result that we know"),
        ('{"a": 1}\n[2]\n', ":2 is not a JSON object"),
        ('{"a": 1}\n{"b"\n', ":2 is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("id,accuracy\nq1\n", "as many fields"),
        ("id,accuracy\nq1,1,2\n", "as many fields"),
        ("id,accuracy\nq1,good\n", ":2: accuracy: 'good' is not a number"),
        ("id,accuracy\nq1,nan\n", ":2: accuracy: 'nan' is not a score"),
        ("id,accuracy\nq1,\n", "holds no scores"),
        ("id,accuracy\n", "not a table"),
        ('{"schema": "aicost-quality/1", "metrics": {"a": {"value": NaN}}}', "metrics.a.value"),
        ('{"schema": "aicost-quality/1", "metrics": {"a": {"value": 1e999}}}', "metrics.a.value"),
        ('{"schema": "aicost-quality/1", "metrics": {"a": {}}}', "metrics.a.value: Field required"),
        ('{"schema": "aicost-quality/1", "metrics": {}}', "holds no scores"),
        ('{"results": {"results": [{"score": 1}]}}', "results.results.0.success"),
        ('{"results": {"results": []}}', "holds no scores"),
        ('{"results": {"results": [{"success": true, "score": 1e999999}]}}', "out of all bounds"),
        ('{"results": {"results": [{"success": true, "score": 1e9999999999999999999}]}}', "is not JSON"),
        ('{"results": {"results": [{"success": true, "score": ' + "1" * 5000 + "}]}}", "is not JSON"),
        ('{"spec": {"completion_fns": []}}\n{"final_report": {"a": 1e99}}', "out of all bounds"),
    ],
)
def test_what_is_no_result_is_told(text: str, told: str) -> None:
    with pytest.raises(ReviewError) as error:
        read_results(text, "results")
    assert told in error.value.message
    assert error.value.message.startswith("results")


def test_only_metrics_of_both_sides_are_compared() -> None:
    make: Callable[[str], Measure] = lambda name: Measure(metric=name, value=Decimal(1), samples=1, share=True)  # noqa: E731
    (one,) = compare([make("a"), make("b")], [make("b"), make("c")], ("x", "y"))
    assert (one.metric, one.sources) == ("b", ("x", "y"))


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_result_or_a_told_mistake(text: str) -> None:
    try:
        read_results(text, "results")
    except ReviewError as error:
        assert error.message.startswith("results")
