"""Look-ups in one module, made once: a name is asked for many times, and a module may hold thousands of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from prompts_scanner import ir


def type_name(annotation: ir.Name | ir.Attr) -> str:
    """`AI`, `ai.AI`."""
    at: ir.Expr = annotation
    steps: list[str] = []
    while isinstance(at, ir.Attr):
        steps.append(at.name)
        at = at.base
    return ".".join([at.id if isinstance(at, ir.Name) else "?", *reversed(steps)])


class ModuleIndex:
    def __init__(self, module: ir.Module) -> None:
        self._module = module
        self._bindings: dict[int, dict[str, list[ir.Binding]]] = {}
        self._inner: dict[tuple[int, str], list[int]] = defaultdict(list)
        self._methods: dict[int, list[int]] = defaultdict(list)
        self._annotations: dict[str, dict[str, ir.Expr]] | None = None
        self._setters: dict[int, dict[str, list[int]]] = {}
        self._calls: dict[tuple[int, str], list[ir.CallUse]] = defaultdict(list)
        for index, scope in enumerate(module.scopes):
            if index:
                self._inner[scope.parent, scope.name].append(index)
                if scope.kind == "function":
                    self._methods[scope.parent].append(index)
        for use in module.calls:
            func = use.call.func
            if isinstance(func, ir.Attr) and isinstance(func.base, ir.Name):
                self._calls[use.scope, func.base.id].append(use)

    def bindings(self, scope: int, target: str) -> list[ir.Binding]:
        """The bindings of a target in a scope, in source order."""
        known = self._bindings.get(scope)
        if known is None:
            known = self._bindings[scope] = defaultdict(list)
            for binding in self._module.scopes[scope].bindings:
                known[binding.target].append(binding)
        return known.get(target, [])

    def annotation(self, name: str) -> ir.Expr | None:
        """The one annotation that parameters of a name have in this file."""
        if self._annotations is None:
            self._annotations = defaultdict(dict)
            for param in (p for s in self._module.scopes for p in s.params if p.annotation is not None):
                if isinstance(param.annotation, ir.Name | ir.Attr):
                    self._annotations[param.name][type_name(param.annotation)] = param.annotation
        found = self._annotations.get(name, {})
        return next(iter(found.values())) if len(found) == 1 else None

    def inner(self, scope: int, name: str) -> list[int]:
        """The scopes of that name directly inside a scope."""
        return self._inner.get((scope, name), [])

    def setters(self, cls: int, name: str) -> list[int]:
        """The methods of a class that set `self.name`, in source order."""
        known = self._setters.get(cls)
        if known is None:
            known = self._setters[cls] = defaultdict(list)
            for method in self._methods.get(cls, ()):
                for target in dict.fromkeys(b.target for b in self._module.scopes[method].bindings):
                    if target.startswith("self."):
                        known[target[5:]].append(method)
        return known.get(name, [])

    def methods(self, cls: int) -> Iterator[int]:
        return iter(self._methods.get(cls, ()))

    def calls_on(self, scope: int, name: str) -> list[ir.CallUse]:
        """The calls `name.method(...)` that stand in a scope."""
        return self._calls.get((scope, name), [])
