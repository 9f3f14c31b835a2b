"""What a provider bills for its hosted tools by the use: web search, file search, containers that run code."""

from __future__ import annotations

from decimal import Decimal

from bot.model import Cause, CostLine, NoPrice, PricedSite, Rates
from prompts_scanner.model import CallSite

USES = 1_000
# The fees that a hosted tool may be billed by, the first that a price list has, and what one of each is.
_BILLED_AS = {
    "web_search_preview": (("web_search_preview", "use"), ("web_search", "use")),
    "code_interpreter": (
        ("code_interpreter", "use"),
        ("code_interpreter_session", "session"),
        ("code_execution_hour", "hour"),
        ("code_execution", "use"),
    ),
}


def tool_fees(site: CallSite, rates: Rates | NoPrice) -> list[CostLine]:
    """A line for each hosted tool that has a fee; without an amount, for how often a model uses it is not in the code."""
    out = []
    for tool in site.tools:
        found = fee_of(tool.builtin, rates) if tool.builtin is not None and isinstance(rates, Rates) else None
        if found is None or not isinstance(rates, Rates):
            continue
        name, usd, unit = found
        out.append(
            CostLine(
                part="tool fee",
                label=f"{tool.name}: {usd} USD {_a(unit)}, {unit}s per call unknown",
                token_class="request",
                tokens_per_call=None,
                usd_per_mtok=None,
                method="unknown",
                source=f"fee of a hosted tool: {rates.fee_sources.get(name) or f'{rates.source}, {rates.source_url}'.rstrip(', ')}",
                span=tool.span,
            )
        )
    return out


def fee_of(builtin: str, rates: Rates) -> tuple[str, Decimal, str] | None:
    """The name of a hosted tool's fee, US dollars, and for one of what; None: the price list has none."""
    for name, unit in _BILLED_AS.get(builtin, ((builtin, "use"),)):
        if name in rates.fees:
            return name, rates.fees[name], unit
    return None


def hosted_causes(base: PricedSite, head: PricedSite) -> list[Cause]:
    """Why a change of hosted tools costs: each that came or went, with its fee for one use, whose number nobody knows."""
    old, new = ({t.builtin: t for t in side.site.tools if t.builtin is not None} for side in (base, head))
    moved = [(1, t, head.rates) for name, t in new.items() if name not in old]
    moved += [(-1, t, base.rates) for name, t in old.items() if name not in new]
    out = []
    for sign, tool, rates in moved:
        found = fee_of(tool.builtin or "", rates) if isinstance(rates, Rates) else None
        detail = f"hosted tool {tool.name} {'added' if sign > 0 else 'removed'}"
        per_unit = None
        if found is not None:
            _, usd, unit = found
            detail += f": {usd} USD {_a(unit)}"
            per_unit = (f"{USES:,} {unit}s of {tool.name}", sign * usd * USES)
        out.append(
            Cause(
                what="tools",
                detail=detail,
                span=tool.span if sign > 0 else head.site.span,
                delta_tokens=None,
                usd_per_call=None,
                sign=sign,
                per_unit=per_unit,
            )
        )
    return out


def _a(unit: str) -> str:
    return f"{'an' if unit == 'hour' else 'a'} {unit}"
