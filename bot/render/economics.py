"""The worksheet and the advice, for a terminal, as markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from bot.advise import Advised
from bot.economics import NOTHING, Amount, FeatureSheet, Line, Step
from bot.model import Advice, Range, Usd
from bot.render.escape import link, md, visible
from bot.render.numbers import UNKNOWN, USD, Currency, money, money_range, plain

SCHEMA_VERSION: Final = "1"
STEP_NAMES: Final = {
    "task": "Cost per task",
    "success": "Quality-adjusted cost per task",
    "outcome": "Cost per outcome",
    "month": "Cost per month",
}
Cells = tuple[str, ...]


# -- worksheet --------------------------------------------------------------------------------------------------------


def worksheet_text(sheets: Sequence[FeatureSheet], currency: Currency = USD, *, compared: bool) -> str:
    out = []
    for sheet in sheets:
        out.append(visible(sheet.feature))
        rows = _rows(sheet, currency, compared)
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        for row in rows:
            cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)]
            out.append("  " + "  ".join(cells).rstrip())
        out += [f"    {note}" for note in _notes(sheet, currency)]
        out.append("")
    return "\n".join(out) if out else "No call sites were found.\n"


def worksheet_markdown(sheets: Sequence[FeatureSheet], currency: Currency = USD, *, compared: bool) -> str:
    out = []
    for sheet in sheets:
        out += [f"### {md(sheet.feature)}", ""]
        header, *rows = _rows(sheet, currency, compared)
        out += ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
        out += ["| " + " | ".join(md(c, 300) for c in row) + " |" for row in rows]
        out += ["", *(f"- {md(note, 500)}" for note in _notes(sheet, currency)), ""]
    return "\n".join(out) if out else "No call sites were found.\n"


def worksheet_json(sheets: Sequence[FeatureSheet], **more: Any) -> str:
    document = {
        "schema_version": SCHEMA_VERSION,
        **more,
        "features": [
            {
                "feature": s.feature,
                "outcome_name": s.outcome_name,
                "base": [_line_json(line) for line in s.base],
                "head": [_line_json(line) for line in s.head],
                "steps": [_step_json(step) for step in s.steps],
            }
            for s in sheets
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _rows(sheet: FeatureSheet, currency: Currency, compared: bool) -> list[Cells]:
    header: Cells = (
        ("", "base", "head", "difference") if compared else ("", "USD" if currency is USD else currency.code)
    )
    rows = [header]
    lines = {x.key: x for x in (*sheet.base, *sheet.head)}
    old = {x.key: x for x in sheet.base}
    new = {x.key: x for x in sheet.head}
    for key, line in lines.items():
        a, b = old.get(key), new.get(key)
        step = Step(name="", formula="", base=a.per_call if a else None, head=b.per_call if b else None)
        rows.append((visible(f"{line.label}, per call"), *_cells(step, currency, compared)))
        rows += _percentiles(a, b, currency, compared)
        per_task = Step(name="", formula="", base=a.per_task if a else None, head=b.per_task if b else None)
        counts = dict.fromkeys(_calls(x) for x in (a, b) if x is not None)
        rows.append((f"  × {' → '.join(counts)} calls per task", *_cells(per_task, currency, compared)))
    for step in sheet.steps:
        name = STEP_NAMES[step.name]
        if step.name == "outcome" and sheet.outcome_name:
            name = f"Cost per {visible(sheet.outcome_name)}"
        rows.append((f"{name}  ({step.formula})", *_cells(step, currency, compared)))
    return rows


def _percentiles(base: Line | None, head: Line | None, currency: Currency, compared: bool) -> list[Cells]:
    """The middle call and the dear one beside the mean, where a side knows how its calls are spread."""
    rows = []
    for name in ("p50", "p95"):
        a, b = (getattr(x, f"usd_{name}") if x is not None else None for x in (base, head))
        if a is None and b is None:
            continue
        amounts = (_exactly(a, base), _exactly(b, head))
        rows.append(
            (f"    at {name}", *_cells(Step(name="", formula="", base=amounts[0], head=amounts[1]), currency, compared))
        )
    return rows


def _exactly(usd: Decimal | None, line: Line | None) -> Amount | None:
    if line is None:
        return None
    return NOTHING.without("spread") if usd is None else Amount(known=Range.exactly(usd))


def _calls(line: Line) -> str:
    return UNKNOWN if line.calls_per_task is None else plain(line.calls_per_task)


def _cells(step: Step, currency: Currency, compared: bool) -> Cells:
    if not compared:
        return (_amount(step.head, currency),)
    both = step.base is not None and step.head is not None
    return (_amount(step.base, currency), _amount(step.head, currency), _delta(step, currency) if both else "–")


def _delta(step: Step, currency: Currency) -> str:
    if step.delta is not None:
        return _usd(step.delta, currency, signed=True)
    bound = step.delta_bound
    if bound is None or not bound or step.base is None or step.head is None:
        return UNKNOWN
    side = step.head if step.head.missing else step.base
    if side.known.likely == 0:
        return UNKNOWN  # nothing of that side is known
    return f"{UNKNOWN} (at {'least' if step.head.missing else 'most'} {money(bound, currency, signed=True)})"


def _amount(amount: Amount | None, currency: Currency) -> str:
    """A whole amount, or what is known of it: never the one for the other."""
    if amount is None:
        return "–"
    if amount.usd is not None:
        return _usd(amount.usd, currency)
    known = amount.known.likely > 0 and not amount.less
    return f"{UNKNOWN} (at least {money(amount.known.likely, currency)})" if known else UNKNOWN


def _usd(usd: Usd, currency: Currency, *, signed: bool = False) -> str:
    likely = str(money(usd.likely, currency, signed=signed))
    return likely if usd.is_exact else f"{likely} ({money_range(usd, currency, signed=signed)})"


def _notes(sheet: FeatureSheet, currency: Currency) -> list[str]:
    out = []
    for line in sheet.head or sheet.base:
        calls = f"{visible(line.label)} ({visible(line.path)}:{line.first_line}): calls per task: {line.calls_source}"
        if line.usd_p50 is not None and line.usd_p95 is not None:
            calls += (
                f"; one call costs {money(line.usd_p50, currency)} at p50, {money(line.usd_p95, currency)} at p95 and "
                f"{UNKNOWN if line.usd_p99 is None else money(line.usd_p99, currency)} at p99 "
                f"({line.spread_source})"
            )
        out.append(calls + (f"; {line.note}" if line.note else ""))
    missing = {m for s in sheet.steps for side in (s.base, s.head) if side is not None for m in side.missing}
    if missing:
        out.append(f"Not known: {', '.join(sorted(missing))}.")
    return out


def _line_json(line: Line) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "label": line.label,
        "path": line.path,
        "first_line": line.first_line,
        "per_call": _amount_json(line.per_call),
        "usd_p50": _text(line.usd_p50),
        "usd_p95": _text(line.usd_p95),
        "usd_p99": _text(line.usd_p99),
        "spread_source": line.spread_source,
        "calls_per_task": _text(line.calls_per_task),
        "calls_source": line.calls_source,
        "per_task": _amount_json(line.per_task),
        "note": line.note,
    }


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "formula": step.formula,
        "base": None if step.base is None else _amount_json(step.base),
        "head": None if step.head is None else _amount_json(step.head),
        "delta_usd": _range_json(step.delta),
    }


def _amount_json(amount: Amount) -> dict[str, Any]:
    return {"usd": _range_json(amount.usd), "known_usd": _range_json(amount.known), "missing": list(amount.missing)}


def _range_json(usd: Range[Decimal] | None) -> dict[str, str] | None:
    return None if usd is None else {"low": f"{usd.low:f}", "likely": f"{usd.likely:f}", "high": f"{usd.high:f}"}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


# -- advice -----------------------------------------------------------------------------------------------------------


def advice_text(found: Advised, currency: Currency = USD) -> str:
    out = []
    for i, one in enumerate(found.advice, 1):
        out.append(f"{i}. {visible(one.title, 300)}{_saving(one, currency)}")
        out.append(f"   {visible(one.span.path)}:{one.span.first_line}   {visible(one.feature)}")
        out += [f"   {label:<8}{text}" for label, text in _details(one)]
        out.append("")
    if not found.advice:
        out += ["Nothing to advise on what is known of these calls.", ""]
    together = _together(found, currency)
    if together:
        out += [together, ""]
    out += [f"Not worth it: {visible(v.title, 300)}: {visible(v.why, 900)}" for v in found.verdicts]
    return "\n".join(out).rstrip() + "\n"


def advice_markdown(found: Advised, currency: Currency = USD) -> str:
    out = []
    for i, one in enumerate(found.advice, 1):
        place = md(f"{one.span.path}:{one.span.first_line}", 300)
        out.append(f"{i}. **{md(one.title, 300)}{_saving(one, currency)}** {place}")
        out += [f"   - {label}: {md(text, 900)}" for label, text in _details(one, with_url=False)]
        if one.doc_url:
            out.append(f"   - {link(md('documentation'), one.doc_url)}")
    if not found.advice:
        out.append("Nothing to advise on what is known of these calls.")
    together = _together(found, currency)
    out += ["", together] if together else []
    out += ["", *(f"- Not worth it: {md(v.title, 300)}: {md(v.why, 900)}" for v in found.verdicts)]
    return "\n".join(out).rstrip() + "\n"


def advice_json(found: Advised, **more: Any) -> str:
    document = {
        "schema_version": SCHEMA_VERSION,
        **more,
        "advice": [_advice_json(a) for a in found.advice],
        "not_worth_it": [_advice_json(a) for a in found.verdicts],
        "together_usd_per_month": _range_json(found.together_usd_per_month),
        "together_usd_per_1k_calls": {k: _range_json(v) for k, v in found.together_usd_per_1k_calls.items()},
    }
    return json.dumps(document, indent=2) + "\n"


def _saving(one: Advice, currency: Currency) -> str:
    if one.saving_usd_per_month is not None:
        return f": {_usd(-one.saving_usd_per_month, currency, signed=True)} a month"
    if one.saving_usd_per_1k_calls is not None:
        return f": {_usd(-one.saving_usd_per_1k_calls, currency, signed=True)} per 1,000 calls"
    return ""


def _details(one: Advice, *, with_url: bool = True) -> Iterable[tuple[str, str]]:
    yield "why", visible(one.why, 900)
    yield "do", visible(one.edit, 600)
    if one.caution:
        yield "not", visible(one.caution, 600)
    unsure = "; it costs more at one end of its range: measure first" if one.may_cost_more else ""
    yield "sure", f"{one.confidence} confidence, {one.effort} effort{unsure}"
    if with_url and one.doc_url:
        yield "see", one.doc_url


def _together(found: Advised, currency: Currency) -> str:
    if found.together_usd_per_month is None:
        return ""
    return (
        f"All of it together: {_usd(-found.together_usd_per_month, currency, signed=True)} a month (less than the sum "
        "where two of them save the same tokens)."
    )


def _advice_json(one: Advice) -> dict[str, Any]:
    return {
        "lever": one.lever,
        "site_id": one.site_id,
        "feature": one.feature,
        "path": one.span.path,
        "first_line": one.span.first_line,
        "last_line": one.span.last_line,
        "title": one.title,
        "saving_usd_per_1k_calls": _range_json(one.saving_usd_per_1k_calls),
        "saving_usd_per_month": _range_json(one.saving_usd_per_month),
        "may_cost_more": one.may_cost_more,
        "confidence": one.confidence,
        "effort": one.effort,
        "why": one.why,
        "edit": one.edit,
        "caution": one.caution,
        "doc_url": one.doc_url,
    }
