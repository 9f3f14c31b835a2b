"""An agent's conversation in a cache: the share that is read, counted turn by turn, and what a call costs with it.

Claude Sonnet 4.5: input 3, read 0.30, write 3.75 USD per million (https://platform.claude.com/docs/en/about-claude/pricing);
GPT-4o: input 2.50, cached 1.25, no fee for writes (https://developers.openai.com/api/docs/pricing).
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.compare import compare
from bot.model import Traffic
from bot.turns import CONVERSATION, hits_within_a_task, read_again_share
from prompts_scanner.model import CallSite
from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree
from tests.cost.make import (
    exactly,
    gpt_4o,
    hole,
    mtok,
    pricer,
    rates,
    setting,
    site,
    system,
    tool,
    traffic,
    user,
    words,
)

AGENT = site(system(words(1_500), mark=True), user(hole("request")), tools=(tool("look_up", 500),), cache=setting("on"))
MOVING = site(*AGENT.surfaces, tools=AGENT.tools, cache=setting("conversation"))
STATIC = 2_000


def turn_by_turn(turns: int, request: int, added: int) -> tuple[int, int]:
    """(run-time tokens of a whole task, those of them that the turn before had sent)."""
    sent = read = before = 0
    for turn in range(turns):
        now = request + turn * added
        sent += now
        read += before
        before = now
    return sent, read


def loop(turns: int, request: int, added: int, answer: int = 140, **more: object) -> Traffic:
    sent, _ = turn_by_turn(turns, request, added)
    assert sent % turns == 0
    return traffic(
        calls_per_task=Decimal(turns),
        dynamic_input_tokens=exactly(sent // turns),
        output_tokens=exactly(answer),
        tool_result_tokens=exactly(added - answer),
        **more,
    )


# -- the share --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("turns", "request_", "added"), [(3, 100, 700), (5, 1_000, 740), (9, 0, 400), (21, 90, 200)])
def test_counted_turn_by_turn(turns: int, request_: int, added: int) -> None:
    sent, read = turn_by_turn(turns, request_, added)
    assert read_again_share(AGENT, loop(turns, request_, added)) == pytest.approx(
        Decimal(read) / sent, abs=Decimal("1e-20")
    )


def test_without_the_size_of_tool_results_it_is_a_lower_bound() -> None:
    """All of the input taken as history: 1 - 2/n. Five turns: 60 %, where the formula with known results has more."""
    use = traffic(calls_per_task=Decimal(5), dynamic_input_tokens=exactly(2_480), output_tokens=exactly(140))
    assert read_again_share(AGENT, use) == Decimal("0.6")
    exact = read_again_share(AGENT, loop(5, 1_000, 740))
    assert exact is not None and exact > Decimal("0.6")


@pytest.mark.parametrize("turns", ["1", "1.5", "2"])
def test_few_turns_read_nothing_for_sure(turns: str) -> None:
    use = traffic(calls_per_task=Decimal(turns), dynamic_input_tokens=exactly(2_000), output_tokens=exactly(140))
    assert not read_again_share(AGENT, use)


def test_no_agent_no_share() -> None:
    plain = site(system(words(1_500)), user(hole("q")))
    use = traffic(calls_per_task=Decimal(5), dynamic_input_tokens=exactly(2_000), output_tokens=exactly(140))
    assert read_again_share(plain, use) is None
    assert read_again_share(AGENT, None) is None
    assert read_again_share(AGENT, traffic(calls_per_task=Decimal(5))) is None
    assert hits_within_a_task(plain, use) == (None, "")


@given(st.integers(1, 40), st.integers(0, 5_000), st.integers(1, 3_000))
def test_the_share_is_a_share(turns: int, request: int, added: int) -> None:
    sent, read = turn_by_turn(turns, request, added)
    use = traffic(
        calls_per_task=Decimal(turns),
        dynamic_input_tokens=exactly(sent // turns),
        output_tokens=exactly(0),
        tool_result_tokens=exactly(added),
    )
    share = read_again_share(AGENT, use)
    if share is not None:
        assert 0 <= share <= 1
        # the mean is a whole number of tokens
        assert sent < turns * 50 or abs(share - Decimal(read) / sent) < Decimal("0.1")


# -- what a call costs ------------------------------------------------------------------------------------------------

USE = loop(5, 1_000, 740)  # 2,480 run-time tokens a call: 12,400 a task, of which 3 · 1,000 + ... were sent before
SENT, READ = turn_by_turn(5, 1_000, 740)


def test_a_mark_on_the_system_prompt_holds_no_conversation() -> None:
    found = pricer(rates(), USE).price(AGENT).cost.usd_per_call.likely
    hits = Decimal("0.8")  # four of five turns
    static = mtok("0.30", STATIC * hits) + mtok("3.75", STATIC * (1 - hits))
    assert found == static + mtok("3", SENT // 5) + mtok("15", 140)


def test_a_mark_that_moves_reads_the_conversation() -> None:
    """Five turns send 12,400 tokens, and 9,440 less g of them again: the rest is written at 3.75."""
    found = pricer(rates(), USE).price(MOVING).cost.usd_per_call.likely
    hits = Decimal("0.8")
    static = mtok("0.30", STATIC * hits) + mtok("3.75", STATIC * (1 - hits))
    conversation = (mtok("0.30", READ) + mtok("3.75", SENT - READ)) / 5
    assert found == pytest.approx(static + conversation + mtok("15", 140), abs=Decimal("1e-15"))


def test_a_whole_task_counted_turn_by_turn() -> None:
    """Tokens read and written on each turn, added up by hand, are what the model's mean call times five costs."""
    total = Decimal(0)
    for turn in range(5):
        new = STATIC + 1_000 if turn == 0 else 740
        before = 0 if turn == 0 else STATIC + 1_000 + (turn - 1) * 740
        total += mtok("0.30", before) + mtok("3.75", new) + mtok("15", 140)
    found = pricer(rates(), USE).price(MOVING).cost.usd_per_call.likely
    assert found * 5 == pytest.approx(total, abs=Decimal("1e-12"))


def test_a_provider_that_caches_by_itself_reads_it_without_a_mark() -> None:
    """1,920 of the 2,000 static tokens in steps of 128, and the conversation; misses cost what input costs."""
    own = site(
        *(system(words(1_500)), user(hole("request"))), tools=AGENT.tools, provider="openai", model=setting("gpt-4o")
    )
    found = pricer(gpt_4o(), USE).price(own).cost.usd_per_call.likely
    hits = Decimal("0.8")
    static = mtok("2.50", STATIC) - mtok("1.25", 1_920 * hits)
    conversation = (mtok("1.25", READ) + mtok("2.50", SENT - READ)) / 5
    assert found == pytest.approx(static + conversation + mtok("10", 140), abs=Decimal("1e-12"))


def test_a_clock_in_the_system_prompt_loses_the_conversation_too() -> None:
    own = site(
        system(words(1_500), hole("now", volatile=True)),
        user(hole("request")),
        tools=AGENT.tools,
        provider="openai",
        model=setting("gpt-4o"),
    )
    lines = pricer(gpt_4o(), USE).price(own).cost.lines
    assert next(x for x in lines if x.part == "run-time input").mix == ()


def test_what_a_log_measured_goes_before_the_formula() -> None:
    measured = loop(5, 1_000, 740, cache_hit_share=Decimal("0.8"), history_read_share=Decimal("0.25"))
    own = site(
        *(system(words(1_500)), user(hole("request"))), tools=AGENT.tools, provider="openai", model=setting("gpt-4o")
    )
    line = next(x for x in pricer(gpt_4o(), measured).price(own).cost.lines if x.part == "run-time input")
    assert line.mix == (("cache_read", Decimal("0.25"), Decimal("1.25")), ("input", Decimal("0.75"), Decimal("2.50")))


def test_below_the_minimum_nothing_is_read() -> None:
    small = site(
        system(words(100)), user(hole("q")), tools=(tool("a", 50),), provider="openai", model=setting("gpt-4o")
    )
    use = loop(5, 100, 200)
    assert next(x for x in pricer(gpt_4o(), use).price(small).cost.lines if x.part == "run-time input").mix == ()


def test_the_mark_that_moves_is_a_cause_of_the_change() -> None:
    (change,) = compare([(AGENT, MOVING)], pricer(rates(), USE), 0)
    (cause,) = change.causes
    assert (cause.what, cause.detail, cause.sign) == ("cache", "the conversation is cached too", -1)
    assert cause.usd_per_call is not None
    saved = (mtok("3", SENT) - mtok("0.30", READ) - mtok("3.75", SENT - READ)) / 5
    assert cause.usd_per_call.likely == pytest.approx(-saved, abs=Decimal("1e-12"))
    (unknown,) = compare([(AGENT, MOVING)], pricer(rates(), None), 0)[0].causes
    assert (unknown.usd_per_call, unknown.sign) == (None, -1)


# -- how the scanner tells --------------------------------------------------------------------------------------------

CODE = """
from anthropic import Anthropic

client = Anthropic()


def mark(messages):
    messages[-1]["content"][-1]["cache_control"] = {{"type": "ephemeral"}}


def run(messages):
    system = [{{"type": "text", "text": "You are a helpful assistant of the shop."}}]
    while True:
        {before}
        client.messages.create(
            model="claude-sonnet-4-5", max_tokens=500, system=system, messages=messages{argument}, tools=[]
        )
"""


@pytest.mark.parametrize(
    ("before", "argument", "cache"),
    [
        ("pass", "", None),
        ("pass", ', cache_control={"type": "ephemeral"}', "conversation"),
        ("mark(messages)", "", "conversation"),
        ('messages[-1]["content"][0]["cache_control"] = {"type": "ephemeral"}', "", "conversation"),
        ('messages[-1]["content"] = [{**b, "cache_control": {}} for b in messages[-1]["content"]]', "", "conversation"),
        ('messages[-1]["content"] = [{**b} for b in messages[-1]["content"]]', "", None),
        ('system[0]["cache_control"] = {"type": "ephemeral"}', "", "on"),
    ],
)
def test_which_mark(before: str, argument: str, cache: str | None) -> None:
    (found,) = scan(MemoryTree({"a.py": CODE.format(before=before, argument=argument).encode()})).sites
    assert isinstance(found, CallSite)
    assert (found.cache.value if found.cache is not None else None) == cache


AGENT_OF_TWO_FILES = {
    "history.py": b"""
class History:
    def __init__(self):
        self.messages = []

    def for_api(self):
        result = [{"role": m["role"], "content": m["content"]} for m in self.messages]
        result[-1]["content"] = [{**b, "cache_control": {"type": "ephemeral"}} for b in self.messages[-1]["content"]]
        return result
""",
    "agent.py": b"""
from anthropic import Anthropic
from history import History


class Agent:
    def __init__(self):
        self.client = Anthropic()
        self.history = History()

    def params(self):
        return {"model": "claude-sonnet-4-5", "max_tokens": 500, "messages": self.history.for_api()}

    def run(self):
        while True:
            self.client.messages.create(**self.params())
""",
}


def test_a_mark_that_another_file_sets() -> None:
    """What makes the request is followed, two calls deep; a mark set in a method of the same class counts too."""
    (found,) = (s for s in scan(MemoryTree(AGENT_OF_TWO_FILES)).sites if isinstance(s, CallSite))
    assert found.cache is not None and found.cache.value == CONVERSATION
    assert found.cache.span.path == "history.py"
    plain = AGENT_OF_TWO_FILES["history.py"].replace(b', "cache_control": {"type": "ephemeral"}', b"")
    (found,) = (
        s for s in scan(MemoryTree({**AGENT_OF_TWO_FILES, "history.py": plain})).sites if isinstance(s, CallSite)
    )
    assert found.cache is None
