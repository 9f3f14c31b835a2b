"""Text sent twice, white space, more chunks, many tools, many examples."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.levers.case import Case
from bot.levers.context import propose, repeated_lines, tight
from bot.model import Range, RequestCount, RequestShape, TokenCount
from prompts_scanner.model import Span, Surface, Text
from tests.cost.make import (
    exactly,
    hole,
    month,
    mtok,
    pricer,
    rates,
    site,
    surface,
    system,
    tool,
    top_k,
    traffic,
    user,
    words,
)
from tests.levers.make import case, only, per_call, per_month

RULES = [f"Rule {i}: " + words(48, f"word{i}") for i in range(4)]  # lines of 50 tokens


def elsewhere(one: Surface) -> Surface:
    """The surface as if it were written in another file."""
    span = Span("app/ask.py", 4, 5)
    pieces = tuple(replace(p, span=span) for p in one.text.pieces)
    return replace(one, span=span, text=Text(pieces=pieces))


# -- silent -----------------------------------------------------------------------------------------------------------


def test_silent_on_a_tidy_prompt() -> None:
    assert propose(case(site(system("\n".join(RULES)), user("Question"), tools=(tool("a", 300),)))) == ()


def test_silent_on_short_lines_that_repeat() -> None:
    assert propose(case(site(system("\n".join(["- be brief"] * 40))))) == ()


def test_silent_on_one_literal_that_two_ways_through_the_code_read() -> None:
    assert propose(case(site(system("\n".join(RULES)), user("\n".join(RULES))))) == ()


def test_silent_on_an_item_that_comes_back_in_another_list() -> None:
    item = "- If it can be answered without a search " + words(40, "skip")
    assert propose(case(site(system(f"Weather:\n{item}\nStocks:\n{item}\n")))) == ()


def test_said_twice_in_one_text() -> None:
    found = only(propose(case(site(system("\n".join(RULES * 2))))))
    assert per_call(found) == mtok("3", 200)


def test_silent_on_code_whose_blanks_have_a_meaning() -> None:
    code = "def f():\n" + "        return 1\n" * 100
    assert tight(code) == code
    assert propose(case(site(system(code)))) == ()


def test_silent_on_as_many_chunks_as_before() -> None:
    assert propose(case(site(retrieval=(top_k(5),)), before=site(retrieval=(top_k(5),)))) == ()
    assert propose(case(site(retrieval=(top_k(4),)), before=site(retrieval=(top_k(5),)))) == ()
    assert propose(case(site(retrieval=(top_k(8),)))) == ()  # nothing to compare with


def test_silent_on_few_tools() -> None:
    assert propose(case(site(tools=tuple(tool(f"t{i}", 500) for i in range(7))))) == ()


def test_silent_on_one_tool_more_and_on_small_ones() -> None:
    """The tool that a change is for; and two that are 299 tokens together."""
    before = site(system(words(500)), tools=(tool("a", 200),))
    one = replace(before, tools=(*before.tools, tool("b", 900)))
    small = replace(before, tools=(*before.tools, tool("b", 150), tool("c", 149)))
    assert propose(case(one, before=before)) == ()
    assert propose(case(small, before=before)) == ()
    assert propose(case(before, before=before)) == ()


@pytest.mark.parametrize(
    ("chunks", "others", "told"), [(7, 0, False), (8, 0, True), (8, 3_200, True), (8, 3_201, False)]
)
def test_silent_on_few_chunks_and_on_a_small_part(chunks: int, others: int, told: bool) -> None:
    """From eight chunks on, where they are half of the input: 8 · 400 = 3,200 tokens."""
    use = traffic(dynamic_input_tokens=exactly(chunks * 400 + others))
    asked = pricer(rates(), use, chunk_tokens=400)
    of = site(user(hole("passages")), retrieval=(top_k(chunks),))
    assert bool(propose(Case(priced=asked.price(of), pricer=asked))) is told


# -- advice -----------------------------------------------------------------------------------------------------------


def test_said_twice() -> None:
    of = site(system("\n".join(RULES)), elsewhere(user("\n".join(["Question:", *RULES[:2]]))))
    found = only(propose(case(of, traffic(calls_per_month=month(1_000)))))
    assert per_call(found) == mtok("3", 100)
    assert per_month(found) == mtok("3", 100) * 1_000
    assert found.advice.why.startswith("100 tokens: 2 lines of app/chat.py:10 stand in app/ask.py:4 too")
    assert found.advice.span == Span("app/ask.py", 4, 5)
    assert len(list(repeated_lines(of))) == 2


def test_without_a_price_there_are_tokens_but_no_dollars() -> None:
    of = site(system("\n".join(RULES)), elsewhere(user("\n".join(RULES))))
    found = only(propose(case(of, book={})))
    assert found.advice.why.startswith("200 tokens")
    assert found.advice.saving_usd_per_1k_calls is None


def blanks(shape: RequestShape) -> RequestCount:
    """A word and a double blank are a token each."""

    def one(text: str) -> TokenCount:
        n = len(text.split()) + text.count("  ")
        return TokenCount(tokens=Range.exactly(n), method="exact", source="words and double blanks")

    return RequestCount(messages=tuple(one(t) for _, t in shape.messages), tools=(), schema=None, overhead=one(""))


def indented(lines: int, plain_words: int) -> Case:
    """`lines` of four double blanks and four words each."""
    asked = replace(pricer(rates()), count=blanks)
    text = "\n".join("        be brief and kind" for _ in range(lines))
    return Case(priced=asked.price(site(system(text, words(plain_words)))), pricer=asked)


@pytest.mark.parametrize(("lines", "plain", "told"), [(24, 0, False), (25, 0, True), (25, 802, False), (25, 801, True)])
def test_a_little_white_space_is_left_alone(lines: int, plain: int, told: bool) -> None:
    """From 100 tokens and a tenth of the request on: 25 lines have 100 of blanks and 100 of words (the last one touches)."""
    assert bool(propose(indented(lines, plain))) is told


def test_indentation() -> None:
    found = only(propose(indented(100, 0)))
    assert "textwrap" in found.advice.edit
    assert per_call(found) == mtok("3", 400)  # four double blanks in each of 100 lines
    assert found.advice.confidence == "medium"  # nothing shows that the program does not dedent it


def test_three_more_chunks() -> None:
    base, head = site(retrieval=(top_k(5),)), site(retrieval=(top_k(8),))
    use = traffic(dynamic_input_tokens=exactly(5_100), calls_per_month=month(40_000))
    asked = pricer(rates(), use, chunk_tokens=800).against([(base, head)])
    found = only(propose(Case(priced=asked.price(head), pricer=asked, before=base)))
    assert per_call(found) == mtok("3", 2_400)
    assert per_month(found) == 288  # 0.0072 × 40,000


def test_more_chunks_of_unknown_size() -> None:
    found = only(propose(case(site(retrieval=(top_k(8),)), before=site(retrieval=(top_k(5),)))))
    assert found.advice.saving_usd_per_1k_calls is None


def test_many_tools_are_shown_with_their_price_but_no_saving() -> None:
    of = site(system(words(100)), tools=tuple(tool(f"t{i}", 300 + i) for i in range(10)))
    found = only(propose(case(of)))
    assert "10 definitions are 3,045 tokens" in found.advice.title
    assert "9.14 USD per 1,000 calls" in found.advice.why.replace("9.13 USD", "9.14 USD")
    assert found.advice.saving_usd_per_1k_calls is None
    assert found.advice.why.endswith("t9 (309), t8 (308), t7 (307)")


def test_two_tools_that_a_change_adds() -> None:
    before = site(system(words(500)), tools=(tool("a", 200),))
    after = replace(before, tools=(*before.tools, tool("b", 250), tool("c", 150)))
    use = traffic(calls_per_task=Decimal(4), output_tokens=exactly(10))
    found = only(propose(case(after, use, rates(), before=before)))
    assert "2 added tools" in found.advice.title and "400 tokens" in found.advice.title
    assert f"{1000 * mtok('3', 400):.2f} USD per 1,000 calls, used or not, on each of 4 turns" in found.advice.why
    assert found.advice.saving_usd_per_1k_calls is None


def test_what_a_chunk_costs() -> None:
    use = traffic(dynamic_input_tokens=exactly(10 * 400 + 100))
    asked = pricer(rates(), use, chunk_tokens=400)
    of = site(user(hole("passages")), retrieval=(top_k(10),))
    found = only(propose(Case(priced=asked.price(of), pricer=asked)))
    assert "4,000 of 4,100 input tokens" in found.advice.title
    assert f"about 400 tokens and costs {1000 * mtok('3', 400):.2f} USD per 1,000 calls" in found.advice.why


def test_many_examples() -> None:
    of = site(system(words(100)), surface("examples", words(1_000)))
    found = only(propose(case(of)))
    assert "1,000 tokens" in found.advice.title
    assert "3.00 USD per 1,000 calls" in found.advice.why
    assert mtok("3", 1_000) * 1_000 == Decimal(3)
