"""Which calls of a program are calls of a library: the one engine that reads every `Sdk` row, for both languages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from prompts_scanner import ir
from prompts_scanner.callers import callee_name
from prompts_scanner.fold import Folder
from prompts_scanner.given import GivenValues
from prompts_scanner.http_calls import provider_of_url, sent
from prompts_scanner.model import Operation, Span
from prompts_scanner.sdks.http import HTTP, SENDERS
from prompts_scanner.shape import Binding, CallShape, Places, Roles, Runner, Sdk
from prompts_scanner.values import (
    Cls,
    Ext,
    Fn,
    Frame,
    Inst,
    Lst,
    Map,
    Obj,
    Pipe,
    Str,
    Unk,
    Value,
    is_runtime,
    options_of,
)

# Segments that change how a request is sent and not what it is.
_PASS = re.compile(
    r"\.(beta|with_options|withOptions|with_raw_response|with_streaming_response|asResponse|copy|v1|aio|default|__call__)(?=\.|$)"
)
MODIFIERS = frozenset(
    "bind_tools bindTools bind with_structured_output withStructuredOutput with_config withConfig with_retry withRetry "
    "with_fallbacks withFallbacks configurable_fields configurable_alternatives with_listeners with_types pipe assign "
    "pick clone compile as_agent model_copy with_alternatives".split()
)
# What a call on a bound object may say for itself.
_INVOKE_ROLES = Roles(
    messages=("input", "0", "messages", "prompt", "user_prompt", "task", "message", "contents", "new_message"),
    model=("model",),
    tools=("tools",),
    output_cap=(
        "max_tokens",
        "max_output_tokens",
        "generation_config.max_output_tokens",
        "generationConfig.maxOutputTokens",
        "model_settings.max_tokens",
        "maxOutputTokens",
    ),
    schema=("output_type", "response_model", "response_schema", "1.output", "1.structuredOutput.schema"),
    max_turns=("max_turns", "maxSteps", "max_steps", "config.recursion_limit", "1.recursion_limit", "1.recursionLimit"),
)
_MODIFIER_ROLES = {
    "bind_tools": Roles(tools=("tools", "0")),
    "bindTools": Roles(tools=("tools", "0")),
    "bind": Roles(
        tools=("tools", "functions"),
        output_cap=("max_tokens", "maxTokens"),
        model=("model",),
        schema=("response_format",),
    ),
    "with_structured_output": Roles(schema=("schema", "0")),
    "withStructuredOutput": Roles(schema=("schema", "0")),
    "with_config": Roles(
        model=("configurable.model", "0.configurable.model", "config.configurable.model", "0.model", "configurable"),
        output_cap=("configurable.max_tokens", "0.configurable.max_tokens", "0.max_tokens"),
    ),
    "withConfig": Roles(model=("0.configurable.model",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Arguments that fill roles: the call itself, a constructor, a modifier."""

    roles: Roles
    call: ir.Call
    frame: Frame
    name: str = ""


@dataclass(slots=True, kw_only=True)
class Hit:
    """A call that sends a request, before its parts are read. `sources` in the order in which they have a say."""

    sdk: Sdk
    operation: Operation
    module: ir.Module
    use: ir.CallUse
    sources: list[Source]
    bindings: list[Span] = field(default_factory=list)
    pipes: list[Value] = field(default_factory=list)
    provider: str | None = None
    default_model: str | None = None
    structured: bool = False
    batch: bool = False
    wrappers: list[Span] = field(default_factory=list)
    certain: bool = True
    inner: Hit | None = None
    fn: Fn | None = None
    # parameters of `fn` that carry the text, and other objects that the same call may be made on
    carries: frozenset[str] = frozenset()
    alternatives: list[Hit] = field(default_factory=list)
    # the call posts to an own route, of which `fn` is the handler
    posted: bool = False

    @property
    def span(self) -> Span:
        return Span(self.module.path, self.use.call.line, self.use.call.end_line)


class Rows:
    """The rows of all libraries by the last name of what is called, so that a call finds its own quickly."""

    def __init__(self, sdks: tuple[Sdk, ...]) -> None:
        self.packages = tuple((package, sdk) for sdk in sdks for package in sdk.packages)
        self.shapes: dict[str, list[tuple[Sdk, CallShape, bool]]] = defaultdict(list)
        self.bindings: dict[str, list[tuple[Sdk, Binding, str]]] = defaultdict(list)
        self.runners: dict[str, list[tuple[Sdk, Runner]]] = defaultdict(list)
        self.invokes: set[str] = set()
        self.callables = frozenset(
            _last(n) for sdk in sdks for b in sdk.bindings if "__call__" in b.invokes for n in b.names
        )
        for sdk in sdks:
            for shape in sdk.shapes:
                self.shapes[_last(shape.path)].append((sdk, shape, False))
            for shape in sdk.functions:
                self.shapes[_last(shape.path)].append((sdk, shape, True))
            for binding in sdk.bindings:
                self.invokes.update(binding.invokes)
                for name in binding.names:
                    self.bindings[_last(name)].append((sdk, binding, name))
            for runner in sdk.runners:
                self.runners[_last(runner.path)].append((sdk, runner))


class Matcher:
    def __init__(self, folder: Folder, rows: Rows) -> None:
        self.folder = folder
        self.given = GivenValues(folder, folder.program.calls)
        self.packages = rows.packages
        self.shapes = rows.shapes
        self.bindings = rows.bindings
        self.runners = rows.runners
        self.invokes = rows.invokes
        self.callables = rows.callables
        self._alias_memo: dict[str, frozenset[str]] = {}
        self._global_memo: dict[tuple[str, str, str], tuple[Value, ...]] = {}

    def in_package(self, name: str, package: str) -> bool:
        return name == package or name.startswith((package + ".", package + "/", package + ":"))

    def known_package(self, name: str) -> bool:
        return any(self.in_package(name, p) for p, _ in self.packages)

    # -- calls ------------------------------------------------------------------------------------------------------

    def match(self, module: ir.Module, use: ir.CallUse, within: Frame | None = None) -> Hit | None:
        """The request that a call sends, or None where it sends none that a row describes.

        `within`: the frame of the function around the call, with its arguments bound (for callers of a wrapper).
        """
        last = callee_name(use.call.func)
        made = isinstance(use.call.func, ir.Call)  # `Agent("...")(question)`: what is made is called at once
        if last is None or not (made or self._known_name(last) or last in SENDERS or last in self._aliases(module)):
            return None
        self.folder.restart()
        frame = self.folder.frame(module, use.scope) if within is None else within
        callee = self.folder.eval(use.call.func, frame)
        if last in SENDERS:
            request = sent(self.folder, use.call, callee, frame)
            if request is not None:
                source = Source(roles=request.roles, call=request.call, frame=request.frame)
                return Hit(
                    sdk=HTTP,
                    operation=request.operation,
                    module=module,
                    use=use,
                    sources=[source],
                    provider=request.provider,
                )
        hits = [
            hit
            for option in options_of(callee)
            for known in self.given.receivers(option)
            if (hit := self._option(known, last, module, use, frame)) is not None
        ]
        if not hits:
            return None
        best = next((h for h in hits if h.certain), hits[0])
        for other in hits:
            if other is not best and other.certain and other.operation == best.operation:
                best.alternatives.append(other)
                best.bindings += [b for b in other.bindings if b not in best.bindings]
        return best

    def _known_name(self, last: str) -> bool:
        return last in self.shapes or last in self.invokes or last in self.runners

    def _aliases(self, module: ir.Module) -> frozenset[str]:
        """Other names under which a module calls what we know: `import completion as ask`, `self._ask = client.create`."""
        known = self._alias_memo.get(module.path)
        if known is None:
            known = self._alias_memo[module.path] = frozenset(self._find_aliases(module))
        return known

    def _find_aliases(self, module: ir.Module) -> Iterator[str]:
        found = {
            i.local
            for i in module.imports
            if i.symbol is not None and i.local != i.symbol and (i.symbol in self.shapes or i.symbol in self.runners)
        }
        for scope in module.scopes:
            for binding in scope.bindings:
                value = binding.value
                if isinstance(value, ir.Call) and callee_name(value.func) == "partial" and value.args:
                    value = value.args[0].value
                name = value.id if isinstance(value, ir.Name) else value.name if isinstance(value, ir.Attr) else None
                if name is not None and (name in self.shapes or name in found):
                    found.add(_last(binding.target))
                elif isinstance(value, ir.Call) and callee_name(value.func) in self.callables:
                    found.add(_last(binding.target))  # an object that is called itself: `agent("...")`
        return iter(found)

    def _option(self, callee: Value, last: str, module: ir.Module, use: ir.CallUse, frame: Frame) -> Hit | None:
        if isinstance(callee, Ext):
            if not self._known_name(last):
                last = _last(callee.name)
            if last in self.shapes:
                hit = self._shape(callee, module, use, frame)
                if hit is not None and last in self.invokes and callee.recv is not None:
                    # a client that was made for one model: `instructor.from_provider("...").chat.completions.create()`
                    return self._invoke(callee.recv, last, module, use, frame) or hit
                if hit is not None:
                    return hit
            if last in self.runners:
                hit = self._runner(callee, module, use, frame)
                if hit is not None:
                    return hit
            if last in self.invokes and callee.recv is not None:
                return self._invoke(callee.recv, last, module, use, frame)
        if isinstance(callee, Obj | Inst | Pipe):
            return self._invoke(callee, "__call__", module, use, frame)
        return None

    def _shape(self, callee: Ext, module: ir.Module, use: ir.CallUse, frame: Frame) -> Hit | None:
        name = _PASS.sub("", callee.name)
        found: tuple[Sdk, CallShape] | None = None
        alike = [entry for entry in self.shapes[_last(name)] if name.endswith("." + entry[1].path)]
        longest = max((len(shape.path) for _, shape, _ in alike), default=0)
        for sdk, shape, is_function in alike:
            if len(shape.path) < longest:
                continue  # `completions.create` at the end of `chat.completions.create`
            root = name[: -len(shape.path) - 1]
            if is_function:
                if any(self.in_package(root, p) for p in sdk.packages) and not _client_in(root, sdk):
                    return self._hit(sdk, shape, callee, module, use, frame, certain=True)
                continue
            if any(self.in_package(root, p) for p in sdk.packages) and _last(root) in sdk.clients:
                return self._hit(sdk, shape, callee, module, use, frame, certain=True)
            if found is None and shape.distinct and not self._foreign(root, sdk) and self._given(shape, use, frame):
                found = (sdk, shape)
        if found is None:
            return None
        return self._hit(found[0], found[1], callee, module, use, frame, certain=False)

    def _foreign(self, root: str, sdk: Sdk) -> bool:
        """A receiver that is known to be something else, such as another vendor's client."""
        if _last(root)[:1].islower() and root.count(".") > 1:
            return False  # something that the other vendor's object holds
        return self.known_package(root) and not any(self.in_package(root, p) for p in sdk.packages)

    def _given(self, shape: CallShape, use: ir.CallUse, frame: Frame) -> bool:
        """Whether a call on an object of unknown type carries what only this request carries."""
        required = shape.requires or ("model", "messages")
        names: set[str] = set()
        for arg in use.call.args:
            if arg.name and not arg.spread:
                names.add(arg.name)
            elif arg.spread:
                names.add("**")
                spread = self.folder.eval(arg.value, frame)
                names |= {k for o in options_of(spread) if isinstance(o, Map) for k, _ in o.items}
            else:
                for option in options_of(self.folder.eval(arg.value, frame)):
                    if isinstance(option, Map):
                        names |= {k for k, _ in option.items}
                        if not option.complete:
                            names.add("**")
                    elif is_runtime(option) and frame.module.language == "typescript":
                        names.add("**")
        if "**" in names and len(names) == 1:
            return shape.path.count(".") >= 1
        return any(r in names for r in required)

    def _hit(
        self,
        sdk: Sdk,
        shape: CallShape,
        callee: Ext,
        module: ir.Module,
        use: ir.CallUse,
        frame: Frame,
        *,
        certain: bool,
    ) -> Hit:
        hit = Hit(
            sdk=sdk,
            operation=shape.operation,
            module=module,
            use=use,
            sources=[
                Source(roles=shape.roles, call=use.call, frame=frame),
                *(Source(roles=shape.roles, call=c, frame=f) for c, f in callee.partial),
            ],
            provider=sdk.provider,
            default_model=shape.default_model,
            structured=shape.structured,
            batch=shape.batch,
            certain=certain,
        )
        client = callee.recv
        while isinstance(client, Obj | Ext) and client.recv is not None:
            if isinstance(client, Obj):
                # `chats.create(model=..., config=...).send_message(...)`: the first call says what the second sends
                own = _last(client.name) in shape.path.split(".")[:-1]
                roles = shape.roles if own else _client_roles(shape.roles)
                hit.sources.append(Source(roles=roles, call=client.call, frame=client.frame))
            client = client.recv
        if isinstance(client, Obj):
            hit.bindings.append(client.span)
            hit.sources.append(
                Source(roles=_client_roles(shape.roles), call=client.call, frame=client.frame, name=client.name)
            )
            base = self.folder.argument(client, "base_url") or self.folder.argument(client, "baseURL")
            provider = provider_of_url(base.literal) if isinstance(base, Str) and base.literal else None
            if base is not None and provider is None and not isinstance(base, Str):
                provider = None
            if provider is not None:
                hit.provider = provider
        return hit

    def _runner(self, callee: Ext, module: ir.Module, use: ir.CallUse, frame: Frame) -> Hit | None:
        name = _PASS.sub("", callee.name)
        for sdk, runner in self.runners[_last(name)]:
            if not (name.endswith("." + runner.path) and any(self.in_package(name, p) for p in sdk.packages)):
                continue
            target = self.place(use.call, frame, runner.target)
            hit = Hit(
                sdk=sdk,
                operation="chat",
                module=module,
                use=use,
                sources=[Source(roles=runner.roles, call=use.call, frame=frame)],
                provider=sdk.provider,
            )
            roots = list(self.roots(target)) if target is not None else []
            for root in roots:
                hit.bindings += [root.obj_span, *root.workers]
                hit.sources += root.sources
                hit.default_model = hit.default_model or root.binding.default_model
            if not roots and isinstance(target, Obj) and self.known_package(target.name):
                return None  # several agents in a row: each is told by itself
            return hit
        return None

    def _invoke(self, recv: Value, last: str, module: ir.Module, use: ir.CallUse, frame: Frame) -> Hit | None:
        roots = [r for root in self.roots(recv) if (r := _answering(root, last)) is not None]
        if not roots:
            return None
        first = roots[0]
        hit = Hit(
            sdk=first.sdk,
            operation=first.binding.operation,
            module=module,
            use=use,
            sources=[Source(roles=_INVOKE_ROLES, call=use.call, frame=frame)],
            provider=first.sdk.provider,
            default_model=first.binding.default_model,
            batch=last in ("batch", "abatch"),
        )
        for root in roots:
            hit.sources += root.sources
            hit.bindings += [root.obj_span, *root.workers]
            hit.pipes += root.pipes
            hit.structured = hit.structured or any(s.roles.schema and s.name.endswith("output") for s in root.sources)
        return hit

    # -- bindings ---------------------------------------------------------------------------------------------------

    def binding_at(self, module: ir.Module, use: ir.CallUse) -> Hit | None:
        """A constructor that fixes a model: a site of its own where no call on it is seen."""
        last = callee_name(use.call.func)
        if last is None or last not in self.bindings:
            return None
        self.folder.restart()
        frame = self.folder.frame(module, use.scope)
        for option in options_of(self.folder.eval(use.call, frame)):
            for root in self.roots(option):
                if root.binding.bills and root.obj_span == Span(module.path, use.call.line, use.call.end_line):
                    return Hit(
                        sdk=root.sdk,
                        operation=root.binding.operation,
                        module=module,
                        use=use,
                        sources=list(root.sources),
                        bindings=[root.obj_span, *root.workers],
                        provider=root.sdk.provider,
                        default_model=root.binding.default_model,
                    )
        return None

    def roots(self, value: Value, seen: int = 0) -> Iterator[Root]:
        """The bindings that a value stands on, with what was said of them on the way."""
        if seen > 8:
            return
        for option in options_of(value):
            match option:
                case Pipe(parts=parts):
                    for part in parts:
                        for root in self.roots(part, seen + 1):
                            yield replace(root, pipes=(*root.pipes, *(p for p in parts if p is not part)))
                case Obj():
                    yield from self._object_roots(option, seen)
                case Inst():
                    yield from self._inherited(option, seen)
                case Map(items=items) if seen < 3:
                    # a step of a chain that does several things at once: `{"answer": prompt | llm, ...}`
                    for _, item in items:
                        if isinstance(item, Obj | Pipe):
                            yield from self.roots(item, seen + 3)

    def _object_roots(self, obj: Obj, seen: int) -> Iterator[Root]:
        name = _PASS.sub("", obj.name)
        last = _last(name)
        for sdk, binding, path in self.bindings.get(last, ()):
            if name.endswith("." + path) and any(self.in_package(name, p) for p in sdk.packages):
                source = Source(roles=binding.roles, call=obj.call, frame=obj.frame, name=obj.name)
                if isinstance(obj.recv, Unk) and obj.recv.param is not None and seen < 4:
                    # the type alone is known here: what callers hand in says more
                    for given in self.given.of(obj.recv.param):
                        if given is not obj:
                            yield from self.roots(given, seen + 2)
                root = Root(sdk=sdk, binding=binding, obj_span=obj.span, sources=(source,))
                yield self._worked(root, obj, seen) if binding.worker and seen < 4 else root
                return
        if obj.recv is not None and (
            last in MODIFIERS or last.startswith(("with_", "bind", "as_", "start_chat", "startChat"))
        ):
            roles = _MODIFIER_ROLES.get(last, Roles())
            source = Source(roles=roles, call=obj.call, frame=obj.frame, name=last)
            for root in self.roots(obj.recv, seen + 1):
                yield replace(root, sources=(source, *root.sources))
        elif obj.recv is None and obj.call.args:
            # an outside wrapper around a model of ours: `wrap(ChatOpenAI(...))`
            for arg in obj.call.args[:1]:
                inner = self.folder.eval(arg.value, obj.frame)
                if isinstance(inner, Obj | Pipe) and not self.known_package(obj.name):
                    yield from self.roots(inner, seen + 2)

    def _worked(self, root: Root, obj: Obj, seen: int) -> Root:
        """A task with the agent that does it: the one that is given, or the method of this class that is named."""
        given = self.place(obj.call, obj.frame, root.binding.worker)
        owner = obj.frame.self_value
        if isinstance(given, Str) and given.literal and isinstance(owner, Inst):
            maker = self.folder.inst_member(owner, given.literal)
            given = self.folder.invoke(maker, (), obj.frame, None) if isinstance(maker, Fn) else None
        for worker in self.roots(given, seen + 2) if given is not None else ():
            return replace(
                root,
                binding=replace(root.binding, default_model=worker.binding.default_model),
                sources=(*root.sources, *worker.sources),
                workers=(worker.obj_span, *worker.workers),
            )
        return root

    def _inherited(self, inst: Inst, seen: int) -> Iterator[Root]:
        for cls in self.folder.lineage(inst.cls):
            scope = cls.module.scopes[cls.scope]
            for base in scope.bases:
                value = self.folder.eval(base, self.folder.frame(cls.module, max(scope.parent, 0)))
                if isinstance(value, Ext):
                    call = ir.Call(base, (), inst.span.first_line, inst.span.last_line, inst.span.first_line)
                    obj = Obj(name=value.name, call=call, frame=self.folder.frame(cls.module, 0), span=inst.span)
                    yield from self._object_roots(obj, seen + 1)

    def global_models(self, hit: Hit) -> tuple[Value, ...]:
        """What a program sets as the default of a whole library: `Settings.llm = OpenAI(...)`, `dspy.configure(lm=...)`."""
        key = (hit.sdk.name, hit.module.language, hit.operation)
        if key not in self._global_memo:
            self._global_memo[key] = ()
            self._global_memo[key] = tuple(v for v in self._find_globals(hit) if self._serves(v, hit))
        return self._global_memo[key]

    def _serves(self, model: Value, hit: Hit) -> bool:
        """Whether a model is for what the hit does: an embedder answers no question."""
        kinds = {root.binding.operation for root in self.roots(model)}
        return not kinds or hit.operation in kinds

    def _find_globals(self, hit: Hit) -> Iterator[Value]:
        sdk, language = hit.sdk, hit.module.language
        for module in self.given.calls.setting(sdk.global_model_targets):
            if module.language != language:
                continue
            for index, scope in enumerate(module.scopes):
                for binding in scope.bindings:
                    if binding.target in sdk.global_model_targets and binding.value is not None:
                        yield self.folder.eval(binding.value, self.folder.frame(module, index))
        for name, place in sdk.global_model_calls:
            for module, use in self.given.calls.of(_last(name)):
                if module.language != language:
                    continue
                frame = self.folder.frame(module, use.scope)
                for callee in options_of(self.folder.eval(use.call.func, frame)):
                    if isinstance(callee, Ext) and callee.name == name:
                        value = self.place(use.call, frame, (place,))
                        if value is not None:
                            yield value

    # -- arguments --------------------------------------------------------------------------------------------------

    def place(self, call: ir.Call, frame: Frame, places: Places) -> Value | None:
        """The value at the first of the places that the call fills."""
        for place in places:
            head, _, rest = place.partition(".")
            value = self._argument(call, frame, head)
            for step in rest.split(".") if rest else ():
                value = self.step(value, step) if value is not None else None
            if value is not None:
                return value
        return None

    def step(self, value: Value, name: str) -> Value | None:
        for option in options_of(value):
            match option:
                case Map():
                    found = option.get(name)
                    if found is not None:
                        return found
                case Obj():
                    found = self.folder.argument(option, name)
                    if found is not None:
                        return found
                    inner = self.place(option.call, option.frame, ("0",)) if option.call.args else None
                    if isinstance(inner, Map) and inner.get(name) is not None:
                        return inner.get(name)
                case Inst():
                    found = self.folder.inst_member(option, name)
                    if found is not None:
                        return found
                case Lst(items=items) if name.isdigit() and int(name) < len(items):
                    return items[int(name)]
        return None

    def _argument(self, call: ir.Call, frame: Frame, name: str) -> Value | None:
        if name.isdigit():
            positional = [a for a in call.args if a.name is None and not a.spread]
            index = int(name)
            return self.folder.eval(positional[index].value, frame) if index < len(positional) else None
        spread: Value | None = None
        for arg in call.args:
            if arg.name == name:
                return self.folder.eval(arg.value, frame)
            if arg.spread or (
                arg.name is None and (isinstance(arg.value, ir.Dict) or frame.module.language == "typescript")
            ):
                value = self.folder.eval(arg.value, frame)
                for option in options_of(value):
                    if isinstance(option, Map):
                        found = option.get(name)
                        if found is not None:
                            return found
                    elif isinstance(option, Inst):
                        member = self.folder.inst_member(option, name)
                        if member is not None:
                            return member
                    elif isinstance(option, Obj) and self.folder.argument(option, name) is not None:
                        return self.folder.argument(option, name)
                    elif is_runtime(option) and arg.spread:
                        spread = option
        if spread is not None and isinstance(spread, Unk):
            return replace(spread, name=name, reason=f"passed on in **{spread.name}")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    sdk: Sdk
    binding: Binding
    obj_span: Span
    sources: tuple[Source, ...]
    pipes: tuple[Value, ...] = ()
    workers: tuple[Span, ...] = ()


def _answering(root: Root, method: str) -> Root | None:
    """The root as the object that has a method: one object may chat and embed."""
    if method in root.binding.invokes:
        return root
    names = {*root.binding.names}
    other = next((b for b in root.sdk.bindings if method in b.invokes and not names.isdisjoint(b.names)), None)
    return replace(root, binding=other) if other is not None else None


# What an Azure client is made for, where its calls name nothing:
# https://github.com/openai/openai-node/blob/master/azure.md, https://github.com/openai/openai-python/blob/main/src/openai/lib/azure.py
_DEPLOYMENTS = ("azure_deployment", "azureDeployment", "deployment")


def _client_roles(roles: Roles) -> Roles:
    return Roles(model=(*roles.model, *_DEPLOYMENTS) if roles.model else ())


def _client_in(root: str, sdk: Sdk) -> bool:
    return _last(root) in sdk.clients and _last(root) != "default"


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def items_of(value: Value) -> tuple[Value, ...]:
    return value.items if isinstance(value, Lst) else (value,)


def class_of(value: Value) -> Cls | None:
    return value if isinstance(value, Cls) else value.cls if isinstance(value, Inst) else None
