"""Self-hosting: silent without a volume, plain where it does not pay back, break-even by hand."""

from __future__ import annotations

from decimal import Decimal

from bot.levers.case import Settings
from bot.levers.self_hosting import (
    break_even_per_month,
    capacity_output_tokens_per_month,
    fixed_usd_per_month,
    propose,
    usd_per_mtok,
)
from tests.cost.make import exactly, month, mtok, setting, site, system, traffic, words
from tests.levers.make import case, only

OPUS = site(system(words(3_000)), model=setting("claude-opus-5-5"))


def volume(calls: int, output: int = 500) -> object:
    return traffic(calls_per_month=month(calls), output_tokens=exactly(output), dynamic_input_tokens=exactly(0))


# -- silent -----------------------------------------------------------------------------------------------------------


def test_silent_without_a_volume() -> None:
    assert propose(case(OPUS)) == ()
    assert propose(case(OPUS, traffic(output_tokens=exactly(500)))) == ()


def test_silent_without_a_whole_price() -> None:
    assert propose(case(OPUS, traffic(calls_per_month=month(10**6)))) == ()
    assert propose(case(OPUS, volume(10**6), book={})) == ()  # type: ignore[arg-type]


# -- advice -----------------------------------------------------------------------------------------------------------


def test_two_gpus_and_half_an_engineer() -> None:
    """2 · 2.95 · 730 · 1.4 + 100,000/12 = 6,029.80 + 8,333.33 USD a month."""
    fixed = fixed_usd_per_month(Settings())
    assert fixed.quantize(Decimal("0.01")) == Decimal("14363.13")
    # 10 USD a million blended: 1,436 million tokens a month, 47 million a day
    per_day = (break_even_per_month(fixed, Decimal(10)) or Decimal(0)) * 12 / 365
    assert per_day.quantize(Decimal(1)) == 47


def test_it_does_not_pay_back() -> None:
    found = only(propose(case(OPUS, volume(100_000))))  # type: ignore[arg-type]
    assert found.kind == "verdict"
    per_call = mtok("4", 3_000) + mtok("20", 500)
    even = fixed_usd_per_month(Settings()) / per_call
    assert f"breaks even at {even:,.0f} calls a month and there are 100,000" in found.advice.why


def test_no_calls_at_all() -> None:
    found = only(propose(case(OPUS, volume(0))))  # type: ignore[arg-type]
    assert "does not pay back" in found.advice.title


def test_around_the_break_even() -> None:
    even = fixed_usd_per_month(Settings()) / (mtok("4", 3_000) + mtok("20", 500))
    below = only(propose(case(OPUS, volume(int(even)))))  # type: ignore[arg-type]
    above = only(propose(case(OPUS, volume(int(even) + 1))))  # type: ignore[arg-type]
    assert (below.kind, above.kind) == ("verdict", "hosting")
    saving = above.advice.saving_usd_per_month
    assert saving is not None and 0 < saving.likely < Decimal("0.03")


def test_a_cluster_that_cannot_serve_it() -> None:
    """2 · 800 tokens/s · 30 % · 3600 · 730 = 1,261 million output tokens a month."""
    capacity = capacity_output_tokens_per_month(Settings())
    assert capacity == Decimal(1_261_440_000)
    calls = int(capacity) // 500 + 1
    found = only(propose(case(OPUS, volume(calls))))  # type: ignore[arg-type]
    assert "cannot serve this volume" in found.advice.why


def test_the_price_of_a_token_on_ones_own_hardware() -> None:
    """USD an hour ÷ tokens an hour: one H100 at 2.95 and 800 tokens a second, ten times that at a tenth of the load.

    A published worked example (arXiv 2509.18101, table IV) is in tests/docs/test_levers.py.
    """
    full = usd_per_mtok(Decimal("2.95"), Decimal(800))
    assert full == Decimal("2.95") / (800 * 3_600) * 1_000_000
    assert usd_per_mtok(Decimal("2.95"), Decimal(800), Decimal("0.1")) == full * 10


def test_break_even_of_a_free_model() -> None:
    assert break_even_per_month(Decimal(100), Decimal(0)) is None
