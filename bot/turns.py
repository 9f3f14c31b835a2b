"""Agent loops: each turn sends again what was said before, and a prompt cache reads it again.

Turn i of n sends S + U + (i - 1)·g tokens: the static part, the request, and of each turn before its answer and tool
results, g together. A cache that holds the conversation reads all but what is new: U on the first turn, g on each other.
So of the D = U + g·(n - 1)/2 run-time tokens of a mean call, (U + (n - 1)·g)/n are new, and the share that is read is
1 - (U + (n - 1)·g)/(n·D). Where g is not known it is at least 1 - 2/n, which is the share where all of D is history.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from bot.model import PricedSite, Range, Traffic
from prompts_scanner.model import CallSite

ONE = Decimal(1)
# What `CallSite.cache` says of a request whose last message is marked on every turn, so that history is cached too.
CONVERSATION = "conversation"


def is_looped(site: CallSite, traffic: Traffic | None) -> bool:
    """Whether each turn resends system prompt, tools and the history: tools, and a loop or several calls a task."""
    turns = traffic.calls_per_task if traffic is not None else None
    looped = any(loop.kind in ("for", "while", "max_turns") for loop in site.loops)
    return bool(site.tools) and (looped or (turns is not None and turns > 1))


def hits_within_a_task(site: CallSite, traffic: Traffic | None) -> tuple[Decimal | None, str]:
    """The share of an agent's calls that find the static part cached by the turn before; None where it is no agent."""
    turns = traffic.calls_per_task if traffic is not None else None
    if turns is None or turns <= 1 or not is_looped(site, traffic):
        return None, ""
    return (turns - 1) / turns, f"assumed: all but the first of {turns.normalize():f} turns of a task"


def read_again_share(site: CallSite, traffic: Traffic | None) -> Decimal | None:
    """The share of a call's run-time input that a cache of the conversation reads; None where it is no agent."""
    if traffic is None or traffic.calls_per_task is None or traffic.dynamic_input_tokens is None:
        return None
    turns, sent = traffic.calls_per_task, traffic.dynamic_input_tokens.likely
    if turns <= 1 or not is_looped(site, traffic):
        return None
    results, answer = traffic.tool_result_tokens, traffic.output_tokens
    at_least = max(Decimal(0), ONE - 2 / turns)
    if results is None or answer is None or sent <= 0:
        return at_least
    added = results.likely + answer.likely
    limit = history_limit(site, traffic)
    if limit is not None and added * (turns - 1) > limit:
        return Decimal(0)  # what is cut in front moves all that follows it
    request = sent - added * (turns - 1) / 2
    if request < 0:  # more is added than is sent: the history is cut, or the numbers are of different calls
        return at_least
    new = (request + (turns - 1) * added) / turns
    return max(Decimal(0), ONE - new / sent)


def agent_input_tokens(
    turns: Decimal, *, static: int, user: int, added_per_turn: int, history_limit: int | None = None
) -> Decimal:
    """Input tokens of a task whose n turns each send the static part, the request and all that was said before.

    Turn i sends S + U + (i - 1)·g with g = answer + tool results, so n turns send n·(S + U) + g·n·(n - 1)/2: a tool is
    paid on every turn, history grows with the square of the turns. `history_limit` cuts the history that is resent.
    """
    if history_limit is None or added_per_turn <= 0:
        return turns * (static + user) + added_per_turn * turns * (turns - 1) / 2
    full = Decimal(history_limit // added_per_turn + 1)  # the last turn whose history still fits
    growing = min(turns, full)
    history = added_per_turn * growing * (growing - 1) / 2 + max(Decimal(0), turns - full) * history_limit
    return turns * (static + user) + history


def mean_history_tokens(turns: Decimal, added_per_turn: int, limit: int | None = None) -> Decimal:
    """What of the mean input of a call is history: g·(n - 1)/2, or less under a limit. It moves with the turns."""
    if turns <= 1:
        return Decimal(0)
    return agent_input_tokens(turns, static=0, user=0, added_per_turn=added_per_turn, history_limit=limit) / turns


def history_limit(site: CallSite, traffic: Traffic | None) -> int | None:
    """Of what was said before, a turn sends at most so much again: as stated, else as the request asks the provider."""
    if traffic is not None and traffic.history_limit_tokens is not None:
        return traffic.history_limit_tokens
    told = site.edits.value if site.edits is not None else None
    return int(told) if told is not None and told.isdecimal() else None


def with_history(site: CallSite, traffic: Traffic) -> Traffic:
    """An agent's run-time input a call, made of its request and of what its turns add, where nothing else states it."""
    turns, request, answer = traffic.calls_per_task, traffic.request_tokens, traffic.output_tokens
    results = traffic.tool_result_tokens
    if traffic.dynamic_input_tokens is not None or turns is None or request is None or not is_looped(site, traffic):
        return traffic
    if results is None or answer is None:
        return traffic
    limit = history_limit(site, traffic)
    low, likely, high = (
        r + _whole(mean_history_tokens(turns, a + t, limit))
        for r, a, t in zip(_ends(request), _ends(answer), _ends(results), strict=True)
    )
    cut = f", of which at most {limit:,} are sent again" if limit is not None else ""
    return replace(
        traffic,
        dynamic_input_tokens=Range(low, likely, high),
        source=f"{traffic.source}; run-time input is the request and what {turns.normalize():f} turns add{cut}",
    )


def _ends(tokens: Range[int]) -> tuple[int, int, int]:
    return tokens.low, tokens.likely, tokens.high


def with_turns(site: PricedSite, turns: Decimal) -> Traffic | None:
    """The site's traffic if a task took so many turns: more calls, and more history in each of them."""
    traffic = site.traffic
    if traffic is None:
        return None
    before, dynamic = traffic.calls_per_task, traffic.dynamic_input_tokens
    scaled = _with(traffic, turns)
    if before is None or dynamic is None or not is_looped(site.site, site.traffic) or traffic.output_tokens is None:
        return scaled
    added = traffic.output_tokens.likely + (traffic.tool_result_tokens.likely if traffic.tool_result_tokens else 0)
    limit = history_limit(site.site, traffic)
    more = _whole(mean_history_tokens(turns, added, limit) - mean_history_tokens(before, added, limit))
    return _with(scaled, turns, dynamic.map(lambda t: max(0, t + more)))


def _with(traffic: Traffic, turns: Decimal, dynamic: Range[int] | None = None) -> Traffic:
    before, calls = traffic.calls_per_task, traffic.calls_per_month
    factor = turns / before if before else None
    return replace(
        traffic,
        calls_per_task=turns,
        calls_per_month=calls.map(lambda c: c * factor) if calls is not None and factor is not None else calls,
        dynamic_input_tokens=dynamic or traffic.dynamic_input_tokens,
    )


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))


def added_per_turn(traffic: Traffic) -> int | None:
    """What a turn adds to the history: its answer and the tool results, where both are known."""
    if traffic.output_tokens is None or traffic.tool_result_tokens is None:
        return None
    return traffic.output_tokens.likely + traffic.tool_result_tokens.likely


def with_limit(site: PricedSite, limit: int) -> Traffic | None:
    """The site's traffic if a turn sent at most `limit` tokens of what was said before; None where it cannot be told."""
    traffic = site.traffic
    if traffic is None or traffic.calls_per_task is None or traffic.dynamic_input_tokens is None:
        return None
    added, turns = added_per_turn(traffic), traffic.calls_per_task
    if added is None or not is_looped(site.site, traffic):
        return None
    now = history_limit(site.site, traffic)
    fewer = _whole(mean_history_tokens(turns, added, now) - mean_history_tokens(turns, added, limit))
    return replace(
        traffic,
        dynamic_input_tokens=traffic.dynamic_input_tokens.map(lambda t: max(0, t - max(0, fewer))),
        dynamic_input_spread=None,
        cost_points=(),
        history_limit_tokens=limit if now is None else min(now, limit),
        history_read_share=None if fewer <= 0 else Decimal(0),
    )
