"""All advice on some call sites: asked of every lever, conflicts resolved, ranked; and what it saves altogether.

Ranked by saving × confidence ÷ effort, in the levers' order where that is equal. Savings are not added up: what several
pieces of advice save together is the price of the call with all of them done, where a cached or batched token is not
saved twice and a site calls one model. What costs more at one end of its range is no saving to count on: it comes last,
is in no sum and in no comment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations, pairwise

from bot.cost import Pricer
from bot.levers import LEVERS
from bot.levers.case import Case, Proposal, Settings, per_month, saved_with
from bot.model import NO_USD, Advice, PricedSite, Range, Usd
from prompts_scanner.model import CallSite, Span

_CONFIDENCE = {"high": Decimal(1), "medium": Decimal("0.6"), "low": Decimal("0.3")}
_EFFORT = {"low": Decimal(1), "medium": Decimal(2), "high": Decimal(4)}
# The same words said of so many places are told once; of fewer, where they stand within so many lines of one another:
# the settings of one list, or the branches of one choice.
MERGE_FROM = 3
NEAR_LINES = 10
# What no reviewer decides on a change of something else, however much it saves: told where the change chose the model.
_NOT_BY_THE_WAY = ("other_vendor",)
# More places than these are counted, not named.
MAX_PLACES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """`advice` ranked; `verdicts` are levers that do not pay back. `together_usd_per_month` is what all of it saves.

    None where no site with a saving has a known volume; `together_usd_per_1k_calls` by site id.
    """

    advice: tuple[Advice, ...]
    verdicts: tuple[Advice, ...]
    together_usd_per_month: Usd | None
    together_usd_per_1k_calls: Mapping[str, Usd]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One site and what the levers propose for it; a `verdict` among them is no advice."""

    case: Case
    proposals: tuple[Proposal, ...]

    @property
    def useful(self) -> tuple[Proposal, ...]:
        return tuple(p for p in self.proposals if p.kind != "verdict")


def advise(
    sites: Iterable[PricedSite],
    pricer: Pricer,
    *,
    settings: Settings | None = None,
    before: Mapping[str, CallSite] | None = None,
) -> Advised:
    """What to do about these sites. `before`: by site id, the base's site, to know what a change added."""
    return advised_of(asked_of(sites, pricer, settings=settings, before=before))


def asked_of(
    sites: Iterable[PricedSite],
    pricer: Pricer,
    *,
    settings: Settings | None = None,
    before: Mapping[str, CallSite] | None = None,
) -> tuple[Asked, ...]:
    """What every lever proposes for each site."""
    out = []
    for site in sites:
        case = Case(
            priced=site,
            pricer=pricer,
            settings=settings or Settings(),
            before=(before or {}).get(site.site.id),
        )
        out.append(Asked(case=case, proposals=tuple(p for lever in LEVERS for p in lever.propose(case))))
    return tuple(out)


def advised_of(asked: Sequence[Asked]) -> Advised:
    """The proposals as advice: ranked, with what all of it saves."""
    found: list[Advice] = []
    verdicts: list[tuple[Decimal, Advice]] = []
    thousand: dict[str, Usd] = {}
    for one in asked:
        site = one.case.priced
        bill = per_month(site.cost.usd_per_call, site.traffic)
        spent = bill.likely if bill is not None else Decimal(0)
        verdicts += [(spent, p.advice) for p in one.proposals if p.kind == "verdict"]
        found += [p.advice for p in one.useful]
        saved = together(one.case, one.useful)
        if saved.likely > 0:
            thousand[site.site.id] = saved.map(lambda usd: usd * 1000)
    advice = ranked(merged(found))
    return Advised(
        advice=advice,
        verdicts=_told_once(verdicts),
        together_usd_per_month=saved_per_month(asked, advice),
        together_usd_per_1k_calls=thousand,
    )


def saved_per_month(asked: Sequence[Asked], advice: Sequence[Advice]) -> Usd | None:
    """What these pieces of advice save together, conflicts resolved; None where no site they save on has a volume."""
    month: Usd | None = None
    for one in asked:
        site = one.case.priced
        done = [p for p in one.useful if any(_is_told_by(p.advice, told) for told in advice)]
        saved = together(one.case, done)
        monthly = per_month(saved, site.traffic) if saved.likely > 0 else None
        if monthly is not None:
            month = monthly if month is None else month + monthly
    return month


def _is_told_by(own: Advice, told: Advice) -> bool:
    """Whether a site's advice is this one, or one of the many places that this one tells of."""
    same_words = told.title == own.title or told.title.startswith(f"{own.title} (")
    return own.lever == told.lever and same_words and own.site_id in (told.site_id, *told.also_site_ids)


def together(case: Case, proposals: Sequence[Proposal]) -> Usd:
    """What the proposals save of a call when all are done that can be done together.

    Of those that exclude each other (two models, a cache whose hits a batch makes uncertain) the set that saves most.
    """
    able = [p for p in proposals if _changes(p) and not p.advice.may_cost_more]
    best = NO_USD
    for size in range(1, len(able) + 1):
        for chosen in combinations(able, size):
            if _compatible(chosen):
                saved = saved_with(case, *chosen)
                best = saved if saved.likely > best.likely else best
    return best


def _changes(proposal: Proposal) -> bool:
    return any(x is not None for x in (proposal.site, proposal.traffic, proposal.model, proposal.shift))


def _compatible(chosen: Sequence[Proposal]) -> bool:
    kinds = [p.kind for p in chosen if p.kind]
    return len(kinds) == len(set(kinds)) and sum(p.shift is not None for p in chosen) < 2


def ranked(advice: Iterable[Advice]) -> tuple[Advice, ...]:
    """Greatest saving × confidence ÷ effort first: known months, then known thousands of calls, then the rest.

    Last, whatever it is likely to save, what may cost more.
    """
    order = {lever.NAME: i for i, lever in enumerate(LEVERS)}

    def key(one: Advice) -> tuple[int, Decimal, int, str, int]:
        weight = _CONFIDENCE[one.confidence] / _EFFORT[one.effort]
        month, thousand = one.saving_usd_per_month, one.saving_usd_per_1k_calls
        known = month or thousand
        place = 3 if one.may_cost_more else 0 if month is not None else 1 if thousand is not None else 2
        worth = known.likely * weight if known is not None else weight
        return (place, -worth, order.get(one.lever, len(order)), one.span.path, one.span.first_line)

    return tuple(sorted(advice, key=key))


def merged(advice: Sequence[Advice]) -> tuple[Advice, ...]:
    """One edit is one piece of advice, however many call sites it changes; the same words of many places are told once."""
    edits: dict[tuple[str, str, Span], list[Advice]] = {}
    for one in advice:
        edits.setdefault((one.lever, one.title, one.span), []).append(one)
    words: dict[tuple[str, str], list[Advice]] = {}
    for group in edits.values():
        whole = group[0] if len(group) == 1 else _one_edit(group)
        words.setdefault((whole.lever, whole.title), []).append(whole)
    out: list[Advice] = []
    for group in words.values():
        out += [_told_of_many(group)] if len(group) >= MERGE_FROM or _stand_together(group) else group
    return tuple(out)


def _stand_together(group: Sequence[Advice]) -> bool:
    spans = sorted(a.span for a in group)
    return len(spans) > 1 and all(
        a.path == b.path and b.first_line - a.last_line <= NEAR_LINES for a, b in pairwise(spans)
    )


def _one_edit(group: Sequence[Advice]) -> Advice:
    """The call sites that one edit changes."""
    return replace(_summed(group), why=f"{group[0].why}; the edit changes {len(group)} call sites")


def _told_of_many(group: Sequence[Advice]) -> Advice:
    """The same words, the place that saves most first."""
    ordered = sorted(group, key=_worth, reverse=True)
    places = list(dict.fromkeys(f"{a.span.path}:{a.span.first_line}" for a in ordered[1:]))
    shown = ", ".join(places[:MAX_PLACES]) + (
        f" and {len(places) - MAX_PLACES} more" if len(places) > MAX_PLACES else ""
    )
    whole = _summed(ordered)
    return replace(whole, title=f"{whole.title} ({len(group)} places)", why=f"{whole.why}; also {shown}")


def _worth(one: Advice) -> Decimal:
    known = one.saving_usd_per_month or one.saving_usd_per_1k_calls
    return known.likely if known is not None else Decimal(0)


def _summed(group: Sequence[Advice]) -> Advice:
    """By month the savings of several sites add up; by 1,000 calls they span a range, whose middle is the median."""
    months = [a.saving_usd_per_month for a in group if a.saving_usd_per_month is not None]
    thousands = [a.saving_usd_per_1k_calls for a in group if a.saving_usd_per_1k_calls is not None]
    thousand = None
    if len(thousands) == len(group):
        middle = sorted(t.likely for t in thousands)[len(thousands) // 2]
        thousand = Range(min(t.low for t in thousands), middle, max(t.high for t in thousands))
    return replace(
        group[0],
        saving_usd_per_month=sum(months[1:], start=months[0]) if len(months) == len(group) else None,
        saving_usd_per_1k_calls=thousand,
        also_site_ids=_others(group),
    )


def _others(group: Sequence[Advice]) -> tuple[str, ...]:
    ids = [i for a in group for i in (a.site_id, *a.also_site_ids)]
    return tuple(dict.fromkeys(i for i in ids if i != group[0].site_id))


def _told_once(verdicts: Sequence[tuple[Decimal, Advice]]) -> tuple[Advice, ...]:
    """One sentence a lever: the site with the largest bill stands for the others, whose features are named."""
    by_lever: dict[str, list[Advice]] = {}
    for _, one in sorted(verdicts, key=lambda v: v[0], reverse=True):
        by_lever.setdefault(one.lever, []).append(one)
    out = []
    for group in by_lever.values():
        features = list(dict.fromkeys(a.feature for a in group if a.feature))
        also = f"; the same for {', '.join(features[1:])}" if len(features) > 1 else ""
        out.append(replace(group[0], why=group[0].why + also))
    return tuple(out)


def worth_a_comment(
    advised: Advised, touched: Callable[[Advice], bool], min_usd_per_month: Decimal
) -> tuple[Advice, ...]:
    """What the change touches, and what saves more than the threshold wherever it is; nothing that may cost more."""

    def great(one: Advice) -> bool:
        saved = one.saving_usd_per_month
        return one.lever not in _NOT_BY_THE_WAY and saved is not None and saved.likely >= min_usd_per_month

    return tuple(one for one in advised.advice if not one.may_cost_more and (touched(one) or great(one)))
