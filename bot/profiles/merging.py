"""Rare buckets and cells put together until each holds enough calls: nothing in a profile is of fewer than `min_cell`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.profiles.codec import Cell, cell_of

# What spreads a cost more, the input or the output of rare calls, is weighed at output prices of five times the input's,
# the ratio of most price lists of 2026.
_OUTPUT_WEIGHT = 5.0
MAX_CELLS = 2_000
# Of a rare cell: its bucket of input and of output, calls, tokens of input and of output, and the squares of those ÷ calls.
_Rare = tuple[int, int, int, int, int, float, float]


class Run(NamedTuple):
    """`n` rows in the buckets `first` to `last`; nothing is told of where among them."""

    first: int
    last: int
    n: int


def merge_counts(counts: Iterable[tuple[int, int]], min_cell: int) -> tuple[Run, ...]:
    """Counts by bucket, the rare ones put together: in runs of at least `min_cell` rows, as short as may be.

    What is too little for a run of its own joins the nearest other, whose bounds stay. When all rows together are fewer
    than `min_cell` one run remains.
    """
    single = [Run(i, i, n) for i, n in sorted(counts) if n > 0]
    enough = [at for at, run in enumerate(single) if run.n >= min_cell]
    runs: list[Run] = []
    start = 0
    for at in [*enough, len(single)]:
        # Upwards in front of the first bucket with enough rows, else downwards: a tail is cut from its end on.
        runs += _runs(single[start:at], min_cell, upwards=at == enough[0] if enough else False)
        runs += single[at : at + 1]
        start = at + 1
    few = [run for run in runs if run.n < min_cell]
    runs = [run for run in runs if run.n >= min_cell]
    for run in few if runs else ():
        near = min(range(len(runs)), key=lambda k: (max(runs[k].first - run.last, run.first - runs[k].last), runs[k].n))
        runs[near] = runs[near]._replace(n=runs[near].n + run.n)
    return tuple(runs or few)


def _runs(rare: Sequence[Run], min_cell: int, *, upwards: bool) -> list[Run]:
    """Runs of neighbours; what is left at the inner end is a run of fewer rows, or part of the last one."""
    out: list[Run] = []
    for run in rare if upwards else reversed(rare):
        if out and out[-1].n < min_cell:
            last = out.pop()
            run = Run(min(last.first, run.first), max(last.last, run.last), last.n + run.n)
        out.append(run)
    if len(out) > 1 and out[-1].n < min_cell:
        last, before = out.pop(), out.pop()
        out.append(Run(min(last.first, before.first), max(last.last, before.last), last.n + before.n))
    return sorted(out)


def merge_cells(cells: Sequence[tuple[int, ...]], min_cell: int) -> tuple[Cell, ...]:
    """Joint cells (i, o, n, sums) with every one of fewer than `min_cell` rows put together with neighbours; sums are kept.

    Of many calls those with fewer than a two-thousandth are rare too: so many cells tell a p99, and a profile stays small.
    All rare cells together are cut in two, and each half again, as long as both parts have enough rows: across the side
    that spreads their cost more, as near to its middle as may be. What is merged so lies close together.
    """
    min_cell = max(min_cell, sum(cell[2] for cell in cells) // MAX_CELLS)
    done: list[Cell] = []
    rare: list[_Rare] = []
    for i, o, n, tokens_in, tokens_out in cells:
        if n >= min_cell:
            done.append(cell_of((i, o, n, tokens_in, tokens_out, 0, 0)))
        else:
            rare.append((i, o, n, tokens_in, tokens_out, tokens_in * tokens_in / n, tokens_out * tokens_out / n))
    left_rows = sum(c[2] for c in rare)
    if left_rows >= min_cell:
        todo = [(rare, left_rows)]
        while todo:
            part, rows = todo.pop()
            halves = _halves(part, rows, min_cell) if rows >= 2 * min_cell else None
            if halves is None:
                done.append(_box(part))
            else:
                todo += halves
    elif rare:  # fewer than min_cell rows are left over altogether: they join the cell nearest to them
        left = _box(rare)
        near = min(done, key=lambda c: (abs(c.i - left.i) + abs(c.o - left.o), c.n), default=None)
        done = [cell for cell in done if cell is not near]
        done.append(left if near is None else _both(near, left))
    return tuple(sorted(done))


_Part = tuple[list[_Rare], int]  # cells, and the calls in them


def _halves(cells: list[_Rare], rows: int, min_cell: int) -> tuple[_Part, _Part] | None:
    """None where no cut leaves `min_cell` rows on either side."""
    i, o, n, tokens_in, tokens_out, squares_in, squares_out = zip(*cells, strict=True)
    spread_in = sum(squares_in) - sum(tokens_in) ** 2 / rows
    spread_out = (sum(squares_out) - sum(tokens_out) ** 2 / rows) * _OUTPUT_WEIGHT**2
    for side in (0, 1) if spread_in >= spread_out else (1, 0):
        cut = _cut((i, o)[side], n, rows, min_cell)
        if cut is not None:
            at, below = cut
            lower = [c for c in cells if c[side] < at]
            return (lower, below), ([c for c in cells if c[side] >= at], rows - below)
    return None


def _cut(buckets: Sequence[int], counts: Sequence[int], rows: int, min_cell: int) -> tuple[int, int] | None:
    """The first bucket of the upper half, and the rows below it."""
    by_bucket: dict[int, int] = {}
    get = by_bucket.get
    for bucket, n in zip(buckets, counts, strict=True):
        by_bucket[bucket] = get(bucket, 0) + n
    ordered = sorted(by_bucket)
    middle = ordered[0] + ordered[-1]
    most = rows - min_cell
    best: tuple[int, int] | None = None
    least_off = middle
    below, lower = 0, ordered[0]
    for upper in ordered[1:]:
        below += by_bucket[lower]
        if below > most:
            break
        if below >= min_cell:
            off = abs(lower + upper - middle)
            if best is not None and off >= least_off:
                break  # past the middle each further one is farther off
            best, least_off = (upper, below), off
        lower = upper
    return best


def _box(cells: Sequence[_Rare]) -> Cell:
    i, o, n, tokens_in, tokens_out, _, _ = zip(*cells, strict=True)
    low_i, low_o = min(i), min(o)
    return Cell(low_i, low_o, sum(n), sum(tokens_in), sum(tokens_out), max(i) - low_i, max(o) - low_o)


def _both(a: Cell, b: Cell) -> Cell:
    i, o = min(a.i, b.i), min(a.o, b.o)
    return Cell(
        i,
        o,
        a.n + b.n,
        a.input_tokens + b.input_tokens,
        a.output_tokens + b.output_tokens,
        max(a.i + a.wide_i, b.i + b.wide_i) - i,
        max(a.o + a.wide_o, b.o + b.wide_o) - o,
    )
