"""The same call on other models, for a terminal, as markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from bot.levers.alternatives import Alternative
from bot.model import PricedSite, Range, Usd
from bot.render.escape import md, visible
from bot.render.numbers import UNKNOWN, USD, Currency, money, money_range

SCHEMA_VERSION: Final = "1"
_HEADER: Final = ("model", "vendor", "1,000 calls", "difference", "takes the request")


def alternatives_text(site: PricedSite, found: Sequence[Alternative], currency: Currency = USD) -> str:
    rows = [_HEADER, *(_row(site, a, currency) for a in found)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADER))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([_title(site, currency), "", *lines, "", *_notes(site)]) + "\n"


def alternatives_markdown(site: PricedSite, found: Sequence[Alternative], currency: Currency = USD) -> str:
    rows = [_HEADER, ("---",) * len(_HEADER), *(tuple(md(c, 200) for c in _row(site, a, currency)) for a in found)]
    table = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([md(_title(site, currency), 500), "", *table, "", *(md(n, 500) for n in _notes(site))]) + "\n"


def alternatives_json(site: PricedSite, found: Sequence[Alternative], **more: Any) -> str:
    document = {
        "schema_version": SCHEMA_VERSION,
        **more,
        "site_id": site.site.id,
        "usd_per_call": _range(site.cost.usd_per_call),
        "not_known": _missing(site),
        "alternatives": [
            {
                "model": a.name,
                "vendor": a.vendor,
                "same_vendor": a.same_vendor,
                "usd_per_call": _range(a.cost.usd_per_call),
                "fits": a.fits,
                "misfit": a.misfit,
                "price_source": a.rates.source,
                "price_url": a.rates.source_url,
            }
            for a in found
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _row(site: PricedSite, a: Alternative, currency: Currency) -> tuple[str, ...]:
    now, then = site.cost.usd_per_call, a.cost.usd_per_call
    if not a.cost.lines or all(line.usd_per_call is None for line in a.cost.lines):
        amount, delta = UNKNOWN, UNKNOWN
    else:
        amount = str(_thousand(then, currency))
        delta = str(money((then.likely - now.likely) * 1000, currency, signed=True))
    return (a.name, a.vendor, amount, delta, "yes" if a.fits else f"no: {a.misfit}")


def _thousand(usd: Usd, currency: Currency) -> str:
    thousand = usd.map(lambda v: v * 1000)
    likely = str(money(thousand.likely, currency))
    return likely if thousand.is_exact else f"{likely} ({money_range(thousand, currency)})"


def _title(site: PricedSite, currency: Currency) -> str:
    name = getattr(site.rates, "model", "")
    return f"{visible(site.site.id)} on {visible(name)}: {_thousand(site.cost.usd_per_call, currency)} per 1,000 calls"


def _notes(site: PricedSite) -> list[str]:
    out = ["Text of the code is counted with each model's tokenizer; run-time tokens are taken as they are."]
    missing = _missing(site)
    if missing:
        out.insert(0, f"Not known, and in none of the amounts: {', '.join(missing)}.")
    return out


def _missing(site: PricedSite) -> list[str]:
    return [visible(name) for name in dict.fromkeys(line.label for line in site.cost.unknown)]


def _range(usd: Range[Any]) -> dict[str, str]:
    return {"low": f"{usd.low:f}", "likely": f"{usd.likely:f}", "high": f"{usd.high:f}"}
