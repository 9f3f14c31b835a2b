"""The lognormal of p50 and p95, and histograms: means, caps, cut shares."""

from __future__ import annotations

import math
import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Spread
from bot.spread import expected_min, is_known, mean_tokens, quantile_tokens, share_above

Z95 = 1.6448536269514722  # the 95 % point of the standard normal distribution, any table
CHAT = Spread(p50=170, p95=430)


def test_the_mean_of_a_lognormal() -> None:
    sigma = math.log(430 / 170) / Z95
    assert float(mean_tokens(CHAT) or 0) == pytest.approx(170 * math.exp(sigma**2 / 2))


def test_a_cap_against_a_million_draws() -> None:
    """E[min(X, c)] below p50, between, and above p95, by simulation."""
    sigma = math.log(430 / 170) / Z95
    draw = random.Random(20261124)
    xs = [draw.lognormvariate(math.log(170), sigma) for _ in range(200_000)]
    for cap in (60, 170, 300, 600, 5_000):
        simulated = sum(min(x, cap) for x in xs) / len(xs)
        assert float(expected_min(CHAT, cap) or 0) == pytest.approx(simulated, rel=0.01)
        assert float(share_above(CHAT, cap) or 0) == pytest.approx(sum(x > cap for x in xs) / len(xs), abs=0.005)


def test_the_given_percentiles_come_back() -> None:
    assert quantile_tokens(CHAT, 0.5) == 170
    assert quantile_tokens(CHAT, 0.95) == 430
    assert float(share_above(CHAT, 430) or 0) == pytest.approx(0.05)


def test_points_are_exact() -> None:
    spread = Spread(points=((10, 3), (100, 6), (1_000, 1)))
    assert mean_tokens(spread) == Decimal("163")  # (30 + 600 + 1000) / 10
    assert expected_min(spread, 100) == Decimal("73")  # (30 + 600 + 100) / 10
    assert share_above(spread, 100) == Decimal("0.1")
    assert quantile_tokens(spread, 0.9) == 100
    assert quantile_tokens(spread, 0.99) == 1_000


def test_every_call_alike() -> None:
    same = Spread(p50=50, p95=50)
    assert mean_tokens(same) == Decimal(50)
    assert expected_min(same, 20) == Decimal(20)
    assert share_above(same, 20) == 1
    assert share_above(same, 60) == 0


def test_half_a_distribution_is_not_known() -> None:
    assert not is_known(None)
    assert not is_known(Spread(p50=10))
    assert not is_known(Spread(p95=10))
    assert is_known(Spread(points=((5, 1),)))
    assert expected_min(Spread(p50=10), 100) is None
    assert share_above(Spread(), 100) is None


@given(st.integers(1, 10_000), st.integers(0, 50_000), st.integers(0, 100_000))
def test_a_cap_never_adds(p50: int, more: int, cap: int) -> None:
    spread = Spread(p50=p50, p95=p50 + more)
    cut, mean = expected_min(spread, cap), mean_tokens(spread)
    assert cut is not None and mean is not None
    assert 0 <= cut <= min(mean, Decimal(cap)) + Decimal("0.001")
    wider = expected_min(spread, cap + 10)
    assert wider is not None and wider >= cut - Decimal("0.000001")
