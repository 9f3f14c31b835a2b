"""Running an open model on rented GPUs: break-even volume and capacity, at a known volume only.

fixed = GPUs · USD/h · 730 · (1 + overhead) + engineering; break-even calls a month = fixed ÷ cost of a call with the API;
capacity = GPUs · tokens/s · 3600 · 730 · utilisation. On-premises studies find the same order: months for small models,
years for large ones (https://arxiv.org/abs/2509.18101).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.levers.case import THOUSAND, Case, Proposal, Settings, advised, per_month
from bot.model import MTOK, NO_USD

NAME = "self_hosting"
DOC = "https://arxiv.org/abs/2509.18101"
HOURS_PER_MONTH = 730


def fixed_usd_per_month(s: Settings) -> Decimal:
    rent = s.gpus.value * s.gpu_usd_per_hour.value * HOURS_PER_MONTH
    return rent * (1 + s.gpu_overhead_share.value) + s.engineering_usd_per_month.value


def capacity_output_tokens_per_month(s: Settings) -> Decimal:
    per_second = s.gpus.value * s.gpu_output_tokens_per_second.value * s.gpu_utilisation_share.value
    return per_second * 3600 * HOURS_PER_MONTH


def usd_per_mtok(usd_per_hour: Decimal, tokens_per_second: Decimal, utilisation: Decimal = Decimal(1)) -> Decimal:
    """What a million output tokens cost on one GPU: $/h ÷ (tokens/s · 3600 · utilisation)."""
    return usd_per_hour * MTOK / (tokens_per_second * 3600 * utilisation)


def break_even_per_month(fixed_usd: Decimal, usd_per_unit: Decimal) -> Decimal | None:
    """Calls (or millions of tokens) a month at which the fixed cost equals the API's bill; None where a unit is free."""
    return fixed_usd / usd_per_unit if usd_per_unit > 0 else None


def propose(case: Case) -> tuple[Proposal, ...]:
    traffic, s = case.traffic, case.settings
    if case.rates is None or traffic is None or traffic.calls_per_month is None or case.priced.cost.unknown:
        return ()
    if case.site.operation != "chat" or case.rates.free:
        return ()
    per_call, calls = case.priced.cost.usd_per_call, traffic.calls_per_month.likely
    bill = per_call.likely * calls
    fixed = fixed_usd_per_month(s)
    even = break_even_per_month(fixed, per_call.likely)
    if even is None:
        return ()
    output = calls * sum(
        line.tokens_per_call.likely
        for line in case.priced.cost.lines
        if line.part in ("output", "reasoning") and line.tokens_per_call is not None
    )
    holds = output <= capacity_output_tokens_per_month(s)
    assumed = (
        f"{s.gpus.value.normalize():f} GPUs at {s.gpu_usd_per_hour.value} USD an hour ({s.gpu_usd_per_hour.source}), "
        f"{float(s.gpu_overhead_share.value) * 100:.0f} % overhead, {s.engineering_usd_per_month.source}: "
        f"{_usd(fixed)} a month"
    )
    if bill <= fixed or not holds:
        return (_not_worth_it(case, bill, even, calls, assumed),)
    saved = (per_month(per_call, traffic) or NO_USD).map(lambda usd: usd - fixed)
    advice = advised(
        case,
        NAME,
        "Run an open model yourself",
        confidence="low",
        effort="high",
        why=f"the API costs {_usd(bill)} a month; {assumed}; breaks even at {even:,.0f} calls a month of {calls:,.0f}",
        edit="Evaluate an open model of 70B on this task, then size the cluster with a load test.",
        caution="Not before an open model passes your evaluation; GPUs cost the same whether they work or idle "
        f"({float(s.gpu_utilisation_share.value) * 100:.0f} % utilisation assumed: {s.gpu_utilisation_share.source}).",
        doc_url=DOC,
    )
    advice = replace(
        advice,
        saving_usd_per_1k_calls=saved.map(lambda usd: usd / calls * THOUSAND),
        saving_usd_per_month=saved,
    )
    return (Proposal(advice=advice, kind="hosting"),)


def _not_worth_it(case: Case, bill: Decimal, even: Decimal, calls: Decimal, assumed: str) -> Proposal:
    reason = (
        f"it breaks even at {even:,.0f} calls a month and there are {calls:,.0f}"
        if bill <= fixed_usd_per_month(case.settings)
        else "and that cluster cannot serve this volume"
    )
    advice = advised(
        case,
        NAME,
        "Hosting a model yourself does not pay back at this volume",
        confidence="medium",
        effort="high",
        why=f"the API costs {_usd(bill)} a month; {assumed}; {reason}",
        edit="Nothing to do.",
        doc_url=DOC,
    )
    return Proposal(advice=replace(advice, saving_usd_per_1k_calls=NO_USD, saving_usd_per_month=NO_USD), kind="verdict")


def _usd(usd: Decimal) -> str:
    return f"{usd.quantize(Decimal(1)):,} USD"
