"""Prices that rise with the length of a request: which tier a call falls in, and what calls of several tiers cost.

A tier's rates apply to the whole request (https://ai.google.dev/gemini-api/docs/pricing,
https://developers.openai.com/api/docs/pricing). Where the spread of the run-time input is known, the share q of calls
above the limit T pays the tier's rates: what every call sends costs (1 - q)·a + q·b a token, and run-time input, of
which the long calls send more, (1 - v)·a + v·b with v = E[X; X > t] / E[X] and t = T less what every call sends. Where
only a range is known, each of its ends is priced in its own tier.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.model import NO_TOKENS, CostLine, Rates, Spread, TokenClass, Tokens, Traffic
from bot.spread import expected_min, is_known, mean_tokens, share_above

RUN_TIME = ("run-time input", "retrieval")
ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The rates of requests above so many input tokens. `calls`, `tokens`: shares of the calls, of their run-time input."""

    above: int
    rates: Rates
    calls: Decimal
    tokens: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """`mixed`: by how the run-time input is spread; else `ends` are the indexes of the bands of low, likely and high."""

    bands: tuple[Band, ...]
    mixed: bool = False
    ends: tuple[int, int, int] = (0, 0, 0)


def bands_of(rates: Rates, lines: Sequence[CostLine], traffic: Traffic | None) -> Bands:
    """Which tiers the calls of a request with these lines fall in."""
    tiers = sorted(rates.tiers, key=lambda t: t.above_input_tokens)
    total = _sum(line.tokens_per_call for line in lines)
    edges = [0, *(t.above_input_tokens for t in tiers)]
    rated = [rates, *(rates.for_input(edge + 1) for edge in edges[1:])]
    spread = traffic.dynamic_input_spread if traffic is not None else None
    observed = traffic.dynamic_input_tokens if traffic is not None else None
    if tiers and spread is not None and observed is not None and is_known(spread):
        fixed = total.likely - observed.likely
        shares = [_beyond(spread, edge - fixed) if edge else (ONE, ONE) for edge in edges]
        shares.append((Decimal(0), Decimal(0)))
        found = [
            Band(above=edge, rates=of, calls=a[0] - b[0], tokens=a[1] - b[1])
            for edge, of, a, b in zip(edges, rated, shares, shares[1:], strict=False)
        ]
        kept = tuple(b for b in found if b.calls > 0)
        return Bands(bands=kept, mixed=len(kept) > 1)
    low, likely, high = (sum(t > edge for edge in edges[1:]) for t in (total.low, total.likely, total.high))
    kept = tuple(
        Band(above=edges[i], rates=rated[i], calls=ONE if i == likely else Decimal(0), tokens=ONE)
        for i in range(low, high + 1)
    )
    return Bands(bands=kept, ends=(0, likely - low, high - low))


def _beyond(spread: Spread, limit: int) -> tuple[Decimal, Decimal]:
    """(share of calls with more run-time input than this, their share of all of it)."""
    if limit < 0:
        return ONE, ONE
    calls, mean, kept = share_above(spread, limit), mean_tokens(spread), expected_min(spread, limit)
    if calls is None or not mean or kept is None:
        return Decimal(0), Decimal(0)
    return calls, min(ONE, max(Decimal(0), (mean - kept + limit * calls) / mean))


def joined(found: Bands, priced: Sequence[Sequence[CostLine]]) -> list[CostLine]:
    """One list of lines out of those of each band, which differ in nothing but their rates."""
    if len(priced) == 1:
        return list(priced[0])
    if found.mixed:
        calls, tokens = [b.calls for b in found.bands], [b.tokens for b in found.bands]
        return [
            _mixed(list(zip(tokens if same[0].part in RUN_TIME else calls, same, strict=True)))
            for same in zip(*priced, strict=True)
        ]
    low, likely, high = (priced[i] for i in found.ends)
    return [_ended(a, b, c) for a, b, c in zip(low, likely, high, strict=True)]


def _mixed(parts: Sequence[tuple[Decimal, CostLine]]) -> CostLine:
    """The line at the mean rate; its classes, where it has some, keep theirs."""
    line = parts[0][1]
    rates = [(weight, x.usd_per_mtok) for weight, x in parts if x.usd_per_mtok is not None]
    if len(rates) < len(parts) or len({usd for _, usd in rates}) == 1:
        return line
    total = sum(weight for weight, _ in rates)
    shares: dict[TokenClass, Decimal] = {}
    spent: dict[TokenClass, Decimal] = {}
    for weight, x in parts:
        for name, share, usd in x.mix:
            shares[name] = shares.get(name, Decimal(0)) + weight / total * share
            spent[name] = spent.get(name, Decimal(0)) + weight / total * share * usd
    return replace(
        line,
        usd_per_mtok=sum((weight / total * usd for weight, usd in rates), start=Decimal(0)),
        mix=tuple((name, share, spent[name] / share) for name, share in shares.items() if share > 0),
    )


def _ended(low: CostLine, likely: CostLine, high: CostLine) -> CostLine:
    rates = (low.usd_per_mtok, high.usd_per_mtok)
    if rates[0] is None or rates[1] is None or rates == (likely.usd_per_mtok, likely.usd_per_mtok):
        return likely
    return replace(likely, ends_usd_per_mtok=(rates[0], rates[1]))


def _sum(tokens: Iterable[Tokens | None]) -> Tokens:
    return sum((t for t in tokens if t is not None), start=NO_TOKENS)
