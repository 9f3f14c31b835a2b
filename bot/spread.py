"""How token amounts are spread over calls: mean, quantiles, what a cap leaves of them, how many calls it cuts.

From a histogram's points where there is one, else from p50 and p95 as a lognormal:
mu = ln p50, sigma = (ln p95 - ln p50) / 1.6449, mean = exp(mu + sigma²/2), and for a cap c
E[min(X, c)] = mean · Φ((ln c - mu - sigma²)/sigma) + c · (1 - Φ((ln c - mu)/sigma))
(Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions 1, 2nd ed. 1994, chapter 14).
"""

from __future__ import annotations

import math
from decimal import Decimal
from statistics import NormalDist

from bot.model import Spread

_NORMAL = NormalDist()
Z95 = _NORMAL.inv_cdf(0.95)


def is_known(spread: Spread | None) -> bool:
    """Whether a cap's effect can be computed: points, or both p50 and p95."""
    return spread is not None and (bool(spread.points) or _lognormal(spread) is not None)


def mean_tokens(spread: Spread) -> Decimal | None:
    if spread.points:
        return _decimal(sum(t * n for t, n in spread.points) / _calls(spread))
    fitted = _lognormal(spread)
    return None if fitted is None else _decimal(_mean(*fitted))


def expected_min(spread: Spread, cap_tokens: int) -> Decimal | None:
    """E[min(X, cap)]: what a call has on average when nothing goes beyond the cap."""
    if spread.points:
        return _decimal(sum(min(t, cap_tokens) * n for t, n in spread.points) / _calls(spread))
    fitted = _lognormal(spread)
    if fitted is None:
        return None
    mu, sigma = fitted
    if cap_tokens <= 0:
        return Decimal(0)
    if sigma == 0:
        return _decimal(min(math.exp(mu), cap_tokens))
    log_cap = math.log(cap_tokens)
    below = _mean(mu, sigma) * _NORMAL.cdf((log_cap - mu - sigma**2) / sigma)
    return _decimal(min(below + cap_tokens * (1 - _NORMAL.cdf((log_cap - mu) / sigma)), _mean(mu, sigma)))


def share_above(spread: Spread, cap_tokens: int) -> Decimal | None:
    """The share of calls with more than the cap: those that it cuts."""
    if spread.points:
        return _decimal(sum(n for t, n in spread.points if t > cap_tokens) / _calls(spread))
    fitted = _lognormal(spread)
    if fitted is None:
        return None
    mu, sigma = fitted
    if cap_tokens <= 0:
        return Decimal(1)
    if sigma == 0:
        return Decimal(math.exp(mu) > cap_tokens)
    return _decimal(1 - _NORMAL.cdf((math.log(cap_tokens) - mu) / sigma))


def quantile_tokens(spread: Spread, q: float) -> int | None:
    """The q-quantile; of points by nearest rank."""
    if spread.points:
        seen, total = 0, _calls(spread)
        for tokens, calls in sorted(spread.points):
            seen += calls
            if seen >= q * total:
                return tokens
        return max(t for t, _ in spread.points)
    fitted = _lognormal(spread)
    return None if fitted is None else round(math.exp(fitted[0] + fitted[1] * _NORMAL.inv_cdf(q)))


def _lognormal(spread: Spread) -> tuple[float, float] | None:
    if spread.p50 is None or spread.p95 is None or not 0 < spread.p50 <= spread.p95:
        return None
    mu = math.log(spread.p50)
    return mu, (math.log(spread.p95) - mu) / Z95


def _mean(mu: float, sigma: float) -> float:
    return math.exp(mu + sigma**2 / 2)


def _calls(spread: Spread) -> int:
    return sum(n for _, n in spread.points)


def _decimal(value: float) -> Decimal:
    # 12 significant digits: beyond that a float holds noise, which would show up in sums of dollars
    return Decimal(f"{value:.12g}")
