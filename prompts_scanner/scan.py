"""The scan: route files, find calls, follow wrappers, read sites, and list what stands on its own."""

from __future__ import annotations

import fnmatch
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from prompts_scanner import ir, languages
from prompts_scanner.callers import CallIndex
from prompts_scanner.context import classify_all, is_migration
from prompts_scanner.declared import called_functions
from prompts_scanner.files import read_formats
from prompts_scanner.fold import Folder
from prompts_scanner.join import Wrappers
from prompts_scanner.lines import Lines
from prompts_scanner.match import Hit, Matcher
from prompts_scanner.model import (
    CallSite,
    ClockItem,
    Context,
    ModelItem,
    PromptItem,
    Related,
    RetrievalItem,
    Scan,
    Setting,
    Span,
    ToolItem,
)
from prompts_scanner.parsing import Parser
from prompts_scanner.program import Program
from prompts_scanner.reach import Reach, tie_retrieval
from prompts_scanner.sdks import SDKS
from prompts_scanner.shape import Sdk
from prompts_scanner.sites import SiteReader
from prompts_scanner.surfaces import SurfaceReader
from prompts_scanner.tree import FileTree

# Words without which a file holds neither a call nor a surface; what a site needs from elsewhere is reached by imports.
SURFACE_WORDS = (
    r"prompt|instruction|You are |system_message|template|@[A-Za-z_]*tool|_tool[^A-Za-z0-9_]|Tool\(|tool\(|input_schema|"
    r"toolSpec|inputSchema|parameters[\"']?:|z\.object|top_?k|chunk|n_results|max_results|num_results|similarity|retriev|embedding|rerank|_encoder|page_?[cC]ontent"
)
CALL_WORDS = (
    r"\.create\(|\.completion|completion\(|\.invoke|\.ainvoke|\.stream\(|\.generate|Agent|llm|LLM|chat|Chat|openai|"
    r"anthropic|baml_client|generateText|streamText|converse|messages|gpt-|claude-|gemini-"
)


T = TypeVar("T", PromptItem, ToolItem, RetrievalItem, ModelItem, ClockItem)


class Scanner:
    """One scan of one tree. `parser` may be shared between scans: a blob is parsed once."""

    def __init__(
        self,
        tree: FileTree,
        *,
        sdks: tuple[Sdk, ...] = SDKS,
        ignore: tuple[str, ...] = (),
        parser: Parser | None = None,
    ) -> None:
        self.tree = tree
        self.ignore = ignore
        self.paths = tuple(p for p in tree.paths() if not self._ignored(p))
        self.contexts: dict[str, Context] = classify_all(self.paths)
        self.code = tuple(
            p
            for p in self.paths
            if languages.language_of(p) is not None and self.contexts[p] != "vendored" and not is_migration(p)
        )
        self.files = read_formats(tree, tuple(p for p in self.paths if self.contexts[p] != "vendored"))
        env = {e.name: (e.value, e.span) for e in reversed(self.files.env)}
        self.program = Program(tree, env, parser, frozenset(p for sdk in sdks for p in sdk.packages))
        self.folder = Folder(self.program)
        self.calls = CallIndex()
        self.matcher = Matcher(self.folder, sdks, self.calls)
        self.reader = SiteReader(self.folder, self.matcher)
        self.surfaces = SurfaceReader(self.folder, self.matcher)

    def _ignored(self, path: str) -> bool:
        return any(fnmatch.fnmatchcase(path, pattern) for pattern in self.ignore)

    def run(self) -> Scan:
        modules = self._modules()
        read, ignored, by_span = self._called(modules)
        items = self._items(modules, read)
        whole = tie_retrieval(((s, by_span[s.span]) for s in (*read, *ignored)), items[2], Reach(self.folder))
        read, ignored = whole[: len(read)], whole[len(read) :]
        tied = _index(r for s in (*read, *self.files.sites) for r in s.related)
        declared = called_functions(modules, self.files.sites, self.contexts)
        gaps = (*self.tree.gaps(), *self.program.gaps(), *self.files.gaps)
        left_out = Counter(s.context for s in read if s.context not in ("prod",))
        return Scan(
            sites=tuple(sorted((*read, *declared), key=lambda s: s.span)),
            prompts=items[0],
            tools=items[1],
            retrieval=tuple(replace(r, tied=r.tied or _tied(r.retrieval.span, tied)) for r in items[2]),
            models=items[3],
            clocks=items[4],
            gaps=tuple(sorted(set(gaps), key=lambda g: (-g.weight, g.span))),
            files_seen=len(self.paths),
            files_parsed=self.program.parsed,
            left_out=tuple(sorted(left_out.items())),
            ignored=tuple(sorted(ignored, key=lambda s: s.span)),
        )

    def call_sites(self) -> tuple[CallSite, ...]:
        """The sites of `run` and nothing else: what stands on its own is not read, which is most of the work."""
        modules = self._modules()
        read, _, by_span = self._called(modules)
        reach = Reach(self.folder)
        functions = (f for s in read for f in reach.functions(by_span[s.span].module, by_span[s.span].use.scope))
        searched = {module.path: module for module, _ in functions}
        self.folder.restart()
        found = [r for m in searched.values() for r in self.surfaces.retrieval.read(m, self.contexts[m.path])]
        items = sorted((*self.files.retrieval, *found), key=lambda r: r.retrieval.span)
        read = tie_retrieval(((s, by_span[s.span]) for s in read), items, reach)
        declared = called_functions(modules, self.files.sites, self.contexts)
        return tuple(sorted((*read, *declared), key=lambda s: s.span))

    def _modules(self) -> list[ir.Module]:
        """The modules that may hold a call or a surface."""
        candidates = self._candidates()
        self.tree.prefetch(candidates)
        self.program.warm(candidates)
        modules = [m for m in (self.program.module(p) for p in candidates) if m is not None]
        for module in modules:
            self.calls.add(module)
        return modules

    def _called(self, modules: Iterable[ir.Module]) -> tuple[list[CallSite], list[CallSite], dict[Span, Hit]]:
        """The call sites, those that a comment says to ignore, and the hits they were read from."""
        hits, bindings = self._hits(modules)
        sites = Wrappers(self.folder, self.reader, self.calls, self._mentioning, self.contexts).resolve(hits)
        sites += self._bare(bindings, sites)
        read, ignored = self._read(sites)
        return read, ignored, {hit.span: hit for hit in sites}

    # -- which files ------------------------------------------------------------------------------------------------

    def _candidates(self) -> list[str]:
        return self._matching(SURFACE_WORDS + "|" + CALL_WORDS)

    def _matching(self, pattern: str) -> list[str]:
        """The code files whose bytes match."""
        return self.program.parser.sieve.matching(self.tree, self.code, pattern)

    def _mentioning(self, names: tuple[str, ...]) -> dict[str, list[ir.Module]]:
        """For each name, the modules that mention it: one look at the tree for all of them."""
        out: dict[str, list[ir.Module]] = {name: [] for name in names}
        plain = [n for n in out if re.fullmatch(r"[A-Za-z0-9_]+", n)]
        if not plain:
            return out
        paths = self._matching(_word("|".join(plain)))
        self.tree.prefetch(paths)
        word = re.compile(rb"[A-Za-z0-9_]+")
        for path in paths:
            there = set(word.findall(self.tree.read(path) or b""))
            for name in plain:
                if name.encode() in there:
                    module = self.program.module(path)
                    if module is not None:
                        out[name].append(module)
        return out

    # -- calls ------------------------------------------------------------------------------------------------------

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

    def _bare(self, bindings: list[Hit], sites: list[Hit]) -> list[Hit]:
        """Models and agents that nothing is seen to call: they are made to be called."""
        used: dict[str, set[Span]] = defaultdict(set)
        for span in (s for hit in sites for s in hit.bindings):
            used[span.path].add(span)
        for hit in (*sites, *bindings):
            for span in self.reader.models_in(hit) - {hit.span}:
                used[span.path].add(span)
        bare = [b for b in bindings if not any(_inside(b.span, u) for u in used.get(b.span.path, ()))]
        return _alternatives(bare)

    def _read(self, hits: list[Hit]) -> tuple[list[CallSite], list[CallSite]]:
        """The call sites, and those that a comment says to ignore."""
        ordinals: dict[str, int] = defaultdict(int)
        out: dict[Span, CallSite] = {}
        ignored: dict[Span, CallSite] = {}
        for hit in _merged(hits):
            notes = self._notes(hit)
            symbol = hit.module.scopes[hit.use.scope].qualname or "<module>"
            stem = f"{hit.module.path}::{symbol}::{hit.operation}"
            ordinals[stem] += 1
            site_id = stem if ordinals[stem] == 1 else f"{stem}#{ordinals[stem]}"
            site = self.reader.read(hit, site_id, self.contexts[hit.module.path])
            feature = next((n.removeprefix("feature=") for n in notes if n.startswith("feature=")), None)
            kept = ignored if "ignore" in notes else out
            kept[hit.span] = replace(site, feature=feature) if feature else site
        return list(out.values()), list(ignored.values())

    def _notes(self, hit: Hit) -> list[str]:
        """What `# aicost: ...` comments at the call, the line above it or on its function say."""
        scope = hit.module.scopes[hit.use.scope]
        lines = {
            hit.use.call.line - 1,
            *range(hit.use.call.line, hit.use.call.end_line + 1),
            scope.first_line - 1,
            scope.first_line,
        }
        return [part for c in hit.module.comments if c.line in lines for part in c.text.split()]

    # -- what stands on its own -------------------------------------------------------------------------------------

    def _items(
        self, modules: Iterable[ir.Module], sites: list[CallSite]
    ) -> tuple[
        tuple[PromptItem, ...],
        tuple[ToolItem, ...],
        tuple[RetrievalItem, ...],
        tuple[ModelItem, ...],
        tuple[ClockItem, ...],
    ]:
        tied = _index(
            r for s in (*sites, *self.files.sites) for r in (*s.related, Related(role="binding", span=s.span))
        )
        prompts = list(self.files.prompts)
        tools = list(self.files.tools)
        retrieval = list(self.files.retrieval)
        models = [
            ModelItem(
                id=f"{m.path}#{m.key_path}",
                setting=Setting(values=(m.value,), resolution="config", span=m.span),
                context=self.contexts[m.path],
            )
            for m in self.files.models
        ]
        clocks: list[ClockItem] = []
        for module in modules:
            found = self.surfaces.read(module, self.contexts[module.path])
            prompts += found.prompts
            tools += found.tools
            retrieval += found.retrieval
            models += found.models
            clocks += found.clocks
        prompts += _inline_prompts(sites, prompts)
        return (
            tuple(
                sorted(
                    (replace(p, tied=_tied(p.surface.span, tied)) for p in _unique(prompts)),
                    key=lambda p: p.surface.span,
                )
            ),
            tuple(
                sorted((replace(t, tied=_tied(t.tool.span, tied)) for t in _unique(tools)), key=lambda t: t.tool.span)
            ),
            tuple(
                sorted(
                    (replace(r, tied=_tied(r.retrieval.span, tied)) for r in _unique(retrieval)),
                    key=lambda r: r.retrieval.span,
                )
            ),
            tuple(sorted(_unique(models), key=lambda m: m.setting.span)),
            tuple(sorted(_unique(clocks), key=lambda c: c.span)),
        )


def _word(pattern: str) -> str:
    return f"(^|[^A-Za-z0-9_])({pattern})([^A-Za-z0-9_]|$)"


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
        goal = _goal(hit)
        if goal is None:
            out.append(hit)
            continue
        key = (hit.module.path, hit.use.scope, goal, hit.operation)
        first = chosen.setdefault(key, hit)
        if first is hit:
            out.append(hit)
        else:
            first.alternatives.append(hit)
            first.bindings += hit.bindings
    return out


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


def _index(related: Iterable[Related]) -> dict[str, Lines]:
    out: dict[str, Lines] = defaultdict(Lines)
    for item in related:
        out[item.span.path].add(item.span)
    return out


def _tied(span: Span, index: Mapping[str, Lines]) -> bool:
    found = index.get(span.path)
    return found is not None and found.touches(span)


def _inside(inner: Span, outer: Span) -> bool:
    return inner.path == outer.path and outer.first_line <= inner.first_line and inner.last_line <= outer.last_line


def _unique(items: Iterable[T]) -> list[T]:
    seen: dict[str, int] = defaultdict(int)
    out = []
    for item in items:
        seen[item.id] += 1
        out.append(item if seen[item.id] == 1 else replace(item, id=f"{item.id}#{seen[item.id]}"))
    return out


def _inline_prompts(sites: list[CallSite], known: list[PromptItem]) -> list[PromptItem]:
    """Prompt text that a call carries itself or takes from a place that no rule of `surfaces` listed."""
    places = _index(Related(role="prompt", span=p.surface.span) for p in known)
    out = []
    for site in sites:
        for i, surface in enumerate(site.surfaces):
            if surface.role == "schema" or len(surface.text.literal.strip()) < 20 or _tied(surface.span, places):
                continue
            places[surface.span.path].add(surface.span)
            out.append(
                PromptItem(
                    id=f"{site.id}@{surface.role}{i}", surface=surface, form="inline", context=site.context, tied=True
                )
            )
    return out


def scan(
    tree: FileTree, *, sdks: tuple[Sdk, ...] = SDKS, ignore: tuple[str, ...] = (), parser: Parser | None = None
) -> Scan:
    """What LLM calls are in this tree, what text they send, and what could not be read."""
    return Scanner(tree, sdks=sdks, ignore=ignore, parser=parser).run()
