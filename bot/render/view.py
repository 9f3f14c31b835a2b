"""What a review says, in words and figures, before any layout: the same for the comment, the summary and the terminal.

Everything that is not a `Figure` may hold text of the repository and is escaped by whoever prints it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.model import Cause, Change, Coverage, NoPrice, PricedSite, Rates, Review, Tokens, Usd
from bot.render.numbers import (
    USD,
    Currency,
    about_tokens,
    count,
    money,
    money_range,
    percent,
    zero,
)
from bot.render.rows import Row, basis_of, feature_of, row_of, weight
from bot.render.summary import (
    counted,
    has_amount,
    month_totals,
    summarise,
    usd_per_1k_calls,
)
from prompts_scanner.model import Gap

# A gap of this weight may hide a call (bot.direction).
HIDES_COST = 50


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
    changes = sorted(counted(review), key=weight, reverse=True)
    told = _told_once(changes)
    new_gaps = tuple(g for g in review.new_gaps if g.weight >= HIDES_COST)
    set_aside = frozenset(new_gaps)
    return View(
        headline=headline(review, _counted_once(told), currency),
        badge=badge(review),
        rows=tuple(row_of(c, also, currency) for c, also in told),
        has_months=any(c.calls_per_month is not None for c in changes),
        noise=_noise(len(review.changes) - len(changes)),
        assumptions=(*review.assumptions, *([currency.note] if currency.note else [])),
        coverage=coverage(review.coverage, review.sites),
        gaps=review.gaps,
        new_gaps=new_gaps,
        old_gaps=tuple(g for g in review.gaps if g not in set_aside),
    )


def _told_once(changes: Sequence[Change]) -> tuple[tuple[Change, tuple[Change, ...]], ...]:
    """Each change with the others that say the same: a setting and its copies are one row.

    So are call sites that one edit moves alike by an unknown amount, as where all of them take the model of one list.
    """
    first: dict[object, Change] = {}
    same: dict[object, list[Change]] = defaultdict(list)
    for i, change in enumerate(changes):
        key = _what_it_says(change) or i
        if key in first:
            same[key].append(change)
        first.setdefault(key, change)
    return tuple((change, tuple(same[key])) for key, change in first.items())


def _counted_once(told: Sequence[tuple[Change, tuple[Change, ...]]]) -> tuple[Change, ...]:
    """Every call site counts, a setting and its copies as one."""
    return tuple(c for change, same in told for c in (change, *(x for x in same if x.before or x.after)))


def _what_it_says(change: Change) -> tuple[object, ...]:
    """Equal for changes that one row can tell; empty for one that has a figure of its own."""
    causes = tuple((c.what, c.detail, c.sign) for c in change.causes)
    if change.before is None and change.after is None:
        return (change.kind, causes) if all(c.delta_tokens is None for c in change.causes) else ()
    own = any(not _nothing_known(c) for c in change.causes) or change.calls_per_month is not None
    places = tuple(c.span for c in change.causes)
    return () if own else (change.kind, causes, places, feature_of(change), basis_of(change))


def _nothing_known(cause: Cause) -> bool:
    tokens, usd = cause.delta_tokens, cause.usd_per_call
    return (tokens is None or zero(tokens)) and (usd is None or (usd.low == usd.high == 0))


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


# Below a cent for 1,000 calls the known part of a change with an unknown one is no headline.
TELLING_USD_PER_1K_CALLS = Decimal("0.01")

# -- the first line ------------------------------------------------------------------------------------------------------


def headline(review: Review, changes: Sequence[Change], currency: Currency) -> Headline:
    if review.direction == "none":
        return _nothing(review, changes)
    second = _second(review, changes, currency)
    amount, rest = _amount_of_all(review, changes, currency)
    # where something of unknown amount goes the other way, the sum of the rest is not what the change costs
    against = review.direction == "mixed" and not all(map(has_amount, changes))
    if review.direction == "unknown" or against:
        return Headline(
            lead="AI cost", amount=_in_words(review), rest=f"(known part: {amount})" if amount else "", second=second
        )
    return Headline(lead="AI cost", amount=amount or _in_words(review), rest=rest, second=second)


def _amount_of_all(review: Review, changes: Sequence[Change], currency: Currency) -> tuple[str, str]:
    """The net amount, of a month or else of 1,000 calls, and what is said of it. Empty where nothing moves by an amount."""
    told, per_month = _told(review, changes)
    if told is None:
        return "", ""
    amount = money(told.likely, currency, signed=True)
    if per_month:
        totals = month_totals(review)
        rest = ""
        if totals is not None:
            share = percent((totals[1] - totals[0]) / totals[0])
            rest = f"({share}), now {money(totals[1], currency)}/month"
        return f"{amount}/month", rest
    priced = sum(usd_per_1k_calls(c) is not None for c in changes)
    rest = "of each changed site" if priced > 1 else ""
    also = (
        " + a part that only a run knows" if not all(map(has_amount, changes)) and review.direction != "mixed" else ""
    )
    return f"{amount} per 1,000 calls{also}", rest


def _told(review: Review, changes: Sequence[Change]) -> tuple[Usd | None, bool]:
    """What the first line gives as the amount, and whether it is a month's; else it is of 1,000 calls."""
    total = summarise(review)
    months, calls = total.delta_usd_per_month, total.delta_usd_per_1k_calls
    if months is not None and months.likely:
        return months, True
    if calls is None or not calls.likely:
        return None, False
    if abs(calls.likely) < TELLING_USD_PER_1K_CALLS and not all(map(has_amount, changes)):
        return None, False  # a few tokens of a prompt that a run fills: their cost says nothing of the change's
    return calls, False


def _nothing(review: Review, changes: Sequence[Change]) -> Headline:
    sites, priced, gaps = review.coverage.sites, review.coverage.priced, len(review.gaps)
    unpriced = f" ({count(sites - priced)} of them without a price)" if priced < sites else ""
    read = f"{count(sites)} call {_plural('site', sites)} read{unpriced}, {count(gaps)} {_plural('gap', gaps)}"
    second = [read]
    if changes:
        second.append(f"{count(len(changes))} {_plural('change', len(changes))} without effect on cost")
    return Headline(lead="", amount="No cost change found", rest="", second=tuple(second))


def _in_words(review: Review) -> str:
    known = summarise(review).delta_input_tokens
    match review.direction:
        case "up":
            return f"goes up{_by(known, 1)}"
        case "down":
            return f"goes down{_by(known, -1)}"
        case "mixed":
            ways = {cause.sign for change in review.changes if not change.below_noise for cause in change.causes}
            if ways & {1, -1} == {1, -1}:
                return "moves both ways"
            return f"goes {'up' if 1 in ways else 'down'} in part, the rest could not be told"
    return "could not be told"


def _by(known: Tokens, sign: int) -> str:
    """The tokens of it, where they are known and agree with the direction."""
    if known.likely * sign <= 0:
        return ", by an amount that the code does not tell"
    return f": {about_tokens(known, signed=True)} tokens a call, at a price that the code does not tell"


def _second(review: Review, changes: Sequence[Change], currency: Currency) -> tuple[str, ...]:
    """How much of it, what is worst, how sure."""
    out = [_what_changed(changes)] if changes else []
    worst = _worst(changes, currency)
    if worst:
        out.append(worst)
    told, _ = _told(review, changes)
    if told is not None:
        shown = money_range(told, currency, signed=True)
        if shown != money(told.likely, currency, signed=True):
            out.append(f"likely range {shown}")
    n = sum(not has_amount(c) for c in changes)
    if n:
        out.append(f"{count(n)} {_plural('change', n)} {'has' if n == 1 else 'have'} a part that only a run knows")
    apart = _without_traffic(changes, currency) if summarise(review).delta_usd_per_month is not None else ""
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
        features = len({feature_of(c) for c in sites} - {""})
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
            months[feature_of(change) or change.label] += delta.likely
    if len(months) < 2:
        return ""
    name, amount = max(months.items(), key=lambda item: abs(item[1]))
    return f"most of it: {name} {money(amount, currency, signed=True)}/month"


# -- what it rests on ----------------------------------------------------------------------------------------------------


def coverage(c: Coverage, sites: Sequence[PricedSite]) -> tuple[str, ...]:
    line = f"{count(c.priced)} of {count(c.sites)} call {_plural('site', c.sites)} priced"
    if c.model_unknown:
        line += f", {count(c.model_unknown)} with a model that is chosen at run time"
    if c.no_price:
        names = Counter(s.rates.model for s in sites if isinstance(s.rates, NoPrice) and s.rates.model)
        shown = ", ".join(name for name, _ in names.most_common(5))
        line += f", {count(c.no_price)} without a price ({shown})"
    read = f"{count(c.files_seen)} files seen, {count(c.files_parsed)} parsed"
    if c.files_vendored:
        read += f", {count(c.files_vendored)} of vendored code not looked at"
    out = [line, read]
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


def joint_saving(review: Review, shown: int, currency: Currency = USD) -> str:
    """What several pieces of advice save when they are done together; empty for one, or where no volume is known."""
    saved, n = review.advice_usd_per_month, len(review.advice)
    if saved is None or n < 2:
        return ""
    many = "Both" if n == 2 else f"All {count(n)}"
    where = f" ({count(shown)} shown)" if shown < n else ""
    return f"{many} together{where}: {money_range(-saved, currency, signed=True)}/month, no token saved twice."


def _plural(word: str, n: int) -> str:
    return word if n == 1 else f"{word}s"


def revision(name: str) -> str:
    """A commit by its first twelve digits."""
    return "the work tree" if name == "worktree" else name[:12]
