"""Dates, tiers, cache facts, fees, overrides and discounts; and that none of it needs the network."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bot.errors import ReviewError
from bot.model import NoPrice, Rates
from bot.prices import Override, PriceBook
from bot.prices.snapshot import encode
from tests.prices.test_price_names import BOOK, DAY, rates


def test_dated_prices() -> None:
    # Introductory rates end: genai-prices 0.2.3, ai.google.dev/gemini-api/docs/pricing.
    before, after = (PriceBook(on=day).rates("gemini-4-argon") for day in (date(2026, 11, 30), date(2026, 12, 1)))
    assert isinstance(before, Rates)
    assert isinstance(after, Rates)
    assert (before.input_usd_per_mtok, before.output_usd_per_mtok) == (2, 10)
    assert (after.input_usd_per_mtok, after.output_usd_per_mtok) == (4, 20)
    # DeepSeek V4: flat before 2026-08-17, peak and off-peak from then on.
    old = PriceBook(on=date(2026, 8, 16)).rates("deepseek-v4-pro")
    assert isinstance(old, Rates)
    assert (old.input_usd_per_mtok, old.output_usd_per_mtok) == (Decimal("0.435"), Decimal("0.87"))
    assert rates("deepseek-v4-pro").input_usd_per_mtok == Decimal("1.32")
    off_peak = BOOK.rates("deepseek-v4-pro", variant="off_peak")
    assert isinstance(off_peak, Rates)
    assert off_peak.input_usd_per_mtok == Decimal("0.66")


def test_an_undated_variant_does_not_outlive_its_prices() -> None:
    # flex and priority come from litellm, which dates nothing: beside the prices of December they are not known
    december = PriceBook(on=date(2026, 12, 1))
    assert isinstance(BOOK.rates("gemini-4-argon", variant="flex"), Rates)
    assert isinstance(december.rates("gemini-4-argon", variant="flex"), NoPrice)
    batch = december.rates("gemini-4-argon", variant="batch")
    assert isinstance(batch, Rates)
    assert batch.input_usd_per_mtok == 2


def test_tiers_apply_to_the_whole_request() -> None:
    sol = rates("gpt-6.1-sol")
    assert [t.above_input_tokens for t in sol.tiers] == [272_000]
    assert sol.for_input(272_000).input_usd_per_mtok == 2
    assert sol.for_input(272_001).input_usd_per_mtok == 4
    assert sol.for_input(272_001).output_usd_per_mtok == 15
    assert sol.for_input(272_001).cache_read_usd_per_mtok == Decimal("0.2")


# Minimum cacheable tokens: platform.claude.com/docs/en/build-with-claude/prompt-caching as quoted in litellm 1.110.2,
# developers.openai.com/api/docs/guides/prompt-caching, ai.google.dev/gemini-api/docs/caching.
@pytest.mark.parametrize(
    ("model", "mode", "minimum", "step", "seconds"),
    [
        ("gpt-4o", "automatic", 1024, 128, 300),
        ("gpt-5.5", "automatic", 1024, 128, 86_400),
        ("gpt-6.1-sol", "automatic", 1024, 1, 1800),
        ("claude-opus-5", "explicit", 512, None, 300),
        ("claude-sonnet-4-6", "explicit", 1024, None, 300),
        ("claude-opus-4-8", "explicit", 1024, None, 300),
        ("claude-opus-4-7", "explicit", 2048, None, 300),
        ("claude-opus-4-6", "explicit", 4096, None, 300),
        ("claude-haiku-4-5", "explicit", 4096, None, 300),
        ("gemini-2.5-flash", "automatic", 2048, None, None),
        ("gemini-3.8-flash", "automatic", 4096, None, None),
    ],
)
def test_cache_facts(model: str, mode: str, minimum: int, step: int | None, seconds: int | None) -> None:
    found = rates(model)
    facts = (found.cache_mode, found.min_cacheable_tokens, found.cache_increment_tokens, found.cache_ttl_seconds)
    assert facts == (mode, minimum, step, seconds)


def test_cache_writes() -> None:
    # Claude: 1.25 x for 5 minutes, 2 x for an hour; GPT before 5.6: no fee, a written token costs what input costs.
    sonnet, gpt_4o = rates("claude-sonnet-5-5"), rates("gpt-4o")
    assert (sonnet.cache_write_usd_per_mtok, sonnet.cache_write_1h_usd_per_mtok) == (Decimal("2.5"), 4)
    assert gpt_4o.cache_write_usd_per_mtok == gpt_4o.input_usd_per_mtok
    assert rates("gpt-6.1-sol").cache_write_usd_per_mtok == Decimal("2.5")


def test_a_model_without_a_cache_price_has_no_cache_facts() -> None:
    ancient = rates("gpt-4")
    assert ancient.cache_read_usd_per_mtok is None
    assert ancient.cache_mode is None
    assert ancient.min_cacheable_tokens is None


def test_fees_and_sizes() -> None:
    # 10 USD and 2.50 USD per 1,000 calls
    gpt = rates("gpt-4.1")
    assert gpt.fees["web_search"] == Decimal("0.01")
    assert gpt.fees["file_search"] == Decimal("0.0025")
    assert rates("claude-sonnet-4-5").fees["web_search"] == Decimal("0.01")
    assert rates("gemini-3.8-flash").fees["web_search"] == Decimal("0.014")
    assert gpt.context_tokens == 1_000_000
    assert rates("gpt-4o").max_output_tokens == 16_384


@pytest.mark.parametrize(
    ("model", "factor"), [("gpt-4o", "0.5"), ("claude-opus-5-5", "0.5"), ("gemini-2.5-pro", "0.5"), ("grok-4.7", "0.8")]
)
def test_batch_factor(model: str, factor: str) -> None:
    assert rates(model).batch_factor == Decimal(factor)


def test_the_batch_variant_has_the_catalogues_own_rates() -> None:
    # The batch table of gpt-4.1 has no cached-input price: cached input keeps 0.50.
    batch = BOOK.rates("gpt-4.1", variant="batch")
    assert isinstance(batch, Rates)
    assert (batch.input_usd_per_mtok, batch.output_usd_per_mtok) == (1, 4)
    assert batch.cache_read_usd_per_mtok == Decimal("0.5")
    assert isinstance(BOOK.rates("gpt-4", variant="flex"), NoPrice)


def test_the_second_opinion_is_kept_where_the_catalogues_differ() -> None:
    row = BOOK.row("deepseek-chat")
    assert row is not None
    assert row.second is not None
    assert (row.second.input, row.second.output) == (Decimal("0.28"), Decimal("0.42"))
    agreed = BOOK.row("gpt-4o")
    assert agreed is not None
    assert agreed.second is None


# --- overrides ---


def overridden(*overrides: Override, model: str = "gpt-4o", provider: str | None = None, on: date = DAY) -> Rates:
    return rates(model, provider, PriceBook(overrides, on=on))


def test_contract_rates_come_first() -> None:
    found = overridden(Override(model="gpt-4o*", input_usd_per_mtok=Decimal("2"), note="contract 42"))
    assert found.input_usd_per_mtok == 2
    assert found.output_usd_per_mtok == 10, "what it does not state stays the catalogue's"
    assert found.source.startswith("contract 42")


def test_discount_of_a_provider() -> None:
    off = Override(model="*", provider="anthropic", discount_share=Decimal("0.15"))
    found = overridden(off, model="claude-sonnet-4-5")
    assert found.input_usd_per_mtok == Decimal("3") * Decimal("0.85")
    assert found.cache_write_1h_usd_per_mtok == Decimal("6") * Decimal("0.85")
    assert found.tiers[0].input_usd_per_mtok == Decimal("6") * Decimal("0.85")
    assert found.fees == rates("claude-sonnet-4-5").fees
    assert overridden(off).input_usd_per_mtok == Decimal("2.5")


def test_a_stated_rate_is_not_discounted() -> None:
    stated = Override(model="gpt-4o", input_usd_per_mtok=Decimal("2"))
    off = Override(model="*", discount_share=Decimal("0.5"))
    found = overridden(off, stated)
    assert (found.input_usd_per_mtok, found.output_usd_per_mtok) == (2, 5)


def test_the_first_matching_override_wins() -> None:
    found = overridden(
        Override(model="gpt-4o", input_usd_per_mtok=Decimal("1")), Override(model="*", input_usd_per_mtok=Decimal("9"))
    )
    assert found.input_usd_per_mtok == 1


def test_overrides_have_dates() -> None:
    dated = Override(model="gpt-4o", input_usd_per_mtok=Decimal("1"), since=date(2026, 1, 1), until=date(2026, 6, 30))
    assert overridden(dated, on=date(2026, 6, 30)).input_usd_per_mtok == 1
    assert overridden(dated, on=date(2026, 7, 1)).input_usd_per_mtok == Decimal("2.5")


def test_a_contract_prices_what_no_catalogue_knows() -> None:
    own = Override(model="house-*", input_usd_per_mtok=Decimal("0.2"), output_usd_per_mtok=Decimal("0.4"))
    book = PriceBook([own], on=DAY)
    found = rates("house-7b", book=book)
    assert (found.input_usd_per_mtok, found.output_usd_per_mtok) == (Decimal("0.2"), Decimal("0.4"))
    assert isinstance(
        PriceBook([Override(model="*", discount_share=Decimal("0.1"))], on=DAY).rates("house-7b"), NoPrice
    )


def test_a_stated_rate_ends_the_catalogues_tiers() -> None:
    found = overridden(Override(model="gpt-6.1-sol", input_usd_per_mtok=Decimal("1.5")), model="gpt-6.1-sol")
    assert found.tiers == ()


@pytest.mark.parametrize("bad", [{"discount_share": Decimal("1.5")}, {"input_usd_per_mtok": Decimal("-1")}])
def test_nonsense_overrides_are_refused(bad: dict[str, Decimal]) -> None:
    with pytest.raises(ValueError, match=r"discount_share|input_usd_per_mtok"):
        Override(model="*", **bad)  # type: ignore[arg-type]


# --- files ---


def test_a_pinned_snapshot_is_used() -> None:
    pinned = encode(BOOK.index.snapshot)
    assert rates("gpt-4o", book=PriceBook(on=DAY, pinned=pinned)) == rates("gpt-4o")


@pytest.mark.parametrize("raw", [b"", b"no zlib", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_broken_snapshot_is_an_error(raw: bytes) -> None:
    with pytest.raises(ReviewError, match=r"prices\.json\.z"):
        PriceBook(on=DAY, pinned=raw).rates("gpt-4o")


def test_importing_reads_nothing_and_pricing_needs_no_network(tmp_path: Path) -> None:
    program = """
import json, socket, sys
def refuse(*args, **kwargs):
    raise OSError("no network in this test")
socket.socket = socket.create_connection = socket.getaddrinfo = refuse
from datetime import date
import bot.prices as prices
before = prices.builtin.cache_info().currsize
book = prices.PriceBook(on=date(2026, 11, 24))
made = prices.builtin.cache_info().currsize
usd = book.rates("anthropic/claude-sonnet-4.5").input_usd_per_mtok
heavy = sorted({"genai_prices", "litellm", "requests", "bot.prices.build"} & set(sys.modules))
print(json.dumps([before, made, str(usd), heavy]))
"""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [0, 0, "3", []]
