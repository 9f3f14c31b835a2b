"""When caching is advised, and what it is said to save."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest

from bot.levers.case import Case
from bot.levers.prompt_cache import propose
from bot.model import Range, RequestCount, RequestShape
from prompts_scanner.model import Loop, Related
from tests.cost.make import (
    AT,
    count,
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
    traffic,
    user,
    words,
)
from tests.levers.make import case, only, per_call, per_month

PLAIN = site(system(words(4_100)), user(hole("question")))
CACHED = site(system(words(4_100), mark=True), user(hole("question")), cache=setting("on"))


# -- silent -----------------------------------------------------------------------------------------------------------


def test_silent_where_it_is_done() -> None:
    assert propose(case(CACHED, traffic(cache_hit_share=Decimal("0.85")))) == ()
    assert propose(case(CACHED)) == ()


def test_silent_where_the_provider_caches_by_itself() -> None:
    of = site(system(words(4_100)), user(hole("question")), model=setting("gpt-4o"), provider="openai")
    assert propose(case(of, traffic(calls_per_month=month(1_000_000)))) == ()


def test_silent_below_the_minimum() -> None:
    assert propose(case(site(system(words(1_023)), user(hole("question"))))) == ()
    assert propose(case(site(system(words(1_024)), user(hole("question"))))) != ()


def test_silent_where_calls_are_too_rare() -> None:
    """λ* = -ln(1 - 0.2174) / 300 s: 2.94 calls an hour, 2,148 a month."""
    rare, often = month(2_100), month(2_200)
    assert propose(case(PLAIN, traffic(calls_per_month=rare))) == ()
    assert len(propose(case(PLAIN, traffic(calls_per_month=often)))) == 1


def test_silent_without_a_price_for_reads() -> None:
    assert propose(case(PLAIN, book=rates(cache_read_usd_per_mtok=None))) == ()
    assert propose(case(PLAIN, book={})) == ()


@pytest.mark.parametrize("name", ["PROMPT_PREFIX", "settings.company"])
def test_silent_where_nothing_shows_that_the_value_differs(name: str) -> None:
    of = site(
        system("You help ", hole(name), words(1_200)), user(hole("q")), model=setting("gpt-4o"), provider="openai"
    )
    assert propose(case(of, traffic(gap_shares={300: Decimal("0.5")}))) == ()


def test_silent_on_a_mark_behind_text_that_only_a_run_knows() -> None:
    of = site(system(words(45) + " ", hole("issue"), mark=True), user(hole("q")), cache=setting("on"))
    assert propose(case(of)) == ()
    unseen = site(system(words(45)), user(hole("issue")), cache=setting("on"))
    assert propose(case(unseen)) == ()


# -- advice -----------------------------------------------------------------------------------------------------------


def test_caching_where_it_pays() -> None:
    """85 % of calls within 5 minutes: 4,100 tokens at 0.85·0.30 + 0.15·3.75 instead of 3; 180,000 calls a month.

    0.00895 USD a call, 1,610.69 a month.
    """
    use = traffic(gap_shares={300: Decimal("0.85")}, calls_per_month=month(180_000))
    found = only(propose(case(PLAIN, use)))
    saved = mtok("3", 4_100) - mtok("0.8175", 4_100)
    assert per_call(found) == saved
    assert per_month(found) == saved * 180_000
    assert per_month(found).quantize(Decimal("0.01"), ROUND_HALF_UP) == Decimal("1610.69")
    assert found.advice.confidence == "high"
    assert "pays from 22 %" in found.advice.why
    assert "cache_control" in found.advice.edit


def test_the_arrival_rate_is_an_assumption_that_is_said() -> None:
    found = only(propose(case(PLAIN, traffic(calls_per_month=month(73_000)))))  # 100 an hour
    hits = Decimal(f"{1 - math.exp(-100 / 12):.6f}")
    assert per_call(found) == mtok("3", 4_100) - mtok("0.30", 4_100 * hits) - mtok("3.75", 4_100 * (1 - hits))
    assert "assumed" in found.advice.why
    assert found.advice.confidence == "medium"


def test_without_a_volume_there_is_no_saving_but_a_break_even() -> None:
    found = only(propose(case(PLAIN)))
    assert found.advice.saving_usd_per_1k_calls is None and found.advice.saving_usd_per_month is None
    assert "22 %" in found.advice.why
    assert found.advice.confidence == "low"


def test_the_turns_of_an_agent_follow_at_once() -> None:
    agent = site(
        system(words(1_000)),
        user(hole("request")),
        tools=(tool("look_up", 500),),
        loops=(Loop(kind="for", span=AT, limit=8),),
    )
    found = only(propose(case(agent, traffic(calls_per_task=Decimal(4)))))
    assert per_call(found) == mtok("3", 1_500) - mtok("0.30", 1_500 * Decimal("0.75")) - mtok(
        "3.75", 1_500 * Decimal("0.25")
    )


def test_a_clock_in_front_is_moved_behind() -> None:
    """With the mark behind the clock each call writes 2,000 tokens; behind the text 85 % of calls read them."""
    clock = system("The time is ", hole("now", volatile=True))
    broken = site(clock, system(words(2_000), mark=True), user(hole("question")), cache=setting("on"))
    found = only(propose(case(broken, traffic(cache_hit_share=Decimal("0.85")))))
    assert found.advice.title == "Move `now` behind the 2,003 stable tokens that follow it"
    assert found.advice.span == AT
    now = mtok("3.75", 2_003)
    assert per_call(found) == now - mtok("0.30", 2_003 * Decimal("0.85")) - mtok("3.75", 2_003 * Decimal("0.15"))
    assert "written to the cache on each call and never read" in found.advice.why


def test_a_value_in_openais_system_prompt() -> None:
    given = replace(hole("company"), reason="parameter")
    of = site(system("You help ", given, words(1_200)), user(hole("q")), model=setting("gpt-4o"), provider="openai")
    found = only(propose(case(of, traffic(gap_shares={300: Decimal("0.5")}))))
    assert found.advice.confidence == "medium"
    assert "Only where `company` differs" in found.advice.caution
    assert per_call(found).quantize(Decimal("1e-9")) == mtok("1.25", 1_152 * Decimal("0.5")).quantize(Decimal("1e-9"))


def test_a_mark_without_effect() -> None:
    found = only(propose(case(site(system(words(700), mark=True), user(hole("q")), cache=setting("on")))))
    assert "324 tokens short" in found.advice.title
    assert found.advice.saving_usd_per_1k_calls is None


def test_silent_on_a_mark_of_a_function_that_others_call_too() -> None:
    shared = site(system(words(700), mark=True), user(hole("q")), cache=setting("on"))
    assert propose(case(replace(shared, related=(Related(role="wrapper", span=AT),)))) == ()


@pytest.mark.parametrize("hits", ["0", "0.21", "0.22", "1"])
def test_around_the_break_even(hits: str) -> None:
    """h* = 0.25/1.15 = 0.2174."""
    found = propose(case(PLAIN, traffic(gap_shares={300: Decimal(hits)})))
    assert (len(found) == 1) == (Decimal(hits) > Decimal("0.2174"))


def test_output_and_input_are_not_saved() -> None:
    use = traffic(gap_shares={300: Decimal(1)}, dynamic_input_tokens=exactly(900), output_tokens=exactly(400))
    assert per_call(only(propose(case(PLAIN, use)))) == mtok("2.70", 4_100)
    assert gpt_4o().cache_read_usd_per_mtok == Decimal("1.25")


def test_an_estimate_around_the_minimum_is_not_sure() -> None:
    """1,059 tokens, give or take 15 %, and a minimum of 1,024."""

    def about(shape: RequestShape) -> RequestCount:
        found = count(shape)
        return replace(
            found,
            messages=tuple(
                replace(c, tokens=Range(c.tokens.low * 85 // 100, c.tokens.likely, c.tokens.high * 115 // 100))
                if c.tokens.likely
                else c
                for c in found.messages
            ),
        )

    use = traffic(gap_shares={300: Decimal(1)})
    asked = replace(pricer(rates(), use), count=about)
    of = site(system(words(1_059)), user(hole("q")))
    found = only(propose(Case(priced=asked.price(of), pricer=asked)))
    assert found.advice.confidence == "low"
    assert "may be as low as 900" in found.advice.why
    assert per_call(found) == mtok("2.70", 1_059)
