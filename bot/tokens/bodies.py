"""A provider's request body, read into a Request. One reader per form of body; the form is told by its keys.

Forms: OpenAI chat and responses (also Azure, Groq, DeepSeek, xAI, Mistral, OpenRouter, Ollama, Cohere v2), Anthropic
messages (also on Bedrock and Vertex), Bedrock converse, Gemini generateContent, Cohere v1 chat, plain completions and
Bedrock's older text models. Specifications: https://platform.openai.com/docs/api-reference,
https://docs.anthropic.com/en/api/messages, https://ai.google.dev/api/generate-content,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html, https://docs.cohere.com/reference/chat
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.errors import ReviewError
from bot.tokens.blocks import message_of
from bot.tokens.request import Message, Request, choice_of, compact, tool_specs
from bot.tokens.values import listed, mapping, text

Body = Mapping[str, Any]


def read_body(body: object, *, provider: str = "", endpoint: str = "", model: str = "") -> Request:
    """The request that a body asks for; a body of no known form is an error that says so."""
    if not isinstance(body, Mapping):
        raise ReviewError("a request body is a JSON object", "Give the body as it is sent to the provider.")
    body = _unwrapped(body)
    specs, hosted = tool_specs(_tools(body))
    name = model or text(body.get("model")) or text(body.get("modelId"))
    endpoint = endpoint or _endpoint(body)
    thinking = _thinking(body, name)
    embeds = endpoint == "embeddings" or "embed" in name.lower()
    return Request(
        model=name,
        provider=provider,
        endpoint=endpoint,
        messages=tuple(_embedded(body) if embeds else _messages(body)),
        tools=specs,
        hosted_tools=hosted,
        late_tools=sum(mapping(item).get("type") == "additional_tools" for item in listed(body.get("input"))),
        schema=_schema(body),
        schema_name=_schema_name(body),
        choice=_choice(body),
        thinking=bool(thinking),
        adaptive=thinking == "adaptive",
        task_budget=bool(mapping(mapping(body.get("output_config")).get("task_budget"))),
    )


# Where a body does not say which endpoint it is for, its form does.
_ENDPOINTS = {
    "contents": "generateContent",
    "input": "responses",
    "inputText": "invoke",
    "message": "chat",
    "messages": "chat.completions",
    "prompt": "completions",
}


# A JSON object with one of these is taken for a request body.
BODY_KEYS = frozenset((*_ENDPOINTS, "texts", "requests", "generateContentRequest"))


def _endpoint(body: Body) -> str:
    return next((endpoint for key, endpoint in _ENDPOINTS.items() if key in body), "")


def _embedded(body: Body) -> Iterator[Message]:
    """The texts of an embedding request, each without what a chat message adds."""
    for key in ("input", "texts", "inputText", "content", "contents", "requests", "instances", "inputs"):
        value = body.get(key)
        for item in value if isinstance(value, list) else [value]:
            inner = mapping(item).get("content", item)
            if isinstance(inner, str):
                yield Message(role="prompt", texts=(inner,))
            elif isinstance(inner, Mapping):
                yield replace(message_of(inner), role="prompt")


def _unwrapped(body: Body) -> Body:
    """A token-count request holds the request that it asks about."""
    inner = body.get("input")
    if isinstance(inner, Mapping) and isinstance(inner.get("converse"), Mapping):
        return mapping(inner["converse"])
    if isinstance(inner, Mapping) and isinstance(inner.get("invokeModel"), Mapping):
        try:
            decoded = json.loads(base64.b64decode(text(inner["invokeModel"].get("body")), validate=True))
        except (binascii.Error, ValueError) as error:
            raise ReviewError("the body inside invokeModel is not base64 of JSON", str(error)) from error
        return mapping(decoded)
    if isinstance(body.get("generateContentRequest"), Mapping):
        return mapping(body["generateContentRequest"])
    return body


def _messages(body: Body) -> Iterator[Message]:
    yield from _system(body)
    if isinstance(messages := body.get("messages"), list):
        yield from (message_of(m) for m in messages if isinstance(m, Mapping))
    elif "contents" in body:
        contents = body["contents"]
        for item in contents if isinstance(contents, list) else [contents]:
            yield message_of(item) if isinstance(item, Mapping) else Message(role="user", texts=(text(item),))
    elif "input" in body:
        yield from _responses_input(body["input"])
    elif "message" in body:
        yield from (message_of(m) for m in listed(body.get("chat_history")) if isinstance(m, Mapping))
        yield Message(role="user", texts=(text(body["message"]),))
    elif (key := next((k for k in ("prompt", "inputText", "inputs") if k in body), None)) is not None:
        for item in body[key] if isinstance(body[key], list) else [body[key]]:
            yield Message(role="prompt", texts=(item if isinstance(item, str) else compact(item),))
    else:
        raise ReviewError(
            "not a request body of a known form: none of messages, contents, input, message, prompt",
            "Give the body as it is sent to the provider, or a text file with --model.",
        )


def _system(body: Body) -> Iterator[Message]:
    for key in ("system", "instructions", "systemInstruction", "system_instruction", "preamble"):
        value = body.get(key)
        if isinstance(value, str) and value:
            yield Message(role="system", texts=(value,))
        elif isinstance(value, list) and value:
            yield message_of({"role": "system", "content": value})
        elif isinstance(value, Mapping):
            yield message_of({**value, "role": "system"})


def _responses_input(value: object) -> Iterator[Message]:
    if isinstance(value, str):
        yield Message(role="user", texts=(value,))
    for item in value if isinstance(value, list) else []:
        if isinstance(item, Mapping):
            yield message_of(item)
        elif isinstance(item, str):
            yield Message(role="user", texts=(item,))


def _tools(body: Body) -> list[Any]:
    tools = body.get("tools")
    # Google's hosts take one object where a list of one is meant, as their JSON form of protocol buffers does.
    found = [tools] if isinstance(tools, Mapping) else list(listed(tools))
    found += [{"function": f} for f in listed(body.get("functions"))]
    for key in ("toolConfig", "tool_config"):
        found += listed(mapping(body.get(key)).get("tools"))
    for item in listed(body.get("input")):
        if isinstance(item, Mapping) and item.get("type") == "additional_tools":
            found += listed(item.get("tools"))
    return found


def _choice(body: Body) -> Any:
    config = mapping(body.get("toolConfig") or body.get("tool_config"))
    calling = mapping(config.get("functionCallingConfig") or config.get("function_calling_config"))
    for value in (body.get("tool_choice"), config.get("toolChoice"), calling or None):
        if value is not None:
            return choice_of(value)
    call = body.get("function_call")
    return "tool" if isinstance(call, Mapping) else choice_of(call)


_GEMINI_SCHEMAS = ("responseSchema", "response_schema", "responseJsonSchema", "response_json_schema")


def _schema(body: Body) -> str | None:
    """The JSON schema that the answer must follow, as compact JSON."""
    response_format = mapping(body.get("response_format"))
    for holder in (
        mapping(response_format.get("json_schema")).get("schema"),
        response_format.get("schema"),
        mapping(mapping(body.get("text")).get("format")).get("schema"),
        mapping(mapping(body.get("output_config")).get("format")).get("schema"),
        mapping(body.get("output_format")).get("schema"),
        body.get("format"),
        _converse_schema(body),
        *(mapping(body.get("generationConfig")).get(k) for k in _GEMINI_SCHEMAS),
        *(mapping(body.get("generation_config")).get(k) for k in _GEMINI_SCHEMAS),
    ):
        if isinstance(holder, Mapping) and holder:
            return compact(holder)
    return None


def _schema_name(body: Body) -> str:
    named = mapping(mapping(body.get("response_format")).get("json_schema"))
    return text(named.get("name")) or text(mapping(mapping(body.get("text")).get("format")).get("name"))


def _converse_schema(body: Body) -> object:
    structure = mapping(mapping(mapping(body.get("outputConfig")).get("textFormat")).get("structure"))
    schema = mapping(structure.get("jsonSchema")).get("schema")
    if not isinstance(schema, str):
        return schema
    try:
        return json.loads(schema)
    except (ValueError, RecursionError):
        return None


def _thinking(body: Body, model: str) -> str:
    """Whether the model is asked to think: "", "enabled" or "adaptive" (the model decides how much)."""
    extra = mapping(body.get("additionalModelRequestFields"))
    for holder in (body, extra):
        for key in ("thinking", "reasoning_config"):
            kind = mapping(holder.get(key)).get("type")
            if kind in ("enabled", "adaptive"):
                return str(kind)
    reasoning = mapping(body.get("reasoning"))  # OpenRouter and other gateways
    asked = any(reasoning.get(k) for k in ("enabled", "effort", "max_tokens")) and reasoning.get("effort") != "none"
    return "enabled" if asked or model.endswith(":thinking") else ""
