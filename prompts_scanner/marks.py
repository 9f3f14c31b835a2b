"""Where a program marks a part of a request for caching, other than in the request itself: `messages[-1]["cache_control"]
= ...` in the function that calls, in a method of its class, or in a function that is called to make the request.

https://platform.claude.com/docs/en/build-with-claude/prompt-caching
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prompts_scanner import ir
from prompts_scanner.fold import Folder, source_name
from prompts_scanner.match import Hit
from prompts_scanner.model import Setting, Span
from prompts_scanner.values import Fn

# An element of a request that is given a mark: `messages[-1]["cache_control"]`, `block.cache_control`.
_TARGET = re.compile(r"(cache_control|cacheControl)[\"']?\]|\.(cache_control|cacheControl)$")
# Names of functions that make a request or a part of it; only these are followed to other files.
_MAKES = re.compile(r"messages?|history|format|prepare|build|params|request|payload|cach|convert|to_api|for_api", re.I)
_STANDS_STILL = re.compile(r"system|tool", re.IGNORECASE)
MAX_HOPS = 2
MAX_DEPTH = 6


def mark_that_is_set(hit: Hit, folder: Folder) -> Setting | None:
    """`conversation` where the mark is put on what moves with the messages, else `on`; None where none is seen."""
    found: list[Setting] = []
    for module, index in (place for one in _chain(hit) for place in _places(one, folder)):
        for binding in module.scopes[index].bindings:
            if not _TARGET.search(binding.target):
                continue
            span = Span(module.path, binding.line, binding.end_line)
            name = "on" if _STANDS_STILL.search(binding.target) else "conversation"
            found.append(Setting(values=(name,), resolution="literal", span=span))
    return next((m for m in found if m.value == "conversation"), found[0] if found else None)


def _chain(hit: Hit) -> Iterator[Hit]:
    """A call of the program's own wrapper, and the calls inside of it, down to the library's."""
    one: Hit | None = hit
    for _ in range(MAX_DEPTH):
        if one is None:
            return
        yield one
        one = one.inner


def _places(hit: Hit, folder: Folder) -> Iterator[tuple[ir.Module, int]]:
    """(module, scope): the function itself, what it calls in its file, the methods of its class, what makes its request."""
    module, own = hit.module, hit.use.scope
    yield module, own
    called = {source_name(u.call.func).rpartition(".")[2] for u in module.calls if u.scope == own}
    mates = _class_of(module, own)
    for i, scope in enumerate(module.scopes):
        if i != own and scope.kind == "function" and (scope.name in called or scope.parent == mates):
            yield module, i
    yield from _makers(module, own, folder, MAX_HOPS)


def _class_of(module: ir.Module, scope: int) -> int:
    """The class whose method a scope is; -2, which is no scope's parent, where it is none."""
    parent = module.scopes[scope].parent
    return parent if parent >= 0 and module.scopes[parent].kind == "class" else -2


def _makers(module: ir.Module, scope: int, folder: Folder, hops: int) -> Iterator[tuple[ir.Module, int]]:
    for use in module.calls:
        if use.scope != scope or not _MAKES.search(source_name(use.call.func).rpartition(".")[2]):
            continue
        callee = folder.eval(use.call.func, folder.frame(module, scope))
        if isinstance(callee, Fn) and (callee.module.path, callee.scope) != (module.path, scope):
            yield callee.module, callee.scope
            if hops > 1:
                yield from _makers(callee.module, callee.scope, folder, hops - 1)
