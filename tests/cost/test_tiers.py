"""Tiers of long requests: at the limit, with a range over it, with calls on both sides of it.

Claude Sonnet 4.5: 3 / 15 USD up to 200,000 input tokens, 6 / 22.50 above, for the whole request
(https://platform.claude.com/docs/en/about-claude/pricing, long context).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import PricedSite, Range, Spread
from bot.percentiles import input_usd_per_token, quantiles_usd, usd_at
from bot.spread import expected_min, mean_tokens, share_above
from tests.cost.make import LONG_CONTEXT, exactly, mtok, pricer, rates, setting, site, system, traffic, user, words

LIMIT = 200_000
BOOK = rates(tiers=(LONG_CONTEXT,), cache_read_usd_per_mtok=None)
CALL = site(system(words(1_000)), user("q"))  # 1,001 tokens that every call sends
FIXED = 1_001


def priced(**use: object) -> PricedSite:
    return pricer(BOOK, traffic(**{"output_tokens": exactly(500), **use})).price(CALL)


def test_below_at_and_above_the_limit() -> None:
    """A request of exactly 200,000 tokens is not above them; one token more makes the whole request dearer."""
    at, above = (priced(dynamic_input_tokens=exactly(LIMIT - FIXED + n)).cost.usd_per_call for n in (0, 1))
    assert at == Range.exactly(mtok("3", LIMIT) + mtok("15", 500))
    assert above == Range.exactly(mtok("6", LIMIT + 1) + mtok("22.50", 500))


def test_only_the_high_end_of_a_range_crosses() -> None:
    """100,000 to 300,000 run-time tokens, likely 150,000: the high end is a call of the upper tier, the others are not."""
    found = priced(dynamic_input_tokens=Range(100_000, 150_000, 300_000))
    usd = found.cost.usd_per_call
    assert usd.low == mtok("3", 100_000 + FIXED) + mtok("15", 500)
    assert usd.likely == mtok("3", 150_000 + FIXED) + mtok("15", 500)
    assert usd.high == mtok("6", 300_000 + FIXED) + mtok("22.50", 500)
    assert [above for above, _ in found.tiers] == [0, LIMIT]


def test_only_the_low_end_is_below() -> None:
    usd = priced(dynamic_input_tokens=Range(100_000, 250_000, 300_000)).cost.usd_per_call
    assert usd.low == mtok("3", 100_000 + FIXED) + mtok("15", 500)
    assert usd.likely == mtok("6", 250_000 + FIXED) + mtok("22.50", 500)


def test_calls_on_both_sides_of_the_limit() -> None:
    """Nine calls of 10,000 and one of 400,000 run-time tokens: a mean of 49,000 hides that the tenth is dearer."""
    found = priced(
        dynamic_input_tokens=exactly(49_000), dynamic_input_spread=Spread(points=((10_000, 9), (400_000, 1)))
    )
    short = mtok("3", 10_000 + FIXED) + mtok("15", 500)
    long = mtok("6", 400_000 + FIXED) + mtok("22.50", 500)
    assert found.cost.usd_per_call.likely == pytest.approx((9 * short + long) / 10, abs=Decimal("1e-12"))
    assert usd_at(found, 10_000, 500) == short
    assert usd_at(found, 400_000, 500) == long
    # run-time tokens: 90,000 of 490,000 at 3, the rest at 6
    per_token = (Decimal(90_000) * 3 + Decimal(400_000) * 6) / Decimal(490_000) / 1_000_000
    assert input_usd_per_token(found) == pytest.approx(per_token, abs=Decimal("1e-15"))


def test_percentiles_know_the_tier() -> None:
    found = priced(
        dynamic_input_tokens=exactly(49_000),
        dynamic_input_spread=Spread(points=((10_000, 9), (400_000, 1))),
        cost_points=((10_000, 500, 9), (400_000, 500, 1)),
    )
    p50, p95, _, _ = quantiles_usd(found)
    assert p50 == mtok("3", 10_000 + FIXED) + mtok("15", 500)
    assert p95 == mtok("6", 400_000 + FIXED) + mtok("22.50", 500)


def test_a_lognormal_over_the_limit() -> None:
    """p50 100,000 and p95 400,000: the share above and its tokens by the formulas of bot/spread.py."""
    spread = Spread(p50=100_000, p95=400_000)
    mean, limit = mean_tokens(spread), LIMIT - FIXED
    above, kept = share_above(spread, limit), expected_min(spread, limit)
    assert mean is not None and above is not None and kept is not None
    found = priced(dynamic_input_tokens=exactly(int(mean)), dynamic_input_spread=spread)
    part = (mean - kept + limit * above) / mean
    fixed = ((1 - above) * 3 + above * 6) * FIXED
    moving = ((1 - part) * 3 + part * 6) * int(mean)
    output = ((1 - above) * 15 + above * Decimal("22.50")) * 500
    assert found.cost.usd_per_call.likely == pytest.approx((fixed + moving + output) / 1_000_000, abs=Decimal("1e-9"))


def test_cached_tokens_have_a_tier_too() -> None:
    """Half of the calls read 1,001 tokens at 0.30 or 0.60; writes cost 3.75 or 7.50."""
    tier = replace(LONG_CONTEXT, cache_read_usd_per_mtok=Decimal("0.60"), cache_write_usd_per_mtok=Decimal("7.50"))
    marked = site(system(words(1_100), mark=True), user("q"), cache=setting("on"))
    use = traffic(
        output_tokens=exactly(0),
        dynamic_input_tokens=exactly(205_000),
        dynamic_input_spread=Spread(points=((10_000, 1), (400_000, 1))),
        cache_hit_share=Decimal("0.5"),
    )
    found = pricer(rates(tiers=(tier,)), use).price(marked)
    line = found.cost.lines[0]
    shares = {name: (share, usd) for name, share, usd in line.mix}
    assert shares["cache_read"] == (Decimal("0.5"), (Decimal("0.30") + Decimal("0.60")) / 2)
    assert shares["cache_write"] == (Decimal("0.5"), (Decimal("3.75") + Decimal("7.50")) / 2)
    assert line.usd_per_mtok == sum(share * usd for share, usd in shares.values())


@given(st.lists(st.tuples(st.integers(0, 600_000), st.integers(1, 50)), min_size=1, max_size=12))
def test_the_mean_is_the_mean_of_the_calls(points: list[tuple[int, int]]) -> None:
    """The mixed price is the average of the calls priced one by one, each in its own tier."""
    calls = sum(n for _, n in points)
    mean = round(sum(t * n for t, n in points) / calls)
    found = priced(dynamic_input_tokens=exactly(mean), dynamic_input_spread=Spread(points=tuple(points)))
    one_by_one = sum(priced(dynamic_input_tokens=exactly(t)).cost.usd_per_call.likely * n for t, n in points) / calls
    # the mean is rounded to a whole token
    assert abs(found.cost.usd_per_call.likely - one_by_one) <= mtok("6", 1)


@given(st.integers(0, 400_000), st.integers(0, 200_000), st.integers(0, 200_000))
def test_more_tokens_never_cost_less(low: int, more: int, most: int) -> None:
    usd = priced(dynamic_input_tokens=Range(low, low + more, low + more + most)).cost.usd_per_call
    assert usd.low <= usd.likely <= usd.high
    assert usd.low == priced(dynamic_input_tokens=exactly(low)).cost.usd_per_call.likely
    assert usd.high == priced(dynamic_input_tokens=exactly(low + more + most)).cost.usd_per_call.likely
