"""The derivation of one call site as JSON: the site as a report has it, and what stands behind it.

`site` is a site of `report --format json` (its `parts` are the lines of the sum, with method and source); beside it are
the settings, what the code shows of a request, the rates, the traffic, and each possible model's own sum. Text of prompts
is there only where it is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, Final

from pydantic import TypeAdapter

from bot.model import PricedSite, Range, Traffic, UnitCost
from bot.percentiles import quantiles_usd
from bot.portfolio import Site, site_of
from prompts_scanner.model import CallSite, Piece, Setting, Span, Surface

SCHEMA_VERSION: Final = "1"


def render(priced: PricedSite, *, revision: str, tool_version: str, prices_as_of: date, show_text: bool = False) -> str:
    site = priced.site
    p50, p95, p99, spread_source = quantiles_usd(priced)
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool_version": tool_version,
        "revision": revision,
        "prices_as_of": prices_as_of.isoformat(),
        "site": TypeAdapter(Site).dump_python(site_of(priced, ""), mode="json"),
        "settings": _settings(site),
        "request": _request(site, show_text=show_text),
        "price_source": _plain(priced.rates),
        "traffic": _traffic(priced.traffic),
        "candidates": [{"model": name, **_sum(cost)} for name, cost in priced.candidates],
        "one_call_of_many": {
            "usd_p50": _plain(p50), "usd_p95": _plain(p95), "usd_p99": _plain(p99), "source": spread_source
        },
    }  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _settings(site: CallSite) -> dict[str, Any]:
    """What the code sets; None: it does not set it."""
    found = {
        "model": site.model,
        "output_cap": site.output_cap,
        "reasoning": site.reasoning,
        "answers": site.answers,
        "edits": site.edits,
    }
    return {name: None if setting is None else _setting(setting) for name, setting in found.items()}


def _setting(setting: Setting) -> dict[str, Any]:
    return {
        "values": list(setting.values),
        "resolution": setting.resolution,
        "reason": setting.reason,
        **_at(setting.sources[0] if setting.sources else setting.span),
    }


def _request(site: CallSite, *, show_text: bool) -> dict[str, Any]:
    return {
        "surfaces": [_surface(s, show_text=show_text) for s in site.surfaces],
        "tools": [
            {"name": t.name, "chars": len(t.schema), "hosted_as": t.builtin, "complete": t.complete, **_at(t.span)}
            for t in site.tools
        ],
        "retrieval": [{"parameter": r.parameter, **_setting(r.setting)} for r in site.retrieval],
        "loops": [{"kind": loop.kind, "limit": loop.limit, **_at(loop.span)} for loop in site.loops],
    }


def _surface(surface: Surface, *, show_text: bool) -> dict[str, Any]:
    pieces = []
    for piece in surface.text.pieces:
        if isinstance(piece, Piece):
            text = {"text": piece.text} if show_text else {}
            pieces.append({"kind": "text", "chars": len(piece.text), **text, **_at(piece.span)})
        else:
            pieces.append(
                {"kind": "run time", "name": piece.name, "reason": piece.reason, "at_most_chars": piece.bounded_chars}
                | _at(piece.span)
            )
    return {"role": surface.role, "name": surface.name, **_at(surface.span), "pieces": pieces}


def _traffic(traffic: Traffic | None) -> dict[str, Any] | None:
    """Without the histograms, which are in the profile."""
    if traffic is None:
        return None
    found: dict[str, Any] = _plain(traffic)
    del found["cost_points"]
    for name in ("dynamic_input_spread", "output_spread"):
        if found[name] is not None:
            del found[name]["points"]
    return found


def _sum(cost: UnitCost) -> dict[str, Any]:
    return {
        "usd_per_call": _plain(cost.usd_per_call),
        "missing": [line.label for line in cost.unknown],
    }


def _at(span: Span) -> dict[str, Any]:
    return {"path": span.path, "first_line": span.first_line, "last_line": span.last_line}


def _plain(value: Any) -> Any:
    """A value as JSON has it: decimals and days as text, values of ours as objects, all the way down."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Span):
        return _at(value)
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return [_plain(v) for v in value]
    if isinstance(value, Range):
        return {"low": _plain(value.low), "likely": _plain(value.likely), "high": _plain(value.high)}
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return value
