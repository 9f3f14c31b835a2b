"""The pull-request comment and the job summary, from one template.

Two limits: a comment has 60,000 UTF-16 units (the host takes 65,536 and the publisher adds its marker), a job summary
900,000 bytes (https://docs.github.com/actions/reference/workflow-commands-for-github-actions#adding-a-job-summary: 1 MiB).
What does not fit is left out row by row, least first, and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.model import Advice, Finding, Review
from bot.render.escape import Markup, block, code, is_place, link, md, prose
from bot.render.numbers import USD, Currency, Figure, count, money_range
from bot.render.rows import Reason, Row
from bot.render.view import View, joint_saving, revision, sources, view
from prompts_scanner.model import Gap, Span

COMMENT_UNITS: Final = 59_500  # a comment holds 60,000; the host adds its marker
SUMMARY_BYTES: Final = 900_000
MARKS: Final = {"pass": "✅", "warn": "⚠️", "fail": "❌", "unknown": "❔"}
MAX_PLACES: Final = 4
BR: Final = Markup("<br>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How much is shown. `head_url` and `base_url` are where a file of that revision can be looked at; "" is nowhere."""

    head_url: str = ""
    base_url: str = ""
    currency: Currency = USD
    max_rows: int = 20
    max_gaps: int = 10
    max_advice: int = 3
    full: bool = False


COMMENT: Final = Layout()
SUMMARY: Final = Layout(max_rows=2_000, max_gaps=200, max_advice=20, full=True)


def render(review: Review, layout: Layout = COMMENT) -> str:
    """The text, within the limit of the place it is for."""
    shown = view(review, layout.currency)
    layout = replace(layout, max_rows=min(layout.max_rows, len(shown.rows)))
    while True:
        text = _fill(review, shown, layout)
        used = _share_of_limit(text, layout)
        if used <= 1:
            return text
        layout = _smaller(layout, used)


def _share_of_limit(text: str, layout: Layout) -> float:
    if layout.full:
        return len(text.encode("utf-8", "surrogatepass")) / SUMMARY_BYTES
    return len(text.encode("utf-16-le", "surrogatepass")) / 2 / COMMENT_UNITS


def _smaller(layout: Layout, used: float) -> Layout:
    """Older gaps go first, then rows; advice last."""
    if layout.max_gaps > 1:
        return replace(layout, max_gaps=layout.max_gaps // 4)
    rows = int(layout.max_rows / used * 0.95)
    return replace(layout, max_rows=rows, max_advice=layout.max_advice if rows else max(0, layout.max_advice - 1))


def _fill(review: Review, shown: View, layout: Layout) -> str:
    rows = shown.rows[: layout.max_rows]
    blind = shown.new_gaps[: layout.max_gaps]
    old = shown.old_gaps
    values: dict[str, Any] = {
        "head": shown.headline,
        "badge": shown.badge,
        "full": layout.full,
        "has_months": shown.has_months,
        "rows": [_cells(r, layout) for r in rows],
        "omitted_rows": count(len(shown.rows) - len(rows)) if len(shown.rows) > len(rows) else "",
        "findings": [_finding(f, layout) for f in review.verdict.findings],
        "advice": [_advice(a, layout) for a in review.advice[: layout.max_advice]],
        "joint_saving": joint_saving(review, layout.max_advice, layout.currency),
        "blind": [_gap(g, layout) for g in blind],
        "omitted_blind": count(len(shown.new_gaps) - len(blind)) if len(shown.new_gaps) > len(blind) else "",
        "causes": [{"head": _title(r), "lines": [_cause(c, layout) for c in r.reasons]} for r in rows if r.is_call],
        "notes": [prose(n, 400) for n in _notes(review, shown)],
        "gaps": [_gap(g, layout) for g in old[: layout.max_gaps]],
        "gap_count": count(len(shown.gaps)),
        "omitted_gaps": len(old) > layout.max_gaps,
    }
    return _tidy(_template().render(values))


def _template() -> Any:
    """Everything that a `{{ }}` prints goes through `_printed`: forgetting to escape is not possible."""
    loader = FileSystemLoader(Path(__file__).with_name("templates"))
    environment = Environment(  # noqa: S701 `finalize` escapes for markdown; HTML's own escaping would not do
        loader=loader, undefined=StrictUndefined, finalize=_printed, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("comment.md.j2")


def _printed(value: object) -> str:
    return value if isinstance(value, Markup | Figure) else md(str(value))


def _tidy(text: str) -> str:
    """No runs of empty lines."""
    out: list[str] = []
    for line in text.split("\n"):
        if line.strip() or (out and out[-1]):
            out.append(line.rstrip())
    return "\n".join(out).strip("\n") + "\n"


# -- cells -------------------------------------------------------------------------------------------------------------


def _cells(row: Row, layout: Layout) -> dict[str, Markup | Figure]:
    small = Markup(f"<br><sub>{md(row.basis)}</sub>")
    if row.per_1k_step and "→" in row.per_1k_step:
        per_1k = Markup(f"{row.per_1k}<br><sub>{row.per_1k_step}</sub>")
    else:
        per_1k = Markup(row.per_1k)
    return {
        "site": _site(row, layout),
        "what": _what(row, layout),
        "tokens": Markup(f"{row.input_tokens} / {row.output_tokens}") if row.is_call else row.input_tokens,
        "per_1k": per_1k,
        "per_month": Markup(f"**{row.per_month}**{small}"),
    }


def _site(row: Row, layout: Layout) -> Markup:
    name = md(row.feature) if row.feature else md(row.label)
    second = f"{md(row.label)} " if row.feature else ""
    more = [_place(span, row.on_head, layout) for span in row.also[:MAX_PLACES]]
    if len(row.also) > MAX_PLACES:
        more.append(Markup(f"and {count(len(row.also) - MAX_PLACES)} more places"))
    places = BR.join([_place(row.span, row.on_head, layout), *more])
    return Markup(f"**{name}**<br>{second}{places}")


def _what(row: Row, layout: Layout) -> Markup:
    lines = []
    for group in row.groups:
        amount = Markup(f" ({group.share})") if group.share and len(row.groups) > 1 else ""
        where = "" if group.span == row.span else f" in {_place(group.span, row.on_head, layout)}"
        aside = f"<br><sub>{group.aside}</sub>" if group.aside else ""
        lines.append(Markup(f"{prose(group.words)}{where}{amount}{aside}"))
    return Markup(BR.join(lines))


def _place(span: Span, on_head: bool, layout: Layout) -> Markup:
    """A file and a line, as a link where there is somewhere to look."""
    base = layout.head_url if on_head else layout.base_url
    name = code(f"{_tail(span.path)}:{span.first_line}")
    if not base or not is_place(span.path):
        return name
    lines = f"#L{span.first_line}" + (f"-L{span.last_line}" if span.last_line > span.first_line else "")
    path = quote(span.path.encode("utf-8", "surrogatepass"))
    return link(name, f"{base.rstrip('/')}/{path}{lines}")


def _tail(path: str, max_chars: int = 60) -> str:
    return path if len(path) <= max_chars else "…" + path[-max_chars:]


def _title(row: Row) -> Markup:
    name = f"{md(row.feature)} · {md(row.label)}" if row.feature else md(row.label)
    return Markup(f"{name}: {md(row.basis)}")


def _cause(reason: Reason, layout: Layout) -> Markup:
    parts = [p for p in (reason.tokens, reason.amount and f"{reason.amount} per 1,000 calls", reason.aside) if p]
    figures = Figure(", ".join(parts))
    place = _place(reason.span, reason.on_head, layout)
    return Markup(f"{prose(reason.words)} {place}{': ' if figures else ''}{figures}")


# -- the rest ----------------------------------------------------------------------------------------------------------


def _finding(finding: Finding, layout: Layout) -> Markup:
    where = f" {_place(finding.span, True, layout)}" if finding.span is not None else ""
    who = f" ({md(finding.feature)})" if finding.feature else ""
    mark = MARKS[finding.outcome]
    return Markup(
        f"{mark} {code(finding.budget)}{who}: {prose(finding.actual)} (wanted: {prose(finding.limit)}){where}  "
    )


def _advice(advice: Advice, layout: Layout) -> Markup:
    saving = ""
    if advice.saving_usd_per_month is not None:
        saving = f": {money_range(-advice.saving_usd_per_month, layout.currency, signed=True)}/month"
    elif advice.saving_usd_per_1k_calls is not None:
        saving = f": {money_range(-advice.saving_usd_per_1k_calls, layout.currency, signed=True)} per 1,000 calls"
    why = _sentence(advice.why)
    head = f"**{prose(advice.title)}{saving}.** {prose(why, 600)} {_place(advice.span, True, layout)}"
    is_block = "\n" in advice.edit.strip()
    how = block(advice.edit) if is_block else prose(_sentence(advice.edit), 400)
    caution = prose(_sentence(advice.caution), 400) if advice.caution else ""
    if not (advice.edit or caution):
        return Markup(head)
    inner = " ".join(part for part in (how if advice.edit else "", caution) if part)
    return Markup(f"{head}\n   <details><summary>How, and when not</summary>{inner}</details>")


def _sentence(text: str) -> str:
    """With a capital and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".") if text else ""


def _gap(gap: Gap, layout: Layout) -> Markup:
    return Markup(f"{_place(gap.span, True, layout)} {md(gap.reason)}")


def _notes(review: Review, shown: View) -> Sequence[str | Markup]:
    notes: list[str | Markup] = [*shown.assumptions, *shown.coverage]
    notes += sources(review)[:8]
    notes.append(f"Price snapshot of {review.prices_as_of.isoformat()}.")
    if shown.noise:
        notes.append(shown.noise)
    notes.append(
        Markup(
            f"Compared {code(review.base[:12])} with {code(revision(review.head))}; aicost-review {md(review.tool_version)}."
        )
    )
    return notes
