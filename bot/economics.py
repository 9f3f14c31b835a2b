"""The worksheet: cost per call → × calls per task → per task → ÷ success → ÷ outcome → per business outcome.

A step that is not known stays unknown, with what is missing; the part that is known is kept beside it and never taken
for the whole. All amounts are US dollars with their range.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from bot.model import NO_USD, PricedSite, Range, Traffic, UnitCost, Usd
from bot.percentiles import quantiles_usd
from bot.turns import history_limit, is_looped, mean_history_tokens

NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Dollars as far as they are known, and what is `missing` for the whole sum.

    The whole is at least what is known, unless a missing part is `less` of something that the known part holds: fewer
    chunks of unknown size than in the run-time input that was observed.
    """

    known: Usd
    missing: tuple[str, ...] = ()
    less: bool = False

    @property
    def usd(self) -> Usd | None:
        """The amount; None where a part is missing."""
        return None if self.missing else self.known

    def times(self, factor: Decimal) -> Amount:
        return replace(self, known=self.known.map(lambda v: v * factor))

    def plus(self, other: Amount) -> Amount:
        missing = tuple(dict.fromkeys((*self.missing, *other.missing)))
        return Amount(known=self.known + other.known, missing=missing, less=self.less or other.less)

    def without(self, missing: str) -> Amount:
        return replace(self, missing=tuple(dict.fromkeys((*self.missing, missing))))


NOTHING = Amount(known=NO_USD)
Kind = Literal["call", "agent turn", "embedding", "rerank", "validator", "retry", "image", "speech", "transcription"]
# A call whose function says that it looks at another call's answer.
_VALIDATES = re.compile(
    r"(^|[_.])(validat(?!ed)|verif(?!ied)|guard_?rail|moderat(?!ed)|critique|critic|judge|fact_?check|check_(answer|output|response)|"
    r"is_(safe|valid|relevant|grounded))|(Validat|Verif|Guardrail|Moderat|Critic|Judge|FactCheck)(?!ed)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One kind of call in a task: `per_call` × `calls_per_task`. p50, p95 and p99 are of the cost of one call.

    `key` is the same on both sides of a change. `kind`: what the call is in the task.
    """

    key: str
    kind: Kind
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

    @property
    def delta_bound(self) -> Decimal | None:
        """What the difference is at least (where only the head lacks parts) or at most (where only the base does)."""
        if self.base is None or self.head is None or bool(self.base.missing) == bool(self.head.missing):
            return None
        if self.base.less or self.head.less:
            return None
        return self.head.known.likely - self.base.known.likely


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
    kind = kind_of(site)
    own = Line(
        key=site.site.id,
        kind=kind,
        label=f"{kind} {site.site.symbol}",
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


def kind_of(site: PricedSite) -> Kind:
    """What a call is in a task: by what it asks for, its loop, and its name."""
    named: dict[str, Kind] = {
        "embed": "embedding",
        "rerank": "rerank",
        "image": "image",
        "speech": "speech",
        "transcribe": "transcription",
    }
    kind = named.get(site.site.operation)
    if kind is not None:
        return kind
    if is_looped(site.site, site.traffic):
        return "agent turn"
    return "validator" if _VALIDATES.search(site.site.symbol) else "call"


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
        key=f"{site.site.id}#retries",
        kind="retry",
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


def _loop_note(site: PricedSite) -> str:
    if not is_looped(site.site, site.traffic):
        return ""
    traffic, static = site.traffic, _static_tokens(site)
    sent = f"each turn resends system prompt and tools ({static:,} tokens) and the history"
    if traffic is None or traffic.calls_per_task is None or traffic.output_tokens is None:
        return f"{sent}; the size of the history is not known"
    turns, limit = traffic.calls_per_task, history_limit(site.site, traffic)
    added = traffic.output_tokens.likely + (traffic.tool_result_tokens.likely if traffic.tool_result_tokens else 0)
    least = "" if traffic.tool_result_tokens else "at least "
    bound = f", cut at {limit:,}" if limit is not None else ""
    return (
        f"{sent}, which grows by {least}{added:,} tokens a turn{bound}: over {turns.normalize():f} turns a task sends "
        f"{_tokens(static * turns)} of the one and {least}{_tokens(mean_history_tokens(turns, added, limit) * turns)} of the "
        f"other, over twice as many {_tokens(2 * static * turns)} and "
        f"{least}{_tokens(mean_history_tokens(2 * turns, added, limit) * 2 * turns)}"
    )


def _static_tokens(site: PricedSite) -> int:
    """What every turn sends alike."""
    lines = site.cost.lines
    moving = ("run-time input", "retrieval", "output", "reasoning")
    return sum(x.tokens_per_call.likely for x in lines if x.tokens_per_call is not None and x.part not in moving)


def _tokens(count: Decimal) -> str:
    return f"{count.to_integral_value():,}"


def amount_of(cost: UnitCost) -> Amount:
    return Amount(
        known=cost.usd_per_call,
        missing=tuple(dict.fromkeys(line.part for line in cost.unknown)),
        less=any(line.units < 0 for line in cost.unknown),
    )


def _per_month(site: PricedSite) -> Amount:
    calls = site.traffic.calls_per_month if site.traffic is not None else None
    per_call = amount_of(site.cost)
    if calls is None:
        return per_call.times(Decimal(0)).without("calls per month")
    ends = [p * c for p in (per_call.known.low, per_call.known.high) for c in (calls.low, calls.high)]
    likely = per_call.known.likely * calls.likely
    return replace(per_call, known=Range(min(ends), likely, max(ends)))


def divided(amount: Amount, share: Decimal | None, name: str) -> Amount:
    """÷ a share. A share that is not known, or of 0 (nothing ever succeeds), leaves the step unknown."""
    if share is None:
        return amount.without(name)
    return amount.without(f"{name} is 0") if share == 0 else amount.times(1 / share)


def _share(share: Decimal | None) -> str:
    return NOT_KNOWN if share is None else f"{share.normalize():f}"
