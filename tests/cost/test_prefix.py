"""Where the stable prefix ends, what of it a provider caches, how often it is found."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Prefix, Rates, Traffic
from bot.prefix import break_even_hits, cacheable_tokens, hit_share, poisson_hits
from prompts_scanner.model import DAYS_DATE, CallSite
from tests.cost.make import gpt_4o, hole, month, pricer, rates, setting, site, system, tool, traffic, user, words


def prefix(of: CallSite, book: Rates | None = None, use: Traffic | None = None) -> Prefix:
    found = pricer(book or rates(), use).layout(of)
    assert found is not None
    return found[1].prefix


def test_tools_then_system_up_to_the_first_hole() -> None:
    of = site(
        user("q:", hole("question")), system(words(900) + " ", hole("company"), words(50)), tools=(tool("a", 300),)
    )
    found = prefix(of)
    assert found.tokens.likely == 300 + 900
    assert found.ends_at is not None and found.ends_at.name == "company"
    assert found.behind_tokens == 50


def test_openai_reads_the_schema_first() -> None:
    of = site(system(hole("company"), words(10)), user(hole("q")), tools=(tool("a", 40),), provider="openai")
    assert prefix(of, gpt_4o()).tokens.likely == 40


def test_a_tool_known_only_at_run_time_ends_it() -> None:
    of = site(system(words(900)), tools=(tool("a", 300), tool("b", 0, schema="", complete=False), tool("c", 200)))
    assert prefix(of).tokens.likely == 300


def test_nothing_changes_in_a_request_without_holes() -> None:
    found = prefix(site(system(words(30)), user(words(20))))
    assert found.tokens.likely == 50
    assert found.ends_at is None


@pytest.mark.parametrize(("words_before", "cached"), [(1023, 0), (1024, 1024), (1025, 1025)])
def test_exactly_at_the_minimum(words_before: int, cached: int) -> None:
    found = prefix(site(system(words(words_before), mark=True), user(hole()), cache=setting("on")))
    assert found.cacheable_tokens is not None
    assert found.cacheable_tokens.likely == cached
    assert ("below the minimum" in found.reason) == (cached == 0)


@pytest.mark.parametrize(
    ("tokens", "cached"), [(1023, 0), (1024, 1024), (1151, 1024), (1152, 1152), (2_006, 1_920), (4_096, 4_096)]
)
def test_openai_counts_in_steps_of_128(tokens: int, cached: int) -> None:
    """OpenAI's guide: 2,006 prompt tokens answered with `cached_tokens: 1920`.

    https://developers.openai.com/api/docs/guides/prompt-caching
    """
    assert cacheable_tokens(tokens, 1024, 128) == cached


def test_unknown_limits_are_unknown() -> None:
    found = prefix(site(system(words(2_000))), rates(cache_read_usd_per_mtok=None))
    assert found.cacheable_tokens is None
    assert not found.enabled
    assert "no price" in found.reason


def test_explicit_caching_has_to_be_asked_for() -> None:
    plain = site(system(words(2_000)), user(hole()))
    assert not prefix(plain).enabled
    assert prefix(plain, gpt_4o()).enabled
    marked = site(system(words(2_000), mark=True), user(hole()), cache=setting("on"))
    assert prefix(marked).enabled
    told = traffic(cache_hit_share=Decimal("0.9"))
    assert prefix(plain, use=told).enabled  # a library or a proxy marks it


def test_a_mark_vouches_for_what_stands_before_it_but_not_for_a_clock() -> None:
    tenant = site(system(words(1_500) + " ", hole("company"), words(500), mark=True), user(hole()), cache=setting("on"))
    assert prefix(tenant).tokens.likely == 2_000
    clock = site(system(hole("now", volatile=True), words(1_500), mark=True), user(hole()), cache=setting("on"))
    found = prefix(clock)
    assert found.tokens.likely == 0
    assert found.written_in_vain_tokens == 1_500
    after = site(system(words(1_500), mark=True), system(hole("now", volatile=True)), cache=setting("on"))
    assert prefix(after).tokens.likely == 1_500
    assert prefix(after).written_in_vain_tokens == 0


def test_a_hit_share_comes_from_the_best_source() -> None:
    measured = traffic(
        cache_hit_share=Decimal("0.8"), gap_shares={300: Decimal("0.7")}, calls_per_month=month(1_000_000)
    )
    assert hit_share(measured, 300)[0] == Decimal("0.8")
    assert hit_share(measured, 300, observed=False)[0] == Decimal("0.7")
    gaps = traffic(gap_shares={300: Decimal("0.7"), 3600: Decimal("0.95")})
    assert hit_share(gaps, 1800)[0] == Decimal("0.7")  # the 30 minutes hold at least what 5 hold
    assert hit_share(gaps, 3600)[0] == Decimal("0.95")
    share, why = hit_share(traffic(calls_per_month=month(7_300)), 300)
    assert share is not None and float(share) == pytest.approx(1 - math.exp(-10 / 12), abs=1e-6)  # 10 an hour, 1/12 h
    assert why.startswith("assumed")


def test_no_hit_share_without_a_volume() -> None:
    assert hit_share(None, 300) == (None, "")
    assert hit_share(traffic(), 300) == (None, "")
    assert hit_share(traffic(calls_per_month=month(1_000)), None) == (None, "")
    assert poisson_hits(Decimal(0), 300) == 0


@given(st.integers(0, 10**9), st.integers(0, 86_400))
def test_hits_are_a_share(calls: int, ttl: int) -> None:
    assert 0 <= poisson_hits(Decimal(calls), ttl) <= 1


def test_break_even_hits_of_the_price_page() -> None:
    """(w - 1)/(w - r) with 1.25 and 0.1: 0.25/1.15; for one hour 1/1.9."""
    five = break_even_hits(rates())
    assert five is not None and five.quantize(Decimal("0.0001")) == Decimal("0.2174")
    hour = break_even_hits(rates(cache_write_usd_per_mtok=Decimal(6)))
    assert hour is not None and hour.quantize(Decimal("0.0001")) == Decimal("0.5263")
    assert break_even_hits(gpt_4o()) == 0  # writing costs nothing extra: every hit pays
    assert break_even_hits(rates(cache_read_usd_per_mtok=None)) is None


def test_a_date_without_a_time_ends_no_prefix() -> None:
    today = replace(hole("today"), reason=DAYS_DATE)
    assert prefix(site(system("It is ", today, words(40)), user(hole("q")))).tokens.likely == 42
