"""Percentiles: of tokens from a log-histogram, of cost per call from the joint cells and the two fine histograms.

A joint cell (base 1.104) knows its rows and its exact mean input and output; how they lie inside it is taken from the fine
histograms (base 1.02) of the same calls. Merged blocks get what the unmerged cells leave over, level by level.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.profiles.codec import Cell, bounds, bucket

Points = tuple[tuple[float, float], ...]  # (tokens, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPoint:
    """A bit of the distribution of calls: `weight` calls of these input and output tokens."""

    input_tokens: float
    output_tokens: float
    weight: float


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
    cells: Iterable[Cell],
    input_counts: Sequence[tuple[int, int]],
    output_counts: Sequence[tuple[int, int]],
    *,
    hist_base: float,
    joint_base: float,
) -> tuple[CostPoint, ...]:
    """The joint distribution of input and output in fine points; the mean of every cell is kept exactly."""
    inputs = _Margin(input_counts, hist_base, joint_base)
    outputs = _Margin(output_counts, hist_base, joint_base)
    by_level: dict[int, list[Cell]] = {}
    for cell in cells:
        by_level.setdefault(cell.level, []).append(cell)
    points: list[CostPoint] = []
    for _, group in sorted(by_level.items()):
        for cell in group:
            covered_in, covered_out = cell.buckets()
            across = inputs.spread(covered_in, cell.input_tokens / cell.n)
            along = outputs.spread(covered_out, cell.output_tokens / cell.n)
            points += (
                CostPoint(input_tokens=x, output_tokens=y, weight=cell.n * wx * wy)
                for x, wx in across
                for y, wy in along
            )
        inputs.take(group, [c.buckets()[0] for c in group])
        outputs.take(group, [c.buckets()[1] for c in group])
    return tuple(points)


class _Margin:
    """A fine histogram, sorted into the coarse buckets of the joint cells, with the rows that are still to be placed."""

    def __init__(self, counts: Sequence[tuple[int, int]], hist_base: float, joint_base: float) -> None:
        self.fine: dict[int, list[tuple[float, int]]] = {}
        for i, n in counts:
            tokens = sum(bounds(i, hist_base)) / 2
            self.fine.setdefault(bucket(round(tokens), joint_base), []).append((tokens, n))
        self.rows = {k: float(sum(n for _, n in v)) for k, v in self.fine.items()}
        self.left = dict(self.rows)

    def spread(self, covered: range, mean: float) -> Points:
        """Points inside the covered buckets whose weights sum to 1 and whose mean is `mean`."""
        # A thousandth of its rows keeps a bucket in play whose rows were all placed: better spread than one lump.
        raw = [
            (tokens, n * max(self.left[k] / self.rows[k], 1e-3))
            for k in covered
            if k in self.fine
            for tokens, n in self.fine[k]
        ]
        total = sum(w for _, w in raw)
        centre = sum(t * w for t, w in raw) / total if total else 0.0
        if not centre:
            return ((mean, 1.0),)
        return tuple((t * mean / centre, w / total) for t, w in raw)

    def take(self, cells: Sequence[Cell], covered: Sequence[range]) -> None:
        used: dict[int, float] = {}
        for cell, where in zip(cells, covered, strict=True):
            inside = [k for k in where if k in self.left]
            total = sum(self.left[k] for k in inside)
            for k in inside:
                if total:
                    used[k] = used.get(k, 0.0) + cell.n * self.left[k] / total
        for k, n in used.items():
            self.left[k] = max(0.0, self.left[k] - n)


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
