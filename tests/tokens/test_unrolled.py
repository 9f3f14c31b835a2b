"""Schemas that refer to themselves stand unrolled in Gemini's tools; all others stay as they are."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from bot import tokens
from bot.tokens.request import Message, Request, ToolSpec
from bot.tokens.unrolled import LEVELS, MAX_UNROLLED_PARTS, unrolled

TODAY = date(2026, 11, 26)


def schema(definitions: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {"root": {"$ref": "#/$defs/Node"}}, "$defs": definitions}


NODE = {"type": "object", "properties": {"label": {"type": "string"}, "next": {"$ref": "#/$defs/Node"}}}
PLAIN = {"type": "object", "properties": {"label": {"type": "string"}, "next": {"type": "string"}}}
BY_TURNS = {
    "Node": {"type": "object", "properties": {"leaf": {"$ref": "#/$defs/Leaf"}}},
    "Leaf": {"type": "object", "properties": {"node": {"$ref": "#/$defs/Node"}}},
}


def test_a_schema_without_a_circle_is_not_unrolled() -> None:
    assert unrolled(schema({"Node": PLAIN})) is None
    assert unrolled({"type": "object"}) is None
    assert unrolled(schema({"Node": {"properties": {"x": {"$ref": "#/$defs/Nowhere"}}}})) is None


def test_a_definition_stands_inside_itself_so_often() -> None:
    shown = json.dumps(unrolled(schema({"Node": NODE})))
    assert shown.count('"label"') == LEVELS
    assert "$" not in shown, "neither definitions nor references are left"
    by_turns = json.dumps(unrolled(schema(BY_TURNS)))
    assert (by_turns.count('"leaf"'), by_turns.count('"node"')) == (LEVELS, LEVELS)


def test_a_hostile_schema_stays_small() -> None:
    twice = {"properties": {"a": {"$ref": "#/$defs/Node"}, "b": {"$ref": "#/$defs/Node"}}}
    assert json.dumps(unrolled(schema({"Node": twice}))).count("{") <= MAX_UNROLLED_PARTS
    deep: dict[str, Any] = {"$ref": "#/$defs/Node"}
    for _ in range(300):
        deep = {"items": deep}
    assert unrolled(schema({"Node": deep})) is not None
    assert unrolled(schema({"Node": {"$ref": "#/$defs/Node"}})) is not None


def test_gemini_bills_it_and_the_range_holds_both() -> None:
    """How far Google unrolls is not published: the range goes from not at all to beyond."""

    def asked(model: str, parameters: dict[str, Any]) -> Any:
        tool = ToolSpec(name="record", description="Record a tree.", parameters=parameters)
        request = Request(model=model, messages=(Message(role="user", texts=("Hi",)),), tools=(tool,))
        return tokens.count_request(request, TODAY).total

    for model in ("gemini-2.5-flash", "gemini-3-flash-preview"):
        plain, circular = asked(model, schema({"Node": PLAIN})), asked(model, schema({"Node": NODE}))
        assert circular.likely > 2 * plain.likely
        assert circular.low <= plain.likely < circular.likely <= circular.high
    plain, circular = asked("claude-sonnet-4-5", schema({"Node": PLAIN})), asked("gpt-4o", schema({"Node": NODE}))
    assert circular.likely < 2 * plain.likely, "others show the reference"
