"""Function tools as OpenAI shows them to its models: a TypeScript namespace.

The form was first described at https://github.com/hmarr/openai-chat-tokens (MIT) and, for later models, by OpenAI's
own renderer, https://github.com/openai/harmony (Apache-2.0). What is here is the variant that agrees best with billed
tokens: titles and descriptions as comment lines, no indentation, alternatives on lines of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.tokens.request import MAX_DEPTH, Known, ToolSpec
from bot.tokens.values import mapping

HEAD = "namespace functions {\n\n"
TAIL = "} // namespace functions"
_NAMES = frozenset(("boolean", "integer", "null", "number", "string"))


def render(tools: Sequence[ToolSpec]) -> str:
    """The namespace of all tools."""
    return HEAD + "".join(render_tool(tool) for tool in tools) + TAIL


def render_tool(tool: ToolSpec) -> str:
    """One function of the namespace."""
    schema = tool.parameters
    comment = "".join(f"{line}\n" for line in _comment(tool.description))
    if not mapping(schema.get("properties")):
        return f"{comment}type {tool.name} = () => any;\n\n"
    known = Known(mapping(schema.get("$defs") or schema.get("definitions")))
    head = "".join(f"{line}\n" for key in ("title", "description") for line in _comment(schema.get(key)))
    body = "\n".join(_properties(schema, known, 0))
    return f"{comment}type {tool.name} = (_: {head}{{\n{body}\n}}) => any;\n\n"


def _comment(text: object) -> Iterator[str]:
    if isinstance(text, str) and text:
        yield from (f"// {line}" if line else "//" for line in text.split("\n"))


def _properties(schema: Mapping[str, Any], known: Known, depth: int) -> Iterator[str]:
    required = schema.get("required")
    names = required if isinstance(required, list) else []
    for name, value in mapping(schema.get("properties")).items():
        inner = _resolved(value, known)
        yield from _comment(inner.get("title"))
        yield from _comment(inner.get("description"))
        default = f" // default: {_json(inner['default'])}" if "default" in inner else ""
        yield f"{name}{'' if name in names else '?'}: {_type(inner, known, depth)},{default}"


def _type(value: object, known: Known, depth: int) -> str:
    schema = _resolved(value, known)
    if depth > MAX_DEPTH or not known.spend():
        return "any"
    if isinstance(enum := schema.get("enum"), list):
        return " | ".join(map(_json, enum))
    if "const" in schema:
        return _json(schema["const"])
    for key in ("anyOf", "oneOf"):
        if isinstance(options := schema.get(key), list):
            return "".join(f"\n | {_type(option, known, depth + 1)}" for option in options) + "\n"
    kind = schema.get("type")
    if isinstance(kind, list):
        options = [_type({**schema, "type": one}, known, depth + 1) for one in kind]
        comment = " ".join(_comment(schema.get("description")))
        if not comment:
            return " | ".join(options)
        # Each of them carries the description again: billed so for the one tool recorded with such a list, in 11 requests.
        return "".join(f"\n | {option} {comment}" for option in options) + "\n"
    if kind == "array":
        items = schema.get("items")
        return f"{_type(items, known, depth + 1)}[]" if items else "any[]"
    if schema.get("properties"):
        return "{\n" + "\n".join(_properties(schema, known, depth + 1)) + "\n}"
    return "object" if kind == "object" else str(kind).lower() if str(kind).lower() in _NAMES else "any"


def _resolved(value: object, known: Known) -> Mapping[str, Any]:
    """A schema with its `$ref` replaced by what it names; siblings of the reference win."""
    schema = mapping(value)
    for _ in range(MAX_DEPTH):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            break
        rest = {k: v for k, v in schema.items() if k != "$ref"}
        schema = {**mapping(known.definitions.get(reference.rsplit("/", 1)[-1])), **rest}
    return schema


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
