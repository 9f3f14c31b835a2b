"""Fine-tuning: silent without a volume, plain where it does not pay back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.levers.case import Settings
from bot.levers.distillation import payback_months, propose
from bot.model import Traffic
from tests.cost.make import exactly, hole, month, mtok, setting, site, system, traffic, user, words
from tests.levers.make import case, only, per_call

LABEL = site(system(words(2_000)), model=setting("claude-opus-5-5"), output_cap=setting(50))


def volume(calls: int) -> Traffic:
    return traffic(calls_per_month=month(calls), output_tokens=exactly(20), dynamic_input_tokens=exactly(0))


# -- silent -----------------------------------------------------------------------------------------------------------


def test_silent_without_a_volume() -> None:
    assert propose(case(LABEL)) == ()
    assert propose(case(LABEL, traffic(output_tokens=exactly(20)))) == ()


def test_silent_where_a_part_of_the_price_is_unknown() -> None:
    assert propose(case(LABEL, traffic(calls_per_month=month(10**7)))) == ()  # no output known


def test_silent_on_the_smallest_model_and_on_open_tasks() -> None:
    small = site(system(words(2_000)), model=setting("claude-haiku-5-5"), output_cap=setting(50))
    assert propose(case(small, volume(10**7))) == ()
    essay = site(system(words(2_000)), model=setting("claude-opus-5-5"))
    use = traffic(calls_per_month=month(10**7), output_tokens=exactly(900), dynamic_input_tokens=exactly(0))
    assert propose(case(essay, use)) == ()


def test_silent_where_no_task_is_seen() -> None:
    """A function that sends whatever it is given."""
    passed_on = site(user(hole("prompt")), model=setting("claude-opus-5-5"), structured=True)
    use = traffic(calls_per_month=month(10**7), output_tokens=exactly(20), dynamic_input_tokens=exactly(2_000))
    assert propose(case(passed_on, use)) == ()
    assert propose(case(replace(passed_on, surfaces=(system("Name the city of the address."),)), use)) != ()


def test_what_a_smaller_model_saves_untrained_is_no_merit_of_the_training() -> None:
    """A simple task: the smaller model alone saves all that a trained one would, so training earns nothing."""
    simple = site(
        system("Classify the text. " + words(2_000)), model=setting("claude-opus-5-5"), output_cap=setting(50)
    )
    found = only(propose(case(simple, volume(10**8))))
    assert found.kind == "verdict" and "0.00 USD saved a month beyond" in found.advice.why


# -- advice -----------------------------------------------------------------------------------------------------------


def test_no_payback_at_a_small_volume() -> None:
    found = only(propose(case(LABEL, volume(10_000))))
    assert found.kind == "verdict"
    assert "does not pay back" in found.advice.title
    large, small = mtok("4", 2_000) + mtok("20", 20), mtok("0.10", 2_000) + mtok("0.50", 20)
    assert f"{10_000 * (large - small):.0f} USD saved a month" in found.advice.why
    assert found.advice.saving_usd_per_month is not None and found.advice.saving_usd_per_month.likely == 0


def test_a_verdict_prints_no_payback_of_a_thousand_months_and_no_part_that_costs_nothing() -> None:
    short = site(system(words(20)), model=setting("claude-opus-5-5"), output_cap=setting(50))
    found = only(propose(case(short, volume(500))))
    assert "months to earn" not in found.advice.why
    assert " 0 USD" not in found.advice.why
    # 500 calls of 20 + 20 tokens: 500 · (20·4 + 20·20 - 20·0.10 - 20·0.50) / 1,000,000 = 0.234
    assert "0.23 USD saved a month" in found.advice.why


def test_the_payback_by_hand() -> None:
    """1,000 answers, 3 passes of 2,020 tokens at 25 USD a million, half an engineer for a month; 5 million calls."""
    found = only(propose(case(LABEL, volume(5_000_000))))
    s = Settings()
    large, small = mtok("4", 2_000) + mtok("20", 20), mtok("0.10", 2_000) + mtok("0.50", 20)
    once = 1_000 * large + 1_000 * 3 * mtok("25", 2_020) + s.engineering_usd_per_month.value
    # a cascade saves large - small - e·large with e = 0.4 and no training: the training earns e·large a call
    months = once / (5_000_000 * large * Decimal("0.4"))
    assert per_call(found) == large - small
    assert f"{months.quantize(Decimal('0.1'))} months" in found.advice.why
    assert found.model == "claude-haiku-5-5"


def test_payback_formula() -> None:
    assert payback_months(Decimal(12_000), Decimal(3_000), Decimal(1_000)) == 6
    assert payback_months(Decimal(12_000), Decimal(1_000), Decimal(1_000)) is None
    assert payback_months(Decimal(12_000), Decimal(0)) is None
    assert payback_months(Decimal(0), Decimal(1)) == 0
