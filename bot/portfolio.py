"""What one repository, or many, spend on model calls, flat: the value behind every report, and its exchange format.

A site's cost is a sum of parts, a feature's is what its worksheet says. Amounts are US dollars; None is unknown. Text of
prompts is in none of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from bot.economics import Amount, amount_of, calls_per_task, side
from bot.model import NO_USD, Advice, CostLine, Coverage, Method, PricedSite, Range, Rates, TokenClass, Tokens, Usd
from bot.turns import history_limit, is_looped, mean_history_tokens
from prompts_scanner.model import Gap, Operation, Scan

SCHEMA: Final = "aicost-report/1"
# The lines of a sum, in the order and under the names in which they are shown.
PARTS: Final[Mapping[str, str]] = {
    "system": "system prompt",
    "examples": "examples",
    "tools": "tools",
    "schema": "response schema",
    "messages": "messages",
    "input": "messages",
    "retrieval": "retrieval",
    "history": "history",
    "run-time input": "run-time input",
    "overhead": "overhead",
    "output": "output",
    "reasoning": "reasoning",
    "request": "fees",
    "tool fee": "fees",
}
Price = Literal["known", "none", "model unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One line of a call's sum. `usd_from_cache` is the share of it that is paid at the cache's rate."""

    part: str
    label: str
    token_class: TokenClass
    tokens_per_call: Tokens | None
    usd_per_call: Usd | None
    usd_from_cache: Decimal
    method: Method
    source: str
    path: str | None
    first_line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One call site. `usd_per_call` is what is known of it, `missing` what is not in it."""

    repository: str
    id: str
    feature: str
    path: str
    first_line: int
    symbol: str
    sdk: str
    operation: Operation
    models: tuple[str, ...]
    price: Price
    input_tokens: Tokens | None
    usd_per_call: Usd
    missing: tuple[str, ...]
    calls_per_month: Usd | None
    calls_per_task: Decimal | None
    usd_per_month: Usd | None
    worst_case_usd_per_call: Decimal | None
    traffic_source: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureCost:
    """What a feature costs. `per_call` is one call of each of its sites; the others are the worksheet's steps."""

    repository: str
    feature: str
    sites: int
    outcome_name: str | None
    per_call: Amount
    per_task: Amount
    per_success: Amount
    per_outcome: Amount
    per_month: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """One piece of advice, in the repository that it is for."""

    repository: str
    advice: Advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A place that was seen and not understood."""

    repository: str
    path: str
    first_line: int
    reason: str
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryPart:
    """One repository. `web_url` is its page, "" where unknown; `together` what all its advice saves a month."""

    name: str
    revision: str
    web_url: str
    prices_as_of: date
    coverage: Coverage | None
    together_usd_per_month: Usd | None
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """All repositories of a report."""

    schema: str
    tool_version: str
    made: date
    repositories: tuple[RepositoryPart, ...]
    features: tuple[FeatureCost, ...]
    sites: tuple[Site, ...]
    savings: tuple[Saving, ...]
    gaps: tuple[Unread, ...]

    @property
    def usd_per_month(self) -> tuple[Usd | None, int]:
        """The sum of the sites whose month is known, and how many sites are not in it."""
        known = [s.usd_per_month for s in self.sites if s.usd_per_month is not None]
        total = NO_USD
        for month in known:
            total = total + month
        return (total if known else None), len(self.sites) - len(known)

    @property
    def prices_as_of(self) -> date | None:
        return min((r.prices_as_of for r in self.repositories), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a portfolio of one repository is made of, besides its sites."""

    repository: RepositoryPart
    found: Scan | None
    savings: Sequence[Advice]
    tool_version: str
    made: date
    gaps: Sequence[Gap] = ()


def portfolio_of(priced: Sequence[PricedSite], told: Told) -> Portfolio:
    """The portfolio of one repository."""
    name = told.repository.name
    gaps = told.found.gaps if told.found is not None else tuple(told.gaps)
    return Portfolio(
        schema=SCHEMA,
        tool_version=told.tool_version,
        made=told.made,
        repositories=(told.repository,),
        features=features_of(priced, name),
        sites=tuple(site_of(p, name) for p in priced),
        savings=tuple(Saving(repository=name, advice=a) for a in told.savings),
        gaps=tuple(
            Unread(repository=name, path=g.span.path, first_line=g.span.first_line, reason=g.reason, weight=g.weight)
            for g in gaps
        ),
    )


def features_of(priced: Iterable[PricedSite], repository: str) -> tuple[FeatureCost, ...]:
    by_feature: dict[str, list[PricedSite]] = {}
    for site in priced:
        by_feature.setdefault(site.feature, []).append(site)
    out = []
    for name, sites in sorted(by_feature.items()):
        whole = side(sites)
        per_call = Amount(known=NO_USD)
        for site in sites:
            per_call = per_call.plus(amount_of(site.cost))
        out.append(
            FeatureCost(
                repository=repository,
                feature=name,
                sites=len(sites),
                outcome_name=whole.traffic.outcome_name if whole.traffic is not None else None,
                per_call=per_call,
                per_task=whole.per_task,
                per_success=whole.per_success,
                per_outcome=whole.per_outcome,
                per_month=whole.per_month,
            )
        )
    return tuple(out)


def site_of(priced: PricedSite, repository: str) -> Site:
    site, cost, traffic = priced.site, priced.cost, priced.traffic
    models = tuple(name for name, _ in priced.candidates if name) or site.model.values
    calls = traffic.calls_per_month if traffic is not None else None
    per_call = amount_of(cost)
    month = None
    if calls is not None and per_call.usd is not None:
        ends = [p * c for p in (per_call.usd.low, per_call.usd.high) for c in (calls.low, calls.high)]
        month = Range(min(ends), per_call.usd.likely * calls.likely, max(ends))
    inputs = [x for x in cost.lines if x.token_class in ("input", "cache_read", "cache_write")]
    known = not inputs or any(line.tokens_per_call is not None for line in inputs)
    return Site(
        repository=repository,
        id=site.id,
        feature=priced.feature,
        path=site.span.path,
        first_line=site.span.first_line,
        symbol=site.symbol,
        sdk=site.sdk,
        operation=site.operation,
        models=models,
        price="known" if isinstance(priced.rates, Rates) else "none" if models else "model unknown",
        input_tokens=cost.input_tokens if known else None,
        usd_per_call=per_call.known,
        missing=per_call.missing,
        calls_per_month=calls,
        calls_per_task=calls_per_task(priced)[0],
        usd_per_month=month,
        worst_case_usd_per_call=priced.worst_case_usd_per_call,
        traffic_source=traffic.source if traffic is not None else "",
        parts=tuple(part for line in cost.lines for part in _parts(line, priced)),
    )


def _parts(line: CostLine, priced: PricedSite) -> tuple[Part, ...]:
    """The line; run-time input in two, where the traffic tells how much of it is what was said before."""
    whole = Part(
        part=line.part,
        label=line.label,
        token_class=line.token_class,
        tokens_per_call=line.tokens_per_call,
        usd_per_call=line.usd_per_call,
        usd_from_cache=_from_cache(line),
        method=line.method,
        source=line.source,
        path=line.span.path if line.span is not None else None,
        first_line=line.span.first_line if line.span is not None else None,
    )
    said = _history_share(line, priced)
    if said is None:
        return (whole,)
    estimate = "estimated: (output + tool results) × (calls per task − 1) ÷ 2"
    return (
        replace(_scaled(whole, 1 - said), label="run-time input apart from history"),
        replace(_scaled(whole, said), part="history", label="history of earlier turns", source=estimate),
    )


def _from_cache(line: CostLine) -> Decimal:
    tokens = line.tokens_per_call
    if tokens is None:
        return Decimal(0)
    return sum(
        (tokens.likely * share * usd / 1_000_000 for name, share, usd in line.mix if name == "cache_read"),
        start=Decimal(0),
    )


def _history_share(line: CostLine, priced: PricedSite) -> Decimal | None:
    """The share of the run-time input that is history; None where it is not known, or where there is none."""
    traffic, tokens = priced.traffic, line.tokens_per_call
    if line.part != "run-time input" or traffic is None or tokens is None or not tokens.likely:
        return None
    if traffic.calls_per_task is None or traffic.output_tokens is None or not is_looped(priced.site, priced.traffic):
        return None
    added = traffic.output_tokens.likely + (traffic.tool_result_tokens.likely if traffic.tool_result_tokens else 0)
    limit = history_limit(priced.site, traffic)
    said = mean_history_tokens(traffic.calls_per_task, added, limit)
    return min(Decimal(1), said / tokens.likely) or None


def _scaled(part: Part, share: Decimal) -> Part:
    tokens, usd = part.tokens_per_call, part.usd_per_call
    return replace(
        part,
        tokens_per_call=None if tokens is None else tokens.map(lambda t: int(t * share)),
        usd_per_call=None if usd is None else usd.map(lambda u: u * share),
        usd_from_cache=part.usd_from_cache * share,
    )


def totals_of(sites: Sequence[Site]) -> tuple[FeatureCost, ...]:
    """Features out of flat sites: calls and months summed, tasks and outcomes not known."""
    groups: dict[tuple[str, str], list[Site]] = {}
    for site in sites:
        groups.setdefault((site.repository, site.feature), []).append(site)
    unknown = Amount(known=NO_USD, missing=("not in the inventory",))
    out = []
    for (repository, feature), some in sorted(groups.items()):
        per_call, per_month = Amount(known=NO_USD), Amount(known=NO_USD)
        for site in some:
            per_call = per_call.plus(Amount(known=site.usd_per_call, missing=site.missing))
            month = site.usd_per_month
            per_month = per_month.plus(
                Amount(known=month) if month is not None else Amount(known=NO_USD, missing=("calls per month",))
            )
        out.append(
            FeatureCost(
                repository=repository, feature=feature, sites=len(some), outcome_name=None, per_call=per_call,
                per_task=unknown, per_success=unknown, per_outcome=unknown, per_month=per_month,
            )
        )  # fmt: skip
    return tuple(out)


def combined(parts: Sequence[Portfolio]) -> Portfolio:
    """Many portfolios as one. Repositories of one name are told apart by a number."""
    renamed: list[Portfolio] = []
    taken: dict[str, int] = {}
    for portfolio in parts:
        names: dict[str, str] = {}
        for one in portfolio.repositories:
            taken[one.name] = taken.get(one.name, 0) + 1
            names[one.name] = one.name if taken[one.name] == 1 else f"{one.name} ({taken[one.name]})"
        renamed.append(portfolio if all(k == v for k, v in names.items()) else _renamed(portfolio, names))
    return Portfolio(
        schema=SCHEMA,
        tool_version=renamed[0].tool_version,
        made=max(p.made for p in renamed),
        repositories=tuple(r for p in renamed for r in p.repositories),
        features=tuple(f for p in renamed for f in p.features),
        sites=tuple(s for p in renamed for s in p.sites),
        savings=tuple(s for p in renamed for s in p.savings),
        gaps=tuple(g for p in renamed for g in p.gaps),
    )


def _renamed(portfolio: Portfolio, names: Mapping[str, str]) -> Portfolio:
    return replace(
        portfolio,
        repositories=tuple(replace(r, name=names[r.name]) for r in portfolio.repositories),
        features=tuple(replace(f, repository=names[f.repository]) for f in portfolio.features),
        sites=tuple(replace(s, repository=names[s.repository]) for s in portfolio.sites),
        savings=tuple(replace(s, repository=names[s.repository]) for s in portfolio.savings),
        gaps=tuple(replace(g, repository=names[g.repository]) for g in portfolio.gaps),
    )
