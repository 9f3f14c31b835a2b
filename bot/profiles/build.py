"""From the answers of an engine to profiles: means, covariances, histograms, tasks. No rows, no ids, no engine.

Cells of fewer than `min_cell` calls are merged with their neighbours; a model or feature of so few calls is left out and
counted. What the log does not say stays unknown.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from bot.errors import ReviewError
from bot.profiles.aggregates import Aggregates, Row, Rows
from bot.profiles.codec import HIST_BASE, TASK_BASE, ZERO, Cell, bounds, pack
from bot.profiles.merging import merge_cells, merge_counts
from bot.profiles.quantiles import hist_quantile
from bot.profiles.schema import (
    CLASSES,
    COV_PAIRS,
    SCHEMA,
    Arrivals,
    Built,
    Calls,
    Hist,
    Hists,
    Joint,
    LatencyClass,
    ModelProfile,
    Percentiles,
    Profile,
    Quality,
    Quantiles,
    Source,
    StaticPrefix,
    Success,
    Tasks,
    TaskSums,
    Window,
)
from bot.profiles.sources.row import Options
from bot.profiles.stats import calls_needed, effective_calls, skew_ref

MIN_CELL = 10
MAX_DAYS = 3660
EXACT_CALLS = 8  # calls per task that are counted one by one
TOO_FEW = "too_few_calls"
_EPOCH = date(1970, 1, 1)
_FIRST_DAY = (date(2018, 1, 1) - _EPOCH).days  # no call of a language model is billed by token before
_US_PER_DAY = 86_400_000_000
_THRESHOLDS = (200_000, 272_000)

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
    by_feature = _grouped(found.moments, "feature")
    models = {
        f: {m: r for m, r in _grouped(rows, "model").items() if _n(r) >= min_cell} for f, rows in by_feature.items()
    }
    kept = {f: sum(_n(rows) for rows in parts.values()) for f, parts in models.items()}
    billed = _n(found.moments)
    left_out = billed - sum(kept.values())
    dropped = _dropped(found, origin) + Counter({TOO_FEW: left_out} if left_out else {})
    if not any(kept.values()):
        raise ReviewError(
            f"no feature has {min_cell} calls of one model ({billed:,} billed calls in the log).",
            "Take a longer log, or say --min-cell 1 where nobody's privacy is at stake.",
        )
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
        profiles.append(_profile(feature, models[feature], found, source, built, window, origin.task_key, notes))
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
    source: Source,
    built: Built,
    window: Window,
    task_key: str,
    notes: Iterable[str],
) -> Profile:
    rows = [r for part in models.values() for r in part]
    n = _n(rows)
    first = (window.from_ - _EPOCH).days
    per_day = Counter({day: _n(part) for day, part in _grouped(rows, "day").items()})
    tasks, retries, task_note = _tasks([r for r in found.tasks if r["feature"] == feature], built.min_cell, task_key)
    cells = {m: _cells(found.joint, feature, m) for m in models}
    everything = [cell for table in cells.values() for cell in table]
    needed = calls_needed(skew_ref(everything))
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
        feature=_name(feature),
        prompt_names=_common(rows, "prompt_name", built.min_cell),
        window=window,
        source=source,
        built=built,
        calls=Calls(
            n=n,
            per_day=tuple(per_day[first + d] for d in range(window.days)),
            billed_failure_rate=_share(rows, "failed", status_known),
            retry_rate=None if retries is None or not status_known else retries / n,
            truncated_rate=_share(rows, "truncated", sum(r["truncated_known"] for r in rows)),
        ),
        tasks=tasks,
        latency_class=LatencyClass(batchable_share=_share(rows, "batch", batch_known)) if batch_known else None,
        arrivals=_arrivals(found.gaps, feature, built.min_cell),
        models=tuple(
            _model(m, part, n, cells[m], found.hist, feature, built.min_cell)
            for m, part in sorted(models.items(), key=lambda p: (-_n(p[1]), p[0]))
        ),
        quality=Quality(n_needed=needed, cochran_ok=n >= needed, notes=tuple(all_notes)),
    )
    return profile.model_copy(
        update={"quality": profile.quality.model_copy(update={"ess": effective_calls(profile) if tasks else None})}
    )


def _model(
    name: str, rows: list[Row], of_feature: int, cells: list[Cell], hist: Rows, feature: str, min_cell: int
) -> ModelProfile:
    n = _n(rows)
    sums = [sum(r[f"s{i}"] for r in rows) for i in range(len(CLASSES))]
    means = [s / n for s in sums]
    bessel = n / (n - 1) if n > 1 else 1.0
    cov = [bessel * (sum(r[f"p{a}{b}"] for r in rows) / n - means[a] * means[b]) for a, b in COV_PAIRS]
    dims = {d: _counts(hist, feature, name, d) for d in ("input", "output", "cached")}
    cache_known = sum(r["cache_known"] for r in rows)
    return ModelProfile(
        model=_name(name),
        share=n / of_feature,
        n=n,
        prompt_versions=_versions(rows, n, min_cell),
        static_prefix=_static(dims, n),
        cache_hit_calls_share=sum(r["cache_hits"] for r in rows) / n if cache_known else None,
        mean=dict(zip(CLASSES, (_rounded(m) for m in means), strict=True)),
        cov_upper=tuple(_rounded(c) for c in cov),
        skew_cost_ref=_optional(_rounded, skew_ref(cells)),
        percentiles=Percentiles(input=_quantiles(dims["input"]), output=_quantiles(dims["output"])),
        hist=Hists(
            base=HIST_BASE,
            input=merged_hist({r["bucket"]: r["n"] for r in dims["input"]}, min_cell),
            output=merged_hist({r["bucket"]: r["n"] for r in dims["output"]}, min_cell),
        ),
        joint=Joint(cells=pack(merge_cells(cells, min_cell))),
        over_threshold={str(limit): sum(r[f"over_{limit}"] for r in rows) / n for limit in _THRESHOLDS},
    )


def _window(moments: Rows) -> Window:
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


def _coverage(account: Rows, window: Window) -> list[str]:
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
    return min(1.0, _rounded(_n(rows) / sum(r["represented"] for r in rows)))


def _counts(hist: Rows, feature: str, model: str, dim: str) -> list[Row]:
    return [r for r in hist if r["feature"] == feature and r["model"] == model and r["dim"] == dim]


def _cells(joint: Rows, feature: str, model: str) -> list[Cell]:
    return [
        Cell(i=r["i"], o=r["o"], n=r["n"], input_tokens=int(r["input_tokens"]), output_tokens=int(r["output_tokens"]))
        for r in joint
        if r["feature"] == feature and r["model"] == model
    ]


def _quantiles(rows: list[Row]) -> Quantiles:
    counts = [(r["bucket"], r["n"]) for r in rows]
    q = {name: hist_quantile(counts, at, HIST_BASE) for name, at in _QUANTILES.items()}
    return Quantiles(**q)


_QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}


def merged_hist(counts: Mapping[int, int], min_cell: int) -> Hist:
    """Rows by bucket as a profile holds them: nothing of fewer than `min_cell`."""
    some = {i: n for i, n in counts.items() if i != ZERO}
    zero = counts.get(ZERO, 0)
    if some and zero < min_cell:
        some[min(some)] += zero
        zero = 0
    runs = merge_counts(some.items(), min_cell)
    if not runs:
        return Hist(i0=0, c=(), zero=zero)
    cells = [0] * (runs[-1].last - runs[0].first + 1)
    for first, last, n in runs:
        cells[first - runs[0].first : last - runs[0].first + 1] = [n, *(last - first) * [-1]]
    return Hist(i0=runs[0].first, c=tuple(cells), zero=zero)


def _static(dims: Mapping[str, list[Row]], n: int) -> StaticPrefix | None:
    """The mode of the cached tokens where most calls have some, else the 1st percentile of the input."""
    cached = dims["cached"]
    if 2 * sum(r["n"] for r in cached) >= n:
        mode = max(cached, key=lambda r: (r["n"], r["bucket"]))
        return StaticPrefix(tokens=round(mode["tokens"] / mode["n"]), measured_as="cache_prefix_mode")
    lowest = hist_quantile([(r["bucket"], r["n"]) for r in dims["input"]], 0.01, HIST_BASE)
    return StaticPrefix(tokens=lowest, measured_as="min_input_p1")


def _versions(rows: list[Row], n: int, min_cell: int) -> dict[str, float]:
    """Shares by version; those of fewer than `min_cell` calls together. Empty where none is logged."""
    counts = Counter({v: _n(part) for v, part in _grouped(rows, "prompt_version").items()})
    if set(counts) == {None}:
        return {}
    out = {_name(v): _rounded(c / n) for v, c in sorted(counts.items(), key=str) if v is not None and c >= min_cell}
    rest = n - sum(c for v, c in counts.items() if v is not None and c >= min_cell)
    return {**out, "other": _rounded(rest / n)} if rest else out


def _common(rows: list[Row], key: str, min_cell: int) -> tuple[str, ...]:
    return tuple(sorted(_name(v) for v, part in _grouped(rows, key).items() if v is not None and _n(part) >= min_cell))


def _tasks(rows: list[Row], min_cell: int, key: str) -> tuple[Tasks | None, int | None, str]:
    """The tasks, their retried attempts, and what is to be noted."""
    n = _n(rows)
    if not n:
        return None, None, "no task key in the log: calls per task are unknown"
    if n < min_cell:
        return None, None, f"fewer than {min_cell} tasks: calls per task are not stored"
    names = {
        "k": "k",
        "kk": "kk",
        "in": "input",
        "in2": "input2",
        "out": "output",
        "out2": "output2",
        "in_k": "input_k",
        "out_k": "output_k",
        "in_out": "input_output",
    }
    sizes = merge_counts([(r["size"], r["n"]) for r in rows], min_cell)
    known = sum(r["success_known"] for r in rows)
    basis = "column success" if known == n else f"column success of {known:,} of {n:,} tasks"
    return (
        Tasks(
            n=n,
            key=key,
            success=Success(rate=sum(r["success"] for r in rows) / known, basis=basis) if known >= min_cell else None,
            calls_hist={_calls_of(run.last): run.n for run in sizes},
            sums=TaskSums(**{ours: float(sum(r[theirs] for r in rows)) for ours, theirs in names.items()}),
        ),
        int(sum(r["retried"] for r in rows)),
        "",
    )


def _calls_of(size: int) -> int:
    return size if size <= EXACT_CALLS else bounds(size - EXACT_CALLS, TASK_BASE)[1]


def _arrivals(gaps: Rows, feature: str, min_cell: int) -> Arrivals | None:
    for r in gaps:
        if r["feature"] == feature and r["gaps"] >= min_cell:
            n = r["gaps"]
            return Arrivals(
                gap_le_5m=_rounded(r["le_300"] / n),
                gap_le_30m=_rounded(r["le_1800"] / n),
                gap_le_1h=_rounded(r["le_3600"] / n),
                gaps=n,
            )
    return None


def _grouped(rows: Iterable[Row], key: str) -> dict[Any, list[Row]]:
    out: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        out[row[key]].append(row)
    return dict(out)


def _n(rows: Iterable[Row]) -> int:
    return int(sum(r["n"] for r in rows))


def _share(rows: list[Row], key: str, known: int) -> float | None:
    return _rounded(sum(r[key] for r in rows) / known) if known else None


def _name(text: str) -> str:
    """As a profile may hold it: names come out of a log, where anything may stand."""
    return "".join(c if c.isprintable() else "?" for c in text)[:200]


def _rounded(value: float) -> float:
    """Ten significant digits: beyond that engines differ in the order of their sums."""
    return float(f"{value:.10g}")


def _optional(change: Callable[[float], float], value: float | None) -> float | None:
    return None if value is None else change(value)
