"""From where on a lever speaks. Each number here is a decision about a reviewer's time, so that changing it is one too."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.levers import LEVERS, Lever, context, context_parts, distillation, other_vendor, prompt_cache, routing, simple
from bot.levers.case import Case
from prompts_scanner.model import CallSite
from tests.cost.make import exactly, month, setting, site, system, tool, traffic, user, words
from tests.levers.make import BOOK, case

USE = traffic(output_tokens=exactly(20), dynamic_input_tokens=exactly(0), calls_per_month=month(10**7))


def test_the_thresholds() -> None:
    assert (context.LONG_LINE_CHARS, context.MIN_SAVED_TOKENS, context.MIN_SAVED_BLANKS) == (60, 40, 100)
    assert (context.MANY_TOOLS, context.MANY_TOOL_TOKENS, context.MANY_EXAMPLE_TOKENS) == (8, 2_000, 800)
    assert (context_parts.FEW_TOOLS, context_parts.MANY_ADDED_TOKENS, context_parts.MANY_CHUNKS) == (2, 300, 8)
    assert (Decimal("0.3"), Decimal("0.5")) == (context.GREAT_SHARE, context_parts.GREAT_SHARE)
    assert (Decimal("0.5"), Decimal("0.75")) == (routing.CHEAP_ENOUGH, routing.LATER_IS_WORTH_IT)
    assert Decimal("0.5") == other_vendor.CHEAP_ENOUGH
    assert (distillation.SHORTEST_TASK_CHARS, prompt_cache.MIN_BEHIND_TOKENS) == (24, 50)
    assert simple.SHORT_ANSWER_TOKENS == 100


ANY = site(system(words(3_000)), user("Hello"), model=setting("claude-opus-5-5"), tools=(tool("a", 50),))


def asked(lever: Lever, of: CallSite, **changes: object) -> tuple[object, ...]:
    found: Case = case(of, USE, **changes)  # type: ignore[arg-type]
    return lever.propose(found)


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.NAME)
def test_no_lever_breaks_where_the_price_is_not_known(lever: Lever) -> None:
    """It says what it can say of the text alone, and nothing of money."""
    for of in (ANY, site(), site(system(words(9)), cache=setting("on"))):
        for use in (None, USE):
            for proposal in lever.propose(case(of, use, {})):
                saving = proposal.advice.saving_usd_per_month
                assert saving is None or saving.likely == 0


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.NAME)
def test_no_lever_of_chats_speaks_of_other_calls(lever: Lever) -> None:
    for operation in ("embed", "rerank", "image", "speech"):
        for model in BOOK:
            of = site(user(words(3_000)), operation=operation, model=setting(model))
            assert [p for p in lever.propose(case(of, USE)) if lever.NAME not in ("batch",)] == []
