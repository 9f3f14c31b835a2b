"""Wrappers: a function that only passes on what it is given is not a site, its callers are.

12 of 45 real applications send everything through one function of their own; what a request costs is said where that
function is called.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from prompts_scanner import ir
from prompts_scanner.fold import Folder
from prompts_scanner.match import Hit, Matcher, callee_name
from prompts_scanner.model import Span
from prompts_scanner.sites import SiteReader
from prompts_scanner.values import Cls, Ext, Fn, Frame, Inst, Unk, Value, options_of

MAX_LEVELS = 3
# A method called by such a name on an object of unknown type could be anybody's.
_COMMON = frozenset(
    "create run call get invoke execute send process handle main init setup start stop update add apply forward predict "
    "generate chat complete ask query embed stream fetch post request load build parse render test __init__ __call__".split()
)
Key = tuple[str, int]
CallersIn = Callable[[tuple[str, ...]], Mapping[str, Iterable[ir.Module]]]


class Wrappers:
    """Follows hits outwards: `callers_in` gives, for each name, the modules that mention it."""

    def __init__(self, folder: Folder, matcher: Matcher, reader: SiteReader, callers_in: CallersIn) -> None:
        self.folder = folder
        self.matcher = matcher
        self.reader = reader
        self.callers_in = callers_in

    def resolve(self, hits: list[Hit]) -> list[Hit]:
        """The hits that are sites: those in wrappers are replaced by the calls of the wrapper, where there are any."""
        sites: list[Hit] = []
        todo = hits
        for _ in range(MAX_LEVELS):
            by_wrapper: dict[Key, list[Hit]] = defaultdict(list)
            for hit in todo:
                scope = self._wrapper_scope(hit)
                if scope is None:
                    sites.append(hit)
                else:
                    by_wrapper[hit.module.path, scope].append(hit)
            todo = []
            names = {inner[0].module.scopes[scope].name for (_, scope), inner in by_wrapper.items()}
            mentions = self.callers_in(tuple(sorted(names)))
            for (_, scope), inner in by_wrapper.items():
                callers = self._callers(inner, scope, mentions)
                if callers:
                    todo += callers
                else:
                    sites += inner
            if not todo:
                break
        return sites + todo

    def _wrapper_scope(self, hit: Hit) -> int | None:
        """The function that hands its parameters to this call, if the call says nothing of its own."""
        if not self.reader.passes_on(hit):
            return None
        at = hit.use.scope
        while at > 0:
            scope = hit.module.scopes[at]
            if scope.kind == "function" and not scope.name.startswith("<") and scope.params:
                return at
            at = scope.parent
        return None

    def _callers(self, inner: list[Hit], scope: int, mentions: Mapping[str, Iterable[ir.Module]]) -> list[Hit]:
        module = inner[0].module
        wrapper = module.scopes[scope]
        parent = module.scopes[wrapper.parent]
        name = wrapper.name
        if name in ("__init__", "constructor"):
            return []
        if name == "__call__" and parent.kind == "class":
            return []
        out: list[Hit] = []
        for candidate in mentions.get(name, ()):
            for use in candidate.calls:
                if callee_name(use.call.func) != name:
                    continue
                if candidate is module and self._inside(module, use.scope, scope):
                    continue
                fn = self._callee(candidate, use, module, scope)
                if fn is None:
                    continue
                hit = self._caller(candidate, use, fn, inner)
                if hit is not None:
                    out.append(hit)
        return out

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
        if unknown_receiver and parent.kind == "class" and wrapper.name not in _COMMON and self._fits(wrapper, use):
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

    def _caller(self, module: ir.Module, use: ir.CallUse, fn: Fn, inner: list[Hit]) -> Hit | None:
        frame = self.folder.entered(fn, use.call.args, self.folder.frame(module, use.scope))
        best: Hit | None = None
        best_score = -1
        for hit in inner:
            bound = self.rebind(hit, frame)
            if bound is None:
                continue
            score = 2 * bool(any(self.reader.names(v) for v in self.reader.values(bound, "model"))) + bool(
                self.reader.values(bound, "messages")
            )
            if score > best_score:
                best, best_score = bound, score
        if best is None:
            return None
        wrapper = fn.module.scopes[fn.scope]
        wrappers = [h.span for h in inner] + [Span(fn.module.path, wrapper.first_line, wrapper.first_line)]
        wrappers += [w for h in inner for w in h.wrappers]
        return replace_hit(
            best, module, use, inner_hit=next(h for h in inner if _same(h, best)), fn=fn, wrappers=wrappers
        )

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
                bound = self.rebind(hit.inner, self.folder.entered(fn, hit.use.call.args, own))
                if bound is not None:
                    return replace_hit(
                        bound, hit.module, hit.use, inner_hit=hit.inner, fn=hit.fn, wrappers=hit.wrappers
                    )
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
