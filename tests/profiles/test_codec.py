"""Buckets, merged cells and their packed form hold every call and every token."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.profiles.codec import HIST_BASE, Cell, PackedError, bounds, bucket, merge_cells, merge_counts, pack, unpack

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
    merged = merge_cells(cells, min_cell)
    for name in ("n", "input_tokens", "output_tokens"):
        assert sum(getattr(c, name) for c in merged) == sum(getattr(c, name) for c in cells)
    assert all(c.n >= min_cell for c in merged) or len(merged) == 1


@given(CELLS)
def test_packed_cells_come_back(cells: list[Cell]) -> None:
    assert unpack(pack(cells)) == tuple(sorted(cells, key=lambda c: (c.level, c.i, c.o)))


@given(st.text())
def test_damaged_cells_are_refused(text: str) -> None:
    try:
        unpack(text)
    except PackedError:
        return
    assert text.startswith("zlib+base85:")


@given(st.dictionaries(st.integers(-1, 400), st.integers(1, 30), min_size=1), st.integers(1, 50))
def test_merged_buckets_hold_all_rows(counts: dict[int, int], min_cell: int) -> None:
    merged = merge_counts(list(counts.items()), min_cell)
    assert sum(n for _, n in merged) == sum(counts.values())
    assert all(n >= min_cell for _, n in merged) or len(merged) == 1
