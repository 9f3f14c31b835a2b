"""Agent loops: each turn sends again what was said before, and a prompt cache reads it again.

Turn i of n sends S + U + (i - 1)·g tokens: the static part, the request, and of each turn before its answer and tool
results, g together. A cache that holds the conversation reads all but what is new: U on the first turn, g on each other.
So of the D = U + g·(n - 1)/2 run-time tokens of a mean call, (U + (n - 1)·g)/n are new, and the share that is read is
1 - (U + (n - 1)·g)/(n·D). Where g is not known it is at least 1 - 2/n, which is the share where all of D is history.
"""

from __future__ import annotations

from decimal import Decimal

from bot.model import Traffic
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
    request = sent - added * (turns - 1) / 2
    if request < 0:  # more is added than is sent: the history is cut, or the numbers are of different calls
        return at_least
    new = (request + (turns - 1) * added) / turns
    return max(Decimal(0), ONE - new / sent)
