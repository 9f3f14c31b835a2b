"""What is counted in a request before any constant: tokens of its texts, tools and schema, and how many of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, partial

from bot.tokens.request import Message, Request, ToolSpec, compact
from bot.tokens.table import Family
from bot.tokens.typescript import HEAD, TAIL, render_tool
from bot.tokens.vocabulary import count

Things = dict[str, int]


def message_things(message: Message, family: Family) -> Things:
    """Tokens of one message."""
    tokens = partial(count, vocabulary=family.vocabulary)
    return {
        "text_token": sum(map(tokens, message.texts)) + (tokens(message.name) if message.name else 0),
        "reasoning_token": sum(map(tokens, message.reasoning)),
        "call": len(message.calls),
        "parallel_calls": int(len(message.calls) > 1),
        "call_token": sum(tokens(c.name) + tokens(_arguments(c.arguments)) for c in message.calls),
        "result": len(message.results),
        "result_token": sum(map(tokens, message.results)),
    }


def tool_things(tool: ToolSpec, family: Family) -> Things:
    texts = _TOOL_FORMS[family.tool_form](tool)
    return {"tool": 1, "tool_token": sum(count(text, family.vocabulary) for text in texts)}


def schema_things(request: Request, family: Family) -> Things:
    if request.schema is None:
        return {}
    text = bare_schema(request.schema) if family.tool_form == "typescript" else request.schema
    tokens = count(text, family.vocabulary) + count(request.schema_name, family.vocabulary)
    return {"schema": 1, "schema_token": tokens}


# What OpenAI leaves out when it shows a schema to the model: found by comparing with billed tokens.
_NOT_SHOWN = frozenset(
    (
        "additionalProperties",
        "default",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "maxLength",
        "maximum",
        "minLength",
        "minimum",
        "multipleOf",
        "pattern",
        "required",
    )
)


def bare_schema(text: str) -> str:
    """A JSON schema without the keywords that are not shown; names of properties are no keywords."""
    try:
        return compact(_bare(json.loads(text), keywords=True))
    except (ValueError, RecursionError):
        return text


def _bare(value: object, *, keywords: bool) -> object:
    if isinstance(value, dict):
        return {
            key: _bare(inner, keywords=not (keywords and key in ("properties", "$defs", "definitions")))
            for key, inner in value.items()
            if not (keywords and key in _NOT_SHOWN)
        }
    return [_bare(item, keywords=True) for item in value] if isinstance(value, list) else value


def request_things(request: Request, family: Family) -> Things:
    """What occurs once for the request, or once for a message whatever it says."""
    has_system = any(m.role == "system" for m in request.messages)
    first = next((m.role for m in request.messages if m.role != "system"), "")
    return {
        "request": 1,
        "system": int(has_system),
        "message": sum(m.role != "prompt" for m in request.messages),
        "turn": sum(m.role not in ("prompt", "system") for m in request.messages),
        "leading_assistant": int(first == "assistant"),
        "tools": int(bool(request.tools)),
        "tools_and_system": int(bool(request.tools) and has_system),
        "late_tools": request.late_tools,
        "forced": int(request.forced),
        "forced_by_name": int(request.forced and request.choice == "tool"),
        "thinking": int(request.thinking and not request.adaptive),
        "adaptive_thinking": int(request.thinking and request.adaptive),
        "tool_token": frame_tokens(family.vocabulary) if request.tools and family.tool_form == "typescript" else 0,
    }


@cache
def frame_tokens(vocabulary: str) -> int:
    """Tokens of the namespace around OpenAI's functions."""
    return count(HEAD, vocabulary) + count(TAIL, vocabulary)


def _arguments(text: str) -> str:
    """Arguments are counted without the spaces that a client's JSON writer puts."""
    try:
        return compact(json.loads(text))
    except (ValueError, RecursionError):
        return text


_TOOL_FORMS: dict[str, Callable[[ToolSpec], tuple[str, ...]]] = {
    "json": lambda tool: (tool.compact_json,),
    "typescript": lambda tool: (render_tool(tool),),
    "words": lambda tool: tool.words,
}
