"""Modules whose calls must be read together, and the call sites that they have.

A module with calls stands alone until its calls lead to another one: to a function there that passes them on, or to an object
that is made there. Then both are one group. Groups are read apart, each from the start, so that what one of them says never
depends on what else the tree holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from prompts_scanner import ir
from prompts_scanner.declared import ClientCall, client_calls
from prompts_scanner.fold import Folder
from prompts_scanner.join import COMMON, Wrappers
from prompts_scanner.match import Hit, Matcher, Rows
from prompts_scanner.model import CallSite, Context, Retrieval, Span
from prompts_scanner.reach import Reach, Searches, searches_for
from prompts_scanner.sites import SiteReader
from prompts_scanner.view import View

Members = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a module's own calls are, before they are read.

    `passed_by`: names of its functions that only pass on what they are given; `imports`: the modules of the tree that it
    names; both for a module that `has_calls` to be read in a group.
    """

    has_calls: bool = False
    passed_by: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    client_calls: tuple[ClientCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSites:
    """`searches`: of each of `sites`, then of `ignored`, what fills its prompt; empty where no module of the tree searches.

    `passed`: the calls that its sites were reached through, their own among them; `used`: where the objects are made that
    they use; `unused`: the objects that are sites of their own, for nothing in the group uses them.
    """

    sites: tuple[CallSite, ...] = ()
    ignored: tuple[CallSite, ...] = ()
    searches: tuple[tuple[Retrieval, ...], ...] = ()
    passed: tuple[Span, ...] = ()
    used: tuple[Span, ...] = ()
    unused: tuple[Span, ...] = ()

    def each(self) -> Iterator[tuple[CallSite, tuple[Retrieval, ...], bool]]:
        """Each site with the searches that fill its prompt, and whether a comment says to ignore it."""
        whole = (*self.sites, *self.ignored)
        searches = self.searches or ((),) * len(whole)
        return zip(whole, searches, (i >= len(self.sites) for i in range(len(whole))), strict=True)


Reading = Generator[tuple[str, ...], Mapping[str, Iterable[ir.Module]], GroupSites]


def look_at(view: View, module: ir.Module, rows: Rows, context_of: Callable[[str], Context]) -> Look:
    """Whether a module sends a request or makes an object that does, and what that may have to do with others."""
    folder = Folder(view)
    matcher = Matcher(folder, rows)
    hits = [hit for use in module.calls if (hit := matcher.match(module, use)) is not None]
    clients = tuple(client_calls(module))
    if not hits and not any(matcher.binding_at(module, use) for use in module.calls):
        return Look(client_calls=clients)
    wrappers = Wrappers(folder, SiteReader(folder, matcher), context_of)
    found = {path for i in module.imports if (path := view.find_module(module, i.module)) is not None}
    return Look(
        has_calls=True,
        passed_by=tuple(sorted(wrappers.names(hits))),
        imports=tuple(sorted(found - {module.path})),
        client_calls=clients,
    )


def likely(looks: Mapping[str, Look], calling: Callable[[str], Iterable[str]]) -> list[Members]:
    """Groups that will likely have to be read together: it spares reading them apart first.

    Modules that import one another, that have a function of one name that passes on, or that call one by its name.
    """
    home = Homes()
    for path, look in looks.items():
        home.join(path, *(p for p in look.imports if p in looks and looks[p].has_calls))
        for name in look.passed_by:
            home.join(path, f" {name}")  # no path begins so
            if name not in COMMON:
                home.join(path, *(p for p in calling(name) if p in looks and looks[p].has_calls))
    return home.groups(path for path, look in looks.items() if look.has_calls)


class Homes:
    """Which things belong together."""

    def __init__(self) -> None:
        self._home: dict[str, str] = {}

    def join(self, *things: str) -> None:
        for thing in things:
            first, other = sorted((self._root(things[0]), self._root(thing)))
            self._home[other] = first

    def groups(self, things: Iterable[str]) -> list[Members]:
        """These, those that belong together in one group each."""
        found: dict[str, list[str]] = defaultdict(list)
        for thing in things:
            found[self._root(thing)].append(thing)
        return sorted(tuple(sorted(group)) for group in found.values())

    def _root(self, thing: str) -> str:
        at = thing
        while (above := self._home.setdefault(at, at)) != at:
            at = above
        self._home[thing] = at
        return at


def merged(found: Mapping[Members, GroupSites]) -> list[Members]:
    """The groups, those put together of which one passes the same call as the other, or uses an object that is a site there."""
    home = Homes()
    passing: dict[Span, Members] = {}
    using: dict[str, list[tuple[Span, Members]]] = defaultdict(list)
    for members, read in found.items():
        home.join(*members)
        for span in read.passed:
            home.join(members[0], passing.setdefault(span, members)[0])
        for span in read.used:
            using[span.path].append((span, members))
    for members, read in found.items():
        for span in read.unused:
            home.join(members[0], *(by[0] for used, by in using[span.path] if inside(span, used)))
    return home.groups(path for members in found for path in members)


class Group:
    """One reading of one group."""

    def __init__(
        self,
        view: View,
        members: Members,
        rows: Rows,
        context_of: Callable[[str], Context],
        searches: Searches | None,
    ) -> None:
        self.view = view
        self.members = members
        self.context_of = context_of
        self.searches = searches
        self.folder = Folder(view)
        self.matcher = Matcher(self.folder, rows)
        self.reader = SiteReader(self.folder, self.matcher)

    def read(self) -> Reading:
        """The sites; yields the names that it must know the mentions of."""
        modules = [m for m in map(self.view.module, self.members) if m is not None]
        hits, bindings = self._hits(modules)
        sites = yield from Wrappers(self.folder, self.reader, self.context_of).resolve(hits)
        used = self._used((*sites, *bindings))
        for span in (s for hit in sites for s in hit.bindings):
            used[span.path].add(span)
        unused = [b for b in bindings if not any(_uses(u, b) for u in used.get(b.span.path, ()))]
        free = {id(b) for b in unused}
        taken = {_place(b) for b in bindings if id(b) not in free} - {None}
        unused = [b for b in unused if _place(b) not in taken]
        passed = {h.span for hit in (*sites, *unused) for h in _chain(hit)}
        sites += _alternatives(unused)
        read, ignored = self._read(sites)
        return GroupSites(
            sites=tuple(read),
            ignored=tuple(ignored),
            searches=self._searched((*read, *ignored), sites),
            passed=tuple(sorted(passed)),
            used=tuple(sorted(s for spans in used.values() for s in spans)),
            unused=tuple(sorted(b.span for b in unused)),
        )

    def _searched(self, read: Iterable[CallSite], hits: Iterable[Hit]) -> tuple[tuple[Retrieval, ...], ...]:
        if self.searches is None:
            return ()
        by_span, reach = {hit.span: hit for hit in hits}, Reach(self.folder)
        return tuple(searches_for(site, by_span[site.span], self.searches, reach) for site in read)

    def _hits(self, modules: Iterable[ir.Module]) -> tuple[list[Hit], list[Hit]]:
        hits: list[Hit] = []
        bindings: list[Hit] = []
        for module in modules:
            for use in module.calls:
                hit = self.matcher.match(module, use)
                if hit is not None:
                    hits.append(hit)
                    continue
                binding = self.matcher.binding_at(module, use)
                if binding is not None:
                    bindings.append(binding)
        return hits, bindings

    def _used(self, hits: Iterable[Hit]) -> dict[str, set[Span]]:
        """Where the objects stand that hits are given: they are no sites of their own."""
        used: dict[str, set[Span]] = defaultdict(set)
        for hit in hits:
            for span in {*self.reader.models_in(hit), *hit.bindings} - {hit.span}:
                used[span.path].add(span)
        return used

    def _read(self, hits: list[Hit]) -> tuple[list[CallSite], list[CallSite]]:
        """The call sites, and those that a comment says to ignore. Those of one function still have one name: `scan` tells."""
        out: dict[Span, CallSite] = {}
        ignored: dict[Span, CallSite] = {}
        for hit in _merged(hits):
            notes = _notes(hit)
            symbol = hit.module.scopes[hit.use.scope].qualname or "<module>"
            site_id = f"{hit.module.path}::{symbol}::{hit.operation}"
            site = self.reader.read(hit, site_id, self.context_of(hit.module.path))
            feature = next((n.removeprefix("feature=") for n in notes if n.startswith("feature=")), None)
            kept = ignored if "ignore" in notes else out
            kept[hit.span] = replace(site, feature=feature) if feature else site
        return list(out.values()), list(ignored.values())


def _chain(hit: Hit) -> Iterable[Hit]:
    """A hit and those that it was reached through."""
    at: Hit | None = hit
    while at is not None:
        yield at
        at = at.inner


def _notes(hit: Hit) -> list[str]:
    """What `# aicost: ...` comments at the call, the line above it or on its function say."""
    scope = hit.module.scopes[hit.use.scope]
    lines = {
        hit.use.call.line - 1,
        *range(hit.use.call.line, hit.use.call.end_line + 1),
        scope.first_line - 1,
        scope.first_line,
    }
    return [part for c in hit.module.comments if c.line in lines for part in c.text.split()]


def _merged(hits: list[Hit]) -> list[Hit]:
    """One hit a place: a wrapper that sends in two ways is called once."""
    out: dict[Span, Hit] = {}
    for hit in sorted(hits, key=lambda h: (h.module.path, h.use.call.line, h.use.call.end_line)):
        first = out.setdefault(hit.span, hit)
        if first is not hit:
            first.wrappers += hit.wrappers
            first.bindings += hit.bindings
            if hit.operation == first.operation:
                first.alternatives.append(hit)
    return list(out.values())


def _alternatives(bare: list[Hit]) -> list[Hit]:
    """One site for the models that a function chooses among: `return A(...)` here, `return B(...)` there."""
    out: list[Hit] = []
    chosen: dict[tuple[str, int, str, str], Hit] = {}
    for hit in bare:
        key = _place(hit)
        if key is None:
            out.append(hit)
            continue
        first = chosen.setdefault(key, hit)
        if first is hit:
            out.append(hit)
        else:
            first.alternatives.append(hit)
            first.bindings += hit.bindings
    return out


def _place(hit: Hit) -> tuple[str, int, str, str] | None:
    """Where a constructed object goes, if one of several goes there: where one of them is used, all may be."""
    goal = _goal(hit)
    return (hit.module.path, hit.use.scope, goal, hit.operation) if goal is not None else None


def _goal(hit: Hit) -> str | None:
    """Where a constructed object goes in its function: what it returns, or a name that several branches set."""
    scope = hit.module.scopes[hit.use.scope]
    if scope.kind != "function":
        return None
    if any(r is hit.use.call for r in scope.returns):
        return "return"
    for binding in scope.bindings:
        if binding.value is hit.use.call and binding.branch:
            return binding.target
    return None


def _uses(used: Span, binding: Hit) -> bool:
    """Whether what is made inside of a used object is a part of it; a reranker or embedder in it is billed by itself."""
    return used == binding.span or (binding.operation == "chat" and inside(binding.span, used))


def inside(inner: Span, outer: Span) -> bool:
    return inner.path == outer.path and outer.first_line <= inner.first_line and inner.last_line <= outer.last_line
