"""The content of one message, in every provider's spelling of blocks, parts and items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.tokens.images import image_of
from bot.tokens.request import Call, Image, Message, compact
from bot.tokens.values import listed, mapping

_ROLES = {"model": "assistant", "CHATBOT": "assistant", "USER": "user", "SYSTEM": "system", "developer": "system"}
# Roles whose messages may name who speaks. Items that are a call have the function's name there, and no role.
_NAMED = ("system", "developer", "user", "assistant")
_TEXT_KEYS = ("text", "input_text", "output_text", "refusal")
_IMAGE_KEYS = ("image", "image_url", "inlineData", "inline_data", "fileData", "file_data")
_SILENT = ("redacted_thinking", "reasoning", "additional_tools", "cachePoint", "cache_point", "item_reference")


@dataclass
class _Parts:
    texts: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    unread: int = 0


def message_of(item: Mapping[str, Any]) -> Message:
    """A message, a Gemini content, or an item of the responses API."""
    parts = _Parts()
    role = _ROLES.get(str(item.get("role") or ""), str(item.get("role") or "")) or _role_of_item(item)
    content = item.get("content", item.get("parts", item.get("message")))
    if item.get("type") in ("function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output"):
        _block(item, parts)
    elif role in ("tool", "function"):
        parts.results.append(_result_text(item.get("tool_results") or content, parts))
    elif isinstance(content, str):
        parts.texts.append(content)
    else:
        for block in content if isinstance(content, list) else [content] if isinstance(content, Mapping) else []:
            _block(block, parts)
    for call in listed(item.get("tool_calls")):
        if isinstance(call, Mapping):
            parts.calls.append(_call(call.get("function") or call))
    if isinstance(item.get("function_call"), Mapping):
        parts.calls.append(_call(item["function_call"]))
    if isinstance(plan := item.get("tool_plan"), str):
        parts.texts.append(plan)
    for picture in listed(item.get("images")):  # Ollama
        parts.images.append(image_of({"data": picture}))
    return Message(
        role=role,
        texts=tuple(t for t in parts.texts if t),
        reasoning=tuple(t for t in parts.reasoning if t),
        calls=tuple(parts.calls),
        results=tuple(parts.results),
        images=tuple(parts.images),
        name=item["name"] if isinstance(item.get("name"), str) and item.get("role") in _NAMED else None,
        unread=parts.unread,
    )


def _role_of_item(item: Mapping[str, Any]) -> str:
    kind = item.get("type")
    if kind in ("function_call_output", "custom_tool_call_output"):
        return "tool"
    return "assistant" if kind in ("function_call", "custom_tool_call", "reasoning") else "user"


def _call(value: object) -> Call:
    """A call in OpenAI's, Anthropic's, Converse's or Gemini's spelling."""
    if not isinstance(value, Mapping):
        return Call(name="", arguments="")
    arguments = next((value[k] for k in ("arguments", "input", "args", "parameters") if value.get(k) is not None), "")
    text = arguments if isinstance(arguments, str) else compact(arguments)
    return Call(name=str(value.get("name") or ""), arguments=text)


def _block(block: object, parts: _Parts) -> None:
    if isinstance(block, str):
        parts.texts.append(block)
        return
    if not isinstance(block, Mapping):
        return
    kind = block.get("type")
    if kind in _SILENT or any(k in block for k in _SILENT):
        return
    if (
        calls := next((block[k] for k in ("toolUse", "functionCall", "function_call") if k in block), None)
    ) is not None:
        parts.calls.append(_call(calls))
    elif kind in ("tool_use", "server_tool_use", "function_call", "custom_tool_call"):
        parts.calls.append(_call(block))
    elif kind in ("tool_result", "function_call_output", "custom_tool_call_output") or "toolResult" in block:
        given = mapping(block.get("toolResult", block))
        parts.results.append(_result_text(given.get("content", given.get("output")), parts))
    elif (answer := block.get("functionResponse", block.get("function_response"))) is not None:
        value = answer.get("response") if isinstance(answer, Mapping) else answer
        parts.results.append(value if isinstance(value, str) else compact(value))
    elif isinstance(text := next((block[k] for k in _TEXT_KEYS if isinstance(block.get(k), str)), None), str):
        parts.texts.append(text)
    elif isinstance(inner := block.get("reasoningContent"), Mapping):
        reasoned = inner.get("reasoningText")
        parts.reasoning.append(str(reasoned.get("text") or "") if isinstance(reasoned, Mapping) else "")
    elif isinstance(thought := block.get("thinking"), str):
        parts.reasoning.append(thought)
    elif kind in ("image", "image_url", "input_image") or any(k in block for k in _IMAGE_KEYS):
        parts.images.append(image_of(block))
    else:
        parts.unread += 1


def _result_text(value: object, parts: _Parts) -> str:
    """What a tool gave back, as text; pictures in it are kept apart."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(_pieces(value, parts))
    return "" if value is None else compact(value)


def _pieces(blocks: list[Any], parts: _Parts) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Mapping) and isinstance(text := block.get("text"), str):
            yield text
        elif isinstance(block, Mapping) and "json" in block:
            yield compact(block["json"])
        elif isinstance(block, Mapping) and (block.get("type") in ("image", "input_image") or "image" in block):
            parts.images.append(image_of(block))
        elif isinstance(block, str):
            yield block
        else:
            yield compact(block)
