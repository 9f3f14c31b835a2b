"""Prompt texts out of values: messages, templates, agent instructions."""

from __future__ import annotations

from dataclasses import replace

from prompts_scanner import templates
from prompts_scanner.fold import Folder
from prompts_scanner.known import as_pieces
from prompts_scanner.model import MORE_AT_RUN_TIME, Hole, Piece, Span, Surface, SurfaceRole, Text
from prompts_scanner.values import (
    Cls,
    Const,
    Fn,
    Inst,
    Lst,
    Many,
    Map,
    Obj,
    Pipe,
    Str,
    Value,
)

_ROLES: dict[str, SurfaceRole] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "model": "assistant",
    "tool": "context",
    "placeholder": "context",
}
_MESSAGE_TYPES: dict[str, SurfaceRole] = {
    "SystemMessage": "system",
    "SystemMessagePromptTemplate": "system",
    "HumanMessage": "user",
    "HumanMessagePromptTemplate": "user",
    "UserMessage": "user",
    "AIMessage": "assistant",
    "AIMessagePromptTemplate": "assistant",
    "AssistantMessage": "assistant",
    "ChatMessage": "user",
    "ModelRequest": "user",
    "SystemPromptPart": "system",
    "UserPromptPart": "user",
    "MessagesPlaceholder": "context",
    "TextPart": "user",
    "Content": "user",
}
_CACHE_MARKS = ("cache_control", "cacheControl")
_TEMPLATE_TYPES = (
    "PromptTemplate",
    "ChatPromptTemplate",
    "RichPromptTemplate",
    "FewShotPromptTemplate",
    "Template",
    "PromptBuilder",
    "ChatPromptBuilder",
)
_MAKERS = ("from_template", "fromTemplate", "from_messages", "fromMessages")
_DEFINERS = ("definePrompt", "define_prompt")
_FILLERS = (
    "format",
    "format_messages",
    "format_prompt",
    "partial",
    "invoke",
    "ainvoke",
    "to_messages",
    "formatMessages",
    "to_string",
    "toString",
    "toChatMessages",
    "to_chat_messages",
)


class PromptReader:
    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._open: set[int] = set()

    def surfaces(self, value: Value, role: SurfaceRole, at: Span) -> tuple[Surface, ...]:
        """A `messages`, `system`, `prompt` or `input` argument as what is sent, in order."""
        match value:
            case Lst(items=items, complete=complete):
                if items and all(isinstance(i, Str) for i in items) and len(items) == 2 and _tuple_role(items[0]):
                    return self._pair(items[0], items[1], at)
                out: list[Surface] = []
                for item in items:
                    out += self.surfaces(item, role, at)
                if not complete:
                    out.append(self._hole("more messages", MORE_AT_RUN_TIME, value.span, role))
                return tuple(out)
            case Map():
                return _marked(value, self._message(value, role, at))
            case Obj():
                if id(value.call) in self._open:
                    return ()  # `x = Template(x)`: the text was of an earlier x
                self._open.add(id(value.call))
                try:
                    return self._object(value, role, at)
                finally:
                    self._open.discard(id(value.call))
            case Const(constant=None):
                return ()
            case Many(options=options):
                best = max(options, key=lambda o: self._known_chars(o, at))
                return self.surfaces(best, role, at)
            case Fn():
                answer = self.folder.invoke(value, (), self.folder.frame(value.module, value.scope), None)
                return self.surfaces(answer, role, at) if not isinstance(answer, Fn) else ()
            case Pipe(parts=parts):
                return tuple(s for p in parts for s in self.surfaces(p, role, at) if s.text.literal)
            case Cls():
                return self._signature(value, role)
            case Inst():
                for name in ("content", "template", "prompt", "text", "instructions"):
                    member = self.folder.inst_member(value, name)
                    if isinstance(member, Str | Lst):
                        return self.surfaces(member, role, at)
        pieces = as_pieces(value, at)
        if not pieces:
            return ()
        return (Surface(role=role, text=Text(pieces=pieces), span=_span(pieces, at)),)

    def _signature(self, cls: Cls, role: SurfaceRole) -> tuple[Surface, ...]:
        """A class as instructions, as DSPy takes one: its docstring, what its fields say, and what is put into them.

        What the library writes around the fields differs from version to version:
        https://dspy.ai/api/adapters/ChatAdapter/
        """
        scope = cls.module.scopes[cls.scope]
        if not scope.doc:
            return ()
        at = Span(cls.module.path, scope.first_line, scope.last_line)
        pieces: list[Piece | Hole] = [Piece(text=scope.doc, span=at)]
        frame = self.folder.frame(cls.module, cls.scope)
        for binding in scope.bindings:
            value = self.folder.eval(binding.value, frame) if binding.value is not None else None
            said = self.folder.argument(value, "desc") if isinstance(value, Obj) else None
            if isinstance(said, Str):
                pieces += [Piece(text="\n", span=at), *said.pieces]
        pieces.append(Hole(name="fields", reason="what a call puts into the fields, as the library writes it", span=at))
        return (Surface(role=role, text=Text(pieces=tuple(pieces)), span=at),)

    def _known_chars(self, value: Value, at: Span) -> int:
        if isinstance(value, Str):
            return len(value.known)
        if isinstance(value, Lst | Map | Obj):
            return sum(len(s.text.literal) for s in self.surfaces(value, "user", at)) + 1
        return 0

    def _hole(self, name: str, reason: str, span: Span, role: SurfaceRole) -> Surface:
        return Surface(role=role, text=Text(pieces=(Hole(name=name, reason=reason, span=span),)), span=span)

    def _pair(self, role: Value, content: Value, at: Span) -> tuple[Surface, ...]:
        name = _tuple_role(role) or "user"
        text = templates.parsed(content) if isinstance(content, Str) else content
        return self.surfaces(text, name, at)

    def _message(self, value: Map, role: SurfaceRole, at: Span) -> tuple[Surface, ...]:
        given = value.get("role")
        if isinstance(given, Str) and given.literal in _ROLES:
            role = _ROLES[given.literal or ""]
        for key in ("content", "parts", "text", "input", "message"):
            content = value.get(key)
            if content is not None:
                return self.surfaces(content, role, at)
        kind = value.get("type")
        if (
            isinstance(kind, Str)
            and kind.literal
            and ("image" in kind.literal or kind.literal in ("file", "document", "input_audio"))
        ):
            return (self._hole(kind.literal, "media", value.span, role),)
        if value.get("messages") is not None:
            return self.surfaces(value.get("messages") or value, role, at)
        holes = tuple(h for _, v in value.items for h in as_pieces(v, at) if isinstance(h, Hole))
        if holes:
            return (Surface(role=role, text=Text(pieces=holes[:4]), span=value.span),)
        texts = tuple(p for _, v in value.items for p in as_pieces(v, at))
        return (Surface(role=role, text=Text(pieces=texts), span=value.span),) if texts else ()

    def _object(self, value: Obj, role: SurfaceRole, at: Span) -> tuple[Surface, ...]:
        parts = value.name.split(".")
        kind = next((p for p in reversed(parts) if p in _MESSAGE_TYPES or p in _TEMPLATE_TYPES), None)
        if kind in _MESSAGE_TYPES:
            named = _ROLES.get(parts[-1].removeprefix("from_"), _MESSAGE_TYPES[kind or ""])
            if kind == "MessagesPlaceholder":
                return (self._hole("history", "messages placeholder", value.span, "context"),)
            for key in ("content", "text", "prompt", "template", "parts"):
                content = self.folder.argument(value, key)
                if content is not None:
                    return self._templated(content, named, at, parts[-1])
            content = self._first(value)
            return self._templated(content, named, at, parts[-1]) if content is not None else ()
        if parts[-1] in _DEFINERS:
            return self._defined(value, at)
        if isinstance(value.recv, Obj) and parts[-1] in _FILLERS:
            inner = self.surfaces(value.recv, role, at)
            if any(s.text.literal for s in inner):
                return inner
        if kind in _TEMPLATE_TYPES or parts[-1] in _MAKERS:
            return self._template(value, role, at)
        for key in ("content", "text", "prompt", "template", "instructions", "system_prompt"):
            content = self.folder.argument(value, key)
            if isinstance(content, Str | Lst):
                return self.surfaces(content, role, at)
        first = self._first(value)
        if first is not None and parts[-1] in _ROLES:
            return self.surfaces(first, _ROLES[parts[-1]], at)  # `system("...")`, `user("...")`
        if isinstance(first, Str) and len(first.known) > 40:
            return self.surfaces(first, role, at)
        return (Surface(role=role, text=Text(pieces=as_pieces(value, at)), span=value.span),)

    def _defined(self, value: Obj, at: Span) -> tuple[Surface, ...]:
        """Genkit: `definePrompt({system, prompt, messages}, "template")`."""
        out: list[Surface] = []
        for key, role in (("system", "system"), ("prompt", "user"), ("messages", "user")):
            given = self.folder.argument(value, key)
            if given is not None:
                out += self.surfaces(given, "system" if role == "system" else "user", at)
        for arg in value.call.args[1:]:
            given = self.folder.eval(arg.value, value.frame)
            out += self.surfaces(templates.parsed(given) if isinstance(given, Str) else given, "user", at)
        return tuple(out)

    def _templated(self, content: Value, role: SurfaceRole, at: Span, method: str) -> tuple[Surface, ...]:
        if isinstance(content, Str) and method in ("from_template", "fromTemplate"):
            content = templates.parsed(content)
        return self.surfaces(content, role, at)

    def _template(self, value: Obj, role: SurfaceRole, at: Span) -> tuple[Surface, ...]:
        for key in ("messages", "template", "prompt", "prefix", "tmpl"):
            content = self.folder.argument(value, key)
            if content is not None:
                return self.surfaces(templates.parsed(content) if isinstance(content, Str) else content, role, at)
        content = self._first(value)
        if content is None:
            return ()
        if isinstance(content, Str):
            content = templates.parsed(content)
        return self.surfaces(content, role, at)

    def _first(self, value: Obj) -> Value | None:
        for arg in value.call.args:
            if arg.name is None and not arg.spread:
                return self.folder.eval(arg.value, value.frame)
        return None

    def is_template(self, value: Value) -> bool:
        """Whether a chain's part is a prompt."""
        if isinstance(value, Str):
            return True
        return isinstance(value, Obj) and any(
            p in _TEMPLATE_TYPES or p in _MESSAGE_TYPES or p in _MAKERS for p in value.name.split(".")
        )


def _marked(value: Map, surfaces: tuple[Surface, ...]) -> tuple[Surface, ...]:
    """A block with `cache_control`: the request is to be cached up to the end of it."""
    options = value.get("providerOptions") or value.get("providerMetadata")
    inner = [v for _, v in options.items if isinstance(v, Map)] if isinstance(options, Map) else []
    if not surfaces or not any(m.get(k) is not None for m in (value, *inner) for k in _CACHE_MARKS):
        return surfaces
    return (*surfaces[:-1], replace(surfaces[-1], cache_mark=True))


def _tuple_role(value: Value) -> SurfaceRole | None:
    return _ROLES.get(value.literal or "") if isinstance(value, Str) else None


def _span(pieces: tuple[Piece | Hole, ...], default: Span) -> Span:
    """Where the text stands: its first literal piece, widened over the pieces of the same file."""
    spans = [p.span for p in pieces if isinstance(p, Piece)] or [p.span for p in pieces]
    if not spans:
        return default
    same = [s for s in spans if s.path == spans[0].path]
    return Span(spans[0].path, min(s.first_line for s in same), max(s.last_line for s in same))
