"""What a justification does to a verdict: what failed becomes a warning that names who accepted it and why.

Nothing is hidden, and a number that is missing stays missing: what could not be judged blocks as before.
"""

from __future__ import annotations

from dataclasses import replace

from bot.gate import verdict_of
from bot.model import Budgets, Finding, Justification, Verdict


def accept(verdict: Verdict, justification: Justification, budgets: Budgets) -> Verdict:
    """The verdict with its failures accepted."""
    findings = [_accepted(f, justification) if f.outcome == "fail" else f for f in verdict.findings]
    return verdict_of(findings, budgets, judged=verdict.judged)


def _accepted(finding: Finding, who: Justification) -> Finding:
    said = f"justified by {who.by} ({who.role}): {who.why}"
    return replace(finding, outcome="warn", note="; ".join(part for part in (finding.note, said) if part))
