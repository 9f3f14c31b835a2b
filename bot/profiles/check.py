"""What is wrong with a profile as a picture of today's traffic: it is old, rests on few calls, or the traffic has moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.profiles.schema import Profile
from bot.profiles.stats import psi

MAX_AGE_DAYS = 45  # a month's refresh, and half a month of patience
DRIFTED_PSI = 0.25  # Siddiqi, Credit Risk Scorecards (2006): below 0.1 stable, above 0.25 another population

Kind = Literal["stale", "thin", "drifted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    feature: str
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The stability index of one histogram of one model, between two windows; None: the histograms do not compare."""

    model: str
    dim: Literal["input", "output"]
    psi: float | None


def findings(
    profile: Profile, today: date, *, before: Profile | None = None, max_age_days: int = MAX_AGE_DAYS
) -> tuple[Finding, ...]:
    """Everything that makes the profile a doubtful source; `before` is the same feature in an earlier window."""
    found = [*_stale(profile, today, max_age_days), *_thin(profile)]
    if before is not None:
        found += _drifted(before, profile)
    return tuple(Finding(feature=profile.feature, kind=kind, text=text) for kind, text in found)


def drift(before: Profile, after: Profile) -> tuple[Drift, ...]:
    """The histograms of all models that both windows have."""
    old = {m.model: m for m in before.models}
    found = []
    for model in after.models:
        other = old.get(model.model)
        if other is None:
            continue
        same = other.hist.base == model.hist.base
        found += [
            Drift(
                model=model.model,
                dim="input",
                psi=psi(other.hist.input, model.hist.input, model.hist.base) if same else None,
            ),
            Drift(
                model=model.model,
                dim="output",
                psi=psi(other.hist.output, model.hist.output, model.hist.base) if same else None,
            ),
        ]
    return tuple(found)


def _stale(profile: Profile, today: date, max_age_days: int) -> Iterable[tuple[Kind, str]]:
    age = (today - profile.window.to).days
    if age > max_age_days:
        yield "stale", f"its last day is {profile.window.to}, {age} days ago (more than {max_age_days})"
    elif age < -1:  # one day: the log may come from the other side of the date line
        yield "stale", f"its last day is {profile.window.to}, which is in the future"


def _thin(profile: Profile) -> Iterable[tuple[Kind, str]]:
    if profile.calls.n < profile.quality.n_needed:
        yield (
            "thin",
            f"{profile.calls.n:,} calls; an honest 95 % interval needs {profile.quality.n_needed:,} (max(300, 25·skew²))",
        )


def _drifted(before: Profile, after: Profile) -> Iterable[tuple[Kind, str]]:
    old, new = {m.model for m in before.models}, {m.model for m in after.models}
    if old != new:
        gone = [f"without {name}" for name in sorted(old - new)]
        come = [f"now with {name}" for name in sorted(new - old)]
        yield "drifted", f"other models than before: {', '.join(gone + come)}"
    for d in drift(before, after):
        if d.psi is not None and d.psi > DRIFTED_PSI:
            yield "drifted", f"{d.dim} tokens of {d.model}: PSI {d.psi:.2f} (more than {DRIFTED_PSI})"
