"""The arithmetic: exclusive classes, tiers by total input, unknown is None, and the catalogue's own calculator."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from bot.model import MTOK, Rates
from bot.prices import PriceBook, price_usage
from bot.prices.usage import write_1h_usd_per_mtok
from tests.prices.test_price_names import BOOK, DAY, rates

USAGES = 10_000


def mtok(usd: str, tokens: int) -> Decimal:
    return Decimal(usd) * tokens / MTOK


def test_classes_exclude_one_another() -> None:
    # 1,000 new + 20,000 read + 3,000 written for 5 minutes + 500 for an hour, 400 out, on Claude Sonnet 5.5
    usd = price_usage(
        rates("claude-sonnet-5-5"),
        uncached_input_tokens=1_000,
        cache_read_tokens=20_000,
        cache_write_tokens=3_000,
        cache_write_1h_tokens=500,
        output_tokens=400,
    )
    assert usd == mtok("2", 1_000) + mtok("0.1", 20_000) + mtok("2.5", 3_000) + mtok("4", 500) + mtok("10", 400)


@pytest.mark.parametrize(("cached", "fresh", "long"), [(272_000, 0, False), (272_000, 1, True), (0, 272_001, True)])
def test_the_total_input_decides_the_tier_of_the_whole_request(cached: int, fresh: int, long: bool) -> None:
    sol = rates("gpt-6.1-sol")
    usd = price_usage(sol, uncached_input_tokens=fresh, cache_read_tokens=cached, output_tokens=1_000)
    usd_in, usd_read, usd_out = ("4", "0.2", "15") if long else ("2", "0.1", "10")
    assert usd == mtok(usd_in, fresh) + mtok(usd_read, cached) + mtok(usd_out, 1_000)


def test_one_hour_writes_follow_the_tier() -> None:
    haiku = rates("claude-haiku-5-5")  # 0.2 up to 100,000 tokens, 1.0 above: platform.claude.com pricing
    assert write_1h_usd_per_mtok(haiku, haiku.for_input(100_000)) == Decimal("0.2")
    assert write_1h_usd_per_mtok(haiku, haiku.for_input(100_001)) == 1


def test_unknown_rates_make_the_price_unknown() -> None:
    embedding = rates("text-embedding-3-small")
    assert price_usage(embedding, uncached_input_tokens=1_000) == mtok("0.02", 1_000)
    assert price_usage(embedding, uncached_input_tokens=1_000, output_tokens=1) is None
    assert price_usage(rates("gpt-4o"), cache_write_1h_tokens=1) is None
    assert price_usage(rates("whisper-1"), uncached_input_tokens=1) is None


def test_batch() -> None:
    opus = rates("claude-opus-5-5")
    assert price_usage(opus, uncached_input_tokens=10, output_tokens=10, batch=True) == mtok("2", 10) + mtok("10", 10)
    read = price_usage(opus, cache_read_tokens=1_000, batch=True, batch_discounts_cached=False)
    assert read == mtok("0.2", 1_000)
    assert price_usage(rates("gpt-4"), uncached_input_tokens=1, batch=True) is None or rates("gpt-4").batch_factor


def test_a_price_per_request_is_added_once() -> None:
    assert price_usage(rates("rerank-v3.5")) == Decimal("0.002")


def test_negative_counts_are_an_error() -> None:
    with pytest.raises(ValueError, match="negative"):
        price_usage(rates("gpt-4o"), output_tokens=-1)


def test_more_tokens_never_cost_less() -> None:
    for model in ("gpt-6.1-sol", "claude-haiku-5-5", "gemini-2.5-pro", "grok-4.7"):
        found, last = rates(model), Decimal(-1)
        for tokens in (0, 1, 99_999, 100_000, 100_001, 199_999, 200_000, 200_001, 272_000, 272_001, 900_000):
            usd = price_usage(found, uncached_input_tokens=tokens, output_tokens=10)
            assert usd is not None
            assert usd > last
            last = usd


@pytest.mark.skipif(find_spec("genai_prices") is None, reason="genai-prices is not installed: no calculator to ask")
def test_10_000_random_usages_cost_what_the_catalogue_says() -> None:
    differ, asked = compare_with_genai_prices(BOOK, USAGES)
    assert asked == USAGES
    assert differ == []


def compare_with_genai_prices(book: PriceBook, usages: int) -> tuple[list[str], int]:
    """(what differs, how many were compared): both sides price the same counts of the same row."""
    usage_type: Any = import_module("genai_prices").Usage
    providers: Any = import_module("genai_prices.data").providers
    # 02:00 UTC is a peak hour of every model that has any, in the catalogue of 2026-11.
    at = datetime(DAY.year, DAY.month, DAY.day, 2, tzinfo=UTC)
    chance = random.Random(20261124)
    models = [(p, m) for p in providers for m in p.models]
    differ: list[str] = []
    asked = 0
    while asked < usages:
        provider, model = chance.choice(models)
        ours = book.rates(model.id, provider.id)
        if not isinstance(ours, Rates) or ours.free or ours.usd_per_request or ours.input_usd_per_mtok is None:
            continue
        priced = model.get_prices(at, None)
        if priced.input_mtok is None:  # their calculator takes a missing price for 0
            continue
        fresh, read, write, hour, out = (
            chance.choice((0, chance.randrange(2_000), chance.randrange(400_000))) for _ in range(5)
        )
        if priced.output_mtok is None:
            out = 0
        if priced.cache_read_mtok is None:
            read = 0
        if priced.cache_write_mtok is None or ours.cache_write_usd_per_mtok is None:
            write = 0
        if priced.cache_write_1h_mtok is None:
            hour = 0
        usd = price_usage(
            ours,
            uncached_input_tokens=fresh,
            cache_read_tokens=read,
            cache_write_tokens=write,
            cache_write_1h_tokens=hour,
            output_tokens=out,
        )
        counted = usage_type(
            input_tokens=fresh + read + write + hour,
            cache_read_tokens=read,
            cache_write_tokens=write + hour,
            cache_write_1h_tokens=hour,
            output_tokens=out,
        )
        theirs = priced.calc_price(counted)["total_price"]
        asked += 1
        if usd is None or abs(usd - theirs) > theirs * Decimal("1e-12"):
            differ.append(f"{provider.id}/{model.id} {fresh, read, write, hour, out}: {usd} and {theirs}")
    return differ, asked
