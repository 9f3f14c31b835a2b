"""Prompts, tools and retrieval settings that stand on their own in code, whether or not a call is seen to use them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prompts_scanner import ir
from prompts_scanner.callers import callee_name
from prompts_scanner.clocks import clocks_in
from prompts_scanner.fold import Folder
from prompts_scanner.known import field_default
from prompts_scanner.match import Matcher
from prompts_scanner.model import (
    ClockItem,
    Context,
    ModelItem,
    Piece,
    PromptItem,
    RetrievalItem,
    Setting,
    Span,
    Surface,
    SurfaceRole,
    Text,
    Tool,
    ToolItem,
)
from prompts_scanner.names import (
    MODEL_NAME,
    NOT_PROMPT_NAME,
    PROMPT_NAME,
    PROMPT_TEXT,
    looks_like_model,
)
from prompts_scanner.prompts import PromptReader
from prompts_scanner.retrieval import RetrievalReader, dotted_name, expressions, walk_data
from prompts_scanner.toolschema import ToolReader, decorator_names, dump
from prompts_scanner.values import Cls, Fn, Frame, Lst, Map, Obj, Str, Value, is_runtime, options_of

_TOOL_DECORATORS = frozenset(
    "tool function_tool tool_plain beta_tool beta_async_tool kernel_function ai_function tool_from_function ai_tool "
    "register_tool register_for_llm llm_tool function_calling resource_tool action".split()
)
_TOOL_FACTORIES = frozenset(
    "tool createTool defineTool dynamicTool registerTool FunctionTool StructuredTool DynamicStructuredTool DynamicTool "
    "QueryEngineTool ToolMetadata ChatCompletionToolParam ChatCompletionFunctionToolParam FunctionDeclaration betaZodTool "
    "zodFunction from_defaults from_function beta_tool Tool RetrieverTool pydantic_function_tool ToolParam aiTool "
    "create_retriever_tool as_tool".split()
)
_TOOL_KEYS = frozenset(("parameters", "input_schema", "inputSchema", "args_schema", "parametersJsonSchema"))
_TOOL_BASES = re.compile(
    r"(^|\.)(BaseTool|StructuredTool|Tool|AgentTool|FunctionTool|ToolBase|BaseModelTool|AbstractTool)$"
)

_SAMPLING = frozenset(("temperature", "top_p", "topP", "max_tokens", "repetition_penalty", "frequency_penalty"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    prompts: tuple[PromptItem, ...] = ()
    tools: tuple[ToolItem, ...] = ()
    retrieval: tuple[RetrievalItem, ...] = ()
    models: tuple[ModelItem, ...] = ()
    clocks: tuple[ClockItem, ...] = ()


class SurfaceReader:
    def __init__(self, folder: Folder, matcher: Matcher) -> None:
        self.folder = folder
        self.matcher = matcher
        self.tool_reader = ToolReader(folder)
        self.prompts = PromptReader(folder)
        self.retrieval = RetrievalReader(folder)

    def read(self, module: ir.Module, context: Context) -> Found:
        """What one module declares."""
        self.folder.restart()
        # functions without a name share theirs: the place tells them apart
        prompts = {(p.id, p.surface.span): p for p in self._prompts(module, context)}
        tools = _outermost(self._tools(module, context))
        retrieval = {(r.id, r.retrieval.span): r for r in self.retrieval.read(module, context)}
        models = {(m.id, m.setting.span): m for m in self._models(module, context)}
        whole = [p.surface.span for p in prompts.values() if p.form != "inline"]
        shown = [
            p for p in prompts.values() if p.form != "inline" or not any(_covers(w, p.surface.span) for w in whole)
        ]
        return Found(
            prompts=tuple(shown),
            tools=tools,
            retrieval=tuple(retrieval.values()),
            models=tuple(models.values()),
            clocks=tuple({(c.id, c.span): c for c in clocks_in(module, self.folder, context)}.values()),
        )

    # -- models -----------------------------------------------------------------------------------------------------

    def _models(self, module: ir.Module, context: Context) -> Iterator[ModelItem]:
        """Constants, settings and defaults that name a model."""
        for index, scope in enumerate(module.scopes):
            frame = self.folder.frame(module, index)
            for binding in scope.bindings:
                name = binding.target.rpartition(".")[2]
                if binding.value is not None and binding.kind in ("assign", "field") and MODEL_NAME.search(name):
                    self.folder.restart()
                    value = self.folder.eval(binding.value, frame)
                    span = Span(module.path, binding.line, binding.end_line)
                    yield from self._model_item(module, f"{scope.qualname}.{name}", value, span, context)
                elif isinstance(binding.value, ir.Dict) and scope.kind != "function":
                    yield from self._models_by_key(module, f"{scope.qualname}.{name}", binding.value, frame, context)
            for param in scope.params:
                if param.default is not None and MODEL_NAME.search(param.name):
                    value = self.folder.eval(param.default, frame.parent or frame)
                    yield from self._model_item(
                        module,
                        f"{scope.qualname}({param.name})",
                        value,
                        Span(module.path, param.line, param.line),
                        context,
                    )

    def _models_by_key(
        self, module: ir.Module, label: str, table: ir.Dict, frame: Frame, context: Context
    ) -> Iterator[ModelItem]:
        """Entries of a table of defaults, each under a name of its own: `{"SMART_LLM": "openai:gpt-4.1"}`."""
        for key, value in table.items:
            named = isinstance(key, ir.Lit) and isinstance(key.value, str) and MODEL_NAME.search(key.value)
            if (
                isinstance(key, ir.Lit)
                and named
                and isinstance(value, ir.Lit | ir.Choice | ir.Call | ir.Name | ir.Attr)
            ):
                self.folder.restart()
                span = Span(module.path, key.line, key.end_line)
                yield from self._model_item(
                    module, f"{label}[{key.value}]", self.folder.eval(value, frame), span, context
                )

    def _model_item(
        self, module: ir.Module, label: str, value: Value, span: Span, context: Context
    ) -> Iterator[ModelItem]:
        if isinstance(value, Obj):
            inner = field_default(self.folder, value)
            value = inner if inner is not None else value
        names: list[str] = []
        stack = [value]
        while stack and len(names) < 40:
            at = stack.pop(0)
            for option in options_of(at):
                if isinstance(option, Str) and option.literal and looks_like_model(option.literal):
                    own = any(isinstance(p, Piece) and p.span.path == module.path for p in option.pieces)
                    names += [option.literal] if own else []
                elif isinstance(option, Lst):
                    stack += option.items
                elif isinstance(option, Map):
                    stack += [v for _, v in option.items]
        if names:
            setting = Setting(values=tuple(dict.fromkeys(names)), resolution=value.how, span=span)
            yield ModelItem(id=f"{module.path}#model:{label}", setting=setting, context=context)

    # -- prompts ----------------------------------------------------------------------------------------------------

    def _prompts(self, module: ir.Module, context: Context) -> Iterator[PromptItem]:
        for index, scope in enumerate(module.scopes):
            frame = self.folder.frame(module, index)
            for binding in scope.bindings:
                if binding.value is None or binding.kind in ("loop", "with"):
                    continue
                name = binding.target.rpartition(".")[2]
                form = {"module": "constant", "class": "class attribute", "function": "local"}[scope.kind]
                yield from self._named(
                    module,
                    frame,
                    scope,
                    name,
                    binding.value,
                    Span(module.path, binding.line, binding.end_line),
                    form,
                    context,
                )
        yield from self._inline(module, context)
        for index, scope in enumerate(module.scopes):
            frame = self.folder.frame(module, index)
            if scope.kind == "function":
                yield from self._builder(module, index, scope, context)
                yield from self._param_defaults(module, frame, scope, context)
            if (
                scope.kind == "class"
                and scope.doc
                and any(
                    (b.name if isinstance(b, ir.Attr) else b.id if isinstance(b, ir.Name) else "") == "Signature"
                    for b in scope.bases
                )
            ):
                yield self._item(
                    module,
                    scope.qualname,
                    "signature",
                    scope.doc,
                    Span(module.path, scope.first_line, scope.last_line),
                    context,
                )

    def _inline(self, module: ir.Module, context: Context) -> Iterator[PromptItem]:
        """Long texts that calls carry themselves: `Agent(instructions="...")`, `Task(description="...")`."""
        for use in module.calls:
            named = [(a.name, a.value) for a in use.call.args if a.name and not a.spread]
            for arg in use.call.args:
                if isinstance(arg.value, ir.Dict):
                    named += [(str(k.value), v) for k, v in arg.value.items if isinstance(k, ir.Lit)]
            keys = {n for n, _ in named}
            frame = self.folder.frame(module, use.scope)
            label = f"{module.scopes[use.scope].qualname}:{callee_name(use.call.func)}"
            for name, value in named:
                is_prompt = bool(PROMPT_NAME.search(name)) and not NOT_PROMPT_NAME.search(name)
                is_task = name == "description" and ("expected_output" in keys or label.endswith("Task"))
                if not (_has_long_text(value, 40) if is_prompt or is_task else _has_long_text(value)):
                    continue
                if not (is_prompt or is_task or isinstance(value, ir.Lit | ir.Concat)):
                    continue
                self.folder.restart()
                told = self.folder.eval(value, frame)
                span = Span(module.path, value.line, max(value.line, getattr(value, "end_line", value.line)))
                yield from self._texts(told, is_prompt or is_task, f"{label}.{name}", span, "inline", context, 2)

    def _named(
        self,
        module: ir.Module,
        frame: Frame,
        scope: ir.Scope,
        name: str,
        expr: ir.Expr,
        span: Span,
        form: str,
        context: Context,
    ) -> Iterator[PromptItem]:
        named = bool(PROMPT_NAME.search(name)) and not NOT_PROMPT_NAME.search(name)
        if not named and not _has_long_text(expr):
            return
        self.folder.restart()
        value = self.folder.eval(expr, frame)
        label = f"{scope.qualname}.{name}" if scope.qualname else name
        yield from self._texts(value, named, label, span, form, context, 0)

    def _texts(
        self, value: Value, named: bool, label: str, span: Span, form: str, context: Context, depth: int
    ) -> Iterator[PromptItem]:
        if depth > 3:
            return
        for option in options_of(value):
            match option:
                case Str():
                    own = [
                        p for p in option.pieces if isinstance(p, Piece) and p.span.path == span.path and p.text.strip()
                    ]
                    text = option.known.strip()
                    if own and (
                        (len(text) >= 40 and named and " " in text and not _is_path(text))
                        or (len(text) >= 80 and PROMPT_TEXT.search(text))
                    ):
                        yield PromptItem(
                            id=f"{span.path}#{label}", surface=_surface(option, label, span), form=form, context=context
                        )
                        return
                case Map(items=items):
                    for key, item in items:
                        yield from self._texts(
                            item,
                            named or bool(PROMPT_NAME.search(key)),
                            f"{label}.{key}",
                            _at(item, span),
                            form,
                            context,
                            depth + 1,
                        )
                case Lst(items=items) if depth < 2:
                    for i, item in enumerate(items):
                        yield from self._texts(item, named, f"{label}.{i}", _at(item, span), form, context, depth + 1)
                case Obj():
                    yield from self._template_object(option, label, span, form, context)

    def _template_object(self, obj: Obj, label: str, span: Span, form: str, context: Context) -> Iterator[PromptItem]:
        if not re.search(r"(Prompt|Template|Message|definePrompt|Signature)", obj.name):
            return
        pieces = [p for s in self.prompts.surfaces(obj, "user", span) for p in s.text.pieces]
        shown = "".join(p.text for p in pieces if isinstance(p, Piece))
        if len(shown) >= 20 and any(isinstance(p, Piece) and p.span.path == span.path for p in pieces):
            yield PromptItem(
                id=f"{span.path}#{label}",
                surface=_surface(Str(pieces=tuple(pieces)), label, span),
                form="template",
                context=context,
            )

    def _builder(self, module: ir.Module, index: int, scope: ir.Scope, context: Context) -> Iterator[PromptItem]:
        named = bool(PROMPT_NAME.search(scope.name)) and not NOT_PROMPT_NAME.search(scope.name)
        if not scope.returns or not (named or any(_has_long_text(r) for r in scope.returns)):
            return
        self.folder.restart()
        frame = self.folder.frame(module, index)
        best: Str | None = None
        for expr in scope.returns[:6]:
            for text in _strings(self.folder.eval(expr, frame), 0):
                if any(isinstance(p, Piece) and p.span.path == module.path for p in text.pieces) and (
                    best is None or len(text.known) > len(best.known)
                ):
                    best = text
        if best is None:
            return
        shown = best.known.strip()
        if (named and len(shown) >= 40 and " " in shown) or (len(shown) >= 80 and PROMPT_TEXT.search(shown)):
            span = Span(module.path, scope.first_line, scope.last_line)
            yield PromptItem(
                id=f"{module.path}#{scope.qualname}()",
                surface=_surface(best, scope.qualname, span),
                form="builder",
                context=context,
            )

    def _param_defaults(
        self, module: ir.Module, frame: Frame, scope: ir.Scope, context: Context
    ) -> Iterator[PromptItem]:
        for param in scope.params:
            if param.default is not None and PROMPT_NAME.search(param.name):
                value = self.folder.eval(param.default, frame.parent or frame)
                span = Span(module.path, param.line, param.line)
                yield from self._texts(
                    value, True, f"{scope.qualname}.{param.name}", _at(value, span), "default", context, 2
                )

    def _item(self, module: ir.Module, label: str, form: str, text: str, span: Span, context: Context) -> PromptItem:
        return PromptItem(
            id=f"{module.path}#{label}",
            surface=Surface(role="system", text=Text(pieces=(Piece(text=text, span=span),)), span=span, name=label),
            form=form,
            context=context,
        )

    # -- tools ------------------------------------------------------------------------------------------------------

    def _tools(self, module: ir.Module, context: Context) -> Iterator[ToolItem]:
        for index, scope in enumerate(module.scopes):
            names = decorator_names(scope.decorators)
            if scope.kind == "function" and (set(names) & _TOOL_DECORATORS or any(n.endswith("_tool") for n in names)):
                fn = Fn(module=module, scope=index)
                yield self._tool_item(module, self.tool_reader.from_function(fn), "decorator", context)
            elif scope.kind == "class" and index and "interface" not in names:
                tool = self._class_tool(module, index, scope)
                if tool is not None:
                    yield self._tool_item(module, tool, "class", context)
        decorating = {id(d) for s in module.scopes for d in s.decorators}
        for use in module.calls:
            if id(use.call) in decorating:
                continue
            name = callee_name(use.call.func)
            if name in _TOOL_FACTORIES:
                yield from self._called_tool(module, use, context)
            elif _describes_tool(use.call):
                yield from self._described_tool(module, use, context)
        for expr, scope_index in expressions(module):
            if isinstance(expr, ir.Dict) and _tool_dict(expr):
                self.folder.restart()
                value = self.folder.eval(expr, self.folder.frame(module, scope_index))
                if isinstance(value, Map):
                    for tool in self.tool_reader.one(value, Span(module.path, expr.line, expr.end_line)):
                        if tool.schema and tool.builtin is None:
                            yield self._tool_item(module, tool, "schema", context)

    def _tool_item(self, module: ir.Module, tool: Tool, form: str, context: Context) -> ToolItem:
        return ToolItem(id=f"{module.path}#tool:{tool.name}@{form}", tool=tool, form=form, context=context)

    def _class_tool(self, module: ir.Module, index: int, scope: ir.Scope) -> Tool | None:
        fields = {b.target for b in scope.bindings}
        based = any(_TOOL_BASES.search(dotted_name(b)) for b in scope.bases)
        if not based or not ({"name", "description"} <= fields or "args_schema" in fields or "description" in fields):
            return None
        cls = Cls(module=module, scope=index)
        name = self.folder.cls_member(cls, "name")
        described = self.folder.cls_member(cls, "description")
        label = name.literal if isinstance(name, Str) and name.literal else scope.name
        text = described.known if isinstance(described, Str) else ""
        arguments = self.folder.cls_member(cls, "args_schema") or self.folder.cls_member(cls, "parameters")
        body, complete = (
            self.tool_reader.schema(arguments)
            if arguments is not None and not isinstance(arguments, Fn)
            else ({}, True)
        )
        entry = Map(
            items=(("name", _str(label, module, scope)), ("description", _str(text, module, scope))),
            span=Span(module.path, scope.first_line, scope.last_line),
        )
        made, _ = self.tool_reader.text(entry)
        if body:
            made = made[:-1] + ',"parameters":' + dump(body) + "}"
        return Tool(
            name=label, schema=made, span=Span(module.path, scope.first_line, scope.last_line), complete=complete
        )

    def _called_tool(self, module: ir.Module, use: ir.CallUse, context: Context) -> Iterator[ToolItem]:
        name = callee_name(use.call.func)
        keys = {a.name for a in use.call.args if a.name}
        for arg in use.call.args:
            if isinstance(arg.value, ir.Dict):
                keys |= {str(k.value) for k, _ in arg.value.items if isinstance(k, ir.Lit)}
        shaped = keys & {
            "description",
            "parameters",
            "inputSchema",
            "input_schema",
            "execute",
            "func",
            "fn",
            "query_engine",
            "name",
            "function",
            "schema",
            "tool_description",
            "tool_name",
            "metadata",
        }
        if not shaped and name not in ("FunctionTool", "from_function", "registerTool", "pydantic_function_tool"):
            plain = [a for a in use.call.args if isinstance(a.value, ir.Lit) and isinstance(a.value.value, str)]
            if not (
                name in ("tool", "registerTool", "beta_tool", "create_retriever_tool")
                and len(use.call.args) >= 2
                and (plain or len(use.call.args) == 2)
            ):
                return
        self.folder.restart()
        frame = self.folder.frame(module, use.scope)
        value = self.folder.eval(use.call, frame)
        span = Span(module.path, use.call.line, use.call.end_line)
        for option in options_of(value)[:1]:
            if isinstance(option, Obj):
                if _SAMPLING & keys:
                    continue
                for tool in self.tool_reader.one(option, span):
                    label = tool.name if tool.name not in ("tool", name) else self._own_name(module, use)
                    shown = Tool(
                        name=label, schema=tool.schema, span=span, complete=tool.complete, builtin=tool.builtin
                    )
                    yield self._tool_item(module, shown, "factory", context)

    def _described_tool(self, module: ir.Module, use: ir.CallUse, context: Context) -> Iterator[ToolItem]:
        """A project's own tool type: a call that gives a name, a description and a schema."""
        self.folder.restart()
        frame = self.folder.frame(module, use.scope)
        named = {a.name: self.folder.eval(a.value, frame) for a in use.call.args if a.name}
        schema = next((named[k] for k in _SCHEMA_ARGS if k in named), None)
        if schema is None or is_runtime(schema):
            return
        span = Span(module.path, use.call.line, use.call.end_line)
        fields = [(k, named[k]) for k in ("name", "description") if k in named]
        entry = Map(items=(*fields, ("parameters", schema)), span=span)
        for tool in self.tool_reader.one(entry, span):
            yield self._tool_item(module, tool, "described", context)

    def _own_name(self, module: ir.Module, use: ir.CallUse) -> str:
        """A tool without a name has that of its `id`, or of what it is assigned to."""
        for arg in use.call.args:
            for key, value in arg.value.items if isinstance(arg.value, ir.Dict) else ():
                if isinstance(key, ir.Lit) and key.value == "id" and isinstance(value, ir.Lit):
                    return str(value.value)
        for binding in module.scopes[use.scope].bindings:
            if binding.value is use.call:
                return binding.target.rpartition(".")[2]
        return f"{callee_name(use.call.func)}-{self._ordinal(module, use)}"

    def _ordinal(self, module: ir.Module, use: ir.CallUse) -> int:
        name = callee_name(use.call.func)
        same = [u for u in module.calls if u.scope == use.scope and callee_name(u.call.func) == name]
        return next((i for i, u in enumerate(same) if u is use), 0)


_SCHEMA_ARGS = ("input_schema", "inputSchema", "parameters", "args_schema", "schema", "json_schema")


def _describes_tool(call: ir.Call) -> bool:
    named = {a.name: a.value for a in call.args if a.name and not a.spread}
    if not {"name", "description"} <= named.keys():
        return False
    return any(isinstance(named.get(k), ir.Dict) for k in _SCHEMA_ARGS)


def _outermost(tools: Iterable[ToolItem]) -> tuple[ToolItem, ...]:
    """One definition once: `{type: "function", function: {...}}` and not its inner part too."""
    out: dict[str, list[ToolItem]] = {}
    for item in tools:
        same = out.setdefault(item.tool.name, [])
        if not any(_covers(t.tool.span, item.tool.span) for t in same):
            same[:] = [*(t for t in same if not _covers(item.tool.span, t.tool.span)), item]
    return tuple(t for same in out.values() for t in same)


def _tool_dict(expr: ir.Dict) -> bool:
    keys = {k.value for k, _ in expr.items if isinstance(k, ir.Lit)}
    if "schema" in keys and "name" in keys and "execute" in keys:
        return True
    if "toolSpec" in keys:
        return True
    if "function" in keys and "type" in keys:
        return any(isinstance(k, ir.Lit) and k.value == "function" and isinstance(v, ir.Dict) for k, v in expr.items)
    return "name" in keys and bool(keys & _TOOL_KEYS) and "description" in keys


def _has_long_text(expr: ir.Expr, least: int = 80) -> bool:
    return any(_chars(e) >= least for e in walk_data(expr))


def _chars(expr: ir.Expr) -> int:
    """How much text is written there, in one literal or put together from several."""
    if isinstance(expr, ir.Concat):
        return sum(_chars(p) for p in expr.parts if isinstance(p, ir.Lit))
    return len(expr.value) if isinstance(expr, ir.Lit) and isinstance(expr.value, str) else 0


def _strings(value: Value, depth: int) -> Iterable[Str]:
    if depth > 4:
        return
    for option in options_of(value):
        if isinstance(option, Str):
            yield option
        elif isinstance(option, Lst):
            for item in option.items:
                yield from _strings(item, depth + 1)
        elif isinstance(option, Map):
            for _, item in option.items:
                yield from _strings(item, depth + 1)


def _surface(value: Str, name: str, span: Span) -> Surface:
    role: SurfaceRole = "system" if re.search(r"system|instruction", name, re.IGNORECASE) else "user"
    return Surface(role=role, text=Text(pieces=value.pieces), span=span, name=name)


def _at(value: Value, default: Span) -> Span:
    span = getattr(value, "span", None)
    if isinstance(span, Span):
        return span if span.path == default.path else default
    if isinstance(value, Str) and value.pieces and value.pieces[0].span.path == default.path:
        return value.pieces[0].span
    return default


def _covers(outer: Span, inner: Span) -> bool:
    return outer.first_line <= inner.first_line and inner.last_line <= outer.last_line


def _is_path(text: str) -> bool:
    return "\n" not in text and bool(re.fullmatch(r"[\w./\\:{}-]+", text))


def _str(text: str, module: ir.Module, scope: ir.Scope) -> Str:
    return Str(pieces=(Piece(text=text, span=Span(module.path, scope.first_line, scope.last_line)),))
