"""What a call costs: every expected amount is a formula over list prices, written out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.lines import output_tokens, split_dynamic
from bot.model import MTOK, Range, Rates, Spread, Traffic, UnitCost
from prompts_scanner.model import CallSite
from tests.cost.make import (
    LONG_CONTEXT,
    exactly,
    gpt_4o,
    hole,
    month,
    mtok,
    pricer,
    rates,
    setting,
    site,
    system,
    tool,
    top_k,
    traffic,
    user,
    words,
)


def cost(of: CallSite, book: Rates | None = None, use: Traffic | None = None, **changes: object) -> UnitCost:
    return pricer(book or rates(), use, **changes).price(of).cost  # type: ignore[arg-type]


def likely(of: CallSite, book: Rates | None = None, use: Traffic | None = None, **changes: object) -> Decimal:
    return cost(of, book, use, **changes).usd_per_call.likely


def test_input_and_output_at_their_rates() -> None:
    of = site(system(words(2_000)), user(words(500)), tools=(tool("a", 300),))
    assert likely(of, use=traffic(output_tokens=exactly(350))) == mtok("3", 2_800) + mtok("15", 350)


def test_without_traffic_the_output_is_unknown_and_not_nothing() -> None:
    found = cost(site(system(words(100)), user(hole("q"))))
    assert {line.part for line in found.unknown} == {"run-time input", "output"}
    assert found.usd_per_call.likely == mtok("3", 100)


def test_a_tier_prices_the_whole_request() -> None:
    """Sonnet 4.5 above 200,000 input tokens: 6 / 22.50 for all tokens, not for those above."""
    book = rates(tiers=(LONG_CONTEXT,))
    use = traffic(output_tokens=exactly(1_000))
    at = site(system(words(200_000)))
    above = site(system(words(200_001)))
    assert likely(at, book, use) == mtok("3", 200_000) + mtok("15", 1_000)
    assert likely(above, book, use) == mtok("6", 200_001) + mtok("22.50", 1_000)


# -- caching ----------------------------------------------------------------------------------------------------------

CACHED = site(system(words(4_100), mark=True), user(words(250)), cache=setting("on"))


@pytest.mark.parametrize("hits", ["0", "0.85", "1"])
def test_each_token_is_charged_once(hits: str) -> None:
    """4,100 tokens are read with probability h and written otherwise; 250 are plain input."""
    h = Decimal(hits)
    found = cost(CACHED, use=traffic(cache_hit_share=h))
    expected = mtok("0.30", 4_100 * h) + mtok("3.75", 4_100 * (1 - h)) + mtok("3", 250)
    assert found.usd_per_call.likely == expected
    by_class = {k: v for k, v in found.tokens_by_class.items() if v}
    assert by_class == {
        k: v for k, v in {"cache_read": 4_100 * h, "cache_write": 4_100 * (1 - h), "input": Decimal(250)}.items() if v
    }
    assert sum(by_class.values()) == found.input_tokens.likely == 4_350


def test_the_cached_part_of_a_text_ends_at_its_hole() -> None:
    of = site(system(words(2_000) + " ", hole("date"), words(500)), user(words(10)))
    found = cost(of, gpt_4o(cache_increment_tokens=1), traffic(cache_hit_share=Decimal(1)))
    assert found.tokens_by_class["cache_read"].quantize(Decimal(1)) == 2_000
    assert found.usd_per_call.likely.quantize(Decimal("1e-12")) == mtok("1.25", 2_000) + mtok("2.50", 510)


def test_steps_of_128_leave_the_rest_uncached() -> None:
    of = site(system(words(1_200)), user(hole("q")))
    found = cost(of, gpt_4o(), traffic(cache_hit_share=Decimal(1)))
    assert found.tokens_by_class["cache_read"].quantize(Decimal(1)) == 1_152
    assert found.tokens_by_class["input"].quantize(Decimal(1)) == 48


def test_a_prefix_below_the_minimum_reads_nothing() -> None:
    below = site(system(words(1_023), mark=True), cache=setting("on"))
    assert likely(below, use=traffic(cache_hit_share=Decimal(1))) == mtok("3", 1_023)


def test_a_mark_behind_a_clock_is_written_on_every_call() -> None:
    of = site(system(hole("now", volatile=True), words(2_000), mark=True), user(words(100)), cache=setting("on"))
    found = cost(of, use=traffic(cache_hit_share=Decimal("0.85")))
    assert found.usd_per_call.likely == mtok("3.75", 2_000) + mtok("3", 100)


def test_caching_that_nobody_asked_for_is_not_priced() -> None:
    plain = site(system(words(4_100)), user(words(250)))
    use = traffic(calls_per_month=month(1_000_000))
    assert likely(plain, use=use) == mtok("3", 4_350)


def test_a_dropped_mark_drops_the_hits_that_were_observed_with_it() -> None:
    plain = replace(CACHED, cache=None, surfaces=tuple(replace(s, cache_mark=False) for s in CACHED.surfaces))
    use = traffic(cache_hit_share=Decimal("0.85"))
    asked = pricer(rates(), use).against([(CACHED, plain)])
    assert asked.price(plain).cost.usd_per_call.likely == mtok("3", 4_350)


def test_the_book_that_is_read_ten_times() -> None:
    """100,000 tokens written once and read ten times on Sonnet 4, with 10 × 1,000 tokens of output: 0.825 USD.

    "if you cache a 100k token prefix once at 1.25×, the cost is $0.375. Then, ten reads of the same prefix cost just
    $0.30. Adding $0.15 for outputs brings the total to $0.825", about 0.41 in a batch
    (https://eonsr.com/en/claude-prompt-caching-math).
    """
    of = site(system(words(100_000), mark=True), cache=setting("on"))
    write = likely(of, use=traffic(cache_hit_share=Decimal(0)))
    read = likely(of, use=traffic(cache_hit_share=Decimal(1)))
    answers = 10 * mtok("15", 1_000)
    assert (write, 10 * read, write + 10 * read + answers) == (Decimal("0.375"), Decimal("0.30"), Decimal("0.825"))
    all_calls = traffic(cache_hit_share=Decimal(10) / 11, output_tokens=exactly(1_000), batch_share=Decimal(1))
    eleven = 11 * likely(of, use=all_calls)
    assert eleven.quantize(Decimal("0.01")) == ((Decimal("0.675") + mtok("15", 11_000)) / 2).quantize(Decimal("0.01"))


def test_a_prompt_read_for_an_hour() -> None:
    """2,000 tokens, one write for an hour and 99 reads on Sonnet 4.6: 0.012 + 0.0594 against 0.60, 88 % less.

    https://aipromptshub.co/calc/claude-api-cost
    """
    of = site(system(words(2_000), mark=True), cache=setting("on"))
    hour = rates(cache_write_usd_per_mtok=Decimal(6), min_cacheable_tokens=1024)
    hundred = 100 * likely(of, hour, traffic(cache_hit_share=Decimal("0.99")))
    assert hundred == Decimal("0.012") + Decimal("0.0594")
    assert 1 - hundred / (100 * mtok("3", 2_000)) == Decimal("0.881")


# -- batch ------------------------------------------------------------------------------------------------------------


def test_half_price_in_a_batch() -> None:
    """Opus 5.5: 5,000 in and 800 out cost 0.036 USD, 0.018 in a batch; 10,000 a month 360 or 180.

    https://neverpaytwice.pages.dev, with the prices of the provider's batch page
    (https://platform.claude.com/docs/en/build-with-claude/batch-processing).
    """
    opus = rates(input_usd_per_mtok=Decimal(4), output_usd_per_mtok=Decimal(20))
    of = site(system(words(5_000)))
    use = traffic(output_tokens=exactly(800))
    assert likely(of, opus, use) == Decimal("0.036")
    assert likely(replace(of, batch=True), opus, use) == Decimal("0.018")
    half = replace(use, batch_share=Decimal("0.5"))
    assert likely(of, opus, half) == Decimal("0.027")


def test_a_batch_in_the_code_needs_no_traffic() -> None:
    of = site(system(words(1_000)), batch=True)
    assert likely(of) == mtok("1.5", 1_000)


@pytest.mark.parametrize(("discounted", "read"), [(True, "0.15"), (False, "0.30"), (None, "0.30")])
def test_cached_tokens_in_a_batch(discounted: bool | None, read: str) -> None:
    use = traffic(cache_hit_share=Decimal(1), batch_share=Decimal(1))
    found = likely(CACHED, rates(batch_discounts_cached=discounted), use)
    assert found == mtok(read, 4_100) + mtok("1.5", 250)


# -- output -----------------------------------------------------------------------------------------------------------


def test_a_cap_is_not_a_mean() -> None:
    use = traffic(output_tokens=exactly(200))
    for cap in (None, 200, 64_000):
        of = site(output_cap=setting(cap) if cap else None)
        assert likely(of, use=use) == mtok("15", 200)
    assert likely(site(output_cap=setting(150)), use=use) == mtok("15", 150)


def test_a_cap_cuts_the_tail_of_the_spread() -> None:
    """Half of the calls have 100 tokens, half 1,000: E[min(X, 400)] = 250."""
    use = traffic(output_tokens=exactly(550), output_spread=Spread(points=((100, 1), (1_000, 1))))
    assert output_tokens(use, None) == exactly(550)
    assert output_tokens(use, 400) == exactly(250)
    assert output_tokens(use, 50) == exactly(50)  # below p50: every call is cut
    assert output_tokens(use, 1_000) == exactly(550)


def test_each_answer_of_a_request_is_billed() -> None:
    """Three answers of 350 tokens each; the input is sent once."""
    one = site(system(words(2_000)))
    three = replace(one, answers=setting(3))
    use = traffic(output_tokens=exactly(350))
    asked = pricer(rates(), use).against([(one, three)])
    assert asked.price(three).cost.usd_per_call.likely == mtok("3", 2_000) + mtok("15", 3 * 350)
    # what was observed of a site that asks for three is of all three
    assert likely(three, use=use) == mtok("3", 2_000) + mtok("15", 350)
    fewer = pricer(rates(), traffic(output_tokens=exactly(1_050))).against([(three, one)])
    assert fewer.price(one).cost.usd_per_call.likely == mtok("3", 2_000) + mtok("15", 350)


def test_a_cap_holds_for_each_answer() -> None:
    two = site(system(words(100)), output_cap=setting(200), answers=setting(2))
    use = traffic(output_tokens=exactly(900))
    assert likely(two, use=use) == mtok("3", 100) + mtok("15", 2 * 200)
    worst = pricer(rates(), use).price(two).worst_case_usd_per_call
    assert worst == mtok("3", 100) + mtok("15", 2 * 200)


def test_images_are_billed_by_the_piece() -> None:
    of = replace(site(user(words(20)), answers=setting(4)), operation="image")
    assert likely(of, rates(usd_per_request=Decimal("0.04"))) == 4 * Decimal("0.04")


def test_thinking_is_a_class_of_its_own() -> None:
    use = traffic(output_tokens=exactly(900), reasoning_tokens=exactly(600))
    found = cost(site(), use=use)
    assert found.tokens_by_class == {"output": 300, "reasoning": 600}
    assert found.usd_per_call.likely == mtok("15", 900)


def test_the_worst_case_is_a_full_answer_and_no_cache() -> None:
    """4,350 tokens, of which 4,100 are written, and 600 or the model's 64,000 tokens of output."""
    capped = replace(CACHED, output_cap=setting(600))
    use = traffic(cache_hit_share=Decimal("0.85"), output_tokens=exactly(350))
    book = rates()
    input_usd = mtok("3.75", 4_100) + mtok("3", 250)
    assert pricer(book, use).price(capped).worst_case_usd_per_call == input_usd + mtok("15", 600)
    assert pricer(book, use).price(CACHED).worst_case_usd_per_call == input_usd + mtok("15", 64_000)
    unknown = pricer(rates(max_output_tokens=None), use).price(CACHED)
    assert unknown.worst_case_usd_per_call is None


# -- retrieval --------------------------------------------------------------------------------------------------------


def test_only_the_retrieved_part_grows_with_top_k() -> None:
    """5,100 tokens observed with 5 chunks of 800; with 8 chunks 2,400 more, the other 1,100 stay."""
    base, head = site(retrieval=(top_k(5),)), site(retrieval=(top_k(8),))
    asked = pricer(rates(), traffic(dynamic_input_tokens=exactly(5_100)), chunk_tokens=800).against([(base, head)])
    assert asked.price(base).cost.usd_per_call.likely == mtok("3", 5_100)
    assert asked.price(head).cost.usd_per_call.likely == mtok("3", 5_100 + 3 * 800)


def test_chunks_of_unknown_size_stay_unknown() -> None:
    base, head = site(retrieval=(top_k(5),)), site(retrieval=(top_k(8),))
    asked = pricer(rates(), traffic(dynamic_input_tokens=exactly(5_100))).against([(base, head)])
    assert [line.part for line in asked.price(base).cost.unknown] == ["output"]
    unknown = next(line for line in asked.price(head).cost.unknown if line.part == "retrieval")
    assert unknown.units == 3


def test_chunks_without_traffic() -> None:
    found = cost(site(retrieval=(top_k(5),)), chunk_tokens=800)
    assert found.usd_per_call == Range(Decimal(0), mtok("3", 4_000), mtok("3", 4_000))


@given(st.integers(0, 50_000), st.integers(0, 5_000), st.integers(1, 3_000), st.integers(1, 50), st.integers(1, 50))
def test_what_was_observed_comes_back(low: int, more: int, size: int, before: int, now: int) -> None:
    dynamic = Range(low, low + more, low + 2 * more)
    found, rest = split_dynamic(dynamic, size, Decimal(before), Decimal(before))
    assert found is not None
    assert found + rest == dynamic
    other, same_rest = split_dynamic(dynamic, size, Decimal(now), Decimal(before))
    assert same_rest == rest and other is not None
    assert (other.likely >= found.likely) if now >= before else (other.likely <= found.likely)
    if now < before <= found.likely:  # with less than a token a chunk both may round to the same
        assert other.likely < found.likely


# -- fees, and invariants ---------------------------------------------------------------------------------------------


def test_a_request_fee_is_not_discounted() -> None:
    book = rates(usd_per_request=Decimal("0.002"))
    of = site(system(words(1_000)), operation="rerank", batch=True)
    assert likely(of, book) == mtok("1.5", 1_000) + Decimal("0.002")


def test_a_hosted_tool_is_unknown_but_named() -> None:
    of = site(tools=(tool("web_search", 0, schema="", builtin="web_search"),))
    fee = next(
        line for line in cost(of, rates(fees={"web_search": Decimal("0.01")})).unknown if line.part == "tool fee"
    )
    assert "0.01 USD a use" in fee.label


def test_no_price_is_not_nothing() -> None:
    found = pricer({"other": rates()}).price(site(system(words(100))))
    assert all(line.usd_per_call is None for line in found.cost.lines)
    assert found.prefix is None


shares = st.decimals(0, 1, places=3)


@given(st.integers(0, 5_000), st.integers(0, 2_000), shares, shares, st.booleans(), st.integers(0, 500))
def test_more_tokens_never_cost_less_and_no_token_is_charged_twice(
    stable: int, plain: int, hits: Decimal, batch: Decimal, cached: bool, more: int
) -> None:
    use = traffic(cache_hit_share=hits, batch_share=batch, output_tokens=exactly(100))
    book = rates(batch_discounts_cached=cached, min_cacheable_tokens=1_024)

    def priced(extra: int) -> UnitCost:
        of = site(system(words(stable), mark=True), user(words(plain + extra)), cache=setting("on"))
        return cost(of, book, use)

    found = priced(0)
    assert sum(found.tokens_by_class.values()) == stable + plain + 100
    for line in found.lines:
        if line.mix:
            assert sum(share for _, share, _ in line.mix) == 1
    assert priced(more).usd_per_call.likely >= found.usd_per_call.likely
    dearest = (stable + plain) * Decimal("3.75") + 100 * 15
    assert 0 <= found.usd_per_call.likely <= dearest / MTOK
