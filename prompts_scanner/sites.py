"""A matched call becomes a `CallSite`: model, prompts, tools, caps, retrieval, loops, and where each comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, product

from prompts_scanner import ir
from prompts_scanner.aliases import aliases_of
from prompts_scanner.callers import Decorated, callee_name, decorated
from prompts_scanner.context import classify
from prompts_scanner.flow import Flow
from prompts_scanner.fold import Folder
from prompts_scanner.http_calls import posted
from prompts_scanner.known import field_default
from prompts_scanner.marks import mark_that_is_set
from prompts_scanner.match import Hit, Matcher
from prompts_scanner.model import (
    THINKING_KEPT,
    CallSite,
    Context,
    Hole,
    Loop,
    Operation,
    Piece,
    Related,
    Resolution,
    Retrieval,
    Setting,
    Span,
    Surface,
    SurfaceRole,
    Text,
    Tool,
)
from prompts_scanner.names import unit_of
from prompts_scanner.prompts import PromptReader
from prompts_scanner.toolschema import ToolReader, decorator_names
from prompts_scanner.values import (
    Cls,
    Const,
    Ext,
    Fn,
    Inst,
    Lst,
    Map,
    Num,
    Obj,
    Str,
    Thunk,
    Unk,
    Value,
    farther,
    is_runtime,
    options_of,
    params_of,
)
from prompts_scanner.waiting import background, waited_for

_MODEL_ARGS = (
    "model",
    "model_name",
    "modelName",
    "model_id",
    "modelId",
    "deployment_name",
    "azure_deployment",
    "id",
    "name",
    "engine",
)
# Less text than this of its own, and a call says nothing that its caller has not said.
_OWN_CHARS = 24
# Functions of one decorator's name that are looked at for one call.
MAX_DECORATING = 24
_SCHEMA_PLACES = (
    "output_format",
    "response_format",
    "response_model",
    "response_schema",
    "output_schema",
    "output_type",
)
_CAP_PLACES = (
    "max_tokens",
    "max_output_tokens",
    "max_completion_tokens",
    "maxTokens",
    "maxOutputTokens",
    "max_new_tokens",
)
_TIER_PLACES = (
    "service_tier",
    "serviceTier",
    "config.service_tier",
    "config.serviceTier",
    "extra_body.service_tier",
    "providerOptions.openai.serviceTier",
)
_CHOICE_PLACES = (
    "tool_choice",
    "toolChoice",
    "extra_body.tool_choice",
    "toolConfig.toolChoice",
    "tool_config.function_calling_config.mode",
    "config.tool_config.function_calling_config.mode",
    "toolConfig.functionCallingConfig.mode",
    "config.toolConfig.functionCallingConfig.mode",
)
_SEARCH_PLACES = ("web_search_options", "extra_body.web_search_options")
_FORCED = frozenset(("any", "required", "function", "tool"))
_EMBEDS = re.compile(r"(^|[/.:_-])(text-)?embed(ding)?s?([-_]|$)", re.IGNORECASE)
_RETRY = re.compile(r"(^|_)(retry|backoff|on_exception|retrying)")
_FACTORY_PROVIDERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "google",
    "google-vertex": "google",
    "azure": "azure",
    "amazon-bedrock": "bedrock",
    "mistral": "mistral",
    "groq": "groq",
    "xai": "xai",
    "deepseek": "deepseek",
    "fireworks": "fireworks",
    "togetherai": "together",
    "cohere": "cohere",
    "perplexity": "perplexity",
    "cerebras": "cerebras",
}
_CLASS_PROVIDERS = (
    ("AzureOpenAI", "azure"),
    ("AzureChat", "azure"),
    ("Bedrock", "bedrock"),
    ("Vertex", "google"),
    ("GoogleGenerativeAI", "google"),
    ("Gemini", "google"),
    ("Anthropic", "anthropic"),
    ("Mistral", "mistral"),
    ("Groq", "groq"),
    ("Cohere", "cohere"),
    ("Ollama", "ollama"),
    ("DeepSeek", "deepseek"),
    ("XAI", "xai"),
    ("Fireworks", "fireworks"),
    ("Together", "together"),
    ("HuggingFace", "huggingface"),
    ("OpenRouter", "openrouter"),
    ("OpenAI", "openai"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One candidate for a model's name."""

    name: str
    how: Resolution
    provider: str | None
    via: tuple[Span, ...]


class SiteReader:
    def __init__(self, folder: Folder, matcher: Matcher) -> None:
        self.folder = folder
        self.matcher = matcher
        self.prompts = PromptReader(folder)
        self.tool_reader = ToolReader(folder)
        self.flow = Flow()

    # -- reading a hit ----------------------------------------------------------------------------------------------

    def read(self, hit: Hit, site_id: str, context: Context) -> CallSite:
        self.folder.restart()
        at = hit.span
        model, provider = self._model(hit, at)
        fixed = self._fixed_models(hit)
        bindings = dict.fromkeys(hit.bindings)
        related = [Related(role="binding", span=s, model=fixed.get(s, model.value)) for s in bindings]
        related += [Related(role="wrapper", span=s, model=model.value) for s in dict.fromkeys(hit.wrappers)]
        for span, name in self._model_objects([*self.values(hit, "model"), *self._defaults(hit)]).items():
            related += [Related(role="binding", span=span, model=name)] if span not in bindings else []
        related += [Related(role="model", span=s) for s in model.sources]
        surfaces = self._surfaces(hit, at)
        for surface in surfaces:
            for path, first, last in _places(surface):
                related.append(Related(role="prompt", span=Span(path, first, last)))
        tools, tool_spans = self._tools(hit, at)
        related += [Related(role="tool", span=s) for s in tool_spans]
        schema = self._schema(hit, at)
        if schema is not None:
            surfaces = (*surfaces, schema)
        cap = self._number(hit, "output_cap", at)
        if cap is not None:
            related += [Related(role="output_cap", span=s) for s in cap.sources]
        reasoning = self._number(hit, "reasoning", at)
        symbol = hit.module.scopes[hit.use.scope].qualname or "<module>"
        return CallSite(
            id=site_id,
            sdk=hit.sdk.name,
            operation=_operation(hit, model),
            span=at,
            symbol=symbol,
            context=context,
            model=model,
            provider=provider,
            output_cap=cap,
            reasoning=reasoning,
            answers=self._number(hit, "answers", at),
            edits=self._edits(hit, at),
            cache=self._cache(hit, at),
            surfaces=surfaces,
            tools=tools,
            retrieval=self._retrieval(hit, at),
            loops=self._loops(hit),
            related=tuple(dict.fromkeys(r for r in related if r.span != at)),
            batch=hit.batch,
            structured=hit.structured
            or schema is not None
            or bool(self.values(hit, "schema"))
            or self._asks_schema(hit),
            service_tier=self._service_tier(hit, at),
            waited_for=waited_for(hit, self.matcher),
            background=background(hit),
            endpoint=next((s.roles.endpoint for s in hit.sources if s.roles.endpoint), ""),
            forced_tool=bool(tools) and self._forces_a_tool(hit),
        )

    def values(self, hit: Hit, role: str) -> list[Value]:
        """What the sources give for a role, the first that has a say first."""
        out = []
        for source in hit.sources:
            places = getattr(source.roles, role)
            value = self.matcher.place(source.call, source.frame, places) if places else None
            if isinstance(value, Obj):  # the field of a settings class: its default
                default = field_default(self.folder, value)
                value = default if default is not None else value
            if value is not None and not (isinstance(value, Const) and value.constant is None):
                out.append(value)
        if not out and role in ("output_cap", "reasoning", "cache", "answers"):
            out = self._of_model(hit, role)
        return out or (self._handed_cap(hit) if role == "output_cap" else out)

    def _handed_cap(self, hit: Hit) -> list[Value]:
        """A cap that the call hands on under its usual name, to a wrapper of the program's own too, or its default."""
        value = self.matcher.place(hit.use.call, self.folder.frame(hit.module, hit.use.scope), _CAP_PLACES)
        if value is None and hit.fn is not None:
            outer = self.folder.frame(hit.fn.module, hit.fn.module.scopes[hit.fn.scope].parent)
            params = hit.fn.module.scopes[hit.fn.scope].params
            given = (p.default for p in params if p.name in _CAP_PLACES and p.default is not None)
            value = next((self.folder.eval(d, outer) for d in given), None)
        return [] if value is None or (isinstance(value, Const) and value.constant is None) else [value]

    def _of_model(self, hit: Hit, role: str) -> list[Value]:
        """What the model object that an agent was given says: `Agent(model=ChatOpenAI(max_tokens=300))`."""
        out: list[Value] = []
        for model in (*self.values(hit, "model"), *self._defaults(hit)):
            for root in self.matcher.roots(model):
                for source in root.sources:
                    places = getattr(source.roles, role)
                    value = self.matcher.place(source.call, source.frame, places) if places else None
                    if value is not None and not (isinstance(value, Const) and value.constant is None):
                        out.append(value)
        return out

    def models_in(self, hit: Hit) -> set[Span]:
        """Where the model objects are made that this hit is given: they are no sites of their own."""
        given = [v for one in (hit, *hit.alternatives) for v in (*self.values(one, "model"), *self._defaults(one))]
        return {root.obj_span for v in given for root in self.matcher.roots(v)}

    def _defaults(self, hit: Hit) -> tuple[Value, ...]:
        """The models that the program sets for the whole library, where the hit names none."""
        settable = hit.sdk.global_model_targets or hit.sdk.global_model_calls
        if not settable or hit.default_model or self.values(hit, "model"):
            return ()
        return self.matcher.global_models(hit)

    # -- model ------------------------------------------------------------------------------------------------------

    def _model(self, hit: Hit, at: Span) -> tuple[Setting, str | None]:
        values = self.values(hit, "model")
        named: list[Named] = []
        reason = ""
        for candidate in (hit, *hit.alternatives):
            for value in values if candidate is hit else self.values(candidate, "model"):
                found = self._meant(candidate, self.names(value))
                named += found
                if found:
                    break
                reason = reason or _reason(value)
        if not named:
            named = self._from_callers(values)
        if not named:
            named = [n for v in self._defaults(hit) for n in self.names(v)]
        if classify(at.path) != "test":  # a stand-in that tests use is not what the product sends
            real = [n for n in named if not any(classify(s.path) == "test" for s in n.via)]
            reason = "the code names only a stand-in that tests use" if named and not real else reason
            named = real
        provider = next((n.provider for n in named if n.provider), None) or self._provider(hit)
        if not named:
            passed_on = any(a.spread for x in hit.sources if x.roles.model for a in x.call.args)
            values = [v for v in values if not (isinstance(v, Map) and v.complete and not v.items)]  # `new Model({})`
            if not values and hit.default_model is not None and not passed_on:
                return Setting(
                    values=(hit.default_model,), resolution="default", span=at, reason="the library's default"
                ), provider
            why = reason or ("chosen at run time" if values or passed_on else "the code names no model")
            return Setting(
                values=(), resolution="unresolved", span=at, reason=why, sources=tuple(v for x in values for v in x.via)
            ), provider
        names = tuple(dict.fromkeys(n.name for n in named))
        how: Resolution = named[0].how
        for one in named[1:]:
            how = farther(how, one.how)
        if len(names) > 1:
            how = "range"
        sources = tuple(dict.fromkeys(s for n in named for s in n.via if s != at))
        return Setting(values=names, resolution=how, span=at, sources=sources), provider

    def _meant(self, hit: Hit, named: list[Named]) -> list[Named]:
        """The models behind names that a router of the program gives them."""
        aliases = aliases_of(hit, self.matcher) if named else {}
        out: list[Named] = []
        for one in named:
            found = [n for value in aliases.get(one.name, ()) for n in self.names(value)]
            out += [replace(n, how=farther(n.how, "constant"), via=(*n.via, *one.via)) for n in found] or [one]
        return out

    def _model_objects(self, values: list[Value], depth: int = 0) -> dict[Span, str | None]:
        """Where the objects that stand for a model are made: `openai("gpt-4o")`, also inside a wrapper of it."""
        out: dict[Span, str | None] = {}
        for option in (o for v in values for o in options_of(v)):
            if isinstance(option, Obj) and self.matcher.known_package(option.name) and depth < 4:
                out[option.span] = next((n.name for n in self.names(option)), None)
                inner = self.folder.argument(option, "model")
                out |= self._model_objects([inner], depth + 1) if inner is not None else {}
        return out

    def _fixed_models(self, hit: Hit) -> dict[Span, str]:
        """The model that each constructor on the way names."""
        out: dict[Span, str] = {}
        for source in (s for h in (hit, *hit.alternatives) for s in h.sources):
            span = Span(source.frame.module.path, source.call.line, source.call.end_line)
            value = self.matcher.place(source.call, source.frame, source.roles.model) if source.roles.model else None
            name = next((n.name for n in self.names(value)), None) if value is not None else None
            if name is not None:
                out.setdefault(span, name)
        return out

    def _from_callers(self, values: list[Value]) -> list[Named]:
        """The names that callers hand down, where the function itself knows none."""
        found = [n for v in values for n in self._handed_names(v, 0)]
        return [n for n in dict.fromkeys(found) if _looks_like_model(n.name)]

    def _handed_names(self, value: Value, depth: int) -> list[Named]:
        out: list[Named] = []
        for option in options_of(value) if depth < 3 else ():
            out += [n for given in self.matcher.given.expanded(option) for n in self.names(given)]
            if isinstance(option, Obj):  # `OpenAIModel(model_name)`: what is handed for the name
                for source in (s for root in self.matcher.roots(option) for s in root.sources):
                    inner = self.matcher.place(source.call, source.frame, source.roles.model)
                    out += self._handed_names(inner, depth + 1) if inner is not None else []
        return out

    def _provider(self, hit: Hit) -> str | None:
        for source in hit.sources[1:]:
            short = source.name.rpartition(".")[2]
            for fragment, provider in _CLASS_PROVIDERS:
                if fragment in short and hit.sdk.provider in (None, "openai"):
                    return hit.provider if hit.provider not in (None, "openai") else provider
        return hit.provider

    def names(self, value: Value, depth: int = 0) -> list[Named]:
        """The model names that a value can stand for."""
        if depth > 6:
            return []
        out: list[Named] = []
        for option in options_of(value):
            match option:
                case Str() if option.literal:
                    out.append(
                        Named(
                            name=option.literal, how=option.how, provider=None, via=(*_piece_spans(option), *option.via)
                        )
                    )
                case Obj():
                    out += self._names_of_object(option, depth)
                case Inst():
                    for attribute in _MODEL_ARGS[:6]:
                        member = self.folder.inst_member(option, attribute)
                        if member is not None and (found := self.names(member, depth + 1)):
                            out += found
                            break
                case Cls() if depth == 0:
                    continue
                case Map() if depth:
                    for key in _MODEL_ARGS:
                        member = option.get(key)
                        if member is not None:
                            out += self.names(member, depth + 1)
                            break
        if isinstance(value, Value) and len(out) > 1:
            out = [replace(n, how="range") for n in out]
        return out

    def _names_of_object(self, obj: Obj, depth: int) -> list[Named]:
        provider = self._provider_of_object(obj)
        roots = list(self.matcher.roots(obj))
        for root in roots:
            if root.binding.choices:
                among = [self.folder.eval(a.value, obj.frame) for a in obj.call.args if a.name is None]
                return [n for v in among for n in self.names(v, depth + 1)]
            for source in root.sources:
                places = source.roles.model
                found = self.matcher.place(source.call, source.frame, places) if places else None
                if found is not None and (names := self.names(found, depth + 1)):
                    return [replace(n, provider=n.provider or provider, via=(*n.via, obj.span)) for n in names]
            if root.binding.default_model:
                return [Named(name=root.binding.default_model, how="default", provider=provider, via=(obj.span,))]
        if obj.name.endswith(".get"):  # of a table known at run time: what it is asked for is no model, its default is
            default = self.matcher.place(obj.call, obj.frame, ("1", "default"))
            return (
                [replace(n, how=farther(n.how, "default")) for n in self.names(default, depth + 1)] if default else []
            )
        inner = self.folder.argument(obj, "model")
        if inner is not None and (names := self.names(inner, depth + 1)):
            return [replace(n, provider=n.provider or provider, via=(*n.via, obj.span)) for n in names]
        first = self.matcher.place(obj.call, obj.frame, ("0",))
        if isinstance(first, Str) and first.literal is None and first.pieces:
            return []
        if first is not None and not isinstance(first, Unk | Ext):
            table = self._table(obj)
            if table is not None and isinstance(first, Str) and first.literal is not None:
                entry = table.get(first.literal)
                if entry is not None:
                    return self.names(entry, depth + 1)
            if isinstance(first, Str) or (isinstance(first, Obj | Inst) and depth < 4) or len(options_of(first)) > 1:
                names = self.names(first, depth + 1)
                if names and all(_looks_like_model(n.name) for n in names):
                    return [replace(n, provider=n.provider or provider, via=(*n.via, obj.span)) for n in names]
        for key in _MODEL_ARGS[1:]:
            named = self.folder.argument(obj, key)
            if named is not None and (names := self.names(named, depth + 1)):
                return [replace(n, provider=n.provider or provider, via=(*n.via, obj.span)) for n in names]
        return []

    def _table(self, obj: Obj) -> Map | None:
        """The alias table of a `customProvider({languageModels: {...}})` that this model was taken from."""
        at: Value | None = obj.recv
        while isinstance(at, Obj | Ext):
            if isinstance(at, Obj):
                for key in ("languageModels", "textEmbeddingModels", "imageModels"):
                    table = self.folder.argument(at, key)
                    if isinstance(table, Map):
                        return table
            at = at.recv
        return None

    def _provider_of_object(self, obj: Obj) -> str | None:
        at: Value | None = obj
        while isinstance(at, Obj | Ext):
            found = re.match(r"@ai-sdk/([\w-]+?)(?:\.|$)", at.name)
            if found and found.group(1) in _FACTORY_PROVIDERS:
                return _FACTORY_PROVIDERS[found.group(1)]
            short = at.name.rpartition(".")[2]
            for fragment, provider in _CLASS_PROVIDERS:
                if fragment in short:
                    return provider
            at = at.recv
        return None

    # -- prompts, tools, settings -----------------------------------------------------------------------------------

    def _surfaces(self, hit: Hit, at: Span) -> tuple[Surface, ...]:
        out: list[Surface] = []
        roles: tuple[tuple[str, SurfaceRole], ...] = (("system", "system"), ("prompt", "user"), ("messages", "user"))
        for role, kind in roles:
            if role == "prompt" and hit.operation in ("embed", "rerank"):
                kind = "input"
            for value in self.values(hit, role):
                out += self.prompts.surfaces(value, kind, at)
        for fn in self._decorated(hit, hit.sdk.prompt_decorators):
            frame = self.folder.frame(fn.module, fn.module.scopes[fn.scope].parent)
            out += self.prompts.surfaces(self.folder.invoke(fn, (), frame, None), "system", at)
        for part in hit.pipes:
            for option in options_of(part):
                if self.prompts.is_template(option):
                    out += self.prompts.surfaces(option, "user", at)
        if hit.fn is not None and sum(len(s.text.literal.strip()) for s in out) < _OWN_CHARS:
            # what the wrapper makes of its text cannot be followed: what it is handed is what is known
            handed = self._handed(hit, at)
            out = handed if any(s.text.literal.strip() for s in handed) else out
        seen: set[tuple[object, ...]] = set()
        unique: list[Surface] = []
        for surface in out:
            key = (surface.role, surface.span, surface.text.literal, tuple(h.name for h in surface.text.holes))
            if key not in seen:
                seen.add(key)
                unique.append(surface)
        return tuple(sorted(unique, key=lambda s: 0 if s.role == "system" else 1))

    def _handed(self, hit: Hit, at: Span) -> list[Surface]:
        """The texts that a call of a wrapper hands to it."""
        frame = self.folder.frame(hit.module, hit.use.scope)
        return [s for e in self._text_exprs(hit) for s in self.prompts.surfaces(self.folder.eval(e, frame), "user", at)]

    def _tools(self, hit: Hit, at: Span) -> tuple[tuple[Tool, ...], tuple[Span, ...]]:
        out: dict[str, Tool] = {}
        asked = [self.matcher.place(s.call, s.frame, _SEARCH_PLACES) for s in hit.sources]
        for value in asked:  # a model that searches before each answer
            if value is not None and not (isinstance(value, Const) and not value.constant):
                tool = Tool(name="web_search_options", schema="", span=at, builtin="web_search_preview")
                out.setdefault(tool.name, tool)
        found = [tool for value in self.values(hit, "tools") for tool in self.tool_reader.tools(value, at)]
        found += [self.tool_reader.from_function(fn) for fn in self._decorated(hit, hit.sdk.tool_decorators)]
        for tool in found:
            out.setdefault(f"{tool.name}|{tool.span.path}|{tool.span.first_line}", tool)
        return tuple(out.values()), tuple(dict.fromkeys(t.span for t in out.values()))

    def _decorated(self, hit: Hit, names: tuple[str, ...]) -> Iterator[Fn]:
        """The functions that are given to the hit's agent by a decorator of its own: `@agent.tool`."""
        for module, found in self._decorating(hit, names) if names else ():
            value = self.folder.eval(found.expr, self.folder.frame(module, module.scopes[found.scope].parent))
            if any(isinstance(o, Obj) and o.span in hit.bindings for o in options_of(value)):
                yield Fn(module=module, scope=found.scope)

    def _decorating(self, hit: Hit, names: tuple[str, ...]) -> Iterator[tuple[ir.Module, Decorated]]:
        """Where that may be: beside the agent, and where what it is assigned to is imported."""
        for path in dict.fromkeys(span.path for span in hit.bindings):
            home = self.folder.program.module(path)
            if home is None:
                continue
            lines = [range(s.first_line, s.last_line + 1) for s in hit.bindings if s.path == path]
            assigned = {
                b.target.rpartition(".")[2]
                for scope in home.scopes
                for b in scope.bindings
                if b.value is not None and any(b.value.line in span for span in lines)
            }
            yield from ((home, d) for d in decorated(home) if d.name in names)
            tests = classify(path) == "test"
            for owner, name in product(sorted(assigned), names):
                others = self.matcher.given.calls.decorated(owner, name)
                for module in islice(others, MAX_DECORATING):
                    if module.path != path and (tests or classify(module.path) != "test"):
                        yield from ((module, d) for d in decorated(module) if (d.owner, d.name) == (owner, name))

    def _schema(self, hit: Hit, at: Span) -> Surface | None:
        for value in self.values(hit, "schema"):
            if isinstance(value, Str) or is_runtime(value):
                continue
            body, complete = self.tool_reader.schema(value)
            if not body:
                continue
            text, _ = self.tool_reader.text(value)
            if not isinstance(value, Map | Lst):
                text = _json(body)
            if '"type":"text"' in text or '"json_object"' in text:
                continue
            where = _value_span(value, at)
            pieces: tuple[Piece | Hole, ...] = (Piece(text=text, span=where),)
            if not complete:
                pieces = (*pieces, Hole(name="schema", reason="parts known at run time", span=where))
            return Surface(role="schema", text=Text(pieces=pieces), span=where)
        return None

    def _number(self, hit: Hit, role: str, at: Span) -> Setting | None:
        values = self.values(hit, role)
        if not values:
            return None
        found: list[tuple[str, Resolution, tuple[Span, ...]]] = []
        for value in values:
            for option in options_of(value):
                if isinstance(option, Num):
                    found.append((str(option.number), option.how, (option.span, *option.via)))
                elif isinstance(option, Str) and option.literal:
                    found.append((option.literal, option.how, (*_piece_spans(option), *option.via)))
                elif (
                    isinstance(option, Map)
                    and (inner := option.get("budget_tokens") or option.get("effort")) is not None
                ):
                    shown = (
                        str(inner.number)
                        if isinstance(inner, Num)
                        else inner.literal
                        if isinstance(inner, Str)
                        else None
                    )
                    if shown:
                        found.append((shown, option.how, (option.span,)))
            if found:
                break
        if not found:
            return Setting(
                values=(), resolution="unresolved", span=at, reason=_reason(values[0]), sources=values[0].via
            )
        how: Resolution = "range" if len({f[0] for f in found}) > 1 else found[0][1]
        sources = tuple(dict.fromkeys(s for f in found for s in f[2] if s != at))
        return Setting(values=tuple(dict.fromkeys(f[0] for f in found)), resolution=how, span=at, sources=sources)

    def _asks_schema(self, hit: Hit) -> bool:
        """Whether the call, of a wrapper of the program's own too, is handed a form for the answer."""
        frame = self.folder.frame(hit.module, hit.use.scope)
        value = self.matcher.place(hit.use.call, frame, _SCHEMA_PLACES)
        return value is not None and not (isinstance(value, Const) and not value.constant)

    def _service_tier(self, hit: Hit, at: Span) -> Setting | None:
        """The lane that the request asks for; the same argument in every library that has one."""
        for source in hit.sources:
            value = self.matcher.place(source.call, source.frame, _TIER_PLACES)
            names = [o for o in options_of(value) if isinstance(o, Str) and o.literal] if value is not None else []
            if names:
                sources = tuple(dict.fromkeys(s for o in names for s in (*_piece_spans(o), *o.via) if s != at))
                values = tuple(dict.fromkeys((o.literal or "").lower().removeprefix("service_tier_") for o in names))
                how: Resolution = "range" if len(values) > 1 else names[0].how
                return Setting(values=values, resolution=how, span=at, sources=sources)
        return None

    def _forces_a_tool(self, hit: Hit) -> bool:
        """Whether the answer must call a tool, in any provider's words; the first source that says something decides."""
        for source in hit.sources:
            value = self.matcher.place(source.call, source.frame, _CHOICE_PLACES)
            if value is not None:
                return any(map(_is_forced, options_of(value)))
        return False

    def _edits(self, hit: Hit, at: Span) -> Setting | None:
        """What the provider is told to cut out of a long conversation, from its smallest trigger in tokens on."""
        for value in self.values(hit, "edits"):
            found = sorted(_triggers(value, 0), key=lambda n: n.number)
            sources = tuple(dict.fromkeys(s for n in found[:1] for s in (n.span, *n.via) if s != at))
            kept = not found and _keeps_thinking(value)
            values = tuple(str(n.number) for n in found[:1]) or (THINKING_KEPT if kept else "on",)
            how: Resolution = found[0].how if found else value.how if not is_runtime(value) else "unresolved"
            return Setting(values=values, resolution=how, span=_value_span(value, at), sources=sources)
        return None

    def _cache(self, hit: Hit, at: Span) -> Setting | None:
        """Where the request marks a prefix for caching: an argument, or `cache_control` inside system, messages, tools.

        `conversation`: the mark moves with the last message, so that what was said before is cached too.
        """
        moving = mark_that_is_set(hit, self.folder)
        if moving is not None and moving.value == "conversation":
            return moving
        for value in self.values(hit, "cache"):
            # Anthropic's argument of the whole request puts the mark on its last block, turn by turn
            name = "conversation" if hit.sdk.name == "anthropic" else "on"
            return Setting(values=(name,), resolution=value.how, span=_value_span(value, at))
        for role in ("system", "messages", "tools"):
            for value in self.values(hit, role):
                if _has_cache_mark(value, 0):
                    return Setting(values=("on",), resolution="literal", span=_value_span(value, at))
        return moving

    def _retrieval(self, hit: Hit, at: Span) -> tuple[Retrieval, ...]:
        out = []
        for source in hit.sources:
            for place in source.roles.retrieval:
                value = self.matcher.place(source.call, source.frame, (place,))
                if isinstance(value, Num):
                    parameter = place.rpartition(".")[2]
                    setting = Setting(
                        values=(str(value.number),), resolution=value.how, span=value.span, sources=value.via
                    )
                    out.append(
                        Retrieval(parameter=parameter, setting=setting, unit=unit_of(parameter), span=value.span)
                    )
        del at
        return tuple(out)

    def _loops(self, hit: Hit) -> tuple[Loop, ...]:
        path = hit.module.path
        out = [
            Loop(
                kind="for" if loop.kind == "for" else loop.kind,
                span=Span(path, loop.first_line, loop.last_line),
                limit=self._loop_limit(hit, loop),
            )
            for loop in hit.use.loops
        ]
        scope = hit.module.scopes[hit.use.scope]
        out += self._mapped(hit)
        for name in decorator_names(scope.decorators):
            if _RETRY.search(name):
                out.append(Loop(kind="retry", span=Span(path, scope.first_line, scope.first_line)))
        for value in self.values(hit, "max_turns"):
            for option in options_of(value):
                limit = self._turns(option)
                if limit is not None:
                    out.append(Loop(kind="max_turns", span=_value_span(option, hit.span), limit=limit))
        return tuple(out)

    def _mapped(self, hit: Hit) -> list[Loop]:
        """Where the function around a call is handed to `map`: `pool.map(summarise, pages)`."""
        path, scope = hit.module.path, hit.module.scopes[hit.use.scope]
        return [
            Loop(kind="map", span=Span(path, use.call.line, use.call.end_line))
            for use in hit.module.calls
            if scope.kind == "function" and callee_name(use.call.func) in ir.MAPS
            if any(isinstance(a.value, ir.Name) and a.value.id == scope.name for a in use.call.args[:1])
        ]

    def _turns(self, value: Value) -> int | None:
        if isinstance(value, Num):
            return int(value.number)
        if isinstance(value, Obj) and value.name.endswith(("stepCountIs", "isStepCount")):
            inner = self.matcher.place(value.call, value.frame, ("0",))
            return int(inner.number) if isinstance(inner, Num) else None
        if isinstance(value, Lst):
            return next((t for i in value.items if (t := self._turns(i)) is not None), None)
        return None

    def _loop_limit(self, hit: Hit, loop: ir.LoopAt) -> int | None:
        match loop.iterable:
            case ir.Call(func=ir.Name(id="range"), args=args) if args:
                value = self.folder.eval(
                    args[-1 if len(args) < 3 else 1].value, self.folder.frame(hit.module, hit.use.scope)
                )
                return int(value.number) if isinstance(value, Num) else None
            case ir.Seq(items=items):
                return len(items)
        return None

    # -- wrappers ---------------------------------------------------------------------------------------------------

    def passes_on(self, hit: Hit) -> dict[int, set[str]]:
        """The parameters, by function, that a call only passes on: then the function is a wrapper, its callers the sites."""
        texts = [s for s in self._surfaces(hit, hit.span) if s.role != "schema"]
        if sum(len(s.text.literal.strip()) for s in texts) >= _OWN_CHARS:
            return {}
        reached = self.flow.params(hit.module, hit.use.scope, self._text_exprs(hit))
        if reached:
            return reached
        own = self._own_scopes(hit)
        model = self.values(hit, "model")
        if any(self.names(v) for v in model):
            return {}
        given = [p for v in model for p in params_of(v) if p[1] in own and p[0] == hit.module.path]
        return {scope: {name} for _, scope, name in given}

    def says_more(self, hit: Hit) -> bool:
        """Whether a call of a wrapper brings text of its own, or the name of a model, that what it calls has not."""
        self.folder.restart()
        texts = self._surfaces(hit, hit.span)
        if sum(len(s.text.literal.strip()) for s in texts if s.role != "schema") >= _OWN_CHARS:
            return True
        inner = hit.inner
        named = any(self.names(v) for v in self.values(hit, "model"))
        return named and inner is not None and not any(self.names(v) for v in self.values(inner, "model"))

    def _text_exprs(self, hit: Hit) -> list[ir.Expr]:
        """The arguments of the call that carry text: of a request by its roles, of a wrapper by what it passes on."""
        call = hit.use.call
        if hit.posted:
            sent = posted(self.folder, call, self.folder.frame(hit.module, hit.use.scope))
            return [sent[1]] if sent is not None else []
        if hit.fn is not None:
            scope = hit.fn.module.scopes[hit.fn.scope]
            method = scope.parent >= 0 and hit.fn.module.scopes[scope.parent].kind == "class"
            skip = 1 if method and hit.fn.module.language == "python" and scope.params[:1] else 0
            frame = self.folder.frame(hit.module, hit.use.scope)
            bound = self.folder.bind_args(scope.params, call.args, frame, skip)
            given = [v.expr for k, v in bound.items() if k in hit.carries and isinstance(v, Thunk)]
            spread = [a.value for a in call.args if a.spread]
            return given + spread
        roles = hit.sources[0].roles if hit.sources else None
        places = (*roles.messages, *roles.prompt, *roles.system) if roles is not None else ()
        heads = {p.partition(".")[0] for p in places}
        out: list[ir.Expr] = []
        positional = [a for a in call.args if a.name is None and not a.spread]
        for i, arg in enumerate(positional):
            if str(i) in heads:
                out.append(arg.value)
            elif isinstance(arg.value, ir.Dict):
                out += [v for k, v in arg.value.items if k is None or (isinstance(k, ir.Lit) and k.value in heads)]
            elif hit.module.language == "typescript":
                out.append(arg.value)
        return out + [a.value for a in call.args if a.spread or a.name in heads]

    def _own_scopes(self, hit: Hit) -> set[int]:
        out = set()
        at = hit.use.scope
        while at > 0:
            if hit.module.scopes[at].kind == "function":
                out.add(at)
            at = hit.module.scopes[at].parent
        return out


def _operation(hit: Hit, model: Setting) -> Operation:
    """What a request is for: one that takes any kind of model is what its model does."""
    embeds = hit.operation == "chat" and bool(model.values) and all(_EMBEDS.search(name) for name in model.values)
    return "embed" if embeds else hit.operation


def _is_forced(choice: Value) -> bool:
    """`"required"`, `{"type": "tool", ...}`, `{"any": {}}`, `FunctionCallingConfigMode.ANY`."""
    match choice:
        case Str():
            return (choice.literal or "").lower() in _FORCED
        case Map():
            kind = choice.get("type")
            return _is_forced(kind) if kind is not None else any(key in _FORCED for key, _ in choice.items)
        case Ext(name=name):
            return name.rpartition(".")[2].lower() in _FORCED
    return False


def _has_cache_mark(value: Value, depth: int) -> bool:
    if depth > 6:
        return False
    match value:
        case Lst(items=items):
            return any(_has_cache_mark(i, depth + 1) for i in items)
        case Map(items=entries):
            return any(
                k in ("cache_control", "cacheControl", "cachePoint") or _has_cache_mark(v, depth + 1)
                for k, v in entries
            )
        case Obj(call=call, frame=frame):
            del frame
            return any(a.name in ("cache_control", "cache_point") for a in call.args)
    return any(_has_cache_mark(o, depth + 1) for o in options_of(value) if o is not value)


def _triggers(value: Value, depth: int) -> Iterator[Num]:
    """The numbers of input tokens from which on something is cut: `{"edits": [{"trigger": {"type": "input_tokens", "value": n}}]}`."""
    for option in options_of(value) if depth < 5 else ():
        match option:
            case Lst(items=items):
                for item in items:
                    yield from _triggers(item, depth + 1)
            case Map(items=entries):
                kind = option.get("type")
                tokens = kind is None or (isinstance(kind, Str) and kind.literal != "tool_uses")
                for name, item in entries:
                    if isinstance(item, Num) and tokens and name in ("value", "compact_threshold", "trigger"):
                        yield item
                    elif name in ("edits", "trigger"):
                        yield from _triggers(item, depth + 1)


def _keeps_thinking(value: Value) -> bool:
    """`{"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}` clears nothing: it keeps what would be dropped.

    https://docs.claude.com/en/docs/build-with-claude/context-editing
    """
    edits = value.get("edits") if isinstance(value, Map) else None
    each = edits.items if isinstance(edits, Lst) else ()
    keeps = [e.get("keep") if isinstance(e, Map) else None for e in each]
    return bool(keeps) and all(isinstance(k, Str) and k.literal == "all" for k in keeps)


def _looks_like_model(name: str) -> bool:
    return 2 < len(name) < 120 and not re.search(r"\s", name)


def _reason(value: Value) -> str:
    match value:
        case Unk(reason=reason, name=name):
            return f"{name}: {reason}"
        case Ext(name=name, recv=recv):
            inner = _reason(recv) if isinstance(recv, Unk) else ""
            return inner or f"{name.rpartition('.')[2]} is known at run time"
        case Obj(name=name):
            return f"made by {name.rpartition('.')[2]}()"
        case Str(pieces=pieces):
            hole = next((p for p in pieces if isinstance(p, Hole)), None)
            return f"{hole.name}: {hole.reason}" if hole else "empty"
    return "known at run time"


def _piece_spans(value: Str) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(p.span for p in value.pieces if isinstance(p, Piece)))


def _value_span(value: Value, default: Span) -> Span:
    found = getattr(value, "span", None)
    if isinstance(found, Span):
        return found
    if isinstance(value, Str) and value.pieces:
        return value.pieces[0].span
    if isinstance(value, Cls):
        scope = value.module.scopes[value.scope]
        return Span(value.module.path, scope.first_line, scope.last_line)
    return default


def _places(surface: Surface) -> list[tuple[str, int, int]]:
    """Where the literal text of a surface is written, one entry a place."""
    return list(
        dict.fromkeys(
            (p.span.path, p.span.first_line, p.span.last_line) for p in surface.text.pieces if isinstance(p, Piece)
        )
    )


def _json(body: object) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
