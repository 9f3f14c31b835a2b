"""A body is data from outside: whatever JSON it is, it is counted or refused, and never a crash."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import tokens
from bot.errors import ReviewError
from bot.tokens.bodies import read_body
from tests.tokens.test_bodies import BODIES

TODAY = date(2026, 11, 25)
scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=6)
KEYS = (
    "messages", "contents", "input", "prompt", "system", "instructions", "systemInstruction", "message", "chat_history",
    "tools", "functions", "toolConfig", "tool_choice", "response_format", "text", "format", "generationConfig", "role",
    "content", "parts", "type", "tool_calls", "function", "function_call", "functionCall", "functionResponse", "name",
    "arguments", "parameters", "properties", "items", "enum", "anyOf", "required", "$ref", "$defs", "description",
    "title", "thinking", "reasoning", "toolUse", "toolResult", "image", "image_url", "source", "data", "url", "images",
    "json", "inputSchema", "functionDeclarations", "reasoningContent", "tool_results", "tool_plan", "requests", "model",
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
bodies = st.dictionaries(st.sampled_from(KEYS), values, max_size=5)


def counted(body: object, endpoint: str = "") -> None:
    try:
        request = read_body(body, endpoint=endpoint)
    except ReviewError:
        return
    found = tokens.count_request(request, TODAY).total
    assert 0 <= found.low <= found.likely <= found.high


@given(bodies, st.sampled_from(["", "embeddings", "responses"]))
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_json(body: dict[str, Any], endpoint: str) -> None:
    counted(body, endpoint)


def paths(value: object, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found += paths(inner, (*at, key))
    return found


@pytest.mark.parametrize("form", BODIES)
@pytest.mark.parametrize("wrong", [None, 3, True, "text", [], {}, [[]], [None], {"a": 1}], ids=repr)
def test_every_part_of_a_body_may_be_of_another_type(form: str, wrong: object) -> None:
    for path in paths(BODIES[form]):
        body = json.loads(json.dumps(BODIES[form]))
        inner = body
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = wrong
        counted(body)


def test_a_deep_schema_is_counted() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(300):
        schema = {"type": "object", "properties": {"a": schema}, "items": schema}
    tool = {"name": "deep", "parameters": schema}
    for model in ("gpt-4o", "gemini-2.0-flash"):
        counted({"model": model, "messages": [{"role": "user", "content": "x"}], "tools": [{"function": tool}]})


def test_a_schema_that_refers_to_itself_many_times_ends() -> None:
    """Twelve levels of twelve references each would be 9 * 10**12 parts."""
    node = {"type": "object", "properties": {f"p{i}": {"$ref": "#/$defs/Node"} for i in range(12)}}
    tool = {"name": "wide", "parameters": {"$defs": {"Node": node}, **node}}
    for model in ("gpt-4o", "gemini-2.0-flash", "claude-sonnet-4-5"):
        counted({"model": model, "messages": [{"role": "user", "content": "x"}], "tools": [{"function": tool}]})
