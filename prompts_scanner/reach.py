"""Which retrieval a call site's prompt is filled from: searches in its own function and in those that it calls.

Code shows it seldom as one expression: `passages = find_passages(question)` stands a line above the call, and the
search with its `top_k` stands in another module.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

from prompts_scanner import ir
from prompts_scanner.fold import Folder
from prompts_scanner.match import Hit
from prompts_scanner.model import CallSite, Related, Retrieval, RetrievalItem
from prompts_scanner.values import Fn, options_of

MAX_LEVELS = 3
# A function that calls more than this is a main program: what it searches is not all for one prompt.
MAX_FUNCTIONS = 40
# What decides how much text comes back. The size of a chunk is set where documents are split, in another program.
_UNITS = frozenset({"chunks"})
# Names that a page of a database query has too: near the call they count, far from it they do not.
_ANYBODYS = frozenset({"limit", "first", "take", "size", "count", "max_results", "page_size"})
Key = tuple[str, int]
# What a module sets of retrieval, by its path: asked of the modules that are reached.
Searches = Callable[[str], Iterable[RetrievalItem]]


class Reach:
    """Follows calls from a function into the functions of the tree."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._calls: dict[str, dict[int, list[ir.CallUse]]] = {}
        self._callees: dict[Key, tuple[tuple[ir.Module, int], ...]] = {}

    def functions(self, module: ir.Module, scope: int) -> tuple[tuple[ir.Module, int], ...]:
        """The function around `scope` and those it calls, nearest first."""
        start = (module, _function(module, scope))
        seen: dict[Key, tuple[ir.Module, int]] = {_key(start): start}
        level = [start]
        for _ in range(MAX_LEVELS):
            level = [f for at in level for f in self._called_by(at) if _key(f) not in seen]
            seen.update((_key(f), f) for f in level)
            if len(seen) > MAX_FUNCTIONS:
                break
        return tuple(seen.values())[:MAX_FUNCTIONS]

    def _called_by(self, at: tuple[ir.Module, int]) -> tuple[tuple[ir.Module, int], ...]:
        key = _key(at)
        if key not in self._callees:
            self._callees[key] = ()  # recursion ends here
            self._callees[key] = tuple(self._resolve(*at))
        return self._callees[key]

    def _resolve(self, module: ir.Module, scope: int) -> Iterable[tuple[ir.Module, int]]:
        if module.path not in self._calls:
            by_function: dict[int, list[ir.CallUse]] = defaultdict(list)
            for use in module.calls:
                by_function[_function(module, use.scope)].append(use)
            self._calls[module.path] = by_function
        for use in self._calls[module.path].get(scope, ()):
            self.folder.restart()
            for option in options_of(self.folder.eval(use.call.func, self.folder.frame(module, use.scope))):
                if isinstance(option, Fn):
                    yield option.module, option.scope


def _key(at: tuple[ir.Module, int]) -> Key:
    return at[0].path, at[1]


def _function(module: ir.Module, scope: int) -> int:
    """The named function that a scope stands in; the module itself where there is none."""
    while scope > 0:
        found = module.scopes[scope]
        if found.kind == "function" and not found.name.startswith("<"):
            return scope
        scope = found.parent
    return scope


def fills_prompts(item: RetrievalItem) -> bool:
    """Whether a setting decides how much text a search brings into a prompt."""
    return item.retrieval.unit in _UNITS and bool(item.retrieval.setting.values)


def searches_for(site: CallSite, hit: Hit, items: Searches, reach: Reach) -> tuple[Retrieval, ...]:
    """The searches that fill the run-time text in a site's prompt."""
    has_holes = any(s.text.holes for s in site.surfaces)
    if site.operation != "chat" or not has_holes or any(r.unit in _UNITS for r in site.retrieval):
        return ()
    return tuple(_found(hit, items, reach))


def _found(hit: Hit, items: Searches, reach: Reach) -> list[Retrieval]:
    found: dict[tuple[str, tuple[str, ...]], Retrieval] = {}
    for far, (module, scope) in enumerate(reach.functions(hit.module, hit.use.scope)):
        if scope == 0:
            continue  # the module's own level: settings of everybody
        at = module.scopes[scope]
        for item in filter(fills_prompts, items(module.path)):
            one = item.retrieval
            inside = at.first_line <= one.span.first_line and one.span.last_line <= at.last_line
            if inside and not (far and one.parameter in _ANYBODYS):
                found.setdefault((one.parameter, one.setting.values), one)
    return list(found.values())


def tied(site: CallSite, found: tuple[Retrieval, ...]) -> CallSite:
    """A site with the searches that fill its prompt."""
    if not found:
        return site
    places = [Related(role="retrieval", span=s) for r in found for s in (r.span, *r.setting.sources)]
    new = tuple(p for p in dict.fromkeys(places) if p not in site.related)
    return replace(site, retrieval=(*site.retrieval, *found), related=(*site.related, *new))
