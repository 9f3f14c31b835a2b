"""What a changed declaration that no call site uses does to the bill: tokens where they are known, else a sign."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from bot.compare import UNIT_TOKENS
from bot.cost import RateBook
from bot.lines import setting_int
from bot.model import Cause, Range, Rates, TokenCount, Tokens, What
from prompts_scanner.model import (
    ClockItem,
    Context,
    ModelItem,
    PromptItem,
    RetrievalItem,
    Span,
    Tool,
    ToolItem,
)
from prompts_scanner.retrieval import WHOLE

# What a list of models is for, by its name: those that think before they answer, those that get a shorter text.
_REASONING = re.compile(r"reasoning|reasoner|think", re.IGNORECASE)
_SHORTER = re.compile(
    r"(?<![a-z])(?:short(?:er|ened)?|simpl(?:e|er|ified)|concise|compact|brief|condensed)(?![a-z])", re.IGNORECASE
)
_NEGATED = re.compile(r"(?<![a-z])(?:non?|not|without|skip|disabled?)(?![a-z])|unsupported", re.IGNORECASE)
# How a hole is written in `Thing.content`: one that is the same for many calls, and one that differs on each.
HOLE, VOLATILE = "\0", "\1"
# An edit of the text before a clock moves it a little: that much of the text is no move.
MOVED_SHARE = 0.2
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
    item: PromptItem | ToolItem | RetrievalItem | ModelItem | ClockItem


def causes_of(
    old: Thing | None, new: Thing | None, count_text: CountText, count_tool: CountTool, rates: RateBook
) -> tuple[Cause, ...]:
    """Empty where nothing of weight is known to have changed."""
    side = new or old
    if side is None or (old is not None and new is not None and old.content == new.content):
        return ()
    match side.what:
        case "prompt":
            return (*_moved_clock(old, new, side), _text_cause(old, new, side, count_text, count_tool))
        case "tools":
            return (_text_cause(old, new, side, count_text, count_tool),)
        case "retrieval":
            found = _retrieval_cause(old, new, side)
        case "model":
            found = _model_cause(old, new, side, rates)
        case "cache":
            found = _clock_cause(old, new, side)
        case _:
            return ()
    return () if found is None else (found,)


def _text_cause(
    old: Thing | None, new: Thing | None, side: Thing, count_text: CountText, count_tool: CountTool
) -> Cause:
    def tokens(thing: Thing | None) -> Tokens:
        if thing is None:
            return Range(0, 0, 0)
        if isinstance(thing.item, ToolItem):
            return count_tool(thing.item.tool).tokens
        return count_text(thing.content.replace(HOLE, "").replace(VOLATILE, "")).tokens

    a, b = tokens(old), tokens(new)
    moved = (b.low - a.low, b.likely - a.likely, b.high - a.high)
    delta = Range(min(moved), moved[1], max(moved))
    sign: int | None = (delta.likely > 0) - (delta.likely < 0)
    if old and new and sign == 0:
        holes = _holes(new.content) - _holes(old.content)
        sign = (holes > 0) - (holes < 0)
    return Cause(what=side.what, detail=side.label, span=side.span, delta_tokens=delta, usd_per_call=None, sign=sign)


def _moved_clock(old: Thing | None, new: Thing | None, side: Thing) -> tuple[Cause, ...]:
    """What differs on every call went nearer to the front of a prompt, or away from it: caching ends there."""
    if old is None or new is None:
        return ()
    before, after = _cacheable_share(old.content), _cacheable_share(new.content)
    if VOLATILE not in old.content + new.content or abs(before - after) <= MOVED_SHARE:
        return ()
    told, sign = ("less", 1) if after < before else ("more", -1)
    detail = f"{side.label}: {told} of it stands before what differs on every call, and can be cached"
    return (Cause(what="cache", detail=detail, span=side.span, delta_tokens=None, usd_per_call=None, sign=sign),)


def _holes(content: str) -> int:
    return content.count(HOLE) + content.count(VOLATILE)


def _cacheable_share(content: str) -> float:
    """Of the text, what stands before the first part that differs on every call."""
    at = content.find(VOLATILE)
    return 1.0 if at < 0 else at / len(content)


def _clock_cause(old: Thing | None, new: Thing | None, side: Thing) -> Cause | None:
    """A prompt is given the time: what follows it can be cached for as long as it stays the same."""
    every_call = (old is not None and old.content == "call", new is not None and new.content == "call")
    match every_call:
        case (True, False):
            told, sign = "no longer differs on every call: the prompt can be cached", -1
        case (False, True):
            told, sign = "now differs on every call: what follows it in the prompt cannot be cached", 1
        case _:
            return None
    detail = f"{side.label} {told}"
    return Cause(what="cache", detail=detail, span=side.span, delta_tokens=None, usd_per_call=None, sign=sign)


def _retrieval_cause(old: Thing | None, new: Thing | None, side: Thing) -> Cause | None:
    if not isinstance(side.item, RetrievalItem):
        return None
    if old is None or new is None or not isinstance(old.item, RetrievalItem) or not isinstance(new.item, RetrievalItem):
        return None  # a setting written down for the first time may only state what was the default
    a, b = setting_int(old.item.retrieval.setting), setting_int(new.item.retrieval.setting)
    sign: int | None = None
    if WHOLE in (old.content, new.content):
        sign = 1 if new.content == WHOLE else -1
    elif new.item.retrieval.unit not in ("model", "dimensions") and a is not None and b is not None:
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
        return _listed_cause(set(was), set(now), side, "reasoning", 1)
    if not single and _SHORTER.search(side.label.replace("_", " ")):
        return _listed_cause(set(was), set(now), side, "prompt" if "prompt" in side.label.lower() else "tools", -1)
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


def _listed_cause(was: set[str], now: set[str], side: Thing, what: What, each: int) -> Cause | None:
    """A list of models that are treated apart: `each` is the sign of one more name, where that model is used.

    1 for those asked to think, which bills more output; -1 for those that get a shorter text.
    """
    if was == now:
        return None
    sign = each if was < now else -each if now < was else None
    if _NEGATED.search(side.label.replace("_", " ")):
        sign = None  # the models not in the list: what they do instead is not told
    parts = [f"+{name}" for name in sorted(now - was)] + [f"−{name}" for name in sorted(was - now)]
    detail = f"{side.label}: {', '.join(parts[:4])}"
    return Cause(what=what, detail=detail, span=side.span, delta_tokens=None, usd_per_call=None, sign=sign)


def _sign(a: Decimal | None, b: Decimal | None) -> int:
    return 0 if a is None or b is None else (b > a) - (b < a)
