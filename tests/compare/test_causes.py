"""Each cause of a change in full: its words, its place, its tokens, its dollars, its direction, and what a unit of it costs.

A token is a word. Rates in USD per million tokens: Claude Sonnet 4.5 3 in and 15 out, GPT-4o 2.50 in and 10 out
(`tests.cost.make`, with the sources). What an unknown part costs is told for a thousand of its tokens: rate x 1,000 / 1,000,000.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.compare import compare
from bot.model import Cause, Change, Range, Rates, Traffic, Usd
from bot.turns import CONVERSATION
from prompts_scanner.model import (
    THINKING_KEPT,
    CallSite,
    Hole,
    Loop,
    Piece,
    Retrieval,
    Setting,
    Span,
    Surface,
    Text,
    Tool,
)
from tests.cost.make import (
    AT,
    exactly,
    gpt_4o,
    hole,
    pricer,
    rates,
    setting,
    site,
    system,
    tool,
    top_k,
    traffic,
    user,
    words,
)

THERE = Span("app/settings.py", 3, 4)
ONE = site(system(words(500)))
ASKED = site(system(words(500)), user(hole("q")))
AT_RUN_TIME = Setting(values=(), resolution="unresolved", span=AT, reason="parameter")
BOOK: Mapping[str, Rates] = {
    "claude-sonnet-4-5": rates(),
    "gpt-4o": gpt_4o(),
    "twin": rates(model="twin"),
    "without-output": rates(model="without-output", output_usd_per_mtok=None),
}


def models(*names: str) -> Setting:
    return Setting(values=names, resolution="literal", span=AT)


def change(
    base: CallSite | None,
    head: CallSite | None,
    use: Traffic | None = None,
    book: Mapping[str, Rates] | Rates | None = None,
    floor: int = 0,
) -> Change:
    (found,) = compare([(base, head)], pricer(book, use), floor)
    return found


def only(found: Change) -> Cause:
    (cause,) = found.causes
    return cause


def usd(low: str, likely: str | None = None, high: str | None = None) -> Usd:
    return Range(Decimal(low), Decimal(likely or low), Decimal(high or low))


def told(cause: Cause) -> tuple[Any, ...]:
    """Everything but the place."""
    tokens = None if cause.delta_tokens is None else cause.delta_tokens.likely
    likely = None if cause.usd_per_call is None else cause.usd_per_call.likely
    return (cause.what, cause.detail, tokens, likely, cause.sign, cause.per_unit)


# -- calls that come and go --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sign", "word"), [(1, "added"), (-1, "removed")])
def test_a_call_that_comes_or_goes_is_all_that_it_costs(sign: int, word: str) -> None:
    found = change(None, ONE) if sign > 0 else change(ONE, None)
    unit = ("1,000 output tokens", sign * Decimal(15) * 1000 / 1_000_000)
    assert told(only(found)) == (
        "site", f"call {word}; not counted: output", sign * 500, sign * 500 * Decimal(3) / 1_000_000, sign, unit,
    )  # fmt: skip
    assert (found.kind, found.id, found.label, found.span) == (word, ONE.id, "app/chat.py::answer", AT)
    assert ((found.before is None), (found.after is None)) == ((True, False) if sign > 0 else (False, True))
    assert not found.below_noise


def test_a_call_of_which_all_is_known_names_nothing_and_no_unit() -> None:
    cause = only(change(None, ONE, traffic(output_tokens=exactly(100))))
    assert told(cause) == (
        "site", "call added", 500, (500 * Decimal(3) + 100 * Decimal(15)) / 1_000_000, 1, None,
    )  # fmt: skip


def test_a_free_model_adds_no_cost_and_one_without_a_price_an_unknown_one() -> None:
    assert only(change(None, ONE, None, rates(free=True))).sign == 0
    unpriced = only(change(None, ONE, None, {}))
    assert (unpriced.usd_per_call, unpriced.sign, unpriced.per_unit) == (None, 1, None)
    assert only(change(None, ONE, None, rates(output_usd_per_mtok=None))).per_unit is None


def test_a_request_that_gives_no_text_has_no_output_to_tell_of() -> None:
    cause = only(change(None, replace(ONE, operation="embedding")))
    assert (cause.usd_per_call, cause.sign, cause.per_unit) == (None, 1, None)


def test_nothing_on_either_side_is_nothing() -> None:
    assert compare([(None, None), (ONE, ONE), (ONE, replace(ONE, span=THERE))], pricer(), 0) == ()


# -- text --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("more", "floor", "small"), [(5, 5, True), (-5, 5, True), (6, 5, False), (-6, 5, False)])
def test_up_to_the_floor_a_text_is_too_little_to_tell(more: int, floor: int, small: bool) -> None:
    found = change(ONE, site(system(words(500 + more))), floor=floor)
    sign = 1 if more > 0 else -1
    assert told(only(found)) == ("prompt", "prompt text", more, more * Decimal(3) / 1_000_000, sign, None)
    assert found.below_noise is small


def test_the_place_of_a_text_is_its_first_new_piece() -> None:
    def two(first: str, second: str) -> CallSite:
        pieces = (Piece(text=first, span=AT), Piece(text=second, span=THERE))
        return site(Surface(role="system", text=Text(pieces=pieces), span=AT))

    assert only(change(two("a b", "c d"), two("a b", "c d e"))).span == THERE
    assert only(change(two("a b", "c d"), two("a b x", "c d"))).span == AT
    gone = site(Surface(role="system", text=Text(pieces=(Piece(text="a b", span=AT),)), span=THERE))
    assert only(change(two("a b", "c d"), gone)).span == THERE, "nothing is new: where the message stands"


def cut(length: int | None) -> Hole:
    return replace(hole("q"), bounded_chars=length)


@pytest.mark.parametrize(
    ("base", "head", "sign", "detail"),
    [
        ((cut(None),), (cut(100),), -1, "run-time input is now cut to a length"),
        ((cut(100),), (cut(None),), 1, "run-time input is no longer cut to a length"),
        ((), (cut(None),), 1, "1 more run-time part in the prompt"),
        ((cut(None),), (cut(None), cut(None), cut(None)), 1, "2 more run-time parts in the prompt"),
        ((cut(None), cut(None)), (cut(None),), -1, "1 fewer run-time part in the prompt"),
        ((cut(None), cut(None)), (), -1, "2 fewer run-time parts in the prompt"),
    ],
)
def test_run_time_parts_that_come_go_or_are_cut(
    base: tuple[Hole, ...], head: tuple[Hole, ...], sign: int, detail: str
) -> None:
    def asked(holes: tuple[Hole, ...]) -> CallSite:
        return site(system(words(500)), user("ask ", *holes))

    cause = only(change(asked(base), asked(head)))
    assert told(cause) == ("prompt", detail, None, None, sign, ("1,000 input tokens", sign * Decimal(3) / 1000))
    without = only(change(asked(base), asked(head), None, rates(input_usd_per_mtok=None)))
    assert without.per_unit is None


def test_as_many_run_time_parts_of_one_kind_are_no_change() -> None:
    base, head = (site(system(words(n)), user("ask ", cut(100))) for n in (500, 510))
    assert [c.detail for c in change(base, head).causes] == ["prompt text"]


# -- tools -------------------------------------------------------------------------------------------------------------


def tools(*found: Tool, **more: Any) -> CallSite:
    return replace(ONE, tools=found, **more)


def test_tools_are_named_as_they_come_go_or_change() -> None:
    old = [tool("a", 10), tool("b", 20), tool("c", 30)]
    new = [tool("a", 10), replace(tool("b", 25), span=THERE), tool("d", 40)]
    cause = only(change(tools(*old), tools(*new)))
    assert told(cause) == (
        "tools", "tools: +d, −c, b changed", 25 + 40 - 20 - 30, 15 * Decimal(3) / 1_000_000, 1, None,
    )  # fmt: skip
    assert cause.span == THERE


def test_six_tools_are_named_and_of_seven_the_last_is_left_out() -> None:
    def detail(n: int) -> str:
        return only(change(ONE, tools(*(tool(f"t{i}", 10) for i in range(n))))).detail

    assert detail(6) == "tools: +t0, +t1, +t2, +t3, +t4, +t5"
    assert detail(7) == "tools: +t0, +t1, +t2, +t3, +t4, +t5 …"


UNSEEN = Tool(name="x", schema="", span=AT, complete=False)


@pytest.mark.parametrize(("base", "head", "sign"), [((), (UNSEEN,), 1), ((UNSEEN, UNSEEN), (UNSEEN,), -1)])
def test_tools_that_are_made_at_run_time(base: tuple[Tool, ...], head: tuple[Tool, ...], sign: int) -> None:
    assert told(only(change(tools(*base), tools(*head)))) == (
        "tools",
        "tools defined at run time",
        None,
        None,
        sign,
        None,
    )


def test_as_many_tools_of_run_time_as_before_are_no_cause() -> None:
    cause = only(change(tools(UNSEEN), tools(UNSEEN, tool("a", 10))))
    assert told(cause) == ("tools", "tools: +a", 10, 10 * Decimal(3) / 1_000_000, 1, None)
    seen = replace(UNSEEN, complete=True, schema=words(10))
    assert [c.detail for c in change(tools(UNSEEN), tools(seen)).causes][-1] == "tools defined at run time"


# -- retrieval ---------------------------------------------------------------------------------------------------------


def size(n: int | None) -> Retrieval:
    value = setting(n) if n is not None else AT_RUN_TIME
    return Retrieval(parameter="chunk_size", setting=value, unit="chars", span=AT)


@pytest.mark.parametrize(
    ("base", "head", "sign", "detail", "chunks"),
    [
        ((top_k(4),), (top_k(12),), 1, "top_k 4 → 12", 8),
        ((top_k(12),), (top_k(4),), -1, "top_k 12 → 4", -8),
        ((), (top_k(12),), None, "top_k – → 12", 12),
        ((top_k(12),), (), None, "top_k 12 → –", -12),
        ((top_k(4), size(500)), (top_k(12), size(1000)), 1, "top_k 4 → 12, chunk_size 500 → 1000", 8),
        ((top_k(12), size(500)), (top_k(4), size(500)), -1, "top_k 12 → 4", -8),
        ((top_k(4), size(1000)), (top_k(12), size(500)), None, "top_k 4 → 12, chunk_size 1000 → 500", 8),
        ((top_k(4), size(500)), (top_k(12), size(None)), None, "top_k 4 → 12, chunk_size 500 → None", 8),
    ],
)
def test_how_much_is_searched_for(
    base: tuple[Retrieval, ...], head: tuple[Retrieval, ...], sign: int | None, detail: str, chunks: int
) -> None:
    cause = only(change(replace(ONE, retrieval=base), replace(ONE, retrieval=head)))
    unit = ("1,000 tokens of a chunk", chunks * Decimal(3) * 1000 / 1_000_000)
    assert told(cause) == ("retrieval", detail, None, None, sign, unit)


def test_the_place_of_a_search_is_its_setting() -> None:
    base, head = (replace(ONE, retrieval=(replace(top_k(k), span=THERE),)) for k in (4, 12))
    assert only(change(base, head)).span == THERE


# -- models ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "head", "sign"), [("claude-sonnet-4-5", "gpt-4o", -1), ("gpt-4o", "claude-sonnet-4-5", 1)]
)
def test_another_model_is_its_text_and_the_rates_of_what_is_not_known(base: str, head: str, sign: int) -> None:
    old, new = (replace(ASKED, model=models(name)) for name in (base, head))
    name = f"{base} → {head}"
    text = sign * 500 * (Decimal(3) - Decimal("2.50")) / 1_000_000
    assert [told(c) for c in change(old, new, None, BOOK).causes] == [
        ("model", name, 0, text, sign, None),
        ("model", f"{name}: input rate", None, None, sign, ("1,000 input tokens", sign * Decimal("0.50") / 1000)),
        ("model", f"{name}: output rate", None, None, sign, ("1,000 output tokens", sign * Decimal(5) / 1000)),
    ]


def test_another_model_at_the_same_rates_is_told_and_too_little_to_show() -> None:
    found = change(ASKED, replace(ASKED, model=models("twin")), None, BOOK)
    assert told(only(found)) == ("model", "claude-sonnet-4-5 → twin: same rates", None, None, 0, None)
    assert found.below_noise


@pytest.mark.parametrize(
    ("base", "head"), [("claude-sonnet-4-5", "without-output"), ("without-output", "claude-sonnet-4-5")]
)
def test_a_model_without_a_rate_for_what_is_not_known(base: str, head: str) -> None:
    old, new = (replace(ASKED, model=models(name)) for name in (base, head))
    cause = change(old, new, None, BOOK).causes[-1]
    assert told(cause) == ("model", f"{base} → {head}: no output rate", None, None, None, None)


def test_a_model_without_a_price_has_no_direction() -> None:
    cause = only(change(ASKED, replace(ASKED, model=models("zzz")), None, BOOK))
    assert told(cause) == ("model", "claude-sonnet-4-5 → zzz", None, None, None, None)


def test_a_candidate_without_a_price_is_told_beside_the_others() -> None:
    old, new = replace(ONE, model=models("gpt-4o", "twin")), replace(ONE, model=models("gpt-4o", "zzz"))
    first, second = change(old, new, traffic(output_tokens=exactly(0)), BOOK).causes
    assert (first.usd_per_call, first.sign) == (usd("-0.00025", "0", "0"), -1)
    assert told(second) == ("model", "gpt-4o | twin → gpt-4o | zzz: no price for zzz", None, None, None, None)


@pytest.mark.parametrize(
    ("base", "head", "detail"),
    [
        (("a", "b", "c"), ("x", "y", "z"), "a | b | c → x | y | z"),
        (("a", "b", "c", "d"), ("x",), "a | b | c | … → x"),
        (("a", "b", "c"), ("a", "b", "c", "d"), "models to choose from: +d"),
        (("a", "b", "c", "d"), ("a", "b", "c"), "models to choose from: −d"),
        (("a", "b", "c"), ("a", "b", "x"), "models to choose from: c → x"),
        (("a", "b"), ("a", "b", "c"), "a | b → a | b | c"),
        (("a", "b", "c"), ("a", "b", "c", "d", "e", "f"), "models to choose from: +d, e, f"),
        (("a", "b", "c"), ("a", "b", "c", "d", "e", "f", "g", "h"), "models to choose from: +d, e, f and 2 more"),
    ],
)
def test_models_to_choose_from_are_listed_as_far_as_they_differ(
    base: tuple[str, ...], head: tuple[str, ...], detail: str
) -> None:
    old, new = (replace(ONE, model=models(*names)) for names in (base, head))
    assert change(old, new, None, {}).causes[0].detail == detail


def test_a_service_tier_is_named_with_the_model() -> None:
    flex = Setting(values=("flex",), resolution="literal", span=THERE)
    both = change(ONE, replace(ONE, service_tier=flex, model=models("gpt-4o")), None, BOOK).causes
    assert both[0].detail.startswith("claude-sonnet-4-5 → gpt-4o, service tier none → flex")
    assert both[0].span == AT


# -- settings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "head", "sign"), [(None, 500, -1), (500, None, 1), (500, 800, 1), (800, 500, -1), (None, 2, -1)]
)
def test_a_cap_on_the_answer_moves_what_it_can_cost(base: int | None, head: int | None, sign: int) -> None:
    old, new = (replace(ONE, output_cap=setting(n) if n is not None else None) for n in (base, head))
    cause = only(change(old, new))
    shown = [str(n) if n is not None else "none" for n in (base, head)]
    assert (cause.what, cause.detail, cause.sign, cause.delta_tokens) == (
        "output_cap", f"output cap {shown[0]} → {shown[1]}", sign, None,
    )  # fmt: skip


def test_the_place_of_a_setting_is_where_its_value_comes_from() -> None:
    fed = Setting(values=("500",), resolution="constant", span=AT, sources=(THERE,))
    assert only(change(ONE, replace(ONE, output_cap=fed))).span == THERE
    assert only(change(ONE, replace(ONE, output_cap=replace(fed, sources=(), span=THERE)))).span == THERE
    assert only(change(replace(ONE, output_cap=fed), ONE)).span == AT, "gone: where the call is"
    assert only(change(ONE, replace(ONE, reasoning=replace(fed, values=("high",))))).span == THERE


@pytest.mark.parametrize(
    ("base", "head", "sign"),
    [
        ("low", "high", 1), ("high", "low", -1), ("none", "minimal", 1), ("xhigh", "max", 1), (None, "low", 1),
        ("medium", None, -1), ("1024", "4096", 1), ("4096", "1024", -1), (None, "none", 1), ("odd", "odder", 0),
    ],
)  # fmt: skip
def test_how_hard_a_model_thinks(base: str | None, head: str | None, sign: int) -> None:
    old, new = (replace(ONE, reasoning=setting(v) if v is not None else None) for v in (base, head))
    cause = only(change(old, new))
    assert told(cause) == ("reasoning", f"reasoning {base or 'none'} → {head or 'none'}", None, None, sign, None)


@pytest.mark.parametrize(("base", "head", "sign"), [(False, True, -1), (True, False, 1)])
def test_a_batch_is_half_of_what_is_known(base: bool, head: bool, sign: int) -> None:
    cause = only(change(replace(ONE, batch=base), replace(ONE, batch=head)))
    detail = "now sent as a batch" if head else "no longer sent as a batch"
    assert told(cause) == ("cache", detail, 0, sign * 500 * Decimal(3) / 2 / 1_000_000, sign, None)
    unpriced = only(change(replace(ONE, batch=base), replace(ONE, batch=head), None, {}))
    assert told(unpriced) == ("cache", detail, None, None, sign, None)


@pytest.mark.parametrize(
    ("base", "head", "sign", "detail"),
    [
        (None, "ephemeral", -1, "prompt caching switched on"),
        ("ephemeral", None, 1, "prompt caching switched off"),
        (None, CONVERSATION, -1, "prompt caching switched on"),
        (CONVERSATION, None, 1, "prompt caching switched off"),
        ("ephemeral", CONVERSATION, -1, "the conversation is cached too"),
        (CONVERSATION, "ephemeral", 1, "the conversation is no longer cached"),
    ],
)
def test_caching_that_is_switched(base: str | None, head: str | None, sign: int, detail: str) -> None:
    old, new = (replace(ONE, cache=setting(v) if v is not None else None) for v in (base, head))
    assert told(only(change(old, new))) == ("cache", detail, None, None, sign, None)


# -- how often ---------------------------------------------------------------------------------------------------------


def loop(kind: str, limit: int | None = None, span: Span = THERE) -> Loop:
    return Loop(kind=kind, span=span, limit=limit)


@pytest.mark.parametrize(
    ("base", "head", "sign", "detail"),
    [
        ((), (loop("for", 3),), 1, "once → for 3"),
        ((loop("for", 3),), (), -1, "for 3 → once"),
        ((loop("for", 3),), (loop("for", 5),), 1, "for 3 → for 5"),
        ((loop("for", 5),), (loop("for", 3),), -1, "for 5 → for 3"),
        ((loop("for", 5),), (loop("for"),), 1, "for 5 → for"),
        ((loop("while"),), (loop("while", 4),), -1, "while → while 4"),
        ((), (loop("map"),), 1, "once → map"),
        ((loop("comprehension"),), (), -1, "comprehension → once"),
        ((loop("retry", 2),), (loop("retry", 2), loop("max_turns", 2)), 1, "retry 2 → retry 2, max_turns 2"),
        ((loop("max_turns", 3), loop("retry", 2)), (loop("max_turns", 3),), -1, "max_turns 3, retry 2 → max_turns 3"),
        ((), (loop("retry"),), 1, "once → retry"),
    ],
)
def test_loops_around_a_call(base: tuple[Loop, ...], head: tuple[Loop, ...], sign: int, detail: str) -> None:
    cause = only(change(replace(ONE, loops=base), replace(ONE, loops=head)))
    assert told(cause) == ("loop", f"calls per task: {detail}", None, None, sign, None)
    assert cause.span == (THERE if head else AT)


@pytest.mark.parametrize(
    ("base", "head", "sign"),
    [
        (None, setting(20_000), -1),
        (setting(20_000), None, 1),
        (None, setting(THINKING_KEPT), None),
        (setting(THINKING_KEPT), None, None),
    ],
)
def test_old_parts_of_a_conversation_that_are_cut(base: Setting | None, head: Setting | None, sign: int | None) -> None:
    cause = only(change(replace(ONE, edits=base), replace(ONE, edits=head)))
    was, now = (s.value if s is not None else "none" for s in (base, head))
    assert told(cause) == ("loop", f"old parts of the conversation cut: {was} → {now}", None, None, sign, None)


# -- several at once ---------------------------------------------------------------------------------------------------


def test_each_part_of_a_change_is_the_mean_of_both_orders_and_they_add_up() -> None:
    """500 -> 900 words at 3 -> 2.50: the text is 400 x (3 + 2.50) / 2, the model -0.50 x (500 + 900) / 2."""
    old, new = ONE, site(system(words(900)), model=models("gpt-4o"))
    known = traffic(output_tokens=exactly(0))
    model, text = change(old, new, known, BOOK).causes
    assert (model.what, model.usd_per_call) == ("model", usd(str(-Decimal("0.50") * 700 / 1_000_000)))
    assert (text.what, text.usd_per_call, text.sign) == ("prompt", usd(str(400 * Decimal("2.75") / 1_000_000)), 1)
    assert (model.delta_tokens.likely, text.delta_tokens.likely) == (0, 400)


def test_what_more_run_time_text_costs_is_told_at_the_rate_of_the_side_that_has_less_of_it() -> None:
    few, many = (
        site(system(words(500)), user("ask ", cut(None))),
        site(system(words(500)), user("ask ", cut(None), cut(None))),
    )
    dearer = replace(many, model=models("claude-sonnet-4-5"))
    cheap = replace(few, model=models("gpt-4o"))
    (unit,) = [c.per_unit for c in change(cheap, dearer, None, BOOK).causes if c.what == "prompt"]
    assert unit == ("1,000 input tokens", Decimal("2.50") / 1000)
    (back,) = [c.per_unit for c in change(dearer, cheap, None, BOOK).causes if c.what == "prompt"]
    assert back == ("1,000 input tokens", -Decimal("2.50") / 1000)


def test_the_same_models_by_another_way_are_no_change_of_cost() -> None:
    unpriced = replace(ASKED, model=models("a", "b"))
    assert compare([(unpriced, replace(unpriced, provider="elsewhere"))], pricer({}), 0) == ()
    assert compare([(ASKED, replace(ASKED, provider="elsewhere"))], pricer(BOOK), 0) == ()
    assert told(only(change(unpriced, replace(unpriced, model=models("a", "c")), None, {})))[4] is None


def test_a_range_on_both_sides_of_nothing_goes_where_its_likely_value_does() -> None:
    """Of 500 words: Sonnet 4.5 3, GPT-4o 2.50, a dear one 9, a cheap one 1 USD per million; output costs nothing here."""
    book = {
        "claude-sonnet-4-5": rates(), "gpt-4o": gpt_4o(),
        "dear": rates(model="dear", input_usd_per_mtok=Decimal(9)),
        "cheap": rates(model="cheap", input_usd_per_mtok=Decimal(1)),
    }  # fmt: skip
    silent = traffic(output_tokens=exactly(0), dynamic_input_tokens=exactly(0))

    def sign(base: tuple[str, ...], head: tuple[str, ...]) -> tuple[Any, ...]:
        found = [
            c
            for c in change(replace(ONE, model=models(*base)), replace(ONE, model=models(*head)), silent, book).causes
            if c.usd_per_call is not None
        ]
        (cause,) = found
        assert cause.usd_per_call is not None
        return (
            *(
                end * 1_000_000 / 500
                for end in (cause.usd_per_call.low, cause.usd_per_call.likely, cause.usd_per_call.high)
            ),
            cause.sign,
        )

    # dear -> Sonnet: -6, GPT-4o -> cheap: -1.50, GPT-4o -> Sonnet: +0.50
    assert sign(("gpt-4o", "dear"), ("claude-sonnet-4-5", "cheap")) == (-6, Decimal("0.50"), Decimal("0.50"), 1)
    assert sign(("claude-sonnet-4-5", "cheap"), ("gpt-4o", "dear")) == (Decimal("-0.50"), Decimal("-0.50"), 6, -1)
