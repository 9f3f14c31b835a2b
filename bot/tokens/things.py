"""What is counted in a request before any constant: tokens of its texts, tools and schema, and how many of each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

from bot.tokens.request import Message, Request, ToolSpec, compact, without_keywords
from bot.tokens.table import Family
from bot.tokens.typescript import HEAD, TAIL, render_tool
from bot.tokens.unrolled import unrolled
from bot.tokens.vocabulary import count

Things = dict[str, int]
# What chat templates of open reasoning models leave out of earlier answers; to other models it is text like any.
# https://api-docs.deepseek.com/guides/reasoning_model
_THOUGHT = re.compile(r"<think>(?:(?!</?think>).)*+</think>\s*", re.DOTALL)


def message_things(message: Message, family: Family) -> Things:
    """Tokens of one message."""
    tokens = partial(count, vocabulary=family.vocabulary)
    forgets = family.drops_thoughts and message.role == "assistant"
    texts = [_THOUGHT.sub("", text) for text in message.texts] if forgets else message.texts
    return {
        "text_token": sum(map(tokens, texts)) + (tokens(message.name) if message.name else 0),
        "reasoning_token": sum(map(tokens, message.reasoning)),
        "call": len(message.calls),
        "parallel_calls": int(len(message.calls) > 1),
        "call_token": sum(tokens(c.name) + tokens(_arguments(c.arguments)) for c in message.calls),
        "call_name_token": sum(tokens(c.name) for c in message.calls),
        "result": len(message.results),
        "result_token": sum(map(tokens, message.results)),
    }


def shown_tools(request: Request, family: Family) -> tuple[ToolSpec, ...]:
    """The tools that the model is shown: some hosts leave them out where none may be called."""
    return () if family.none_drops_tools and request.choice == "none" else request.tools


def tool_things(tool: ToolSpec, family: Family) -> Things:
    def tokens(shown: ToolSpec) -> int:
        return sum(count(text, family.vocabulary) for text in _TOOL_FORMS[family.tool_form](shown))

    things = {"tool": 1, "tool_token": tokens(tool)}
    if any(c.of == "unrolled_token" for c in family.constants) and (schema := unrolled(tool.parameters)) is not None:
        things["unrolled_token"] = max(0, tokens(replace(tool, parameters=schema)) - things["tool_token"])
    return things


def schema_things(request: Request, family: Family) -> Things:
    if request.schema is None:
        return {}
    text = bare_schema(request.schema) if family.tool_form == "typescript" else request.schema
    tokens = count(text, family.vocabulary) + count(request.schema_name, family.vocabulary)
    return {"schema": 1, "schema_token": tokens}


# Keywords that Gemini's own form of a schema does not know or does not show: found by comparing with billed tokens.
_UNKNOWN_TO_GEMINI = frozenset(("$schema", "additionalProperties", "additional_properties", "default", "title"))
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
    """A JSON schema without the keywords that are not shown."""
    try:
        return compact(without_keywords(json.loads(text), _NOT_SHOWN))
    except (ValueError, RecursionError):
        return text


def request_things(request: Request, family: Family) -> Things:
    """What occurs once for the request, or once for a message whatever it says."""
    has_system = any(m.role == "system" for m in request.messages)
    first = next((m.role for m in request.messages if m.role != "system"), "")
    tools = bool(shown_tools(request, family))
    return {
        "request": 1,
        "system": int(has_system),
        "message": sum(m.role != "prompt" for m in request.messages),
        "turn": sum(m.role not in ("prompt", "system") for m in request.messages),
        "assistant": sum(m.role == "assistant" for m in request.messages),
        "leading_assistant": int(first == "assistant"),
        "tools": int(tools),
        "tools_and_system": int(tools and has_system),
        "late_tools": request.late_tools,
        "forced": int(request.forced),
        "forced_by_name": int(request.forced and request.choice == "tool"),
        "thinking": int(request.thinking and not request.adaptive),
        "adaptive_thinking": int(request.thinking and request.adaptive),
        "task_budget": int(request.task_budget),
        "tool_token": frame_tokens(family.vocabulary) if tools and family.tool_form == "typescript" else 0,
    }


def all_things(request: Request, family: Family) -> Things:
    """Everything that occurs in a request."""
    parts = [request_things(request, family), schema_things(request, family)]
    parts += [message_things(m, family) for m in request.messages]
    parts += [tool_things(t, family) for t in shown_tools(request, family)]
    total: Things = {}
    for part in parts:
        for name, n in part.items():
            total[name] = total.get(name, 0) + n
    return total


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
    "gemini": lambda tool: (tool.spaced_json(without=_UNKNOWN_TO_GEMINI),),
    "json": lambda tool: (tool.compact_json,),
    "spaced": lambda tool: (tool.spaced_json(),),
    "typescript": lambda tool: (render_tool(tool),),
    "words": lambda tool: tool.words,
    "wrapped": lambda tool: (tool.wrapped_json,),
}
