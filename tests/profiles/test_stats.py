"""Closed forms from a profile equal what the rows give: means, standard errors, paired changes, clustering by task."""

from __future__ import annotations

import math
import random
import statistics
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.profiles.codec import bucket
from bot.profiles.schema import Hist, Profile
from bot.profiles.stats import Prices, calls_needed, cost_per_call, effective_calls, paired_delta, psi, quantiles_usd
from tests.profiles.make import build, jsonl

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
# USD per million tokens: input, cache read, two kinds of write, output, reasoning
PRICES = Prices(usd_per_mtok=tuple(Decimal(p) for p in ("3", "0.3", "3.75", "6", "15", "15")))
P_IN, P_READ, P_OUT = 3e-6, 0.3e-6, 15e-6


def rows() -> list[dict[str, Any]]:
    """600 tasks of one to six calls; the calls of a task resemble each other."""
    random_ = random.Random(4)
    start = datetime(2026, 11, 1, tzinfo=UTC)
    out: list[dict[str, Any]] = []
    for task in range(600):
        size = random_.lognormvariate(7, 0.8)
        for _ in range(random_.randint(1, 6)):
            came_in = int(size * random_.uniform(0.8, 1.2)) + 1
            out.append(
                {
                    "time": (start + timedelta(minutes=len(out))).isoformat(),
                    "feature": "f",
                    "model": "m",
                    "task_id": task,
                    "uncached_input_tokens": came_in,
                    "cached_tokens": came_in // 2 if random_.random() < 0.5 else 0,
                    "output_tokens": int(random_.lognormvariate(5, 0.7)) + 1,
                }
            )
    return out


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    folder = tmp_path_factory.mktemp("stats")
    return build(folder, jsonl(folder / "log.jsonl", rows()), min_cell=10).one


def usd(row: dict[str, Any], added: int = 0, factor: float = 1.0) -> float:
    whole = P_IN * (row["uncached_input_tokens"] + added) + P_READ * row["cached_tokens"]
    return float(whole + P_OUT * factor * row["output_tokens"])


def clustered_se(values: list[float], keys: list[int]) -> float:
    """Ratio of totals over tasks: sqrt(Σ(y − R·k)² · t/(t − 1)) ÷ Σk (Cochran 1977, section 6.3)."""
    sums: dict[int, list[float]] = {}
    for value, key in zip(values, keys, strict=True):
        sums.setdefault(key, []).append(value)
    ratio, t = statistics.fmean(values), len(sums)
    return math.sqrt(sum((sum(v) - ratio * len(v)) ** 2 for v in sums.values()) * t / (t - 1)) / len(values)


def test_the_mean_cost_and_its_clustered_error_are_those_of_the_rows(built: Profile) -> None:
    log = rows()
    costs = [usd(r) for r in log]
    found = cost_per_call(built, {"m": PRICES})
    assert found is not None
    assert float(found.mean_usd) == pytest.approx(statistics.fmean(costs), rel=1e-9)
    naive = statistics.stdev(costs) / math.sqrt(len(costs))
    assert found.se_usd == pytest.approx(naive * math.sqrt(found.design_effect), rel=1e-6)
    # the task sums hold input and output, not the six classes: the blend of input prices stands in for each call's own
    assert found.se_usd == pytest.approx(clustered_se(costs, [r["task_id"] for r in log]), rel=0.1)
    assert found.se_usd > 1.2 * naive


def test_the_effective_number_of_calls(built: Profile) -> None:
    log = rows()
    costs = [r["uncached_input_tokens"] + r["cached_tokens"] + 5.0 * r["output_tokens"] for r in log]
    effect = (clustered_se(costs, [r["task_id"] for r in log]) / (statistics.stdev(costs) / math.sqrt(len(log)))) ** 2
    assert effective_calls(built) == pytest.approx(len(log) / effect, rel=0.01)
    assert built.quality.ess == effective_calls(built)


def test_a_change_on_the_same_calls_is_paired(built: Profile) -> None:
    log = rows()
    deltas = [usd(r, added=400, factor=1.1) - usd(r) for r in log]
    found = paired_delta(built, {"m": PRICES}, {"m": PRICES}, added_input_tokens=400, output_factor=1.1)
    assert found is not None
    assert float(found.mean_usd) == pytest.approx(statistics.fmean(deltas), rel=1e-9)
    plain = statistics.stdev(deltas) / math.sqrt(len(deltas))
    assert found.se_usd == pytest.approx(plain * math.sqrt(found.design_effect), rel=1e-6)


def test_a_constant_addition_has_no_sampling_error(built: Profile) -> None:
    found = paired_delta(built, {"m": PRICES}, {"m": PRICES}, added_input_tokens=400)
    assert found is not None
    assert found.low_usd == found.high_usd == found.mean_usd
    assert float(found.mean_usd) == pytest.approx(400 * P_IN)


def test_percentiles_of_the_cost(built: Profile) -> None:
    """5 % is the bound of the facts for joint cells of base 1.25 on real traces."""
    costs = sorted(usd(r) for r in rows())
    qs = (0.5, 0.9, 0.95)
    for found, q in zip(quantiles_usd(built.models[0], PRICES, qs), qs, strict=True):
        assert found == pytest.approx(costs[math.ceil(q * len(costs)) - 1], rel=0.06)


def test_an_unpriced_model_has_no_cost(built: Profile) -> None:
    assert cost_per_call(built, {}) is None


def test_calls_needed() -> None:
    assert (calls_needed(None), calls_needed(1.0), calls_needed(6.0)) == (300, 300, 900)


def test_a_window_has_not_drifted_from_itself(built: Profile) -> None:
    hist = built.models[0].hist
    assert psi(hist.input, hist.input, hist.base) == 0
    assert psi(hist.input, hist.output, hist.base) > 0.25


@pytest.mark.parametrize(("was", "now"), [(100, 150), (150, 100)])
def test_calls_that_were_all_alike_have_drifted_when_all_are_another_size(was: int, now: int) -> None:
    """p = 1 - 1/2n, q = 1/2n in one group and the other way round in the second: (1 - 0.5/n) ln(2n) twice."""
    n, base = 50, 1.04

    def alike(tokens: int) -> Hist:
        return Hist(i0=bucket(tokens, base), c=(n,))

    expected = 2 * (1 - 0.5 / n) * math.log(2 * n)
    assert psi(alike(was), alike(now), base) == pytest.approx(expected)
