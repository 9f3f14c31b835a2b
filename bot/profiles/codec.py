"""Log-histograms and joint cells: bucket numbers, their bounds, and the packed text form of cells.

A value x >= 1 lies in bucket `ceil(ln x / ln base)`, which covers the integers in (base^(i-1), base^i]; 0 has its own
bucket, `ZERO`. Counts add, so histograms of two windows can be summed and compared without the rows.
"""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

HIST_BASE = 1.02
JOINT_BASE = HIST_BASE**5  # 1.104: a joint bucket is five fine ones
TASK_BASE = 1.25  # of calls per task
ZERO = -1
MAX_BUCKET = 999  # of base 1.104: past 10^42 tokens
MAX_UNPACKED_BYTES = 500_000  # a joint table has at most some ten thousand cells of ~20 bytes; more is not one of ours


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
    """`zlib+base85:` and the cells in order, as variable-length integers: steps of i and o (zigzagged), n, sums, widths."""
    out = bytearray()
    before_i = before_o = 0
    for i, o, n, tokens_in, tokens_out, wide_i, wide_o in sorted(cells):
        step_i, step_o = i - before_i, o - before_o
        before_i, before_o = i, o
        for number in (_zigzag(step_i), _zigzag(step_o), n, tokens_in, tokens_out, wide_i, wide_o):
            while number > 0x7F:
                out.append(number & 0x7F | 0x80)
                number >>= 7
            out.append(number)
    return "zlib+base85:" + base64.b85encode(zlib.compress(bytes(out), 9)).decode("ascii")


def unpack(text: str) -> tuple[Cell, ...]:
    """The cells of `pack`. Raises `PackedError` for anything else, without unpacking more than half a megabyte."""
    head, _, body = text.partition(":")
    if head != "zlib+base85":
        raise PackedError(f"unknown packing {head[:20]!r}")
    try:
        engine = zlib.decompressobj()
        raw = engine.decompress(base64.b85decode(body), MAX_UNPACKED_BYTES)
    except (ValueError, zlib.error) as error:
        raise PackedError(f"cells cannot be unpacked: {error}") from error
    if not engine.eof:
        raise PackedError("cells are cut off or too large")
    numbers = list(_varints(raw))
    if len(numbers) % len(Cell._fields):
        raise PackedError("cells are incomplete")
    cells: list[Cell] = []
    i = o = 0
    for at in range(0, len(numbers), len(Cell._fields)):
        step_i, step_o, n, tokens_in, tokens_out, wide_i, wide_o = numbers[at : at + len(Cell._fields)]
        i, o = i + _unzigzag(step_i), o + _unzigzag(step_o)
        if n == 0 or min(i, o) < ZERO or max(i + wide_i, o + wide_o) > MAX_BUCKET:
            raise PackedError("a cell is out of bounds")
        cells.append(Cell(i, o, n, tokens_in, tokens_out, wide_i, wide_o))
    return tuple(cells)


def _zigzag(number: int) -> int:
    return 2 * number if number >= 0 else -2 * number - 1


def _unzigzag(number: int) -> int:
    return -(number + 1) // 2 if number & 1 else number // 2


def _varints(raw: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in raw:
        number |= (byte & 0x7F) << shift
        shift += 7
        if shift > 126:
            raise PackedError("a number is too long")
        if not byte & 0x80:
            yield number
            number = shift = 0
    if shift:
        raise PackedError("cells are cut off")
