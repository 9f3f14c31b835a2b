"""Percentiles of what one call costs, and what a call with given run-time tokens costs, in the price tier that it falls in."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.model import MTOK, CostLine, PricedSite, Rates
from bot.spread import quantile_tokens
from bot.tiers import RUN_TIME

_OUTPUT = ("output", "reasoning")


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
