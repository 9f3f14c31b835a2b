"""Walking a YAML, JSON or TOML document: entries with their key paths, and tool definitions wherever they stand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from prompts_scanner.model import Piece, Span, Tool
from prompts_scanner.values import Const, Lst, Map, Num, Str, Value

MAX_ENTRIES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One value of a document. `span` is the value's lines, `line` the line of its key."""

    keys: tuple[str, ...]
    value: Value
    span: Span

    @property
    def key(self) -> str:
        return self.keys[-1] if self.keys else ""

    @property
    def path(self) -> str:
        return ".".join(self.keys)


def entries(value: Value) -> Iterator[Entry]:
    """Every entry, parents before children.

    A list's items carry as key what tells them apart (`_names`), else their index.
    """
    stack: list[Entry] = [Entry(keys=(), value=value, span=span_of(value) or Span("", 1, 1))]
    seen = 0
    while stack and seen < MAX_ENTRIES:
        entry = stack.pop()
        seen += 1
        yield entry
        children: list[tuple[str, Value]] = []
        if isinstance(entry.value, Map):
            children = list(entry.value.items)
        elif isinstance(entry.value, Lst):
            children = list(zip(_names(entry.value), entry.value.items, strict=True))
        stack += [Entry(keys=(*entry.keys, k), value=v, span=span_of(v) or entry.span) for k, v in reversed(children)]


# Fields by which people name the items of a list, surest first.
_IDENTITY = ("name", "id", "key", "slug", "alias", "model_name", "title", "role")


def _names(value: Lst) -> list[str]:
    """The keys of a list's items: the first field that all of them have, with a number where a text comes again.

    Their indexes where there is none. An item put in front must not make every later one look changed.
    """
    for field in _IDENTITY:
        named = [text_at(item, field) if isinstance(item, Map) else None for item in value.items]
        found = [name for name in named if name and not name.isdigit()]
        if len(found) == len(named) and len(set(found)) * 2 > len(found):
            seen: Counter[str] = Counter()
            return [_numbered(name, seen) for name in found]
    return [str(i) for i in range(len(value.items))]


def _numbered(name: str, seen: Counter[str]) -> str:
    seen[name] += 1
    return name if seen[name] == 1 else f"{name} ({seen[name]})"


def span_of(value: Value | None) -> Span | None:
    if isinstance(value, Num | Const | Lst | Map):
        return value.span
    if isinstance(value, Str):
        return value.pieces[0].span if value.pieces else value.via[0] if value.via else None
    return None


def at(value: Value | None, *keys: str) -> Value | None:
    """The value under nested keys; a digit steps into a list."""
    for key in keys:
        if isinstance(value, Map):
            value = value.get(key)
        elif isinstance(value, Lst) and key.isdigit() and int(key) < len(value.items):
            value = value.items[int(key)]
        else:
            return None
    return value


def text_at(value: Value | None, *keys: str) -> str | None:
    found = at(value, *keys)
    if isinstance(found, Str):
        return found.known
    if isinstance(found, Num):
        return str(found.number)
    return None


def items(value: Value | None) -> tuple[Value, ...]:
    return value.items if isinstance(value, Lst) else ()


def fields(value: Value | None) -> tuple[tuple[str, Value], ...]:
    return value.items if isinstance(value, Map) else ()


def plain(value: Value, depth: int = 0) -> object:
    """The document as Python values."""
    if depth > 60:
        return None
    match value:
        case Map(items=entries_):
            return {k: plain(v, depth + 1) for k, v in entries_}
        case Lst(items=items_):
            return [plain(v, depth + 1) for v in items_]
        case Num(number=number):
            return number
        case Const(constant=constant):
            return constant
        case Str(pieces=pieces):
            return "".join(p.text for p in pieces if isinstance(p, Piece))
    return None


_SCHEMA_KEYS = ("parameters", "input_schema", "inputSchema", "parametersJsonSchema")


def tool_of(value: Map, *, bare: bool = False) -> Tool | None:
    """The tool that a mapping defines, in OpenAI's, Anthropic's, Gemini's, Bedrock's or MCP's shape.

    `bare`: the place tells that it is one, so that a name alone is enough.
    """
    spec = value.get("toolSpec")
    inner = value.get("function")
    body = spec if isinstance(spec, Map) else inner if isinstance(inner, Map) else value
    name = text_at(body, "name")
    if name is None or " " in name.strip() or not name:
        return None
    if body is value:
        schema = next((s for k in _SCHEMA_KEYS if isinstance(s := body.get(k), Map)), None)
        if not bare and (schema is None or not _is_schema(schema)):
            return None
    elif body.get("parameters") is None and body.get("inputSchema") is None and body.get("description") is None:
        return None
    kept = {k: v for k, v in _dict(plain(body)).items() if k not in ("strict", "cache_control")}
    return Tool(name=name, schema=json.dumps(kept, ensure_ascii=False, separators=(",", ":")), span=value.span)


def _is_schema(value: Map) -> bool:
    return value.get("properties") is not None or value.get("type") is not None or value.get("json") is not None


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
