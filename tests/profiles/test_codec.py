"""Buckets, merged cells and their packed form hold every call and every token."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.profiles.codec import HIST_BASE, Cell, PackedError, bounds, bucket, pack, unpack
from bot.profiles.merging import Run, merge_cells, merge_counts
from bot.profiles.model_part import merged_hist

CELLS = st.dictionaries(
    st.tuples(st.integers(-1, 80), st.integers(-1, 60)),
    st.tuples(st.integers(1, 60), st.integers(0, 10**9), st.integers(0, 10**7)),
    min_size=1,
    max_size=60,
).map(lambda d: [Cell(i=i, o=o, n=n, input_tokens=x, output_tokens=y) for (i, o), (n, x, y) in d.items()])


@given(st.integers(0, 10**9), st.sampled_from([HIST_BASE, 1.25]))
def test_a_number_lies_within_the_bounds_of_its_bucket(x: int, base: float) -> None:
    low, high = bounds(bucket(x, base), base)
    assert low <= x <= high


@given(CELLS, st.integers(1, 50))
def test_merging_keeps_calls_and_tokens_and_leaves_no_rare_cell(cells: list[Cell], min_cell: int) -> None:
    merged = merge_cells([cell[:5] for cell in cells], min_cell)
    for name in ("n", "input_tokens", "output_tokens"):
        assert sum(getattr(c, name) for c in merged) == sum(getattr(c, name) for c in cells)
    assert all(c.n >= min_cell for c in merged) or len(merged) == 1


@given(CELLS)
def test_packed_cells_come_back(cells: list[Cell]) -> None:
    assert unpack(pack(cells)) == tuple(sorted(cells))


@given(st.text())
def test_damaged_cells_are_refused(text: str) -> None:
    try:
        unpack(text)
    except PackedError:
        return
    assert text.startswith("zlib+base64:")


@given(st.dictionaries(st.integers(0, 400), st.integers(1, 30), min_size=1), st.integers(1, 50))
def test_merged_buckets_hold_all_rows(counts: dict[int, int], min_cell: int) -> None:
    runs = merge_counts(counts.items(), min_cell)
    assert sum(run.n for run in runs) == sum(counts.values())
    assert all(run.n >= min_cell for run in runs) or len(runs) == 1
    assert all(a.last < b.first for a, b in pairwise(runs))
    assert all(Run(i, i, n) in runs or min_cell > 1 for i, n in counts.items())


def test_rare_buckets_join_their_neighbours() -> None:
    """From the end of a tail inwards; a bucket with enough rows keeps its bounds, whatever joins it."""
    counts = [(3, 2), (5, 40), (6, 3), (7, 4), (9, 4), (12, 1), (20, 9)]
    assert merge_counts(counts, 10) == (Run(5, 5, 42), Run(6, 9, 11), Run(12, 20, 10))
    assert merge_counts([(5, 40), (6, 3), (7, 8), (8, 2), (9, 9)], 10) == (Run(5, 5, 40), Run(6, 7, 11), Run(8, 9, 11))
    assert merge_counts([(1, 2), (4, 2)], 10) == (Run(1, 4, 4),)


@given(st.dictionaries(st.integers(-1, 400), st.integers(1, 30), min_size=1), st.integers(1, 50))
def test_a_stored_histogram_tells_nothing_rare(counts: dict[int, int], min_cell: int) -> None:
    hist = merged_hist(counts, min_cell)
    rows = sum(counts.values())
    assert hist.n == sum(n for _, n in hist.counts()) == rows
    stored = [n for n in (hist.zero, *hist.c) if n > 0]
    assert all(n >= min_cell for n in stored) or len(stored) == 1
    if min_cell == 1:
        assert dict(hist.counts()) == counts
