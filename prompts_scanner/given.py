"""What callers hand to a parameter: the client, model or agent behind a receiver that its own function does not name.

`def ask(llm): llm.invoke(...)` and `class Bot: def __init__(self, client)` get theirs where they are called or made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from prompts_scanner import ir
from prompts_scanner.callers import Use, callee_name
from prompts_scanner.context import classify
from prompts_scanner.fold import Folder
from prompts_scanner.model import Span
from prompts_scanner.values import (
    Cls,
    Const,
    Ext,
    Fn,
    Inst,
    Obj,
    Pipe,
    Str,
    Unk,
    Value,
    carried,
    many,
    options_of,
)
from prompts_scanner.view import Calls

MAX_CALLERS = 24
MAX_HOPS = 4
Param = tuple[str, int, str]


class GivenValues:
    def __init__(self, folder: Folder, calls: Calls) -> None:
        self.folder = folder
        self.calls = calls
        self._memo: dict[Param, tuple[Value, ...]] = {}
        folder.made_with = self.field
        folder.handed = self.of
        folder.passed = self.values

    def receivers(self, callee: Value) -> tuple[Value, ...]:
        """`callee` with its receiver replaced by what callers give, where the code around it does not say what it is."""
        recv = callee.recv if isinstance(callee, Ext) else None
        at, chain = recv, 0
        while isinstance(at, Ext | Obj) and at.recv is not None and chain < 4:
            at, chain = at.recv, chain + 1
        if not isinstance(callee, Ext) or not isinstance(at, Unk) or at.param is None:
            return (callee,)
        typed = isinstance(recv, Obj) and recv.recv is at
        if not callee.name.startswith("?.") and not typed:
            return (callee,)
        path = callee.name[2:] if callee.name.startswith("?.") else callee.name[len(getattr(recv, "name", "")) + 1 :]
        found = [v for given in self.of(at.param) if (v := self._member(given, path)) is not None]
        return (*found, callee) if found else (callee,)

    def _member(self, value: Value, path: str) -> Value | None:
        match value:
            case Obj(name=name):
                return Ext(name=f"{name}.{path}", recv=value)
            case Pipe():
                return Ext(name=f"|.{path}", recv=value)
            case Ext(name=name):
                return replace(value, name=f"{name}.{path}")
            case Inst():
                first, _, rest = path.partition(".")
                member = self.folder.inst_member(value, first)
                for step in rest.split(".") if rest else ():
                    found = [self._member(o, step) for o in options_of(member)] if member is not None else []
                    member = many(f for f in found if f is not None)
                return member
        return None

    def of(self, param: Param) -> tuple[Value, ...]:
        """The outside objects and instances that callers pass for a parameter."""
        return tuple(v for v in self.values(param) if isinstance(v, Obj | Pipe | Inst | Ext))

    def expanded(self, value: Value) -> tuple[Value, ...]:
        """A value that hangs on a parameter as what callers make of it."""
        if isinstance(value, Unk) and value.param is not None:
            return self.values(value.param)
        if isinstance(value, Obj) and isinstance(value.recv, Unk) and value.recv.param is not None:
            return self.values(value.recv.param)  # of an outside type
        if isinstance(value, Ext):
            return tuple(v for v in self.receivers(value) if v is not value)
        return ()

    def values(self, param: Param, hops: int = 0) -> tuple[Value, ...]:
        """What callers pass for a parameter, as far as the code tells."""
        if param in self._memo:
            return self._memo[param]
        self._memo[param] = ()
        if hops >= MAX_HOPS:
            return ()
        found, whole = self.folder.watched(lambda: tuple(self._unique(self._from_callers(param, hops))))
        if whole:
            self._memo[param] = found
        else:  # cut short on this way there: another one may tell more
            del self._memo[param]
        return found

    def field(self, cls: Cls, name: str) -> Value | None:
        """What the calls that make an object of a class give for one of its fields."""
        key = (cls.module.path, cls.scope, f".{name}")
        if key not in self._memo:
            self._memo[key] = ()
            self._memo[key] = tuple(self._unique(self._from_makers(cls, name)))
        return many(carried(v, "constant") for v in self._memo[key])

    def _from_makers(self, cls: Cls, name: str) -> Iterator[Value]:
        for caller, use in self._uses(cls.module.scopes[cls.scope].name, cls.module):
            frame = self.folder.frame(caller, use.scope)
            for made in options_of(self.folder.eval(use.call.func, frame)):
                if isinstance(made, Cls) and made.module.path == cls.module.path and made.scope == cls.scope:
                    given = self.folder.constructed(made, use.call, frame).args.get(name)
                    if given is not None:
                        yield from self._solid(self.folder.force(given), 0)

    def _unique(self, values: Iterator[Value]) -> Iterator[Value]:
        seen: set[object] = set()
        for value in values:
            key = value.literal if isinstance(value, Str) else getattr(value, "span", None) or getattr(value, "name", 0)
            if key not in seen:
                seen.add(key)
                yield value

    def _from_callers(self, param: Param, hops: int) -> Iterator[Value]:
        path, index, name = param
        module = self.folder.program.module(path)
        if module is None:
            return
        scope = module.scopes[index]
        maker = scope.name in ("__init__", "constructor", "__new__")
        wanted = module.scopes[scope.parent].name if maker else scope.name
        uses = self._uses(wanted, module)
        if maker:
            uses += [(module, u) for u in module.calls if callee_name(u.call.func) == "cls"]
        for caller, use in uses[:MAX_CALLERS]:
            frame = self.folder.frame(caller, use.scope)
            callee = self.folder.eval(use.call.func, frame)
            if not any(self._is(o, module, index, maker) for o in options_of(callee)):
                continue
            method = maker or (
                module.language == "python" and scope.parent >= 0 and module.scopes[scope.parent].kind == "class"
            )
            skip = 1 if method and module.language == "python" else 0
            bound = self.folder.bind_args(scope.params, use.call.args, frame, skip)
            if name in bound:
                yield from self._solid(self.folder.force(bound[name]), hops)
            elif not any(a.spread for a in use.call.args):
                yield from self._left_out(scope, name, module)

    def _left_out(self, scope: ir.Scope, name: str, module: ir.Module) -> Iterator[Value]:
        """What a parameter is for a caller that does not name it."""
        outer = self.folder.frame(module, scope.parent)
        for param in scope.params:
            if param.name == name and param.default is not None:
                value = self.folder.eval(param.default, outer)
                yield from self._solid(carried(value, "default", Span(module.path, param.line, param.line)), MAX_HOPS)

    def _uses(self, name: str, module: ir.Module) -> list[Use]:
        """Calls by that name. What a test hands to the product's code is not what the product sends."""
        return self.calls.first(name, MAX_CALLERS, tests=classify(module.path) == "test")

    def _is(self, callee: Value, module: ir.Module, index: int, maker: bool) -> bool:
        if maker and isinstance(callee, Cls):
            home = module.scopes[index].parent
            return any(c.module.path == module.path and c.scope == home for c in self.folder.lineage(callee))
        return isinstance(callee, Fn) and callee.module.path == module.path and callee.scope == index

    def _solid(self, value: Value, hops: int) -> Iterator[Value]:
        for option in options_of(value):
            if isinstance(option, Obj) and isinstance(option.recv, Unk) and option.recv.param is not None:
                inner = [v for v in self.values(option.recv.param, hops + 1) if isinstance(v, Obj | Pipe | Inst)]
                yield from inner or (option,)
            elif isinstance(option, Unk):
                yield from self.values(option.param, hops + 1) if option.param is not None else ()
            elif isinstance(option, Ext) and option.name.startswith("?"):
                yield from (v for v in self.receivers(option) if v is not option)
            elif not isinstance(option, Const):
                yield option
