"""A chart of what the change does to each site, as Mermaid text for a place that draws it.

https://mermaid.js.org/syntax/xyChart.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from bot.model import Review
from bot.render.numbers import plain
from bot.render.summary import counted, usd_per_1k_calls

MAX_BARS = 12
MAX_NAME_CHARS = 24
DIGITS = 4


def chart(review: Review) -> str:
    """The block, or "" where fewer than two sites have an amount: one bar says nothing that the table does not."""
    months = [(c.label, m.likely) for c in counted(review) if (m := c.delta_usd_per_month) is not None]
    calls = [(c.label, u.likely) for c in counted(review) if (u := usd_per_1k_calls(c)) is not None]
    bars, unit = (months, "USD per month") if len(months) >= len(calls) else (calls, "USD per 1,000 calls")
    bars = sorted((b for b in bars if b[1]), key=lambda b: abs(b[1]), reverse=True)[:MAX_BARS]
    return _block(bars, unit) if len(bars) > 1 else ""


def _block(bars: Sequence[tuple[str, Decimal]], unit: str) -> str:
    names = ", ".join(f'"{number} {_name(label)}"' for number, (label, _) in enumerate(bars, 1))
    values = ", ".join(_value(amount) for _, amount in bars)
    lines = [
        "```mermaid",
        "xychart-beta horizontal",
        f'    title "Change of each site, {unit}"',
        f"    x-axis [{names}]",
        f'    y-axis "{unit}"',
        f"    bar [{values}]",
        "```",
    ]
    return "\n".join(lines)


def _value(amount: Decimal) -> str:
    """Enough digits to draw; no separators, which Mermaid would read as the next value."""
    places = Decimal(1).scaleb(min(0, amount.adjusted() - DIGITS + 1))
    return plain(amount.quantize(places)).replace(",", "")


def _name(label: str) -> str:
    """Only what can neither end the text nor mean something to Mermaid."""
    safe = re.sub(r"[^A-Za-z0-9 _./-]+", "_", label)
    return safe if len(safe) <= MAX_NAME_CHARS else f"..{safe[-MAX_NAME_CHARS + 2 :]}"
