"""Which modules call a function of a name: an index over the names that a module calls, without the modules themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from prompts_scanner import ir

Use = tuple[ir.Module, ir.CallUse]


@dataclass(frozen=True, slots=True)
class Names:
    """The last names of what a module calls (where it decorates with an object of another module, `@agent.tool`, that name
    and the decorator's), and the dotted names that it assigns to (`Settings.llm`)."""

    called: tuple[str, ...] = ()
    assigned: tuple[str, ...] = ()


class CallIndex:
    """`paths`: the modules that may hold a call, in the order in which callers are looked at; `names_of` is asked late."""

    def __init__(self, paths: Iterable[str], names_of: Callable[[str], Names]) -> None:
        self._paths = dict.fromkeys(paths)
        self._names_of = names_of
        self._calling: dict[str, list[str]] | None = None
        self._setting: dict[str, list[str]] = defaultdict(list)

    def __contains__(self, path: str) -> bool:
        return path in self._paths

    def calling(self, name: str) -> Sequence[str]:
        """The modules with a call whose callee ends in `name`."""
        return self._index().get(name, ())

    def setting(self, target: str) -> Sequence[str]:
        """The modules that assign to a dotted name."""
        self._index()
        return self._setting.get(target, ())

    def _index(self) -> Mapping[str, Sequence[str]]:
        if self._calling is None:
            self._calling = defaultdict(list)
            for path in self._paths:
                names = self._names_of(path)
                for name in names.called:
                    self._calling[name].append(path)
                for target in names.assigned:
                    self._setting[target].append(path)
        return self._calling


def names_in(module: ir.Module) -> Names:
    called = {name for use in module.calls if (name := callee_name(use.call.func)) is not None}
    called |= {f"@{d.owner}.{d.name}" for d in decorated(module) if d.imported}
    targets = {b.target for s in module.scopes for b in s.bindings if "." in b.target and "[" not in b.target}
    return Names(tuple(sorted(called)), tuple(sorted(t for t in targets if not t.startswith("self."))))


@dataclass(frozen=True, slots=True)
class Decorated:
    """The function of a scope under a decorator that belongs to an object, `@desk.agent.tool`: name "tool", owner "agent"
    (of a name imported `as` another: what its module calls it); `imported`: whether the object is of another module."""

    scope: int
    name: str
    owner: str
    imported: bool
    expr: ir.Expr


def decorated(module: ir.Module) -> Iterator[Decorated]:
    symbols = {i.local: i.symbol or i.local for i in module.imports}
    for index, scope in enumerate(module.scopes):
        for decorator in scope.decorators:
            func = decorator.func if isinstance(decorator, ir.Call) else decorator
            if not isinstance(func, ir.Attr):
                continue
            root = func.base
            while isinstance(root, ir.Attr):
                root = root.base
            if isinstance(root, ir.Name):
                owner = func.base.name if isinstance(func.base, ir.Attr) else symbols.get(root.id, root.id)
                yield Decorated(index, func.name, owner, root.id in symbols, func.base)


def callee_name(func: ir.Expr) -> str | None:
    """The last name of what is called: `create` of `client.messages.create(...)`."""
    match func:
        case ir.Name(id=name) | ir.Attr(name=name):
            return name
        case ir.Index(base=base):
            return callee_name(base)
        case ir.Call(func=inner):
            return callee_name(inner)
    return None
