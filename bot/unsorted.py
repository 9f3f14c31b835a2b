"""JSON inside a cached prefix whose keys are no longer sorted, or are now: the same data may be another text.

Providers warn of it: a prefix is found again only when it is the same to the letter
(https://platform.claude.com/docs/en/build-with-claude/prompt-caching, "stable ordering" of keys). How often the order
differs nobody can read off the code, so the cause has a sign and what a call costs that misses, and no amount.
"""

from __future__ import annotations

from bot.cost import Pricer
from bot.model import MTOK, Cause, Rates
from bot.prefix import Block, Layout
from prompts_scanner.model import UNSORTED_JSON, CallSite, Hole

CALLS = 1_000


def unsorted_cause(pricer: Pricer, base: CallSite, head: CallSite) -> Cause | None:
    """None where nothing of it changed in front of the end of the head's prefix, or no cache reads it."""
    old, new = pricer.layout(base), pricer.layout(head)
    if old is None or new is None or not (old[1].prefix.enabled and new[1].prefix.enabled):
        return None
    before, after = _inside(*old), _inside(*new)
    gone, come = _without(before, after), _without(after, before)
    cacheable = new[1].prefix.cacheable_tokens
    if len(gone) == len(come) or cacheable is None or not cacheable.likely:
        return None
    hole = (come or gone)[0]
    more = len(come) > len(gone)
    detail = (
        f"`{hole.name}` in the cached prefix is JSON whose keys are no longer sorted: the same data may be another text"
        if more
        else f"`{hole.name}` in the cached prefix is JSON with sorted keys now"
    )
    rates = pricer.rates_for(head.model.value or "", head)
    per_unit = None
    if isinstance(rates, Rates) and rates.cache_read_usd_per_mtok is not None and rates.input_usd_per_mtok is not None:
        write = rates.cache_write_usd_per_mtok or rates.input_usd_per_mtok
        missed = cacheable.likely * (write - rates.cache_read_usd_per_mtok) * CALLS / MTOK
        per_unit = (f"{CALLS:,} calls that miss it", missed if more else -missed)
    sign = 1 if more else -1
    return Cause(
        what="cache", detail=detail, span=hole.span, delta_tokens=None, usd_per_call=None, sign=sign, per_unit=per_unit
    )


def _inside(blocks: list[Block], layout: Layout) -> list[Hole]:
    return [
        piece
        for block in blocks
        for piece in block.pieces[: layout.pieces.get(block.key, 0)]
        if isinstance(piece, Hole) and piece.reason == UNSORTED_JSON
    ]


def _without(these: list[Hole], those: list[Hole]) -> list[Hole]:
    names = [h.name for h in those]
    return [h for h in these if h.name not in names]
