"""Caching the conversation: silent where nothing is gained or it is done, the saving of five turns by hand.

Claude Sonnet 4.5: input 3, read 0.30, write 3.75 USD per million (https://platform.claude.com/docs/en/about-claude/pricing).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.levers.conversation import propose
from prompts_scanner.model import MORE_AT_RUN_TIME, Loop
from tests.cost.make import (
    AT,
    exactly,
    gpt_4o,
    hole,
    month,
    mtok,
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

AGENT = site(system(words(1_500), mark=True), user(hole("request")), tools=(tool("a", 500),), cache=setting("on"))
FIVE = traffic(
    calls_per_task=Decimal(5),
    calls_per_month=month(10_000),
    dynamic_input_tokens=exactly(2_480),  # 1,000 for the request and 740 · (5 - 1)/2 of history
    output_tokens=exactly(140),
    tool_result_tokens=exactly(600),
)


# -- silent -----------------------------------------------------------------------------------------------------------


def test_silent_where_the_mark_moves_already() -> None:
    assert propose(case(replace(AGENT, cache=setting("conversation")), FIVE, rates())) == ()


def test_silent_where_a_log_shows_that_it_is_read() -> None:
    assert propose(case(AGENT, replace(FIVE, history_read_share=Decimal("0.5")), rates())) == ()
    assert propose(case(AGENT, replace(FIVE, history_read_share=Decimal(0)), rates())) != ()


def test_silent_where_the_provider_does_it_by_itself() -> None:
    assert propose(case(replace(AGENT, provider="openai"), FIVE, gpt_4o())) == ()


def test_silent_without_turns() -> None:
    assert propose(case(AGENT, None, rates())) == ()
    assert propose(case(AGENT, replace(FIVE, calls_per_task=None), rates())) == ()
    assert propose(case(AGENT, replace(FIVE, calls_per_task=Decimal(1)), rates())) == ()
    assert propose(case(replace(AGENT, tools=()), FIVE, rates())) == ()


def test_silent_where_each_call_is_made_anew() -> None:
    """All messages are written out and nothing loops: several calls a task, but no history in them."""
    anew = replace(AGENT, surfaces=(AGENT.surfaces[0], user("Find the button that is asked for: ", hole("what"))))
    assert propose(case(anew, FIVE, rates())) == ()
    assert propose(case(replace(anew, loops=(Loop(kind="retry", span=AT),)), FIVE, rates())) == ()
    assert only(propose(case(replace(anew, loops=(Loop(kind="for", span=AT, limit=8),)), FIVE, rates())))
    looped = replace(anew, loops=(Loop(kind="while", span=AT),))
    rest = user(replace(hole("more messages"), reason=MORE_AT_RUN_TIME))
    assert only(propose(case(looped, FIVE, rates())))
    assert only(propose(case(replace(anew, surfaces=(*anew.surfaces, rest)), FIVE, rates())))


def test_silent_where_a_clock_loses_it() -> None:
    clock = replace(AGENT, surfaces=(system(hole("now", volatile=True)), *AGENT.surfaces))
    assert propose(case(clock, FIVE, rates())) == ()


@pytest.mark.parametrize(("turns", "pays"), [("2", False), ("2.5", False), ("2.6", True), ("3", True)])
def test_from_how_many_turns_on_it_pays(turns: str, pays: bool) -> None:
    """Results not known: 1 - 2/n is read. 0.10·(1 - 2/n) + 1.25·2/n < 1 from n = 2.3/0.9 = 2.56 turns on."""
    use = replace(FIVE, calls_per_task=Decimal(turns), tool_result_tokens=None)
    assert bool(propose(case(AGENT, use, rates()))) is pays


# -- advice -----------------------------------------------------------------------------------------------------------


def test_five_turns_by_hand() -> None:
    """A task sends 5 · 1,000 + 740 · 10 = 12,400 tokens; all but the 1,000 + 4 · 740 = 3,960 new ones are read."""
    found = only(propose(case(AGENT, FIVE, rates())))
    saved = (mtok("3", 12_400) - mtok("0.30", 12_400 - 3_960) - mtok("3.75", 3_960)) / 5
    assert per_call(found) == pytest.approx(saved, abs=Decimal("1e-12"))
    assert per_month(found) == pytest.approx(saved * 10_000, abs=Decimal("1e-8"))
    assert found.advice.confidence == "medium"
    assert "68 % of the run-time input was sent by the turn before" in found.advice.why
    assert 'cache_control={"type": "ephemeral"}' in found.advice.edit


def test_with_unknown_tool_results_it_is_at_least_so_much() -> None:
    found = only(propose(case(AGENT, replace(FIVE, tool_result_tokens=None), rates())))
    assert per_call(found) == mtok("3", 2_480) - mtok("0.30", 2_480 * Decimal("0.6")) - mtok(
        "3.75", 2_480 * Decimal("0.4")
    )
    assert found.advice.confidence == "low" and "at least 60 %" in found.advice.why


def test_other_libraries_have_other_marks() -> None:
    assert "cachePoint" in only(propose(case(replace(AGENT, sdk="bedrock"), FIVE, rates()))).advice.edit
    assert "prepareStep" in only(propose(case(replace(AGENT, sdk="vercel-ai"), FIVE, rates()))).advice.edit
    assert "your library" in only(propose(case(replace(AGENT, sdk="langchain"), FIVE, rates()))).advice.edit
