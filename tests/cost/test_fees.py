"""Fees of tools that a provider runs itself, from code to the line of a call and to the cause of a change.

Amounts: 10 USD per 1,000 web searches and 2.50 per 1,000 file searches (OpenAI), 25 for the older preview tool with models
that do not reason, 0.03 a container (https://developers.openai.com/api/docs/pricing); 10 per 1,000 searches and 0.05 an hour
of code execution (https://platform.claude.com/docs/en/about-claude/pricing); 35 per 1,000 grounded prompts of Gemini 2.5
(https://ai.google.dev/gemini-api/docs/pricing).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bot.compare import compare
from bot.direction import direction_of
from bot.fees import fee_of, hosted_causes, tool_fees
from bot.model import CostLine, Rates
from bot.prices import PriceBook
from prompts_scanner.model import CallSite
from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree
from tests.cost.make import pricer, rates, site, tool

SDKS = Path(__file__).parents[1] / "sdks"
DAY = date(2026, 11, 24)
# Of the sites of these files: the fees of their tools, in US dollars, and for one of what.
FEES = {
    "openai/hosted.py": {
        "no_tool": [],
        "three": ["0.01 USD a use", "0.0025 USD a use", "0.03 USD a session"],
        "typed": ["0.025 USD a use"],
        "always": ["0.025 USD a use"],
    },
    "vercel-ai/hosted.ts": {
        "ofASearchEngine": [],
        "ofOpenAI": ["0.01 USD a use", "0.0025 USD a use", "0.03 USD a session"],
        "ofAnthropic": ["0.01 USD a use", "0.05 USD an hour"],
        "ofGoogle": ["0.035 USD a use"],
    },
}


def fees(of: CallSite) -> list[CostLine]:
    found = PriceBook(on=DAY).rates(of.model.values[0], provider=of.provider)
    assert isinstance(found, Rates)
    return tool_fees(of, found)


@pytest.mark.parametrize("path", FEES)
def test_each_hosted_tool_has_its_fee_with_unit_and_source(path: str) -> None:
    text = (SDKS / path).read_text(encoding="utf-8")
    sites = scan(MemoryTree({path: text})).sites
    told = {s.symbol: [line.label.split(": ")[1].split(",")[0] for line in fees(s)] for s in sites}
    assert told == FEES[path]
    for line in (line for s in sites for line in fees(s)):
        assert line.usd_per_call is None  # how often a model uses a tool is not in the code
        assert "https://" in line.source


def test_a_hosted_tool_that_comes_is_dearer_by_its_fee() -> None:
    book = rates(fees={"web_search": Decimal("0.01")})
    search = tool("web_search", 0, schema="", builtin="web_search")
    (change,) = compare([(site(), site(tools=(search,)))], pricer(book), 0)
    (cause,) = change.causes
    assert cause.sign == 1
    assert cause.per_unit == ("1,000 uses of web_search", Decimal("0.01") * 1_000)
    assert direction_of([change]) == "up"
    (back,) = compare([(site(tools=(search,)), site())], pricer(book), 0)
    assert [(c.sign, c.per_unit) for c in back.causes] == [(-1, ("1,000 uses of web_search", Decimal(-10)))]


def test_a_hosted_tool_without_a_known_fee_is_no_free_one() -> None:
    fetch = tool("web_fetch", 0, schema="", builtin="web_fetch")
    of = pricer(rates()).price(site(tools=(fetch,)))
    (cause,) = hosted_causes(pricer(rates()).price(site()), of)
    assert (cause.sign, cause.per_unit, cause.usd_per_call) == (1, None, None)


def test_a_newer_version_of_the_same_tool_costs_the_same() -> None:
    old = tool("web_search_20250305", 0, schema="", builtin="web_search")
    new = tool("web_search_20260209", 0, schema="", builtin="web_search")
    price = pricer(rates(fees={"web_search": Decimal("0.01")})).price
    assert hosted_causes(price(site(tools=(old,))), price(site(tools=(new,)))) == []


def test_the_preview_tool_falls_back_to_the_fee_of_a_search() -> None:
    book = rates(fees={"web_search": Decimal("0.01")})
    assert fee_of("web_search_preview", book) == ("web_search", Decimal("0.01"), "use")
    assert fee_of("computer", book) is None
