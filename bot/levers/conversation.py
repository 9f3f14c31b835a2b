"""Conversation caching: in an agent's loop each turn sends again what was said before, which a cache can read again.

Where the provider has to be asked (Claude), the mark has to move with the last message of each turn. Of the run-time
input of n turns the share 1 - (U + (n - 1)·g)/(n·D) is read then, and the rest is written (`bot/turns.py`,
https://platform.claude.com/docs/en/build-with-claude/prompt-caching, automatic caching and multi-turn conversations).
"""

from __future__ import annotations

from dataclasses import replace

from bot.levers.case import Case, Proposal, advised, saves, with_saving
from bot.turns import CONVERSATION, read_again_share
from prompts_scanner.model import MORE_AT_RUN_TIME, CallSite, Setting

NAME = "conversation"
DOC = "https://platform.claude.com/docs/en/build-with-claude/prompt-caching"
_EDITS = {
    "anthropic": 'Give the request cache_control={"type": "ephemeral"}: it marks its last block, turn by turn. Keep the mark '
    "on the system prompt.",
    "bedrock": 'Add {"cachePoint": {"type": "default"}} behind the last message of each turn.',
    "vercel-ai": "Mark the last message in prepareStep: providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } }.",
}


def propose(case: Case) -> tuple[Proposal, ...]:
    rates, site, traffic, prefix = case.rates, case.site, case.traffic, case.priced.prefix
    if rates is None or prefix is None or rates.cache_mode != "explicit" or rates.cache_read_usd_per_mtok is None:
        return ()
    if site.cache is not None and site.cache.value == CONVERSATION:
        return ()
    if traffic is not None and traffic.history_read_share:
        return ()  # it is measured that the conversation is read from a cache: a library or a proxy sets the mark
    if not _carries_history(site):
        return ()
    share = read_again_share(site, traffic)
    if not share or traffic is None or traffic.calls_per_task is None:
        return ()
    turns, known = traffic.calls_per_task, traffic.tool_result_tokens is not None
    mark = Setting(values=(CONVERSATION,), resolution="literal", span=site.span)
    advice = advised(
        case,
        NAME,
        "Cache the conversation too: move the mark with the last message",
        confidence="medium" if known else "low",
        effort="low",
        why=f"each of {turns.normalize():f} turns sends again what was said before: "
        f"{'' if known else 'at least '}{float(share) * 100:.0f} % of the run-time input was sent by the turn before, and "
        "would be read at the price of a read; the new part is written",
        edit=_EDITS.get(
            site.sdk, "Mark the last message of each turn for caching, as your library names it (cache_control)."
        ),
        caution="Not where the program rewrites earlier messages between turns (summaries, cut history, timestamps), or "
        f"where a turn follows later than {rates.cache_ttl_seconds // 60 if rates.cache_ttl_seconds else '?'} minutes.",
        doc_url=DOC,
    )
    proposal = with_saving(case, Proposal(advice=advice, site=lambda s: replace(s, cache=mark), kind="history"))
    return (proposal,) if saves(proposal) else ()


def _carries_history(site: CallSite) -> bool:
    """Whether the messages can grow from turn to turn; not where all of them are written out and nothing loops."""
    if any(loop.kind in ("for", "while", "max_turns") for loop in site.loops):
        return True
    told = [s for s in site.surfaces if s.role in ("user", "assistant", "examples", "context")]
    open_ended = any(h.reason == MORE_AT_RUN_TIME for s in told for h in s.text.holes)
    return open_ended or not any(s.text.literal.strip() for s in told)
