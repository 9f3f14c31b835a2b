"""One request in every provider's spelling is one and the same Request."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from bot.errors import ReviewError
from bot.tokens.bodies import read_body
from bot.tokens.request import Request, choice_of

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FUNCTION = {"name": "get_weather", "description": "Weather of a city.", "parameters": SCHEMA}
ARGUMENTS = {"city": "Oslo"}

OPENAI_CHAT: dict[str, Any] = {
    "model": "gpt-4o",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Weather?"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "get_weather", "arguments": json.dumps(ARGUMENTS)}}
            ],
        },
        {"role": "tool", "tool_call_id": "1", "content": "rain"},
    ],
    "tools": [{"type": "function", "function": FUNCTION}],
    "tool_choice": "required",
}
RESPONSES: dict[str, Any] = {
    "model": "gpt-4o",
    "instructions": "Be brief.",
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
        {"type": "function_call", "call_id": "1", "name": "get_weather", "arguments": json.dumps(ARGUMENTS)},
        {"type": "function_call_output", "call_id": "1", "output": "rain"},
    ],
    "tools": [{"type": "function", **FUNCTION}],
    "tool_choice": "required",
}
ANTHROPIC: dict[str, Any] = {
    "model": "claude-sonnet-4-5",
    "max_tokens": 10,
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "get_weather", "input": ARGUMENTS}]},
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "1", "content": [{"type": "text", "text": "rain"}]}],
        },
    ],
    "tools": [{"name": "get_weather", "description": "Weather of a city.", "input_schema": SCHEMA}],
    "tool_choice": {"type": "any"},
}
CONVERSE: dict[str, Any] = {
    "modelId": "amazon.nova-pro-v1:0",
    "system": [{"text": "Be brief."}],
    "messages": [
        {"role": "user", "content": [{"text": "Weather?"}]},
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "1", "name": "get_weather", "input": ARGUMENTS}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "1", "content": [{"text": "rain"}]}}]},
    ],
    "toolConfig": {
        "tools": [
            {
                "toolSpec": {
                    "name": "get_weather",
                    "description": "Weather of a city.",
                    "inputSchema": {"json": SCHEMA},
                }
            }
        ],
        "toolChoice": {"any": {}},
    },
}
GEMINI: dict[str, Any] = {
    "systemInstruction": {"parts": [{"text": "Be brief."}]},
    "contents": [
        {"role": "user", "parts": [{"text": "Weather?"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "get_weather", "args": ARGUMENTS}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "get_weather", "response": "rain"}}]},
    ],
    "tools": [{"functionDeclarations": [FUNCTION]}],
    "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
}
BODIES = {
    "openai chat": OPENAI_CHAT,
    "openai responses": RESPONSES,
    "anthropic": ANTHROPIC,
    "converse": CONVERSE,
    "gemini": GEMINI,
}


def said(request: Request) -> tuple[object, ...]:
    messages = request.messages
    return (
        [t for m in messages for t in m.texts],
        [(c.name, json.loads(c.arguments)) for m in messages for c in m.calls],
        [t for m in messages for t in m.results],
        [(t.name, t.description, t.parameters) for t in request.tools],
        request.choice,
        [m.role for m in messages if m.texts],
    )


@pytest.mark.parametrize("form", BODIES)
def test_one_request_in_all_spellings(form: str) -> None:
    request = read_body(BODIES[form])
    assert said(request) == (
        ["Be brief.", "Weather?"],
        [("get_weather", ARGUMENTS)],
        ["rain"],
        [("get_weather", "Weather of a city.", SCHEMA)],
        "any",
        ["system", "user"],
    )
    assert request.forced
    assert request.hosted_tools == ()


def test_one_object_stands_for_a_list_of_one_tool() -> None:
    """Google's hosts take it so: protocol buffers' JSON form, read leniently, and billed like the list."""
    alone = {**GEMINI, "tools": GEMINI["tools"][0]}
    assert read_body(alone) == read_body(GEMINI)
    hosted = read_body({**GEMINI, "tools": {"google_search": {}}})
    assert (hosted.tools, hosted.hosted_tools) == ((), ("google_search",))


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ({"prompt": "a"}, ["a"]),
        ({"prompt": ["a", "b"]}, ["a", "b"]),
        ({"inputText": "a"}, ["a"]),
        ({"preamble": "p", "message": "a", "chat_history": [{"role": "USER", "message": "h"}]}, ["p", "h", "a"]),
        ({"input": "a", "model": "gpt-4o"}, ["a"]),
        ({"model": "text-embedding-3-small", "input": ["a", "b"]}, ["a", "b"]),
        ({"model": "embed-v4.0", "texts": ["a"]}, ["a"]),
        ({"requests": [{"model": "m/gemini-embedding-2", "content": {"parts": [{"text": "a"}]}}]}, ["a"]),
        ({"contents": "a"}, ["a"]),
        ({"messages": [{"role": "user", "content": "a", "images": ["AAAA"]}]}, ["a"]),
        ({"generateContentRequest": {"contents": [{"parts": [{"text": "a"}]}]}}, ["a"]),
    ],
)
def test_other_forms(body: dict[str, Any], texts: list[str]) -> None:
    endpoint = "embeddings" if "requests" in body else ""
    assert [t for m in read_body(body, endpoint=endpoint).messages for t in m.texts] == texts


def test_a_count_request_holds_the_request_it_asks_about() -> None:
    inner = base64.b64encode(json.dumps(ANTHROPIC).encode()).decode()
    assert said(read_body({"input": {"invokeModel": {"body": inner}}})) == said(read_body(ANTHROPIC))
    assert said(read_body({"input": {"converse": CONVERSE}})) == said(read_body(CONVERSE))
    with pytest.raises(ReviewError, match="base64"):
        read_body({"input": {"invokeModel": {"body": "%"}}})


@pytest.mark.parametrize("body", [[], "text", 1, None, {}, {"model": "gpt-4o"}])
def test_what_is_no_request_is_refused(body: object) -> None:
    with pytest.raises(ReviewError):
        read_body(body)


@pytest.mark.parametrize(
    ("value", "choice"),
    [
        ("auto", "auto"),
        ("required", "any"),
        ("none", "none"),
        ({"type": "function", "function": {"name": "f"}}, "tool"),
        ({"type": "tool", "name": "f"}, "tool"),
        ({"type": "any"}, "any"),
        ({"tool": {"name": "f"}}, "tool"),
        ({"mode": "ANY"}, "any"),
        (None, "auto"),
        (3, "auto"),
    ],
)
def test_tool_choice(value: object, choice: str) -> None:
    assert choice_of(value) == choice


def test_a_models_earlier_thinking_is_kept_apart() -> None:
    body = {
        "messages": [
            {"role": "assistant", "content": "<think>\nlong\n</think>\n\nShort."},
            {"role": "user", "content": "<think>mine</think>"},
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "long", "signature": "s"}]},
            {"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {"text": "long"}}}]},
        ]
    }
    messages = read_body(body).messages
    assert [m.texts for m in messages] == [("<think>\nlong\n</think>\n\nShort.",), ("<think>mine</think>",), (), ()]
    assert [m.reasoning for m in messages] == [(), (), ("long",), ("long",)]


@pytest.mark.parametrize(
    ("extra", "kind"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, (True, False)),
        ({"thinking": {"type": "adaptive"}}, (True, True)),
        ({"thinking": {"type": "disabled"}}, (False, False)),
        ({"additionalModelRequestFields": {"thinking": {"type": "enabled"}}}, (True, False)),
        ({"reasoning": {"effort": "low"}}, (True, False)),
        ({"reasoning": {"effort": "none"}}, (False, False)),
        ({}, (False, False)),
    ],
)
def test_thinking(extra: dict[str, Any], kind: tuple[bool, bool]) -> None:
    request = read_body({**ANTHROPIC, **extra})
    assert (request.thinking, request.adaptive) == kind


@pytest.mark.parametrize(
    "extra",
    [
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}},
        {"text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}}},
        {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
        {"output_format": {"type": "json_schema", "schema": SCHEMA}},
        {"format": SCHEMA},
        {"generationConfig": {"responseSchema": SCHEMA}},
        {"generationConfig": {"responseJsonSchema": SCHEMA}},
        {"outputConfig": {"textFormat": {"structure": {"jsonSchema": {"schema": json.dumps(SCHEMA)}}}}},
    ],
)
def test_structured_output(extra: dict[str, Any]) -> None:
    schema = read_body({"messages": [], **extra}).schema
    assert schema is not None
    assert json.loads(schema) == SCHEMA


def test_hosted_tools_are_named_and_not_counted_as_functions() -> None:
    request = read_body({**ANTHROPIC, "tools": [{"type": "web_search_20250305", "name": "web_search"}]})
    assert request.tools == ()
    assert request.hosted_tools == ("web_search_20250305",)
    assert not request.forced
