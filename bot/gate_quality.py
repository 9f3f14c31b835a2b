"""The quality gate: what a gain in quality may cost.

"A gain under q points that costs over c % a task needs an explicit justification." Cost is the cost per task of the
worksheet, at the same traffic on both sides; where a part of it is unknown before the change, the percentage is an upper
bound and still answers the rule when it is within c.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.economics import Amount, side
from bot.errors import ReviewError
from bot.gate_limits import Scope, rising_parts
from bot.model import Change, Finding, Justification, Outcome, PricedSite, Quality, QualityRule, Range

_Z95 = Decimal("1.96")


@dataclass(frozen=True, slots=True, kw_only=True)
class CostMove:
    """Cost of a task on both sides, and its increase in per cent. `percent` None: not known, `missing` says what for."""

    base: Amount
    head: Amount
    percent: Range[Decimal] | None
    missing: tuple[str, ...] = ()
    at_most: bool = False


def cost_move(
    changes: Sequence[Change], base: Sequence[PricedSite], head: Sequence[PricedSite], feature: str | None
) -> CostMove:
    """The cost per task of a feature; without one, of a task of each feature."""
    before, after = ([s for s in sites if feature is None or s.feature == feature] for sites in (base, head))
    old, new = side(before).per_task, side(after).per_task
    rising = rising_parts(Scope(feature=feature, base=before, head=after, changes=changes), changes)
    missing = tuple(dict.fromkeys((*rising, *old.missing, *new.missing)))
    ends = (new.known.low - old.known.low, new.known.likely - old.known.likely, new.known.high - old.known.high)
    if rising or old.missing != new.missing or old.known.likely == 0:
        same = not missing and all(end == 0 for end in ends)
        return CostMove(base=old, head=new, percent=Range.exactly(Decimal(0)) if same else None, missing=missing)
    percent = [usd * 100 / old.known.likely for usd in ends]
    return CostMove(
        base=old,
        head=new,
        percent=Range(min(percent), percent[1], max(percent)),
        missing=missing,
        at_most=bool(missing),
    )


def chosen(rule: QualityRule, qualities: Sequence[Quality]) -> Quality:
    """The metric that a rule is about. ReviewError when the results do not have it, or have several and none is named."""
    names = [q.metric for q in qualities]
    if rule.metric is None and len(qualities) == 1:
        return qualities[0]
    for quality in qualities:
        if quality.metric == rule.metric:
            return quality
    what = f"no metric {rule.metric!r}" if rule.metric is not None else "several metrics, and the rule names none"
    raise ReviewError(
        f"{rule.key}: the evaluation results have {what}", f"Metrics of both sides: {', '.join(names) or 'none'}."
    )


def judge_quality(
    rules: Iterable[QualityRule],
    qualities: Sequence[Quality] | None,
    changes: Sequence[Change],
    base: Sequence[PricedSite],
    head: Sequence[PricedSite],
    justification: Justification | None = None,
) -> tuple[Finding, ...]:
    """One finding for each rule, two where quality may not fall either. `qualities` None: no results were given."""
    out = []
    for rule in rules:
        cost = cost_move(changes, base, head, rule.feature)
        if qualities is None:
            out.append(_without_results(rule, cost))
            continue
        quality = chosen(rule, qualities)
        out.append(_trade(rule, quality, cost))
        if rule.max_loss_points is not None:
            out.append(_loss(rule, quality, rule.max_loss_points))
    return tuple(_justified(f, justification) if justification is not None else f for f in out)


def _gain(rule: QualityRule, quality: Quality) -> Decimal:
    return quality.change_points if rule.higher_is_better else -quality.change_points


def _trade(rule: QualityRule, quality: Quality, cost: CostMove) -> Finding:
    gain = _gain(rule, quality)
    outcome, why = _outcome(rule, quality, cost, gain)
    moved = f"{quality.metric} {_plain(quality.base.value)} → {_plain(quality.head.value)} ({_sign(gain)} points)"
    return Finding(
        budget="quality for its cost",
        limit=_told(rule),
        actual=f"{moved}, {_cost(cost)}",
        outcome=outcome,
        feature=rule.feature,
        key=rule.key,
        unit="percent",
        amount=rule.max_cost_increase_percent,
        after=cost.percent,
        note="; ".join(part for part in (why, _noise(quality)) if part),
    )


def _without_results(rule: QualityRule, cost: CostMove) -> Finding:
    """Within the rule's increase nothing needs to be shown; beyond it the gain is not known."""
    within = cost.percent is not None and cost.percent.likely <= rule.max_cost_increase_percent
    return Finding(
        budget="quality for its cost",
        limit=_told(rule),
        actual=f"no evaluation results, {_cost(cost)}",
        outcome="pass" if within else "unknown",
        feature=rule.feature,
        key=rule.key,
        unit="percent",
        amount=rule.max_cost_increase_percent,
        after=cost.percent,
        note="" if within else "not known: the quality of base and head",
    )


def _told(rule: QualityRule) -> str:
    return (
        f"over {_plain(rule.max_cost_increase_percent)} % more per task only for {_plain(rule.min_gain_points)} points"
    )


def _cost(cost: CostMove) -> str:
    if cost.percent is None:
        return "cost per task not known"
    sides = f"{_plain(cost.base.known.likely)} → {_plain(cost.head.known.likely)} USD"
    bound = "at least " if cost.missing else ""
    return f"cost per task {bound}{sides} ({'at most ' if cost.at_most else ''}{_sign(cost.percent.likely)} %)"


def _outcome(rule: QualityRule, quality: Quality, cost: CostMove, gain: Decimal) -> tuple[Outcome, str]:
    if too_few := _too_few(rule, quality):
        return "unknown", too_few
    if gain >= rule.min_gain_points:
        return "pass", ""
    if cost.percent is None:
        return "unknown", "not known: " + (", ".join(cost.missing) or "the cost before the change")
    most = rule.max_cost_increase_percent
    if cost.percent.likely > most:
        if cost.at_most:
            return "unknown", "not known: " + ", ".join(cost.missing)
        return rule.level, "needs a justification"
    if cost.percent.high > most and not cost.at_most:
        return "warn", "the likely cost is within the rule, the end of its range is not"
    return "pass", ""


def _loss(rule: QualityRule, quality: Quality, most: Decimal) -> Finding:
    loss = -_gain(rule, quality)
    too_few = _too_few(rule, quality)
    outcome: Outcome = "unknown" if too_few else rule.level if loss > most else "pass"
    return Finding(
        budget="quality",
        limit=f"at most {_plain(most)} points less",
        actual=f"{_sign(-loss)} points of {quality.metric}",
        outcome=outcome,
        feature=rule.feature,
        key=f"{rule.key}.max_loss_points",
        unit="points",
        amount=most,
        before=Range.exactly(quality.base.value),
        after=Range.exactly(quality.head.value),
        note="; ".join(part for part in (too_few, _noise(quality)) if part),
    )


def _too_few(rule: QualityRule, quality: Quality) -> str:
    for name, measured in (("base", quality.base), ("head", quality.head)):
        if rule.min_samples > 1 and (measured.samples is None or measured.samples < rule.min_samples):
            shown = "an unknown number of" if measured.samples is None else str(measured.samples)
            return f"{shown} samples of the {name}, {rule.min_samples} are needed"
    return ""


def _noise(quality: Quality) -> str:
    """Whether chance alone could make the difference: 1.96 standard errors of independent samples."""
    errors = (quality.base.standard_error, quality.head.standard_error)
    if errors[0] is None or errors[1] is None:
        return ""
    half = _Z95 * (errors[0] ** 2 + errors[1] ** 2).sqrt()
    if abs(quality.head.value - quality.base.value) > half:
        return ""
    scale = 100 if quality.base.share and quality.head.share else 1
    return f"the difference is within sampling error (± {_plain(half * scale)} points)"


def _justified(finding: Finding, who: Justification) -> Finding:
    """What was to be justified is, by somebody: it stays visible as a warning. A number that is missing stays missing."""
    if finding.outcome != "fail":
        return finding
    said = f"justified by {who.by} ({who.role}): {who.why}"
    return replace(finding, outcome="warn", note="; ".join(part for part in (finding.note, said) if part))


def _plain(value: Decimal) -> str:
    return f"{Decimal(f'{value:.3g}').normalize():f}"


def _sign(value: Decimal) -> str:
    return ("+" if value > 0 else "−" if value < 0 else "") + _plain(abs(value))
