"""Other vendors: the same call on another vendor's model of the same shelf, where the bill is known and it is worth it.

It is the farthest way to go: another contract, another key, other answers. So it comes after what the own vendor offers,
and only where it costs half of the best of that.
"""

from __future__ import annotations

from decimal import Decimal

from bot.levers import routing
from bot.levers.alternatives import Alternative, alternatives
from bot.levers.case import Case, Proposal, advised, known_bill, saved_with, saves, with_saving
from bot.levers.simple import is_simple

NAME = "other_vendor"
CHEAP_ENOUGH = Decimal("0.5")
# Libraries in which another vendor's model is another name: the call itself stays.
_ANY_VENDOR = (
    "litellm",
    "langchain",
    "vercel-ai",
    "pydantic-ai",
    "llamaindex",
    "crewai",
    "dspy",
    "mastra",
    "genkit",
)


def propose(case: Case) -> tuple[Proposal, ...]:
    """Nothing for evaluations and where several models are called: as the routing lever sees it."""
    rates, site = case.rates, case.site
    if rates is None or site.operation != "chat" or site.context == "eval" or len(case.priced.candidates) > 1:
        return ()
    if rates.free or not known_bill(case):
        return ()
    now = case.priced.cost.usd_per_call.likely
    best = now - max((saved_with(case, p).likely for p in routing.propose(case)), default=Decimal(0))
    wanted = [
        a
        for a in alternatives(case, smaller=is_simple(case.priced))
        if not a.same_vendor and a.fits and not a.cost.unknown and a.cost.usd_per_call.likely <= best * CHEAP_ENOUGH
    ]
    wanted.sort(key=lambda a: a.cost.usd_per_call.likely)
    proposal = _proposed(case, now, wanted) if wanted else None
    return () if proposal is None else (proposal,)


def _proposed(case: Case, now_usd: Decimal, wanted: list[Alternative]) -> Proposal | None:
    new, others = wanted[0], ", ".join(f"{a.name} {_thousand(a)}" for a in wanted[1:3])
    routed = case.site.sdk in _ANY_VENDOR
    advice = advised(
        case,
        NAME,
        f"Evaluate {new.name} of another vendor",
        span=routing.model_span(case),
        confidence="low",
        effort="medium" if routed else "high",
        why=f"the same call costs {_thousand(new)} instead of {(now_usd * 1000).quantize(Decimal('0.01'))} USD per 1,000 "
        f"calls{f' (also {others})' if others else ''}; what the request needs of a model (length, tools, pictures, "
        "schema) it takes",
        edit="Run your evaluation on it first; "
        f"`aicost-review whatif {case.site.id} --models` prices the call on all models that fit. Then "
        + (f"name {new.name} in the call." if routed else f"call {new.name} through {new.vendor}'s API or a router."),
        caution="Not where data may not leave today's vendor. A vendor's shelf (large, medium, small) says nothing of how "
        "good two models are at your task; run-time tokens are taken as today's tokenizer counts them.",
        doc_url=new.rates.source_url,
    )
    proposal = with_saving(case, Proposal(advice=advice, model=new.name, vendor=new.vendor, kind="model"))
    monthly = proposal.advice.saving_usd_per_month
    worth = monthly is not None and monthly.likely >= case.settings.min_vendor_change_usd_per_month.value
    return proposal if worth and saves(proposal) else None


def _thousand(new: Alternative) -> str:
    return f"{(new.cost.usd_per_call.likely * 1000).quantize(Decimal('0.01'))}"
