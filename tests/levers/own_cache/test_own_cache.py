"""Gemini's explicit cache: paid by the hour, read by every call.

Gemini 3.1 Pro: input 2, read 0.20 USD per million, storage 4.50 USD per million tokens and hour
(https://ai.google.dev/gemini-api/docs/pricing).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.levers.own_cache import pays_from, propose
from bot.model import Rates, Traffic
from bot.prices import PriceBook
from tests.cost.make import exactly, hole, month, mtok, pricer, rates, setting, site, system, traffic, user, words
from tests.levers.make import case, only, per_call, per_month

PRO = rates(
    model="gemini-3.1-pro",
    provider="google",
    input_usd_per_mtok=Decimal(2),
    output_usd_per_mtok=Decimal(12),
    cache_read_usd_per_mtok=Decimal("0.20"),
    cache_write_usd_per_mtok=Decimal(2),
    cache_storage_usd_per_mtok_hour=Decimal("4.50"),
    cache_ttl_seconds=None,
    cache_mode="automatic",
    min_cacheable_tokens=4_096,
)
CALL = site(system(words(10_000)), user(hole("q")), provider="google", model=setting("gemini-3.1-pro"))
# 730 hours a month
USE = traffic(dynamic_input_tokens=exactly(0), output_tokens=exactly(0), cache_hit_share=Decimal(0))


def a_month(calls: int, **more: object) -> Traffic:
    return replace(USE, calls_per_month=month(calls), **more)  # type: ignore[arg-type]


# -- silent -----------------------------------------------------------------------------------------------------------


def test_silent_without_a_volume_and_below_the_break_even() -> None:
    """4.50/(2 - 0.20) = 2.5 calls an hour, 1,825 a month."""
    assert propose(case(CALL, USE, PRO)) == ()
    assert propose(case(CALL, a_month(1_825), PRO)) == ()
    assert propose(case(CALL, a_month(1_826), PRO)) != ()
    assert propose(case(CALL, a_month(0), PRO)) == ()


def test_silent_where_there_is_one_and_where_the_own_cache_finds_all() -> None:
    assert propose(case(replace(CALL, cache=setting("on")), a_month(100_000), PRO)) == ()
    assert propose(case(CALL, a_month(100_000, cache_hit_share=Decimal(1)), PRO)) == ()


def test_silent_below_the_minimum_and_where_nothing_is_paid_by_the_hour() -> None:
    small = replace(CALL, surfaces=(system(words(4_095)), user(hole("q"))))
    at = replace(CALL, surfaces=(system(words(4_096)), user(hole("q"))))
    assert propose(case(small, a_month(100_000), PRO)) == ()
    assert propose(case(at, a_month(100_000), PRO)) != ()
    assert propose(case(CALL, a_month(100_000), replace(PRO, cache_storage_usd_per_mtok_hour=None))) == ()


# -- advice -----------------------------------------------------------------------------------------------------------


def test_break_even() -> None:
    assert pays_from(PRO) == Decimal("2.5")
    assert pays_from(PRO, Decimal("0.5")) == 5
    assert pays_from(PRO, Decimal(1)) is None
    assert pays_from(rates()) is None


def test_ten_calls_an_hour_by_hand() -> None:
    """7,300 calls read 10,000 tokens at 0.20 instead of 2, and 730 hours of storage cost 4.50 · 0.01 each."""
    found = only(propose(case(CALL, a_month(7_300), PRO)))
    saved = 7_300 * mtok("1.80", 10_000) - 730 * mtok("4.50", 10_000)
    assert per_month(found) == pytest.approx(saved, abs=Decimal("1e-9"))
    assert per_call(found) == pytest.approx(saved / 7_300, abs=Decimal("1e-12"))
    assert "from 2.5 calls an hour on, and there are 10.0" in found.advice.why


def test_what_is_found_without_it_is_no_saving() -> None:
    found = only(propose(case(CALL, a_month(7_300, cache_hit_share=Decimal("0.5")), PRO)))
    saved = 7_300 * mtok("1.80", 10_000) / 2 - 730 * mtok("4.50", 10_000)
    assert per_month(found) == pytest.approx(saved, abs=Decimal("1e-9"))


def test_without_measured_hits_no_saving_is_claimed() -> None:
    found = only(propose(case(CALL, a_month(7_300, cache_hit_share=None), PRO)))
    assert found.advice.saving_usd_per_month is None and found.advice.confidence == "low"


def test_storage_without_a_volume_is_unknown() -> None:
    own = pricer(PRO, USE).price(replace(CALL, cache=setting("own")))
    assert [line.part for line in own.cost.unknown] == ["cache storage"]


def test_the_catalogue_knows_what_storage_costs() -> None:
    """4.50 for Pro, 1 for Flash, as https://ai.google.dev/gemini-api/docs/pricing says (the overlay's rows)."""
    book = PriceBook(on=date(2026, 11, 24))
    for model, per_hour in (
        ("gemini-3.1-pro-preview", "4.50"),
        ("gemini-3.5-flash-lite", None),
        ("gemini-2.5-flash", "1.00"),
    ):
        found = book.rates(model, "google")
        assert isinstance(found, Rates)
        assert found.cache_storage_usd_per_mtok_hour == (Decimal(per_hour) if per_hour else None)
