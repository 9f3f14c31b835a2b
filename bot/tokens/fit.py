"""Constants from bills: the least absolute relative error, each constant within its bounds. Plain arithmetic, no
randomness: the same rows give the same constants.

Rows are sparse: how often each constant's thing occurs, and what was billed. The absolute error is minimised by
iteratively reweighted least squares (Schlossmacher 1973), each step by coordinate descent, which in a box has one
answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

STEPS = 60
SWEEPS = 200
# Errors below this share count alike: the weight of a row that fits would be endless.
SMALLEST_ERROR_SHARE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`amounts[j]` times constant j, summed, should be `billed`."""

    amounts: tuple[float, ...]
    billed: float

    def estimate(self, constants: Sequence[float]) -> float:
        return sum(a * c for a, c in zip(self.amounts, constants, strict=True))


def fit(rows: Sequence[Row], start: Sequence[float], low: Sequence[float], high: Sequence[float]) -> list[float]:
    """Constants between `low` and `high`. What no row tells anything about stays at its start."""
    constants = [min(max(s, lo), hi) for s, lo, hi in zip(start, low, high, strict=True)]
    for _ in range(STEPS):
        before = list(constants)
        weights = [_weight(row, constants) for row in rows]
        _descend(rows, weights, constants, low, high)
        if max((abs(a - b) for a, b in zip(before, constants, strict=True)), default=0.0) < 1e-5:
            break
    return constants


def _weight(row: Row, constants: Sequence[float]) -> float:
    """Of the squared error, so that it counts like the absolute relative one."""
    error_share = abs(row.billed - row.estimate(constants)) / row.billed
    return 1 / (row.billed**2 * max(error_share, SMALLEST_ERROR_SHARE))


def _descend(
    rows: Sequence[Row], weights: Sequence[float], constants: list[float], low: Sequence[float], high: Sequence[float]
) -> None:
    n = len(constants)
    square = [
        [sum(w * r.amounts[i] * r.amounts[j] for w, r in zip(weights, rows, strict=True)) for j in range(n)]
        for i in range(n)
    ]
    target = [sum(w * r.amounts[i] * r.billed for w, r in zip(weights, rows, strict=True)) for i in range(n)]
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
