"""The JSON of a review: the contract, its schema, and the way back."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ReviewError
from bot.model import Review
from bot.render import json_report, json_scan, markdown, terminal
from bot.render.json_report import review_from_json
from tests.render import make

SCHEMAS = Path(__file__).resolve().parent.parent.parent / "schema"
REVIEWS = {
    "support": make.support(gaps=[make.gap("web/app.ts")]),
    "without traffic": make.without_traffic(),
    "nothing": make.nothing(),
    "added": make.of_pairs([(None, make.answer(100))], make.pricer(make.TRAFFIC)),
    "removed": make.of_pairs([(make.answer(100), None)], make.pricer()),
    "no price": make.of_pairs([(make.answer(100), make.answer(900, "house-model"))], make.pricer()),
    "tools": make.of_pairs(
        [(make.answer(100), replace(make.answer(100), tools=(make.tool("book", 80, make.at("tools.py", 4)),)))],
        make.pricer(),
    ),
}


def document(review: Review) -> dict[str, Any]:
    parsed = json.loads(json_report.render(review))
    assert isinstance(parsed, dict)
    return parsed


def test_the_published_schemas_are_those_of_the_code() -> None:
    """`python scripts/write_schemas.py` writes them; a change of them is a change of the contract."""
    assert json.loads((SCHEMAS / "review.schema.json").read_text()) == json_report.review_schema()
    assert json.loads((SCHEMAS / "scan.schema.json").read_text()) == json_scan.scan_schema()


@pytest.mark.parametrize("name", REVIEWS)
def test_a_report_holds_to_its_schema(name: str) -> None:
    schema = json_report.review_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document(REVIEWS[name]), schema, cls=jsonschema.Draft202012Validator)


def test_the_schema_is_closed() -> None:
    report = {**document(REVIEWS["support"]), "extra": 1}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, json_report.review_schema())


def test_the_summary() -> None:
    """621.00 − 135.36 a month; 1,150 × 3 USD/M × 1,000 calls − 0.001504 × 1,000 calls."""
    summary = document(make.support())["summary"]
    assert summary["direction"] == "up"
    assert summary["delta_input_tokens"] == {"low": 1150, "likely": 1150, "high": 1150}
    expected = {"low": Decimal("485.64"), "likely": Decimal("485.64"), "high": Decimal("485.64")}
    assert {k: Decimal(v) for k, v in summary["delta_usd_per_month"].items()} == expected
    assert Decimal(summary["delta_usd_per_1k_calls"]["likely"]) == Decimal("3.45") - Decimal("1.504")
    assert all(isinstance(v, str) for v in summary["delta_usd_per_1k_calls"].values())


def test_unknown_is_null_and_nothing_is_zero() -> None:
    unknown = document(REVIEWS["no price"])["summary"]
    assert unknown["direction"] == "unknown" or unknown["changes_without_amount"] == 1
    assert unknown["delta_usd_per_1k_calls"] is None
    assert unknown["delta_usd_per_month"] is None
    nothing = document(REVIEWS["nothing"])["summary"]
    assert nothing["direction"] == "none"
    assert Decimal(nothing["delta_usd_per_1k_calls"]["likely"]) == 0


def test_a_cause_names_its_place() -> None:
    change = document(make.support())["changes"][0]
    assert change["kind"] == "changed"
    assert change["causes"][0]["what"] == "prompt"
    assert (change["causes"][0]["path"], change["causes"][0]["first_line"]) == ("prompts/support.md", 1)


def test_no_text_of_a_prompt_or_tool_is_in_it() -> None:
    secret = make.prompt("the secret recipe", make.at("p.md", 1))
    site = make.site("a.py", "f", 1, "gpt-4o", secret, tools=(make.tool("hiddenword", 9, make.at("t.py", 1)),))
    text = json_report.render(make.of_pairs([(None, site)], make.pricer()))
    assert "secret recipe" not in text
    assert "hiddenword hiddenword" not in text


@pytest.mark.parametrize("name", REVIEWS)
def test_a_report_that_is_read_back_says_the_same(name: str) -> None:
    review = REVIEWS[name]
    again = review_from_json(json_report.render(review))
    assert markdown.render(again) == markdown.render(review)
    assert terminal.render(again) == terminal.render(review)
    assert document(again) == document(review)


def _changed(change: Any) -> str:
    report = document(REVIEWS["support"])
    change(report)
    return json.dumps(report)


HOSTILE = {
    "empty": "",
    "not JSON": "{",
    "a list": "[]",
    "null": "null",
    "another document": '{"schema_version": "1"}',
    "NaN": '{"summary": {}, "x": NaN}',
    "deep": "[" * 100_000,
    "deep inside": '{"summary": {}, "schema_version": "1", "x": ' + "[" * 5_000 + "]" * 5_000 + "}",
    "another version": _changed(lambda r: r.update(schema_version="2")),
    "unknown key": _changed(lambda r: r.update(extra=1)),
    "unknown inner key": _changed(lambda r: r["changes"][0].update(extra=1)),
    "missing key": _changed(lambda r: r.pop("coverage")),
    "a number as text": _changed(lambda r: r["changes"][0].update(first_line="41")),
    "text as a number": _changed(lambda r: r.update(base=1)),
    "not in order": _changed(lambda r: r["changes"][0]["causes"][0]["usd_per_call"].update(low="99")),
    "endless amount": _changed(
        lambda r: r["changes"][0]["causes"][0].update(usd_per_call=dict.fromkeys(("low", "likely", "high"), "1e999999"))
    ),
    "infinite amount": _changed(lambda r: r["changes"][0]["causes"][0]["usd_per_call"].update(high="Infinity")),
    "no number": _changed(lambda r: r["changes"][0]["causes"][0]["usd_per_call"].update(likely="1O0")),
    "endless number": _changed(lambda r: r["changes"][0]["causes"][0]["delta_tokens"].update(high=10**40)),
    "endless text": _changed(lambda r: r.update(base="x" * 100_000)),
    "direction": _changed(lambda r: r["summary"].update(direction="sideways")),
    "text brought in": _changed(lambda r: r["sites"][0]["site"].update(surfaces=[])),
    "outcome": _changed(lambda r: r["verdict"].update(outcome="great")),
    "date": _changed(lambda r: r.update(prices_as_of="yesterday")),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_anything_else_is_refused(name: str) -> None:
    with pytest.raises(ReviewError):
        review_from_json(HOSTILE[name])


def test_a_report_that_is_too_large_is_not_read() -> None:
    with pytest.raises(ReviewError, match="larger"):
        review_from_json(b" " * (json_report.MAX_BYTES + 1))


def test_a_summary_is_not_believed() -> None:
    lie = _changed(lambda r: r["summary"].update(delta_usd_per_month=None, changes=0))
    assert "+$485.64/month" in markdown.render(review_from_json(lie))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_report_with_any_part_replaced_is_refused_or_rendered(data: st.DataObject) -> None:
    """Never another exception, and never a rendering that cannot be encoded."""
    report = document(REVIEWS["support"])
    place: Any = report
    while isinstance(place, dict | list) and place:
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(list(keys)))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            place[key] = data.draw(
                st.none()
                | st.integers()
                | st.text(max_size=8)
                | st.just("1e400")
                | st.just([])
                | st.just({})
                | st.just(-1)
            )
            break
        place = place[key]
    try:
        review = review_from_json(json.dumps(report))
    except ReviewError:
        return
    assert markdown.render(review).encode()
    assert terminal.render(review).encode()
