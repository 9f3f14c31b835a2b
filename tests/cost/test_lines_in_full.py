"""Which lines the cost of a call has, in full: what is sent, what a run adds, what is not known and why."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.cost import Pricer
from bot.model import NoPrice, Range, RequestCount, RequestShape, TokenCount
from prompts_scanner.model import Piece, Retrieval, Setting, Span, Surface, Text
from tests.cost.make import (
    AT,
    LONG_CONTEXT,
    count,
    exactly,
    hole,
    mtok,
    pricer,
    rates,
    setting,
    site,
    surface,
    system,
    tool,
    top_k,
    traffic,
    user,
    words,
)

THERE = Span("app/ask.py", 4, 5)
KNOWN = traffic(output_tokens=exactly(0), dynamic_input_tokens=exactly(0))


def labels(of: Pricer, *args: object, **more: object) -> list[str]:
    return [line.label for line in of.price(site(*args, **more)).cost.lines]


def test_no_site_has_no_price() -> None:
    of = pricer()
    assert of(None) is None
    one = site(system("a b"))
    assert of(one) is of.price(one)


@pytest.mark.parametrize(
    ("reason", "told"), [("parameter `model`", "parameter `model`"), ("", "the model is not known")]
)
def test_why_there_is_no_model_is_told(reason: str, told: str) -> None:
    unknown = Setting(values=(), resolution="unresolved", span=AT, reason=reason)
    found = pricer().price(site(system("a b"), model=unknown)).rates
    assert isinstance(found, NoPrice)
    assert (found.model, found.reason == told or (not reason and bool(found.reason))) == ("", True)


def test_everything_that_is_sent_has_a_line_and_its_tokens() -> None:
    of = pricer(None, KNOWN)
    found = of.price(site(system(words(5)), user(words(7)), surface("schema", words(11)), tools=(tool("a", 13),)))
    sent = [
        (line.part, line.tokens_per_call.likely)
        for line in found.cost.lines
        if line.tokens_per_call is not None and line.part != "output"
    ]
    assert sorted(sent) == sorted([("system", 5), ("messages", 7), ("tools", 13), ("schema", 11)])
    assert found.cost.usd_per_call.likely == mtok("3", 5 + 7 + 11 + 13)


@pytest.mark.parametrize(("most", "told"), [(0, False), (1, True), (3, True)])
def test_an_overhead_of_the_provider_is_a_line_where_there_is_one(most: int, told: bool) -> None:
    def with_overhead(shape: RequestShape) -> RequestCount:
        extra = TokenCount(tokens=Range(0, 0, most), method="ratio", source="test")
        return replace(count(shape), overhead=extra)

    of = replace(pricer(None, KNOWN), count=with_overhead)
    assert any(line.part == "overhead" for line in of.price(site(system("a b"))).cost.lines) is told


def test_a_text_of_nothing_is_no_line() -> None:
    of = pricer(None, KNOWN)
    assert [
        line.part for line in of.price(site(system(""), user("a"))).cost.lines if line.tokens_per_call != exactly(0)
    ] == ["messages"]
    assert "system" not in {line.part for line in of.price(site(system(""), user("a"))).cost.lines}


def test_tiers_are_told_only_where_a_call_can_reach_another_one() -> None:
    """The dearer rate of Sonnet 4.5 holds above 200,000 tokens."""
    use = replace(KNOWN, dynamic_input_tokens=Range(0, 100_000, 300_000))
    of = pricer(rates(tiers=(LONG_CONTEXT,)), use)
    assert len(of.price(site(system(words(10)), user(hole("q")))).tiers) == 2
    assert pricer(rates(tiers=(LONG_CONTEXT,)), KNOWN).price(site(system(words(10)))).tiers == ()
    assert pricer(rates(), use).price(site(system(words(10)), user(hole("q")))).tiers == ()


def test_what_a_run_adds_is_named_by_its_first_four_parts_and_stands_at_the_first() -> None:
    holes = [replace(hole(name), span=THERE if name == "a" else AT) for name in ("a", "b", "b", "c", "d", "e")]
    (line,) = [x for x in pricer().price(site(user("ask ", *holes))).cost.lines if x.part == "run-time input"]
    assert line.label == "run-time input (a, b, c)"
    assert (line.span, line.units, line.tokens_per_call, line.method) == (THERE, Decimal(6), None, "unknown")
    five = [hole(name) for name in "vwxyz"]
    (short,) = [x for x in pricer().price(site(user(*five))).cost.lines if x.part == "run-time input"]
    assert short.label == "run-time input (v, w, x, y)"


def test_chunks_are_a_line_where_something_is_known_of_them() -> None:
    size = Retrieval(parameter="chunk_size", setting=setting(100), unit="tokens", span=AT)
    asked = site(system(words(10)), retrieval=(top_k(4), size))
    plain = site(system(words(10)), retrieval=(top_k(4),))

    def parts(of: Pricer, one: object) -> list[str]:
        return [line.part for line in of.price(one).cost.lines]  # type: ignore[arg-type]

    assert "retrieval" in parts(pricer(), asked)
    observed = pricer(None, replace(KNOWN, dynamic_input_tokens=exactly(1_000)))
    assert "retrieval" in parts(observed, asked)
    assert "retrieval" not in parts(observed, plain), "how large they are is in what was observed"
    nothing = pricer(None, KNOWN)
    assert "retrieval" not in parts(nothing, asked), "nothing at run time: no chunks"
    more = observed.against([(plain, site(system(words(10)), retrieval=(top_k(12),)))])
    assert "retrieval" in parts(more, site(system(words(10)), retrieval=(top_k(12),)))


@pytest.mark.parametrize(
    ("n", "label", "usd"),
    [
        (None, "one image request", "0.04"),
        (1, "one image request", "0.04"),
        (3, "one image request, 3 answers", "0.12"),
    ],
)
def test_a_request_that_is_billed_by_what_comes_out(n: int | None, label: str, usd: str) -> None:
    of = site(system("a b"), operation="image", answers=setting(n) if n is not None else None)
    (line,) = [x for x in pricer(rates(usd_per_request=Decimal("0.04"))).price(of).cost.lines if x.part == "request"]
    assert (line.label, line.usd_per_use, line.tokens_per_call) == (label, Decimal(usd), None)
    (free,) = [x for x in pricer({}).price(of).cost.lines if x.part == "request"]
    assert (free.usd_per_use, free.source) == (None, "no price")


def test_a_text_stands_where_it_is_written() -> None:
    there = Surface(role="system", text=Text(pieces=(Piece(text="a b", span=THERE),)), span=THERE)
    assert pricer().price(site(there)).cost.lines[0].span == THERE
    assert labels(pricer(None, KNOWN), system("a b"))[0] == "system prompt"
