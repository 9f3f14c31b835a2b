"""How sure a change is where the traffic is measured: a paired interval, percentiles, and apart from them the assumptions.

The change of one call is linear in its input and output tokens, so its interval comes in closed form from the profile's
covariances and task sums. What was not measured (do answers get longer, is the new prefix found in the cache?) is never
folded into it: it stands beside it, as what the change would cost if it were otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from bot.config import Config
from bot.model import MTOK, Change, CostQuantiles, PricedSite, Range, Rates, Sampling, WhatIf
from bot.percentiles import input_usd_per_token, usd_at
from bot.profiles.schema import Profile
from bot.profiles.stats import Interval, change_at_points, linear_change

LONGER = Decimal("0.2")  # a fifth: the example of the documentation, no measurement; it is named wherever it is shown


def with_sampling(changes: Iterable[Change], config: Config) -> tuple[Change, ...]:
    """The changes, each with what the profile of its feature says of it."""
    return tuple(replace(c, sampling=sampling_of(c, _profile(c, config))) for c in changes)


def sampling_of(change: Change, profile: Profile | None) -> Sampling | None:
    """None where there is no profile, where a side is missing, or where one of them has a part without a price."""
    before, after = change.before, change.after
    delta = change.delta_usd_per_call
    if profile is None or before is None or after is None or delta is None:
        return None
    if not (_is_measured(before) and _is_measured(after)):
        return None
    traffic = before.traffic
    if traffic is None:
        return None
    points = traffic.cost_points
    found = _interval(profile, before, after, points, delta.likely)
    usd = Range(found.low_usd, found.mean_usd, found.high_usd)
    calls = change.calls_per_month
    return Sampling(
        usd_per_call=usd,
        usd_per_month=None if calls is None else usd.map(lambda v: v * calls.likely),
        calls=profile.calls.n,
        effective_calls=round(profile.calls.n / found.design_effect),
        before=quantiles(before, points),
        after=quantiles(after, points),
        what_if=tuple(_what_if(before, after, delta.likely, None if calls is None else calls.likely)),
        source=traffic.source,
    )


def quantiles(site: PricedSite, points: Sequence[tuple[int, int, int]]) -> CostQuantiles:
    """Of the cost of one call, each joint cell at its mean."""
    priced = sorted((usd_at(site, i, o), n) for i, o, n in points)
    total = sum(n for _, n in priced)

    def at(q: Decimal) -> Decimal:
        seen = 0
        for usd, n in priced:
            seen += n
            if seen >= q * total:
                return usd
        return priced[-1][0]

    return CostQuantiles(p50=at(Decimal("0.5")), p95=at(Decimal("0.95")), p99=at(Decimal("0.99")))


def _profile(change: Change, config: Config) -> Profile | None:
    feature = config.feature(change.feature)
    return config.profiles.get(feature.profile if feature is not None and feature.profile else change.feature)


def _is_measured(site: PricedSite) -> bool:
    traffic = site.traffic
    return (
        traffic is not None
        and bool(traffic.days_observed and traffic.cost_points)
        and isinstance(site.rates, Rates)
        and not site.cost.unknown
    )


def _interval(
    profile: Profile,
    before: PricedSite,
    after: PricedSite,
    points: Sequence[tuple[int, int, int]],
    likely: Decimal,
) -> Interval:
    came_in = [input_usd_per_token(site) for site in (before, after)]
    went_out = [_per_output_token(site) for site in (before, after)]
    told = {
        "mean_usd": float(likely),
        "usd_per_input_token": float(came_in[1] - came_in[0]),
        "usd_per_output_token": float(went_out[1] - went_out[0]),
    }
    caps = {site.site.output_cap.value if site.site.output_cap is not None else None for site in (before, after)}
    if caps == {None} and not (before.tiers or after.tiers):
        return linear_change(profile, **told)
    changes = [(float(usd_at(after, i, o) - usd_at(before, i, o)), n) for i, o, n in points]
    return change_at_points(profile, changes, **told)


def _per_output_token(site: PricedSite) -> Decimal:
    return usd_at(site, 0, 1) - usd_at(site, 0, 0)


def _what_if(before: PricedSite, after: PricedSite, likely: Decimal, calls: Decimal | None) -> Iterable[WhatIf]:
    def told(assumption: str, usd: Decimal) -> WhatIf:
        return WhatIf(assumption=assumption, usd_per_call=usd, usd_per_month=None if calls is None else usd * calls)

    output = sum(
        (
            line.usd_per_call.likely
            for line in after.cost.lines
            if _is_output(line.part) and line.usd_per_call is not None
        ),
        Decimal(0),
    )
    if output:
        yield told(f"answers {LONGER:.0%} longer after the change", likely + LONGER * output)
    now = after.cost.usd_per_call.likely
    for name, hits in (("every call finds the prefix cached", True), ("no call finds the prefix cached", False)):
        other = _cost_with(after, hits=hits)
        if other is not None:
            yield told(f"{name} after the change", likely + other - now)


def _is_output(part: str) -> bool:
    return part in ("output", "reasoning")


def _cost_with(site: PricedSite, *, hits: bool) -> Decimal | None:
    """A call if all cacheable tokens were read from the cache, or none; None where nothing of it is cached."""
    total, found = Decimal(0), False
    for line in site.cost.lines:
        usd = line.usd_per_call
        if usd is None:
            continue
        prices = [rate for name, share, rate in line.mix if (name == "cache_read") is hits]
        if prices and len(line.mix) > 1 and line.tokens_per_call is not None:
            found = True
            total += line.tokens_per_call.likely * max(prices) / MTOK
        else:
            total += usd.likely
    return total if found else None
