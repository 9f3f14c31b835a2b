"""Calls in code of functions that a file declares: BAML generates a client whose methods are the functions of `.baml` files.

The call in code is the site then, with the model and the prompt of the file; a function that nothing calls stays one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from prompts_scanner import ir
from prompts_scanner.model import CallSite, Context, Loop, Related, Span

_CLIENT = re.compile(r"(^|[./])baml_client([./]|$)")


def called_functions(
    modules: Iterable[ir.Module], declared: tuple[CallSite, ...], contexts: dict[str, Context]
) -> tuple[CallSite, ...]:
    """The declared sites, those that code calls replaced by the calls."""
    by_name: dict[str, list[CallSite]] = {}
    for site in declared:
        if site.sdk == "baml":
            by_name.setdefault(site.symbol, []).append(site)
    if not by_name:
        return declared
    found: list[CallSite] = []
    used: set[str] = set()
    for module in modules:
        clients = {i.local for i in module.imports if _CLIENT.search(i.module) and i.symbol not in (None, "*")}
        for use in module.calls if clients else ():
            called = _nearest(by_name.get(_method(use.call.func, clients), ()), module.path)
            if called is not None:
                found.append(_at_call(called, module, use, contexts[module.path], len(found)))
                used.add(called.id)
    return (*(s for s in declared if s.id not in used), *found)


def _method(func: ir.Expr, clients: set[str]) -> str:
    """`F` of `b.F(...)` and `b.stream.F(...)`."""
    if not isinstance(func, ir.Attr):
        return ""
    base = func.base
    while isinstance(base, ir.Attr | ir.Call):
        base = base.base if isinstance(base, ir.Attr) else base.func
    return func.name if isinstance(base, ir.Name) and base.id in clients else ""


def _nearest(sites: Iterable[CallSite], path: str) -> CallSite | None:
    """A repository may hold several projects: the declaration with the longest common folder."""
    return max(sites, key=lambda s: len(list(_common(s.span.path, path))), default=None)


def _common(a: str, b: str) -> Iterator[str]:
    for left, right in zip(a.split("/"), b.split("/"), strict=False):
        if left != right:
            return
        yield left


def _at_call(site: CallSite, module: ir.Module, use: ir.CallUse, context: Context, ordinal: int) -> CallSite:
    span = Span(module.path, use.call.line, use.call.end_line)
    symbol = module.scopes[use.scope].qualname or "<module>"
    loops = tuple(Loop(kind=loop.kind, span=Span(module.path, loop.first_line, loop.last_line)) for loop in use.loops)
    return replace(
        site,
        id=f"{module.path}::{symbol}::{site.symbol}#{ordinal}"
        if ordinal
        else f"{module.path}::{symbol}::{site.symbol}",
        span=span,
        symbol=symbol,
        context=context,
        loops=loops,
        related=(Related(role="binding", span=site.span, model=site.model.value), *site.related),
    )
