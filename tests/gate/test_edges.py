"""The edges of the gate's rules: exactly at a limit, one side without a figure, several sites and features."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.compare import compare
from bot.errors import ReviewError
from bot.gate_limits import plain
from bot.gate_quality import chosen, cost_move, judge_quality
from bot.model import Budgets, Guardrails, Range
from prompts_scanner.model import Span
from tests.cost.make import exactly, hole, pricer, rates, setting, site, system, user, words
from tests.gate.make import CALLS, call_usd, limit, only, prompt, use, verdict
from tests.gate.test_quality_rule import RULE, SAME, judged, quality


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0 USD"),
        ("0.123456", "0.1235 USD"),
        ("999.94", "999.9 USD"),
        ("999.96", "1,000 USD"),
        ("1000", "1,000 USD"),
        ("1000.004", "1,000 USD"),
        ("1000.126", "1,000.13 USD"),
        ("1234.567", "1,234.57 USD"),
        ("-1234.567", "-1,234.57 USD"),
    ],
)
def test_small_amounts_have_four_digits_and_large_ones_cents(value: str, text: str) -> None:
    assert plain(Decimal(value), "usd") == text


def test_a_call_exactly_at_its_limit_passes_and_one_that_stays_above_it_too() -> None:
    at = call_usd(1000)
    budgets = Budgets(total=(limit("usd_per_call", at),))
    assert verdict(prompt(900), prompt(1000), budgets).outcome == "pass"
    assert verdict(prompt(900), prompt(1001), budgets).outcome == "fail"


def test_a_feature_that_is_gone_is_not_measured() -> None:
    budgets = Budgets(total=(limit("usd_per_month", 1),))
    assert verdict(prompt(1000), None, budgets).findings == ()
    finding = only(verdict(None, prompt(1000), budgets))
    assert (finding.before, finding.after) == (None, Range.exactly(CALLS * call_usd(1000)))


def test_a_call_of_unknown_frequency_that_gets_cheaper_raises_nothing() -> None:
    budgets = Budgets(total=(limit("usd_per_month", 1_000_000),))
    often = use(calls_per_month=None)
    assert verdict(prompt(1000), prompt(900), budgets, often).outcome == "pass"
    assert verdict(prompt(1000), prompt(1100), budgets, often).outcome == "unknown"


def _moved(base: int, head: int, **more: object) -> tuple[Decimal | None, tuple[str, ...]]:
    worth = pricer(None, use(**more)).against([(prompt(base), prompt(head))])
    changes = compare([(prompt(base), prompt(head))], worth, 0)
    found = cost_move(changes, [worth.price(prompt(base))], [worth.price(prompt(head))], None)
    return (None if found.percent is None else found.percent.likely), found.missing


def test_the_move_of_a_cost_is_a_share_of_what_it_was() -> None:
    assert _moved(1000, 1200) == (Decimal(10), ())
    assert _moved(1200, 1000) == (Decimal(-600) * 100 / Decimal(6600), ())
    # nothing before, nothing after: no move; nothing before and something after: no percentage
    assert _moved(0, 0, output_tokens=exactly(0)) == (Decimal(0), ())
    assert _moved(0, 10, output_tokens=exactly(0)) == (None, ())


def test_the_range_of_a_move_is_in_its_order() -> None:
    wide = use(dynamic_input_tokens=Range(0, 100, 400))
    base, head = site(system(words(1000)), user(hole("q"))), site(system(words(500)), user(hole("q")))
    worth = pricer(None, wide).against([(base, head)])
    move = cost_move(compare([(base, head)], worth, 0), [worth.price(base)], [worth.price(head)], None).percent
    assert move is not None
    assert move.low <= move.likely <= move.high
    assert move.likely == -500 * 3 * 100 / Decimal(3 * 1100 + 15 * 200)


def test_a_rule_takes_the_metric_that_it_names() -> None:
    two = [quality("0.8", "0.8"), replace(quality("0.7", "0.9"), metric="tone")]
    assert chosen(replace(RULE, metric="tone"), two) is two[1]
    assert chosen(replace(RULE, metric="accuracy"), two) is two[0]
    assert chosen(RULE, two[:1]) is two[0]
    with pytest.raises(ReviewError, match="several metrics"):
        chosen(RULE, two)
    with pytest.raises(ReviewError, match="no metric 'fit'"):
        chosen(replace(RULE, metric="fit"), two[:1])
    assert chosen(replace(RULE, metric="tone"), two[1:]) is two[1]
    with pytest.raises(ReviewError, match="no metric 'fit'"):
        chosen(replace(RULE, metric="fit"), [])


@pytest.mark.parametrize(("n", "enough"), [(49, False), (50, True), (51, True), (None, False)])
def test_exactly_as_many_samples_as_are_needed_are_enough(n: int | None, enough: bool) -> None:
    rule = replace(RULE, min_samples=50)
    (finding,) = judged(SAME, quality("0.80", "0.85", n=n), rule)
    assert (finding.outcome == "unknown") is not enough
    shown = "an unknown number of" if n is None else str(n)
    assert (f"{shown} samples of the base, 50 are needed" in finding.note) is not enough


def test_one_sample_is_no_demand() -> None:
    (finding,) = judged(SAME, quality("0.80", "0.85", n=None), replace(RULE, min_samples=1))
    assert finding.outcome == "pass"
    (two,) = judged(SAME, quality("0.80", "0.85", n=1), replace(RULE, min_samples=2))
    assert two.outcome == "unknown"


@pytest.mark.parametrize(
    ("errors", "note"),
    [
        # 1.96 * sqrt(0.03^2 + 0.04^2) = 0.098: ± 9.8 points
        (("0.03", "0.04"), "the difference is within sampling error (± 9.8 points)"),
        (("0.003", "0.004"), ""),  # 0.0098 < 0.02
        ((None, "0.04"), ""),
        (("0.03", None), ""),
    ],
)
def test_chance_alone_is_told_of(errors: tuple[str | None, str | None], note: str) -> None:
    measured = quality("0.80", "0.82")
    sides = [
        replace(side, standard_error=None if error is None else Decimal(error))
        for side, error in zip((measured.base, measured.head), errors, strict=True)
    ]
    rule = replace(RULE, max_loss_points=Decimal(1))
    found = judge_quality([rule], [replace(measured, base=sides[0], head=sides[1])], (), (), ())
    assert [note in f.note if note else "sampling" not in f.note for f in found] == [True] * len(found)
    assert found


@pytest.mark.parametrize(
    ("base", "head", "share", "said"),
    [
        ("0.80", "0.85", True, "+5 points of accuracy"),
        ("0.85", "0.80", True, "−5 points of accuracy"),
        ("0.80", "0.80", True, "0 points of accuracy"),
        ("3.5", "4.0", False, "+0.5 points of accuracy"),
    ],
)
def test_a_loss_is_told_with_its_sign(base: str, head: str, share: bool, said: str) -> None:
    rule = replace(RULE, max_loss_points=Decimal(4))
    found = [f for f in judged(SAME, quality(base, head, share=share), rule) if f.key.endswith("max_loss_points")]
    (finding,) = found
    assert finding.actual == said
    assert finding.outcome == ("fail" if said.startswith("−") else "pass")
    exactly_at = judged(SAME, quality("0.84", "0.80"), rule)
    assert [f.outcome for f in exactly_at if f.key.endswith("max_loss_points")] == ["pass"]


def test_the_cost_before_is_what_is_not_known_where_nothing_else_is() -> None:
    free = use(output_tokens=exactly(0))
    found = judged(prompt(10), quality("0.80", "0.80"), RULE, free, base=prompt(0))
    assert [(f.outcome, f.note) for f in found] == [("unknown", "not known: the cost before the change")]


def test_sites_of_unknown_cost_are_counted_and_the_first_new_one_is_shown() -> None:
    guard = Budgets(guardrails=Guardrails(max_unknown_sites=1))
    there = Span("app/new.py", 7, 9)
    priced, first = prompt(100), prompt(100, id="b", model=setting("private"))
    second = prompt(100, id="c", model=setting("private"), span=there)
    book = {"claude-sonnet-4-5": rates()}

    def found(base: list, head: list):
        return next(
            f for f in verdict(base, head, guard, book=book).findings if f.key == "budgets.guardrails.max_unknown_sites"
        )

    at = found([priced], [priced, first])
    assert (at.outcome, at.actual, at.span) == ("pass", "1", None)
    over = found([priced, first], [priced, first, second])
    assert (over.outcome, over.actual, over.span) == ("fail", "2", there)
    stays = found([first, second], [first, second])
    assert (stays.outcome, stays.span) == ("pass", None)


def test_a_month_that_stays_what_it_was_passes_above_its_limit_too() -> None:
    """One call gets dearer by as much as the other gets cheaper."""
    budgets = Budgets(total=(limit("usd_per_month", 1),))
    one, two = prompt(1000), prompt(1000, id="b")
    moved = verdict([one, two], [prompt(1100), prompt(900, id="b")], budgets)
    assert only(moved).outcome == "pass"
    assert only(verdict([one, two], [prompt(1100), prompt(901, id="b")], budgets)).outcome == "fail"


def test_a_model_that_is_not_allowed_is_one_finding() -> None:
    guard = Budgets(guardrails=Guardrails(allowed_models=("claude-*",)))
    book = {"claude-sonnet-4-5": rates(), "other": rates(model="other"), "third": rates(model="third")}
    found = verdict(prompt(100), prompt(100, model=setting("other")), guard, book=book)
    assert [f.outcome for f in found.findings if f.outcome != "pass"] == ["fail"]
    stays = prompt(100, model=setting("other"), id="b")
    beside = verdict([prompt(100), stays], [prompt(120), stays], guard, book=book)
    assert [f.outcome for f in beside.findings if f.outcome != "pass"] == []


def test_each_rule_is_judged_also_behind_one_that_does_not_apply() -> None:
    elsewhere = replace(RULE, feature="another", key="quality[0]")
    here = replace(RULE, key="quality[1]")
    worth = pricer(None, use()).against([(SAME, prompt(2000))])
    changes = compare([(SAME, prompt(2000))], worth, 0)
    sides = [worth.price(SAME)], [worth.price(prompt(2000))]
    found = judge_quality([elsewhere, here], [quality("0.80", "0.80")], changes, *sides)
    assert [f.outcome for f in found if f.key.startswith("quality[1]")] == ["fail"]
