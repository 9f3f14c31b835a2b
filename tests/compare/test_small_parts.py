"""The parts out of which a comparison is put together, one at a time: signs, ranges, orders, and what belongs to the layout.

Amounts are made up and counted by hand; each case stands at the edge of the rule that it shows.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot import compare
from bot.model import Cause, Range, Tokens, Usd, What
from prompts_scanner.model import THINKING_KEPT, CallSite, Loop, Retrieval, Setting, Span
from tests.compare.test_causes import AT_RUN_TIME, BOOK, ONE, THERE, change, loop, models, size, usd
from tests.cost.make import AT, pricer, setting, site, system, tool, top_k, words

STILL: Tokens = Range(0, 0, 0)


def cause(what: What = "prompt", amount: Usd | None = None, tokens: Tokens | None = None, detail: str = "") -> Cause:
    return Cause(what=what, detail=detail, span=AT, delta_tokens=tokens, usd_per_call=amount, sign=None)


LAYOUT = [cause("cache", usd("1"), None, "the first"), cause("cache", None, None, "the second")]
ENDS = usd("-2", "0", "4")


@pytest.mark.parametrize("what", ["prompt", "tools"])
def test_a_text_that_moves_only_the_ends_of_ranges_is_part_of_the_first_cause_of_the_layout(
    what: What,
) -> None:
    beside = cause("loop", usd("7"))
    found = compare._absorbed([cause(what, ENDS, STILL), beside], LAYOUT)
    assert found == [beside, replace(LAYOUT[0], usd_per_call=usd("-1", "1", "5")), LAYOUT[1]]


@pytest.mark.parametrize(
    "other",
    [
        cause("output_cap", ENDS, STILL),
        cause("prompt", None, STILL),
        cause("prompt", usd("-2", "1", "4"), STILL),
        cause("prompt", usd("-2", "-1", "4"), STILL),
        cause("prompt", ENDS, None),
        cause("prompt", ENDS, Range(-1, 0, 0)),
        cause("prompt", ENDS, Range(0, 0, 1)),
        cause("prompt", ENDS, Range(0, 1, 1)),
        cause("prompt", ENDS, Range(1, 1, 1)),
        cause("prompt", ENDS, Range(-1, -1, -1)),
    ],
)
def test_what_moves_more_stays_a_cause_of_its_own(other: Cause) -> None:
    assert compare._absorbed([other], LAYOUT) == [other, *LAYOUT]


def test_without_dollars_of_the_layout_nothing_is_part_of_it() -> None:
    text = cause("prompt", ENDS, STILL)
    assert compare._absorbed([text], []) == [text]
    assert compare._absorbed([text], LAYOUT[::-1]) == [text, *LAYOUT[::-1]]


def test_a_call_of_which_everything_is_another_is_a_change() -> None:
    new = site(
        system(words(600)),
        model=models("gpt-4o"),
        tools=(tool("a", 10),),
        retrieval=(top_k(4),),
        output_cap=setting(100),
        reasoning=setting("low"),
        cache=setting("on"),
        loops=(Loop(kind="for", span=AT, limit=3),),
    )
    assert {c.what for c in change(ONE, new, None, BOOK).causes} >= {"model", "prompt", "tools", "retrieval", "loop"}


@pytest.mark.parametrize(
    ("low", "likely", "high", "sign"),
    [
        (0, 0, 0, 0),
        (1, 1, 1, 1),
        (-1, -1, -1, -1),
        (0, 0, 1, 1),
        (-1, 0, 0, -1),
        (-1, 1, 2, 1),
        (-2, -1, 1, -1),
        (-1, 0, 1, None),
    ],
)
def test_the_sign_of_a_range_is_that_of_its_ends_else_of_its_likely_value(
    low: int, likely: int, high: int, sign: int | None
) -> None:
    assert compare._sign_of(Range(low, likely, high)) == sign


def test_without_an_amount_there_is_no_sign() -> None:
    assert compare._sign_of(None) is None


def test_ranges_that_touch_overlap() -> None:
    below, above = Range(1, 2, 3), Range(3, 4, 5)
    assert compare._overlap(below, above)
    assert compare._overlap(above, below)
    assert not compare._overlap(below, Range(4, 4, 5))
    assert not compare._overlap(Range(4, 4, 5), below)


def test_a_mean_needs_both_amounts() -> None:
    assert compare._mean_usd(usd("1", "2", "3"), usd("3", "6", "9")) == usd("2", "4", "6")
    assert compare._mean_usd(usd("1"), None) is None
    assert compare._mean_usd(None, usd("1")) is None


def test_a_side_without_a_price_has_no_difference_in_dollars() -> None:
    priced, unpriced = pricer(BOOK).price(ONE), pricer({}).price(ONE)
    dearer = pricer(BOOK).price(site(system(words(600))))
    assert compare._usd_delta(priced, dearer) == usd(str(100 * Decimal(3) / 1_000_000))
    assert compare._usd_delta(priced, unpriced) is None
    assert compare._usd_delta(unpriced, priced) is None


@pytest.mark.parametrize(
    ("base", "head", "sign"),
    [
        (None, None, 0),
        (None, "clear", -1),
        ("clear", None, 1),
        ("clear", "compact", 0),
        (None, THINKING_KEPT, None),
        (THINKING_KEPT, "clear", None),
    ],
)
def test_cutting_old_parts_costs_less_than_not_cutting(base: str | None, head: str | None, sign: int | None) -> None:
    old, new = (setting(v) if v is not None else None for v in (base, head))
    assert compare._edits_sign(old, new) == sign


def test_a_limit_that_is_not_set_is_above_each_or_below_each() -> None:
    assert compare._compare(None, 0, missing_is="low") == 1
    assert compare._compare(0, None, missing_is="low") == -1
    assert compare._compare(None, 10**9, missing_is="high") == -1
    assert compare._compare(10**9, None, missing_is="high") == 1
    assert compare._compare(None, None, missing_is="high") == 0


def test_a_call_without_a_loop_has_none_to_limit() -> None:
    def limit(*loops: Loop) -> int | None:
        return compare._loop_limit(replace(ONE, loops=loops))

    assert limit() == 0
    assert limit(loop("retry")) == 0
    assert limit(loop("for")) is None
    assert limit(loop("retry", 2), loop("for", 5)) == 5


@pytest.mark.parametrize(
    ("base", "head", "sign"),
    [
        ((), (), 0),
        ((top_k(4),), (top_k(4),), 0),
        ((size(None),), (size(None),), 0),
        ((top_k(4), size(None)), (top_k(12), size(None)), 1),
        ((top_k(12), size(None)), (top_k(4), size(None)), -1),
        ((top_k(4), size(500)), (top_k(12), size(None)), None),
    ],
)
def test_a_search_is_larger_by_what_is_known_of_both_sides(
    base: tuple[Retrieval, ...], head: tuple[Retrieval, ...], sign: int | None
) -> None:
    assert compare._retrieval_sign(replace(ONE, retrieval=base), replace(ONE, retrieval=head)) == sign


def test_of_several_sources_of_a_setting_the_first_is_its_place() -> None:
    two = Setting(values=("5",), resolution="constant", span=AT, sources=(THERE, Span("b.py", 1, 1)))
    assert compare._setting_span(two) == THERE
    assert compare._setting_span(replace(two, sources=())) == AT
    assert compare._setting_span(None) is None


@pytest.mark.parametrize(
    ("names", "text"), [("abc", "a, b, c"), ("abcd", "a, b, c and 1 more"), ("abcde", "a, b, c and 2 more")]
)
def test_three_names_are_listed(names: str, text: str) -> None:
    assert compare._listed(list(names)) == text


@pytest.mark.parametrize(
    ("base", "head", "text"),
    [
        ("chat", "responses", "endpoint chat → responses"),
        ("", "responses", "endpoint not known → responses"),
        ("chat", "", "endpoint chat → not known"),
    ],
)
def test_another_endpoint_is_named_where_no_tool_moved(base: str, head: str, text: str) -> None:
    def at(endpoint: str) -> CallSite:
        return replace(ONE, endpoint=endpoint)

    assert compare.Steps(pricer(BOOK), at(base), at(head))._detail("tools") == text


@pytest.mark.parametrize(("tokens", "still"), [((-1, 0, 1), True), ((0, 0, 0), True), ((0, 1, 2), True), ((1, 1, 2), False)])  # fmt: skip
def test_at_the_same_rates_a_count_that_may_be_equal_is_no_step(tokens: tuple[int, int, int], still: bool) -> None:
    """Of two tokenizers whose names are not known the ends of the ranges decide."""
    twin = replace(ONE, model=models("twin"))
    asked = pricer(BOOK)
    steps = compare.Steps(asked, ONE, twin)
    assert steps._only_the_estimate_moved(asked.price(ONE), asked.price(twin), Range(*tokens)) is still
    other = replace(ONE, model=models("gpt-4o"))
    assert not steps._only_the_estimate_moved(asked.price(ONE), asked.price(other), STILL), "at other rates it is one"


def test_a_setting_of_run_time_is_another_than_none() -> None:
    assert compare._content(AT_RUN_TIME) != compare._content(None)
    assert compare._content(models("a")) != compare._content(AT_RUN_TIME)
