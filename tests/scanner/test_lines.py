"""Merged stretches of lines answer as a plain list of spans would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prompts_scanner.lines import Lines
from prompts_scanner.model import Span

spans = st.tuples(st.integers(1, 40), st.integers(0, 6)).map(lambda t: Span("a.py", t[0], t[0] + t[1]))


@given(st.lists(spans, max_size=20), spans)
def test_a_span_touches_what_any_added_span_touches(added: list[Span], asked: Span) -> None:
    lines = Lines()
    for span in added:
        lines.add(span)
    overlaps = any(s.first_line <= asked.last_line and asked.first_line <= s.last_line for s in added)
    assert lines.touches(asked) is overlaps
