"""Percentiles: of tokens from a log-histogram, of cost per call from the joint cells and the two fine histograms.

A joint cell (base 1.104) knows its rows and its exact mean input and output; how they lie inside it is taken from the fine
histograms (base 1.02) of the same calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from bot.profiles.codec import Cell, bounds, bucket

Point = tuple[float, float]  # (tokens, rows)
_POINTS = 6_000
# Which eighth of a cell's output goes with which eighth of its input: no correlation, and of all such orders the one whose
# sums, at price ratios from 1:5 to 5:1, lie closest to those of all 64 pairs.
_PAIRED = (2, 5, 6, 0, 3, 7, 1, 4)


class CostPoint(NamedTuple):
    """A bit of the distribution of calls: `calls` calls of these input and output tokens."""

    input_tokens: float
    output_tokens: float
    calls: int


def hist_quantile(counts: Sequence[tuple[int, int]], q: float, base: float) -> int:
    """The nearest-rank q-quantile in tokens; inside a bucket the rows are taken to be evenly spread."""
    total = sum(n for _, n in counts)
    if total == 0:
        raise ValueError("an empty histogram has no quantiles")
    rank = max(1.0, q * total)
    seen = 0
    for i, n in sorted(counts):
        if seen + n >= rank:
            low, high = bounds(i, base)
            return round(low + (high - low) * (rank - seen - 0.5) / n) if n else low
        seen += n
    return bounds(max(i for i, _ in counts), base)[1]


def expected_min(counts: Sequence[tuple[int, int]], cap: int, base: float) -> float:
    """E[min(X, cap)]: what a limit of `cap` tokens leaves of the mean (pruning, output caps)."""
    total = sum(n for _, n in counts)
    return sum(n * min(sum(bounds(i, base)) / 2, cap) for i, n in counts) / total


def share_above(counts: Sequence[tuple[int, int]], limit: int, base: float) -> float:
    """The share of rows above `limit` tokens; the bucket that holds it is divided evenly."""
    total = above = 0.0
    for i, n in counts:
        low, high = bounds(i, base)
        total += n
        above += n * min(1.0, max(0.0, (high - max(limit, low - 1)) / (high - low + 1)))
    return above / total


def cost_points(
    cells: Sequence[Cell],
    input_counts: Sequence[tuple[int, int]],
    output_counts: Sequence[tuple[int, int]],
    *,
    hist_base: float,
    joint_base: float,
) -> tuple[CostPoint, ...]:
    """The joint distribution of input and output in up to eight points a cell; the mean of every cell is kept exactly.

    Where a cell covers few calls of many it gets fewer points: some 6,000 are enough for a p99.
    """
    inputs, outputs = _by_bucket(input_counts, hist_base, joint_base), _by_bucket(output_counts, hist_base, joint_base)
    calls = sum(cell.n for cell in cells)
    points: list[CostPoint] = []
    for cell in cells:
        parts = max(1, min(len(_PAIRED), cell.n, round(cell.n * _POINTS / calls)))
        order, weights = _order(parts), _shared(cell.n, parts)
        across, along = cell.buckets()
        came_in = _nodes(inputs, across, cell.input_tokens / cell.n, weights)
        paired = [weights[order.index(k)] for k in range(parts)]  # what goes together is as many calls
        went_out = _nodes(outputs, along, cell.output_tokens / cell.n, paired)
        points += (CostPoint(x, went_out[at], n) for x, at, n in zip(came_in, order, weights, strict=True))
    return tuple(points)


@cache
def _order(parts: int) -> tuple[int, ...]:
    first = _PAIRED[:parts]
    return tuple(sorted(first).index(k) for k in first)


def _shared(n: int, parts: int) -> list[int]:
    whole, more = divmod(n, parts)
    return [whole + 1] * more + [whole] * (parts - more)


def _by_bucket(counts: Sequence[tuple[int, int]], hist_base: float, joint_base: float) -> dict[int, list[Point]]:
    """A fine histogram, sorted into the coarse buckets of the joint cells."""
    out: dict[int, list[Point]] = {}
    for i, n in sorted(counts):
        tokens = sum(bounds(i, hist_base)) / 2
        out.setdefault(bucket(round(tokens), joint_base), []).append((tokens, n))
    return out


def _nodes(fine: dict[int, list[Point]], covered: range, mean: float, weights: Sequence[int]) -> list[float]:
    """Tokens of as many groups of calls as there are weights, from the fewest to the most; their mean is `mean`."""
    inside = [point for k in covered for point in fine.get(k, ())]
    total = sum(n for _, n in inside)
    centre = sum(t * n for t, n in inside) / total if total else 0.0
    if not centre:
        return [mean] * len(weights)
    out: list[float] = []
    calls = sum(weights)
    at, left = 0, inside[0][1]
    for weight in weights:
        need = share = total * weight / calls
        tokens = 0.0
        while need > left and at + 1 < len(inside):
            tokens += inside[at][0] * left
            need -= left
            at += 1
            left = inside[at][1]
        tokens += inside[at][0] * need
        left -= need
        out.append(tokens / share * mean / centre)
    return out


def weighted_quantiles(values: Iterable[tuple[float, float]], qs: Sequence[float]) -> tuple[float, ...]:
    """Nearest-rank quantiles of (value, weight) pairs."""
    ordered = sorted(values)
    total = sum(w for _, w in ordered)
    answers: list[float] = []
    for q in qs:
        seen = 0.0
        for value, weight in ordered:
            seen += weight
            if seen >= q * total * (1 - 1e-12):
                answers.append(value)
                break
    return tuple(answers)
