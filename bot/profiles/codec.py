"""Log-histograms and joint cells: bucket numbers, their bounds, and the packed text form of cells.

A value x >= 1 lies in bucket `ceil(ln x / ln base)`, which covers the integers in (base^(i-1), base^i]; 0 has its own
bucket, `ZERO`. Counts add, so histograms of two windows can be summed and compared without the rows.
"""

from __future__ import annotations

import base64
import math
import sys
import zlib
from array import array
from collections.abc import Iterable
from itertools import accumulate, pairwise
from operator import add
from typing import NamedTuple

HIST_BASE = 1.02
JOINT_BASE = HIST_BASE**5  # 1.104: a joint bucket is five fine ones
TASK_BASE = 1.25  # of calls per task
ZERO = -1
MAX_BUCKET = 999  # of base 1.104: past 10^42 tokens
_PACKING = "zlib+base64:"
_WIDTH = 8  # bytes of a packed number
MAX_UNPACKED_BYTES = 500_000  # a joint table has some two thousand cells of 56 bytes; much more is not one of ours


class PackedError(ValueError):
    """The packed cells of a profile are damaged."""


class Cell(NamedTuple):
    """Calls whose input lies in bucket `i` and output in bucket `o` (of the joint base); the sums are exact tokens.

    Merged cells cover more than one bucket: `i` to `i + wide_i`, and `o` to `o + wide_o`, the last one included.
    A tuple, since a log of many features has a million of them before they are merged.
    """

    i: int
    o: int
    n: int
    input_tokens: int
    output_tokens: int
    wide_i: int = 0
    wide_o: int = 0

    def buckets(self) -> tuple[range, range]:
        """The input and the output buckets that the cell covers."""
        return range(self.i, self.i + self.wide_i + 1), range(self.o, self.o + self.wide_o + 1)


def cell_of(numbers: Iterable[int]) -> Cell:
    """Of its seven numbers in order; there are a million, and `Cell(...)` takes twice as long."""
    return tuple.__new__(Cell, numbers)


def bucket(x: int, base: float) -> int:
    return math.ceil(math.log(x) / math.log(base)) if x > 0 else ZERO


def bounds(i: int, base: float) -> tuple[int, int]:
    """The smallest and the largest whole number in the bucket; (0, 0) for `ZERO`."""
    if i == ZERO:
        return 0, 0
    high = math.floor(base**i)
    low = math.floor(base ** (i - 1)) + 1 if i > 0 else 1
    return min(low, high), high


def pack(cells: Iterable[Cell]) -> str:
    """`zlib+base64:` and the columns of the cells in order, the first as steps: 64-bit numbers, little end first.

    Of each column all lowest bytes stand first, then all second ones: most of what follows is zeros, which zlib likes.
    Raises `PackedError` for sums beyond 2^63.
    """
    columns = list(zip(*sorted(cells), strict=True))
    if columns:
        columns[0] = tuple(b - a for a, b in pairwise((0, *columns[0])))
    try:
        raw = b"".join(_planes(array("q", column)) for column in columns)
    except OverflowError as error:
        raise PackedError("the sums of a cell are too large") from error
    return _PACKING + base64.b64encode(zlib.compress(raw, 9)).decode("ascii")


def unpack(text: str) -> tuple[Cell, ...]:
    """The cells of `pack`. Raises `PackedError` for anything else, without unpacking more than half a megabyte."""
    if not text.startswith(_PACKING):
        raise PackedError(f"unknown packing {text.partition(':')[0][:20]!r}")
    try:
        engine = zlib.decompressobj()
        raw = engine.decompress(base64.b64decode(text[len(_PACKING) :], validate=True), MAX_UNPACKED_BYTES)
    except (ValueError, zlib.error) as error:
        raise PackedError(f"cells cannot be unpacked: {error}") from error
    if not engine.eof:
        raise PackedError("cells are cut off or too large")
    size, rest = divmod(len(raw), len(Cell._fields))
    if rest or size % _WIDTH:
        raise PackedError("cells are incomplete")
    columns = [_numbers(raw[k * size : (k + 1) * size]) for k in range(len(Cell._fields))]
    if not size:
        return ()
    i, (o, n, tokens_in, tokens_out, wide_i, wide_o) = tuple(accumulate(columns[0])), columns[1:]
    least = (min(n) - 1, min(tokens_in), min(tokens_out), min(wide_i), min(wide_o), min(i) - ZERO, min(o) - ZERO)
    last = max(max(map(add, i, wide_i)), max(map(add, o, wide_o)))
    if min(least) < 0 or last > MAX_BUCKET:
        raise PackedError("a cell is out of bounds")
    return tuple(map(cell_of, zip(i, *columns[1:], strict=True)))


def _planes(numbers: array[int]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    raw = numbers.tobytes()
    return b"".join(raw[k::_WIDTH] for k in range(_WIDTH))


def _numbers(planes: bytes) -> array[int]:
    raw, size = bytearray(len(planes)), len(planes) // _WIDTH
    for k in range(_WIDTH):
        raw[k::_WIDTH] = planes[k * size : (k + 1) * size]
    numbers = array("q", bytes(raw))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
