"""What became of advice: claimed when it was given, against what the new traffic profile shows.

Advice counts as taken where its call site is still there and the same lever has nothing more to say of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.config import Config
from bot.model import NO_USD, Advice, PricedSite, Usd
from bot.quarter import Taken

if TYPE_CHECKING:
    from bot.profiles.schema import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A revision: its sites by its own policy at the prices of the end, and what is advised of them."""

    sites: Sequence[PricedSite]
    advice: Sequence[Advice]
    config: Config


def taken_of(before: Side, after: Side, renames: Mapping[str, str]) -> tuple[Taken, ...]:
    """By feature. `renames`: path at the start -> path at the end."""
    now = {s.site.id: s for s in after.sites}
    still = {(a.lever, i) for a in after.advice for i in (a.site_id, *a.also_site_ids)}
    by_feature: dict[str, list[Advice]] = {}
    for advice in before.advice:
        ids = [_later(i, renames) for i in (advice.site_id, *advice.also_site_ids)]
        if all(i in now and (advice.lever, i) not in still for i in ids):
            by_feature.setdefault(advice.feature, []).append(advice)
    return tuple(_taken(name, tuple(some), before, after) for name, some in sorted(by_feature.items()))


def _later(site_id: str, renames: Mapping[str, str]) -> str:
    path, separator, rest = site_id.partition("::")
    return renames.get(path, path) + separator + rest


def _taken(name: str, advice: tuple[Advice, ...], before: Side, after: Side) -> Taken:
    claims = [a.saving_usd_per_month for a in advice if a.saving_usd_per_month is not None]
    claimed: Usd | None = sum(claims, start=NO_USD) if len(claims) == len(advice) else None
    measured, note = _measured(name, before, after)
    return Taken(feature=name, advice=advice, claimed_usd_per_month=claimed, measured_usd_per_month=measured, note=note)


def _measured(name: str, before: Side, after: Side) -> tuple[Decimal | None, str]:
    old, new = (_profile(name, side.config) for side in (before, after))
    if new is None:
        return None, "no traffic profile"
    if old is None:
        return None, f"no traffic profile at the start; now {new.window.from_} to {new.window.to}"
    if new.window.to <= old.window.to:
        return None, f"the profile is still that of {old.window.from_} to {old.window.to}"
    was, calls_before = _mean_call(name, before)
    now, calls = _mean_call(name, after)
    told = f"profiles of {old.window.from_} to {old.window.to} and {new.window.from_} to {new.window.to}"
    if was is None or now is None or not calls or not calls_before:
        return None, f"{told}; a part of a call is not known"
    return (was - now) * calls, told


def _profile(name: str, config: Config) -> Profile | None:
    feature = config.feature(name)
    return config.profiles.get((feature.profile if feature is not None else None) or name)


def _mean_call(name: str, side: Side) -> tuple[Decimal | None, Decimal]:
    """US dollars of the feature's mean call, by the volumes of its sites, and calls a month."""
    spent, calls = Decimal(0), Decimal(0)
    for site in side.sites:
        if site.feature != name:
            continue
        volume = site.traffic.calls_per_month if site.traffic is not None else None
        if volume is None or site.cost.unknown:
            return None, Decimal(0)
        spent += site.cost.usd_per_call.likely * volume.likely
        calls += volume.likely
    return (spent / calls if calls else None), calls
