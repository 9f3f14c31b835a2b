"""Long requests: silent below the limit and where length is the task; what cutting the long ones saves, by hand.

Claude Sonnet 4.5: 3 / 15 USD up to 200,000 input tokens, 6 / 22.50 above
(https://platform.claude.com/docs/en/about-claude/pricing, long context).
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.levers.long_context import propose
from bot.model import Range, Spread, Traffic
from tests.cost.make import LONG_CONTEXT, exactly, mtok, rates, site, system, traffic, user, words
from tests.levers.make import case, only, per_call

BOOK = rates(tiers=(LONG_CONTEXT,), cache_read_usd_per_mtok=None)
CALL = site(system(words(1_000)), user("q"))
ROOM = 200_000 - 1_001


def spread_over(*points: tuple[int, int]) -> Traffic:
    mean = sum(t * n for t, n in points) // sum(n for _, n in points)
    return traffic(
        dynamic_input_tokens=exactly(mean), dynamic_input_spread=Spread(points=points), output_tokens=exactly(500)
    )


# -- silent -----------------------------------------------------------------------------------------------------------


def test_silent_without_tiers_and_without_known_input() -> None:
    assert propose(case(CALL, spread_over((10_000, 9), (400_000, 1)), rates())) == ()
    assert propose(case(CALL, traffic(output_tokens=exactly(500)), BOOK)) == ()
    assert propose(case(CALL, None, BOOK)) == ()


def test_silent_where_every_call_fits_to_the_token() -> None:
    assert propose(case(CALL, spread_over((10_000, 9), (ROOM, 1)), BOOK)) == ()
    assert propose(case(CALL, spread_over((10_000, 9), (ROOM + 1, 1)), BOOK)) != ()
    assert propose(case(CALL, traffic(dynamic_input_tokens=Range(1, 2, ROOM)), BOOK)) == ()


def test_silent_where_hardly_any_call_is_long() -> None:
    """p50 1,500, p95 9,000 as lognormal: one call in a million is above 272,000 tokens, as far as a fit can tell."""
    assert propose(case(CALL, spread_over((10_000, 999), (400_000, 9)), BOOK)) == ()
    assert propose(case(CALL, spread_over((10_000, 99), (400_000, 1)), BOOK)) != ()
    fitted = traffic(dynamic_input_tokens=exactly(2_700), dynamic_input_spread=Spread(p50=1_500, p95=9_000))
    assert propose(case(CALL, fitted, BOOK)) == ()


def test_silent_where_most_calls_are_long() -> None:
    assert propose(case(CALL, spread_over((10_000, 49), (400_000, 51)), BOOK)) == ()
    assert propose(case(CALL, traffic(dynamic_input_tokens=exactly(300_000)), BOOK)) == ()


def test_silent_where_the_prompt_alone_is_too_long() -> None:
    assert propose(case(site(system(words(200_001))), spread_over((1, 1)), BOOK)) == ()


def test_followed_it_is_silent() -> None:
    found = only(propose(case(CALL, spread_over((10_000, 9), (400_000, 1)), BOOK)))
    assert found.traffic is not None
    after = found.traffic(spread_over((10_000, 9), (400_000, 1)))
    assert propose(case(CALL, after, BOOK)) == ()


# -- advice -----------------------------------------------------------------------------------------------------------


def test_the_tenth_that_is_long_is_cut() -> None:
    """One in ten has 400,000 tokens: 6 and 22.50 for all of it; cut to 198,999 it is a call of 200,000 at 3 and 15."""
    found = only(propose(case(CALL, spread_over((10_000, 9), (400_000, 1)), BOOK)))
    long = mtok("6", 401_001) + mtok("22.50", 500)
    short = mtok("3", 200_000) + mtok("15", 500)
    # the mean of the cut calls is a whole number of tokens
    assert per_call(found) == pytest.approx((long - short) / 10, abs=mtok("3", 1))
    assert "10.0 % of calls are longer, and pay 6/22.5 instead of 3/15" in found.advice.why
    assert f"{ROOM:,} run-time tokens" in found.advice.edit


def test_only_the_high_end_crosses() -> None:
    found = only(propose(case(CALL, traffic(dynamic_input_tokens=Range(1_000, 2_000, ROOM + 1)), BOOK)))
    assert found.advice.saving_usd_per_1k_calls is None
    assert "a request has 200,001 tokens" in found.advice.why


def test_a_lognormal_is_cut_too() -> None:
    """p50 50,000, p95 250,000: the saving is at most what the calls above cost, and more than nothing."""
    use = traffic(
        dynamic_input_tokens=exactly(80_000),
        dynamic_input_spread=Spread(p50=50_000, p95=250_000),
        output_tokens=exactly(500),
    )
    asked = case(CALL, use, BOOK)
    found = only(propose(asked))
    assert 0 < per_call(found) < asked.priced.cost.usd_per_call.likely
    assert found.advice.confidence == "low"
    assert Decimal("0.05") < Decimal(found.advice.why.split(" %")[0]) / 100 < Decimal("0.10")
