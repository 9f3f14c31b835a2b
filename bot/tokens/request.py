"""A request to a chat model in one form, whichever provider's body it came from: what a counter needs to know of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.model import RequestShape
from bot.tokens.values import listed, mapping

Choice = Literal["auto", "none", "any", "tool"]
# Spellings of "the model must call a tool" and "it may not", over all providers.
_CHOICES: dict[str, Choice] = {
    "any": "any",
    "auto": "auto",
    "none": "none",
    "required": "any",
    "function": "tool",
    "tool": "tool",
}
# A schema that refers to itself is cut off at this depth, and at this many parts: it may refer to itself many times.
MAX_DEPTH = 12
MAX_PARTS = 20_000


@dataclass(slots=True)
class Known:
    """The definitions that a schema may refer to, and how many parts of it may still be looked at."""

    definitions: Mapping[str, Any]
    parts_left: int = MAX_PARTS

    def spend(self) -> bool:
        self.parts_left -= 1
        return self.parts_left >= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture or page of a request; sizes are None where the body holds only an address."""

    width: int | None = None
    height: int | None = None
    detail: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A tool call in the history."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`reasoning` is a model's earlier thinking; `unread` counts blocks without a published formula (audio, files)."""

    role: str
    texts: tuple[str, ...] = ()
    reasoning: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    results: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    name: str | None = None
    unread: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """A function tool without its provider's wrapping. `parameters` is a JSON schema."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    strict: bool = False

    @property
    def compact_json(self) -> str:
        body = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return compact({k: v for k, v in body.items() if v})

    def spaced_json(self, without: frozenset[str] = frozenset()) -> str:
        """With JSON's usual spaces, which is how most models are shown it; `without` some keywords of the schema."""
        parameters = without_keywords(self.parameters, without) if without else self.parameters
        body = {"name": self.name, "description": self.description, "parameters": parameters}
        return json.dumps({k: v for k, v in body.items() if v}, ensure_ascii=False)

    @property
    def wrapped_json(self) -> str:
        """As open models' chat templates and mistral-common show it: OpenAI's wrapping, with JSON's usual spaces."""
        body = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return json.dumps({"type": "function", "function": body}, ensure_ascii=False)

    @property
    def words(self) -> tuple[str, ...]:
        """Its names, descriptions and allowed values, without the punctuation of JSON."""
        definitions = self.parameters.get("$defs") or self.parameters.get("definitions")
        return (self.name, self.description, *_words(self.parameters, Known(mapping(definitions)), 0))


def _words(schema: object, known: Known, depth: int) -> Iterator[str]:
    if not isinstance(schema, Mapping) or depth > MAX_DEPTH or not known.spend():
        return
    if isinstance(reference := schema.get("$ref"), str):
        yield from _words(known.definitions.get(reference.rsplit("/", 1)[-1]), known, depth + 1)
    if depth and isinstance(description := schema.get("description"), str):
        yield description
    yield from (str(value) for value in listed(schema.get("enum")) if value is not None)
    for key in ("anyOf", "oneOf", "allOf"):
        for option in listed(schema.get(key)):
            yield from _words(option, known, depth + 1)
    yield from _words(schema.get("items"), known, depth + 1)
    for name, inner in mapping(schema.get("properties")).items():
        yield name
        yield from _words(inner, known, depth + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    model: str
    provider: str = ""
    endpoint: str = ""
    messages: tuple[Message, ...] = ()
    tools: tuple[ToolSpec, ...] = ()
    hosted_tools: tuple[str, ...] = ()
    late_tools: int = 0
    schema: str | None = None
    schema_name: str = ""
    choice: Choice = "auto"
    thinking: bool = False
    adaptive: bool = False
    task_budget: bool = False

    @property
    def forced(self) -> bool:
        return bool(self.tools) and self.choice in ("any", "tool")


def compact(value: object) -> str:
    """JSON without spaces, as the vendors' clients send it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def without_keywords(schema: Any, keywords: frozenset[str], *, _names: bool = False) -> Any:
    """A JSON schema without some of its keywords; names of properties are no keywords."""
    if isinstance(schema, Mapping):
        return {
            key: without_keywords(inner, keywords, _names=not _names and key in ("properties", "$defs", "definitions"))
            for key, inner in schema.items()
            if _names or key not in keywords
        }
    return [without_keywords(item, keywords) for item in schema] if isinstance(schema, list) else schema


def choice_of(value: object) -> Choice:
    """A `tool_choice` of any provider: a word, `{"type": word}`, `{word: {}}`, `{"mode": "ANY"}`."""
    if isinstance(value, str):
        return _CHOICES.get(value.lower(), "auto")
    if isinstance(value, Mapping):
        for key in ("type", "mode"):
            if isinstance(word := value.get(key), str) and word.lower() in _CHOICES:
                return _CHOICES[word.lower()]
        for key in value:
            if key in _CHOICES:
                return _CHOICES[key]
    return "auto"


def tool_specs(value: object) -> tuple[tuple[ToolSpec, ...], tuple[str, ...]]:
    """Function tools and the names of hosted ones, from a `tools` list of any provider."""
    specs: list[ToolSpec] = []
    hosted: list[str] = []
    for item in value if isinstance(value, list) else []:
        if not isinstance(item, Mapping) or "cachePoint" in item:
            continue
        found, other = _tools_of(item)
        specs += found
        hosted += other
    return tuple(specs), tuple(hosted)


def _tools_of(item: Mapping[str, Any]) -> tuple[list[ToolSpec], list[str]]:
    for group in ("functionDeclarations", "function_declarations"):
        if isinstance(declared := item.get(group), list):
            return [spec_of(d) for d in declared if isinstance(d, Mapping)], []
    if isinstance(inner := item.get("toolSpec"), Mapping):
        return [spec_of(inner)], []
    if isinstance(inner := item.get("function"), Mapping):
        return [spec_of(inner)], []
    if item.get("type", "function") in ("function", "custom") and isinstance(item.get("name"), str):
        return [spec_of(item)], []
    if item.get("type") == "namespace" and isinstance(inner := item.get("tools"), list):
        found, hosted = tool_specs(inner)
        return list(found), list(hosted)
    kind = item.get("type")
    return [], [kind if isinstance(kind, str) else next((k for k in item), "tool")]


_SCHEMA_KEYS = (
    "parameters",
    "input_schema",
    "inputSchema",
    "parameters_json_schema",
    "parametersJsonSchema",
    "parameter_definitions",
)


def spec_of(item: Mapping[str, Any]) -> ToolSpec:
    """One tool, whatever its provider calls the schema."""
    schema: object = next((item[k] for k in _SCHEMA_KEYS if item.get(k)), {})
    if isinstance(schema, Mapping) and isinstance(schema.get("json"), Mapping):
        schema = schema["json"]
    return ToolSpec(
        name=str(item.get("name") or ""),
        description=str(item.get("description") or ""),
        parameters=schema if isinstance(schema, Mapping) else {},
        strict=item.get("strict") is True,
    )


def from_shape(shape: RequestShape) -> Request:
    """A static request as a Request; a tool whose JSON cannot be read counts as its text (a description)."""
    return Request(
        model=shape.model,
        provider=shape.provider or "",
        endpoint=shape.endpoint,
        messages=tuple(Message(role=role, texts=(text,)) for role, text in shape.messages),
        tools=tuple(parse_tool(tool.name, tool.schema) for tool in shape.tools if not tool.builtin),
        schema=shape.schema,
        choice="any" if shape.forced_tool else "auto",
        thinking=shape.thinking,
    )


def parse_tool(name: str, text: str) -> ToolSpec:
    """A tool definition as it stands in code."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ToolSpec(name=name, description=text)
    specs, _ = tool_specs([value]) if isinstance(value, Mapping) else ((), ())
    return specs[0] if specs else ToolSpec(name=name, description=text)
