"""Who calls a function: an index of calls by the last name of the callee, over the modules that were parsed."""

from __future__ import annotations

from collections import defaultdict

from prompts_scanner import ir

Use = tuple[ir.Module, ir.CallUse]


class CallIndex:
    def __init__(self) -> None:
        self._by_name: dict[str, list[Use]] = defaultdict(list)
        self._indexed: dict[str, ir.Module] = {}

    def add(self, module: ir.Module) -> None:
        if module.path in self._indexed:
            return
        self._indexed[module.path] = module
        for use in module.calls:
            name = callee_name(use.call.func)
            if name is not None:
                self._by_name[name].append((module, use))

    def modules(self) -> list[ir.Module]:
        return [self._indexed[path] for path in sorted(self._indexed)]

    def of(self, name: str) -> list[Use]:
        """Every call whose callee ends in `name`."""
        return self._by_name.get(name, [])


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
