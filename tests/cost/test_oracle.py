"""The cost engine against a second one that shares nothing with it: a table of cells, as one would fill a spreadsheet.

Every call is laid out as rows (tokens, share of calls, USD per million) in exact fractions, from the rules that the
providers publish and not from our code. Ten thousand requests are drawn; the seed is fixed, so a difference can be found
again by its number. The catalogue's own calculator is asked in `tests/prices/test_price_usage.py`.

Rules: https://platform.claude.com/docs/en/build-with-claude/prompt-caching (tools, then system, then messages; a mark
closes a prefix, 1,024 tokens at least; a miss is written), https://developers.openai.com/api/docs/guides/prompt-caching
(automatic, from 1,024 tokens in steps of 128), and the batch pages of both (half price).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from bot.model import MTOK, Rates
from tests.cost.make import (
    LONG_CONTEXT,
    exactly,
    gpt_4o,
    hole,
    pricer,
    rates,
    setting,
    site,
    system,
    tool,
    traffic,
    words,
)
from tests.cost.make import user as user_text

CASES = 10_000
# Quotients are rounded to 28 digits in Decimal and not at all in Fraction.
CLOSE = Fraction(1, 10**18)


@dataclass(frozen=True)
class Drawn:
    """One request and its use, in plain numbers."""

    tools_tokens: int
    system_tokens: int
    user_tokens: int
    run_time_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cap_tokens: int | None
    answers: int
    marked: bool
    automatic: bool
    hit_share: Fraction | None
    batch_share: Fraction
    discounts_cached: bool
    tiered: bool
    write_price: bool


def drawn(chance: random.Random) -> Drawn:
    def some(*sizes: int) -> int:
        return chance.choice((0, *sizes)) + chance.choice((0, 0, chance.randrange(300)))

    automatic = chance.random() < 0.4
    return Drawn(
        tools_tokens=some(40, 900, 1_024, 1_100),
        system_tokens=1 + some(100, 1_022, 1_023, 1_024, 1_151, 4_000),
        user_tokens=some(10, 250),
        run_time_tokens=some(500, 30_000, 196_000),
        output_tokens=some(1, 200, 4_000),
        reasoning_tokens=some(50, 1_000),
        cap_tokens=chance.choice((None, None, 100, 1_000, 64_000)),
        answers=chance.choice((1, 1, 1, 2, 5)),
        marked=not automatic and chance.random() < 0.7,
        automatic=automatic,
        hit_share=chance.choice((None, Fraction(0), Fraction(1), Fraction(chance.randrange(101), 100))),
        batch_share=chance.choice((Fraction(0), Fraction(0), Fraction(1), Fraction(chance.randrange(101), 100))),
        discounts_cached=chance.random() < 0.5,
        tiered=chance.random() < 0.3,
        write_price=chance.random() < 0.8,
    )


# -- the second engine: no import of ours below this line, but for the constants of the price list ---------------------


def oracle(of: Drawn, book: Rates) -> Fraction:
    """Dollars of one call."""
    rows: list[tuple[Fraction, Fraction, bool]] = []  # tokens, USD per million, and whether it is a cache's price
    everything = of.tools_tokens + of.system_tokens + of.user_tokens + of.run_time_tokens
    usd_in, usd_out = Fraction(book.input_usd_per_mtok or 0), Fraction(book.output_usd_per_mtok or 0)
    usd_read = Fraction(book.cache_read_usd_per_mtok or 0)
    usd_write = usd_in if book.cache_write_usd_per_mtok is None else Fraction(book.cache_write_usd_per_mtok)
    if of.tiered and everything > 200_000:
        usd_in, usd_out = Fraction(6), Fraction(45, 2)
        if book.cache_write_usd_per_mtok is None:
            usd_write = usd_in

    prefix = 0
    if of.automatic:
        stable = of.tools_tokens + of.system_tokens + of.user_tokens
        prefix = stable // 128 * 128 if stable >= 1_024 else 0
    else:
        # hits that were observed where the code shows no mark: it is set where we do not see it, behind all that is constant
        stable = of.tools_tokens + of.system_tokens + (0 if of.marked else of.user_tokens)
        prefix = stable if stable >= 1_024 else 0
    if of.hit_share is None or (of.hit_share == 0 and not of.marked and not of.automatic):
        prefix = 0  # nobody asked for a cache
    hits = of.hit_share or Fraction(0)
    writes_cost = usd_write != usd_in
    rows.append((prefix * hits, usd_read, True))
    rows.append((prefix * (1 - hits), usd_write if writes_cost else usd_in, writes_cost))
    rows.append((Fraction(everything - prefix), usd_in, False))

    written = of.output_tokens  # thinking is a part of it
    if of.cap_tokens is not None:
        written = min(written, of.cap_tokens * of.answers)
    rows.append((Fraction(written), usd_out, False))

    half = 1 - of.batch_share * (1 - Fraction(1, 2))
    total = Fraction(0)
    for tokens, usd, of_cache in rows:
        total += tokens * usd * (1 if of_cache and not of.discounts_cached else half)
    return total / 1_000_000


# -- ours ----------------------------------------------------------------------------------------------------------------


def engine(of: Drawn, book: Rates) -> Decimal:
    texts = [system(words(of.system_tokens), mark=of.marked)]
    texts += [user_text(words(of.user_tokens))] if of.user_tokens else []
    texts += [user_text(hole("question"))]
    call = site(
        *texts,
        tools=(tool("find", of.tools_tokens),) if of.tools_tokens else (),
        cache=setting("on") if of.marked else None,
        output_cap=setting(of.cap_tokens) if of.cap_tokens is not None else None,
        answers=setting(of.answers) if of.answers > 1 else None,
    )
    use = traffic(
        dynamic_input_tokens=exactly(of.run_time_tokens),
        output_tokens=exactly(of.output_tokens),
        reasoning_tokens=exactly(min(of.reasoning_tokens, of.output_tokens)),
        cache_hit_share=_decimal(of.hit_share) if of.hit_share is not None else None,
        batch_share=_decimal(of.batch_share),
    )
    priced = pricer(book, use).price(call)
    assert not priced.cost.unknown
    return priced.cost.usd_per_call.likely


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / value.denominator


def book_of(of: Drawn) -> Rates:
    changes = {
        "tiers": (LONG_CONTEXT,) if of.tiered else (),
        "batch_discounts_cached": of.discounts_cached,
        "min_cacheable_tokens": 1_024,
    }
    if of.automatic:
        return gpt_4o(**changes, cache_write_usd_per_mtok=None)
    return rates(**changes) if of.write_price else rates(**changes, cache_write_usd_per_mtok=None)


def test_ten_thousand_requests_cost_what_the_table_says() -> None:
    chance = random.Random(20_261_125)
    different = []
    for number in range(CASES):
        of = drawn(chance)
        book = book_of(of)
        ours, theirs = Fraction(engine(of, book)), oracle(of, book)
        if abs(ours - theirs) > CLOSE:
            different.append((number, float(ours), float(theirs), of))
    assert different == [], f"{len(different)} of {CASES} differ, first: {different[0]}"


def test_the_cases_reach_every_row_of_the_table() -> None:
    """A drawing that never caches, caps or batches would prove nothing."""
    chance = random.Random(20_261_125)
    cases = [drawn(chance) for _ in range(CASES)]
    stable = [c.tools_tokens + c.system_tokens for c in cases]
    reached = {
        "read and written": sum(c.marked and s >= 1_024 and 0 < (c.hit_share or 0) < 1 for c, s in zip(cases, stable, strict=True)),
        "too short to cache": sum(c.marked and s < 1_024 and bool(c.hit_share) for c, s in zip(cases, stable, strict=True)),
        "in steps of 128": sum(c.automatic and (s + c.user_tokens) % 128 > 0 and s > 1_024 for c, s in zip(cases, stable, strict=True)),
        "cut by the cap": sum(c.cap_tokens is not None and c.output_tokens > c.cap_tokens * c.answers for c in cases),
        "in a long tier": sum(c.tiered and s + c.user_tokens + c.run_time_tokens > 200_000 for c, s in zip(cases, stable, strict=True)),
        "partly in batches": sum(0 < c.batch_share < 1 for c in cases),
        "cached and batched": sum(c.marked and bool(c.hit_share) and bool(c.batch_share) for c in cases),
    }  # fmt: skip
    assert all(count >= 50 for count in reached.values()), reached


def test_the_unit_is_the_same() -> None:
    assert MTOK == 1_000_000
