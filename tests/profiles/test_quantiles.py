"""Percentiles of cost out of merged cells and histograms against those of the calls themselves."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.profiles.codec import HIST_BASE, JOINT_BASE, Cell, bucket
from bot.profiles.merging import merge_cells
from bot.profiles.model_part import merged_hist
from bot.profiles.quantiles import CostPoint, cost_points, weighted_quantiles
from bot.profiles.schema import Hist

Calls = list[tuple[int, int]]


def questions_and_documents() -> Calls:
    """8,000 calls of two kinds, as in the synthetic Mooncake trace: the longer the input the shorter the answer."""
    random_ = random.Random(8)
    out = []
    for _ in range(8000):
        if random_.random() < 0.55:
            out.append((1 + int(random_.lognormvariate(7.6, 0.9)), 1 + int(random_.lognormvariate(5.6, 0.5))))
        else:
            out.append((1 + int(random_.gammavariate(5, 7000)), 1 + int(random_.expovariate(1 / 25))))
    return out


def cells_of(calls: Calls) -> list[tuple[int, ...]]:
    found: dict[tuple[int, int], list[int]] = {}
    for call in calls:
        sums = found.setdefault((bucket(call[0], JOINT_BASE), bucket(call[1], JOINT_BASE)), [0, 0, 0])
        for at, value in enumerate((1, *call)):
            sums[at] += value
    return [(i, o, *sums) for (i, o), sums in found.items()]


def hist_of(tokens: Iterable[int], min_cell: int) -> Hist:
    return merged_hist(Counter(bucket(t, HIST_BASE) for t in tokens), min_cell)


def points_of(calls: Calls, min_cell: int) -> tuple[CostPoint, ...]:
    came_in, went_out = (hist_of([c[at] for c in calls], min_cell).counts() for at in (0, 1))
    return cost_points(
        merge_cells(cells_of(calls), min_cell), came_in, went_out, hist_base=HIST_BASE, joint_base=JOINT_BASE
    )


@pytest.mark.parametrize("prices", [(3.0, 15.0), (0.25, 2.0), (1.0, 1.0)])
def test_within_one_and_a_half_percent(prices: tuple[float, float]) -> None:
    """The bound of the issue, at three ratios of prices; cells of fewer than ten calls are merged."""
    calls = questions_and_documents()
    p_in, p_out = prices
    exact = sorted(p_in * i + p_out * o for i, o in calls)
    qs = (0.5, 0.9, 0.95, 0.99)
    found = weighted_quantiles(((p_in * i + p_out * o, n) for i, o, n in points_of(calls, 10)), qs)
    for q, usd in zip(qs, found, strict=True):
        assert usd == pytest.approx(exact[math.ceil(q * len(exact)) - 1], rel=0.015), q


CALLS = st.lists(st.tuples(st.integers(0, 300_000), st.integers(0, 40_000)), min_size=1, max_size=200)


@given(CALLS, st.integers(1, 30))
def test_points_keep_the_calls_and_the_means(calls: Calls, min_cell: int) -> None:
    points = points_of(calls, min_cell)
    assert sum(p.calls for p in points) == len(calls)
    for at in (0, 1):
        assert sum(p[at] * p.calls for p in points) == pytest.approx(sum(c[at] for c in calls))


def test_many_calls_make_no_more_points_than_are_needed() -> None:
    cells = [Cell(i, o, 5000, 5000 * i, 5000 * o) for i in range(60, 120) for o in range(20, 100)]
    hists = [[(5 * k, 5000) for k in range(first, last)] for first, last in ((60, 120), (20, 100))]
    points = cost_points(cells, *hists, hist_base=HIST_BASE, joint_base=JOINT_BASE)
    assert len(cells) <= len(points) <= 12_000


def test_a_cell_of_few_of_many_calls_is_merged_too() -> None:
    """A profile of 10 million calls has some two thousand cells, each with at least a two-thousandth of the calls."""
    cells = [(i, o, 100, 100 * i, 100 * o) for i in range(320) for o in range(320)]
    merged = merge_cells(cells, 10)
    assert 1_000 < len(merged) <= 2_000
    assert min(c.n for c in merged) >= 320 * 320 * 100 // 2_000


def test_what_is_merged_lies_close_together() -> None:
    """Two far groups of rare cells are not put together, and a single call far off joins the nearest cell."""
    far = [(100 + k, 50, 4, 4_000_000, 4_000) for k in range(5)]
    near = [(10 + k, 5, 4, 400, 40) for k in range(5)]
    merged = merge_cells([*far, *near], 10)
    assert [(c.i, c.wide_i, c.n) for c in merged] == [(10, 4, 20), (100, 4, 20)]
    assert merge_cells([(10, 5, 50, 5000, 50), (90, 5, 50, 500_000, 50), (95, 5, 1, 20_000, 1)], 10) == (
        Cell(10, 5, 50, 5000, 50),
        Cell(90, 5, 51, 520_000, 51, 5, 0),
    )
