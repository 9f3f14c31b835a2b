"""History: in an agent's loop each turn sends again all that was said before, so the input of a task grows with the square
of its turns. Cut or summarised at L tokens, turn i sends min((i - 1)·g, L) of it, with g an answer and its tool results.

https://platform.claude.com/docs/en/build-with-claude/context-editing,
https://www.anthropic.com/engineering/effective-context-engineering-for-ai-agents (compaction).
"""

from __future__ import annotations

from decimal import Decimal

from bot.levers.case import Case, Proposal, advised, saves, with_saving
from bot.turns import added_per_turn, history_limit, is_looped, mean_history_tokens, with_limit

NAME = "history"
DOC = "https://platform.claude.com/docs/en/build-with-claude/context-editing"
# Of fewer turns there is little to cut, and of a smaller part of the input nothing is won.
MIN_TURNS = 8
MOST = Decimal("0.5")
# A limit is named in round numbers.
ROUND_TO = 500


def propose(case: Case) -> tuple[Proposal, ...]:
    """Nothing where a limit is known, where the conversation is short, and where cutting loses more cached than it saves."""
    site, traffic = case.site, case.traffic
    if case.rates is None or traffic is None or traffic.calls_per_task is None or not is_looped(site, traffic):
        return ()
    turns, added, sent = traffic.calls_per_task, added_per_turn(traffic), traffic.dynamic_input_tokens
    if turns < MIN_TURNS or not added or sent is None or history_limit(site, traffic) is not None:
        return ()
    history = mean_history_tokens(turns, added)
    if history > sent.likely or history < sent.likely * MOST:
        return ()  # less is sent than was said, so it is cut already; or most of the input is something else
    limit = -(-int(added * turns / 2) // ROUND_TO) * ROUND_TO
    cut = with_limit(case.priced, limit)
    if cut is None:
        return ()
    left = mean_history_tokens(turns, added, limit)
    advice = advised(
        case,
        NAME,
        f"Cut or summarise the history from {limit:,} tokens on",
        confidence="low",
        effort="medium",
        why=f"each turn adds {added:,} tokens that all later turns send again: over {turns.normalize():f} turns "
        f"{history:,.0f} of the {sent.likely:,} run-time tokens of a mean call, and more with the square of the turns; with "
        f"the limit, which about half of the turns reach, {left:,.0f}",
        edit="Drop or summarise the oldest tool results when the history passes the limit (context editing or compaction of "
        "the provider, trim_messages, a summary of your own), and keep what the task still needs.",
        caution="Evaluate long tasks first. What is cut in front moves the rest, so nothing of the history is read from a "
        "cache in that turn: cut rarely and much, not a little on every turn.",
        doc_url=DOC,
    )
    proposal = with_saving(case, Proposal(advice=advice, traffic=lambda _: cut, kind="history"))
    return (proposal,) if saves(proposal) else ()
