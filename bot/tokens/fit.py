"""Constants from bills: the least absolute error, as a share of the bill or of the estimate, whichever is larger; each
constant within its bounds. Plain arithmetic, no randomness: the same rows give the same constants.

Rows are sparse: how often each constant's thing occurs, and what was billed. A share of the larger of the two is at
most 1, so that a request of which a host left out half does not outweigh all others. It is minimised by iteratively
reweighted least squares (Schlossmacher 1973), each step by coordinate descent, which in a box has one answer. A pull
towards the start decides where the rows leave a choice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

STEPS = 60
SWEEPS = 200
SMALLEST_STEP = 1e-3
# Errors below this share count alike: the weight of a row that fits would be endless.
SMALLEST_ERROR_SHARE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`amounts[j]` times constant j, summed, should be `billed`."""

    amounts: tuple[float, ...]
    billed: float

    def estimate(self, constants: Sequence[float]) -> float:
        return sum(a * c for a, c in zip(self.amounts, constants, strict=True) if a)


def fit(
    rows: Sequence[Row],
    start: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    pull: Sequence[float] | None = None,
) -> list[float]:
    """Constants between `low` and `high`. What no row tells anything about stays at its start.

    `pull`: the weight of each constant's squared distance from its start, beside the summed shares of error.
    """
    anchor = [min(max(s, lo), hi) for s, lo, hi in zip(start, low, high, strict=True)]
    ridge = list(pull) if pull is not None else [0.0] * len(anchor)
    constants = list(anchor)
    alike = Counter((tuple((j, a) for j, a in enumerate(row.amounts) if a), row.billed) for row in rows)
    told = [_Told(amounts, billed, times) for (amounts, billed), times in alike.items()]
    for _ in range(STEPS):
        before = list(constants)
        square, target = _normal(told, constants, anchor, ridge)
        _descend(square, target, constants, low, high)
        if max((abs(a - b) for a, b in zip(before, constants, strict=True)), default=0.0) < SMALLEST_STEP:
            break
    return constants


class _Told(NamedTuple):
    """What occurs in a request, its bill, and how many requests are like it."""

    amounts: tuple[tuple[int, float], ...]
    billed: float
    times: int

    def weight(self, constants: Sequence[float]) -> float:
        """Of the squared error, so that it counts like the absolute one as a share."""
        estimate = sum(a * constants[j] for j, a in self.amounts)
        whole = max(self.billed, estimate)
        return self.times / (whole**2 * max(abs(self.billed - estimate) / whole, SMALLEST_ERROR_SHARE))


def _normal(
    told: Sequence[_Told], constants: Sequence[float], anchor: Sequence[float], ridge: Sequence[float]
) -> tuple[list[list[float]], list[float]]:
    """The normal equations of the weighted squares."""
    n = len(anchor)
    square = [[ridge[i] if i == j else 0.0 for j in range(n)] for i in range(n)]
    target = [r * a for r, a in zip(ridge, anchor, strict=True)]
    for row in told:
        weight = row.weight(constants)
        for i, amount in row.amounts:
            scaled, line = weight * amount, square[i]
            target[i] += scaled * row.billed
            for j, other in row.amounts:
                line[j] += scaled * other
    return square, target


def _descend(
    square: Sequence[Sequence[float]],
    target: Sequence[float],
    constants: list[float],
    low: Sequence[float],
    high: Sequence[float],
) -> None:
    n = len(constants)
    for _ in range(SWEEPS):
        moved = 0.0
        for i in range(n):
            if square[i][i] <= 0:
                continue
            rest = sum(square[i][j] * constants[j] for j in range(n) if j != i)
            value = min(max((target[i] - rest) / square[i][i], low[i]), high[i])
            moved = max(moved, abs(value - constants[i]))
            constants[i] = value
        if moved < 1e-6:
            break
