"""The text of a report is what `json.dumps` would write, byte for byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.render.json_text import indented, indented_plain, is_plain

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30)


@given(VALUES)
def test_it_is_the_text_of_the_standard_library(value: Any) -> None:
    assert indented(value) == json.dumps(value, indent=2)


PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats().filter(is_plain)
    | st.text(st.characters())
    | st.text("\x7f\x1f\u2028😀")
)
PLAIN_VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30)


@given(PLAIN_VALUES)
@example({"half": "\ud83d", "whole": "\U0001f600", "": [], "a": {}, "del": "\x7f", "big": 10**30, "least": 0.0001})
def test_the_quick_way_writes_the_same(value: Any) -> None:
    assert indented_plain(value) == json.dumps(value, indent=2)


@pytest.mark.parametrize("number", [1e-5, 1.5e-5, -1e-5, 1e16, 1e300, float("inf"), float("nan")])
def test_a_number_that_is_written_in_two_ways_is_not_plain(number: float) -> None:
    assert not is_plain(number)
