"""Batches and the slow lane: calls that nobody waits for at the provider's batch or flex rate (half price at most).

Not where the code shows that somebody waits: an answer that is streamed, a handler of the web.
https://developers.openai.com/api/docs/guides/batch, https://platform.claude.com/docs/en/build-with-claude/batch-processing,
https://ai.google.dev/gemini-api/docs/batch-api, https://developers.openai.com/api/docs/guides/flex-processing,
https://ai.google.dev/gemini-api/docs/flex-inference
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from bot.levers.case import Case, Proposal, advised, saves, with_saving
from bot.model import Rates, Traffic
from bot.prefix import source_of
from bot.turns import is_looped
from prompts_scanner.model import Setting

NAME = "batch"
DOCS = {
    "openai": "https://developers.openai.com/api/docs/guides/batch",
    "azure": "https://developers.openai.com/api/docs/guides/batch",
    "anthropic": "https://platform.claude.com/docs/en/build-with-claude/batch-processing",
    "google": "https://ai.google.dev/gemini-api/docs/batch-api",
    "mistral": "https://docs.mistral.ai/capabilities/batch/",
}
FLEX_DOCS = {
    "openai": "https://developers.openai.com/api/docs/guides/flex-processing",
    "google": "https://ai.google.dev/gemini-api/docs/flex-inference",
}
# Folders, files and functions whose name says that they run by the clock or over a stock of data. "batch" alone is also
# the name of a view or a table, so it has to be the whole name or its end.
_OFFLINE = re.compile(
    r"(?:^|[/_.\-])(cron|crons|cronjobs?|nightly|offline|backfill\w*|etl|scheduled|weekly|enrichment|precompute|airflow|"
    r"dags|ingest|ingestion|batch(?:es|_jobs?)?(?=\.\w+$|$|/))(?=[/_.\-]|$)",
    re.IGNORECASE,
)
_JUDGES = re.compile(r"grad(e|er|ing)|judg|score|rate|assess|evaluat|compare", re.IGNORECASE)
_NOT_ONE_BY_ONE = ("openai", "anthropic", "google-genai", "mistral")


def propose(case: Case) -> tuple[Proposal, ...]:
    rates, site, traffic = case.rates, case.site, case.traffic
    if rates is None or site.batch or site.waited_for or site.operation not in ("chat", "embed"):
        return ()
    if site.sdk == "http" and site.provider != rates.provider:
        return ()  # a request to another server than the vendor's, such as one's own, which has no batches
    if is_looped(case.site, case.traffic):
        return ()  # the turns of an agent wait for one another
    share, why, confidence = _nobody_waits(case)
    already = (traffic.batch_share if traffic is not None else None) or Decimal(0)
    tier = site.service_tier.value if site.service_tier is not None else None
    if share is None or share <= already or tier == "flex":
        return ()
    waits = Waits(share=share, why=why, confidence=confidence)
    found = _flex(case, rates, waits) or _batch(case, rates, waits)
    return (found,) if found is not None and saves(found) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The share of calls that nobody waits for, how that is known, and how surely."""

    share: Decimal
    why: str
    confidence: Literal["low", "medium", "high"]


def _batch(case: Case, rates: Rates, waits: Waits) -> Proposal | None:
    """A file of requests, answered within a day."""
    if rates.batch_factor is None or rates.batch_factor >= 1:
        return None
    share, off = waits.share, 1 - rates.batch_factor
    advice = advised(
        case,
        NAME,
        f"Send {'these calls' if share == 1 else f'{float(share) * 100:.0f} % of these calls'} as a batch "
        f"({float(off) * 100:.0f} % off)",
        confidence=waits.confidence,
        effort="medium" if case.site.sdk in _NOT_ONE_BY_ONE else "high",
        why=f"{waits.why}; {rates.provider} answers a batch within 24 hours at {rates.batch_factor.normalize():f} × the price"
        + ("" if rates.batch_discounts_cached else "; tokens read from the cache keep their price"),
        edit="Collect the requests in one batch file or request, and read the answers when it is done.",
        caution="Not where a user waits for the answer, or where the next step of the job needs it at once. Hits in the "
        "prompt cache are not certain inside a batch.",
        doc_url=DOCS.get(rates.provider, DOCS["anthropic"] if "claude" in rates.model else DOCS["openai"]),
    )

    def batched(now: Traffic) -> Traffic:
        return replace(now, batch_share=share)

    if case.traffic is None:
        return with_saving(case, Proposal(advice=advice, site=lambda s: replace(s, batch=True)))
    return with_saving(case, Proposal(advice=advice, traffic=batched))


def _flex(case: Case, rates: Rates, waits: Waits) -> Proposal | None:
    """The same call in the provider's slow lane: one argument, where all calls can wait."""
    flex = (
        case.pricer.tier_rates(rates.model, case.site.provider, "flex") if case.pricer.tier_rates is not None else None
    )
    url = FLEX_DOCS.get(rates.provider)
    if not isinstance(flex, Rates) or url is None or waits.share < 1 or case.site.operation != "chat":
        return None
    lane = Setting(values=("flex",), resolution="literal", span=case.site.span)
    advice = advised(
        case,
        NAME,
        "Ask for the flex tier: nobody waits for these calls",
        confidence=waits.confidence,
        effort="low",
        why=f"{waits.why}; {rates.provider} answers the same call in minutes instead of seconds, at {_prices(flex)} instead "
        f"of {_prices(rates)} USD per million tokens in/out",
        edit='Set service_tier to "flex", give the call a timeout of 15 minutes, and try again in the usual tier when it is '
        "refused for want of capacity. A batch costs the same and is not refused.",
        caution="Not where a user waits for the answer, or where a job must end by the hour.",
        doc_url=url,
    )
    return with_saving(case, Proposal(advice=advice, site=lambda s: replace(s, service_tier=lane)))


def _prices(rates: Rates) -> str:
    into, out = rates.input_usd_per_mtok, rates.output_usd_per_mtok
    return "/".join("?" if usd is None else f"{usd.normalize():f}" for usd in (into, out))


def _nobody_waits(case: Case) -> tuple[Decimal | None, str, Literal["low", "medium", "high"]]:
    traffic, site = case.traffic, case.site
    if traffic is not None and traffic.batchable_share is not None:
        return traffic.batchable_share or None, f"{source_of(traffic)}: nobody waits for them", "high"
    if site.context == "eval" and _JUDGES.search(site.symbol):
        return Decimal(1), "an evaluation grades its answers when they are all there", "medium"
    if site.background:
        return Decimal(1), site.background, "low"
    if site.span.path.endswith(".ipynb"):
        return None, "", "low"
    found = _OFFLINE.search(site.span.path) or _OFFLINE.search(site.symbol)
    if found is None:
        return None, "", "low"
    return Decimal(1), f"`{found.group(1)}` in its name says that it runs by the clock or in bulk", "low"
