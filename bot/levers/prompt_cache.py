"""Prompt caching: ask for it where it pays, keep run-time values behind the stable text, notice a mark without effect.

A call pays r·h + w·(1 - h) of the input price for its stable prefix, with hit share h, read rate r and write rate w
(https://platform.claude.com/docs/en/build-with-claude/prompt-caching); it pays from h > (w - 1)/(w - r) on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from bot.levers.case import Case, Proposal, advised, saves, with_saving
from bot.model import Prefix, Rates, Traffic
from bot.prefix import (
    NO_ORDER,
    NOT_CACHED_YET,
    Shift,
    break_even_hits,
    cacheable_tokens,
    hit_share,
    source_of,
)
from bot.turns import hits_within_a_task
from prompts_scanner.model import UNSORTED_JSON, CallSite, Hole, Setting, Span

NAME = "prompt_cache"
DOCS = {
    "openai": "https://developers.openai.com/api/docs/guides/prompt-caching",
    "azure": "https://learn.microsoft.com/azure/foundry/openai/how-to/prompt-caching",
    "google": "https://ai.google.dev/gemini-api/docs/caching",
    "vertex": "https://ai.google.dev/gemini-api/docs/caching",
    "anthropic": "https://platform.claude.com/docs/en/build-with-claude/prompt-caching",
}
_CLAUDE = DOCS["anthropic"]
# Below this a moved value is not worth a reviewer's time: a tenth of the smallest minimum of the providers' tables.
MIN_BEHIND_TOKENS = 50


def propose(case: Case) -> tuple[Proposal, ...]:
    rates, prefix = case.rates, case.priced.prefix
    if rates is None or prefix is None or case.site.operation != "chat" or rates.cache_read_usd_per_mtok is None:
        return ()
    behind = _behind_a_hole(case, rates, prefix)
    if behind is not None:
        return (behind,)
    found = (_not_asked_for(case, rates, prefix), _below_minimum(case, rates, prefix))
    return tuple(p for p in found if p is not None)


def expected_hits(case: Case, rates: Rates) -> tuple[Decimal | None, str]:
    """The hit share with caching switched on: from the gaps between calls; the turns of an agent follow at once."""
    hits, why = hit_share(case.traffic, rates.cache_ttl_seconds, observed=False)
    within, why_within = hits_within_a_task(case.site, case.traffic)
    return (within, why_within) if within is not None and (hits is None or within > hits) else (hits, why)


def _not_asked_for(case: Case, rates: Rates, prefix: Prefix) -> Proposal | None:
    """Caching that has to be asked for, and is not."""
    if prefix.enabled or prefix.reason != NOT_CACHED_YET or prefix.cacheable_tokens is None:
        return None
    tokens, even = prefix.cacheable_tokens.likely, break_even_hits(rates)
    if tokens == 0 or even is None:
        return None
    hits, why = expected_hits(case, rates)
    paying = f"pays from {percent(even)} of calls on that find it cached"
    advice = advised(
        case,
        NAME,
        f"Cache the first {tokens:,} tokens, which are the same on every call",
        span=end_span(case),
        confidence="low" if hits is None or prefix.cacheable_tokens.low == 0 else _confidence(case),
        effort="low",
        why=f"{tokens:,} stable tokens (minimum {_count(prefix.minimum_tokens)}{_near(prefix)}); {paying}"
        + (f"; expected: {percent(hits)} ({why})" if hits is not None else "; how many would is not known"),
        edit=_mark_edit(case, prefix),
        caution=f"Not where calls are rarer than one in {_minutes(rates)}: writing costs more than plain input.",
        doc_url=docs_of(rates),
    )
    if hits is None:
        return Proposal(advice=advice)
    proposal = with_saving(case, Proposal(advice=advice, site=_asks, traffic=_hits(hits)))
    return proposal if saves(proposal) else None


def _behind_a_hole(case: Case, rates: Rates, prefix: Prefix) -> Proposal | None:
    """Stable text that stands behind a run-time value, so that it is never read from the cache."""
    hole, behind = prefix.ends_at, prefix.behind_tokens
    if hole is None or behind < MIN_BEHIND_TOKENS:
        return None
    total = prefix.tokens.likely + behind
    won = cacheable_tokens(total, rates.min_cacheable_tokens or 0, rates.cache_increment_tokens)
    now = prefix.cacheable_tokens.likely if prefix.cacheable_tokens is not None else 0
    told = hole.volatile or hole.reason == NO_ORDER
    if won <= now or not (told or (prefix.enabled and hole.reason in ("parameter", UNSORTED_JSON))):
        return None  # a value that nothing shows to differ between calls
    if case.traffic is not None and case.traffic.cache_hit_share is not None:
        hits: Decimal | None = case.traffic.cache_hit_share
        why = source_of(case.traffic)
    else:
        hits, why = expected_hits(case, rates)
    title, edit, caution = _mending(hole, behind)
    advice = advised(
        case,
        NAME,
        title + ("" if prefix.enabled else " and mark the end of the stable text"),
        span=hole.span,
        confidence="high" if hole.volatile and hits is not None else "low" if hits is None else "medium",
        effort="low",
        why=_why_behind(prefix, hole, won, now)
        + (f"; {percent(hits)} of calls would find them ({why})" if hits is not None else ""),
        edit=edit,
        caution=caution,
        doc_url=docs_of(rates),
    )
    if hits is None:
        return Proposal(advice=advice)
    changed = Proposal(
        advice=advice, site=None if prefix.enabled else _asks, traffic=_hits(hits), shift=Shift(tokens=behind)
    )
    proposal = with_saving(case, changed)
    return proposal if saves(proposal) else None


def _below_minimum(case: Case, rates: Rates, prefix: Prefix) -> Proposal | None:
    """A mark that does nothing: the provider ignores it without an error."""
    minimum, mark = prefix.minimum_tokens, case.site.cache
    if mark is None or any(r.role == "wrapper" for r in case.site.related):
        return None  # a mark in a function that others call too serves their requests
    if prefix.mode != "explicit" or minimum is None or prefix.behind_tokens >= MIN_BEHIND_TOKENS:
        return None
    if not 0 < prefix.tokens.high < minimum or not _whole_prefix_is_known(case.site):
        return None
    return Proposal(
        advice=advised(
            case,
            NAME,
            f"The cache mark has no effect: {minimum - prefix.tokens.likely:,} tokens short of the minimum",
            span=mark.span,
            confidence="medium",
            effort="low",
            why=f"the stable prefix has {prefix.tokens.likely:,} known tokens, {rates.model} caches from {minimum:,} on "
            "and says nothing below",
            edit="Move the mark behind more of the stable text (examples, tool definitions), or leave it out.",
            caution="Do not pad the prompt: tokens added to reach the minimum are paid on every call.",
            doc_url=docs_of(rates),
        )
    )


def _whole_prefix_is_known(site: CallSite) -> bool:
    """Whether the mark is seen on a text, and nothing in front of it is known only at run time."""
    if not all(t.complete or t.builtin for t in site.tools):
        return False
    marked = [i for i, s in enumerate(site.surfaces) if s.cache_mark]
    return bool(marked) and not any(s.text.holes for s in site.surfaces[: marked[-1] + 1])


# -- words and parts --------------------------------------------------------------------------------------------------


def _asks(site: CallSite) -> CallSite:
    return replace(site, cache=Setting(values=("on",), resolution="literal", span=site.span))


def _hits(hits: Decimal) -> Callable[[Traffic], Traffic]:
    return lambda traffic: replace(traffic, cache_hit_share=hits)


def _confidence(case: Case) -> Literal["low", "medium", "high"]:
    measured = case.traffic is not None and bool(case.traffic.gap_shares)
    return "high" if measured else "medium"


def _mending(hole: Hole, behind: int) -> tuple[str, str, str]:
    """What to do about what ends the prefix: its title, the edit, and when not to."""
    if hole.reason == NO_ORDER:
        return (
            f"Send the {hole.name.partition(' ')[0]} in a fixed order: {behind:,} stable tokens are lost to the cache",
            "Sort it by name (`sorted(...)`) where the request is made, or keep the order in which it is written.",
            "Not where the order is random on purpose, such as to balance examples: then send it behind the stable text.",
        )
    if hole.reason == UNSORTED_JSON:
        return (
            f"Write `{hole.name}` with sorted keys, or behind the {behind:,} stable tokens that follow it",
            f"json.dumps({hole.name}, sort_keys=True) where it is the same on every call; else send it after the "
            "instructions.",
            f"Only where the keys of `{hole.name}` come in different orders, or its data differs between calls.",
        )
    return (
        f"Move `{hole.name}` behind the {behind:,} stable tokens that follow it",
        f"Send `{hole.name}` after the instructions: as the last block of the system prompt, or in the user message.",
        "Not where the text after it only makes sense with the value in front of it."
        if hole.volatile
        else f"Only where `{hole.name}` differs between calls; a value that never changes breaks nothing.",
    )


def _why_behind(prefix: Prefix, hole: Hole, won: int, now: int) -> str:
    kind = "differs on every call" if hole.volatile else "is known only at run time"
    if hole.reason == NO_ORDER and not hole.volatile:
        kind = "differs between processes (Python salts the hashes of texts)"
    elif hole.reason == UNSORTED_JSON:
        kind = "is JSON whose keys come in the order in which the program put them"
    written = (
        f"; today {prefix.written_in_vain_tokens:,} tokens are written to the cache on each call and never read"
        if prefix.written_in_vain_tokens
        else ""
    )
    return f"`{hole.name}` {kind} and ends the cached prefix after {now:,} tokens; behind the text it would be {won:,}{written}"


def _mark_edit(case: Case, prefix: Prefix) -> str:
    what = (
        "the last tool" if not any(s.role == "system" for s in case.site.surfaces) else "the last stable system block"
    )
    if case.site.sdk == "anthropic":
        return f'Put "cache_control": {{"type": "ephemeral"}} on {what} (system as a list of text blocks).'
    if case.site.sdk == "vercel-ai":
        return f"Set providerOptions: {{ anthropic: {{ cacheControl: {{ type: 'ephemeral' }} }} }} on {what}."
    if case.site.sdk == "bedrock":
        return f'Add {{"cachePoint": {{"type": "default"}}}} after {what}.'
    return f"Mark the end of {what} for caching, as your library names it (cache_control)."


def end_span(case: Case) -> Span:
    """Where the mark belongs: the last system block that is written inside the call, else the call."""
    here = case.site.span
    inside = [
        s.span
        for s in case.site.surfaces
        if s.role == "system" and s.span.path == here.path and here.first_line <= s.span.first_line <= here.last_line
    ]
    return inside[-1] if inside else here


def docs_of(rates: Rates) -> str:
    return _CLAUDE if "claude" in rates.model else DOCS.get(rates.provider, _CLAUDE)


def percent(share: Decimal | None) -> str:
    if share is None:
        return "?"
    return "more than 99 %" if Decimal("0.99") < share < 1 else f"{float(share) * 100:.0f} %"


def _count(tokens: int | None) -> str:
    return "not known" if tokens is None else f"{tokens:,}"


def _near(prefix: Prefix) -> str:
    """The count is an estimate, and its low end is not cached at all."""
    estimate = prefix.cacheable_tokens is not None and prefix.cacheable_tokens.low == 0
    return f", and the count may be as low as {prefix.tokens.low:,}" if estimate else ""


def _minutes(rates: Rates) -> str:
    return f"{rates.cache_ttl_seconds // 60} minutes" if rates.cache_ttl_seconds else "the cache's lifetime"
