"""The scan: route files, find calls, follow wrappers, read sites, and list what stands on its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from prompts_scanner.declared import called_functions
from prompts_scanner.documents import read_by
from prompts_scanner.groups import GroupSites
from prompts_scanner.lines import Lines
from prompts_scanner.model import (
    CallSite,
    ClockItem,
    ModelItem,
    PromptItem,
    Related,
    Retrieval,
    RetrievalItem,
    Scan,
    Setting,
    Span,
    ToolItem,
)
from prompts_scanner.parsing import Parser
from prompts_scanner.questions import Questions
from prompts_scanner.reach import tied
from prompts_scanner.sdks import SDKS
from prompts_scanner.shape import Sdk
from prompts_scanner.surfaces import Found
from prompts_scanner.tree import FileTree

# A call site, the searches that fill its prompt, and whether a comment says to ignore it.
Read = tuple[CallSite, tuple[Retrieval, ...], bool]
T = TypeVar("T", PromptItem, ToolItem, RetrievalItem, ModelItem, ClockItem)


def scan(
    tree: FileTree, *, sdks: tuple[Sdk, ...] = SDKS, ignore: tuple[str, ...] = (), parser: Parser | None = None
) -> Scan:
    """What LLM calls are in this tree, what text they send, and what could not be read.

    `parser` may be shared between scans: a file is parsed once, and what one tree was told is asked again of the next only
    where it may have changed.
    """
    parser = parser or Parser()
    with read_by(parser.documents.read if parser.documents is not None else None):
        return _scan(Questions(tree, sdks, ignore, parser))


def _scan(asked: Questions) -> Scan:
    surfaces = asked.surfaces()
    read = _named(asked.sites())
    found = _standing_alone(asked, surfaces.values(), [site for site, _, ignored in read if not ignored])
    sites, ignored = _with_searches(read)
    at_sites = _index(r for s in (*sites, *asked.files.sites) for r in s.related)
    pictures = asked.pictures()
    gaps = {*asked.tree.gaps(), *asked.files.gaps, *(g for p in pictures for g in p.gaps)}
    asked.remember()
    return Scan(
        sites=tuple(sorted((*sites, *_declared(asked)), key=lambda s: s.span)),
        prompts=found.prompts,
        tools=found.tools,
        retrieval=tuple(replace(r, tied=r.tied or _tied(r.retrieval.span, at_sites)) for r in found.retrieval),
        models=found.models,
        clocks=found.clocks,
        gaps=tuple(sorted(gaps, key=lambda g: (-g.weight, g.span))),
        files_seen=asked.listing.seen,
        files_vendored=asked.listing.vendored,
        files_parsed=sum(p.parsed for p in pictures),
        left_out=tuple(sorted(Counter(s.context for s in sites if s.context != "prod").items())),
        ignored=tuple(sorted(ignored, key=lambda s: s.span)),
    )


def call_sites(
    tree: FileTree, *, sdks: tuple[Sdk, ...] = SDKS, ignore: tuple[str, ...] = (), parser: Parser | None = None
) -> tuple[CallSite, ...]:
    """The sites of `scan` and nothing else: what stands on its own is read only where a site leads to it."""
    parser = parser or Parser()
    with read_by(parser.documents.read if parser.documents is not None else None):
        asked = Questions(tree, sdks, ignore, parser)
        sites, _ = _with_searches(_named(asked.sites()))
        found = tuple(sorted((*sites, *_declared(asked)), key=lambda s: s.span))
        asked.remember()
        return found


def _named(groups: Iterable[GroupSites]) -> list[Read]:
    """All sites in the order of their places; those of one function are told apart by an ordinal."""
    ordinals: dict[str, int] = defaultdict(int)
    out = []
    for site, searches, ignored in sorted((one for g in groups for one in g.each()), key=lambda one: one[0].span):
        ordinals[site.id] += 1
        ordinal = ordinals[site.id]
        out.append((replace(site, id=f"{site.id}#{ordinal}") if ordinal > 1 else site, searches, ignored))
    return out


def _with_searches(read: Iterable[Read]) -> tuple[list[CallSite], list[CallSite]]:
    """The sites and the ignored ones, with the searches that fill their prompts."""
    found: tuple[list[CallSite], list[CallSite]] = ([], [])
    for site, searches, ignored in read:
        found[ignored].append(tied(site, searches))
    return found


def _declared(asked: Questions) -> tuple[CallSite, ...]:
    """The sites that files declare, at the calls in code where there are some."""
    calls = (c for look in asked.looks().values() for c in look.client_calls)
    return called_functions(calls, asked.files.sites, asked.listing.context)


def _standing_alone(asked: Questions, surfaces: Iterable[Found], sites: list[CallSite]) -> Found:
    """What stands on its own, in code and in other files, whether or not a call is seen to use it."""
    at_sites = _index(
        r for s in (*sites, *asked.files.sites) for r in (*s.related, Related(role="binding", span=s.span))
    )
    files, in_code = asked.files, tuple(surfaces)
    prompts = [*files.prompts, *(p for found in in_code for p in found.prompts)]
    prompts += _inline_prompts(sites, prompts)
    tools = [*files.tools, *(t for found in in_code for t in found.tools)]
    retrieval = [*files.retrieval, *(r for found in in_code for r in found.retrieval)]
    models = [
        ModelItem(
            id=f"{m.path}#{m.key_path}",
            setting=Setting(values=(m.value,), resolution="config", span=m.span),
            context=asked.listing.context(m.path),
        )
        for m in files.models
    ]
    models += [m for found in in_code for m in found.models]
    clocks = [c for found in in_code for c in found.clocks]
    return Found(
        prompts=tuple(
            sorted(
                (replace(p, tied=_tied(p.surface.span, at_sites)) for p in _unique(prompts)),
                key=lambda p: p.surface.span,
            )
        ),
        tools=tuple(
            sorted((replace(t, tied=_tied(t.tool.span, at_sites)) for t in _unique(tools)), key=lambda t: t.tool.span)
        ),
        retrieval=tuple(
            sorted(
                (replace(r, tied=_tied(r.retrieval.span, at_sites)) for r in _unique(retrieval)),
                key=lambda r: r.retrieval.span,
            )
        ),
        models=tuple(sorted(_unique(models), key=lambda m: m.setting.span)),
        clocks=tuple(sorted(_unique(clocks), key=lambda c: c.span)),
    )


def _index(related: Iterable[Related]) -> dict[str, Lines]:
    out: dict[str, Lines] = defaultdict(Lines)
    for item in related:
        out[item.span.path].add(item.span)
    return out


def _tied(span: Span, index: Mapping[str, Lines]) -> bool:
    found = index.get(span.path)
    return found is not None and found.touches(span)


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
