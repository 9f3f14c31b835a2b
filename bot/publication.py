"""From a Review to the Report that a host tells: texts, title, remarks at lines, outputs, label, and whether it blocks.

The same for the run that made the review and for one that only tells a stored one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from bot.hosts.port import Annotation, Level, Report
from bot.hosts.text import one_line
from bot.model import Finding, Justification, NoPrice, Review
from bot.redact import without_secrets
from bot.render import json_report, markdown
from bot.render.chart import chart
from bot.render.escape import is_place, md
from bot.render.markdown import COMMENT, SUMMARY, Layout
from bot.render.numbers import USD, Currency, plain
from bot.render.summary import counted, summarise
from bot.render.view import HIDES_COST, view
from prompts_scanner.model import Span

LEVEL_OF: Final[dict[str, Level]] = {"fail": "failure", "warn": "warning", "unknown": "warning", "pass": "notice"}
LABELS: Final = {"up": "ai-cost: up", "down": "ai-cost: down", "mixed": "ai-cost: up", "unknown": "ai-cost: unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How it is told: where files can be looked at, how much is shown, what blocks besides, what is said in addition."""

    head_url: str = ""
    base_url: str = ""
    currency: Currency = USD
    max_rows: int = COMMENT.max_rows
    max_advice: int = COMMENT.max_advice
    fail_on: tuple[str, ...] = ("budget",)
    justification: Justification | None = None
    notes: tuple[str, ...] = ()


def report_of(review: Review, manner: Manner) -> Report:
    review = without_secrets(review)
    blocking = blocks(review, manner.fail_on, justified=manner.justification is not None)
    short = replace(
        COMMENT,
        head_url=manner.head_url,
        base_url=manner.base_url,
        currency=manner.currency,
        max_rows=manner.max_rows,
        max_advice=manner.max_advice,
    )
    said = _said(manner)
    return Report(
        outcome=review.verdict.outcome,
        blocking=blocking,
        changed=bool(counted(review)) or review.direction != "none" or review.verdict.outcome != "pass",
        title=title_of(review, blocking, manner.currency),
        comment=_joined(markdown.render(review, short), said),
        summary=_joined(markdown.render(review, _full(short)), chart(review), said),
        review_json=json_report.render(review),
        annotations=tuple(a for a in _annotations(review, manner.currency) if is_place(a.path)),
        outputs=outputs_of(review, blocking),
        label="ai-cost: over budget" if blocking else LABELS.get(review.direction),
    )


def blocks(review: Review, fail_on: Sequence[str], *, justified: bool = False) -> bool:
    """Whether the job fails: by the base's budgets, or by what the workflow asks for besides.

    A justification accepts a cost; it does not make a missing number known.
    """
    if "never" in fail_on:
        return False
    asked = {
        "budget": review.verdict.blocks,
        "increase": review.direction in ("up", "mixed") and not justified,
        "unknown": review.direction == "unknown" or review.verdict.outcome == "unknown",
    }
    return any(asked[word] for word in fail_on)


def title_of(review: Review, blocking: bool, currency: Currency = USD) -> str:
    shown = view(review, currency)
    head = " ".join(part for part in (shown.headline.lead, shown.headline.amount, shown.headline.rest) if part)
    badge = shown.badge or ("❌ blocked" if blocking else "")
    return one_line(f"{head} · {badge}" if badge else head, 200)


def outputs_of(review: Review, blocking: bool) -> dict[str, str]:
    """Numbers without separators; an unknown one is empty, never 0."""
    month = summarise(review).delta_usd_per_month
    whole = all(c.delta_usd_per_month is not None for c in counted(review))
    monthly = "0" if review.direction == "none" else plain(month.likely).replace(",", "") if month and whole else ""
    return {
        "verdict": "fail" if blocking else review.verdict.outcome,
        "changed": "true" if counted(review) else "false",
        "direction": review.direction,
        "monthly-delta-usd": monthly,
        "unit-delta-percent": _unit_percent(review),
    }


def _unit_percent(review: Review) -> str:
    """How much dearer one call of each changed site is, in per cent of what they cost before; "" where that is unknown."""
    if review.direction == "none":
        return "0"
    before, after = Decimal(0), Decimal(0)
    for change in counted(review):
        sides = (change.before, change.after)
        if any(side is not None and (isinstance(side.rates, NoPrice) or side.cost.unknown) for side in sides):
            return ""
        if change.before is None and change.after is None:
            return ""
        before += change.before.cost.usd_per_call.likely if change.before else 0
        after += change.after.cost.usd_per_call.likely if change.after else 0
    return f"{(after - before) / before * 100:.2f}" if before > 0 else ""


def _full(short: Layout) -> Layout:
    return replace(SUMMARY, head_url=short.head_url, base_url=short.base_url, currency=short.currency)


def _said(manner: Manner) -> str:
    lines = []
    if manner.justification is not None:
        who = manner.justification
        lines.append(f"✍️ Justified by {md(who.by)} ({md(who.role)}): {md(who.why, 500)}")
    lines += [f"> {md(note, 500)}" for note in manner.notes]
    return "\n\n".join(lines)


def _joined(*parts: str) -> str:
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _annotations(review: Review, currency: Currency) -> Iterator[Annotation]:
    for finding in review.verdict.findings:
        if finding.span is not None and finding.outcome != "pass":
            yield _remark(finding.span, LEVEL_OF[finding.outcome], finding.budget, _sentence(finding))
    for row in view(review, currency).rows:
        said: dict[Span, list[str]] = {}
        for reason in row.reasons:
            if reason.on_head:
                amount = f" ({reason.amount} per 1,000 calls)" if reason.amount else ""
                said.setdefault(reason.span, []).append(f"{reason.words}{amount}")
        for span, reasons in said.items():
            yield _remark(span, "notice", f"AI cost: {row.label}", "; ".join(reasons))
    for gap in review.new_gaps:
        if gap.weight >= HIDES_COST:
            yield _remark(gap.span, "notice", "AI cost: not understood", gap.reason)


def _sentence(finding: Finding) -> str:
    who = f" of {finding.feature}" if finding.feature else ""
    return f"{finding.budget}{who}: {finding.actual}, limit {finding.limit}"


def _remark(span: Span, level: Level, title: str, message: str) -> Annotation:
    return Annotation(
        path=span.path, first_line=span.first_line, last_line=span.last_line, level=level, title=title, message=message
    )
