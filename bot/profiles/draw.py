"""A profile, and the difference between two, as lines of plain text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from bot.profiles.check import drift
from bot.profiles.codec import bounds
from bot.profiles.schema import CLASSES, INPUT_CLASSES, OUTPUT_CLASSES, Hist, ModelProfile, Profile, Tasks

BAR = 32
NAMES = {
    "uncached_input": "input, not cached",
    "cache_read": "read from cache",
    "cache_write_5m": "written to cache (5 min)",
    "cache_write_1h": "written to cache (1 h)",
    "output_visible": "output",
    "reasoning": "reasoning",
}


def profile_lines(profile: Profile) -> Iterator[str]:
    """The whole picture: where it is from, tokens by class, distributions, calls per task, doubts."""
    w, calls = profile.window, profile.calls
    yield f"{printable(profile.feature)}: {calls.n:,} calls, {w.from_} to {w.to} ({_days(w.days)})"
    yield f"  source      {_source(profile)}"
    for reason, rows in profile.source.rows_dropped.items():
        yield f"  left out    {rows:,} rows: {printable(reason).replace('_', ' ')}"
    yield f"  a day       mean {calls.n / w.days:,.0f}, least {min(calls.per_day):,}, most {max(calls.per_day):,}"
    yield from _rates(profile)
    for model in profile.models:
        yield ""
        yield from _model_lines(model)
    if profile.tasks is not None:
        yield ""
        yield from _task_lines(profile.tasks)
    yield ""
    yield from _quality(profile)


def diff_lines(before: Profile, after: Profile) -> Iterator[str]:
    """What moved between two windows of one feature."""
    yield (
        f"{printable(after.feature)}: {before.window.from_} to {before.window.to}  ->  "
        f"{after.window.from_} to {after.window.to}"
    )
    yield _moved("calls a day", before.calls.n / before.window.days, after.calls.n / after.window.days)
    if before.tasks is not None and after.tasks is not None:
        yield _moved("calls per task", _per_task(before.tasks), _per_task(after.tasks), places=2)
    else:
        yield f"  {'calls per task':<26}{_known(before.tasks)} -> {_known(after.tasks)}"
    old = {m.model: m for m in before.models}
    new = {m.model: m for m in after.models}
    for name in sorted({*old, *new}):
        if name not in new or name not in old:
            share = (new.get(name) or old[name]).share
            yield f"{printable(name)}: {'new' if name in new else 'gone'} ({_percent(share)} of calls)"
            continue
        yield f"{printable(name)}: {_percent(old[name].share)} -> {_percent(new[name].share)} of calls"
        yield from _model_moves(old[name], new[name])
    for d in drift(before, after):
        index = "not comparable (other buckets)" if d.psi is None else f"{d.psi:.3f}"
        yield f"  PSI {d.dim:<7} {printable(d.model)}: {index}"


def moves(before: Profile, after: Profile) -> dict[str, Any]:
    """What `diff_lines` shows, as plain values; None where one window does not know it or the buckets do not compare."""
    old, new = {m.model: m for m in before.models}, {m.model: m for m in after.models}
    indexes: dict[str, dict[str, float | None]] = {}
    for d in drift(before, after):
        indexes.setdefault(d.model, {})[d.dim] = d.psi
    return {
        "feature": after.feature,
        "before": {"from": before.window.from_.isoformat(), "to": before.window.to.isoformat()},
        "after": {"from": after.window.from_.isoformat(), "to": after.window.to.isoformat()},
        "calls_per_day": [before.calls.n / before.window.days, after.calls.n / after.window.days],
        "calls_per_task": [None if p.tasks is None else _per_task(p.tasks) for p in (before, after)],
        "models": [
            {
                "model": name,
                "share": [None if m is None else m.share for m in (old.get(name), new.get(name))],
                "mean_tokens": {
                    c: [None if m is None else m.mean[c] for m in (old.get(name), new.get(name))] for c in CLASSES
                },
                "psi": indexes.get(name),
            }
            for name in sorted({*old, *new})
        ],
    }


def printable(text: str) -> str:
    """Without anything that moves a cursor or changes colours."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _model_moves(old: ModelProfile, new: ModelProfile) -> Iterator[str]:
    for name in CLASSES:
        if old.mean[name] or new.mean[name]:
            yield _moved(NAMES[name], old.mean[name], new.mean[name])
    yield _moved("input p50", old.percentiles.input.p50, new.percentiles.input.p50)
    yield _moved("input p99", old.percentiles.input.p99, new.percentiles.input.p99)
    yield _moved("output p50", old.percentiles.output.p50, new.percentiles.output.p50)
    yield _moved("output p99", old.percentiles.output.p99, new.percentiles.output.p99)
    yield f"  {'calls with a cache hit':<26}{_percent(old.cache_hit_calls_share)} -> {_percent(new.cache_hit_calls_share)}"


def _moved(name: str, old: float, new: float, places: int = 0) -> str:
    change = f" ({(new - old) / old:+.1%})" if old else ""
    return f"  {name:<26}{old:,.{places}f} -> {new:,.{places}f}{change}"


def _source(profile: Profile) -> str:
    s = profile.source
    sampled = f", sampled at {s.sampling_rate:g}" if s.sampling_rate != 1 else ""
    decided = ", ".join(f"{n:,} {printable(how).replace('_', ' ')}" for how, n in s.usage_decided.items())
    cached = f"; cached tokens: {decided}" if decided else ""
    return f"{printable(s.adapter)} by {printable(s.engine)}, {s.rows_read:,} rows read{sampled}{cached}"


def _rates(profile: Profile) -> Iterator[str]:
    calls = profile.calls
    rates = {
        "billed failures": calls.billed_failure_rate,
        "retries": calls.retry_rate,
        "cut off by a limit": calls.truncated_rate,
        "batchable": profile.latency_class.batchable_share if profile.latency_class is not None else None,
    }
    yield "  shares      " + ", ".join(f"{name} {_percent(share)}" for name, share in rates.items())
    gaps = profile.arrivals
    if gaps is not None:
        yield (
            f"  next call   within 5 min {_percent(gaps.gap_le_5m)}, 30 min {_percent(gaps.gap_le_30m)}, "
            f"1 h {_percent(gaps.gap_le_1h)}"
        )


def _model_lines(model: ModelProfile) -> Iterator[str]:
    yield f"{printable(model.model)}: {model.n:,} calls ({_percent(model.share)})"
    yield f"  {'tokens of a call':<26}{'mean':>10}{'p50':>10}{'p90':>10}{'p95':>10}{'p99':>10}{'p99.9':>10}"
    for name, classes, q in (
        ("input", INPUT_CLASSES, model.percentiles.input),
        ("output with reasoning", OUTPUT_CLASSES, model.percentiles.output),
    ):
        mean = sum(model.mean[c] for c in classes)
        cells = "".join(f"{v:>10,}" for v in (q.p50, q.p90, q.p95, q.p99, q.p999))
        yield f"  {name:<26}{mean:>10,.1f}{cells}"
    came_in = sum(model.mean[c] for c in INPUT_CLASSES)
    for name in CLASSES:
        if model.mean[name]:
            share = f"  {_percent(model.mean[name] / came_in)} of input" if name in INPUT_CLASSES else ""
            yield f"    {NAMES[name]:<24}{model.mean[name]:>10,.1f}{share}"
    yield f"  calls with a cache hit    {_percent(model.cache_hit_calls_share)}"
    if model.static_prefix is not None:
        yield f"  sent alike on every call  about {model.static_prefix.tokens:,} tokens ({model.static_prefix.measured_as})"
    for name, hist in (("input", model.hist.input), ("output", model.hist.output)):
        yield f"  {name} tokens of {model.n:,} calls"
        yield from bars(_doubling(hist, model.hist.base))


def _doubling(hist: Hist, base: float) -> Iterator[tuple[str, int]]:
    """Calls by powers of two of the tokens: from 2^k on, below 2^(k+1)."""
    groups: Counter[int] = Counter()
    for i, n in hist.counts():
        middle = sum(bounds(i, base)) // 2
        groups[middle.bit_length()] += n
    for bits in range(min(groups), max(groups) + 1):
        low, high = (1 << bits >> 1, (1 << bits) - 1)
        yield (f"{low:,}-{high:,}" if high > low else f"{low:,}"), groups[bits]


def bars(groups: Iterable[tuple[str, int]]) -> Iterator[str]:
    """One line a group: its name, a bar, its share."""
    listed = list(groups)
    most, total = max(n for _, n in listed), sum(n for _, n in listed)
    for name, n in listed:
        length = round(BAR * n / most) if n else 0
        bar = "#" * max(length, 1 if n else 0)
        yield f"    {name:>22} |{bar:<{BAR}} {n / total:7.2%}"


def _task_lines(tasks: Tasks) -> Iterator[str]:
    success = (
        f"; {_percent(tasks.success.rate)} succeed ({printable(tasks.success.basis)})"
        if tasks.success is not None
        else ""
    )
    yield f"calls per task: mean {_per_task(tasks):.2f} over {tasks.n:,} tasks, by {printable(tasks.key)}{success}"
    sizes = sorted(tasks.calls_hist.items())
    yield from bars((f"{size}" if size <= 8 else f"up to {size}", n) for size, n in sizes)


def _quality(profile: Profile) -> Iterator[str]:
    q = profile.quality
    enough = "enough" if q.cochran_ok else "too few"
    ess = f", as good as {q.ess:,} independent ones" if q.ess is not None else ""
    yield f"quality: {profile.calls.n:,} calls{ess}; {q.n_needed:,} needed: {enough}"
    for text in q.notes:
        yield f"  note: {printable(text)}"
    if profile.calibrated is not None:
        yield f"  scaled by {profile.calibrated.factor:g} to the bill {printable(profile.calibrated.bill)}"


def _per_task(tasks: Tasks) -> float:
    return tasks.sums.k / tasks.n


def _known(tasks: Tasks | None) -> str:
    return "unknown" if tasks is None else f"{_per_task(tasks):.2f}"


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.1%}"


def _days(n: int) -> str:
    return "1 day" if n == 1 else f"{n} days"
