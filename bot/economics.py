"""The worksheet: cost per call → × calls per task → per task → ÷ success → ÷ outcome → per business outcome.

A step that is not known stays unknown, with what is missing; the part that is known is kept beside it and never taken
for the whole. All amounts are US dollars with their range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from bot.model import MTOK, NO_USD, CostLine, PricedSite, Range, Rates, Traffic, UnitCost, Usd
from bot.spread import quantile_tokens
from bot.tiers import RUN_TIME
from bot.turns import is_looped

_OUTPUT = ("output", "reasoning")
NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Dollars as far as they are known, and what is `missing` for the whole sum."""

    known: Usd
    missing: tuple[str, ...] = ()

    @property
    def usd(self) -> Usd | None:
        """The amount; None where a part is missing."""
        return None if self.missing else self.known

    def times(self, factor: Decimal) -> Amount:
        return Amount(known=self.known.map(lambda v: v * factor), missing=self.missing)

    def plus(self, other: Amount) -> Amount:
        return Amount(known=self.known + other.known, missing=tuple(dict.fromkeys((*self.missing, *other.missing))))

    def without(self, missing: str) -> Amount:
        return Amount(known=self.known, missing=tuple(dict.fromkeys((*self.missing, missing))))


NOTHING = Amount(known=NO_USD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One kind of call in a task: `per_call` × `calls_per_task`. p50, p95 and p99 are of the cost of one call."""

    label: str
    path: str
    first_line: int
    per_call: Amount
    calls_per_task: Decimal | None
    calls_source: str
    per_task: Amount
    usd_p50: Decimal | None = None
    usd_p95: Decimal | None = None
    usd_p99: Decimal | None = None
    spread_source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the worksheet on both sides; `formula` says how it comes out of the step before."""

    name: str
    formula: str
    base: Amount | None
    head: Amount | None

    @property
    def delta(self) -> Usd | None:
        """Head minus base on the same traffic; None unless both are known or lack the same parts."""
        if self.base is None or self.head is None or self.base.missing != self.head.missing:
            return None
        a, b = self.base.known, self.head.known
        ends = (b.low - a.low, b.likely - a.likely, b.high - a.high)
        return Range(min(ends), ends[1], max(ends))


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSheet:
    """The worksheet of one feature. `base` and `head` are the lines of a task, `steps` what they roll up to."""

    feature: str
    outcome_name: str | None
    base: tuple[Line, ...]
    head: tuple[Line, ...]
    steps: tuple[Step, ...]

    def step(self, name: str) -> Step:
        return next(s for s in self.steps if s.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A feature on one revision."""

    lines: tuple[Line, ...]
    per_task: Amount
    per_success: Amount
    per_outcome: Amount
    per_month: Amount
    traffic: Traffic | None


def worksheet(base: Iterable[PricedSite], head: Iterable[PricedSite]) -> tuple[FeatureSheet, ...]:
    """One sheet a feature, by name. With one revision only, give it as `head` and nothing as `base`."""
    old, new = _by_feature(base), _by_feature(head)
    return tuple(_sheet(name, old.get(name, ()), new.get(name, ())) for name in sorted({*old, *new}))


def _by_feature(sites: Iterable[PricedSite]) -> dict[str, list[PricedSite]]:
    out: dict[str, list[PricedSite]] = {}
    for site in sites:
        out.setdefault(site.feature, []).append(site)
    return out


def _sheet(name: str, base: Sequence[PricedSite], head: Sequence[PricedSite]) -> FeatureSheet:
    old, new = (side(sites) if sites else None for sites in (base, head))
    traffic = next((s.traffic for s in (new, old) if s is not None and s.traffic is not None), None)
    outcome = traffic.outcome_name if traffic is not None else None
    success = _share(traffic.success_share if traffic is not None else None)
    outcomes = _share(traffic.outcome_share if traffic is not None else None)
    formulas: tuple[tuple[str, str, Callable[[Side], Amount]], ...] = (
        ("task", "sum of cost per call × calls per task", lambda s: s.per_task),
        ("success", f"÷ success share {success}", lambda s: s.per_success),
        ("outcome", f"÷ outcome share {outcomes}", lambda s: s.per_outcome),
        ("month", "sum of cost per call × calls per month", lambda s: s.per_month),
    )
    steps = tuple(
        Step(name=key, formula=formula, base=pick(old) if old else None, head=pick(new) if new else None)
        for key, formula, pick in formulas
    )
    return FeatureSheet(
        feature=name,
        outcome_name=outcome,
        base=old.lines if old else (),
        head=new.lines if new else (),
        steps=steps,
    )


def side(sites: Sequence[PricedSite]) -> Side:
    """The lines of one feature's task and what they roll up to."""
    lines = tuple(line for site in sites for line in lines_of(site))
    traffic = next((s.traffic for s in sites if s.traffic is not None), None)
    per_task, per_month = NOTHING, NOTHING
    for line in lines:
        per_task = per_task.plus(line.per_task)
    for site in sites:
        per_month = per_month.plus(_per_month(site))
    per_success = divided(per_task, traffic.success_share if traffic else None, "success share")
    per_outcome = divided(per_success, traffic.outcome_share if traffic else None, "outcome share")
    return Side(
        lines=lines,
        per_task=per_task,
        per_success=per_success,
        per_outcome=per_outcome,
        per_month=per_month,
        traffic=traffic,
    )


def lines_of(site: PricedSite) -> tuple[Line, ...]:
    """A site's lines in a task: its calls, and apart from them its retries."""
    per_call = amount_of(site.cost)
    calls, source = calls_per_task(site)
    p50, p95, p99, spread_source = quantiles_usd(site)
    own = Line(
        label=f"{_NOUNS.get(site.site.operation, site.site.operation)} {site.site.symbol}",
        path=site.site.span.path,
        first_line=site.site.span.first_line,
        per_call=per_call,
        calls_per_task=calls,
        calls_source=source,
        per_task=per_call.without("calls per task") if calls is None else per_call.times(calls),
        usd_p50=p50,
        usd_p95=p95,
        usd_p99=p99,
        spread_source=spread_source,
        note=_loop_note(site),
    )
    again = _retries(site, own)
    return (own,) if again is None else (own, again)


_NOUNS = {"chat": "call", "embed": "embedding", "rerank": "rerank", "image": "image", "speech": "speech"}


def _retries(site: PricedSite, own: Line) -> Line | None:
    """Failed calls that are billed and made again."""
    share = site.traffic.retry_share if site.traffic is not None else None
    in_code = any(loop.kind == "retry" for loop in site.site.loops)
    if share is None and not in_code:
        return None
    if share is None or own.calls_per_task is None:
        calls, per_task = None, NOTHING.without("share of retries" if share is None else "calls per task")
    else:
        calls = own.calls_per_task * share
        per_task = own.per_call.times(calls)
    return Line(
        label=f"retries of {site.site.symbol}",
        path=own.path,
        first_line=own.first_line,
        per_call=own.per_call,
        calls_per_task=calls,
        calls_source=f"{share} of calls are billed again" if share is not None else "the code retries; share not known",
        per_task=per_task,
    )


def calls_per_task(site: PricedSite) -> tuple[Decimal | None, str]:
    """Measured or configured; else once where the code has no loop; a loop's limit is a bound, not a mean."""
    traffic = site.traffic
    if traffic is not None and traffic.calls_per_task is not None:
        return traffic.calls_per_task, traffic.source
    repeats = [loop for loop in site.site.loops if loop.kind != "retry"]
    if not repeats:
        return Decimal(1), "the code calls it once"
    limit = max((loop.limit for loop in repeats if loop.limit is not None), default=None)
    return None, f"in a loop, at most {limit} times" if limit is not None else "in a loop without a limit in the code"


def is_agent_loop(site: PricedSite) -> bool:
    """Whether each turn resends system prompt, tools and the history: tools, and a loop or several calls a task."""
    return is_looped(site.site, site.traffic)


def agent_input_tokens(
    turns: Decimal, *, static: int, user: int, added_per_turn: int, history_limit: int | None = None
) -> Decimal:
    """Input tokens of a task whose n turns each send the static part, the request and all that was said before.

    Turn i sends S + U + (i - 1)·g with g = answer + tool results, so n turns send n·(S + U) + g·n·(n - 1)/2: a tool is
    paid on every turn, history grows with the square of the turns. `history_limit` cuts the history that is resent.
    """
    if history_limit is None or added_per_turn <= 0:
        return turns * (static + user) + added_per_turn * turns * (turns - 1) / 2
    full = Decimal(history_limit) / added_per_turn + 1  # turn up to which the history still fits
    growing = min(turns, full)
    history = added_per_turn * growing * (growing - 1) / 2 + max(Decimal(0), turns - full) * history_limit
    return turns * (static + user) + history


def mean_history_tokens(turns: Decimal, added_per_turn: int) -> Decimal:
    """What of the mean input of a call is history: g·(n - 1)/2. It moves with the number of turns."""
    return added_per_turn * max(Decimal(0), turns - 1) / 2


def with_turns(site: PricedSite, turns: Decimal) -> Traffic | None:
    """The site's traffic if a task took so many turns: more calls, and more history in each of them."""
    traffic = site.traffic
    if traffic is None:
        return None
    before, dynamic = traffic.calls_per_task, traffic.dynamic_input_tokens
    scaled = _with(traffic, turns)
    if before is None or dynamic is None or not is_agent_loop(site) or traffic.output_tokens is None:
        return scaled
    added = traffic.output_tokens.likely + (traffic.tool_result_tokens.likely if traffic.tool_result_tokens else 0)
    more = _whole(mean_history_tokens(turns, added) - mean_history_tokens(before, added))
    return _with(scaled, turns, dynamic.map(lambda t: max(0, t + more)))


def _with(traffic: Traffic, turns: Decimal, dynamic: Range[int] | None = None) -> Traffic:
    before, calls = traffic.calls_per_task, traffic.calls_per_month
    factor = turns / before if before else None
    return replace(
        traffic,
        calls_per_task=turns,
        calls_per_month=calls.map(lambda c: c * factor) if calls is not None and factor is not None else calls,
        dynamic_input_tokens=dynamic or traffic.dynamic_input_tokens,
    )


def _loop_note(site: PricedSite) -> str:
    if not is_agent_loop(site):
        return ""
    sent = "each turn resends system prompt, tools and history"
    if site.traffic is not None and site.traffic.dynamic_input_tokens is not None:
        return f"{sent}; the history is in the run-time input per call"
    return f"{sent}; the size of the history is not known"


def amount_of(cost: UnitCost) -> Amount:
    return Amount(known=cost.usd_per_call, missing=tuple(dict.fromkeys(line.part for line in cost.unknown)))


def _per_month(site: PricedSite) -> Amount:
    calls = site.traffic.calls_per_month if site.traffic is not None else None
    per_call = amount_of(site.cost)
    if calls is None:
        return per_call.times(Decimal(0)).without("calls per month")
    ends = [p * c for p in (per_call.known.low, per_call.known.high) for c in (calls.low, calls.high)]
    likely = per_call.known.likely * calls.likely
    return Amount(known=Range(min(ends), likely, max(ends)), missing=per_call.missing)


def divided(amount: Amount, share: Decimal | None, name: str) -> Amount:
    """÷ a share. A share that is not known, or of 0 (nothing ever succeeds), leaves the step unknown."""
    if share is None:
        return amount.without(name)
    return amount.without(f"{name} is 0") if share == 0 else amount.times(1 / share)


def quantiles_usd(site: PricedSite) -> tuple[Decimal | None, Decimal | None, Decimal | None, str]:
    """p50, p95 and p99 of the cost of a call, and how they were made."""
    traffic = site.traffic
    if traffic is None or site.cost.unknown or not isinstance(site.rates, Rates):
        return None, None, None, ""
    if traffic.cost_points:
        priced = sorted((usd_at(site, i, o), n) for i, o, n in traffic.cost_points)
        return (
            _weighted(priced, Decimal("0.5")),
            _weighted(priced, Decimal("0.95")),
            _weighted(priced, Decimal("0.99")),
            "joint distribution of the assumed trace" if traffic.assumed else "joint distribution of the profile",
        )
    spreads = (traffic.dynamic_input_spread, traffic.output_spread)
    if any(s is None for s in spreads):
        return None, None, None, ""
    found = []
    for q in (0.5, 0.95, 0.99):
        tokens = [quantile_tokens(s, q) for s in spreads if s is not None]
        if any(t is None for t in tokens):
            return None, None, None, ""
        found.append(usd_at(site, tokens[0] or 0, tokens[1] or 0))
    return found[0], found[1], found[2], "input and output at the same percentile"


def usd_at(site: PricedSite, dynamic_input: int, output: int) -> Decimal:
    """What a call with these run-time tokens costs, at the rates of the site's lines, in the tier of such a call."""
    observed = site.traffic.dynamic_input_tokens if site.traffic is not None else None
    now = sum(_likely(line) for line in site.cost.lines if line.part in RUN_TIME)
    # chunks that came with the change are sent whatever else a call sends
    extra = now - observed.likely if observed is not None else 0
    came_in = max(0, dynamic_input + extra)
    lines = site.cost.lines
    if site.tiers:
        sent = came_in + sum(_likely(x) for x in lines if x.part not in (*RUN_TIME, *_OUTPUT))
        lines = max((t for t in site.tiers if sent > t[0]), default=site.tiers[0])[1].lines
    cap = _cap(site)
    total = came_in * _rate([line for line in lines if line.part in RUN_TIME]) / MTOK
    total += (
        (min(output, cap) if cap is not None else output)
        * _rate([line for line in lines if line.part in _OUTPUT])
        / MTOK
    )
    for line in lines:
        usd = line.usd_per_call
        if line.part not in (*RUN_TIME, *_OUTPUT) and usd is not None:
            total += usd.likely
    return total


def input_usd_per_token(site: PricedSite) -> Decimal:
    """What one more token of run-time input costs on average, over the tiers that calls fall in."""
    return _rate([line for line in site.cost.lines if line.part in RUN_TIME]) / MTOK


def _cap(site: PricedSite) -> int | None:
    value = site.site.output_cap.value if site.site.output_cap is not None else None
    return int(value) if value is not None and value.isdigit() else None


def _rate(lines: Sequence[CostLine]) -> Decimal:
    return next((line.usd_per_mtok for line in lines if line.usd_per_mtok is not None), Decimal(0))


def _likely(line: CostLine) -> int:
    return line.tokens_per_call.likely if line.tokens_per_call is not None else 0


def _weighted(values: Sequence[tuple[Decimal, int]], q: Decimal) -> Decimal:
    total, seen = sum(n for _, n in values), 0
    for usd, n in values:
        seen += n
        if seen >= q * total:
            return usd
    return values[-1][0]


def _share(share: Decimal | None) -> str:
    return NOT_KNOWN if share is None else f"{share.normalize():f}"


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))
