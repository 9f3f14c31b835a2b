"""Two models at the same rates whose tokens are counted by constants fitted apart: what is a difference and what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.compare import compare
from bot.model import Cause, Range, RequestCount, RequestShape, TokenCount, Tokens
from tests.cost.make import pricer, rates, setting, site, system


def counts(tokens: dict[str, Tokens], tokenizer: Callable[[str], str]) -> Callable[[RequestShape], RequestCount]:
    """The same text has by model so many tokens."""

    def count(shape: RequestShape) -> RequestCount:
        found = TokenCount(tokens=tokens[shape.model], method="calibrated", source="constants of a test")
        nothing = TokenCount(tokens=Range.exactly(0), method="exact", source="constants of a test")
        return RequestCount(
            messages=(found,), tools=(), schema=None, overhead=nothing, tokenizer=tokenizer(shape.model)
        )

    return count


def cause(old: Tokens, new: Tokens, tokenizer: Callable[[str], str] = lambda _: "one", new_input: str = "3") -> Cause:
    book = {
        "old": rates(model="old"),
        "new": rates(model="new", input_usd_per_mtok=Decimal(new_input)),
    }
    priced = replace(pricer(book), count=counts({"old": old, "new": new}, tokenizer))
    pair = tuple(site(system("You sort letters."), model=setting(name)) for name in ("old", "new"))
    (change,) = compare([(pair[0], pair[1])], priced, 0)
    (found,) = [c for c in change.causes if c.usd_per_call is not None]
    return found


# Every end of the second range lies below its like in the first, though the ranges share 95 to 110.
APART = (Range(90, 100, 110), Range(80, 90, 105))


def test_constants_that_may_be_equal_are_no_saving_where_the_tokenizer_is_one() -> None:
    found = cause(*APART)
    assert found.sign == 0
    assert "same rates" in found.detail


def test_nor_are_they_in_the_other_direction() -> None:
    assert cause(*reversed(APART)).sign == 0


def test_ranges_that_do_not_meet_are_a_difference() -> None:
    assert cause(Range(90, 100, 110), Range(115, 125, 140)).sign == 1


@pytest.mark.parametrize("tokenizer", [str, lambda _: ""])
def test_another_tokenizer_or_an_unknown_one_is_a_difference(tokenizer: Callable[[str], str]) -> None:
    """The new tokenizer of Claude 4.7: the same text in more tokens, whatever the text."""
    assert cause(*reversed(APART), tokenizer=tokenizer).sign == 1


def test_another_rate_is_a_difference() -> None:
    assert cause(*APART, new_input="6").sign == 1
