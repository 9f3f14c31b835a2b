"""A traffic profile as traffic: every number is recomputed from the calls that the profile was made of."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.config import load_config
from bot.model import Range
from bot.profiles.codec import Cell, bucket, pack
from bot.profiles.schema import CLASSES, COV_PAIRS, SCHEMA, Profile, write_profile
from bot.traffic import notes_on, traffic_for
from bot.traffic.static import static_tokens
from prompts_scanner.tree import MemoryTree
from tests.cost.make import pricer, site, system, top_k, words

# (uncached input, cache read, output visible, reasoning) of forty calls, fourteen tasks
CALLS: tuple[tuple[int, int, int, int], ...] = tuple(
    (300 + 7 * i, 1200 if i % 4 else 0, 50 + i % 9, 20 if i % 2 else 0) for i in range(40)
)
TASKS = 14


def of_classes(call: tuple[int, int, int, int]) -> tuple[int, ...]:
    return (call[0], call[1], 0, 0, call[2], call[3])


def histogram(values: Sequence[int], base: float) -> dict[str, Any]:
    counts = Counter(bucket(v, base) for v in values)
    first, last = min(counts), max(counts)
    return {"i0": first, "c": tuple(counts.get(i, 0) for i in range(first, last + 1))}


def covariance(a: Sequence[int], b: Sequence[int]) -> float:
    return statistics.covariance(a, b) if a is not b else statistics.variance(a)


def model_part(calls: Sequence[tuple[int, int, int, int]], name: str) -> dict[str, Any]:
    rows = [of_classes(c) for c in calls]
    columns = list(zip(*rows, strict=True))
    inputs, outputs = [sum(r[:4]) for r in rows], [sum(r[4:]) for r in rows]
    cells: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for i, o in zip(inputs, outputs, strict=True):
        cells.setdefault((bucket(i, 1.25), bucket(o, 1.25)), []).append((i, o))
    packed = [
        Cell(i=i, o=o, n=len(v), input_tokens=sum(x for x, _ in v), output_tokens=sum(y for _, y in v))
        for (i, o), v in cells.items()
    ]
    some = dict.fromkeys(("p50", "p90", "p95", "p99", "p999"), 1)
    return {
        "model": name,
        "share": len(calls) / len(CALLS),
        "n": len(calls),
        "static_prefix": {"tokens": 1000, "measured_as": "min_input_p1"},
        "cache_hit_calls_share": sum(c[1] > 0 for c in calls) / len(calls),
        "mean": {k: statistics.fmean(v) for k, v in zip(CLASSES, columns, strict=True)},
        "cov_upper": tuple(covariance(columns[a], columns[b]) for a, b in COV_PAIRS),
        "percentiles": {"input": some, "output": some},
        "hist": {"base": 1.02, "input": histogram(inputs, 1.02), "output": histogram(outputs, 1.02)},
        "joint": {"cells": pack(packed)},
    }


def profile(**changes: Any) -> Profile:
    k = len(CALLS) / TASKS
    values: dict[str, Any] = {
        "schema": SCHEMA,
        "feature": "support",
        "window": {"from": date(2026, 10, 1), "to": date(2026, 10, 10), "days": 10},
        "source": {"adapter": "plain", "engine": "duckdb", "rows_read": 40, "usage_convention": "inclusive",
                   "sampling_rate": 0.1},
        "built": {"tool": "test", "at": date(2026, 10, 11), "min_cell": 1},
        "calls": {"n": len(CALLS), "per_day": (4,) * 10},
        "tasks": {"n": TASKS, "key": "trace", "success": {"rate": 0.8, "basis": "score"}, "calls_hist": {3: TASKS},
                  "sums": {"k": k * TASKS, "kk": 1, "in": 1, "in2": 1, "out": 1, "out2": 1, "in_k": 1, "out_k": 1,
                           "in_out": 1}},
        "outcomes": {"name": "solved", "per_task": 0.6},
        "latency_class": {"batchable_share": 0.25},
        "arrivals": {"gap_le_5m": 0.5, "gap_le_30m": 0.7, "gap_le_1h": 0.9, "gaps": 39},
        "models": (model_part(CALLS[:30], "claude-sonnet-4-5"), model_part(CALLS[30:], "claude-haiku-4-5")),
        "quality": {"n_needed": 300, "cochran_ok": True},
    }  # fmt: skip
    return Profile.model_validate({**values, **changes})


def tree(policy: str = "features: {support: {match: [{path: app/**}]}}", **changes: Any) -> MemoryTree:
    return MemoryTree({".aicost.yml": policy, ".aicost/profiles/support.yaml": write_profile(profile(**changes))})


INPUTS = [c[0] + c[1] for c in CALLS]
OUTPUTS = [c[2] + c[3] for c in CALLS]
CHAT = site(system("hello"))


def test_a_profile_of_the_features_name_is_its_traffic() -> None:
    traffic = traffic_for(CHAT, load_config(tree()), static_tokens=200)
    assert traffic is not None
    # 40 logged calls at a sampling rate of 0.1 in ten days; a month has 365 × 24 ÷ 12 = 730 hours
    assert traffic.calls_per_month == Range.exactly(Decimal(400) * 730 / 240)
    assert traffic.dynamic_input_tokens is not None
    assert traffic.dynamic_input_tokens.likely == pytest.approx(statistics.fmean(INPUTS) - 200, abs=0.5)
    assert traffic.output_tokens is not None
    assert traffic.output_tokens.likely == pytest.approx(statistics.fmean(OUTPUTS), abs=0.5)
    assert traffic.cache_hit_share == Decimal(sum(c[1] > 0 for c in CALLS)) / len(CALLS)
    assert traffic.calls_per_task == pytest.approx(Decimal(len(CALLS)) / TASKS)
    assert traffic.success_share == Decimal("0.8")
    # the profile counts outcomes per task, the worksheet divides those per success
    assert traffic.outcome_share == Decimal("0.6") / Decimal("0.8")
    assert traffic.gap_shares == {300: Decimal("0.5"), 1800: Decimal("0.7"), 3600: Decimal("0.9")}
    assert traffic.batchable_share == Decimal("0.25")
    assert traffic.days_observed == 10
    assert traffic.source == "profile support, 40 calls, 2026-10-01 to 2026-10-10"


def test_what_of_the_run_time_input_the_cache_read() -> None:
    """1,200 tokens are read in three calls of four; 200 of them each time are the static part, the rest is history."""
    traffic = traffic_for(CHAT, load_config(tree()), static_tokens=200)
    assert traffic is not None and traffic.history_read_share is not None
    read = statistics.fmean(c[1] for c in CALLS)
    expected = (read - 0.75 * 200) / (statistics.fmean(INPUTS) - 200)
    assert float(traffic.history_read_share) == pytest.approx(expected, rel=0.002)  # means are whole tokens
    # all that is read is the static part
    whole = traffic_for(CHAT, load_config(tree()), static_tokens=1_200)
    assert whole is not None and whole.history_read_share == 0
    untold = tuple(
        {**model_part(c, m), "cache_hit_calls_share": None} for c, m in ((CALLS[:30], "a"), (CALLS[30:], "b"))
    )
    unknown = traffic_for(CHAT, load_config(tree(models=untold)), static_tokens=200)
    assert unknown is not None and unknown.history_read_share is None


def test_the_range_is_the_sampling_error_of_the_mean() -> None:
    """± 1.96 s/√n over all rows; the profile holds them as two models with their own means."""
    traffic = traffic_for(CHAT, load_config(tree()), static_tokens=0)
    assert traffic is not None and traffic.dynamic_input_tokens is not None
    half = 1.96 * statistics.pstdev(INPUTS) / len(INPUTS) ** 0.5
    tokens = traffic.dynamic_input_tokens
    assert tokens.high - tokens.likely == pytest.approx(half, rel=0.03, abs=1)
    assert tokens.likely - tokens.low == pytest.approx(half, rel=0.03, abs=1)


def test_fewer_effective_calls_widen_the_range() -> None:
    usual = traffic_for(CHAT, load_config(tree()), 0)
    clustered = traffic_for(CHAT, load_config(tree(quality={"ess": 10, "n_needed": 300, "cochran_ok": True})), 0)
    assert usual is not None and usual.dynamic_input_tokens is not None
    assert clustered is not None and clustered.dynamic_input_tokens is not None
    widths = [t.dynamic_input_tokens.high - t.dynamic_input_tokens.likely for t in (usual, clustered)]  # type: ignore[union-attr]
    assert widths[1] == pytest.approx(2 * widths[0], abs=2)  # √(40 ÷ 10)


def test_distributions_keep_the_calls_and_their_means() -> None:
    traffic = traffic_for(CHAT, load_config(tree()), static_tokens=100)
    assert traffic is not None and traffic.dynamic_input_spread is not None
    assert sum(n for _, n in traffic.dynamic_input_spread.points) == len(CALLS)
    mean = sum(t * n for t, n in traffic.dynamic_input_spread.points) / len(CALLS)
    assert mean == pytest.approx(statistics.fmean(INPUTS) - 100, rel=0.02)  # buckets of 2 %
    assert sum(n for _, _, n in traffic.cost_points) == len(CALLS)
    joint = sum(i * n for i, _, n in traffic.cost_points) / len(CALLS)
    assert joint == pytest.approx(statistics.fmean(INPUTS) - 100, abs=1)


def test_without_our_count_the_logs_estimate_is_taken_and_said() -> None:
    traffic = traffic_for(CHAT, load_config(tree()))
    assert traffic is not None and traffic.dynamic_input_tokens is not None
    assert traffic.dynamic_input_tokens.likely == pytest.approx(statistics.fmean(INPUTS) - 1000, abs=0.5)
    assert traffic.source.endswith("its static part estimated from the log")


def test_without_either_the_run_time_input_is_unknown() -> None:
    models = tuple({**model_part(c, m), "static_prefix": None} for c, m in ((CALLS[:30], "a"), (CALLS[30:], "b")))
    traffic = traffic_for(CHAT, load_config(tree(models=models)))
    assert traffic is not None
    assert traffic.dynamic_input_tokens is None
    assert traffic.cost_points == ()
    assert traffic.output_tokens is not None


def test_a_bill_scales_the_volume() -> None:
    bill = {"factor": 1.5, "bill": "usage export", "from": date(2026, 10, 1), "to": date(2026, 10, 10)}
    traffic = traffic_for(CHAT, load_config(tree(calibrated=bill)))
    assert traffic is not None
    assert traffic.calls_per_month == Range.exactly(Decimal(600) * 730 / 240)


def test_numbers_of_the_file_go_before_and_both_sources_are_named() -> None:
    policy = "features: {support: {match: [{path: app/**}], output_tokens: 9, success_share: 0.5}}"
    traffic = traffic_for(CHAT, load_config(tree(policy)), 0)
    assert traffic is not None
    assert traffic.output_tokens == Range.exactly(9)
    assert traffic.output_spread is None
    assert traffic.cost_points == ()  # measured with other outputs
    assert traffic.success_share == Decimal("0.5")
    assert traffic.source == ".aicost.yml features.support; profile support, 40 calls, 2026-10-01 to 2026-10-10"


def test_a_profile_holds_chat_calls_only() -> None:
    assert traffic_for(replace(CHAT, operation="embed"), load_config(tree())) is None


def test_a_profile_under_another_name_is_named() -> None:
    policy = "features: {chat: {match: [{path: app/**}], profile: support}}"
    traffic = traffic_for(CHAT, load_config(tree(policy)))
    assert traffic is not None
    assert traffic.feature == "chat"
    assert traffic.days_observed == 10


def test_the_static_part_is_that_of_the_base_on_both_sides() -> None:
    """The head's longer prompt must not shrink its run-time input: the log was made with the base's."""
    base = site(system(words(120)), retrieval=(top_k(4),))
    head = replace(base, id="moved", surfaces=(system(words(300)),))
    new = replace(base, id="new", surfaces=(system(words(50)),))
    counted = static_tokens([(base, head), (None, new), (None, None)], lambda s: pricer(chunk_tokens=400).price(s).cost)
    assert counted == {base.id: 120, "moved": 120, "new": 50}


def test_a_profile_that_several_calls_share_is_said() -> None:
    twice = (CHAT, replace(CHAT, id="b"))
    (note,) = notes_on(twice, load_config(tree()))
    assert note.startswith("The traffic profile of support is taken for each of its 2 call sites")
    assert notes_on((CHAT, replace(CHAT, id="b", operation="embed")), load_config(tree())) == ()
