"""Tool definitions as the provider receives them: JSON text out of dicts, decorated functions, pydantic and zod.

Libraries build the JSON schema from the signature, the type hints and the docstring; so does this, without running them.
https://json-schema.org/draft/2020-12, https://docs.pydantic.dev/latest/concepts/json_schema/, https://zod.dev/json-schema
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from prompts_scanner import ir
from prompts_scanner.fold import Folder, source_name
from prompts_scanner.model import Piece, Span, Tool
from prompts_scanner.values import (
    Cls,
    Const,
    Ext,
    Fn,
    Frame,
    Inst,
    Lst,
    Map,
    Num,
    Obj,
    Str,
    Unk,
    Value,
    many,
    options_of,
)
from prompts_scanner.zod import Json, ZodReader

BUILTINS = {
    "web_search": "web_search",
    "web_search_preview": "web_search_preview",
    "web_search_options": "web_search_preview",
    "google_search": "web_search",
    "google_search_retrieval": "web_search",
    "google_maps": "maps_search",
    "url_context": "url_context",
    "x_search": "x_search",
    "file_search": "file_search",
    "code_interpreter": "code_interpreter",
    "code_execution": "code_interpreter",
    "image_generation": "image_generation",
    "hosted_mcp": "mcp",
}
_BUILTIN_PREFIXES = (
    "web_search",
    "code_execution",
    "file_search",
    "computer",
    "bash_",
    "text_editor",
    "web_fetch",
    "memory_",
)
# `webSearch_20250305`, `WebSearchToolParam`, `web_search_preview_2025_03_11`: the same tool by its version and its form.
_VERSION = re.compile(r"_(?:19|20)\d{2}(?:_?\d{2}){2}$")
_FORMS = ("_tool", "_param")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Packages whose functions make hosted tools: a search engine's own tool is billed by the engine.
_HOSTS = re.compile(
    r"(^|[.@/_-])(openai|anthropic|google|genai|vertex\w*|xai|azure|agents|gateway|groq)([./_-]|$)", re.IGNORECASE
)
_GEMINI_TOOLS = ("google_search", "google_search_retrieval", "google_maps", "code_execution", "url_context")
_TYPES = {
    "str": "string",
    "string": "string",
    "int": "integer",
    "float": "number",
    "number": "number",
    "Decimal": "number",
    "bool": "boolean",
    "boolean": "boolean",
    "list": "array",
    "List": "array",
    "Sequence": "array",
    "Array": "array",
    "tuple": "array",
    "set": "array",
    "dict": "object",
    "Dict": "object",
    "Mapping": "object",
    "Record": "object",
    "date": "string",
    "datetime": "string",
    "UUID": "string",
}
_TOOL_DECORATOR = re.compile(r"(^|[._])(tool|tool_plain|kernel_function)$")
_TOLD = {
    "name": "name",
    "name_override": "name",
    "description": "description",
    "description_override": "description",
}
_CONTEXT_PARAMS = frozenset(
    "self cls ctx context state config runtime store tool_context run_context wrapper tool_call_id callbacks run_manager".split()
)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(r.title() for r in rest)


class ToolReader:
    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._zod = ZodReader(folder, self.json)

    def tools(self, value: Value, at: Span) -> tuple[Tool, ...]:
        """The tools in a `tools=` argument; what cannot be read is an incomplete tool."""
        out: list[Tool] = []
        for option in options_of(value)[:1]:
            match option:
                case Lst(items=items, complete=complete):
                    for item in items:
                        found = self.tools(item, at) if isinstance(item, Lst) else self.one(item, at)
                        out += [replace(t, disorder=option.disorder) for t in found] if option.disorder else found
                    if not complete:
                        out.append(Tool(name="more tools", schema="", span=option.span, complete=False))
                case Map() if self._is_definition(option):
                    out += self.one(option, at)
                case Map(items=entries):
                    for name, item in entries:
                        out += self.one(item, at, name)
                    if not option.complete:
                        out.append(Tool(name="more tools", schema="", span=option.span, complete=False))
                case _:
                    out += self.one(option, at)
        return tuple(out)

    def _is_definition(self, value: Map) -> bool:
        keys = {k for k, _ in value.items}
        if keys & {
            "function_declarations",
            "functionDeclarations",
            "toolSpec",
            "tools",
        }:
            return True
        if any(isinstance(value.get(k), Map) for k in (*_GEMINI_TOOLS, *map(_camel, _GEMINI_TOOLS))):
            return True  # `{"google_search": {}}`; under the AI SDK's own names stand what its functions make
        shaped = keys & {"parameters", "input_schema", "inputSchema", "function", "description"}
        return (
            isinstance(value.get("name"), Str)
            or (bool(shaped) and "type" in keys)
            or (isinstance(value.get("type"), Str))
        )

    def one(self, value: Value, at: Span, name: str | None = None) -> tuple[Tool, ...]:
        """One entry of a tool list (a declaration list of Gemini's is several)."""
        match value:
            case Map():
                return self._from_map(value, name)
            case Obj():
                return self._from_object(value, at, name)
            case Fn():
                return (self.from_function(value, name),)
            case Cls():
                return (self.from_class(value, name),)
            case Inst():
                return (self._from_instance(value, name),)
            case Str() if value.literal:
                builtin = self._builtin(value.literal)
                return (Tool(name=value.literal, schema="", span=at, complete=builtin is not None, builtin=builtin),)
            case Const(constant=None) | Const(constant=False):
                return ()
            case Lst(items=items):
                return tuple(t for i in items for t in self.one(i, at))
        for option in options_of(value):
            if option is not value:
                return self.one(option, at, name)
        shown = value.name if isinstance(value, Unk | Ext) else "tools"
        builtin = self._builtin(shown.rpartition(".")[2]) if isinstance(value, Ext) and "." in shown else None
        if builtin is not None:
            return (Tool(name=shown.rpartition(".")[2], schema="", span=_span_of(value, at), builtin=builtin),)
        return (Tool(name=name or shown.rpartition(".")[2], schema="", span=_span_of(value, at), complete=False),)

    def _builtin(self, name: str) -> str | None:
        lowered = _HUMP.sub("_", name).lower()
        plain = _without_forms(_VERSION.sub("", _without_forms(lowered)))
        if plain in BUILTINS:
            return BUILTINS[plain]
        return next((p.rstrip("_") for p in _BUILTIN_PREFIXES if lowered.startswith(p)), None)

    def _made_by(self, name: str) -> str | None:
        """The hosted tool that a function or class of a library stands for."""
        short = name.rpartition(".")[2]
        return self._builtin(short) if short[:1].isupper() or _HOSTS.search(name) else None

    def _gemini(self, given: Callable[[str], Value | None], at: Span) -> tuple[Tool, ...]:
        """The hosted tools that one of Gemini's tool objects names; one object may name several."""
        found = ((k, given(k) or given(_camel(k))) for k in _GEMINI_TOOLS)
        return tuple(Tool(name=k, schema="", span=at, builtin=self._builtin(k) or k) for k, v in found if v is not None)

    def _from_map(self, value: Map, name: str | None) -> tuple[Tool, ...]:
        declarations = value.get("function_declarations") or value.get("functionDeclarations") or value.get("tools")
        if isinstance(declarations, Lst | Map):
            return self.tools(declarations, value.span)
        spec = value.get("toolSpec")
        inner = spec if isinstance(spec, Map) else value.get("function")
        body = inner if isinstance(inner, Map) else value
        kind = value.get("type")
        if isinstance(kind, Str) and kind.literal and kind.literal not in ("function", "custom", "object"):
            builtin = self._builtin(kind.literal)
            return (
                Tool(name=kind.literal, schema=self.text(value)[0], span=value.span, builtin=builtin or kind.literal),
            )
        hosted = self._gemini(value.get, value.span)
        if hosted:
            return hosted
        given = body.get("name")
        label = given.literal if isinstance(given, Str) and given.literal else name or "tool"
        cleaned = Map(
            items=tuple(
                (k, v)
                for k, v in body.items
                if not isinstance(v, Fn) and k not in ("execute", "handler", "func", "cache_control", "strict")
            ),
            span=body.span,
        )
        text, complete = self.text(cleaned)
        return (Tool(name=label, schema=text, span=value.span, complete=complete and value.complete),)

    def _from_object(self, value: Obj, at: Span, name: str | None) -> tuple[Tool, ...]:
        short = value.name.rpartition(".")[2]
        builtin = self._made_by(value.name)
        if builtin is not None:
            arg_type = _literal(self.folder.argument(value, "type"))
            builtin = (self._builtin(arg_type) if arg_type else None) or builtin
            return (Tool(name=short, schema="", span=value.span, builtin=builtin),)
        arg = self.folder.argument
        declarations = arg(value, "function_declarations") or arg(value, "functionDeclarations")
        if declarations is not None:
            return self.tools(declarations, value.span)
        hosted = self._gemini(lambda key: arg(value, key), value.span) if short == "Tool" else ()
        if hosted:
            return hosted
        if short in ("as_tool", "asTool"):
            label = _literal(arg(value, "tool_name")) or _literal(arg(value, "toolName")) or "agent"
            entry: dict[str, Json] = {
                "name": label,
                "description": _literal(arg(value, "tool_description"))
                or _literal(arg(value, "toolDescription"))
                or "",
            }
            return (Tool(name=label, schema=dump(entry), span=value.span),)
        function = self._function_in(value)
        described = arg(value, "description") or self._positional_text(value, 1)
        named = _literal(arg(value, "name")) or (
            self._positional_text_literal(value, 0) if not isinstance(function, Fn) else None
        )
        parameters = None
        for key in (
            "inputSchema",
            "input_schema",
            "parameters",
            "args_schema",
            "schema",
            "argsSchema",
            "params_json_schema",
            "input",
        ):
            parameters = arg(value, key)
            if parameters is not None:
                break
        if function is not None and parameters is None:
            tool = self.from_function(function, named or name)
            text = _literal(described)
            if text and tool.schema:
                body = json.loads(tool.schema)
                body["description"] = text
                tool = Tool(name=tool.name, schema=dump(body), span=value.span, complete=tool.complete)
            return (Tool(name=tool.name, schema=tool.schema, span=value.span, complete=tool.complete),)
        if described is None and parameters is None and named is None:
            inner = self._first_argument(value)
            if isinstance(inner, Cls | Fn | Map | Inst | Lst):
                return self.tools(inner, value.span) if isinstance(inner, Lst) else self.one(inner, at, name)
            return (Tool(name=name or short, schema="", span=value.span, complete=False),)
        schema, complete = self.schema(parameters) if parameters is not None else ({}, True)
        text, whole = self._described(described)
        label = named or name or short
        body_json: dict[str, Json] = {"name": label, "description": text, "parameters": schema}
        return (Tool(name=label, schema=dump(body_json), span=value.span, complete=complete and whole),)

    def _described(self, value: Value | None) -> tuple[str, bool]:
        if value is None:
            return "", True
        for option in options_of(value):
            if isinstance(option, Str):
                return option.known, option.literal is not None
        return "", False

    def _first_argument(self, value: Obj) -> Value | None:
        for arg in value.call.args:
            if arg.name is None and not arg.spread:
                return self.folder.eval(arg.value, value.frame)
        return None

    def _positional_text(self, value: Obj, index: int) -> Value | None:
        positional = [a for a in value.call.args if a.name is None and not a.spread]
        if index < len(positional):
            found = self.folder.eval(positional[index].value, value.frame)
            return found if isinstance(found, Str) else None
        return None

    def _positional_text_literal(self, value: Obj, index: int) -> str | None:
        found = self._positional_text(value, index)
        return found.literal if isinstance(found, Str) else None

    def _function_in(self, value: Obj) -> Fn | None:
        for key in ("func", "function", "fn", "coroutine", "async_fn", "handler"):
            found = self.folder.argument(value, key)
            if isinstance(found, Fn) and value.frame.module.language == "python":
                return found
        first = self._first_argument(value)
        if isinstance(first, Fn) and value.frame.module.language == "python":
            return first
        return None

    def _from_instance(self, value: Inst, name: str | None) -> Tool:
        label = (
            _literal(self.folder.inst_member(value, "name")) or name or value.cls.module.scopes[value.cls.scope].name
        )
        described = self.folder.inst_member(value, "description")
        schema = (
            self.folder.inst_member(value, "args_schema")
            or self.folder.inst_member(value, "parameters")
            or self.folder.inst_member(value, "inputs")
        )
        body, complete = (
            self.schema(schema) if schema is not None and not isinstance(schema, Fn) else ({}, described is not None)
        )
        text, whole = self._described(described)
        if not text and schema is None:
            return Tool(name=label, schema="", span=value.span, complete=False)
        entry: dict[str, Json] = {"name": label, "description": text, "parameters": body}
        return Tool(name=label, schema=dump(entry), span=value.span, complete=complete and whole)

    # -- functions and classes --------------------------------------------------------------------------------------

    def from_function(self, fn: Fn, name: str | None = None, description: str | None = None) -> Tool:
        """The schema that a library generates from a signature and a docstring."""
        scope = fn.module.scopes[fn.scope]
        frame = self.folder.frame(fn.module, max(scope.parent, 0))
        properties: dict[str, Json] = {}
        required: list[Json] = []
        for param in scope.params:
            if param.name in _CONTEXT_PARAMS or param.kind in ("args", "kwargs"):
                continue
            if param.annotation is not None and "Context" in source_name(param.annotation):
                continue
            properties[param.name] = self.annotation(param.annotation, frame.module, 0)
            if param.default is None:
                required.append(param.name)
        schema: dict[str, Json] = {"type": "object", "properties": properties}
        if required:
            schema["required"] = required
        told = self._told_by_decorators(scope, frame)
        label = name or told.get("name") or scope.name
        body: dict[str, Json] = {
            "name": label,
            "description": description or told.get("description") or scope.doc or "",
            "parameters": schema,
        }
        span = Span(fn.module.path, scope.first_line, scope.last_line)
        return Tool(name=label, schema=dump(body), span=span)

    def _told_by_decorators(self, scope: ir.Scope, frame: Frame) -> dict[str, str]:
        """The name and description that a decorator gives: `@mcp.tool(name="x")`, `@tool("x", "what it does")`."""
        out: dict[str, str] = {}
        for decorator in scope.decorators:
            if not isinstance(decorator, ir.Call) or not _TOOL_DECORATOR.search(source_name(decorator.func)):
                continue
            for place, arg in enumerate(decorator.args):
                key = _TOLD.get(arg.name) if arg.name else ("name", "description")[place] if place < 2 else None
                text = _literal(self.folder.eval(arg.value, frame)) if key is not None and not arg.spread else None
                if key is not None and text and (key != "name" or " " not in text):
                    out.setdefault(key, text)
        return out

    def from_class(self, cls: Cls, name: str | None = None) -> Tool:
        scope = cls.module.scopes[cls.scope]
        schema = self.class_schema(cls, 0)
        label = name or scope.name
        body: dict[str, Json] = {"name": label, "description": scope.doc or "", "parameters": schema}
        return Tool(name=label, schema=dump(body), span=Span(cls.module.path, scope.first_line, scope.last_line))

    def class_schema(self, cls: Cls, depth: int) -> Json:
        """A pydantic model or dataclass as JSON schema."""
        scope = cls.module.scopes[cls.scope]
        if depth > 5:
            return {"type": "object"}
        bases = {source_name(b).rpartition(".")[2] for b in scope.bases}
        if bases & {"Enum", "StrEnum", "IntEnum"}:
            values: list[Json] = [b.value.value for b in scope.bindings if isinstance(b.value, ir.Lit)]
            return {"type": "string", "enum": values}
        properties: dict[str, Json] = {}
        required: list[Json] = []
        for ancestor in reversed(list(self.folder.lineage(cls))):
            frame = self.folder.frame(ancestor.module, ancestor.scope)
            for binding in ancestor.module.scopes[ancestor.scope].bindings:
                if (
                    binding.kind != "field"
                    or binding.annotation is None
                    or "." in binding.target
                    or binding.target == "model_config"
                ):
                    continue
                entry = self.annotation(binding.annotation, ancestor.module, depth + 1)
                needed = binding.value is None
                if binding.value is not None:
                    value = self.folder.eval(binding.value, frame)
                    if isinstance(value, Obj):
                        described = self.folder.argument(value, "description")
                        text, _ = self._described(described)
                        if isinstance(entry, dict) and text:
                            entry = {**entry, "description": text}
                        first = self._first_argument(value)
                        needed = (
                            self.folder.argument(value, "default") is None
                            and self.folder.argument(value, "default_factory") is None
                            and (first is None or not isinstance(first, Str | Num | Const | Lst | Map))
                        )
                properties[binding.target] = entry
                if needed:
                    required.append(binding.target)
        schema: dict[str, Json] = {"type": "object", "properties": properties}
        if required:
            schema["required"] = required
        if depth and scope.doc:
            schema["description"] = scope.doc
        return schema

    def annotation(self, annotation: ir.Expr | None, module: ir.Module, depth: int) -> Json:
        match annotation:
            case None:
                return {}
            case ir.Lit(value=str() as text):
                return self.annotation(ir.Name(text.split("[")[0], annotation.line), module, depth)
            case ir.Lit(value=None):
                return {"type": "null"}
            case ir.BinOp(op="|", left=left, right=right):
                return {"anyOf": [self.annotation(left, module, depth), self.annotation(right, module, depth)]}
            case ir.Index(base=base, key=key):
                return self._generic(source_name(base).rpartition(".")[2], key, module, depth)
            case ir.Name() | ir.Attr():
                short = source_name(annotation).rpartition(".")[2]
                if short in _TYPES:
                    return {"type": _TYPES[short]}
                value = self.folder.eval(annotation, self.folder.frame(module, 0))
                if isinstance(value, Cls):
                    return self.class_schema(value, depth + 1)
                return {}
        return {}

    def _generic(self, wrapper: str, key: ir.Expr, module: ir.Module, depth: int) -> Json:
        inner = key.items if isinstance(key, ir.Seq) else (key,)
        if depth > 6 or not inner:
            return {}
        if wrapper in ("Optional",):
            return {"anyOf": [self.annotation(inner[0], module, depth + 1), {"type": "null"}]}
        if wrapper == "Literal":
            return {"type": "string", "enum": [i.value for i in inner if isinstance(i, ir.Lit)]}
        if wrapper == "Union":
            return {"anyOf": [self.annotation(i, module, depth + 1) for i in inner]}
        if wrapper == "Annotated":
            base = self.annotation(inner[0], module, depth + 1)
            frame = self.folder.frame(module, 0)
            for extra in inner[1:]:
                value = self.folder.eval(extra, frame)
                text = value.known if isinstance(value, Str) else ""
                if isinstance(value, Obj):
                    text, _ = self._described(
                        self.folder.argument(value, "description") or self._positional_text(value, 0)
                    )
                if text and isinstance(base, dict):
                    base = {**base, "description": text}
            return base
        if wrapper in ("list", "List", "Sequence", "Iterable", "set", "tuple", "Array"):
            return {"type": "array", "items": self.annotation(inner[0], module, depth + 1)}
        if wrapper in ("dict", "Dict", "Mapping", "Record"):
            return {"type": "object", "additionalProperties": self.annotation(inner[-1], module, depth + 1)}
        return {}

    # -- values -----------------------------------------------------------------------------------------------------

    def schema(self, value: Value) -> tuple[Json, bool]:
        """A response or parameter schema: a dict, a pydantic class, a zod object."""
        for option in options_of(value):
            match option:
                case Cls():
                    return self.class_schema(option, 0), True
                case Inst():
                    return self.class_schema(option.cls, 0), True
                case Map() | Lst():
                    return self.json(option)
                case Obj():
                    return self._made(option, 0)
                case Str() if option.literal is not None:
                    return option.literal, True
        return {}, False

    def text(self, value: Value) -> tuple[str, bool]:
        body, complete = self.json(value)
        return dump(body), complete

    def json(self, value: Value, depth: int = 0) -> tuple[Json, bool]:
        """A value as JSON; parts that only a run can tell are left out and make it incomplete."""
        if depth > 24:
            return None, False
        match value:
            case Str(pieces=pieces):
                return "".join(p.text for p in pieces if isinstance(p, Piece)), value.literal is not None
            case Num(number=number):
                return number, True
            case Const(constant=constant):
                return constant, True
            case Lst(items=items, complete=complete):
                parts = [self.json(i, depth + 1) for i in items]
                return [p for p, _ in parts], complete and all(ok for _, ok in parts)
            case Map(items=entries, complete=complete):
                out: dict[str, Json] = {}
                whole = complete
                for key, item in entries:
                    if isinstance(item, Fn):
                        continue
                    out[key], ok = self.json(item, depth + 1)
                    whole = whole and ok
                return out, whole
            case Cls():
                return self.class_schema(value, depth), True
            case Obj():
                return self._made(value, depth)
        options = options_of(value)
        if options and options[0] is not value:
            best = many(options[:1])
            return self.json(best, depth + 1) if best is not None else (None, False)
        return None, False

    def _made(self, value: Obj, depth: int) -> tuple[Json, bool]:
        """A schema that a call makes: zod's, or Gemini's own `Schema(...)`."""
        if value.name.rpartition(".")[2] not in ("Schema", "FunctionDeclaration"):
            return self._zod.schema(value, depth)
        out: dict[str, Json] = {}
        ok = True
        for arg in value.call.args:
            if arg.name:
                out[arg.name], good = self.json(self.folder.eval(arg.value, value.frame), depth + 1)
                ok = ok and good
        return out, ok


def dump(body: Json) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _literal(value: Value | None) -> str | None:
    if value is None:
        return None
    return next((o.literal for o in options_of(value) if isinstance(o, Str) and o.literal), None)


def _span_of(value: Value, default: Span) -> Span:
    found = getattr(value, "span", None)
    return found if isinstance(found, Span) else default


def _without_forms(name: str) -> str:
    end = len(name)
    while form := next((f for f in _FORMS if name.endswith(f, 0, end)), ""):
        end -= len(form)
    return name[:end]


def decorator_names(decorators: Iterable[ir.Expr]) -> tuple[str, ...]:
    """The last names of decorators: `@agent.tool(retries=2)` gives `tool`."""
    out = []
    for decorator in decorators:
        expr = decorator.func if isinstance(decorator, ir.Call) else decorator
        if isinstance(expr, ir.Name | ir.Attr):
            out.append(source_name(expr).rpartition(".")[2])
    return tuple(out)
