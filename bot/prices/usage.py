"""The price of a request from its token classes."""

from __future__ import annotations

from decimal import Decimal

from bot.model import MTOK, Rates


def price_usage(
    rates: Rates,
    *,
    uncached_input_tokens: int = 0,
    cache_read_tokens: int = 0,
    cache_write_tokens: int = 0,
    cache_write_1h_tokens: int = 0,
    output_tokens: int = 0,
    batch: bool = False,
    batch_discounts_cached: bool = True,
) -> Decimal | None:
    """US dollars of one request. None when a class with tokens has no known rate: a part is never taken for the sum.

    The classes exclude one another: a token is in exactly one of them, and their sum is the input that the provider
    sees, which decides the tier of the whole request. `cache_write_tokens` are those of the short (5 minute) cache.
    `batch` multiplies the classes by the batch factor (None when there is none), cached tokens too unless
    `batch_discounts_cached` says no; `PriceBook.rates(..., variant="batch")` has the catalogue's own batch rates.
    `usd_per_request` is added as it is. Negative counts are a ValueError.
    """
    counts = (uncached_input_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens)
    if min(counts) < 0:
        raise ValueError(f"negative token count in {counts}")
    factor = rates.batch_factor if batch else Decimal(1)
    if factor is None:
        return None
    tier = rates.for_input(sum(counts[:4]))
    usd_per_mtok = (
        tier.input_usd_per_mtok,
        tier.cache_read_usd_per_mtok,
        tier.cache_write_usd_per_mtok,
        write_1h_usd_per_mtok(rates, tier),
        tier.output_usd_per_mtok,
    )
    total = Decimal(0)
    for tokens, rate, rate_is_cached in zip(counts, usd_per_mtok, (False, True, True, True, False), strict=True):
        if tokens == 0:
            continue
        if rate is None:
            return None
        cached = rate_is_cached and not batch_discounts_cached
        total += tokens * rate * (1 if cached else factor) / MTOK
    return total + (rates.usd_per_request or 0)


def write_1h_usd_per_mtok(rates: Rates, tier: Rates) -> Decimal | None:
    """The rate of 1-hour cache writes in a tier.

    A tier has no such field: the rate grows as the input rate does, which `scripts/build_prices.py` checks for every
    row of the catalogues that has both.
    """
    base, input_rate, tier_input = rates.cache_write_1h_usd_per_mtok, rates.input_usd_per_mtok, tier.input_usd_per_mtok
    if base is None or not input_rate or tier_input is None:
        return base
    return base * tier_input / input_rate
