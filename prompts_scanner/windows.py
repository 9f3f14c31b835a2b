"""How many of the last messages go on: `messages.slice(-12)`, `history[-10:]`."""

from __future__ import annotations

from collections.abc import Iterator

from prompts_scanner import ir
from prompts_scanner.flow import walk
from prompts_scanner.fold import Folder
from prompts_scanner.model import Context, Retrieval, RetrievalItem, Setting, Span
from prompts_scanner.names import snake
from prompts_scanner.values import Num, options_of

_SAID = frozenset("messages history conversation turns".split())
# The last message alone is a question, not a window; so many are a page of a list.
LEAST, MOST = 2, 200


def windows_of(module: ir.Module, folder: Folder, context: Context) -> Iterator[RetrievalItem]:
    """The windows on a conversation that one module cuts out."""
    seen: set[tuple[str, int]] = set()
    for expr, scope in _expressions(module):
        found = _last_of(expr)
        if found is None or not _is_said(found[0]):
            continue
        folder.restart()
        start = folder.eval(found[1], folder.frame(module, scope))
        counts = [-o.number for o in options_of(start) if isinstance(o, Num) and isinstance(o.number, int)]
        name = _name(found[0])
        if not counts or any(not LEAST <= c <= MOST for c in counts) or (name, expr.line) in seen:
            continue
        seen.add((name, expr.line))
        span = Span(module.path, expr.line, max(expr.line, getattr(expr, "end_line", expr.line)))
        shown = tuple(dict.fromkeys(map(str, counts)))
        yield RetrievalItem(
            id=f"{module.path}#{module.scopes[scope].qualname}:last_{name}",
            retrieval=Retrieval(
                parameter=f"last_{name}",
                setting=Setting(values=shown, resolution=start.how, span=span),
                unit="messages",
                span=span,
            ),
            context=context,
        )


def _last_of(expr: ir.Expr) -> tuple[ir.Expr, ir.Expr] | None:
    """What is cut, and where the cut begins, counted from its end."""
    match expr:
        case ir.Index(base=base, key=ir.Opaque(reason="slice", children=(start, ir.Lit(value=None), *_))):
            return base, start
        case ir.Call(func=ir.Attr(base=base, name="slice"), args=(ir.Arg(value=start, name=None, spread=False),)):
            return base, start
    return None


def _name(expr: ir.Expr) -> str:
    return expr.id if isinstance(expr, ir.Name) else expr.name if isinstance(expr, ir.Attr) else ""


def _is_said(expr: ir.Expr) -> bool:
    return snake(_name(expr)).rpartition("_")[2] in _SAID


def _expressions(module: ir.Module) -> Iterator[tuple[ir.Expr, int]]:
    """Every expression of a module with its scope; each call once, as the module lists them all."""
    roots = [
        (b.value, i) for i, s in enumerate(module.scopes) for b in s.bindings if not isinstance(b.value, ir.Call | None)
    ]
    roots += [(r, i) for i, s in enumerate(module.scopes) for r in s.returns if not isinstance(r, ir.Call)]
    for root, scope in (*roots, *((use.call, use.scope) for use in module.calls)):
        yield from ((expr, scope) for expr in walk(root, into_calls=False))
