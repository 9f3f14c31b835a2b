"""Which lines a bill has: overhead from one token on, retrieved chunks where they cost something or their size is unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model import Range, RequestCount, RequestShape, TokenCount, Traffic, UnitCost
from prompts_scanner.model import CallSite, Retrieval
from tests.cost.make import AT, count, exactly, pricer, setting, site, surface, system, top_k, traffic, user, words

CHUNK = Retrieval(parameter="chunk_size", setting=setting(100), unit="tokens", span=AT)


def priced(of: CallSite, use: Traffic | None = None, **changes: object) -> UnitCost:
    return pricer(None, use, **changes).price(of).cost  # type: ignore[arg-type]


@pytest.mark.parametrize("high", [0, 1, 2])
def test_overhead_is_a_line_from_its_first_token_on(high: int) -> None:
    def counted(shape: RequestShape) -> RequestCount:
        more = TokenCount(tokens=Range(0, 0, high), method="exact", source="test")
        return replace(count(shape), overhead=more)

    cost = replace(pricer(), count=counted).price(site(system(words(5)))).cost
    known = [line for line in cost.lines if line.tokens_per_call is not None and line.part != "output"]
    assert len(known) == 1 + (high > 0)
    assert sum(line.tokens_per_call.high for line in known if line.tokens_per_call is not None) == 5 + high


def test_a_schema_is_a_line_where_there_is_one_that_was_counted() -> None:
    def uncounted(shape: RequestShape) -> RequestCount:
        return replace(count(shape), schema=None)

    both = site(system(words(5)), surface("schema", words(3)))
    assert priced(both).input_tokens == exactly(8)
    assert priced(site(system(words(5)))).input_tokens == exactly(5)
    assert replace(pricer(), count=uncounted).price(both).cost.input_tokens == exactly(5)


@pytest.mark.parametrize(("dynamic", "chunks"), [(1_000, 300), (200, 200), (1, 1), (0, None)])
def test_chunks_are_a_line_where_the_observed_input_holds_some(dynamic: int, chunks: int | None) -> None:
    """Three of 100 tokens, out of what a log saw: never more than that."""
    of = site(system(words(5)), user("ask"), retrieval=(top_k(3), CHUNK))
    lines = priced(of, traffic(dynamic_input_tokens=exactly(dynamic))).lines
    found = [line.tokens_per_call for line in lines if line.part == "retrieval"]
    assert found == ([exactly(chunks)] if chunks is not None else [])
    rest = [line.tokens_per_call for line in lines if line.part == "run-time input"]
    left = dynamic - (chunks or 0)
    assert rest == ([exactly(left)] if left else []), "what is nothing is no line"


def test_chunks_of_unknown_size_are_a_line_only_where_their_number_is_not_the_observed_one() -> None:
    use = traffic(dynamic_input_tokens=exactly(1_000))
    three, five = (site(system(words(5)), retrieval=(top_k(k),)) for k in (3, 5))
    for of, before, told in ((three, three, []), (five, three, [None]), (three, site(system(words(5))), [None])):
        lines = priced(of, use, observed={of.id: before}).lines
        assert [line.tokens_per_call for line in lines if line.part == "retrieval"] == told
    none = site(system(words(5)))
    assert [line.part for line in priced(none, use).lines if line.part == "retrieval"] == []


def test_without_a_model_or_for_pictures_there_is_no_tokenizer() -> None:
    def named(shape: RequestShape) -> RequestCount:
        return replace(count(shape), tokenizer="words")

    asked = replace(pricer(), count=named)
    assert asked.tokenizer(site(system("x"))) == "words"
    assert asked.tokenizer(site(system("x"), operation="image")) == ""
    nothing = replace(site(system("x")).model, values=())
    assert asked.tokenizer(site(system("x"), model=nothing)) == ""
