"""What a justification does to a verdict: what failed becomes a warning that names who accepted it. Nothing is hidden."""

from __future__ import annotations

from dataclasses import replace

from bot.model import Finding, Justification, Verdict


def accept(verdict: Verdict, justification: Justification) -> Verdict:
    """The verdict with its failures accepted. What passes or warns stays as it is."""
    findings = tuple(_accepted(f, justification) if f.outcome in ("fail", "unknown") else f for f in verdict.findings)
    outcome = "warn" if verdict.outcome in ("fail", "unknown") else verdict.outcome
    return replace(verdict, outcome=outcome, findings=findings, blocks=False)


def _accepted(finding: Finding, justification: Justification) -> Finding:
    said = f"accepted by {justification.by}: {justification.why}"
    return replace(finding, outcome="warn", note=f"{finding.note}; {said}" if finding.note else said)
