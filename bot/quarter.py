"""A quarter as finance reads it: what was spent, what a unit cost, who kept to the budget, what moved it, what was accepted.

Spend is an estimate: calls a month of the policy and its traffic profiles × the cost of a call, at the prices of each day,
for as long as each state of the code stood. It is no bill; where the profile was scaled to one, the volume is the bill's.
Unknown parts stay unknown, and a sum that lacks some is a lower bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, Literal

from bot.economics import NOTHING, Amount
from bot.errors import ReviewError
from bot.history import FeaturePoint, History, Move, Point, UnitCosts, by_what_is_known, moves
from bot.model import Advice, BudgetKind, Budgets, Limit, Range, Review, Usd
from bot.pull_requests import PullRequest

HOURS_PER_MONTH: Final = 730  # 365 days × 24 hours ÷ 12, as the traffic's
_QUARTER: Final = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE)
# What `bot.waive` writes into a finding that a reviewer accepted.
_JUSTIFIED: Final = re.compile(r"justified by (.{1,100}?) \(([\w-]{1,40})\): (.*)", re.S)
# Judged at each pull request: a quarter has no single change.
_OF_CHANGES: Final = ("increase_usd_per_month", "increase_percent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """First day and the day after the last."""

    name: str
    first: date
    end: date

    def until(self, today: date) -> date:
        """The day after the last one that has been."""
        return min(self.end, today + timedelta(days=1))


def quarter_of(text: str) -> Quarter:
    found = _QUARTER.fullmatch(text.strip())
    if found is None:
        raise ReviewError(f"{text!r} is no quarter.", "Write it as 2026-Q3.")
    year, number = int(found.group(1)), int(found.group(2))
    first = date(year, 3 * number - 2, 1)
    end = date(year + number // 4, 3 * number % 12 + 1, 1)
    return Quarter(name=f"{year}-Q{number}", first=first, end=end)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureQuarter:
    """One feature. `start` and `end` are its costs on the first and the last day, None where it was not there.

    `by_code` and `by_price` split the step of one call of each site; None where it cannot be told.
    """

    feature: str
    spend: Amount
    start: UnitCosts | None
    end: UnitCosts | None
    by_code_usd_per_call: Usd | None
    by_price_usd_per_call: Usd | None
    outcome_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adherence:
    """One limit over the quarter. `feature` None: everything. Days are of those on which there was something to judge."""

    key: str
    feature: str | None
    kind: BudgetKind
    limit_usd: Decimal
    at_end: Amount | None
    worst: Amount | None
    days_over: Decimal
    days_unknown: Decimal
    days: Decimal

    @property
    def outcome(self) -> Literal["kept", "exceeded", "unknown"]:
        return "exceeded" if self.days_over else "unknown" if self.days_unknown or not self.days else "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEdit:
    """A commit that edited the policy, and what it changed, in words."""

    at: datetime
    commit: str
    pull_request: PullRequest | None
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A cost over budget that somebody accepted, from a stored review. `source` is the file's name."""

    by: str
    role: str
    why: str
    budget: str
    limit: str
    actual: str
    feature: str | None
    head: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Advice of the start that the end no longer gives: what it claimed, and what the feature's calls cost by the new profile.

    `measured_usd_per_month`: the mean call by the old profile and code less that by the new, × the new volume, at the
    prices of the end. None with a `note` where no newer profile tells.
    """

    feature: str
    advice: tuple[Advice, ...]
    claimed_usd_per_month: Usd | None
    measured_usd_per_month: Decimal | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterReview:
    quarter: Quarter
    until: date
    repository: str
    revision: str
    features: tuple[FeatureQuarter, ...]
    adherence: tuple[Adherence, ...]
    movers: tuple[Move, ...]
    waivers: tuple[Waiver, ...]
    reviews_read: int
    edits: tuple[PolicyEdit, ...]
    taken: tuple[Taken, ...]
    history: History
    notes: tuple[str, ...]

    @property
    def spend(self) -> Amount:
        total = NOTHING
        for one in self.features:
            total = total.plus(one.spend)
        return total


@dataclass(frozen=True, slots=True)
class _Span:
    """A state of the code and the prices, and how long it stood within the quarter."""

    point: Point
    hours: Decimal


def spans(found: History, quarter: Quarter, until: date) -> tuple[_Span, ...]:
    start, end = _midnight(quarter.first), _midnight(until)
    out = []
    for point, after in zip(found.points, (*found.points[1:], None), strict=True):
        low = max(point.at, start)
        high = min(after.at if after is not None else end, end)
        if high > low:
            out.append(_Span(point, Decimal((high - low).total_seconds()) / 3600))
    return tuple(out)


def features_of(
    found: History, quarter: Quarter, until: date, outcomes: Mapping[str, str | None]
) -> tuple[FeatureQuarter, ...]:
    stood = spans(found, quarter, until)
    out = []
    for name in sorted({f.feature for s in stood for f in s.point.features}):
        spend = NOTHING
        for one in stood:
            costs = one.point.feature(name)
            if costs is not None:
                spend = spend.plus(costs.then.per_month.times(one.hours / HOURS_PER_MONTH))
        first, last = stood[0].point.feature(name), stood[-1].point.feature(name)
        code, price = _split(first, last)
        out.append(
            FeatureQuarter(
                feature=name,
                spend=spend,
                start=first.then if first is not None else None,
                end=last.then if last is not None else None,
                by_code_usd_per_call=code,
                by_price_usd_per_call=price,
                outcome_name=outcomes.get(name),
            )
        )
    return tuple(sorted(out, key=lambda f: -f.spend.known.likely))


def _split(first: FeaturePoint | None, last: FeaturePoint | None) -> tuple[Usd | None, Usd | None]:
    """What the code did at the last prices, and what the prices did to the first code."""
    if first is None or last is None:
        return None, None
    if (
        first.now.per_call.missing != last.now.per_call.missing
        or first.then.per_call.missing != last.then.per_call.missing
    ):
        return None, None
    code = _minus(last.now.per_call, first.now.per_call)
    whole = _minus(last.then.per_call, first.then.per_call)
    ends = (whole.low - code.low, whole.likely - code.likely, whole.high - code.high)
    return code, Range(min(ends), ends[1], max(ends))


def _minus(a: Amount, b: Amount) -> Usd:
    ends = (a.known.low - b.known.low, a.known.likely - b.known.likely, a.known.high - b.known.high)
    return Range(min(ends), ends[1], max(ends))


_PICKS: Final[dict[BudgetKind, str]] = {
    "usd_per_call": "dearest_call",
    "usd_per_task": "per_task",
    "usd_per_outcome": "per_outcome",
    "usd_per_month": "per_month",
}


def adherence_of(found: History, quarter: Quarter, until: date, budgets: Budgets) -> tuple[Adherence, ...]:
    """Every limit on an amount, held against each state of the quarter; limits on a single change are left out."""
    stood = spans(found, quarter, until)
    names = sorted({f.feature for s in stood for f in s.point.features})
    out = [_adherence(limit, None, stood) for limit in budgets.total]
    out += [_adherence(limit, name, stood) for name in names for limit in budgets.for_feature(name)]
    return tuple(a for a in out if a is not None)


def _adherence(limit: Limit, feature: str | None, stood: Sequence[_Span]) -> Adherence | None:
    if limit.kind in _OF_CHANGES:
        return None
    amounts = [(_measured(limit.kind, feature, s.point), s.hours / 24) for s in stood]
    seen = [(a, days) for a, days in amounts if a is not None]
    over = sum((days for a, days in seen if a.known.likely > limit.amount), start=Decimal(0))
    unknown = sum((days for a, days in seen if a.missing and a.known.likely <= limit.amount), start=Decimal(0))
    return Adherence(
        key=limit.key,
        feature=feature,
        kind=limit.kind,
        limit_usd=limit.amount,
        at_end=amounts[-1][0] if amounts else None,
        worst=max((a for a, _ in seen), key=lambda a: a.known.likely, default=None),
        days_over=over,
        days_unknown=unknown,
        days=sum((days for _, days in seen), start=Decimal(0)),
    )


def _measured(kind: BudgetKind, feature: str | None, point: Point) -> Amount | None:
    if feature is not None:
        one = point.feature(feature)
        return getattr(one.then, _PICKS[kind]) if one is not None else None
    total = NOTHING
    for one in point.features:
        total = total.plus(getattr(one.then, _PICKS[kind]))
    return total if point.features else None


def movers_of(found: History, quarter: Quarter, until: date, most: int = 12) -> tuple[Move, ...]:
    """The largest steps within the quarter, those of unknown amount after them."""
    start, end = _midnight(quarter.first), _midnight(until)
    told, _ = by_what_is_known([m for m in moves(found) if start <= m.point.at < end])
    return told[:most]


def waivers_of(reviews: Iterable[tuple[str, Review]]) -> Iterator[Waiver]:
    """Who accepted what, in stored reviews: (file name, review)."""
    for source, review in reviews:
        for finding in review.verdict.findings:
            found = _JUSTIFIED.search(finding.note)
            if found is not None:
                yield Waiver(
                    by=found.group(1),
                    role=found.group(2),
                    why=found.group(3).strip(),
                    budget=finding.budget,
                    limit=finding.limit,
                    actual=finding.actual,
                    feature=finding.feature,
                    head=review.head,
                    source=source,
                )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
