"""From a review to what is told: outputs that never guess, remarks at lines, the chart, what blocks, what is accepted."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.model import Budgets, Finding, Justification, Review, Verdict
from bot.publication import Manner, blocks, report_of
from bot.render.chart import chart
from bot.render.json_report import review_from_json
from bot.waive import accept
from tests.action.conftest import Change, Rig, shop

MONTHLY = """features:
  support:
    match:
      - path: shop/*
    calls_per_month: 1000000
    output_tokens: 100
    dynamic_input_tokens: 50
"""
WHO = Justification(by="alice", role="write", why="the launch needs it")


@pytest.fixture
def review(rig: Rig) -> Review:
    """A real one, with traffic, of two sites that a longer prompt makes dearer."""
    base = rig.repo.commit({".aicost.yml": MONTHLY, "shop/a.py": shop(), "shop/b.py": shop()})
    head = rig.repo.commit({"shop/a.py": shop("Answer well. " * 90), "shop/b.py": shop("Answer well. " * 30)})
    rig.hub.add_pull(7, head, base)
    rig.act(Change(base=base, head=head).payload(rig.hub.repository), token=False)
    assert rig.last is not None
    return review_from_json(rig.last.kept["aicost-review"])


def test_the_monthly_output_is_the_sum_of_the_changes(review: Review) -> None:
    months = [c.delta_usd_per_month for c in review.changes]
    assert all(m is not None for m in months)
    assert len(months) == 2
    outputs = report_of(review, Manner()).outputs
    assert Decimal(outputs["monthly-delta-usd"]) == sum(m.likely for m in months if m is not None)
    before = sum(c.before.cost.usd_per_call.likely for c in review.changes if c.before)
    after = sum(c.after.cost.usd_per_call.likely for c in review.changes if c.after)
    assert Decimal(outputs["unit-delta-percent"]) == ((after - before) / before * 100).quantize(Decimal("0.01"))


def test_one_unknown_amount_makes_the_sum_unknown(review: Review) -> None:
    first, *rest = review.changes
    causes = tuple(replace(c, usd_per_call=None) for c in first.causes)
    outputs = report_of(replace(review, changes=(replace(first, causes=causes), *rest)), Manner()).outputs
    assert outputs["monthly-delta-usd"] == ""


def test_remarks_are_one_for_each_place(review: Review) -> None:
    remarks = report_of(review, Manner()).annotations
    places = [(a.path, a.first_line, a.title) for a in remarks]
    assert len(set(places)) == len(places)
    assert {a.path for a in remarks} == {"shop/a.py", "shop/b.py"}


def test_the_summary_has_a_chart_that_names_cannot_break(review: Review) -> None:
    evil = 'x"] %% ``` \n click a href "javascript:1" end'
    hostile = replace(review, changes=tuple(replace(c, label=evil) for c in review.changes))
    text = chart(hostile)
    assert text.startswith("```mermaid\n")
    assert text.count("```") == 2
    assert text in report_of(hostile, Manner()).summary
    (axis,) = re.findall(r"x-axis \[(.*)\]", text)
    assert re.fullmatch(r'"1 [\w ./-]+", "2 [\w ./-]+"', axis)
    (bars,) = re.findall(r"bar \[(.*)\]", text)
    assert len([Decimal(b) for b in bars.split(", ")]) == 2


def test_one_bar_is_no_chart(review: Review) -> None:
    assert chart(replace(review, changes=review.changes[:1])) == ""


@pytest.mark.parametrize(
    ("fail_on", "direction", "verdict", "expected"),
    [
        (("budget",), "up", Verdict(outcome="pass"), False),
        (("budget",), "up", Verdict(outcome="fail", blocks=True), True),
        (("budget",), "up", Verdict(outcome="unknown", blocks=True), True),
        (("budget",), "up", Verdict(outcome="unknown"), False),
        (("increase",), "up", Verdict(outcome="pass"), True),
        (("increase",), "mixed", Verdict(outcome="pass"), True),
        (("increase",), "down", Verdict(outcome="fail", blocks=True), False),
        (("unknown",), "unknown", Verdict(outcome="pass"), True),
        (("budget", "unknown"), "down", Verdict(outcome="unknown"), True),
        (("never",), "up", Verdict(outcome="fail", blocks=True), False),
    ],
)
def test_what_blocks(
    review: Review, fail_on: tuple[str, ...], direction: str, verdict: Verdict, expected: bool
) -> None:
    asked = replace(review, direction=direction, verdict=verdict)  # type: ignore[arg-type]
    assert blocks(asked, fail_on) is expected


def finding(outcome: str) -> Finding:
    return Finding(budget="b", limit="1", actual="2", outcome=outcome, note="first")  # type: ignore[arg-type]


def test_a_justification_turns_failures_into_warnings_and_hides_nothing() -> None:
    verdict = Verdict(outcome="fail", findings=(finding("fail"), finding("pass")), blocks=True, judged=2)
    accepted = accept(verdict, WHO, Budgets())
    assert (accepted.outcome, accepted.blocks, accepted.judged) == ("warn", False, 2)
    assert sorted(f.outcome for f in accepted.findings) == ["pass", "warn"]
    told = next(f.note for f in accepted.findings if f.outcome == "warn")
    assert told == "first; justified by alice (write): the launch needs it"


def test_a_missing_number_cannot_be_justified() -> None:
    verdict = Verdict(outcome="fail", findings=(finding("fail"), finding("unknown")), blocks=True, judged=2)
    accepted = accept(verdict, WHO, Budgets(unknown="fail"))
    assert (accepted.outcome, accepted.blocks) == ("unknown", True)
