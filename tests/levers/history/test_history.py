"""The history of an agent: silent where it is short or cut, the saving of ten turns counted turn by turn.

Claude Sonnet 4.5: input 3 USD a million, read from a cache 0.30 (https://platform.claude.com/docs/en/about-claude/pricing).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.cost import Pricer
from bot.levers.history import propose
from bot.model import Range, Traffic
from bot.turns import added_per_turn, history_limit, mean_history_tokens, read_again_share, with_history, with_limit
from tests.cost.make import exactly, hole, month, mtok, pricer, rates, setting, site, system, tool, traffic, user, words
from tests.levers.make import case, only, per_call, per_month

# a turn adds 140 + 660 = 800 tokens; the mean of ten turns has 800 · 9/2 = 3,600 of them, and 400 of the request
AGENT = site(system(words(1_500)), user(hole("request")), tools=(tool("a", 500),))
TEN = traffic(
    calls_per_task=Decimal(10),
    calls_per_month=month(10_000),
    dynamic_input_tokens=exactly(4_000),
    output_tokens=exactly(140),
    tool_result_tokens=exactly(660),
)
PLAIN = rates(cache_mode=None, cache_read_usd_per_mtok=None)


# -- silent -----------------------------------------------------------------------------------------------------------


def test_silent_where_a_limit_is_known() -> None:
    """Stated, or asked of the provider in the request."""
    assert propose(case(AGENT, replace(TEN, history_limit_tokens=4_000), PLAIN)) == ()
    assert propose(case(replace(AGENT, edits=setting(30_000)), TEN, PLAIN)) == ()


def test_silent_without_turns_and_without_their_size() -> None:
    assert propose(case(AGENT, None, PLAIN)) == ()
    assert propose(case(AGENT, replace(TEN, calls_per_task=None), PLAIN)) == ()
    assert propose(case(AGENT, replace(TEN, tool_result_tokens=None), PLAIN)) == ()
    assert propose(case(AGENT, replace(TEN, dynamic_input_tokens=None), PLAIN)) == ()
    assert propose(case(replace(AGENT, tools=()), TEN, PLAIN)) == ()


def test_silent_where_less_is_sent_than_was_said() -> None:
    """3,600 tokens of history do not fit in 3,599 of run-time input: something cuts it already."""
    assert propose(case(AGENT, replace(TEN, dynamic_input_tokens=exactly(3_599)), PLAIN)) == ()
    assert propose(case(AGENT, replace(TEN, dynamic_input_tokens=exactly(3_600)), PLAIN)) != ()


@pytest.mark.parametrize(("turns", "sent", "told"), [("7", 4_000, False), ("8", 4_000, True), ("10", 7_201, False)])
def test_few_turns_and_a_small_part(turns: str, sent: int, told: bool) -> None:
    """From eight turns on, and where history is half of the run-time input: 3,600 of 7,200."""
    use = replace(TEN, calls_per_task=Decimal(turns), dynamic_input_tokens=exactly(sent))
    assert bool(propose(case(AGENT, use, PLAIN))) is told


def test_silent_where_the_cache_reads_it_for_less() -> None:
    """Claude reads what was said before at a tenth: cutting it would have it sent and written again."""
    moving = replace(AGENT, cache=setting("conversation"))
    assert propose(case(moving, TEN, rates())) == ()


def test_followed_it_is_silent() -> None:
    found = only(propose(case(AGENT, TEN, PLAIN)))
    assert found.traffic is not None
    assert propose(case(AGENT, found.traffic(TEN), PLAIN)) == ()


# -- advice -----------------------------------------------------------------------------------------------------------


def sent_again(turns: int, limit: int) -> int:
    """Counted turn by turn."""
    total, history = 0, 0
    for _ in range(turns):
        total += min(history, limit)
        history += 800
    return total


def test_ten_turns_by_hand() -> None:
    """Half of ten turns add 4,000 tokens. Cut there, turns send 0, 800, ... 4,000, 4,000, 4,000, 4,000 of 36,000."""
    found = only(propose(case(AGENT, TEN, PLAIN)))
    assert found.advice.title == "Cut or summarise the history from 4,000 tokens on"
    fewer = sent_again(10, 10**9) - sent_again(10, 4_000)
    assert fewer == 36_000 - 28_000
    assert per_call(found) == mtok("3", fewer // 10)
    assert per_month(found) == mtok("3", fewer // 10) * 10_000
    assert "3,600 of the 4,000 run-time tokens" in found.advice.why and "with the limit" in found.advice.why


# -- what the model takes from the configuration -----------------------------------------------------------------------


@pytest.mark.parametrize("limit", [None, 0, 1_000, 4_000, 100_000])
def test_run_time_input_out_of_the_turns(limit: int | None) -> None:
    """The request, and the mean of what ten turns send again."""
    stated = replace(TEN, dynamic_input_tokens=None, request_tokens=Range(300, 400, 500), history_limit_tokens=limit)
    made = with_history(AGENT, stated).dynamic_input_tokens
    again = sent_again(10, 10**9 if limit is None else limit) / 10
    assert made is not None and (made.low, made.likely, made.high) == (300 + again, 400 + again, 500 + again)


def test_what_is_stated_goes_before_the_formula() -> None:
    stated = replace(TEN, request_tokens=exactly(400))
    assert with_history(AGENT, stated).dynamic_input_tokens == exactly(4_000)
    for missing in ("request_tokens", "output_tokens", "tool_result_tokens", "calls_per_task"):
        some = replace(stated, dynamic_input_tokens=None, **{missing: None})  # type: ignore[arg-type]
        assert with_history(AGENT, some).dynamic_input_tokens is None
    once = replace(stated, dynamic_input_tokens=None)
    assert with_history(replace(AGENT, tools=()), once).dynamic_input_tokens is None  # no agent


def test_a_limit_changes_what_a_call_sends() -> None:
    def limited(use: Traffic, limit: int) -> Traffic | None:
        asked: Pricer = pricer(PLAIN, use)
        return with_limit(asked.price(AGENT), limit)

    cut = limited(TEN, 4_000)
    assert cut is not None and cut.dynamic_input_tokens == exactly(4_000 - 3_600 + 2_800)
    assert mean_history_tokens(Decimal(10), 800, 4_000) == 2_800
    wide = limited(TEN, 10**6)
    assert wide is not None and wide.dynamic_input_tokens == exactly(4_000)
    assert limited(replace(TEN, tool_result_tokens=None), 4_000) is None
    assert added_per_turn(TEN) == 800 and history_limit(AGENT, cut) == 4_000


def test_a_history_that_is_cut_is_not_read_again() -> None:
    """What is left out in front moves all that follows, so its prefix is another one."""
    assert read_again_share(AGENT, TEN) not in (None, Decimal(0))
    assert read_again_share(AGENT, replace(TEN, history_limit_tokens=7_199)) == 0
    assert read_again_share(AGENT, replace(TEN, history_limit_tokens=7_200)) == read_again_share(AGENT, TEN)
