"""What a review says, in words and figures, before any layout: the same for the comment, the summary and the terminal.

Everything that is not a `Figure` may hold text of the repository and is escaped by whoever prints it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.model import Cause, Change, Coverage, NoPrice, PricedSite, Rates, Review, Tokens, Usd, What
from bot.render.numbers import (
    UNKNOWN,
    USD,
    Currency,
    Figure,
    about_tokens,
    count,
    count_range,
    money,
    money_range,
    percent,
    step,
    zero,
)
from bot.render.summary import (
    CALLS,
    counted,
    has_amount,
    known_input,
    known_usd_per_1k_calls,
    month_totals,
    summarise,
    usd_per_1k_calls,
)
from prompts_scanner.model import Gap, Span

# What `bot.compare` adds to the names of two models where their rates differ.
_MODEL_SUFFIX = re.compile(r": (input rate|output rate|same rates|no (input|output) rate)$")
# A gap of this weight may hide a call (bot.direction).
HIDES_COST = 50
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """`amount` is what stands out, `rest` follows it on the same line, `second` is the line below."""

    lead: str
    amount: str
    rest: str
    second: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    headline: Headline
    badge: str
    rows: tuple[Row, ...]
    has_months: bool
    noise: str
    assumptions: tuple[str, ...]
    coverage: tuple[str, ...]
    gaps: tuple[Gap, ...]
    new_gaps: tuple[Gap, ...]
    old_gaps: tuple[Gap, ...]


def view(review: Review, currency: Currency = USD) -> View:
    changes = sorted(counted(review), key=_weight, reverse=True)
    told = _told_once(changes)
    new_gaps = tuple(g for g in review.new_gaps if g.weight >= HIDES_COST)
    set_aside = frozenset(new_gaps)
    return View(
        headline=headline(review, tuple(change for change, _ in told), currency),
        badge=badge(review),
        rows=tuple(_row(c, also, currency) for c, also in told),
        has_months=any(c.calls_per_month is not None for c in changes),
        noise=_noise(len(review.changes) - len(changes)),
        assumptions=(*review.assumptions, *([currency.note] if currency.note else [])),
        coverage=coverage(review.coverage, review.sites),
        gaps=review.gaps,
        new_gaps=new_gaps,
        old_gaps=tuple(g for g in review.gaps if g not in set_aside),
    )


def _told_once(changes: Sequence[Change]) -> tuple[tuple[Change, tuple[Span, ...]], ...]:
    """Each change with the other places where the same is written: a setting and its copies are one row."""
    first: dict[object, Change] = {}
    places: dict[object, list[Span]] = defaultdict(list)
    for i, change in enumerate(changes):
        is_loose = change.before is None and change.after is None
        is_setting = is_loose and all(c.delta_tokens is None for c in change.causes)
        key = (change.kind, tuple((c.what, c.detail, c.sign) for c in change.causes)) if is_setting else i
        if key in first:
            places[key].append(change.span)
        first.setdefault(key, change)
    return tuple((change, tuple(places[key])) for key, change in first.items())


def _noise(n: int) -> str:
    """Changes too small to show, and yet said."""
    if n == 0:
        return ""
    return f"{count(n)} {_plural('change', n)} of a few tokens {'is' if n == 1 else 'are'} not shown."


def badge(review: Review) -> str:
    """The verdict in a few words; empty where no budget is set."""
    match review.verdict.outcome:
        case "fail":
            return "❌ over budget"
        case "warn":
            return "⚠️ see the warnings"
        case "unknown":
            return "❔ a budget could not be checked"
    return "✅ within budget" if review.verdict.findings else ""


# -- the first line ------------------------------------------------------------------------------------------------------


def headline(review: Review, changes: Sequence[Change], currency: Currency) -> Headline:
    if review.direction == "none":
        return _nothing(review, changes)
    second = _second(review, changes, currency)
    amount, rest = _amount_of_all(review, changes, currency)
    if review.direction == "unknown":
        return Headline(
            lead="AI cost", amount=_in_words(review), rest=f"(known part: {amount})" if amount else "", second=second
        )
    return Headline(lead="AI cost", amount=amount or _in_words(review), rest=rest, second=second)


def _amount_of_all(review: Review, changes: Sequence[Change], currency: Currency) -> tuple[str, str]:
    """The net amount, of a month or else of 1,000 calls, and what is said of it. Empty where nothing moves by an amount."""
    total = summarise(review)
    months, calls = total.delta_usd_per_month, total.delta_usd_per_1k_calls
    if months is not None and months.likely:
        totals = month_totals(review)
        rest = ""
        if totals is not None:
            share = percent((totals[1] - totals[0]) / totals[0])
            rest = f"({share}), now {money(totals[1], currency)}/month"
        return f"{money(months.likely, currency, signed=True)}/month", rest
    if calls is not None and calls.likely:
        priced = sum(usd_per_1k_calls(c) is not None for c in changes)
        rest = "of each changed site" if priced > 1 else ""
        return f"{money(calls.likely, currency, signed=True)} per 1,000 calls", rest
    return "", ""


def _nothing(review: Review, changes: Sequence[Change]) -> Headline:
    sites, priced, gaps = review.coverage.sites, review.coverage.priced, len(review.gaps)
    unpriced = f" ({count(sites - priced)} of them without a price)" if priced < sites else ""
    read = f"{count(sites)} call {_plural('site', sites)} read{unpriced}, {count(gaps)} {_plural('gap', gaps)}"
    second = [read]
    if changes:
        second.append(f"{count(len(changes))} {_plural('change', len(changes))} without effect on cost")
    return Headline(lead="", amount="No cost change found", rest="", second=tuple(second))


def _in_words(review: Review) -> str:
    match review.direction:
        case "up":
            return "goes up, by an amount that the code does not tell"
        case "down":
            return "goes down, by an amount that the code does not tell"
        case "mixed":
            return "moves both ways"
    return "could not be told"


def _second(review: Review, changes: Sequence[Change], currency: Currency) -> tuple[str, ...]:
    """How much of it, what is worst, how sure."""
    out = [_what_changed(changes)] if changes else []
    worst = _worst(changes, currency)
    if worst:
        out.append(worst)
    total = summarise(review)
    months = total.delta_usd_per_month
    if months is not None and not months.is_exact:
        out.append(f"likely range {money_range(months, currency, signed=True)}")
    n = sum(not has_amount(c) for c in changes)
    if n:
        out.append(f"{count(n)} {_plural('change', n)} {'has' if n == 1 else 'have'} a part that only a run knows")
    apart = _without_traffic(changes, currency) if months is not None else ""
    if apart:
        out.append(apart)
    hidden = sum(g.weight >= HIDES_COST for g in review.new_gaps)
    if hidden:
        out.append(f"{count(hidden)} new {_plural('place', hidden)} could not be read")
    return tuple(out)


def _without_traffic(changes: Sequence[Change], currency: Currency) -> str:
    """What is in no month, since nobody said how often it is called."""
    apart = [usd_per_1k_calls(c) for c in changes if c.calls_per_month is None and (c.before or c.after)]
    known = [usd.likely for usd in apart if usd is not None and usd.likely]
    if not known:
        return ""
    amount = money(sum(known, start=Decimal(0)), currency, signed=True)
    n = len(known)
    return f"and {amount} per 1,000 calls at {count(n)} {_plural('site', n)} without a traffic profile"


def _what_changed(changes: Sequence[Change]) -> str:
    sites = [c for c in changes if c.before is not None or c.after is not None]
    loose = len(changes) - len(sites)
    parts = []
    if sites:
        features = len({_feature(c) for c in sites} - {""})
        where = f" in {count(features)} {_plural('feature', features)}" if features > 1 else ""
        parts.append(f"{count(len(sites))} call {_plural('site', len(sites))} changed{where}")
    if loose:
        parts.append(f"{count(loose)} {_plural('change', loose)} tied to no call")
    return ", ".join(parts)


def _worst(changes: Sequence[Change], currency: Currency) -> str:
    """The feature that the money goes to; said only where there is more than one."""
    months: dict[str, Decimal] = defaultdict(Decimal)
    for change in changes:
        delta = change.delta_usd_per_month
        if delta is not None:
            months[_feature(change) or change.label] += delta.likely
    if len(months) < 2:
        return ""
    name, amount = max(months.items(), key=lambda item: abs(item[1]))
    return f"most of it: {name} {money(amount, currency, signed=True)}/month"


# -- rows ----------------------------------------------------------------------------------------------------------------


def _weight(change: Change) -> tuple[Decimal, Decimal, int]:
    """Dearest first, either way; then what has no amount but a direction."""
    month, call = change.delta_usd_per_month, change.delta_usd_per_call
    unknown = sum(c.sign != 0 and c.usd_per_call is None for c in change.causes)
    return (
        abs(month.likely) if month is not None else Decimal(0),
        abs(call.likely) if call is not None else Decimal(0),
        unknown,
    )


def _row(change: Change, also: tuple[Span, ...], currency: Currency) -> Row:
    before, after = change.before, change.after
    return Row(
        kind=change.kind,
        feature=_feature(change),
        label=_short_label(change),
        span=change.span,
        also=also,
        on_head=change.kind != "removed",
        is_call=before is not None or after is not None,
        groups=_groups(change, currency),
        reasons=tuple(_reason(c, change, currency) for c in change.causes),
        input_tokens=_input(change),
        output_tokens=_output(change),
        per_1k=_amount(usd_per_1k_calls(change), change, currency),
        per_1k_step=_per_1k_step(change, currency),
        per_month=_amount(change.delta_usd_per_month, change, currency) if change.calls_per_month else Figure("–"),
        basis=_basis(change) if before is not None or after is not None else "no call is seen to use it",
    )


def _feature(change: Change) -> str:
    """Empty where the site belongs to none and stands under its file's path (bot.traffic)."""
    return "" if change.feature == change.span.path else change.feature


def _short_label(change: Change) -> str:
    side = change.after or change.before
    return change.label if side is None else side.site.symbol


def _amount(usd: Usd | None, change: Change, currency: Currency) -> Figure:
    """The known part, and a sign that there is more to it where a cause has no amount."""
    if usd is None:
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


def _basis(change: Change) -> str:
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


# -- what it rests on ----------------------------------------------------------------------------------------------------


def coverage(c: Coverage, sites: Sequence[PricedSite]) -> tuple[str, ...]:
    line = f"{count(c.priced)} of {count(c.sites)} call {_plural('site', c.sites)} priced"
    if c.model_unknown:
        line += f", {count(c.model_unknown)} with a model that is chosen at run time"
    if c.no_price:
        names = Counter(s.rates.model for s in sites if isinstance(s.rates, NoPrice) and s.rates.model)
        shown = ", ".join(name for name, _ in names.most_common(5))
        line += f", {count(c.no_price)} without a price ({shown})"
    out = [line, f"{count(c.files_seen)} files seen, {count(c.files_parsed)} parsed"]
    if c.left_out:
        parts = ", ".join(f"{count(n)} in {context}" for context, n in c.left_out)
        out.append(f"call sites left out of the totals: {parts} (`--all` counts them)")
    return tuple(out)


def sources(review: Review) -> tuple[str, ...]:
    """Where the prices of the changed sites come from."""
    models: dict[str, dict[str, None]] = defaultdict(dict)
    for change in review.changes:
        for side in (change.before, change.after):
            if side is not None and isinstance(side.rates, Rates):
                models[side.rates.source][side.rates.model] = None
    return tuple(f"Prices of {', '.join(names)}: {source}." for source, names in models.items())


def _plural(word: str, n: int) -> str:
    return word if n == 1 else f"{word}s"


def revision(name: str) -> str:
    """A commit by its first twelve digits."""
    return "the work tree" if name == "worktree" else name[:12]
