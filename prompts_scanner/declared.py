"""Calls in code of functions that a file declares: BAML generates a client whose methods are the functions of `.baml` files.

The call in code is the site then, with the model and the prompt of the file; a function that nothing calls stays one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from prompts_scanner import ir
from prompts_scanner.model import CallSite, Context, Loop, Related, Span

_CLIENT = re.compile(r"(^|[./])baml_client([./]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCall:
    """A call of a method of a generated client."""

    method: str
    span: Span
    symbol: str
    loops: tuple[Loop, ...]


def client_calls(module: ir.Module) -> Iterator[ClientCall]:
    clients = {i.local for i in module.imports if _CLIENT.search(i.module) and i.symbol not in (None, "*")}
    for use in module.calls if clients else ():
        method = _method(use.call.func, clients)
        if method:
            yield ClientCall(
                method=method,
                span=Span(module.path, use.call.line, use.call.end_line),
                symbol=module.scopes[use.scope].qualname or "<module>",
                loops=tuple(
                    Loop(kind=loop.kind, span=Span(module.path, loop.first_line, loop.last_line)) for loop in use.loops
                ),
            )


def called_functions(
    calls: Iterable[ClientCall], declared: tuple[CallSite, ...], context_of: Callable[[str], Context]
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
    for call in calls:
        called = _nearest(by_name.get(call.method, ()), call.span.path)
        if called is not None:
            found.append(_at_call(called, call, context_of(call.span.path), len(found)))
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


def _at_call(site: CallSite, call: ClientCall, context: Context, ordinal: int) -> CallSite:
    site_id = f"{call.span.path}::{call.symbol}::{site.symbol}"
    return replace(
        site,
        id=f"{site_id}#{ordinal}" if ordinal else site_id,
        span=call.span,
        symbol=call.symbol,
        context=context,
        loops=call.loops,
        related=(Related(role="binding", span=site.span, model=site.model.value), *site.related),
    )
