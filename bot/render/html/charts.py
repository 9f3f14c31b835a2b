"""The charts of the page, as Vega specifications made with Altair: no data in them, the page hands it in by name.

Colours of text and lines are `currentColor`, so that a chart follows the page from light to dark and onto paper.
https://altair-viz.github.io, https://vega.github.io/vega/usage/interpreter/ (no `eval`, as the page's policy asks)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import altair as alt
import vl_convert

# A palette that people with colour blindness tell apart, readable on white and on black:
# https://jfly.uni-koeln.de/color/ (Okabe and Ito), with greys for what is neither.
COLOURS: Final = {
    "system prompt": "#0072B2",
    "examples": "#56B4E9",
    "tools": "#009E73",
    "response schema": "#66C2A5",
    "messages": "#8DA0CB",
    "retrieval": "#B59A00",
    "history": "#CC79A7",
    "run-time input": "#A6761D",
    "overhead": "#8A8A8A",
    "output": "#D55E00",
    "reasoning": "#E69F00",
    "fees": "#7570B3",
}
LINES: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7570B3", "#8A8A8A")
BARS: Final = 20
LINES_AT_MOST: Final = 8
INK: Final = "currentColor"
Json = dict[str, Any]
# Altair types what its methods return as Any.
Chart = Any


def chart(name: str, title: str, limit: int, note: str = "", **variants: Chart) -> Json:
    """A chart of the page: its data's name, its heading with a note, how many names it shows at most, and its
    specifications by what they show.
    """
    specs = {k: _vega(v) for k, v in variants.items()}
    return {"id": name, "title": title, "note": note, "limit": limit, "specs": specs}


def report_charts(rows: Mapping[str, Sequence[Json]], unit: str) -> list[Json]:
    """The charts of a report; `unit` is the currency's code."""
    by_month = any(row["unit"] == "month" for row in rows["spend"])
    partly = any(row["whole"] == "no" for row in rows["spend"])
    cached = any(row["paid"] == "from cache" for row in rows["parts"])
    per = "per month" if by_month else "per 1,000 calls of each call site"
    charts = [
        chart("spend", "Spend by feature", BARS, amounts=spend(f"{unit} {per}", partly=partly)),
        chart(
            "parts",
            "What a call pays for",
            BARS,
            shares=composition("share of a mean call's cost", "normalize", cached=cached),
            amounts=composition(f"{unit} per 1,000 mean calls", "zero", cached=cached),
        ),
    ]
    return [*charts, history_chart(unit)] if rows["history"] else charts


def history_chart(unit: str) -> Json:
    lines = over_time(f"{unit} per 1,000 calls of each call site")
    note = "Whole lines: at the prices of the day. Dashed: the same code at today's prices."
    return chart("history", "Unit cost over time", LINES_AT_MOST, note, amounts=lines)


def spend(title: str, *, partly: bool) -> Chart:
    """Bars of features, the dearest on top; pale where a part of the amount is not known."""
    return (
        alt.Chart(alt.NamedData("spend"))
        .mark_bar(color=COLOURS["system prompt"], cornerRadiusEnd=2)
        .encode(
            x=alt.X("amount:Q", title=title, axis=alt.Axis(tickCount=5)),
            y=_names("amount", "max"),
            opacity=alt.Opacity(
                "whole:N",
                title="whole amount known",
                scale=alt.Scale(domain=["yes", "no"], range=[1, 0.5]),
                legend=_legend() if partly else None,
            ),
            tooltip=[alt.Tooltip("name:N", title="feature"), alt.Tooltip("shown:N", title="amount")],
        )
        .properties(
            width="container",
            height=alt.Step(24),
            description="Bar chart of the spend by feature. The table of features holds the same figures.",
        )
    )


def composition(title: str, stack: Literal["normalize", "zero"], *, cached: bool) -> Chart:
    """Stacked bars: what a mean call of each feature pays for; pale where the cache's rate is paid."""
    return (
        alt.Chart(alt.NamedData("parts"))
        .mark_bar()
        .encode(
            x=alt.X(
                "sum(amount):Q",
                title=title,
                stack=stack,
                axis=alt.Axis(tickCount=5, format="%" if stack == "normalize" else ",~r"),
            ),
            y=_names("amount", "sum"),
            color=alt.Color(
                "part:N",
                title=None,
                scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
                legend=alt.Legend(orient="bottom", columns=4),
            ),
            opacity=alt.Opacity(
                "paid:N",
                title="paid at",
                scale=alt.Scale(domain=["full rate", "from cache"], range=[1, 0.45]),
                legend=_legend() if cached else None,
            ),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("name:N", title="feature"),
                alt.Tooltip("part:N"),
                alt.Tooltip("paid:N", title="paid at"),
                alt.Tooltip("shown:N", title="1,000 calls"),
                alt.Tooltip("share:N", title="of the call"),
            ],
        )
        .properties(
            width="container",
            height=alt.Step(24),
            description="Stacked bars: what a mean call of each feature is made of. The details of the call sites hold the same.",
        )
    )


def over_time(title: str) -> Chart:
    """Steps of each feature, at the prices of the day (whole line) and of today (dashed)."""
    return (
        alt.Chart(alt.NamedData("history"))
        .mark_line(interpolate="step-after", point=alt.OverlayMarkDef(size=40))
        .encode(
            x=alt.X("at:T", title=None, axis=alt.Axis(format="%Y-%m-%d", labelOverlap=True, tickCount=6)),
            y=alt.Y("amount:Q", title=title),
            color=alt.Color(
                "name:N",
                title=None,
                scale=alt.Scale(range=list(LINES)),
                legend=alt.Legend(orient="bottom", columns=2, labelLimit=320),
            ),
            strokeDash=alt.StrokeDash(
                "prices:N",
                scale=alt.Scale(domain=["of the day", "of today"], range=[[1, 0], [4, 4]]),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("name:N", title="feature"),
                alt.Tooltip("at:T", format="%Y-%m-%d", title="day"),
                alt.Tooltip("shown:N", title="1,000 calls"),
                alt.Tooltip("prices:N"),
                alt.Tooltip("what:N", title="by"),
            ],
        )
        .properties(
            width="container",
            height=300,
            description="Lines of the cost of each feature over time. The table of what moved it holds the steps.",
        )
    )


def _legend() -> alt.Legend:
    return alt.Legend(orient="bottom", symbolFillColor=INK, symbolStrokeColor=INK)


def _names(field: str, op: Literal["max", "sum"]) -> alt.Y:
    return alt.Y(
        "name:N",
        title=None,
        sort=alt.EncodingSortField(field=field, op=op, order="descending"),
        axis=alt.Axis(labelLimit=220, ticks=False, domain=False),
    )


def _vega(chart: Chart) -> Json:
    spec = chart.configure(
        background="transparent",
        font="system-ui, sans-serif",
        axis=alt.AxisConfig(
            labelColor=INK, titleColor=INK, tickColor=INK, domainColor=INK, gridColor=INK, gridOpacity=0.15,
            labelFontSize=12, titleFontSize=12, titleFontWeight="normal",
        ),
        legend=alt.LegendConfig(labelColor=INK, titleColor=INK, labelFontSize=12, titleFontSize=12, symbolOpacity=1),
        view=alt.ViewConfig(stroke=None),
    ).to_dict()  # fmt: skip
    made: Json = vl_convert.vegalite_to_vega(spec)
    return made


def runtime() -> str:
    """Vega with its interpreter, as one script that needs nothing else."""
    made: str = vl_convert.javascript_bundle("window.vegaEmbed=vegaEmbed;")
    return made
