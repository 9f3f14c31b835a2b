"""How many tokens a call site sends alike on every call, by our own count of the code in production (the base).

What a log measured less this is the run-time input: the head's estimate is observed traffic plus an exact difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.model import UnitCost
from prompts_scanner.model import CallSite

_RUN_TIME = ("run-time input", "retrieval")
_INPUT = ("input", "cache_read", "cache_write")


def static_tokens(
    pairs: Iterable[tuple[CallSite | None, CallSite | None]], cost: Callable[[CallSite], UnitCost]
) -> dict[str, int]:
    """By the ids of both sides of a pair: the base's static tokens; those of the head where it is new.

    `cost` gives the lines of a call without any traffic.
    """
    out: dict[str, int] = {}
    for base, head in pairs:
        site = base or head
        if site is None:
            continue
        tokens = sum(
            line.tokens_per_call.likely
            for line in cost(site).lines
            if line.tokens_per_call is not None and line.part not in _RUN_TIME and line.token_class in _INPUT
        )
        out.update({side.id: tokens for side in (base, head) if side is not None})
    return out
