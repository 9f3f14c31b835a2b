"""Which parameters of a function reach an expression, by names alone: through local assignments, list building, calls.

Coarser than `fold`, which follows values: a text that a helper builds out of a parameter still hangs on that parameter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from prompts_scanner import ir

_GROWING = frozenset(("append", "extend", "insert", "push", "unshift", "add", "update", "concat"))
_SELF = frozenset(("self", "cls", "this"))
MAX_NAMES = 200


def walk(root: ir.Expr, *, into_calls: bool = True) -> Iterator[ir.Expr]:
    """An expression and everything in it; with `into_calls` False, of the calls inside only that they are there."""
    stack = [root]
    while stack:
        expr = stack.pop()
        yield expr
        match expr:
            case ir.Attr(base=base):
                stack.append(base)
            case ir.Index(base=base, key=key):
                stack += (base, key)
            case ir.Call(func=func, args=args) if into_calls or expr is root:
                stack.append(func)
                stack += [a.value for a in args]
            case ir.Dict(items=items):
                stack += [v for _, v in items]
            case ir.Seq(items=parts) | ir.Concat(parts=parts) | ir.Choice(options=parts) | ir.Opaque(children=parts):
                stack += parts
            case ir.BinOp(left=left, right=right):
                stack += (left, right)


class Flow:
    """Answers for the modules of one program; the growing calls of a module are indexed once."""

    def __init__(self) -> None:
        self._grown: dict[int, tuple[ir.Module, dict[tuple[int, str], list[ir.Expr]]]] = {}

    def params(self, module: ir.Module, scope: int, exprs: Iterable[ir.Expr]) -> dict[int, set[str]]:
        """The parameters that reach the expressions, by the scope they are of (the function and those around it)."""
        out: dict[int, set[str]] = defaultdict(set)
        todo: list[tuple[int, str]] = [(scope, n) for e in exprs for n in self._names(module, e)]
        seen: set[tuple[int, str]] = set()
        while todo and len(seen) < MAX_NAMES:
            at = todo.pop()
            if at in seen:
                continue
            seen.add(at)
            inner, name = at
            holder = self._holder(module, inner, name)
            if holder is None:
                continue
            if name not in _SELF and any(p.name == name for p in module.scopes[holder].params):
                out[holder].add(name)
            todo += [(holder, n) for e in self._sources(module, holder, name) for n in self._names(module, e)]
        return out

    def _names(self, module: ir.Module, expr: ir.Expr) -> Iterator[str]:
        for one in walk(expr):
            if isinstance(one, ir.Name):
                yield one.id
            elif isinstance(one, ir.Func):
                for answer in module.scopes[one.scope].returns:
                    yield from (n.id for n in walk(answer) if isinstance(n, ir.Name))

    def _holder(self, module: ir.Module, scope: int, name: str) -> int | None:
        """The function around `scope` that gives the name its meaning."""
        at = scope
        while at > 0:
            one = module.scopes[at]
            if one.kind == "function" and (
                any(p.name == name for p in one.params) or any(b.target == name for b in one.bindings)
            ):
                return at
            at = one.parent
        return None

    def _sources(self, module: ir.Module, scope: int, name: str) -> Iterator[ir.Expr]:
        for binding in module.scopes[scope].bindings:
            if binding.value is not None and (binding.target == name or binding.target.startswith(f"{name}[")):
                yield binding.value
        yield from self._index(module).get((scope, name), ())

    def _index(self, module: ir.Module) -> dict[tuple[int, str], list[ir.Expr]]:
        known = self._grown.get(id(module))
        if known is not None and known[0] is module:
            return known[1]
        index: dict[tuple[int, str], list[ir.Expr]] = defaultdict(list)
        for use in module.calls:
            func = use.call.func
            if isinstance(func, ir.Attr) and func.name in _GROWING and isinstance(func.base, ir.Name):
                index[use.scope, func.base.id] += [a.value for a in use.call.args]
        self._grown[id(module)] = (module, index)
        return index
