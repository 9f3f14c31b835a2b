"""What the gate measures, one measure at a time: increases, what rises by an unknown amount, and the words of a finding.

Rates and traffic of `tests.gate.make`: 3 USD per million tokens in and 15 out, 100,000 calls a month, 200 tokens out.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot import gate, gate_limits, gate_quality, gate_rules
from bot.compare import compare
from bot.economics import Amount
from bot.gate_limits import Measured, Scope
from bot.gate_quality import CostMove, cost_move
from bot.model import NO_USD, Budgets, Cause, Change, Finding, PricedSite, Range, Usd
from prompts_scanner.model import CallSite, Gap, Setting, Span
from tests.cost.make import AT, exactly, hole, pricer, rates, site, system, user, words
from tests.gate.make import CALLS, call_usd, limit, prompt, use
from tests.gate.test_quality_rule import HALF, RULE, SAME, quality

TOKEN = Decimal(3) / 1_000_000


def dollars(low: str, likely: str, high: str) -> Usd:
    return Range(Decimal(low), Decimal(likely), Decimal(high))


def scope(
    base: list[CallSite], head: list[CallSite], traffic: object = None, *, feature: str | None = None
) -> tuple[Scope, tuple[Change, ...]]:
    """The whole, of sites with equal ids."""
    old, new = {s.id: s for s in base}, {s.id: s for s in head}
    pairs = [(old.get(key), new.get(key)) for key in dict.fromkeys([*old, *new])]
    worth = pricer(None, traffic or use()).against(pairs)  # type: ignore[arg-type]
    changes = compare(pairs, worth, -1)
    sides = [[worth.price(s) for s in side] for side in (base, head)]
    return Scope(feature=feature, base=sides[0], head=sides[1], changes=changes), changes


# -- a limit's outcome -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (("1", "5", "8"), ("1", "5", "12"), ("warn", gate_limits.ONLY_HIGH)),
        (("1", "5", "8"), ("1", "5", "10"), ("pass", "")),  # its end is at the limit
        (("1", "5", "12"), ("1", "5", "12"), ("pass", "")),  # its end was there before
        (("1", "5", "12"), ("1", "4", "11"), ("pass", "")),
        (("1", "10", "10"), ("1", "9", "9"), ("pass", "")),  # it was at the limit, not above
        (("1", "11", "11"), ("1", "10", "10"), ("pass", gate_limits.OLD_DEBT)),
        (("1", "5", "8"), ("1", "6", "8"), ("pass", "")),
        (("1", "5", "8"), ("1", "6", "12"), ("warn", gate_limits.ONLY_HIGH)),
        (("1", "5", "8"), ("1", "11", "12"), ("fail", "")),
    ],
)
def test_a_limit_of_ten(before: tuple[str, str, str], after: tuple[str, str, str], found: tuple[str, str]) -> None:
    measured = Measured(before=dollars(*before), after=dollars(*after))
    assert gate_limits.outcome_of(limit("usd_per_call", 10), measured) == found


def test_behind_a_call_that_is_gone_the_others_are_measured() -> None:
    gone, stays = prompt(100), prompt(200, id="b")
    whole, _ = scope([gone, stays], [replace(stays, surfaces=prompt(300).surfaces)])
    (measured,) = gate_limits._per_call(whole)
    assert measured.after.likely == call_usd(300)


def by(change: Change, usd: Usd) -> Change:
    """The same change as one that costs so much more a call."""
    text = Cause(what="prompt", detail="", span=AT, delta_tokens=None, usd_per_call=usd, sign=None)
    return replace(change, causes=(text,))


@pytest.mark.parametrize(
    ("delta", "rises"), [(("0", "0", "0"), False), (("-0.2", "-0.1", "0"), False), (("0", "0", "0.0001"), True)]
)
def test_how_often_a_touched_call_is_made_matters_where_it_may_cost_more(
    delta: tuple[str, str, str], rises: bool
) -> None:
    whole, (change,) = scope([prompt(500)], [prompt(600)], use(calls_per_month=None))
    touched = replace(whole, changes=[by(change, dollars(*delta))])
    found = gate_limits._unmultiplied(touched, lambda side: side.per_month)
    assert found == (("calls per month",) if rises else ())


# -- increases ---------------------------------------------------------------------------------------------------------


def test_the_increase_of_a_month_counts_on_behind_a_call_that_costs_the_same() -> None:
    base, head = [prompt(500), prompt(500, id="b")], [prompt(600), prompt(600, id="b")]
    whole, (first, second) = scope(base, head)
    (measured,) = gate_limits._increase_monthly(replace(whole, changes=[by(first, NO_USD), second]))
    assert (measured.after, measured.rising) == (Range.exactly(CALLS * 100 * TOKEN), ())


@pytest.mark.parametrize(
    ("delta", "rises"),
    [
        (("-0.002", "-0.001", "0"), False),
        (("-0.002", "-0.001", "-0.0001"), False),
        (("-0.002", "-0.001", "0.0001"), True),
        (("0", "0.0001", "0.0002"), True),
    ],
)
def test_of_a_call_of_unknown_frequency_only_what_may_cost_more_rises(delta: tuple[str, str, str], rises: bool) -> None:
    whole, (change,) = scope([prompt(500)], [prompt(600)], use(calls_per_month=None))
    (measured,) = gate_limits._increase_monthly(replace(whole, changes=[by(change, dollars(*delta))]))
    assert measured.rising == ((f"calls per month of {change.label}",) if rises else ())
    assert measured.after == NO_USD


def test_without_the_traffic_of_each_call_the_percentage_is_of_one_call_of_each() -> None:
    """100 of 1,000 tokens more here and 200 of 1,000 there: +300 tokens on two calls, however often the first is made."""

    def known(of: CallSite) -> object:
        return use(calls_per_month=None) if of.id == "b" else use()

    whole, _ = scope([prompt(1000), prompt(1000, id="b")], [prompt(1100), prompt(1200, id="b")], known)
    (measured,) = gate_limits._increase_percent(whole)
    assert measured.after.likely == 300 * TOKEN * 100 / (2 * call_usd(1000))
    assert measured.note == "of one call of each call site, for want of traffic"
    (of_month,) = gate_limits._increase_percent(scope([prompt(1000)], [prompt(1100)])[0])
    assert (of_month.after.likely, of_month.note) == (100 * TOKEN * 100 / call_usd(1000), "of the cost per month")


def test_where_neither_side_of_the_percentage_is_known_it_is_not() -> None:
    silent = use(output_tokens=None)
    (dearer,) = gate_limits._increase_percent(scope([prompt(0)], [prompt(1)], silent)[0])
    assert dearer.missing and all(part.endswith("before the change") for part in dearer.missing)
    assert (dearer.after, dearer.note, dearer.rising) == (NO_USD, "of the cost per month", ())
    # nothing moved: of whatever it is, nothing
    (same,) = gate_limits._increase_percent(scope([prompt(0)], [prompt(0, symbol="b", structured=True)], silent)[0])
    assert (same.missing, same.boundless, same.note) == ((), False, gate_limits.FROM_NOTHING)


@pytest.mark.parametrize(("tokens", "boundless"), [(1, True), (0, False)])
def test_from_nothing_something_is_above_every_percentage(tokens: int, boundless: bool) -> None:
    nothing = use(output_tokens=exactly(0))
    (measured,) = gate_limits._increase_percent(scope([prompt(0)], [prompt(tokens, structured=True)], nothing)[0])
    assert (measured.boundless, measured.note) == (boundless, gate_limits.FROM_NOTHING)


def test_a_call_that_leaves_for_another_feature_takes_its_cost_with_it() -> None:
    _, (change,) = scope([prompt(500)], [prompt(600)])
    assert change.before is not None and change.after is not None
    moved = replace(change, after=replace(change.after, feature="search"))
    left = Scope(feature="support", base=[change.before], head=[], changes=[moved])
    come = Scope(feature="search", base=[], head=[moved.after] if moved.after else [], changes=[moved])
    assert gate_limits._delta(left, moved) == Range.exactly(-call_usd(500))
    assert gate_limits._delta(come, moved) == Range.exactly(call_usd(600))
    assert gate_limits._delta(Scope(feature=None, base=[], head=[], changes=[]), moved) == Range.exactly(100 * TOKEN)


def test_what_is_not_known_of_a_call_that_is_new_or_comes_from_elsewhere_rises() -> None:
    silent = use(output_tokens=None)
    whole, changes = scope([], [prompt(500)], silent)
    assert gate_limits.rising_parts(whole, changes) == ("output",)
    same, stays = scope([prompt(500)], [prompt(600)], silent)
    assert gate_limits.rising_parts(same, stays) == ()
    (change,) = stays
    assert change.after is not None
    moved = replace(change, after=replace(change.after, feature="search"))
    assert gate_limits.rising_parts(Scope(feature="search", base=[], head=[], changes=[moved]), [moved]) == ("output",)


# -- what could not be read ----------------------------------------------------------------------------------------------


def test_places_that_may_hide_a_call_are_told_from_their_least_weight_on() -> None:
    first, second = Gap(span=AT, reason="first", weight=50), Gap(span=Span("b.py", 1, 1), reason="second", weight=90)
    light = Gap(span=Span("c.py", 1, 1), reason="light", weight=49)
    (found,) = gate._unread([light, first, second])
    assert (found.actual, found.span) == ("2 new places", AT)
    assert found.note.endswith("the first: first")
    assert gate._unread([light]) == []


def test_each_limit_counts() -> None:
    one, two, three = limit("usd_per_call", 1), limit("usd_per_task", 1), limit("usd_per_month", 1)
    assert gate._number_of(Budgets(total=(one,), every_feature=(one, two), features={"a": (one, two, three)})) == 6


# -- models and calls of unknown cost ------------------------------------------------------------------------------------


def test_a_further_model_is_found_with_and_without_a_change_of_cost_and_once() -> None:
    book = {"claude-sonnet-4-5": rates(), "other": rates(model="other"), "third": rates(model="third")}
    asked = pricer(book, use())

    def at(*names: str, **more: object) -> PricedSite:
        model = Setting(values=names, resolution="literal", span=AT)
        return asked.price(replace(prompt(100, model=model), **more))  # type: ignore[arg-type]

    one, two = at("claude-sonnet-4-5"), at("claude-sonnet-4-5", "other")

    def found(changes: list[Change], base: list[PricedSite], head: list[PricedSite]) -> list[str]:
        told: list[Finding] = gate_rules._models(changes, base, head, ("claude-*",), "fail")
        return [f.actual for f in told]

    assert found([], [one], [two]) == ["other"]
    assert found([], [one], [one]) == []
    assert found([], [], [two]) == []
    (change,) = compare([(one.site, replace(two.site, surfaces=prompt(200).surfaces))], asked, 0)
    assert found([change], [one], [two]) == ["other"]
    (gone,) = compare([(prompt(100, id="gone"), None)], asked, 0)
    assert found([gone, change], [one], [two]) == ["other"]
    (new,) = compare([(None, two.site)], asked, 0)
    assert found([gone, new], [], [two]) == ["other"]
    third = at("claude-sonnet-4-5", "third", id="c")
    assert found([gone, change], [one, at("claude-sonnet-4-5", id="c")], [two, third]) == ["other", "third"]


def test_of_several_new_calls_of_unknown_cost_the_first_is_shown() -> None:
    asked = pricer({}, use())
    places = [Span("a.py", 1, 2), Span("b.py", 3, 4)]
    new = [asked.price(prompt(10, id=str(i), span=span)) for i, span in enumerate(places)]
    (found,) = gate_rules._unknown_sites([], new, 0, "fail")
    assert (found.outcome, found.actual, found.span) == ("fail", "2", places[0])


# -- quality for its cost ------------------------------------------------------------------------------------------------


def test_a_move_keeps_its_likely_value_between_its_ends() -> None:
    """Half price by the batch: of 100, 200 or 400 tokens out, over the likely 200."""
    wide = use(output_tokens=Range(100, 200, 400))
    whole, changes = scope([prompt(1000)], [prompt(1000, batch=True)], wide)
    move = cost_move(changes, whole.base, whole.head, None).percent
    halves = [-call_usd(1000, n) / 2 * 100 / call_usd(1000, 200) for n in (400, 200, 100)]
    assert move == Range(*halves)


def test_a_move_is_not_known_where_a_part_rises_or_is_known_on_one_side_alone() -> None:
    unseen = use(dynamic_input_tokens=None)
    none, one, two = (site(system(words(1000)), user("ask ", *[hole("q")] * n)) for n in range(3))

    def percent(base: CallSite, head: CallSite) -> Usd | None:
        whole, changes = scope([base], [head], unseen)
        return cost_move(changes, whole.base, whole.head, None).percent

    assert percent(one, two) is None, "as much is missing on both sides, and it rises"
    assert percent(one, none) is None, "it falls by what is not known"
    whole, _ = scope([one], [none], unseen)
    assert cost_move([], whole.base, whole.head, None).percent is None


def test_without_results_each_rule_is_judged_by_its_cost_alone() -> None:
    whole, changes = scope([SAME], [HALF])
    wide = replace(RULE, max_cost_increase_percent=Decimal(50), key="quality[1]")
    found = gate_quality.judge_quality([RULE, wide], None, changes, whole.base, whole.head)
    assert [(f.outcome, f.note) for f in found] == [
        ("unknown", "not known: the quality of base and head"),
        ("pass", ""),
    ]


@pytest.mark.parametrize(
    ("high", "at_most", "outcome"), [("15", False, "warn"), ("15", True, "pass"), ("10", False, "pass")]
)
def test_the_end_of_a_move_warns_unless_it_is_a_bound(high: str, at_most: bool, outcome: str) -> None:
    amount = Amount(known=NO_USD, missing=())
    move = CostMove(base=amount, head=amount, percent=dollars("0", "5", high), at_most=at_most)
    assert gate_quality._outcome(RULE, quality("0.80", "0.81"), move, Decimal(1))[0] == outcome


@pytest.mark.parametrize(
    ("head", "shares", "note"),
    [
        # 1.96 x sqrt(0.03^2 + 0.04^2) = 0.098
        ("0.898", (True, True), "the difference is within sampling error (± 9.8 points)"),
        ("0.8981", (True, True), ""),
        ("0.702", (True, True), "the difference is within sampling error (± 9.8 points)"),
        ("0.85", (False, False), "the difference is within sampling error (± 0.098 points)"),
        ("0.85", (True, False), "the difference is within sampling error (± 0.098 points)"),
        ("0.85", (False, True), "the difference is within sampling error (± 0.098 points)"),
    ],
)
def test_sampling_error_is_told_up_to_it_and_in_points(head: str, shares: tuple[bool, bool], note: str) -> None:
    measured = quality("0.80", head)
    base = replace(measured.base, standard_error=Decimal("0.03"), share=shares[0])
    new = replace(measured.head, standard_error=Decimal("0.04"), share=shares[1])
    assert gate_quality._noise(replace(measured, base=base, head=new)) == note


@pytest.mark.parametrize(
    ("value", "text"), [("0.5", "+0.5"), ("-0.5", "−0.5"), ("0", "0"), ("2", "+2"), ("-2", "−2"), ("1", "+1"), ("-1", "−1")]
)  # fmt: skip
def test_a_move_is_told_with_its_sign(value: str, text: str) -> None:
    assert gate_quality._sign(Decimal(value)) == text
