"""A traffic profile as the traffic of a call site: means of real calls, their spread, gaps, tasks and outcomes.

The run-time input is what was measured less what the code sends alike on every call: our own count of the site where
it is given, else the profile's estimate of the static prefix. A profile is of a whole feature: all its models together.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from bot.model import Range, Spread, Tokens, Traffic
from bot.profiles.codec import bounds
from bot.profiles.quantiles import cost_points
from prompts_scanner.model import CallSite

if TYPE_CHECKING:
    from bot.profiles.schema import Hist, ModelProfile, Profile

HOURS_PER_MONTH = 730  # 365 days × 24 hours ÷ 12
_INPUT = ("uncached_input", "cache_read", "cache_write_5m", "cache_write_1h")
_OUTPUT = ("output_visible", "reasoning")
_Z95 = 1.96


def profile_traffic(profile: Profile, site: CallSite, static_tokens: int | None) -> Traffic | None:
    """The profile's calls as those of a chat site; None for other operations, which it does not hold."""
    if site.operation != "chat":
        return None
    static, static_source = _static(profile, static_tokens)
    measured = _mean(profile, _INPUT)
    tasks, outcomes = profile.tasks, profile.outcomes
    success = _decimal(tasks.success.rate) if tasks is not None and tasks.success is not None else None
    return Traffic(
        feature=profile.feature,
        calls_per_month=Range.exactly(calls_per_month(profile)),
        calls_per_task=_decimal(tasks.sums.k / tasks.n) if tasks is not None else None,
        dynamic_input_tokens=None if static is None else measured.map(lambda t: max(0, t - static)),
        dynamic_input_spread=None if static is None else Spread(points=_less(_points(profile, "input"), static)),
        output_tokens=_mean(profile, _OUTPUT),
        output_spread=Spread(points=_points(profile, "output")),
        reasoning_tokens=_mean(profile, ("reasoning",)),
        cache_hit_share=_hits(profile.models),
        history_read_share=None if static is None else _history_read(profile, static, measured.likely - static),
        batchable_share=_optional(profile.latency_class.batchable_share) if profile.latency_class else None,
        success_share=success,
        outcome_name=outcomes.name if outcomes is not None else None,
        outcome_share=_decimal(outcomes.per_task) / success if outcomes is not None and success else None,
        gap_shares=_gaps(profile),
        cost_points=() if static is None else _joint(profile, static),
        days_observed=profile.window.days,
        source=f"profile {profile.feature}, {profile.calls.n:,} calls, {profile.window.from_} to {profile.window.to}"
        + (f", {static_source}" if static_source else ""),
    )


def calls_per_month(profile: Profile) -> Decimal:
    """Billed calls in the log, scaled to a month, by the sampling rate, and to the bill where it was calibrated."""
    volume = _decimal(profile.calls.n / profile.source.sampling_rate)
    if profile.calibrated is not None:
        volume *= _decimal(profile.calibrated.factor)
    return volume * HOURS_PER_MONTH / (24 * profile.window.days)


def _static(profile: Profile, counted: int | None) -> tuple[int | None, str]:
    """Tokens that every call sends alike, and where that is from if not from our own count."""
    if counted is not None:
        return counted, ""
    known = [m for m in profile.models if m.static_prefix is not None]
    if not known:
        return None, "its static part is not known"
    total = sum(m.n for m in known)
    mean = sum(m.n * m.static_prefix.tokens for m in known if m.static_prefix is not None) / total
    return round(mean), "its static part estimated from the log"


def _mean(profile: Profile, classes: Iterable[str]) -> Tokens:
    """The mean tokens of a call in some classes, ± 1.96 standard errors."""
    classes = tuple(classes)
    n = profile.calls.n
    mean = sum(m.n * sum(m.mean[c] for c in classes) for m in profile.models) / n
    # within the models, and between them
    variance = (
        sum(m.n * (_variance(m, classes) + (sum(m.mean[c] for c in classes) - mean) ** 2) for m in profile.models) / n
    )
    effective = profile.quality.ess or n
    half = _Z95 * math.sqrt(max(0.0, variance) / effective)
    return Range(_whole(max(0.0, mean - half)), _whole(mean), _whole(mean + half))


def _variance(model: ModelProfile, classes: Sequence[str]) -> float:
    """The variance of a sum of classes out of the upper triangle of their covariances."""
    names = tuple(model.mean)
    pairs = [(a, b) for a in range(len(names)) for b in range(a, len(names))]
    chosen = {names.index(c) for c in classes}
    return sum(
        value * (1 if a == b else 2)
        for (a, b), value in zip(pairs, model.cov_upper, strict=True)
        if a in chosen and b in chosen
    )


def _points(profile: Profile, which: str) -> tuple[tuple[int, int], ...]:
    """(tokens, calls) of the histograms of all models: the middle of each bucket."""
    out: Counter[int] = Counter()
    for model in profile.models:
        hist: Hist = model.hist.input if which == "input" else model.hist.output
        for i, calls in hist.counts():
            low, high = bounds(i, model.hist.base)
            out[(low + high) // 2] += calls
    return tuple(sorted(out.items()))


def _less(points: Iterable[tuple[int, int]], static: int) -> tuple[tuple[int, int], ...]:
    out: Counter[int] = Counter()
    for tokens, calls in points:
        out[max(0, tokens - static)] += calls
    return tuple(sorted(out.items()))


def _joint(profile: Profile, static: int) -> tuple[tuple[int, int, int], ...]:
    """(run-time input, output, calls) of the joint distribution: some thousand points."""
    out: Counter[tuple[int, int]] = Counter()
    for model in profile.models:
        for came_in, went_out, calls in cost_points(
            model.joint.table(),
            model.hist.input.counts(),
            model.hist.output.counts(),
            hist_base=model.hist.base,
            joint_base=model.joint.base,
        ):
            out[max(0, round(came_in) - static), round(went_out)] += calls
    return tuple((i, o, n) for (i, o), n in sorted(out.items()))


def _hits(models: Iterable[ModelProfile]) -> Decimal | None:
    """The share of calls with cached input; None unless it is known for all models."""
    models = tuple(models)
    if any(m.cache_hit_calls_share is None for m in models):
        return None
    return _decimal(sum(m.n * (m.cache_hit_calls_share or 0.0) for m in models) / sum(m.n for m in models))


def _history_read(profile: Profile, static: int, run_time: int) -> Decimal | None:
    """What of the run-time input was read from a cache: all reads less those of the static part, which a hit reads whole.

    None where the log does not tell the reads apart, or no call sends more than the static part.
    """
    hits = _hits(profile.models)
    if hits is None or run_time <= 0:
        return None
    read = Decimal(_mean(profile, ("cache_read",)).likely)
    return min(Decimal(1), max(Decimal(0), (read - hits * static) / run_time))


def _gaps(profile: Profile) -> dict[int, Decimal]:
    gaps = profile.arrivals
    if gaps is None:
        return {}
    return {300: _decimal(gaps.gap_le_5m), 1800: _decimal(gaps.gap_le_30m), 3600: _decimal(gaps.gap_le_1h)}


def _optional(value: float | None) -> Decimal | None:
    return None if value is None else _decimal(value)


def _decimal(value: float) -> Decimal:
    # 12 significant digits: beyond that a float holds noise
    return Decimal(f"{value:.12g}")


def _whole(value: float) -> int:
    return int(_decimal(value).to_integral_value(ROUND_HALF_UP))
