"""How much of a text goes on: limits handed to functions that cut prompts, contexts and histories.

`trimPrompt(text, 25_000)`, `trim_messages(messages, max_tokens=4000)`, and the defaults of such functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prompts_scanner import ir
from prompts_scanner.callers import callee_name
from prompts_scanner.fold import Folder
from prompts_scanner.model import Context, Retrieval, RetrievalItem, Setting, Span
from prompts_scanner.names import is_setting, snake
from prompts_scanner.values import Fn, Frame, Num, Value, options_of

_CUTS = frozenset("trim truncate shorten clip cut crop fit limit cap prune squeeze compact".split())
_TEXTS = frozenset(
    "prompt prompts message messages token tokens context content contents history text texts document documents doc docs "
    "conversation transcript input chunk chunks".split()
)
_SIZE = re.compile(r"(max|limit|size|length|len|tokens|chars|characters|budget|window)", re.IGNORECASE)
_CHARS = re.compile(r"(char|len|width)", re.IGNORECASE)
# Shorter than this, and a text is cut for a screen.
LEAST = 500


def limits_of(module: ir.Module, folder: Folder, context: Context) -> Iterator[RetrievalItem]:
    """The limits that one module sets."""
    for index, scope in enumerate(module.scopes):
        if scope.kind != "function" or not cuts_text(scope.name):
            continue
        frame = folder.frame(module, index)
        for param in scope.params:
            if param.default is not None and _SIZE.search(param.name):
                folder.restart()
                value = folder.eval(param.default, frame.parent or frame)
                label = f"{scope.qualname}({param.name})"
                yield from _item(module, label, param.name, value, param.line, param.line, context)
    for use in module.calls:
        last = callee_name(use.call.func)
        if last is None or not cuts_text(last):
            continue
        frame = folder.frame(module, use.scope)
        for name, expr in _handed(folder, use.call, frame):
            if isinstance(expr, ir.Name) and _is_param(module, use.scope, expr.id):
                continue  # a function that hands its own limit on
            folder.restart()
            label = f"{module.scopes[use.scope].qualname}:{last}.{name}"
            end = max(expr.line, getattr(expr, "end_line", expr.line))
            yield from _item(module, label, name, folder.eval(expr, frame), expr.line, end, context)


def cuts_text(name: str) -> bool:
    """`trim_messages`, `truncateContext`, `fitToTokens`."""
    words = set(snake(name).split("_"))
    return bool(words & _CUTS) and bool(words & _TEXTS)


def _is_param(module: ir.Module, scope: int, name: str) -> bool:
    return any(p.name == name for p in module.scopes[scope].params)


def _handed(folder: Folder, call: ir.Call, frame: Frame) -> Iterator[tuple[str, ir.Expr]]:
    """The arguments that may say how long: by their name, or a number behind the text."""
    named = [(a.name, a.value) for a in call.args if a.name and not a.spread]
    positional = [a.value for a in call.args if a.name is None and not a.spread]
    for value in positional:
        if isinstance(value, ir.Dict):
            named += [(k.value, v) for k, v in value.items if isinstance(k, ir.Lit) and isinstance(k.value, str)]
    yield from ((n, v) for n, v in named if _SIZE.search(n) and not is_setting(n))
    callee = next((o for o in options_of(folder.eval(call.func, frame)) if isinstance(o, Fn)), None)
    params = (
        [p.name for p in callee.module.scopes[callee.scope].params if p.name not in ("self", "cls")] if callee else []
    )
    for place, value in enumerate(positional):
        if place and isinstance(value, ir.Lit | ir.Name | ir.Attr | ir.BinOp):
            yield (params[place] if place < len(params) else "limit"), value


def _item(
    module: ir.Module, label: str, name: str, value: Value, first: int, last: int, context: Context
) -> Iterator[RetrievalItem]:
    numbers = [o for o in options_of(value) if isinstance(o, Num) and isinstance(o.number, int) and o.number >= LEAST]
    if not numbers:
        return
    span = Span(module.path, first, last)
    shown = tuple(dict.fromkeys(str(n.number) for n in numbers))
    sources = tuple(dict.fromkeys(s for n in numbers for s in n.via if s != span))
    yield RetrievalItem(
        id=f"{module.path}#{label}",
        retrieval=Retrieval(
            parameter=name,
            setting=Setting(values=shown, resolution=value.how, span=span, sources=sources),
            unit="chars" if _CHARS.search(name) else "tokens",
            span=span,
        ),
        context=context,
    )
