"""Changes of prompts, tools, retrieval settings and model names that no call site was seen to use.

They still cost: somebody sends them. Their token change is shown; dollars are not, for nobody knows the model.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.compare import UNIT_TOKENS
from bot.cost import RateBook
from bot.lines import setting_int
from bot.model import Cause, Change, Range, Rates, TokenCount, Tokens, What
from prompts_scanner.model import (
    CallSite,
    Context,
    ModelItem,
    Piece,
    PromptItem,
    RetrievalItem,
    Scan,
    Span,
    Tool,
    ToolItem,
)

# What a list of models is for, by its name: those that think before they answer.
_REASONING = re.compile(r"reasoning|reasoner|think", re.IGNORECASE)
_NEGATED = re.compile(r"(?<![a-z])(?:non?|not|without|skip|disabled?)(?![a-z])|unsupported", re.IGNORECASE)
CountText = Callable[[str], TokenCount]
CountTool = Callable[[Tool], TokenCount]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One declaration: `content` is what makes two of them equal."""

    id: str
    what: What
    span: Span
    content: str
    label: str
    context: Context
    tied: bool
    item: PromptItem | ToolItem | RetrievalItem | ModelItem


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
        cause = _cause(old, new, count_text, count_tool, rates)
        if cause is None:
            continue
        small = cause.delta_tokens is not None and abs(cause.delta_tokens.likely) <= noise_floor_tokens
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
                causes=(cause,),
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
            content="\0".join(x.text if isinstance(x, Piece) else "" for x in p.surface.text.pieces),
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
    return out


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
    for key in (_by_content, _by_label):
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
    spans = covered.get(thing.what, {}).get(thing.span.path, ())
    return any(s.first_line <= thing.span.last_line and thing.span.first_line <= s.last_line for s in spans)


def _cause(
    old: Thing | None, new: Thing | None, count_text: CountText, count_tool: CountTool, rates: RateBook
) -> Cause | None:
    side = new or old
    if side is None or (old is not None and new is not None and old.content == new.content):
        return None
    match side.what:
        case "prompt" | "tools":
            return _text_cause(old, new, side, count_text, count_tool)
        case "retrieval":
            return _retrieval_cause(old, new, side)
        case "model":
            return _model_cause(old, new, side, rates)
    return None


def _text_cause(
    old: Thing | None, new: Thing | None, side: Thing, count_text: CountText, count_tool: CountTool
) -> Cause:
    def tokens(thing: Thing | None) -> Tokens:
        if thing is None:
            return Range(0, 0, 0)
        if isinstance(thing.item, ToolItem):
            return count_tool(thing.item.tool).tokens
        return count_text(thing.content.replace("\0", "")).tokens

    a, b = tokens(old), tokens(new)
    moved = (b.low - a.low, b.likely - a.likely, b.high - a.high)
    delta = Range(min(moved), moved[1], max(moved))
    sign: int | None = (delta.likely > 0) - (delta.likely < 0)
    if old and new and sign == 0:
        holes = new.content.count("\0") - old.content.count("\0")
        sign = (holes > 0) - (holes < 0)
    return Cause(what=side.what, detail=side.label, span=side.span, delta_tokens=delta, usd_per_call=None, sign=sign)


def _retrieval_cause(old: Thing | None, new: Thing | None, side: Thing) -> Cause | None:
    if not isinstance(side.item, RetrievalItem):
        return None
    if old is None or new is None or not isinstance(old.item, RetrievalItem) or not isinstance(new.item, RetrievalItem):
        return None  # a setting written down for the first time may only state what was the default
    a, b = setting_int(old.item.retrieval.setting), setting_int(new.item.retrieval.setting)
    sign: int | None = None
    if new.item.retrieval.unit not in ("model", "dimensions") and a is not None and b is not None:
        sign = (b > a) - (b < a)
    elif not old.content or not new.content:
        return None  # written otherwise, known at run time only on one side
    detail = f"{side.label} {old.content or 'set at run time'} → {new.content or 'set at run time'}"
    return Cause(what="retrieval", detail=detail, span=side.span, delta_tokens=None, usd_per_call=None, sign=sign)


def _model_cause(old: Thing | None, new: Thing | None, side: Thing, rates: RateBook) -> Cause | None:
    if old is None or new is None or not isinstance(old.item, ModelItem) or not isinstance(new.item, ModelItem):
        return None
    was, now = old.item.setting.values, new.item.setting.values
    single = len(was) == 1 == len(now)
    if not single and _REASONING.search(side.label):
        return _reasoning_cause(set(was), set(now), side)
    if not single and "default" not in side.label.lower():
        return None  # a list of models to choose from is not what is called
    detail = f"{side.label}: {', '.join(was[:3])} → {', '.join(now[:3])}"
    sign: int | None = None
    per_unit = None
    if set(was) == set(now):
        return None
    if single:
        a, b = rates(was[0], None), rates(now[0], None)
        if isinstance(a, Rates) and isinstance(b, Rates):
            signs = {
                _sign(a.input_usd_per_mtok, b.input_usd_per_mtok),
                _sign(a.output_usd_per_mtok, b.output_usd_per_mtok),
            } - {0}
            sign = signs.pop() if len(signs) == 1 else None if signs else 0
            if (
                a.input_usd_per_mtok is not None
                and b.input_usd_per_mtok is not None
                and a.input_usd_per_mtok != b.input_usd_per_mtok
            ):
                per_unit = (
                    f"{UNIT_TOKENS:,} input tokens",
                    (b.input_usd_per_mtok - a.input_usd_per_mtok) * UNIT_TOKENS / 1_000_000,
                )
    return Cause(
        what="model", detail=detail, span=side.span, delta_tokens=None, usd_per_call=None, sign=sign, per_unit=per_unit
    )


def _reasoning_cause(was: set[str], now: set[str], side: Thing) -> Cause | None:
    """A list of models that are asked to think: one more name bills more output where that model is used."""
    if was == now:
        return None
    sign = 1 if was < now else -1 if now < was else None
    if _NEGATED.search(side.label.replace("_", " ")):
        sign = None  # models that do not think: what they do instead is not told
    parts = [f"+{name}" for name in sorted(now - was)] + [f"−{name}" for name in sorted(was - now)]
    detail = f"{side.label}: {', '.join(parts[:4])}"
    return Cause(what="reasoning", detail=detail, span=side.span, delta_tokens=None, usd_per_call=None, sign=sign)


def _sign(a: Decimal | None, b: Decimal | None) -> int:
    return 0 if a is None or b is None else (b > a) - (b < a)
