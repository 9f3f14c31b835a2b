"""What the code says of a request besides its texts: the endpoint it goes to and whether a tool must be called."""

from __future__ import annotations

import json
from datetime import date

import pytest

from bot.config import Config
from bot.pipeline import inventory, review
from bot.tokens.table import bundled
from prompts_scanner.model import CallSite
from prompts_scanner.scan import scan
from prompts_scanner.sdks import SDKS
from prompts_scanner.tree import MemoryTree

TODAY = date(2026, 11, 25)
TOOL = {"name": "get_weather", "description": "Weather.", "input_schema": {"type": "object", "properties": {}}}


def claude(choice: str, model: str = "claude-3-haiku-20240307") -> MemoryTree:
    asked = f"tool_choice={choice}, " if choice else ""
    return MemoryTree(
        {
            "app.py": "import anthropic\nclient = anthropic.Anthropic()\n"
            f"def ask(q):\n    return client.messages.create(model={model!r}, max_tokens=9, tools=[{json.dumps(TOOL)}], "
            f"{asked}messages=[{{'role': 'user', 'content': 'Hi'}}])\n"
        }
    )


def openai(call: str) -> MemoryTree:
    return MemoryTree({"app.py": f"from openai import OpenAI\nclient = OpenAI()\ndef ask(q):\n    return {call}\n"})


def site_of(tree: MemoryTree) -> CallSite:
    (site,) = scan(tree, sdks=SDKS).sites
    return site


@pytest.mark.parametrize(
    ("choice", "forced"),
    [
        ("", False),
        ("{'type': 'auto'}", False),
        ("{'type': 'none'}", False),
        ("{'type': 'any'}", True),
        ("{'type': 'tool', 'name': 'get_weather'}", True),
        ("'required'", True),
        ("CHOICE", False),
    ],
)
def test_a_forced_tool_is_seen(choice: str, forced: bool) -> None:
    assert site_of(claude(choice)).forced_tool is forced


def test_a_choice_without_tools_forces_nothing() -> None:
    tree = openai("client.responses.create(model='gpt-5', input='Hi', tool_choice='required')")
    assert site_of(tree).forced_tool is False


@pytest.mark.parametrize(
    ("call", "endpoint"),
    [
        (
            "client.chat.completions.create(model='gpt-5', messages=[{'role': 'user', 'content': q}])",
            "chat.completions",
        ),
        ("client.responses.create(model='gpt-5', input='Hi')", "responses"),
        ("client.completions.create(model='gpt-3.5-turbo-instruct', prompt='Hi')", "completions"),
    ],
)
def test_the_endpoint_is_seen(call: str, endpoint: str) -> None:
    assert site_of(openai(call)).endpoint == endpoint


def constant(family: str, of: str, endpoint: str | None = None) -> int:
    """The table's own value."""
    found = next(f for f in bundled().families if f.name == family)
    return round(
        next(
            c.value for c in found.constants if c.of == of and (c.endpoint.pattern if c.endpoint else None) == endpoint
        )
    )


def test_forcing_a_tool_is_a_change_of_cost() -> None:
    """Claude 3 is billed about 100 tokens more when it must call a tool."""
    found = review(claude(""), claude("{'type': 'any'}"), Config(), renames={}, today=TODAY)
    (change,) = found.changes
    assert abs(change.delta_input_tokens.likely - constant("claude-3", "forced")) <= 1
    assert [c.detail for c in change.causes] == ["tools: a call is now forced"]
    assert found.direction == "up"


def test_gpt_5_tools_cost_more_on_the_chat_endpoint() -> None:
    tool = {"type": "function", "function": {"name": "f", "description": "F.", "parameters": {}}}
    chat = openai(
        f"client.chat.completions.create(model='gpt-5', tools=[{json.dumps(tool)}], messages=[{{'role': 'user', 'content': 'Hi'}}])"
    )
    flat = {"type": "function", **tool["function"]}  # type: ignore[dict-item]
    responses = openai(f"client.responses.create(model='gpt-5', tools=[{json.dumps(flat)}], input='Hi')")

    def tokens_of(tree: MemoryTree) -> int:
        _, (site,), _ = inventory(tree, Config(), today=TODAY)
        return sum(line.tokens_per_call.likely for line in site.cost.lines if line.tokens_per_call is not None)

    more = constant("openai-reasoning", "tools", "^chat.completions")
    assert abs(tokens_of(chat) - tokens_of(responses) - more) <= 1


def test_a_store_embeds_what_stands_elsewhere_and_that_is_not_nothing() -> None:
    code = (
        "from langchain_openai import OpenAIEmbeddings\nfrom langchain_chroma import Chroma\n"
        "def index(texts):\n    return Chroma.from_texts(texts, OpenAIEmbeddings(model='text-embedding-3-small'))\n"
    )
    _, (unit,), _ = inventory(MemoryTree({"app.py": code}), Config(), today=TODAY)
    assert [line.part for line in unit.cost.unknown] == ["run-time input"]
