"""The quality gate: "a gain under q points that costs over c % a task needs a justification"."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.compare import compare
from bot.errors import ReviewError
from bot.gate import with_findings
from bot.gate_quality import cost_move, judge_quality
from bot.model import Budgets, Finding, Justification, Measure, Quality, QualityRule, Range, Traffic, Verdict
from prompts_scanner.model import CallSite
from tests.cost.make import hole, pricer, setting, site, system, user, words
from tests.gate.make import call_usd, prompt, use

RULE = QualityRule(min_gain_points=Decimal(2), max_cost_increase_percent=Decimal(10), key="quality[0]")
REVIEWER = Justification(by="ada", role="maintain", why="support tickets fell", url="")
# 1,000 tokens in and 200 out cost 6,000 millionths of a dollar; 200 more in are 10 %
SAME, TENTH, HALF = prompt(1000), prompt(1200), prompt(2000)


def quality(base: str, head: str, *, share: bool = True, n: int | None = 100, error: str | None = None) -> Quality:
    sides = [
        Measure(
            metric="accuracy",
            value=Decimal(v),
            samples=n,
            share=share,
            standard_error=None if error is None else Decimal(error),
        )
        for v in (base, head)
    ]
    return Quality(metric="accuracy", base=sides[0], head=sides[1], sources=("b", "h"))


def judged(
    head: CallSite,
    measured: Quality,
    rule: QualityRule = RULE,
    traffic: Traffic | Any = None,
    who: Justification | None = None,
    base: CallSite = SAME,
) -> tuple[Finding, ...]:
    worth = pricer(None, traffic or use()).against([(base, head)])
    changes = compare([(base, head)], worth, 0)
    return judge_quality([rule], [measured], changes, [worth.price(base)], [worth.price(head)], who)


@pytest.mark.parametrize(
    ("head", "gain", "outcome"),
    [
        (HALF, "0.82", "pass"),  # two points are worth it
        (HALF, "0.819", "fail"),  # +50 % for less
        (HALF, "0.70", "fail"),  # worse and dearer
        (TENTH, "0.80", "pass"),  # 10 % is not over 10 %
        (SAME, "0.80", "pass"),
        (SAME, "0.70", "pass"),  # what quality may lose is a rule of its own
        (prompt(1201), "0.80", "fail"),
    ],
)
def test_the_rule(head: CallSite, gain: str, outcome: str) -> None:
    (finding,) = judged(head, quality("0.80", gain))
    assert finding.outcome == outcome


def test_the_finding_says_both_sides_of_the_trade() -> None:
    (finding,) = judged(HALF, quality("0.80", "0.81"))
    assert finding.limit == "over 10 % more per task only for 2 points"
    assert finding.actual == "accuracy 0.8 → 0.81 (+1 points), cost per task 0.012 → 0.018 USD (+50 %)"
    assert finding.after == Range.exactly(Decimal(50))
    assert finding.note == "needs a justification"


def test_a_level_of_warn_warns() -> None:
    (finding,) = judged(HALF, quality("0.80", "0.81"), replace(RULE, level="warn"))
    assert finding.outcome == "warn"


def test_a_metric_beyond_one_is_counted_in_its_own_units() -> None:
    (finding,) = judged(HALF, quality("3.0", "5.5", share=False))
    assert finding.outcome == "pass"
    assert "3 → 5.5 (+2.5 points)" in finding.actual


def test_less_may_be_better() -> None:
    rule = replace(RULE, higher_is_better=False)
    assert judged(HALF, quality("0.30", "0.20"), rule)[0].outcome == "pass"
    assert judged(HALF, quality("0.20", "0.30"), rule)[0].outcome == "fail"


def test_what_quality_may_lose_at_any_cost() -> None:
    rule = replace(RULE, max_loss_points=Decimal(3))
    cheaper = prompt(500)
    trade, loss = judged(cheaper, quality("0.80", "0.76"), rule)
    assert (trade.outcome, loss.outcome, loss.key) == ("pass", "fail", "quality[0].max_loss_points")
    assert judged(cheaper, quality("0.80", "0.77"), rule)[1].outcome == "pass"


def test_a_justification_is_recorded_and_turns_the_failure_into_a_warning() -> None:
    (finding,) = judged(HALF, quality("0.80", "0.81"), who=REVIEWER)
    assert finding.outcome == "warn"
    assert finding.note.endswith("justified by ada (maintain): support tickets fell")
    (passing,) = judged(TENTH, quality("0.80", "0.81"), who=REVIEWER)
    assert (passing.outcome, passing.note) == ("pass", "")


def test_too_few_samples_are_unknown() -> None:
    rule = replace(RULE, min_samples=200)
    (finding,) = judged(HALF, quality("0.80", "0.99"), rule)
    assert (finding.outcome, finding.note) == ("unknown", "100 samples of the base, 200 are needed")
    assert judged(HALF, quality("0.80", "0.99", n=None), rule)[0].outcome == "unknown"
    assert judged(HALF, quality("0.80", "0.99", n=None))[0].outcome == "pass"


def test_a_difference_that_chance_could_make_is_said() -> None:
    """1.96 × √(0.02² + 0.02²) = 5.5 points."""
    (within,) = judged(HALF, quality("0.80", "0.84", error="0.02"))
    assert "within sampling error (± 5.54 points)" in within.note
    assert "sampling error" not in judged(HALF, quality("0.80", "0.86", error="0.02"))[0].note


def test_cost_that_is_not_known_is_unknown_unless_the_gain_is_worth_anything() -> None:
    head = site(system(words(1000)), user(hole("everything")))
    unknown = use(dynamic_input_tokens=None)
    assert judged(head, quality("0.80", "0.81"), traffic=unknown)[0].outcome == "unknown"
    assert judged(head, quality("0.80", "0.82"), traffic=unknown)[0].outcome == "pass"


def test_an_unknown_part_that_stays_makes_the_percentage_an_upper_bound() -> None:
    """Without the output the base is known to cost 3,000 millionths: 200 tokens more are at most 20 %."""
    no_output = use(output_tokens=None)
    loose = replace(RULE, max_cost_increase_percent=Decimal(20))
    assert judged(TENTH, quality("0.80", "0.81"), loose, no_output)[0].outcome == "pass"
    (finding,) = judged(TENTH, quality("0.80", "0.81"), traffic=no_output)
    assert finding.outcome == "unknown"
    assert finding.actual.endswith("cost per task at least 0.006 → 0.0072 USD (at most +20 %)")


def test_a_rule_of_a_feature_asks_for_its_cost_alone() -> None:
    other = prompt(1000, id="other", symbol="other")
    worth = replace(pricer(None, use()), feature=lambda s: "b" if s.symbol == "other" else "a")
    sides = [[SAME, other], [HALF, other]]
    priced = [[worth.price(s) for s in side] for side in sides]
    changes = compare([(SAME, HALF), (other, other)], worth, 0)
    percent = {f: cost_move(changes, priced[0], priced[1], f).percent for f in ("a", "b", None)}
    assert percent == {
        "a": Range.exactly(Decimal(50)),
        "b": Range.exactly(Decimal(0)),
        None: Range.exactly(Decimal(25)),
    }
    assert cost_move(changes, priced[0], priced[1], "a").base.known == Range.exactly(call_usd(1000) * 2)


@pytest.mark.parametrize(("head", "outcome"), [(TENTH, "pass"), (HALF, "unknown"), (prompt(500), "pass")])
def test_without_results_only_what_costs_more_than_the_rule_is_unknown(head: CallSite, outcome: str) -> None:
    worth = pricer(None, use())
    changes = compare([(SAME, head)], worth, 0)
    (finding,) = judge_quality([RULE], None, changes, [worth.price(SAME)], [worth.price(head)], REVIEWER)
    assert finding.outcome == outcome
    assert finding.actual.startswith("no evaluation results, cost per task 0.012 → ")


def test_a_metric_must_be_there_and_be_named_among_several() -> None:
    two = [quality("0.8", "0.8"), replace(quality("0.8", "0.8"), metric="tone")]
    for rule, told in (
        (RULE, r"quality\[0\].*several metrics"),
        (replace(RULE, metric="speed"), r"no metric 'speed'"),
    ):
        with pytest.raises(ReviewError, match=told) as error:
            judge_quality([rule], two, [], [], [])
        assert "accuracy, tone" in error.value.hint


def test_its_findings_join_the_verdict_of_the_budgets() -> None:
    verdict = Verdict(outcome="pass", judged=2)
    failed = with_findings(verdict, judged(HALF, quality("0.80", "0.81")), Budgets())
    assert (failed.outcome, failed.blocks, failed.judged) == ("fail", True, 3)
    accepted = with_findings(verdict, judged(HALF, quality("0.80", "0.81"), who=REVIEWER), Budgets())
    assert (accepted.outcome, accepted.blocks) == ("warn", False)


RANK = {"pass": 0, "warn": 1, "unknown": 1, "fail": 2}


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(0, 3000), st.integers(-100, 100), st.integers(0, 100))
@settings(max_examples=100, deadline=None)
def test_dearer_or_worse_never_turns_fail_into_pass(base: int, head: int, more: int, gain: int, worse: int) -> None:
    def outcome(tokens: int, points: int) -> str:
        measured = quality("0.5", str(Decimal("0.5") + Decimal(points) / 1000))
        return judged(prompt(tokens), measured, base=prompt(base))[0].outcome

    assert RANK[outcome(head + more, gain - worse)] >= RANK[outcome(head, gain)]


def test_a_model_without_a_price_is_unknown() -> None:
    from bot.model import NoPrice
    from tests.cost.make import rates

    book = {"claude-sonnet-4-5": rates()}
    head = replace(SAME, model=setting("acme-1"))
    worth = pricer(book, use()).against([(SAME, head)])
    sides = [worth.price(SAME)], [worth.price(head)]
    assert isinstance(sides[1][0].rates, NoPrice)
    (finding,) = judge_quality([RULE], [quality("0.8", "0.8")], compare([(SAME, head)], worth, 0), *sides)
    assert finding.outcome == "unknown"
