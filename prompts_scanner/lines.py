"""Stretches of lines of one file, merged where they touch, so that asking for an overlap is a bisection."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from prompts_scanner.model import Span


class Lines:
    def __init__(self) -> None:
        self._first: list[int] = []
        self._last: list[int] = []

    def add(self, span: Span) -> None:
        low = bisect_left(self._last, span.first_line)
        high = bisect_right(self._first, span.last_line)
        first = min([span.first_line, *self._first[low : low + 1]]) if low < high else span.first_line
        last = max([span.last_line, *self._last[high - 1 : high]]) if low < high else span.last_line
        self._first[low:high] = [first]
        self._last[low:high] = [last]

    def touches(self, span: Span) -> bool:
        at = bisect_left(self._last, span.first_line)
        return at < len(self._first) and self._first[at] <= span.last_line
