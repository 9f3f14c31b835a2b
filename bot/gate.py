"""Whether a change is within its budgets: the question is the change, not debt that the base already has.

A limit counts where the change crosses it from below, or raises what was above it. It is judged on the likely amount;
a range that ends above the limit warns. What cannot be judged, because a number is missing, is `unknown`, and the
policy says what that does to the check.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.gate_limits import Scope, judge_limits
from bot.gate_rules import judge_rules
from bot.model import Budgets, Change, Finding, Outcome, PricedSite, Verdict
from prompts_scanner.model import Gap

# A gap of this weight may hide a call (as in `direction`).
HIDES_COST = 50
_WORST_FIRST: tuple[Outcome, ...] = ("fail", "unknown", "warn", "pass")


def judge(
    changes: Sequence[Change],
    base_sites: Sequence[PricedSite],
    head_sites: Sequence[PricedSite],
    new_gaps: Iterable[Gap],
    budgets: Budgets,
) -> Verdict:
    """pass, warn or fail by the budgets; unknown where a budget cannot be answered.

    Both lists of sites are priced with the same traffic and prices, those of the base's policy.
    """
    if not budgets.any:
        return Verdict(outcome="pass")
    findings = [*_limits(changes, base_sites, head_sites, budgets)]
    findings += judge_rules(changes, base_sites, head_sites, budgets.guardrails)
    findings += _unread(new_gaps)
    return verdict_of(findings, budgets, judged=_number_of(budgets))


def verdict_of(findings: Sequence[Finding], budgets: Budgets, *, judged: int) -> Verdict:
    """The worst outcome counts; an unknown one as the policy says."""
    counted = [f.outcome for f in findings if f.outcome != "unknown" or budgets.unknown != "pass"]
    outcome: Outcome = next((o for o in _WORST_FIRST if o in counted), "pass")
    return Verdict(
        outcome=outcome,
        findings=tuple(sorted(findings, key=lambda f: _WORST_FIRST.index(f.outcome))),
        blocks=outcome == "fail" or (outcome == "unknown" and budgets.unknown == "fail"),
        judged=judged,
    )


def with_findings(verdict: Verdict, more: Sequence[Finding], budgets: Budgets) -> Verdict:
    """The verdict with the findings of other rules (the quality gate) beside its own."""
    if not more:
        return verdict
    return verdict_of([*verdict.findings, *more], budgets, judged=verdict.judged + sum(bool(f.key) for f in more))


def _limits(
    changes: Sequence[Change], base: Sequence[PricedSite], head: Sequence[PricedSite], budgets: Budgets
) -> list[Finding]:
    counted = [c for c in changes if not c.below_noise]
    out: list[Finding] = []
    for name in sorted({feature for change in counted for feature in features_of(change)}):
        scope = Scope(
            feature=name,
            base=[s for s in base if s.feature == name],
            head=[s for s in head if s.feature == name],
            changes=[c for c in counted if name in features_of(c)],
        )
        out += judge_limits(scope, budgets.for_feature(name))
    if counted:
        out += judge_limits(Scope(feature=None, base=base, head=head, changes=counted), budgets.total)
    return out


def features_of(change: Change) -> frozenset[str]:
    """The features whose cost a change moves: two where it takes a call from one to the other."""
    return frozenset(side.feature for side in (change.before, change.after) if side is not None)


def _unread(new_gaps: Iterable[Gap]) -> list[Finding]:
    """A place that could not be read may hide a call: the limits hold for what was read."""
    heavy = [g for g in new_gaps if g.weight >= HIDES_COST]
    if not heavy:
        return []
    return [
        Finding(
            budget="unread code",
            limit="0 new places",
            actual=f"{len(heavy)} new places",
            outcome="unknown",
            span=heavy[0].span,
            note=f"what they cost is in no limit; the first: {heavy[0].reason}",
        )
    ]


def _number_of(budgets: Budgets) -> int:
    rules = budgets.guardrails
    on = (rules.output_cap_on_new_sites, rules.allowed_models, rules.cache_breaking_change, rules.max_unknown_sites)
    limits = len(budgets.total) + len(budgets.every_feature) + sum(len(own) for own in budgets.features.values())
    return limits + sum(rule is not None for rule in on)
