"""One change as a row: what changed in a few words, tokens and amounts, and what the amounts rest on.

Everything that is not a `Figure` may hold text of the repository and is escaped by whoever prints it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from bot.model import Cause, Change, NoPrice, Tokens, Usd, What
from bot.render.numbers import (
    UNKNOWN,
    Currency,
    Figure,
    about_tokens,
    count_range,
    money,
    step,
    zero,
)
from bot.render.summary import (
    CALLS,
    has_amount,
    known_input,
    known_usd_per_1k_calls,
    usd_per_1k_calls,
)
from prompts_scanner.model import Span

# What `bot.compare` adds to the names of two models where their rates differ.
_MODEL_SUFFIX = re.compile(r": (input rate|output rate|same rates|no (input|output) rate)$")
_ARROWS = {1: "costs more", -1: "costs less", None: "may cost more or less", 0: "costs the same"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One cause, ready to print. `amount` is per 1,000 calls; empty where it has none."""

    words: str
    span: Span
    on_head: bool
    tokens: Figure
    amount: Figure
    aside: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What changed in a few words: all causes of one kind. `share`: its part of the row's amount.

    `aside`: what a part costs whose amount only a run knows, by the unit.
    """

    words: str
    aside: Figure
    span: Span
    share: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One change: a line of the table."""

    kind: str
    feature: str
    label: str
    span: Span
    also: tuple[Span, ...]
    on_head: bool
    is_call: bool
    groups: tuple[Group, ...]
    reasons: tuple[Reason, ...]
    input_tokens: Figure
    output_tokens: Figure
    per_1k: Figure
    per_1k_step: Figure
    per_month: Figure
    basis: str


def weight(change: Change) -> tuple[Decimal, Decimal, int]:
    """Dearest first, either way; then what has no amount but a direction."""
    month, call = change.delta_usd_per_month, change.delta_usd_per_call
    unknown = sum(c.sign != 0 and c.usd_per_call is None for c in change.causes)
    return (
        abs(month.likely) if month is not None else Decimal(0),
        abs(call.likely) if call is not None else Decimal(0),
        unknown,
    )


def row_of(change: Change, same: tuple[Change, ...], currency: Currency) -> Row:
    """`same`: further changes that say the same, told in this row."""
    before, after = change.before, change.after
    is_call = before is not None or after is not None
    label = _short_label(change)
    return Row(
        kind=change.kind,
        feature=feature_of(change),
        label=f"{label} and {len(same)} more {'call' if len(same) == 1 else 'calls'}" if is_call and same else label,
        span=change.span,
        also=tuple(c.span for c in same),
        on_head=change.kind != "removed",
        is_call=is_call,
        groups=_groups(change, currency),
        reasons=tuple(_reason(c, change, currency) for c in change.causes),
        input_tokens=Figure("unchanged") if is_call and same else _input(change),
        output_tokens=_output(change),
        per_1k=_amount(usd_per_1k_calls(change), change, currency),
        per_1k_step=Figure("") if same else _per_1k_step(change, currency),
        per_month=_amount(change.delta_usd_per_month, change, currency) if change.calls_per_month else Figure("–"),
        basis=basis_of(change) if is_call else "no call is seen to use it",
    )


def feature_of(change: Change) -> str:
    """Empty where the site belongs to none and stands under its file's path (bot.traffic)."""
    return "" if change.feature == change.span.path else change.feature


def _short_label(change: Change) -> str:
    side = change.after or change.before
    return change.label if side is None else side.site.symbol


def _amount(usd: Usd | None, change: Change, currency: Currency) -> Figure:
    """The known part, and a sign that there is more to it where a cause has no amount."""
    if usd is None or (usd.low == usd.high == 0 and not has_amount(change)):
        signs = {c.sign for c in change.causes if c.sign != 0}
        if not signs:
            return Figure("no change")
        up_or_down = "more" if signs == {1} else "less" if signs == {-1} else ""
        return Figure(f"{up_or_down}, {UNKNOWN} amount" if up_or_down else UNKNOWN)
    text = money(usd.likely, currency, signed=True)
    return text if has_amount(change) else Figure(f"{text} + {UNKNOWN} part")


def _per_1k_step(change: Change, currency: Currency) -> Figure:
    """What 1,000 calls cost before and after, of what is known."""
    ends: list[Figure | None] = []
    for side in (change.before, change.after):
        if side is None or isinstance(side.rates, NoPrice):
            ends.append(None)
        else:
            known = known_usd_per_1k_calls(side)
            ends.append(money(known.likely, currency) if known is not None else None)
    before, after = ends
    if before is None or after is None:
        return Figure(after or before or "")
    return Figure(f"{before} → {after}") if before != after else before


def _input(change: Change) -> Figure:
    before, after = change.before, change.after
    if before is None and after is None:
        if all(c.delta_tokens is None for c in change.causes):
            return Figure("–")
        return about_tokens(change.delta_input_tokens, signed=True)
    old = known_input(before) if before is not None else None
    new = known_input(after) if after is not None else None
    side = after or before
    more = side is not None and any(line.token_class == "input" for line in side.cost.unknown)
    if old is None and new is None:
        return Figure("run time" if more else "–")
    return Figure(f"{step(old, new)}{' + run time' if more else ''}")


def _output(change: Change) -> Figure:
    sides: list[Tokens | None] = []
    for side in (change.before, change.after):
        lines = [x for x in side.cost.lines if x.part in ("output", "reasoning")] if side is not None else []
        known = [x.tokens_per_call for x in lines if x.tokens_per_call is not None]
        if not known or len(known) != len(lines):
            sides.append(None)
            continue
        total = known[0]
        for tokens in known[1:]:
            total = total + tokens
        sides.append(total)
    return Figure(UNKNOWN) if sides == [None, None] else step(*sides)


def _groups(change: Change, currency: Currency) -> tuple[Group, ...]:
    """The causes by kind, the dearest first."""
    kinds: dict[What, list[Cause]] = {}
    for cause in change.causes:
        kinds.setdefault(cause.what, []).append(cause)

    def size(causes: list[Cause]) -> Decimal:
        return abs(sum((c.usd_per_call.likely for c in causes if c.usd_per_call is not None), start=Decimal(0)))

    return tuple(
        Group(
            words=_words(causes, change.label),
            aside=_per_unit(causes, currency),
            span=causes[0].span,
            share=_share(causes, change, currency),
        )
        for causes in sorted(kinds.values(), key=size, reverse=True)
    )


def _words(causes: list[Cause], label: str) -> str:
    first = causes[0]
    if first.what == "model":
        return _MODEL_SUFFIX.sub("", first.detail).removeprefix(f"{label}: ")
    tokens = next((c.delta_tokens for c in causes if c.delta_tokens is not None and not zero(c.delta_tokens)), None)
    moved = f"{about_tokens(tokens, signed=True)} tokens" if tokens is not None else ""
    if first.what == "prompt" and first.detail == "prompt text":
        others = "; ".join(c.detail for c in causes[1:])
        return " ".join(p for p in ("prompt", moved or "text") if p) + (f"; {others}" if others else "")
    if first.detail == label:  # of a declaration that no call uses; its name stands beside it
        return moved or "its text"
    details = "; ".join(dict.fromkeys(c.detail for c in causes))
    return f"{details} ({moved})" if moved and first.what in ("tools", "retrieval", "prompt") else details


def _per_unit(causes: list[Cause], currency: Currency) -> Figure:
    units = [c.per_unit for c in causes if c.per_unit is not None and c.usd_per_call is None]
    return Figure("; ".join(f"{money(usd, currency, signed=True)} for every {unit}" for unit, usd in units))


def _share(causes: list[Cause], change: Change, currency: Currency) -> Figure:
    known = [c.usd_per_call.likely for c in causes if c.usd_per_call is not None]
    if not known:
        return Figure("")
    calls = change.calls_per_month
    amount = sum(known, start=Decimal(0)) * (calls.likely if calls is not None else CALLS)
    return Figure(f"{money(amount, currency, signed=True)}{'/month' if calls is not None else ''}")


def basis_of(change: Change) -> str:
    """What the amounts of a call site rest on."""
    side = change.after or change.before
    if side is None:
        return ""
    if isinstance(side.rates, NoPrice):
        return "no price" if side.rates.model else "model chosen at run time"
    traffic = side.traffic
    if traffic is None or traffic.calls_per_month is None:
        return "code only, no traffic profile"
    how = f"{traffic.days_observed} days observed" if traffic.days_observed else "as configured"
    return f"{count_range(traffic.calls_per_month)} calls a month, {how}"


def _reason(cause: Cause, change: Change, currency: Currency) -> Reason:
    aside = ""
    if cause.per_unit is not None:
        unit, usd = cause.per_unit
        aside = f"{money(usd, currency, signed=True)} for every {unit}"
    elif cause.usd_per_call is None:
        aside = _ARROWS[cause.sign]
    amount = Figure("")
    if cause.usd_per_call is not None:
        amount = Figure(f"{money(cause.usd_per_call.likely * CALLS, currency, signed=True)}")
    tokens = Figure("")
    if cause.delta_tokens is not None and not zero(cause.delta_tokens):
        tokens = Figure(f"{about_tokens(cause.delta_tokens, signed=True)} tokens")
    what = cause.what.replace("_", " ")
    told = cause.detail.startswith(what) or cause.what in ("model", "site")
    return Reason(
        words="prompt" if cause.detail == "prompt text" else cause.detail if told else f"{what}: {cause.detail}",
        span=cause.span,
        on_head=change.kind != "removed",
        tokens=tokens,
        amount=amount,
        aside=aside,
    )
