"""Log-histograms and joint cells: bucket numbers, their bounds, merging of rare cells, and the packed text form.

A value x >= 1 lies in bucket `ceil(ln x / ln base)`, which covers the integers in (base^(i-1), base^i]; 0 has its own
bucket, `ZERO`. Counts add, so histograms of two windows can be summed and compared without the rows.
"""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

HIST_BASE = 1.02
JOINT_BASE = HIST_BASE**5  # 1.104: a joint bucket is five fine ones
TASK_BASE = 1.25  # of calls per task
ZERO = -1
MAX_LEVEL = 9  # 2^9 buckets of base 1.104 reach past 10^21 tokens: one block holds everything
MAX_UNPACKED_BYTES = 4_000_000  # a joint table has a few thousand cells of ~10 bytes; more is not one of ours


class PackedError(ValueError):
    """The packed cells of a profile are damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Calls whose input lies in bucket `i` and output in bucket `o` (of the joint base); the sums are exact tokens.

    `level` k > 0 is a merged block of 2^k × 2^k buckets: `i` and `o` are then bucket numbers divided by 2^k (floor).
    """

    i: int
    o: int
    n: int
    input_tokens: int
    output_tokens: int
    level: int = 0

    def buckets(self) -> tuple[range, range]:
        """The input and the output buckets that the cell covers."""
        size = 1 << self.level
        return range(self.i * size, (self.i + 1) * size), range(self.o * size, (self.o + 1) * size)


def bucket(x: int, base: float) -> int:
    return math.ceil(math.log(x) / math.log(base)) if x > 0 else ZERO


def bounds(i: int, base: float) -> tuple[int, int]:
    """The smallest and the largest whole number in the bucket; (0, 0) for `ZERO`."""
    if i == ZERO:
        return 0, 0
    high = math.floor(base**i)
    low = math.floor(base ** (i - 1)) + 1 if i > 0 else 1
    return min(low, high), high


def merge_counts(counts: Sequence[tuple[int, int]], min_cell: int) -> tuple[tuple[int, int], ...]:
    """Counts by bucket with every bucket of fewer than `min_cell` rows put into its smaller neighbour.

    The last buckets at either end go inwards. When all rows together are fewer than `min_cell` one bucket remains.
    """
    cells = [(i, n) for i, n in sorted(counts) if n > 0]
    while len(cells) > 1:
        at = min(range(len(cells)), key=lambda k: (cells[k][1], k))
        if cells[at][1] >= min_cell:
            break
        beside = [k for k in (at - 1, at + 1) if 0 <= k < len(cells)]
        into = min(beside, key=lambda k: (abs(cells[k][0] - cells[at][0]), cells[k][1]))
        small, big = cells[at], cells[into]
        centre = small[0] if small[1] > big[1] else big[0]
        cells[into] = (centre, small[1] + big[1])
        del cells[at]
    return tuple(cells)


def merge_cells(cells: Iterable[Cell], min_cell: int) -> tuple[Cell, ...]:
    """Joint cells with every one of fewer than `min_cell` rows put together with its neighbours; sums are kept.

    Rare cells are gathered in blocks of 2 × 2 cells, those still rare in blocks of 4 × 4, and so on: what is merged lies
    close in both directions, so the cost stays right whatever the ratio of the two prices is.
    """
    done = [cell for cell in cells if cell.n >= min_cell]
    rare = [cell for cell in cells if cell.n < min_cell]
    level = 0
    while rare and level < MAX_LEVEL:
        level += 1
        blocks: dict[tuple[int, int], Cell] = {}
        for cell in rare:
            key = (cell.i >> (level - cell.level), cell.o >> (level - cell.level))
            blocks[key] = _together(blocks.get(key), cell, key, level)
        done += [cell for cell in blocks.values() if cell.n >= min_cell]
        rare = [cell for cell in blocks.values() if cell.n < min_cell]
    if rare:  # fewer than min_cell rows are left over altogether: they join the smallest block that is published
        last = min(done, key=lambda c: (-c.level, c.n)) if done else None
        done = [cell for cell in done if cell is not last]
        for cell in rare:
            last = _together(last, cell, (0, 0), MAX_LEVEL)
        done += [last] if last else []
    return tuple(sorted(done, key=lambda c: (c.level, c.i, c.o)))


def _together(a: Cell | None, b: Cell, key: tuple[int, int], level: int) -> Cell:
    return Cell(
        i=key[0],
        o=key[1],
        n=b.n + (a.n if a else 0),
        input_tokens=b.input_tokens + (a.input_tokens if a else 0),
        output_tokens=b.output_tokens + (a.output_tokens if a else 0),
        level=level,
    )


def pack(cells: Iterable[Cell]) -> str:
    """`zlib+base85:` and the cells as variable-length integers: level, i, o, n, input and output sums (deltas zigzagged)."""
    out = bytearray()
    before = (0, 0, 0)
    for cell in sorted(cells, key=lambda c: (c.level, c.i, c.o)):
        place = (cell.level, cell.i, cell.o)
        for number in (
            *(a - b for a, b in zip(place, before, strict=True)),
            cell.n,
            cell.input_tokens,
            cell.output_tokens,
        ):
            _write_varint(out, (number << 1) ^ (number >> 127))
        before = place
    return "zlib+base85:" + base64.b85encode(zlib.compress(bytes(out), 9)).decode("ascii")


def unpack(text: str) -> tuple[Cell, ...]:
    """The cells of `pack`. Raises `PackedError` for anything else, without unpacking more than a few megabytes."""
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
    numbers = [(z >> 1) ^ -(z & 1) for z in _varints(raw)]
    if len(numbers) % 6:
        raise PackedError("cells are incomplete")
    cells: list[Cell] = []
    level = i = o = 0
    for at in range(0, len(numbers), 6):
        level, i, o = level + numbers[at], i + numbers[at + 1], o + numbers[at + 2]
        n, tokens_in, tokens_out = numbers[at + 3 : at + 6]
        if n <= 0 or tokens_in < 0 or tokens_out < 0 or not 0 <= level <= MAX_LEVEL or abs(i) > 999 or abs(o) > 999:
            raise PackedError("a cell is out of bounds")
        cells.append(Cell(i=i, o=o, n=n, input_tokens=tokens_in, output_tokens=tokens_out, level=level))
    return tuple(cells)


def _write_varint(out: bytearray, number: int) -> None:
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


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
