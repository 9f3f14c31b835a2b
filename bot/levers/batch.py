"""Batches: calls that nobody waits for at the provider's batch rate (half price at most of them).

https://developers.openai.com/api/docs/guides/batch, https://platform.claude.com/docs/en/build-with-claude/batch-processing,
https://ai.google.dev/gemini-api/docs/batch-api
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from bot.economics import is_agent_loop
from bot.levers.case import Case, Proposal, advised, saves, with_saving
from bot.model import Traffic
from bot.prefix import source_of

NAME = "batch"
DOCS = {
    "openai": "https://developers.openai.com/api/docs/guides/batch",
    "azure": "https://developers.openai.com/api/docs/guides/batch",
    "anthropic": "https://platform.claude.com/docs/en/build-with-claude/batch-processing",
    "google": "https://ai.google.dev/gemini-api/docs/batch-api",
    "mistral": "https://docs.mistral.ai/capabilities/batch/",
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
    if rates is None or rates.batch_factor is None or rates.batch_factor >= 1 or site.batch:
        return ()
    if site.operation not in ("chat", "embed") or is_agent_loop(case.priced):
        return ()  # the turns of an agent wait for one another
    share, why, confidence = _waited_for(case)
    already = (traffic.batch_share if traffic is not None else None) or Decimal(0)
    if share is None or share <= already:
        return ()
    off = 1 - rates.batch_factor
    advice = advised(
        case,
        NAME,
        f"Send {'these calls' if share == 1 else f'{float(share) * 100:.0f} % of these calls'} as a batch "
        f"({float(off) * 100:.0f} % off)",
        confidence=confidence,
        effort="medium" if site.sdk in _NOT_ONE_BY_ONE else "high",
        why=f"{why}; {rates.provider} answers a batch within 24 hours at {rates.batch_factor.normalize():f} × the price"
        + ("" if rates.batch_discounts_cached else "; tokens read from the cache keep their price"),
        edit="Collect the requests in one batch file or request, and read the answers when it is done.",
        caution="Not where a user waits for the answer, or where the next step of the job needs it at once. Hits in the "
        "prompt cache are not certain inside a batch.",
        doc_url=DOCS.get(rates.provider, DOCS["anthropic"] if "claude" in rates.model else DOCS["openai"]),
    )

    def batched(now: Traffic) -> Traffic:
        return replace(now, batch_share=share)

    if traffic is None:
        proposal = with_saving(case, Proposal(advice=advice, site=lambda s: replace(s, batch=True)))
    else:
        proposal = with_saving(case, Proposal(advice=advice, traffic=batched))
    return (proposal,) if saves(proposal) else ()


def _waited_for(case: Case) -> tuple[Decimal | None, str, Literal["low", "medium", "high"]]:
    """The share of calls that nobody waits for, how that is known, and how surely."""
    traffic, site = case.traffic, case.site
    if traffic is not None and traffic.batchable_share is not None:
        return traffic.batchable_share or None, f"{source_of(traffic)}: nobody waits for them", "high"
    if site.context == "eval" and _JUDGES.search(site.symbol):
        return Decimal(1), "an evaluation grades its answers when they are all there", "medium"
    if site.span.path.endswith(".ipynb"):
        return None, "", "low"
    found = _OFFLINE.search(site.span.path) or _OFFLINE.search(site.symbol)
    if found is None:
        return None, "", "low"
    return Decimal(1), f"`{found.group(1)}` in its name says that it runs by the clock or in bulk", "low"
