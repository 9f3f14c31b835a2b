"""Wrappers: a function that only passes on what it is given is not a site, its callers are.

12 of 45 real applications send everything through one function of their own; what a request costs is said where that
function is called.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from prompts_scanner import ir
from prompts_scanner.callers import Use
from prompts_scanner.fold import Folder
from prompts_scanner.http_calls import posted
from prompts_scanner.match import Hit
from prompts_scanner.model import Context, Span
from prompts_scanner.routes import Route, request_with, route_of
from prompts_scanner.sdks.http import SENDERS
from prompts_scanner.sites import SiteReader
from prompts_scanner.toolschema import decorator_names
from prompts_scanner.values import Cls, Ext, Fn, Frame, Inst, Unk, Value, options_of

MAX_LEVELS = 6
# Callers that are no use of the product: a wrapper is not a test's because a test calls it.
_ASIDE = ("test", "docs", "vendored")
# A method called by such a name on an object of unknown type could be anybody's.
COMMON = frozenset(
    "create run call get invoke execute send process handle main init setup start stop update add apply forward predict "
    "generate chat complete ask query embed stream fetch post request load build parse render test __init__ __call__".split()
)
Key = tuple[str, int]
# Asks for the modules that mention some names, and goes on when it is told: so are those of many questions found at once.
Asking = Generator[tuple[str, ...], Mapping[str, Iterable[ir.Module]], list[Hit]]


@dataclass(slots=True, kw_only=True)
class Reach:
    """The calls of one name: by the function that is called, by the class of a method, and those of unknown objects."""

    seen: int
    direct: dict[Key, list[Use]] = field(default_factory=lambda: defaultdict(list))
    of_class: dict[Key, list[Use]] = field(default_factory=lambda: defaultdict(list))
    unknown: list[Use] = field(default_factory=list)


class Wrappers:
    """Follows hits outwards."""

    def __init__(self, folder: Folder, reader: SiteReader, context_of: Callable[[str], Context]) -> None:
        self.folder = folder
        self.matcher = reader.matcher
        self.reader = reader
        self.calls = folder.program.calls
        self.context_of = context_of
        self._reach: dict[str, Reach] = {}
        self._posts: dict[tuple[str, int], tuple[str, ...]] = {}

    def resolve(self, hits: list[Hit]) -> Asking:
        """The hits that are sites: those in wrappers are replaced by the calls of the wrapper, where there are any."""
        sites: list[Hit] = []
        todo = hits
        for _ in range(MAX_LEVELS):
            by_wrapper: dict[Key, list[Hit]] = defaultdict(list)
            carries: dict[Key, set[str]] = defaultdict(set)
            for hit in todo:
                found = self._wrapper(hit)
                if found is None:
                    sites.append(hit)
                else:
                    key = (hit.module.path, found[0])
                    by_wrapper[key].append(hit)
                    carries[key] |= found[1]
            todo = []
            names = {key: self._names_of(inner[0].module, key[1]) for key, inner in by_wrapper.items()}
            wanted = tuple(sorted({n for some in names.values() for n in some}))
            for modules in (yield wanted).values() if wanted else ():
                for module in modules:
                    self.calls.add(module)
            for key, inner in by_wrapper.items():
                callers = self._callers(inner, key[1], names[key], frozenset(carries[key]))
                if callers:
                    todo += callers
                else:
                    sites += inner
            if not todo:
                break
        return self._settled(sites + todo)

    def names(self, hits: Iterable[Hit]) -> set[str]:
        """The names by which hits are called where a function around them only passes on what it is given."""
        found = ((hit.module, self._wrapper(hit)) for hit in hits)
        return {name for module, at in found if at is not None for name in self._names_of(module, at[0])}

    def _settled(self, hits: list[Hit]) -> list[Hit]:
        """Callers of callers are sites where they say more than what they call: a prompt, a model. Else that stands."""
        out: dict[int, Hit] = {}
        for hit in hits:
            while hit.inner is not None and self._passed_far(hit) and not self.reader.says_more(hit):
                hit = hit.inner
            out[id(hit)] = hit
        return list(out.values())

    def _passed_far(self, hit: Hit) -> bool:
        """Beyond the first caller; of a request that is no chat, beyond the request itself; beyond a route."""
        if hit.posted:
            return True
        return hit.operation != "chat" or (hit.inner is not None and hit.inner.inner is not None)

    def _wrapper(self, hit: Hit) -> tuple[int, set[str]] | None:
        """The innermost function whose parameters this call only passes on, and which these are."""
        passed = self.reader.passes_on(hit)
        at = hit.use.scope
        while at > 0:
            scope = hit.module.scopes[at]
            if at in passed and scope.kind == "function" and not scope.name.startswith("<"):
                return at, passed[at]
            at = scope.parent
        return None

    def _names_of(self, module: ir.Module, scope: int) -> tuple[str, ...]:
        """The names a wrapper is called by: its own, what it is assigned to, properties that give it."""
        wrapper = module.scopes[scope]
        if wrapper.name in ("__init__", "constructor", "__call__"):
            return ()
        route = route_of(module, scope)
        if route is not None:
            return (route.word,) if route.word else ()
        names = {wrapper.name}
        if module.scopes[wrapper.parent].kind == "function":
            for one in module.scopes:
                for binding in one.bindings:
                    if _last_name(binding.value) in names:
                        names.add(binding.target.rpartition(".")[2])
            for one in module.scopes:
                if "property" in decorator_names(one.decorators) and any(_last_name(r) in names for r in one.returns):
                    names.add(one.name)
        return tuple(sorted(names))

    def _callers(self, inner: list[Hit], scope: int, names: tuple[str, ...], carries: frozenset[str]) -> list[Hit]:
        module = inner[0].module
        home = self.context_of(module.path)
        route = route_of(module, scope)
        if route is not None:
            handler = Fn(module=module, scope=scope, self_value=None)
            uses = [(m, u, handler) for m, u in self._requests(route)]
        else:
            found = ((m, u, self._callee(m, u, module, scope)) for m, u in self._uses(module, scope, names))
            uses = [(m, u, fn) for m, u, fn in found if fn is not None]
        out: list[Hit] = []
        for candidate, use, fn in uses:
            if self.context_of(candidate.path) in _ASIDE and home not in _ASIDE:
                continue
            if candidate is module and self._inside(module, use.scope, scope):
                continue
            hit = self._caller(candidate, use, fn, inner, posts=route is not None)
            if hit is not None:
                out.append(replace(hit, carries=carries))
        return out

    def _requests(self, route: Route) -> Iterator[Use]:
        """The calls that post to an own route."""
        for name in sorted(SENDERS):
            for candidate, use in self.calls.of(name):
                if (candidate.path, id(use)) not in self._posts:
                    self.folder.restart()
                    sent = posted(self.folder, use.call, self.folder.frame(candidate, use.scope))
                    self._posts[candidate.path, id(use)] = tuple(sent[0]) if sent is not None else ()
                if any(route.answers(url) for url in self._posts[candidate.path, id(use)]):
                    yield candidate, use

    def _uses(self, module: ir.Module, scope: int, names: tuple[str, ...]) -> list[Use]:
        """The calls that may reach a wrapper: by itself, by a base class of its class, on an object of unknown type."""
        wrapper = module.scopes[scope]
        in_class = wrapper.parent >= 0 and module.scopes[wrapper.parent].kind == "class"
        found: dict[int, Use] = {}
        for name in names:
            reach = self._reached(name)
            some = list(reach.direct.get((module.path, scope), ()))
            if in_class:
                for one in self.folder.lineage(Cls(module=module, scope=wrapper.parent)):
                    some += reach.of_class.get((one.module.path, one.scope), ())
                some += reach.unknown if wrapper.name not in COMMON else ()
            found |= {id(u[1]): u for u in some}
        return sorted(found.values(), key=lambda u: (u[0].path, u[1].call.line, u[1].call.end_line))

    def _reached(self, name: str) -> Reach:
        """What the calls of a name are calls of; worked out once, for many wrappers may share a name."""
        uses = self.calls.of(name)
        known = self._reach.get(name)
        if known is None or known.seen != len(uses):
            known = self._reach[name] = Reach(seen=len(uses))
            for candidate, use in uses:
                self.folder.restart()
                value = self.folder.eval(use.call.func, self.folder.frame(candidate, use.scope))
                for option in options_of(value):
                    if isinstance(option, Fn):
                        known.direct[option.module.path, option.scope].append((candidate, use))
                        parent = option.module.scopes[option.scope].parent
                        if parent >= 0 and option.module.scopes[parent].kind == "class":
                            known.of_class[option.module.path, parent].append((candidate, use))
                    elif isinstance(option, Ext) and option.name == f"?.{name}":
                        known.unknown.append((candidate, use))
        return known

    def _inside(self, module: ir.Module, at: int, scope: int) -> bool:
        while at >= 0:
            if at == scope:
                return True
            at = module.scopes[at].parent
        return False

    def _callee(self, candidate: ir.Module, use: ir.CallUse, module: ir.Module, scope: int) -> Fn | None:
        """The wrapper as this call reaches it, or None where the call is of something else."""
        self.folder.restart()
        frame = self.folder.frame(candidate, use.scope)
        value = self.folder.eval(use.call.func, frame)
        wrapper = module.scopes[scope]
        unknown_receiver = False
        for option in options_of(value):
            if isinstance(option, Fn):
                if option.module.path == module.path and option.scope == scope:
                    return option
                if self._overrides(option, module, scope):
                    receiver = option.self_value
                    return Fn(module=module, scope=scope, self_value=self._as(receiver, module, scope))
            elif isinstance(option, Ext) and option.name == f"?.{wrapper.name}":
                unknown_receiver = True
        parent = module.scopes[wrapper.parent]
        if unknown_receiver and parent.kind == "class" and wrapper.name not in COMMON and self._fits(wrapper, use):
            return Fn(module=module, scope=scope, self_value=self.folder.frame(module, scope).self_value)
        return None

    def _overrides(self, option: Fn, module: ir.Module, scope: int) -> bool:
        """The call is of a method of a base class that the wrapper implements."""
        wrapper, other = module.scopes[scope], option.module.scopes[option.scope]
        if wrapper.name != other.name or other.parent < 0 or wrapper.parent < 0:
            return False
        if module.scopes[wrapper.parent].kind != "class" or option.module.scopes[other.parent].kind != "class":
            return False
        own = Cls(module=module, scope=wrapper.parent)
        return any(c.module.path == option.module.path and c.scope == other.parent for c in self.folder.lineage(own))

    def _as(self, receiver: Value | None, module: ir.Module, scope: int) -> Value | None:
        unbound = self.folder.frame(module, scope).self_value
        if isinstance(receiver, Inst) and isinstance(unbound, Inst):
            return Inst(cls=unbound.cls, frame=receiver.frame, span=receiver.span)
        return unbound

    def _fits(self, wrapper: ir.Scope, use: ir.CallUse) -> bool:
        """Keyword arguments that the wrapper has, or as many positional ones as it takes."""
        names = {p.name for p in wrapper.params}
        keywords = [a.name for a in use.call.args if a.name and not a.spread]
        positional = [a for a in use.call.args if a.name is None]
        if any(k not in names for k in keywords) and not any(p.kind == "kwargs" for p in wrapper.params):
            return False
        return bool(keywords or positional) and len(positional) <= len(wrapper.params)

    def _entered(self, fn: Fn, use: ir.CallUse, frame: Frame, *, posts: bool) -> Frame:
        """The frame of the wrapper as a call enters it; what is posted enters the handler as its request."""
        route = route_of(fn.module, fn.scope) if posts else None
        sent = posted(self.folder, use.call, frame) if route is not None else None
        if route is None or sent is None:
            return self.folder.entered(fn, use.call.args, frame)
        _, body, where = sent
        inner = self.folder.entered(fn, (), frame)
        inner.args[route.param] = request_with(self.folder.eval(body, where))
        return inner

    def _caller(
        self, module: ir.Module, use: ir.CallUse, fn: Fn, inner: list[Hit], *, posts: bool = False
    ) -> Hit | None:
        frame = self._entered(fn, use, self.folder.frame(module, use.scope), posts=posts)
        scored: list[tuple[int, Hit]] = []
        for hit in inner:
            bound = self.rebind(hit, frame)
            if bound is not None:
                named = any(self.reader.names(v) for v in self.reader.values(bound, "model"))
                scored.append((2 * named + bool(self.reader.values(bound, "messages")), bound))
        if not scored:
            return None
        best = max(scored, key=lambda s: s[0])[1]
        others = [h for _, h in scored if h is not best and h.operation == best.operation]
        best = replace(best, alternatives=[*best.alternatives, *others])
        wrapper = fn.module.scopes[fn.scope]
        wrappers = [h.span for h in inner] + [Span(fn.module.path, wrapper.first_line, wrapper.first_line)]
        wrappers += [w for h in inner for w in h.wrappers]
        made = replace_hit(
            best, module, use, inner_hit=next(h for h in inner if _same(h, best)), fn=fn, wrappers=wrappers
        )
        return replace(made, posted=posts)

    def rebind(self, hit: Hit, frame: Frame) -> Hit | None:
        """The same call read again with the parameters of the function around it bound."""
        if hit.inner is None or hit.fn is None:
            return self.matcher.match(hit.module, hit.use, self._nested(frame, hit.use.scope))
        own = self._nested(frame, hit.use.scope)
        for option in options_of(self.folder.eval(hit.use.call.func, own)):
            fn = option if isinstance(option, Fn) and option.scope == hit.fn.scope else None
            if fn is None and isinstance(option, Ext | Unk | Fn):
                fn = hit.fn
            if fn is not None:
                bound = self.rebind(hit.inner, self._entered(fn, hit.use, own, posts=hit.posted))
                if bound is not None:
                    made = replace_hit(
                        bound, hit.module, hit.use, inner_hit=hit.inner, fn=hit.fn, wrappers=hit.wrappers
                    )
                    return replace(made, posted=hit.posted)
        return None

    def _nested(self, frame: Frame, scope: int) -> Frame:
        """A frame for a scope inside the function that `frame` is of."""
        chain = []
        at = scope
        while at != frame.scope and at > 0:
            chain.append(at)
            at = frame.module.scopes[at].parent
        for index in reversed(chain):
            frame = Frame(
                module=frame.module, scope=index, self_value=frame.self_value, parent=frame, depth=frame.depth
            )
        return frame


def _last_name(expr: ir.Expr | None) -> str:
    return expr.id if isinstance(expr, ir.Name) else expr.name if isinstance(expr, ir.Attr) else ""


def _same(a: Hit, b: Hit) -> bool:
    return a.module.path == b.module.path and a.use is b.use


def replace_hit(bound: Hit, module: ir.Module, use: ir.CallUse, *, inner_hit: Hit, fn: Fn, wrappers: list[Span]) -> Hit:
    """What the wrapper's request is when called from `use`."""
    return replace(
        bound,
        module=module,
        use=use,
        inner=inner_hit,
        fn=fn,
        wrappers=list(dict.fromkeys([*wrappers, *bound.wrappers])),
    )
