"""Limits: crossed from below or raised, never old debt; on the likely amount; unknown kept apart."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Budgets, Range, Verdict
from prompts_scanner.model import Gap, Span
from tests.cost.make import hole, month, rates, setting, site, system, user, words
from tests.gate.make import CALLS, call_usd, limit, only, prompt, use, verdict

MONTH = {tokens: call_usd(tokens) * CALLS for tokens in (1000, 2000, 3000)}  # 600, 900, 1200 USD


def total(kind: str, amount: Any, level: str = "fail", **more: Any) -> Budgets:
    return Budgets(total=(limit(kind, amount, level),), **more)


def every(kind: str, amount: Any, level: str = "fail", **more: Any) -> Budgets:
    return Budgets(every_feature=(limit(kind, amount, level),), **more)


def test_without_budgets_nothing_is_judged() -> None:
    found = verdict(prompt(1000), prompt(9000), Budgets(), gaps=[Gap(span=Span("x", 1, 1), reason="?", weight=90)])
    assert found == Verdict(outcome="pass", findings=(), blocks=False, judged=0)


def test_without_a_change_nothing_is_found() -> None:
    found = verdict(prompt(3000), prompt(3000), total("usd_per_month", 1))
    assert (found.outcome, found.findings, found.judged) == ("pass", (), 1)


@pytest.mark.parametrize("scope", [total, every])
@pytest.mark.parametrize(
    ("base", "head", "most", "outcome"),
    [
        (1000, 2000, MONTH[2000], "pass"),  # at the limit is within it
        (1000, 2000, MONTH[2000] - 1, "fail"),  # crossed from below
        (2000, 3000, MONTH[1000], "fail"),  # above before, and raised
        (3000, 2000, MONTH[1000], "pass"),  # above before, and lowered
        (None, 2000, MONTH[1000], "fail"),  # new
        (2000, None, MONTH[1000], "pass"),  # gone
    ],
)
def test_a_month(scope: Any, base: int | None, head: int | None, most: Decimal, outcome: str) -> None:
    sides = [None if tokens is None else prompt(tokens) for tokens in (base, head)]
    found = verdict(*sides, scope("usd_per_month", most))  # type: ignore[arg-type]
    assert found.outcome == outcome
    assert found.blocks is (outcome == "fail")


def test_the_numbers_of_a_finding_are_exact() -> None:
    finding = only(verdict(prompt(1000), prompt(2000), total("usd_per_month", 700)))
    assert (finding.before, finding.after) == (Range.exactly(MONTH[1000]), Range.exactly(MONTH[2000]))
    assert (finding.amount, finding.unit, finding.key) == (Decimal(700), "usd", "budgets.test.usd_per_month")
    assert (finding.budget, finding.limit, finding.actual) == ("cost per month", "at most 700 USD", "900 USD")
    assert finding.span == prompt(1000).span


def test_old_debt_is_said_and_not_blocked() -> None:
    finding = only(verdict(prompt(3000), prompt(2000), total("usd_per_month", 100)))
    assert finding.outcome == "pass"
    assert "was above the limit before" in finding.note


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        ("usd_per_call", call_usd(2000)),
        ("usd_per_task", call_usd(2000) * 2),
        ("usd_per_outcome", call_usd(2000) * 2 / Decimal("0.8") / Decimal("0.5")),
    ],
)
def test_the_steps_of_the_worksheet(kind: str, after: Decimal) -> None:
    within = only(verdict(prompt(1000), prompt(2000), every(kind, after)))
    above = only(verdict(prompt(1000), prompt(2000), every(kind, after * Decimal("0.999"))))
    assert (within.outcome, above.outcome) == ("pass", "fail")
    assert above.after is not None
    assert above.after.likely == after


@pytest.mark.parametrize(
    ("kind", "most", "outcome"),
    [
        ("increase_usd_per_month", 300, "pass"),  # 900 - 600
        ("increase_usd_per_month", 299, "fail"),
        ("increase_percent", 50, "pass"),  # 300 ÷ 600
        ("increase_percent", "49.9", "fail"),
    ],
)
@pytest.mark.parametrize("scope", [total, every])
def test_increases(scope: Any, kind: str, most: Any, outcome: str) -> None:
    assert verdict(prompt(1000), prompt(2000), scope(kind, most)).outcome == outcome


@pytest.mark.parametrize("kind", ["increase_usd_per_month", "increase_percent"])
def test_a_saving_is_no_increase(kind: str) -> None:
    assert verdict(prompt(2000), prompt(1000), total(kind, 0)).outcome == "pass"


def test_a_percentage_is_of_everything_in_scope() -> None:
    """One of two call sites grows by half: by a quarter of both."""
    other = prompt(1000, id="other")
    pair = ([prompt(1000), other], [prompt(2000), other])
    assert verdict(*pair, total("increase_percent", 25)).outcome == "pass"
    assert verdict(*pair, total("increase_percent", 24)).outcome == "fail"


def test_what_is_all_new_has_no_percentage_but_an_amount() -> None:
    assert verdict(None, prompt(2000), total("increase_percent", 1)).findings == ()
    assert verdict(None, prompt(2000), total("increase_usd_per_month", 1)).outcome == "fail"


def test_what_cost_nothing_and_now_costs_something_is_above_every_percentage() -> None:
    free = rates(model="free", input_usd_per_mtok=Decimal(0), output_usd_per_mtok=Decimal(0), free=True)
    book = {"free": free, "claude-sonnet-4-5": rates()}
    finding = only(
        verdict(prompt(1000, model=setting("free")), prompt(1000), total("increase_percent", 900), book=book)
    )
    assert (finding.outcome, finding.actual, finding.after) == ("fail", "more than nothing", None)
    back = verdict(prompt(1000), prompt(1000, model=setting("free")), total("increase_percent", 0), book=book)
    assert back.outcome == "pass"


def test_a_level_of_warn_warns() -> None:
    found = verdict(prompt(1000), prompt(2000), total("usd_per_month", 700, "warn"))
    assert (found.outcome, found.blocks) == ("warn", False)


def test_a_range_that_ends_above_the_limit_warns() -> None:
    """Between 90,000 and 120,000 calls: 900 USD is likely, 1,080 the end."""
    wide = use(calls_per_month=Range(Decimal(90_000), Decimal(100_000), Decimal(120_000)))
    finding = only(verdict(prompt(1000), prompt(2000), total("usd_per_month", 1000), wide))
    assert finding.outcome == "warn"
    assert "end of its range" in finding.note
    assert only(verdict(prompt(1000), prompt(2000), total("usd_per_month", 1080), wide)).outcome == "pass"


def test_a_range_that_ended_above_before_and_shrinks_passes() -> None:
    wide = use(calls_per_month=Range(Decimal(90_000), Decimal(100_000), Decimal(120_000)))
    assert verdict(prompt(3000), prompt(2000), total("usd_per_month", 1000), wide).outcome == "pass"


def test_a_limit_of_a_feature_is_not_asked_where_nothing_changes() -> None:
    other = prompt(9000, id="other", symbol="other")
    feature = {"answer": "a", "other": "b"}
    budgets = Budgets(features={name: (limit("usd_per_month", 700),) for name in "ab"})
    found = verdict([prompt(1000), other], [prompt(1001), other], budgets, feature=lambda s: feature[s.symbol], noise=0)
    assert [f.feature for f in found.findings] == ["a"]
    assert found.outcome == "pass"


def test_a_change_below_the_noise_floor_is_not_judged() -> None:
    assert verdict(prompt(1000), prompt(1003), total("usd_per_month", 1), noise=5).findings == ()
    assert verdict(prompt(1000), prompt(1003), total("usd_per_month", 1), noise=2).outcome == "fail"


def test_a_call_per_limit_names_each_call_site() -> None:
    sides = [[prompt(n, id=f"s{i}", symbol=f"s{i}") for i in range(3)] for n in (1000, 2000)]
    found = verdict(*sides, every("usd_per_call", 0))
    assert [f.note.rpartition("::")[2] for f in found.findings] == ["s0", "s1", "s2"]


def test_of_several_possible_models_the_dearest_ends_the_range() -> None:
    """Haiku 4.5 costs 1 / 5 USD, Sonnet 4.5 3 / 15: https://platform.claude.com/docs/en/about-claude/pricing"""
    cheap = rates(model="claude-haiku-4-5", input_usd_per_mtok=Decimal(1), output_usd_per_mtok=Decimal(5))
    book = {"cheap": cheap, "dear": rates()}
    either = replace(setting("cheap"), values=("cheap", "dear"), resolution="range")
    head = prompt(2000, model=either)
    likely = (Decimal(1) * 2000 + Decimal(5) * 200) / 1_000_000
    finding = only(verdict(prompt(1000, model=either), head, every("usd_per_call", "0.005"), book=book))
    assert finding.after is not None
    assert (finding.after.likely, finding.after.high) == (likely, call_usd(2000))
    assert finding.outcome == "warn"


# -- unknown ----------------------------------------------------------------------------------------------------------

NO_OUTPUT = use(output_tokens=None)


def test_a_missing_number_is_unknown_and_does_not_block_unless_told() -> None:
    found = verdict(prompt(1000), prompt(2000), total("usd_per_month", 5000), NO_OUTPUT)
    assert (found.outcome, found.blocks) == ("unknown", False)
    assert "output" in found.findings[0].note
    assert found.findings[0].actual.startswith("at least ")
    blocking = verdict(prompt(1000), prompt(2000), total("usd_per_month", 5000, unknown="fail"), NO_OUTPUT)
    assert (blocking.outcome, blocking.blocks) == ("unknown", True)
    silent = verdict(prompt(1000), prompt(2000), total("usd_per_month", 5000, unknown="pass"), NO_OUTPUT)
    assert (silent.outcome, silent.blocks) == ("pass", False)
    assert silent.findings[0].outcome == "unknown"


def test_the_known_part_above_the_limit_fails_whatever_the_rest_is() -> None:
    """Input alone is 2,000 × 3 USD per million × 100,000 calls = 600 USD."""
    assert verdict(prompt(1000), prompt(2000), total("usd_per_month", 599), NO_OUTPUT).outcome == "fail"


def test_what_only_falls_passes_though_the_sum_is_not_known() -> None:
    assert verdict(prompt(2000), prompt(1000), total("usd_per_month", 1), NO_OUTPUT).outcome == "pass"


def test_an_exact_difference_needs_no_whole() -> None:
    """1,000 more tokens are 300 USD a month, whatever the output costs."""
    assert verdict(prompt(1000), prompt(2000), total("increase_usd_per_month", 300), NO_OUTPUT).outcome == "pass"
    assert verdict(prompt(1000), prompt(2000), total("increase_usd_per_month", 299), NO_OUTPUT).outcome == "fail"


def test_a_percentage_of_at_least_so_much_is_at_most_so_much() -> None:
    """The known base is 300 USD: +300 is at most 100 %."""
    assert verdict(prompt(1000), prompt(2000), total("increase_percent", 100), NO_OUTPUT).outcome == "pass"
    found = only(verdict(prompt(1000), prompt(2000), total("increase_percent", 99), NO_OUTPUT))
    assert (found.outcome, found.actual) == ("unknown", "at most 100 %")


def test_without_traffic_a_month_is_unknown_and_a_percentage_is_of_calls() -> None:
    none = lambda _: None  # noqa: E731
    head = prompt(2000)
    assert verdict(prompt(1000), head, total("usd_per_month", 10**6), none).outcome == "unknown"
    assert verdict(prompt(1000), head, total("increase_usd_per_month", 10**6), none).outcome == "unknown"
    found = only(verdict(prompt(1000), head, total("increase_percent", 100), none))
    assert found.outcome == "pass"
    assert "for want of traffic" in found.note


def test_a_new_call_without_traffic_makes_the_total_unknown() -> None:
    budgets = total("usd_per_month", 10**6)
    known = prompt(1000)
    new = prompt(1000, id="new", symbol="new")
    found = verdict([known], [known, new], budgets, lambda s: use() if s.symbol == "answer" else None)
    assert found.outcome == "unknown"


def test_untouched_calls_without_traffic_are_noted_and_do_not_matter() -> None:
    other = prompt(1000, id="other", symbol="other")
    traffic = lambda s: use() if s.symbol == "answer" else None  # noqa: E731
    finding = only(verdict([prompt(1000), other], [prompt(2000), other], total("usd_per_month", 900), traffic))
    assert finding.outcome == "pass"
    assert "1 call sites that the change leaves alone" in finding.note


def test_a_share_that_is_missing_leaves_the_outcome_unknown() -> None:
    found = verdict(prompt(1000), prompt(2000), every("usd_per_outcome", 0), use(outcome_share=None))
    assert (found.outcome, found.findings[0].note) == ("unknown", "not known: outcome share")


def test_a_model_without_a_price_is_unknown() -> None:
    book = {"claude-sonnet-4-5": rates()}
    head = prompt(1000, model=setting("acme-1"))
    for budgets in (total("usd_per_month", 10**6), total("increase_percent", 1), total("increase_usd_per_month", 1)):
        assert verdict(prompt(1000), head, budgets, book=book).outcome == "unknown"


def test_more_run_time_input_of_unknown_size_is_unknown() -> None:
    base = site(system(words(100)), user(hole("question")))
    head = site(system(words(100)), user(hole("question"), hole("everything")))
    found = verdict(base, head, total("increase_usd_per_month", 10), use(dynamic_input_tokens=None))
    assert found.outcome == "unknown"


def test_new_places_that_cannot_be_read_are_unknown() -> None:
    gap = Gap(span=Span("app/x.py", 3, 4), reason="generated code", weight=80)
    found = verdict(prompt(1000), prompt(1000), total("usd_per_month", 10**6), gaps=[gap])
    assert (found.outcome, found.findings[0].span) == ("unknown", gap.span)
    light = replace(gap, weight=10)
    assert verdict(prompt(1000), prompt(1000), total("usd_per_month", 10**6), gaps=[light]).outcome == "pass"


def test_a_call_that_moves_counts_in_both_features() -> None:
    """It leaves one and enters the other, whose limit it may cross."""
    head = replace(prompt(1100), feature="b")
    budgets = Budgets(features={"b": (limit("increase_usd_per_month", 100), limit("usd_per_month", 100))})
    found = verdict(prompt(1000), head, budgets, feature=lambda s: s.feature or "a")
    assert [f.outcome for f in found.findings if f.key] == ["fail", "fail"]
    assert found.findings[0].after == Range.exactly(call_usd(1100) * CALLS)


# -- properties -------------------------------------------------------------------------------------------------------

KINDS = st.sampled_from(
    ["usd_per_call", "usd_per_task", "usd_per_outcome", "usd_per_month", "increase_usd_per_month", "increase_percent"]
)
TOKENS = st.integers(1, 4000)
RANK = {"pass": 0, "warn": 1, "unknown": 1, "fail": 2}


@given(KINDS, TOKENS, TOKENS, TOKENS, st.integers(0, 1500), st.booleans(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_dearer_head_never_turns_fail_into_pass(
    kind: str, base: int, head: int, more: int, hundredths: int, with_output: bool, wide: bool
) -> None:
    calls = Range(Decimal(CALLS) / 2, Decimal(CALLS), Decimal(CALLS) * 2) if wide else month(CALLS)
    traffic = use(calls_per_month=calls) if with_output else use(calls_per_month=calls, output_tokens=None)
    amount = {"usd_per_month": hundredths, "increase_usd_per_month": hundredths, "increase_percent": hundredths / 4}
    budgets = every(kind, str(amount.get(kind, hundredths / 100_000)))
    cheap = verdict(prompt(base), prompt(head), budgets, traffic, noise=0)
    dear = verdict(prompt(base), prompt(head + more), budgets, traffic, noise=0)
    assert RANK[dear.outcome] >= RANK[cheap.outcome] or not cheap.blocks
    if cheap.outcome == "fail":
        assert dear.outcome == "fail"


@given(KINDS, TOKENS, TOKENS, st.integers(0, 1500), st.integers(0, 1500))
@settings(max_examples=100, deadline=None)
def test_a_higher_limit_never_turns_pass_into_fail(kind: str, base: int, head: int, low: int, more: int) -> None:
    scale = {"usd_per_month": 1, "increase_usd_per_month": 1, "increase_percent": 1}.get(kind, 100_000)
    strict = verdict(prompt(base), prompt(head), every(kind, str(low / scale)), noise=0)
    loose = verdict(prompt(base), prompt(head), every(kind, str((low + more) / scale)), noise=0)
    assert RANK[loose.outcome] <= RANK[strict.outcome]


@given(KINDS, TOKENS, st.integers(0, 2000))
@settings(max_examples=60, deadline=None)
def test_no_change_is_within_any_budget(kind: str, tokens: int, amount: int) -> None:
    assert verdict(prompt(tokens), prompt(tokens), every(kind, amount), noise=0).outcome == "pass"


@given(KINDS, TOKENS, st.integers(1, 3000))
@settings(max_examples=60, deadline=None)
def test_a_saving_passes_whatever_the_limit(kind: str, tokens: int, less: int) -> None:
    """Debt of the base never blocks what lowers it."""
    found = verdict(prompt(tokens + less), prompt(tokens), every(kind, 0), noise=0)
    assert found.outcome == "pass"
