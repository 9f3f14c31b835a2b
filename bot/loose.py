"""Changes of prompts, tools, retrieval settings and model names that no call site was seen to use.

They still cost: somebody sends them. Their token change is shown; dollars are not, for nobody knows the model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

from bot.cost import RateBook
from bot.loose_causes import HOLE, VOLATILE, CountText, CountTool, Thing, causes_of
from bot.model import Change, What
from prompts_scanner.model import CallSite, Hole, Piece, RetrievalItem, Scan, Span


def loose_changes(
    before: Scan,
    after: Scan,
    *,
    changes: Iterable[Change],
    renames: Mapping[str, str],
    contexts: frozenset[str],
    count_text: CountText,
    count_tool: CountTool,
    rates: RateBook,
    noise_floor_tokens: int,
) -> tuple[Change, ...]:
    """Changed declarations that no change of a call site already tells of."""
    covered = _covered(changes)
    out = []
    for old, new in _pairs(_things(before), _things(after), renames):
        side = new or old
        if side is None or side.context not in contexts:
            continue
        if any(t is not None and _is_covered(t, covered) for t in (old, new)):
            continue
        if (old is None or new is None) and side.tied:
            continue  # its call site came or went with it
        causes = causes_of(old, new, count_text, count_tool, rates)
        if not causes:
            continue
        small = all(c.delta_tokens is not None and abs(c.delta_tokens.likely) <= noise_floor_tokens for c in causes)
        kind: Literal["added", "removed", "changed"] = "changed" if old and new else "added" if new else "removed"
        out.append(
            Change(
                id=side.id,
                kind=kind,
                feature="",
                label=side.label,
                span=side.span,
                before=None,
                after=None,
                causes=causes,
                below_noise=small and side.what in ("prompt", "tools"),
            )
        )
    return tuple(out)


def _things(scan: Scan) -> list[Thing]:
    out = [
        Thing(
            id=p.id,
            what="prompt",
            span=p.surface.span,
            content="".join(map(_written, p.surface.text.pieces)),
            label=f"prompt {p.surface.name or p.id.rpartition('#')[2]}",
            context=p.context,
            tied=p.tied,
            item=p,
        )
        for p in scan.prompts
    ]
    out += [
        Thing(
            id=t.id,
            what="tools",
            span=t.tool.span,
            content=t.tool.schema,
            label=f"tool {t.tool.name}",
            context=t.context,
            tied=t.tied,
            item=t,
        )
        for t in scan.tools
    ]
    out += [
        Thing(
            id=r.id,
            what="retrieval",
            span=r.retrieval.span,
            content="|".join(r.retrieval.setting.values),
            label=r.retrieval.parameter,
            context=r.context,
            tied=r.tied,
            item=r,
        )
        for r in scan.retrieval
    ]
    out += [
        Thing(
            id=m.id,
            what="model",
            span=m.setting.span,
            content="|".join(m.setting.values),
            label=m.id.rpartition(":")[2].rpartition("#")[2].lstrip("."),
            context=m.context,
            tied=False,
            item=m,
        )
        for m in scan.models
    ]
    out += [
        Thing(
            id=c.id,
            what="cache",
            span=c.span,
            content=c.every,
            label=f"{c.name}, which a prompt is given,",
            context=c.context,
            tied=False,
            item=c,
        )
        for c in scan.clocks
    ]
    return out


def _written(piece: Piece | Hole) -> str:
    return piece.text if isinstance(piece, Piece) else VOLATILE if piece.volatile else HOLE


def _pairs(old: list[Thing], new: list[Thing], renames: Mapping[str, str]) -> list[tuple[Thing | None, Thing | None]]:
    """By id across renames; what is left and equal in content has moved; what is left and alike in name was edited."""
    by_id = {t.id: t for t in new}
    pairs: list[tuple[Thing | None, Thing | None]] = []
    rest_old = []
    used: set[str] = set()
    for thing in old:
        path = thing.span.path
        renamed = thing.id.replace(path, renames.get(path, path), 1)
        twin = by_id.get(thing.id) or by_id.get(renamed)
        if twin is not None and twin.id not in used and twin.what == thing.what:
            used.add(twin.id)
            pairs.append((thing, twin))
        else:
            rest_old.append(thing)
    rest_new = [t for t in new if t.id not in used]
    for key in (_by_content, _by_label, _by_place):
        groups: dict[object, list[Thing]] = defaultdict(list)
        for thing in rest_new:
            groups[key(thing)].append(thing)
        left = []
        for thing in rest_old:
            group = groups.get(key(thing))
            if group:
                pairs.append((thing, group.pop(0)))
            else:
                left.append(thing)
        paired = {id(p[1]) for p in pairs}
        rest_old, rest_new = left, [t for t in rest_new if id(t) not in paired]
    return [*pairs, *((t, None) for t in rest_old), *((None, t) for t in rest_new)]


def _by_content(thing: Thing) -> tuple[What, str]:
    return (thing.what, thing.content)


def _by_label(thing: Thing) -> tuple[What, str]:
    return (thing.what, thing.label)


def _by_place(thing: Thing) -> tuple[What, str]:
    """Lists of models in one scope: one was renamed while it was edited."""
    is_list = thing.what == "model" and "|" in thing.content
    return (thing.what, thing.id.rpartition(".")[0] if is_list else thing.id)


def _covered(changes: Iterable[Change]) -> dict[str, dict[str, list[Span]]]:
    """Places that the changes of call sites already tell of, by kind and path."""
    out: dict[str, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for change in changes:
        whats = {c.what for c in change.causes}
        for side in (change.before, change.after):
            if side is None:
                continue
            for what, span in _places(side.site):
                if what in whats or "site" in whats:
                    out[what][span.path].append(span)
    return out


def _places(site: CallSite) -> Iterable[tuple[What, Span]]:
    for surface in site.surfaces:
        for piece in surface.text.pieces:
            yield "prompt", piece.span
            yield "cache", piece.span
    for tool in site.tools:
        yield "tools", tool.span
    for item in site.retrieval:
        yield "retrieval", item.span
        for span in (item.setting.span, *item.setting.sources):
            yield "retrieval", span
    yield "model", site.model.span
    for span in site.model.sources:
        yield "model", span


def _is_covered(thing: Thing, covered: dict[str, dict[str, list[Span]]]) -> bool:
    told = covered.get(thing.what, {}).get(thing.span.path, ())
    return any(s.first_line <= at.last_line and at.first_line <= s.last_line for s in told for at in _stands_at(thing))


def _stands_at(thing: Thing) -> Iterable[Span]:
    """Also where what it hands on is set beside it: `def find(q, top_k=12): return search(q, top_k=top_k)`."""
    yield thing.span
    if isinstance(thing.item, RetrievalItem):
        yield from (s for s in thing.item.retrieval.setting.sources if s.path == thing.span.path)
