"""Whether a change costs more or less at unchanged traffic, as far as that can be said.

Amounts are added where they are known (one call of each site); signs decide where they are not. "none" means that
everything relevant was read and nothing moved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from bot.compare import is_small_text
from bot.model import Cause, Change, Direction
from prompts_scanner.model import Gap

# One side must outweigh the other by this factor for a sum of known amounts to have a direction of its own.
OUTWEIGHS = Decimal(2)
# A gap of this weight that the head has and the base has not may hide a call.
HIDES_COST = 50


def direction_of(changes: Iterable[Change], new_gaps: Iterable[Gap] = (), noise_floor_tokens: int = 0) -> Direction:
    """Up, down, mixed, none; unknown where something relevant moved in a way that cannot be told.

    A few tokens of text beside a cause of weight do not make a direction mixed.
    """
    counted = [c for c in changes if not c.below_noise]
    causes = [cause for change in counted for cause in change.causes if cause.sign != 0]
    causes = [c for c in causes if not is_small_text(c, noise_floor_tokens)] or causes
    signs = {c.sign for c in causes}
    if not signs:
        return "unknown" if any(g.weight >= HIDES_COST for g in new_gaps) else "none"
    if None in signs:
        return "unknown" if len(signs) == 1 else "mixed"
    if len(signs) == 1:
        return "up" if signs == {1} else "down"
    return _weighed(causes)


def _weighed(causes: list[Cause]) -> Direction:
    """Both directions are there: the larger wins if it is much larger in dollars or in tokens and nothing of unknown
    amount speaks against it."""
    amounts = {id(c): amount for c in causes if (amount := _amount(c, causes)) is not None}
    leaning = _leaning(list(amounts.values()))
    unknown = [c for c in causes if id(c) not in amounts]
    # rates of unknown quantities: those of one unit are weighed with each other, at equal traffic
    rates: dict[str, list[Decimal]] = defaultdict(list)
    for cause in unknown:
        if cause.per_unit is not None:
            rates[cause.per_unit[0]].append(cause.per_unit[1])
        elif cause.sign != leaning:
            return "mixed"
    if leaning and all(_leaning(r) == leaning for r in rates.values()):
        return "up" if leaning > 0 else "down"
    return "mixed"


def _leaning(amounts: list[Decimal]) -> int:
    """1 or -1 where one side outweighs the other, else 0."""
    up = sum((max(a, Decimal(0)) for a in amounts), Decimal(0))
    down = sum((max(-a, Decimal(0)) for a in amounts), Decimal(0))
    return 1 if up > OUTWEIGHS * down else -1 if down > OUTWEIGHS * up else 0


def _amount(cause: Cause, causes: list[Cause]) -> Decimal | None:
    """Dollars, where any cause has them; else tokens, of which a dollar of one model is not that of another."""
    if any(c.usd_per_call is not None for c in causes):
        return cause.usd_per_call.likely if cause.usd_per_call is not None else None
    return Decimal(cause.delta_tokens.likely) if cause.delta_tokens is not None else None
