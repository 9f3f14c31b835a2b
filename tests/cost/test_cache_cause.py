"""A change that breaks the cached prefix is a cause of its own, with its price; one that mends it, the reverse."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.compare import compare
from bot.model import Cause, Rates, Traffic
from prompts_scanner.model import CallSite, Surface
from tests.cost.make import (
    gpt_4o,
    hole,
    mtok,
    pricer,
    rates,
    setting,
    site,
    surface,
    system,
    tool,
    traffic,
    user,
    words,
)

PROMPT = "\n".join(f"rule {i} " + words(38, f"w{i}") for i in range(50))  # 50 lines of 40 words
HITS = Decimal("0.85")
USE = traffic(cache_hit_share=HITS)


def causes(base: CallSite, head: CallSite, book: Rates | None = None, use: Traffic | None = USE) -> tuple[Cause, ...]:
    found = compare([(base, head)], pricer(book or rates(), use), 0)
    return found[0].causes if found else ()


def clock_last(*, mark: bool = True) -> tuple[Surface, ...]:
    return (system(PROMPT, mark=mark), system("The time is ", hole("now", volatile=True)), user(hole("question")))


def clock_first(*, mark: bool = True) -> tuple[Surface, ...]:
    return (system("The time is ", hole("now", volatile=True)), system(PROMPT, mark=mark), user(hole("question")))


def claude(*surfaces: Surface) -> CallSite:
    return site(*surfaces, cache=setting("on"))


def gpt(*surfaces: Surface) -> CallSite:
    return site(*surfaces, provider="openai", model=setting("gpt-4o"))


def test_nothing_moved_says_nothing() -> None:
    base = claude(*clock_last())
    assert causes(base, base) == ()
    moved = replace(base, surfaces=tuple(replace(s, span=replace(s.span, first_line=99)) for s in base.surfaces))
    assert causes(base, moved) == ()


def test_the_clock_in_front_breaks_claudes_cache() -> None:
    """2,000 tokens were read at 0.30 in 85 % of calls and written at 3.75 in the others; now each call writes them."""
    found = causes(claude(*clock_last()), claude(*clock_first()))
    assert [c.what for c in found] == ["cache"]
    was = mtok("0.30", 2_000 * HITS) + mtok("3.75", 2_000 * (1 - HITS))
    is_now = mtok("3.75", 2_000) + mtok("3.75", 3)  # the words "The time is" in front of the mark are written too
    cause = found[0]
    assert cause.usd_per_call is not None
    assert cause.usd_per_call.likely == is_now - was - mtok("3", 3)
    assert cause.sign == 1
    assert "`now`" in cause.detail and "2,000 tokens" in cause.detail


def test_the_other_way_round_wins_it_back() -> None:
    there = causes(claude(*clock_last()), claude(*clock_first()))
    back = causes(claude(*clock_first()), claude(*clock_last()))
    assert [c.what for c in back] == ["cache"]
    assert there[0].usd_per_call is not None and back[0].usd_per_call is not None
    assert back[0].usd_per_call.likely == -there[0].usd_per_call.likely
    assert back[0].sign == -1


def test_openais_cache_needs_no_mark() -> None:
    found = causes(gpt(*clock_last(mark=False)), gpt(*clock_first(mark=False)), gpt_4o())
    assert [c.what for c in found] == ["cache"]
    # 1,920 of the 2,003 tokens up to the clock were cached, in steps of 128
    assert found[0].usd_per_call is not None
    expected = mtok("1.25", 1_920 * HITS)
    assert found[0].usd_per_call.likely.quantize(Decimal("1e-9")) == expected.quantize(Decimal("1e-9"))


def test_text_added_inside_the_prefix_is_a_prompt_change_only() -> None:
    more = PROMPT + "\nrule 51 " + words(98, "z")
    found = causes(claude(system(PROMPT, mark=True)), claude(system(more, mark=True)))
    assert [c.what for c in found] == ["prompt"]
    blended = mtok("0.30", HITS) + mtok("3.75", 1 - HITS)
    assert found[0].usd_per_call is not None
    assert found[0].usd_per_call.likely == 100 * blended


def test_text_added_behind_the_hole_breaks_nothing() -> None:
    base = gpt(system(PROMPT), user(hole("question")))
    head = gpt(system(PROMPT), user(hole("question"), "\nAnswer " + words(40, "short")))
    assert [c.what for c in causes(base, head, gpt_4o())] == ["prompt"]


def test_growth_and_break_at_once_share_the_delta() -> None:
    more = PROMPT + "\nrule 51 " + words(98, "z")
    base, head = claude(*clock_last()), claude(*(clock_first()[0], system(more, mark=True), clock_first()[2]))
    asked = pricer(rates(), USE).against([(base, head)])
    found = causes(base, head)
    assert {c.what for c in found} == {"prompt", "cache"}
    total = sum((c.usd_per_call.likely for c in found if c.usd_per_call is not None), start=Decimal(0))
    assert total == asked.price(head).cost.usd_per_call.likely - asked.price(base).cost.usd_per_call.likely
    by_what = {c.what: c.usd_per_call.likely for c in found if c.usd_per_call is not None}
    # all 2,100 tokens that could have been read are lost; the 100 new ones would have cost their blended rate
    assert by_what["cache"] > mtok("3.45", 2_000 * HITS)
    assert by_what["prompt"] < mtok("3.75", 110)


def test_without_a_hit_share_only_the_sign_is_known() -> None:
    found = causes(claude(*clock_last()), claude(*clock_first()), use=None)
    cache = next(c for c in found if c.what == "cache")
    assert (cache.usd_per_call, cache.sign) == (None, 1)
    assert cache.per_unit is not None and cache.per_unit[1] == mtok("2.70", 2_000 * 1_000)


def test_a_prefix_below_the_minimum_cannot_break() -> None:
    short = "\n".join(PROMPT.splitlines()[:20])  # 800 tokens, the minimum is 1,024
    base = claude(system(short, mark=True), system(hole("now", volatile=True)))
    head = claude(system(hole("now", volatile=True)), system(short, mark=True))
    assert [c for c in causes(base, head) if c.what == "cache" and c.usd_per_call is None] == []


def test_a_dropped_mark_is_a_cache_cause() -> None:
    base = claude(system(PROMPT, mark=True), user(hole("question")))
    head = site(system(PROMPT), user(hole("question")))
    found = causes(base, head)
    assert [c.what for c in found] == ["cache"]
    blended = mtok("0.30", 2_000 * HITS) + mtok("3.75", 2_000 * (1 - HITS))
    assert found[0].usd_per_call is not None
    assert found[0].usd_per_call.likely == mtok("3", 2_000) - blended


def test_a_mark_added_or_dropped_where_the_gaps_between_calls_are_known() -> None:
    marked, plain = (
        claude(system(PROMPT, mark=True), user(hole("question"))),
        site(system(PROMPT), user(hole("question"))),
    )
    gaps = traffic(gap_shares={300: HITS})
    added, dropped = causes(plain, marked, use=gaps), causes(marked, plain, use=gaps)
    assert [c.what for c in added] == [c.what for c in dropped] == ["cache"]
    assert added[0].usd_per_call is not None and dropped[0].usd_per_call is not None
    assert added[0].usd_per_call.likely == -dropped[0].usd_per_call.likely
    assert added[0].usd_per_call.likely == mtok("0.30", 2_000 * HITS) + mtok("3.75", 2_000 * (1 - HITS)) - mtok(
        "3", 2_000
    )


def test_hits_that_were_measured_without_a_mark_are_made_by_something_unseen() -> None:
    marked, plain = (
        claude(system(PROMPT, mark=True), user(hole("question"))),
        site(system(PROMPT), user(hole("question"))),
    )
    assert causes(plain, marked) == ()


def test_a_mark_that_moves_behind_the_clock() -> None:
    prompt, clock = system(PROMPT), system("The time is ", hole("now", volatile=True))
    base = claude(replace(prompt, cache_mark=True), clock)
    head = claude(prompt, replace(clock, cache_mark=True))
    found = causes(base, head)
    assert [c.what for c in found] == ["cache"]
    was = mtok("0.30", 2_000 * HITS) + mtok("3.75", 2_000 * (1 - HITS)) + mtok("3", 3)
    assert found[0].usd_per_call is not None
    assert found[0].usd_per_call.likely == mtok("3.75", 2_003) - was


@pytest.mark.parametrize("shuffled", [False, True])
def test_the_same_tools_in_another_fixed_order_cost_the_same(shuffled: bool) -> None:
    tools = (tool("a", 700), tool("b", 600), tool("c", 500))
    base = claude(system(PROMPT, mark=True))
    head = replace(base, tools=tools[::-1] if shuffled else tools)
    assert causes(replace(base, tools=tools), head) == ()


def test_a_tool_known_only_at_run_time_in_front_breaks_it() -> None:
    fixed = (tool("a", 700), tool("b", 600))
    base = gpt(system(PROMPT))
    head = replace(base, tools=(tool("mcp", 0, schema="", complete=False), *fixed))
    found = causes(replace(base, tools=fixed), head, gpt_4o())
    cache = next(c for c in found if c.what == "cache")
    assert cache.sign == 1
    assert "mcp" in cache.detail


def test_few_shot_moved_behind_the_question() -> None:
    """The order of messages matters too: examples in front are cached, behind the question they are not."""
    examples = surface("examples", PROMPT)
    base, head = gpt(examples, user(hole("question"))), gpt(user(hole("question")), examples)
    found = causes(base, head, gpt_4o())
    assert [c.what for c in found] == ["cache"]
    assert found[0].usd_per_call is not None
    assert found[0].usd_per_call.likely.quantize(Decimal("1e-9")) == mtok("1.25", 1_920 * HITS).quantize(
        Decimal("1e-9")
    )
