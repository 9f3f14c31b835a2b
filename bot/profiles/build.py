"""From the answers of an engine to profiles: means, covariances, histograms, tasks. No rows, no ids, no engine.

Cells of fewer than `min_cell` calls are merged with their neighbours; a model or feature of so few calls is left out and
counted. What the log does not say stays unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce
from operator import add
from typing import Literal

from bot.errors import ReviewError
from bot.profiles.aggregates import Aggregates, Row, Table
from bot.profiles.model_part import DIMS, ModelAnswers, model_part
from bot.profiles.rows import clean_name, count, grouped, rounded, share
from bot.profiles.schema import (
    SCHEMA,
    Arrivals,
    Built,
    Calls,
    LatencyClass,
    Profile,
    Quality,
    Source,
    Window,
)
from bot.profiles.sources.row import Options
from bot.profiles.stats import calls_needed, cost_moments, effective_calls
from bot.profiles.task_part import task_part

MIN_CELL = 10
MAX_DAYS = 3660
TOO_FEW = "too_few_calls"
_EPOCH = date(1970, 1, 1)
_FIRST_DAY = (date(2018, 1, 1) - _EPOCH).days  # no call of a language model is billed by token before
_US_PER_DAY = 86_400_000_000

Convention = Literal["inclusive", "exclusive", "mixed", "not_needed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is known of the log apart from its calls. `dropped` are rows lost before the engine saw them."""

    adapter: str
    adapter_version: int
    engine: str
    convention: Convention
    decided: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    task_key: str = "task"
    sampling_rate: float = 1.0


def build_profiles(
    found: Aggregates, origin: Origin, *, tool: str, today: date, min_cell: int = MIN_CELL
) -> tuple[Profile, ...]:
    """One profile for each feature, by name. Raises `ReviewError` when the log holds no billed calls or too few."""
    window = _window(found.moments)
    by_feature = grouped(found.moments, "feature")
    models = {
        f: {m: r for m, r in grouped(rows, "model").items() if count(r) >= min_cell} for f, rows in by_feature.items()
    }
    kept = {f: sum(count(rows) for rows in parts.values()) for f, parts in models.items()}
    billed = count(found.moments)
    left_out = billed - sum(kept.values())
    dropped = _dropped(found, origin) + Counter({TOO_FEW: left_out} if left_out else {})
    if not any(kept.values()):
        raise ReviewError(
            f"no feature has {min_cell} calls of one model ({billed:,} billed calls in the log).",
            "Take a longer log, or say --min-cell 1 where nobody's privacy is at stake.",
        )
    by_model = ModelAnswers(found.hist, found.joint)
    profiles = []
    for feature in sorted(f for f, n in kept.items() if n):
        rows = [r for part in models[feature].values() for r in part]
        source = Source(
            adapter=origin.adapter,
            adapter_version=origin.adapter_version,
            engine=origin.engine,
            rows_read=billed + sum(dropped.values()) - left_out,
            rows_other_features=sum(kept.values()) - kept[feature],
            rows_dropped=dict(sorted(dropped.items())),
            tokens_dropped=dict(sorted(_tokens_dropped(found).items())),
            sampling_rate=_sampling(rows) * origin.sampling_rate,
            usage_convention=origin.convention,
            usage_decided=dict(sorted(origin.decided.items())),
        )
        built = Built(tool=tool, at=today, min_cell=min_cell)
        notes = _coverage(found.account, window)
        profiles.append(
            _profile(feature, models[feature], found, by_model, source, built, window, origin.task_key, notes)
        )
    return tuple(profiles)


# What a task is in each log, for the profile to say: the key that the adapters take where none is named.
_TASK_KEYS = {"plain": "task column", "helicone": "session", "litellm": "session_id"}


def task_key(source: str, options: Options) -> str:
    return options.task_from or _TASK_KEYS.get(source, "trace")


def account_text(found: Aggregates, origin: Origin) -> str:
    """One line: how many rows were read, how many are billed calls, and what the others are."""
    dropped = _dropped(found, origin)
    billed = sum(r["rows"] for r in found.account if r["reason"] is None)
    parts = [f"{n:,} {reason.replace('_', ' ')}" for reason, n in sorted(dropped.items(), key=lambda p: (-p[1], p[0]))]
    return f"{billed + sum(dropped.values()):,} rows read, {billed:,} billed calls" + (
        f"; left out: {', '.join(parts)}" if parts else "; nothing left out"
    )


def decided_text(origin: Origin) -> str:
    """One line: by what it was decided whether input includes cached tokens, with the share of rows. Empty: no such rows."""
    cached = {how: n for how, n in origin.decided.items() if how != "no_cached_tokens" and n}
    total = sum(cached.values())
    parts = [
        f"{n / total:.1%} {how.replace('_', ' ')}" for how, n in sorted(cached.items(), key=lambda p: (-p[1], p[0]))
    ]
    return f"{total:,} calls with cached tokens; the input is {', '.join(parts)}" if total else ""


def _profile(
    feature: str,
    models: Mapping[str, list[Row]],
    found: Aggregates,
    by_model: ModelAnswers,
    source: Source,
    built: Built,
    window: Window,
    task_key: str,
    notes: Iterable[str],
) -> Profile:
    rows = [r for part in models.values() for r in part]
    n = count(rows)
    first = (window.from_ - _EPOCH).days
    per_day = Counter({day: count(part) for day, part in grouped(rows, "day").items()})
    tasks, retries, task_note = task_part([r for r in found.tasks if r["feature"] == feature], built.min_cell, task_key)
    cells = {m: by_model.cells(feature, m) for m in models}
    costs = {m: cost_moments(table) for m, table in cells.items()}
    needed = calls_needed(reduce(add, costs.values()).skew)
    status_known = sum(r["status_known"] for r in rows)
    batch_known = sum(r["batch_known"] for r in rows)
    all_notes = [*notes, *([task_note] if task_note else [])]
    all_notes += [
        f"the log does not say how much input of {m} was read from a cache"
        for m, part in models.items()
        if not sum(r["cache_known"] for r in part)
    ]
    profile = Profile(
        schema=SCHEMA,
        feature=clean_name(feature),
        prompt_names=_common(rows, "prompt_name", built.min_cell),
        window=window,
        source=source,
        built=built,
        calls=Calls(
            n=n,
            per_day=tuple(per_day[first + d] for d in range(window.days)),
            billed_failure_rate=share(rows, "failed", status_known),
            retry_rate=None if retries is None or not status_known else retries / n,
            truncated_rate=share(rows, "truncated", sum(r["truncated_known"] for r in rows)),
        ),
        tasks=tasks,
        latency_class=LatencyClass(batchable_share=share(rows, "batch", batch_known)) if batch_known else None,
        arrivals=_arrivals(found.gaps, feature, built.min_cell),
        models=tuple(
            model_part(m, part, n, cells[m], costs[m], {d: by_model.hist(feature, m, d) for d in DIMS}, built.min_cell)
            for m, part in sorted(models.items(), key=lambda p: (-count(p[1]), p[0]))
        ),
        quality=Quality(n_needed=needed, cochran_ok=n >= needed, notes=tuple(all_notes)),
    )
    return profile.model_copy(
        update={"quality": profile.quality.model_copy(update={"ess": effective_calls(profile) if tasks else None})}
    )


def _window(moments: Table) -> Window:
    days = [r["day"] for r in moments]
    if not days:
        raise ReviewError("the log holds no billed call.", "Each call needs a time, a model, input and output tokens.")
    first, last = min(days), max(days)
    if last - first >= MAX_DAYS or not 0 <= first <= last < 40_000:
        raise ReviewError(
            f"the calls lie {last - first:,} days apart (days {first} to {last} since 1970).",
            "Some times are wrong: take the rows of one window of days.",
        )
    if first < _FIRST_DAY:
        raise ReviewError(
            f"calls lie in {(_EPOCH + timedelta(days=first)).year}, before there were any: the times are no dates.",
            "Times must be dates, or seconds, ms, µs or ns since 1970; those of a trace that starts at 0 are not.",
        )
    at = _EPOCH + timedelta(days=first)
    return Window.model_validate({"from": at, "to": _EPOCH + timedelta(days=last), "days": last - first + 1})


def _coverage(account: Table, window: Window) -> list[str]:
    """A log of an hour counts as a day of calls: that is said, since a month of calls is scaled from days."""
    for row in account:
        if row["reason"] is None and row["last_us"] > row["first_us"]:
            days = (row["last_us"] - row["first_us"]) / _US_PER_DAY
            if days < 0.75 * window.days:
                return [
                    f"the log covers {24 * days:.1f} hours of {24 * window.days} of its days: calls per month are too low"
                ]
    return []


def _dropped(found: Aggregates, origin: Origin) -> Counter[str]:
    dropped = Counter(dict(origin.dropped))
    for row in found.account:
        if row["reason"] is not None:
            dropped[row["reason"]] += row["rows"]
    return dropped


def _tokens_dropped(found: Aggregates) -> dict[str, int]:
    return {r["reason"]: r["tokens"] for r in found.account if r["reason"] is not None and r["tokens"]}


def _sampling(rows: list[Row]) -> float:
    return min(1.0, rounded(count(rows) / sum(r["represented"] for r in rows)))


def _arrivals(gaps: Table, feature: str, min_cell: int) -> Arrivals | None:
    for r in gaps:
        if r["feature"] == feature and r["gaps"] >= min_cell:
            n = r["gaps"]
            return Arrivals(
                gap_le_5m=rounded(r["le_300"] / n),
                gap_le_30m=rounded(r["le_1800"] / n),
                gap_le_1h=rounded(r["le_3600"] / n),
                gaps=n,
            )
    return None


def _common(rows: list[Row], key: str, min_cell: int) -> tuple[str, ...]:
    return tuple(
        sorted(clean_name(v) for v, part in grouped(rows, key).items() if v is not None and count(part) >= min_cell)
    )
