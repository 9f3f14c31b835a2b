"""Whether a change costs more or less at unchanged traffic, as far as that can be said.

Amounts are added where they are known (one call of each site); signs decide where they are not. "none" means that
everything relevant was read and nothing moved.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from bot.model import Cause, Change, Direction
from prompts_scanner.model import Gap

# One side must outweigh the other by this factor for a sum of known amounts to have a direction of its own.
OUTWEIGHS = Decimal(2)
# A gap of this weight that the head has and the base has not may hide a call.
HIDES_COST = 50


def direction_of(changes: Iterable[Change], new_gaps: Iterable[Gap] = ()) -> Direction:
    """Up, down, mixed, none; unknown where something relevant moved in a way that cannot be told."""
    counted = [c for c in changes if not c.below_noise]
    causes = [cause for change in counted for cause in change.causes]
    signs = {c.sign for c in causes if c.sign != 0}
    if not signs:
        return "unknown" if any(g.weight >= HIDES_COST for g in new_gaps) else "none"
    if None in signs and len(signs) == 1:
        return "unknown"
    known = signs - {None}
    if len(known) == 1 and None not in signs:
        return "up" if known.pop() > 0 else "down"  # type: ignore[operator]
    return _weighed([c for c in causes if c.sign != 0])


def _weighed(causes: list[Cause]) -> Direction:
    """Both directions are there: the larger wins if it is much larger, in dollars or in tokens."""
    if any(c.sign is None for c in causes):
        return "mixed"
    dollars = all(c.usd_per_call is not None for c in causes)
    tokens = all(c.delta_tokens is not None for c in causes)
    if not dollars and not tokens:
        return "mixed"
    up, down = Decimal(0), Decimal(0)
    for cause in causes:
        if dollars and cause.usd_per_call is not None:
            amount = cause.usd_per_call.likely
        else:
            amount = Decimal(cause.delta_tokens.likely if cause.delta_tokens is not None else 0)
        up += max(amount, Decimal(0))
        down += max(-amount, Decimal(0))
    if up > OUTWEIGHS * down:
        return "up"
    if down > OUTWEIGHS * up:
        return "down"
    return "mixed"
