"""A quarter's review as a page: the same layout as the report's, with finance's tables."""

from __future__ import annotations

from datetime import date

from bot.model import Usd
from bot.quarter import QuarterReview
from bot.render.html.charts import BARS, chart, history_chart, spend
from bot.render.html.figures import Cell, Json, amount_cell, column, history_rows, moves_table, text
from bot.render.html.page import assembled
from bot.render.numbers import UNKNOWN, USD, Currency, count, money
from bot.render.quarter import LIMITS, SPEND_NOTE, amount, claimed, kept, measured, period, signed, title, trend, units


def render_quarter(found: QuarterReview, currency: Currency = USD, *, made: date, tool_version: str) -> str:
    over = sum(a.outcome == "exceeded" for a in found.adherence)
    spent = [
        {
            "repository": "", "feature": f.feature, "name": text(f.feature),
            "amount": float(f.spend.known.likely * currency.per_usd), "shown": amount(f.spend, currency),
            "whole": "no" if f.spend.missing else "yes", "unit": "month",
        }
        for f in found.features
        if f.spend.known.likely > 0
    ]  # fmt: skip
    lines = history_rows(found.history, currency)
    partly = any(row["whole"] == "no" for row in spent)
    charts = [
        chart("spend", "Spend by feature", BARS, amounts=spend(f"{currency.code}, {found.quarter.name}", partly=partly))
    ]
    data: Json = {
        "title": text(title(found)),
        "lead": [f"{period(found)}. {SPEND_NOTE}"],
        "cards": [
            {
                "name": "Estimated spend",
                "value": amount(found.spend, currency),
                "note": "≥: a part is not known" if found.spend.missing else found.quarter.name,
            },
            {"name": "Limits exceeded", "value": count(over), "note": f"of {count(len(found.adherence))}"},
            {"name": "Waivers", "value": count(len(found.waivers)), "note": f"in {count(found.reviews_read)} reviews read"},
            {"name": "Advice taken", "value": count(sum(len(t.advice) for t in found.taken)), "note": f"in {count(len(found.taken))} features"},
        ],
        "filters": {"repository": [], "feature": sorted({f.feature for f in found.features}), "model": []},
        "charts": [*charts, *([history_chart(currency.code)] if lines else [])],
        "data": {"spend": spent, "history": lines},
        "tables": [
            _features(found, currency), _limits(found, currency), moves_table(found.movers, currency),
            _waivers(found), _edits(found), _taken(found, currency),
        ],
        "assumptions": [*([str(currency.note)] if currency.note else []), *(text(n) for n in found.notes)],
    }  # fmt: skip
    return assembled(data, made=made, tool_version=tool_version)


def _row(feature: str | None, cells: list[Cell], facts: list[list[str]] | None = None) -> Json:
    row: Json = {"repository": "", "feature": feature, "models": [], "cells": cells}
    return row | ({"details": {"facts": facts}} if facts else {})


def _features(found: QuarterReview, currency: Currency) -> Json:
    rows = []
    for one in found.features:
        unit, start, end = units(one)
        name = one.outcome_name if unit == "outcome" and one.outcome_name else unit
        rows.append(
            _row(
                one.feature,
                [
                    text(one.feature), amount_cell(one.spend, currency), text(name),
                    amount_cell(start, currency) if start is not None else "–",
                    amount_cell(end, currency) if end is not None else "–", trend(start, end),
                    _step(one.by_code_usd_per_call, currency), _step(one.by_price_usd_per_call, currency),
                ],
            )
        )  # fmt: skip
    return {
        "id": "features", "title": "Spend and unit cost",
        "note": "≥: a part is not known and not in it. By code and by prices: of 1,000 calls of each call site.",
        "columns": [
            column("Feature", kind="name"), column("Spend", number=True), column("Unit"), column("Start", number=True),
            column("End", number=True), column("Trend", number=True), column("By code", number=True), column("By prices", number=True),
        ],
        "rows": rows,
    }  # fmt: skip


def _step(usd: Usd | None, currency: Currency) -> Cell:
    return [signed(usd, currency, 1000), float(usd.likely) if usd is not None else 0.0]


def _limits(found: QuarterReview, currency: Currency) -> Json:
    return {
        "id": "limits", "title": "Budgets",
        "note": "Limits on what one change may add are judged at each pull request and not here.",
        "columns": [
            column("Limit", kind="name"), column("For", kind="name"), column("At most", number=True), column("At the end", number=True),
            column("Highest", number=True), column("Outcome"),
        ],
        "rows": [
            _row(
                a.feature,
                [
                    LIMITS[a.kind], text(a.feature or "everything"), [money(a.limit_usd, currency), float(a.limit_usd)],
                    amount_cell(a.at_end, currency) if a.at_end is not None else "–",
                    amount_cell(a.worst, currency) if a.worst is not None else "–", kept(a),
                ],
            )
            for a in found.adherence
        ],
    }  # fmt: skip


def _waivers(found: QuarterReview) -> Json:
    return {
        "id": "waivers", "title": "Waivers",
        "note": f"Costs over budget that somebody accepted, from {count(found.reviews_read)} stored reviews.",
        "columns": [column("Limit"), column("Was"), column("Accepted by"), column("Why", kind="wide"), column("Review")],
        "rows": [
            _row(
                w.feature,
                [text(f"{w.budget}: {w.limit}"), text(w.actual), text(f"{w.by} ({w.role})"), text(w.why), text(w.source)],
            )
            for w in found.waivers
        ],
    }  # fmt: skip


def _edits(found: QuarterReview) -> Json:
    return {
        "id": "edits", "title": "Edits of the policy", "note": "Changed keys, budgets first.",
        "columns": [column("Day", kind="short"), column("Change", kind="short"), column("What", kind="wide")],
        "rows": [
            _row(
                None,
                [
                    e.at.date().isoformat(),
                    [f"#{e.pull_request.number}", e.pull_request.number, e.pull_request.url] if e.pull_request else e.commit[:12],
                    text("; ".join(e.changes)),
                ],
            )
            for e in found.edits
        ],
    }  # fmt: skip


def _taken(found: QuarterReview, currency: Currency) -> Json:
    return {
        "id": "taken", "title": "Savings: claimed and measured",
        "note": "Measured: the mean call by the old profile and code less that by the new, × the new volume; other changes are in it too.",
        "columns": [
            column("Feature", kind="name"), column("Advice taken", kind="wide"), column("Claimed a month", number=True),
            column("Measured a month", number=True), column("By"),
        ],
        "rows": [
            _row(
                t.feature,
                [
                    text(t.feature), text("; ".join(a.title for a in t.advice)),
                    [claimed(t, currency), -float(t.claimed_usd_per_month.likely) if t.claimed_usd_per_month is not None else 0.0],
                    [measured(t, currency), -float(t.measured_usd_per_month) if t.measured_usd_per_month is not None else 0.0],
                    text(t.note) or UNKNOWN,
                ],
            )
            for t in found.taken
        ],
    }  # fmt: skip
