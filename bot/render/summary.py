"""The sums over a whole change: what one call of each touched site costs more, and what a month does.

Changes below the noise floor are left out, as they are in the direction. A sum of nothing known is None, not 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bot.model import NO_TOKENS, NO_USD, Change, Direction, PricedSite, Range, Review, Tokens, Usd
from bot.render.numbers import times

CALLS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """`changes_without_amount`: a cause of theirs has no dollars; `changes_without_traffic`: they are in no month."""

    direction: Direction
    delta_input_tokens: Tokens
    delta_usd_per_1k_calls: Usd | None
    delta_usd_per_month: Usd | None
    changes: int
    changes_without_amount: int
    changes_without_traffic: int


def summarise(review: Review) -> Summary:
    changes = counted(review)
    tokens = NO_TOKENS
    for change in changes:
        tokens = tokens + change.delta_input_tokens
    return Summary(
        direction=review.direction,
        delta_input_tokens=tokens,
        delta_usd_per_1k_calls=_sum(usd_per_1k_calls(c) for c in changes) if changes else NO_USD,
        delta_usd_per_month=_sum(c.delta_usd_per_month for c in changes),
        changes=len(changes),
        changes_without_amount=sum(not has_amount(c) for c in changes),
        changes_without_traffic=sum(c.calls_per_month is None for c in changes),
    )


def counted(review: Review) -> tuple[Change, ...]:
    return tuple(c for c in review.changes if not c.below_noise)


def usd_per_1k_calls(change: Change) -> Usd | None:
    """None where nothing of it has an amount; a cause that costs nothing (sign 0) needs none."""
    if change.delta_usd_per_call is not None:
        return times(change.delta_usd_per_call, CALLS)
    return NO_USD if all(c.sign == 0 for c in change.causes) else None


def has_amount(change: Change) -> bool:
    """Whether nothing of it is left to a run; of a call that came or went that is its whole sum."""
    whole = change.after if change.kind == "added" else change.before if change.kind == "removed" else None
    if whole is not None and whole.cost.unknown:
        return False
    return all(c.usd_per_call is not None or c.sign == 0 for c in change.causes)


def usd_per_month(site: PricedSite) -> Usd | None:
    """What the site costs in a month; None without traffic or where a line of its sum is unknown."""
    calls = site.traffic.calls_per_month if site.traffic is not None else None
    if calls is None or site.cost.unknown:
        return None
    per_call = site.cost.usd_per_call
    return Range(per_call.low * calls.low, per_call.likely * calls.likely, per_call.high * calls.high)


def known_usd_per_1k_calls(site: PricedSite) -> Usd | None:
    """Of what can be priced; None where nothing can."""
    if not any(line.usd_per_call is not None for line in site.cost.lines):
        return None
    return times(site.cost.usd_per_call, CALLS)


def known_input(site: PricedSite) -> Tokens | None:
    """The input tokens that are known; None where none are."""
    lines = [x for x in site.cost.lines if x.token_class in ("input", "cache_read", "cache_write")]
    known = any(line.tokens_per_call is not None for line in lines)
    return site.cost.input_tokens if known or not lines else None


def month_totals(review: Review) -> tuple[Decimal, Decimal] | None:
    """Before and after, over the sites with traffic; None where one of them cannot be summed."""
    after = Decimal(0)
    sites = [s for s in review.sites if s.traffic is not None and s.traffic.calls_per_month is not None]
    for site in sites:
        month = usd_per_month(site)
        if month is None:
            return None
        after += month.likely
    delta = _sum(c.delta_usd_per_month for c in counted(review))
    if delta is None or not sites or after - delta.likely <= 0:
        return None
    return after - delta.likely, after


def _sum(amounts: Iterable[Usd | None]) -> Usd | None:
    known = [a for a in amounts if a is not None]
    if not known:
        return None
    total = NO_USD
    for amount in known:
        total = total + amount
    return total
