"""Tools and texts in no fixed order, JSON without sorted keys: read off real code, priced as a cause of the change.

Claude Sonnet 4.5: input 3, read 0.30, write 3.75 USD per million (https://platform.claude.com/docs/en/about-claude/pricing);
GPT-4o: input 2.50, cached 1.25 (https://developers.openai.com/api/docs/pricing).
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.compare import compare
from bot.levers.prompt_cache import propose
from bot.model import Cause, Rates, Traffic
from prompts_scanner.model import A_SET, SHUFFLED, UNSORTED_JSON, CallSite, Hole
from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree
from tests.cost.make import gpt_4o, mtok, pricer, rates, traffic
from tests.levers.make import case, only

HITS = Decimal("0.85")
USE = traffic(cache_hit_share=HITS)
RULES = "\\n".join(f"rule {i} " + "word " * 38 for i in range(50))  # 50 lines of 40 words
OPENAI = '''
import json
import random
from openai import OpenAI

client = OpenAI()
RULES = """{rules}"""
TOPICS = {topics}


def tool(name):
    return {{"type": "function", "function": {{"name": name, "description": "{words}", "parameters": {{}}}}}}


TOOLS = [tool("a"), tool("b"), tool("c")]


def answer(question, profile):
    tools = {tools}
    {between}
    return client.chat.completions.create(
        model="gpt-4o",
        messages=[{{"role": "system", "content": {system}}}, {{"role": "user", "content": question}}],
        tools=tools,
    )
'''
CLAUDE = '''
import json
from anthropic import Anthropic

client = Anthropic()
RULES = """{rules}"""


def answer(question, profile):
    return client.messages.create(
        model="claude-sonnet-4-5",
        max_tokens=500,
        system=[
            {{"type": "text", "text": {dumped}}},
            {{"type": "text", "text": RULES, "cache_control": {{"type": "ephemeral"}}}},
        ],
        messages=[{{"role": "user", "content": question}}],
    )
'''


def gpt(*, tools: str = "TOOLS", between: str = "pass", system: str = "RULES", topics: str = "[]") -> CallSite:
    code = OPENAI.format(rules=RULES, words="word " * 600, tools=tools, between=between, system=system, topics=topics)
    (site,) = scan(MemoryTree({"app.py": code.encode()})).sites
    return site


def claude(dumped: str) -> CallSite:
    (site,) = scan(MemoryTree({"app.py": CLAUDE.format(rules=RULES, dumped=dumped).encode()})).sites
    return site


def causes(base: CallSite, head: CallSite, book: Rates, use: Traffic | None = USE) -> tuple[Cause, ...]:
    found = compare([(base, head)], pricer(book, use), 0)
    return found[0].causes if found else ()


# -- what the scanner reads -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tools", "between", "why"),
    [
        ("TOOLS", "pass", ""),
        ("TOOLS", "random.shuffle(tools)", SHUFFLED),
        ("list(TOOLS)", "random.shuffle(tools)", SHUFFLED),
        ("list(set(TOOLS))", "pass", A_SET),
        ("sorted(set(TOOLS), key=str)", "pass", ""),
        ("list(set(TOOLS))", "tools.sort(key=str)", ""),
        ("TOOLS", "random.shuffle(question)", ""),
        ("{TOOLS[0], TOOLS[1]}", "pass", A_SET),
        ("[TOOLS[0], TOOLS[1]]", "pass", ""),
    ],
)
def test_the_order_of_tools(tools: str, between: str, why: str) -> None:
    found = gpt(tools=tools, between=between).tools
    assert len(found) in (2, 3)
    assert {t.disorder for t in found} == {why}


@pytest.mark.parametrize(
    ("system", "topics", "why"),
    [
        ('", ".join(TOPICS)', '["rent", "deposit"]', ""),
        ('", ".join(TOPICS)', '{"rent", "deposit"}', A_SET),
        ('", ".join(sorted(TOPICS))', '{"rent", "deposit"}', ""),
        ('", ".join(set(TOPICS))', '["rent", "deposit"]', A_SET),
        ('", ".join(TOPICS)', '{"rent"}', ""),
    ],
)
def test_the_order_of_texts(system: str, topics: str, why: str) -> None:
    (text,) = [s.text for s in gpt(system=system, topics=topics).surfaces if s.role == "system"]
    assert "rent" in text.literal and text.holes == ()
    assert {p.disorder for p in text.pieces if not isinstance(p, Hole) and "e" in p.text} == {why}


@pytest.mark.parametrize(
    ("written", "unsorted"),
    [
        ("json.dumps(profile)", True),
        ("json.dumps(profile, sort_keys=False)", True),
        ("json.dumps(profile, sort_keys=True)", False),
        ("json.dumps(profile, sort_keys=SORTED)", False),
        ("str(profile)", False),
    ],
)
def test_json(written: str, unsorted: bool) -> None:
    (hole,) = [h for s in claude(written).surfaces if s.role == "system" for h in s.text.holes]
    assert (hole.reason == UNSORTED_JSON) is unsorted
    assert hole.name == "profile" or not unsorted


# -- what it costs ----------------------------------------------------------------------------------------------------


def tool_tokens(of: CallSite) -> int:
    return sum(len(t.schema.split()) for t in of.tools)


def test_shuffled_tools_break_the_cache() -> None:
    """Tools stand in front of the system prompt: all of both is lost, 1.25 USD a million of what was read."""
    base, head = gpt(), gpt(between="random.shuffle(tools)")
    found = causes(base, head, gpt_4o())
    assert [c.what for c in found] == ["cache"]
    stable = tool_tokens(base) + len(RULES.split())
    cached = 1024 + 128 * ((stable - 1024) // 128)
    assert found[0].usd_per_call is not None
    assert found[0].usd_per_call.likely.quantize(Decimal("1e-9")) == mtok("1.25", cached * HITS).quantize(
        Decimal("1e-9")
    )
    assert "tools shuffled at random" in found[0].detail
    back = causes(head, base, gpt_4o())
    assert back[0].usd_per_call is not None and back[0].usd_per_call.likely == -found[0].usd_per_call.likely


def test_tools_of_a_set_break_it_too_and_sorting_them_mends_it() -> None:
    head = gpt(tools="list(set(TOOLS))")
    (broken,) = causes(gpt(), head, gpt_4o())
    assert (broken.what, broken.sign) == ("cache", 1) and "tools in the order of a set" in broken.detail
    (mended,) = causes(head, gpt(tools="sorted(set(TOOLS), key=str)"), gpt_4o())
    assert (mended.what, mended.sign) == ("cache", -1)


def test_a_set_of_one_and_a_fixed_order_cost_nothing() -> None:
    assert causes(gpt(), gpt(tools="list(TOOLS)"), gpt_4o()) == ()


def test_json_in_a_marked_prefix_that_is_no_longer_sorted() -> None:
    """The sign, and what a miss costs: 2,000 tokens written at 3.75 instead of read at 0.30, 1,000 times."""
    base, head = claude("json.dumps(profile, sort_keys=True)"), claude("json.dumps(profile)")
    (cause,) = causes(base, head, rates())
    assert (cause.what, cause.usd_per_call, cause.sign) == ("cache", None, 1)
    assert "`profile`" in cause.detail and "no longer sorted" in cause.detail
    assert cause.per_unit == ("1,000 calls that miss it", mtok("3.45", 2_000) * 1_000)
    (back,) = causes(head, base, rates())
    assert back.sign == -1 and back.per_unit == ("1,000 calls that miss it", -mtok("3.45", 2_000) * 1_000)


def test_json_where_no_cache_reads_it() -> None:
    """OpenAI's prefix ends at the run-time value anyway, sorted or not."""
    base, head = (gpt(system=f"json.dumps(profile{x}) + RULES") for x in (", sort_keys=True", ""))
    assert causes(base, head, gpt_4o()) == ()


# -- what is advised --------------------------------------------------------------------------------------------------


def test_silent_on_a_fixed_order() -> None:
    assert propose(case(gpt(), USE, gpt_4o())) == ()


def test_advice_on_shuffled_tools() -> None:
    found = only(propose(case(gpt(between="random.shuffle(tools)"), USE, gpt_4o())))
    stable = tool_tokens(gpt()) + len(RULES.split())
    assert found.advice.title == f"Send the tools in a fixed order: {stable:,} stable tokens are lost to the cache"
    assert found.advice.confidence == "high" and "sorted(...)" in found.advice.edit
    cached = 1024 + 128 * ((stable - 1024) // 128)
    saving = found.advice.saving_usd_per_1k_calls
    assert saving is not None
    assert saving.likely.quantize(Decimal("1e-6")) == (mtok("1.25", cached * HITS) * 1000).quantize(Decimal("1e-6"))


def test_advice_on_tools_of_a_set() -> None:
    found = only(propose(case(gpt(tools="list(set(TOOLS))"), USE, gpt_4o())))
    assert found.advice.confidence == "medium" and "differs between processes" in found.advice.why


def test_advice_on_json_in_front_of_the_rules() -> None:
    found = only(propose(case(gpt(system="json.dumps(profile) + RULES", tools="[]"), USE, gpt_4o())))
    assert found.advice.title.startswith("Write `profile` with sorted keys, or behind the 2,000 stable tokens")
    assert propose(case(gpt(system="json.dumps(profile, sort_keys=True) + RULES", tools="[]"), USE, gpt_4o())) == ()
