"""The unit cost of every feature over time: at each commit that changed a call, and on each day that a price changed.

The policy of today counts throughout (features, traffic, contract prices), so that what moves is the code or the
price. Each point is priced twice: with the prices of its day, and with those of today. Between two points either the
code is another one or the prices are, never both, so a step of the first series has one cause; the second series moves
with the code alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

from bot.config import Config
from bot.economics import NOTHING, Amount, amount_of, side
from bot.git_history import Step
from bot.model import NoPrice, PricedSite, Range, Rates, RequestCount, RequestShape, Usd
from bot.pipeline import named_models, price_book, pricer_for
from bot.prices import PriceBook
from bot.pull_requests import PullRequest, pull_request
from bot.traffic import feature_for
from bot.walk import State
from prompts_scanner.model import CallSite

Kind = Literal["start", "commit", "prices", "end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCosts:
    """What one feature costs at one set of prices: one call of each of its sites, of the dearest, and as in a worksheet."""

    per_call: Amount
    dearest_call: Amount
    per_task: Amount
    per_outcome: Amount
    per_month: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class FeaturePoint:
    """One feature at one point. `models` are those of its sites, the likeliest of each."""

    feature: str
    sites: int
    models: tuple[str, ...]
    then: UnitCosts
    now: UnitCosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A moment at which a cost became another one. `changed` are the features whose calls or prices did.

    `kind`: the first commit that is looked at, a commit, a day on which a price changed, or today.
    """

    kind: Kind
    at: datetime
    commit: str
    subject: str
    pull_request: PullRequest | None
    features: tuple[FeaturePoint, ...]
    changed: tuple[str, ...]

    def feature(self, name: str) -> FeaturePoint | None:
        return next((f for f in self.features if f.feature == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What one point did to one feature, per call of each of its sites. None where neither side is whole and comparable.

    `code_usd_per_call` is at today's prices, `price_usd_per_call` at those of the day.
    """

    point: Point
    feature: str
    code_usd_per_call: Usd | None
    price_usd_per_call: Usd | None
    code_usd_per_month: Usd | None
    kind: Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """`undated`: models whose price is the same on every day, for the catalogue tells no other."""

    points: tuple[Point, ...]
    commits: int
    first: date | None
    prices_as_of: date
    undated: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        return tuple(sorted({f.feature for p in self.points for f in p.features}))


def history(
    states: Iterable[State], steps: Sequence[Step], config: Config, *, today: date, web_url: str = ""
) -> History:
    """`states` as `bot.walk` gives them for `steps`."""
    renames = _Renames(steps)
    found = list(_named(states, renames))
    timeline = _Timeline(config, today, found[-1][1] if found else ())
    points: list[Point] = []
    day = date.min
    for n, (state, sites) in enumerate(found):
        before, day = day, max(day, min(state.commit.day, today))  # clocks of committers may run back
        if n:
            points += timeline.repriced(points[-1], found[n - 1][1], before, day)
        kind: Kind = "start" if n == 0 else "commit"
        features = timeline.price(sites, day)
        points.append(
            Point(
                kind=kind,
                at=state.commit.at,
                commit=state.commit.id,
                subject=state.commit.subject[:200],
                pull_request=pull_request(state.commit.message, web_url) if n else None,
                features=features,
                changed=_changed(points[-1].features if points else (), features),
            )
        )
    if found:
        points += timeline.repriced(points[-1], found[-1][1], day, today)
        last = steps[-1].commit
        points.append(
            replace(points[-1], kind="end", at=max(last.at, _midnight(today)), commit=last.id, subject="", pull_request=None,
                    features=timeline.price(found[-1][1], today), changed=())
        )  # fmt: skip
    return History(
        points=tuple(points),
        commits=len(steps),
        first=steps[0].commit.day if steps else None,
        prices_as_of=timeline.book(today).as_of,
        undated=timeline.undated(),
    )


def moves(found: History) -> tuple[Move, ...]:
    """Every step of every feature, the largest by its code first, then by its price."""
    out: list[Move] = []
    for before, point in zip(found.points, found.points[1:], strict=False):
        for name in point.changed:
            old, new = before.feature(name), point.feature(name)
            kind: Literal["added", "removed", "changed"] = (
                "added" if old is None else "removed" if new is None else "changed"
            )
            by_price = point.kind == "prices"
            out.append(
                Move(
                    point=point,
                    feature=name,
                    code_usd_per_call=None if by_price else _step(old, new, lambda f: f.now.per_call),
                    price_usd_per_call=_step(old, new, lambda f: f.then.per_call) if by_price else None,
                    code_usd_per_month=None if by_price else _step(old, new, lambda f: f.now.per_month),
                    kind=kind,
                )
            )
    return tuple(sorted(out, key=_size, reverse=True))


def by_what_is_known(listed: Sequence[Move]) -> tuple[tuple[Move, ...], int]:
    """Steps with an amount, then those whose amount only a run knows; and how many cost the same as before."""
    usd = [(m, m.price_usd_per_call if m.point.kind == "prices" else m.code_usd_per_call) for m in listed]
    known = tuple(m for m, amount in usd if amount is not None and (amount.low or amount.high))
    unknown = tuple(m for m, amount in usd if amount is None)
    return (*known, *unknown), len(usd) - len(known) - len(unknown)


def _size(move: Move) -> tuple[Decimal, Decimal, Decimal]:
    month, call, price = move.code_usd_per_month, move.code_usd_per_call, move.price_usd_per_call
    return (
        abs(month.likely) if month is not None else Decimal(0),
        abs(call.likely) if call is not None else Decimal(0),
        abs(price.likely) if price is not None else Decimal(0),
    )


def _step(old: FeaturePoint | None, new: FeaturePoint | None, pick: Callable[[FeaturePoint], Amount]) -> Usd | None:
    """The difference of two amounts that lack the same parts; what is not there costs nothing."""
    before, after = pick(old) if old is not None else NOTHING, pick(new) if new is not None else NOTHING
    if old is not None and new is not None and before.missing != after.missing:
        return None
    if "calls per month" in (*before.missing, *after.missing):
        return None  # nothing of the month is known then
    if any(side.missing and not side.known.high for side in (before, after)):
        return None  # nothing of it is known: no difference can be told
    a, b = before.known, after.known
    ends = (b.low - a.low, b.likely - a.likely, b.high - a.high)
    return Range(min(ends), ends[1], max(ends))


def _changed(old: Sequence[FeaturePoint], new: Sequence[FeaturePoint]) -> tuple[str, ...]:
    before, after = {f.feature: f for f in old}, {f.feature: f for f in new}
    return tuple(sorted(n for n in {*before, *after} if before.get(n) != after.get(n)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


class _Renames:
    """What a path of an older commit is called at the end."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._later: list[Mapping[str, str]] = [{}] * len(steps)
        now: dict[str, str] = {}
        for number in range(len(steps) - 1, -1, -1):
            self._later[number] = now
            moved = steps[number].renames
            if moved:
                now = {**now, **{old: now.get(new, new) for old, new in moved.items()}}

    def at(self, number: int) -> Mapping[str, str]:
        """Path at the commit `number` -> path at the last one; paths that stay are left out."""
        return self._later[number]


def _named(states: Iterable[State], renames: _Renames) -> Iterator[tuple[State, tuple[CallSite, ...]]]:
    """The states, their sites under today's paths, so that the features of today's policy fit them."""
    for state in states:
        later = renames.at(state.number)
        yield state, tuple(_moved(site, later) for site in state.sites)


def _moved(site: CallSite, later: Mapping[str, str]) -> CallSite:
    path = later.get(site.span.path)
    if path is None:
        return site
    return replace(site, id=path + site.id.removeprefix(site.span.path), span=replace(site.span, path=path))


class _Timeline:
    """Prices sites on any day, by the policy of today; the traffic is that of the last state's code."""

    def __init__(self, config: Config, today: date, last: Sequence[CallSite]) -> None:
        self.config = config
        self.today = today
        self._last = {site.id: site for site in last}
        self._books: dict[date, PriceBook] = {}
        self._counts: dict[RequestShape, RequestCount] = {}

    def book(self, day: date) -> PriceBook:
        if day not in self._books:
            self._books[day] = price_book(self.config, day)
        return self._books[day]

    def price(self, sites: Sequence[CallSite], day: date) -> tuple[FeaturePoint, ...]:
        then, now = self._priced(sites, day), self._priced(sites, self.today)
        by_feature: dict[str, list[int]] = {}
        for n, site in enumerate(sites):
            by_feature.setdefault(feature_for(site, self.config), []).append(n)
        return tuple(
            FeaturePoint(
                feature=name,
                sites=len(numbers),
                models=tuple(dict.fromkeys(m for n in numbers if (m := _model(now[n])))),
                then=_unit([then[n] for n in numbers]),
                now=_unit([now[n] for n in numbers]),
            )
            for name, numbers in sorted(by_feature.items())
        )

    def _priced(self, sites: Sequence[CallSite], day: date) -> list[PricedSite]:
        pairs = [(self._last.get(site.id, site), site) for site in sites]
        # Tokens are counted as today on every day, and once: only prices have a past.
        pricer = pricer_for(self.config, self.book(day), self.today, pairs).against(pairs)
        pricer = replace(pricer, _counts=self._counts)
        return [pricer.price(site) for site in sites]

    def repriced(self, before: Point, sites: Sequence[CallSite], start: date, end: date) -> Iterator[Point]:
        """A point for each day after `start` up to `end` on which a price of these sites became another."""
        models = tuple(dict.fromkeys((m, s.provider) for s in sites for m in self._models(s)))
        last = before.features
        for day in self._days(models, start, end):
            features = self.price(sites, day)
            changed = _changed(last, features)
            last = features
            if changed:
                yield Point(
                    kind="prices", at=_midnight(day), commit=before.commit, subject=self._told(models, day),
                    pull_request=None, features=features, changed=changed,
                )  # fmt: skip

    def _models(self, site: CallSite) -> tuple[str, ...]:
        return (named_models(site, self.config) or site.model.values)[:1]

    def _days(self, models: Sequence[tuple[str, str | None]], start: date, end: date) -> Iterator[date]:
        """The first days of other prices, by halving: prices stand for a while, so what is equal at both ends stayed."""
        if start >= end or self._rates(models, start) == self._rates(models, end):
            return
        if end - start == timedelta(days=1):
            yield end
            return
        middle = start + (end - start) // 2
        yield from self._days(models, start, middle)
        yield from self._days(models, middle, end)

    def _rates(self, models: Sequence[tuple[str, str | None]], day: date) -> tuple[object, ...]:
        return tuple(_amounts(self.book(day).rates(*m)) for m in models)

    def _told(self, models: Sequence[tuple[str, str | None]], day: date) -> str:
        before = day - timedelta(days=1)
        names = [m for m in models if self._rates([m], before) != self._rates([m], day)]
        return ", ".join(dict.fromkeys(name for name, _ in names))

    def undated(self) -> tuple[str, ...]:
        """Of the last state's models: those of which the catalogue knows one price only, without a day."""
        out = []
        for name, provider in dict.fromkeys((m, s.provider) for s in self._last.values() for m in self._models(s)):
            row = self.book(self.today).row(name, provider)
            if row is not None and all(d.since is None for d in row.history):
                out.append(name)
        return tuple(dict.fromkeys(out))


def _amounts(rates: Rates | NoPrice) -> object:
    return replace(rates, source="", source_url="") if isinstance(rates, Rates) else None


def _model(site: PricedSite) -> str:
    return next((name for name, _ in site.candidates if name), "")


def _unit(sites: Sequence[PricedSite]) -> UnitCosts:
    per_call, dearest = NOTHING, NOTHING
    for site in sites:
        one = amount_of(site.cost)
        per_call = per_call.plus(one)
        dearest = one if one.known.likely >= dearest.known.likely else dearest
    whole = side(sites)
    return UnitCosts(
        per_call=per_call, dearest_call=dearest, per_task=whole.per_task,
        per_outcome=whole.per_outcome, per_month=whole.per_month,
    )  # fmt: skip
