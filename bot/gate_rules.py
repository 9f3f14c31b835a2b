"""Guardrails: rules about what a change does, whatever it costs. What the base already does is never blocked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase

from bot.model import Change, Finding, Guardrails, Level, Outcome, PricedSite, Range, Rates
from prompts_scanner.model import Span

RUN_TIME_MODEL = "chosen at run time"


def judge_rules(
    changes: Sequence[Change], base: Sequence[PricedSite], head: Sequence[PricedSite], rules: Guardrails
) -> list[Finding]:
    out: list[Finding] = []
    if rules.output_cap_on_new_sites is not None:
        out += _uncapped(changes, rules.output_cap_on_new_sites)
    if rules.allowed_models is not None:
        out += _models(changes, base, head, rules.allowed_models, rules.allowed_models_level)
    if rules.cache_breaking_change is not None:
        out += _cache(changes, rules.cache_breaking_change)
    if rules.max_unknown_sites is not None:
        out += _unknown_sites(base, head, rules.max_unknown_sites, rules.max_unknown_sites_level)
    return out


def _uncapped(changes: Iterable[Change], level: Level) -> list[Finding]:
    return [
        Finding(
            budget="output cap",
            limit="a new chat call caps its output",
            actual="no cap",
            outcome=level,
            feature=change.feature,
            span=change.span,
            key="budgets.guardrails.output_cap_on_new_sites",
            note=change.label,
        )
        for change in changes
        if change.kind == "added"
        and change.after is not None
        and change.after.site.operation == "chat"
        and change.after.site.output_cap is None
    ]


def _models(
    changes: Iterable[Change],
    base: Iterable[PricedSite],
    head: Iterable[PricedSite],
    allowed: Sequence[str],
    level: Level,
) -> list[Finding]:
    """Models that a change brings in: each must fit a glob of the list.

    A further model that a call may choose at run time need not move its likely cost: then there is no Change of it, and
    the call sites themselves are compared.
    """
    out: list[Finding] = []
    told: set[str] = set()
    for change in changes:
        if change.after is None:
            out += _loose_models(change, allowed)
            continue
        told.add(change.after.site.id)
        out += _new_models(change.before, change.after, allowed, level)
    was = {s.site.id: s for s in base}
    for site in head:
        if site.site.id in was and site.site.id not in told:
            out += _new_models(was[site.site.id], site, allowed, level)
    return out


def _new_models(before: PricedSite | None, after: PricedSite, allowed: Sequence[str], level: Level) -> list[Finding]:
    new = sorted(_names(after) - (_names(before) if before is not None else frozenset()))
    outside = [name for name in new if name and not _fits(name, after, allowed)]
    if not outside and "" not in new:
        return []
    return [
        _model_finding(
            allowed,
            ", ".join(outside) or RUN_TIME_MODEL,
            level if outside else "unknown",
            feature=after.feature,
            span=after.site.model.span,
            note=f"{after.site.span.path}::{after.site.symbol}",
        )
    ]


def _names(site: PricedSite) -> frozenset[str]:
    return frozenset(name for name, _ in site.candidates)


def _fits(name: str, site: PricedSite, allowed: Sequence[str]) -> bool:
    """By the name as written, with or without its provider, or as the catalogue knows it."""
    known = {name, name.rpartition("/")[2], name.rpartition(":")[2]}
    if isinstance(site.rates, Rates) and site.candidates and site.candidates[0][0] == name:
        known |= {site.rates.model, f"{site.rates.provider}/{site.rates.model}"}
    return any(fnmatchcase(k.lower(), glob.lower()) for k in known for glob in allowed)


def _loose_models(change: Change, allowed: Sequence[str]) -> list[Finding]:
    """A model setting that is tied to no call: which call it reaches is not known."""
    causes = [c for c in change.causes if c.what == "model"] if change.before is None else []
    return [
        _model_finding(allowed, cause.detail, "unknown", feature=None, span=change.span, note=change.label)
        for cause in causes
    ]


def _model_finding(
    allowed: Sequence[str], actual: str, outcome: Outcome, *, feature: str | None, span: Span, note: str
) -> Finding:
    return Finding(
        budget="allowed models",
        limit="one of " + ", ".join(allowed),
        actual=actual,
        outcome=outcome,
        feature=feature,
        span=span,
        key="budgets.guardrails.allowed_models",
        unit="models",
        note=note,
    )


def _cache(changes: Iterable[Change], level: Level) -> list[Finding]:
    """The cached prefix ends earlier, or caching is switched off, at a call that stays. Batching is not meant."""
    return [
        Finding(
            budget="prompt cache",
            limit="a change keeps the cached prefix",
            actual=cause.detail,
            outcome=level,
            feature=change.feature,
            span=cause.span,
            key="budgets.guardrails.cache_breaking_change",
            note=change.label,
        )
        for change in changes
        if change.before is not None
        and change.after is not None
        and change.before.site.batch == change.after.site.batch
        for cause in change.causes
        if cause.what == "cache" and cause.sign == 1
    ]


def _unknown_sites(base: Iterable[PricedSite], head: Iterable[PricedSite], most: int, level: Level) -> list[Finding]:
    """Call sites whose cost cannot be told at all, for want of a model or a price."""
    before, after = ([s for s in sites if not isinstance(s.rates, Rates)] for sites in (base, head))
    raised = len(after) > max(most, len(before))
    was = {s.site.id for s in before}
    new = [s for s in after if s.site.id not in was]
    return [
        Finding(
            budget="call sites of unknown cost",
            limit=f"at most {most}",
            actual=str(len(after)),
            outcome=level if raised else "pass",
            span=new[0].site.span if raised and new else None,
            key="budgets.guardrails.max_unknown_sites",
            unit="sites",
            amount=Decimal(most),
            before=Range.exactly(Decimal(len(before))),
            after=Range.exactly(Decimal(len(after))),
            note="their model or their price is not known",
        )
    ]
