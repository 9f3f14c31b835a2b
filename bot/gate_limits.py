"""Limits on amounts: what a scope (a feature, or everything) costs before and after the change, against its limit.

Costs are never negative, so the known part of a cost is a lower bound of it: above the limit it is exceeded whatever
the rest is, below it the answer is unknown. Parts of calls that the change does not touch are left out of that
question and said in a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.economics import Amount, Side, amount_of, side
from bot.model import NO_USD, BudgetKind, Change, Finding, Limit, Outcome, PricedSite, Range, Unit, Usd
from prompts_scanner.model import Span

NAMES: dict[BudgetKind, str] = {
    "usd_per_call": "cost per call",
    "usd_per_task": "cost per task",
    "usd_per_outcome": "cost per outcome",
    "usd_per_month": "cost per month",
    "increase_usd_per_month": "increase per month",
    "increase_percent": "increase",
}
OLD_DEBT = "was above the limit before the change, which does not raise it"
FROM_NOTHING = "it cost nothing before"
ONLY_HIGH = "the likely amount is within the limit, the end of its range is not"
_FACTORS = ("calls per month", "calls per task")
_SHARES = ("success share", "outcome share", "success share is 0", "outcome share is 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a limit is about; `feature` None is everything. `changes` are those that touch it."""

    feature: str | None
    base: Sequence[PricedSite]
    head: Sequence[PricedSite]
    changes: Sequence[Change]

    @property
    def touched(self) -> frozenset[str]:
        return frozenset(s.site.id for c in self.changes for s in self.sides(c) if s is not None)

    def sides(self, change: Change) -> tuple[PricedSite | None, PricedSite | None]:
        """The change's call site before and after it, as far as it belongs here."""
        before, after = change.before, change.after
        return (before if self._holds(before) else None, after if self._holds(after) else None)

    def _holds(self, site: PricedSite | None) -> bool:
        return site is not None and (self.feature is None or site.feature == self.feature)

    def stays(self, change: Change) -> bool:
        """Whether the change begins and ends here, so that its causes are all of this scope."""
        return self.sides(change) == (change.before, change.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """An amount on both sides, as far as it is known. `missing`: what is not in `after`.

    `rising`: what the change moves by an unknown amount, and not surely downwards. `at_most`: what is missing can only
    make `after` smaller; else it can only make it larger. `boundless`: above every limit, without a number.
    """

    before: Range[Decimal] | None
    after: Range[Decimal]
    missing: tuple[str, ...] = ()
    rising: tuple[str, ...] = ()
    note: str = ""
    span: Span | None = None
    at_most: bool = False
    boundless: bool = False


def judge_limits(scope: Scope, limits: Iterable[Limit]) -> list[Finding]:
    """One finding for each limit; for a cost per call one for each touched call site."""
    return [_finding(scope, limit, m) for limit in limits for m in _MEASURES[limit.kind](scope)]


def outcome_of(limit: Limit, measured: Measured) -> tuple[Outcome, str]:
    """The outcome, and why it is not simply within or above."""
    before, after, most = measured.before, measured.after, limit.amount
    if measured.boundless:
        return limit.level, ""
    unknown = "not known: " + ", ".join(dict.fromkeys((*measured.rising, *measured.missing)))
    if before is not None and after.likely <= before.likely and not measured.rising:
        if after.high > most and after.high > before.high:
            return "warn", ONLY_HIGH
        return "pass", OLD_DEBT if before.likely > most else ""
    if after.likely > most:
        return ("unknown", unknown) if measured.at_most and measured.missing else (limit.level, "")
    if measured.rising or (measured.missing and not measured.at_most):
        return "unknown", unknown
    return ("warn", ONLY_HIGH) if after.high > most else ("pass", "")


def _finding(scope: Scope, limit: Limit, measured: Measured) -> Finding:
    outcome, why = outcome_of(limit, measured)
    percent = limit.kind == "increase_percent"
    unit: Unit = "percent" if percent else "usd"
    return Finding(
        budget=NAMES[limit.kind],
        limit=f"at most {plain(limit.amount, unit)}",
        actual="more than nothing" if measured.boundless else _bound(measured) + plain(measured.after.likely, unit),
        outcome=outcome,
        feature=scope.feature,
        span=measured.span or next((c.span for c in scope.changes), None),
        key=limit.key,
        unit=unit,
        amount=limit.amount,
        before=measured.before,
        after=None if measured.boundless else measured.after,
        note="; ".join(part for part in (why, measured.note) if part),
    )


def _bound(measured: Measured) -> str:
    if measured.rising or (measured.missing and not measured.at_most):
        return "at least "
    return "at most " if measured.missing else ""


def plain(value: Decimal, unit: Unit) -> str:
    """An amount in plain words, to four significant digits, for logs; rendering formats the numbers itself."""
    short = Decimal(f"{value:.4g}") if abs(value) < 1000 else value.quantize(Decimal("0.01"))
    text = f"{short.normalize():,f}"
    return f"{text} %" if unit == "percent" else f"{text} USD"


# -- what is measured -------------------------------------------------------------------------------------------------


def _per_call(scope: Scope) -> list[Measured]:
    """Each touched call site by itself. A site that may use one of several models ends its range at the dearest."""
    out = []
    for change in scope.changes:
        _, site = scope.sides(change)
        if site is None:
            continue
        after, before = amount_of(site.cost), amount_of(change.before.cost) if change.before is not None else None
        dearest = max([after.known.high, *(cost.usd_per_call.high for _, cost in site.candidates)])
        out.append(
            Measured(
                before=before.known if before is not None else None,
                after=Range(after.known.low, after.known.likely, dearest),
                missing=after.missing,
                rising=rising_parts(scope, [change]),
                note=change.label,
                span=change.span,
            )
        )
    return out


def _rolled_up(pick: Callable[[Side], Amount]) -> Callable[[Scope], list[Measured]]:
    def measure(scope: Scope) -> list[Measured]:
        if not scope.head:
            return []
        after, touched = pick(side(scope.head)), scope.touched
        inside = [s for s in scope.head if s.site.id in touched]
        left_out = [s for s in scope.head if s.site.id not in touched and pick(side([s])).missing]
        shares = tuple(part for part in after.missing if part in _SHARES)
        if shares:  # a cost that is not divided by its share is no lower bound of the one that is
            return [Measured(before=None, after=NO_USD, missing=after.missing)]
        before = pick(side(scope.base)).known if scope.base else None
        return [
            Measured(
                before=before,
                after=after.known,
                missing=pick(side(inside)).missing if inside else (),
                rising=(*rising_parts(scope, scope.changes), *_unmultiplied(scope, pick)),
                note=f"not in it in full: {len(left_out)} call sites that the change leaves alone" if left_out else "",
            )
        ]

    return measure


def _unmultiplied(scope: Scope, pick: Callable[[Side], Amount]) -> tuple[str, ...]:
    """How often touched calls are made, where that is not known and a call costs more: then so does the whole."""
    out: list[str] = []
    for change in scope.changes:
        _, after = scope.sides(change)
        delta = _delta(scope, change)
        if after is not None and delta is not None and delta.high > 0:
            out += [part for part in pick(side([after])).missing if part in _FACTORS]
    return tuple(dict.fromkeys(out))


def _increase_monthly(scope: Scope) -> list[Measured]:
    total, rising = NO_USD, rising_parts(scope, scope.changes)
    for change in scope.changes:
        delta, calls = _delta(scope, change), change.calls_per_month
        if delta is None or delta == NO_USD:
            continue
        if calls is None:
            rising = (*rising, f"calls per month of {change.label}") if delta.high > 0 else rising
        else:
            total = total + _product(delta, calls)
    return [Measured(before=None, after=total, rising=tuple(dict.fromkeys(rising)))]


def _increase_percent(scope: Scope) -> list[Measured]:
    """Of the month where all touched sites have traffic, else of one call of each call site."""
    if not scope.base:
        return []  # all new: there is nothing to be a percentage of
    moved = [(delta, c.calls_per_month) for c in scope.changes if (delta := _delta(scope, c)) is not None]
    monthly = all(calls is not None for _, calls in moved)
    total = NO_USD
    for delta, calls in moved:
        total = total + (_product(delta, calls) if monthly and calls is not None else delta)
    amounts = [side([s]).per_month if monthly else amount_of(s.cost) for s in scope.base]
    base = sum((a.known.likely for a in amounts), start=Decimal(0))
    gone = tuple(dict.fromkeys(f"{part} before the change" for a in amounts for part in a.missing))
    rising = rising_parts(scope, scope.changes)
    note = "of the cost per month" if monthly else "of one call of each call site, for want of traffic"
    if gone and (rising or (not base and total.high > 0)):  # neither side of the division is known
        return [Measured(before=None, after=NO_USD, missing=gone, rising=rising, note=note)]
    if not base:
        return [Measured(before=None, after=NO_USD, rising=rising, note=FROM_NOTHING, boundless=total.likely > 0)]
    percent = total.map(lambda usd: usd * 100 / base)
    # the base is at least what is known of it, so the percentage is at most this
    return [Measured(before=None, after=percent, missing=gone, rising=rising, note=note, at_most=True)]


def _delta(scope: Scope, change: Change) -> Usd | None:
    """What the change adds to a call in this scope, as far as it is known."""
    if scope.stays(change):
        return change.delta_usd_per_call
    before, after = scope.sides(change)
    out = after.cost.usd_per_call if after is not None else NO_USD
    return out - before.cost.usd_per_call if before is not None else out


def _product(usd: Usd, calls: Usd) -> Usd:
    ends = [p * c for p in (usd.low, usd.high) for c in (calls.low, calls.high)]
    return Range(min(ends), usd.likely * calls.likely, max(ends))


def rising_parts(scope: Scope, changes: Iterable[Change]) -> tuple[str, ...]:
    """What moves by an unknown amount, and not surely downwards."""
    out: list[str] = []
    for change in changes:
        _, after = scope.sides(change)
        if scope.stays(change):
            out += [f"{c.what} ({c.detail})" for c in change.causes if c.usd_per_call is None and c.sign in (1, None)]
        if after is not None and (change.kind == "added" or not scope.stays(change)):
            out += amount_of(after.cost).missing
    return tuple(dict.fromkeys(out))


_MEASURES: dict[BudgetKind, Callable[[Scope], list[Measured]]] = {
    "usd_per_call": _per_call,
    "usd_per_task": _rolled_up(lambda s: s.per_task),
    "usd_per_outcome": _rolled_up(lambda s: s.per_outcome),
    "usd_per_month": _rolled_up(lambda s: s.per_month),
    "increase_usd_per_month": _increase_monthly,
    "increase_percent": _increase_percent,
}
