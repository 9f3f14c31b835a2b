"""What a prompt is given that changes with the clock: how often it does decides whether a prefix can be cached."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prompts_scanner import ir
from prompts_scanner.fold import Folder
from prompts_scanner.known import is_clock
from prompts_scanner.model import DAYS_DATE, ClockItem, Context, Span
from prompts_scanner.retrieval import arguments, dotted_name
from prompts_scanner.values import Unk, Value, options_of

_OF_PROMPTS = re.compile(r"prompt|instruction|system_?message", re.IGNORECASE)
_MAY_TELL_TIME = re.compile(r"date|time|now|today|clock|iso", re.IGNORECASE)


def clocks_in(module: ir.Module, folder: Folder, context: Context) -> Iterator[ClockItem]:
    """Named arguments that read the clock, of calls that make or fill prompts: `prompt.format(today=...)`."""
    for use in module.calls:
        callee = dotted_name(use.call.func)
        if not _OF_PROMPTS.search(callee):
            continue
        for name, expr, line in arguments(use.call):
            if isinstance(expr, ir.Lit) or not _MAY_TELL_TIME.search(f"{name} {dotted_name(expr)}"):
                continue
            folder.restart()
            every = _every(folder.eval(expr, folder.frame(module, use.scope)))
            if every is not None:
                symbol = module.scopes[use.scope].qualname
                yield ClockItem(
                    id=f"{module.path}#clock:{symbol}:{callee}.{name}",
                    name=name,
                    every=every,
                    span=Span(module.path, line, max(line, getattr(expr, "end_line", line))),
                    context=context,
                )


def _every(value: Value) -> str | None:
    """`call` or `day`, for a value that comes from the clock on some way to it."""
    options = options_of(value)
    if any(is_clock(o) for o in options):
        return "call"
    return "day" if any(isinstance(o, Unk) and o.reason == DAYS_DATE for o in options) else None
