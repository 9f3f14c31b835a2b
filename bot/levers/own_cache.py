"""A cache of one's own: made and named by the program, paid by the hour, read by every call (Gemini's explicit cache).

It pays above λ = s/((p - r)·(1 - h)) calls an hour, with input p, read r, storage s an hour, and h the share of calls that
the provider's own cache finds without it (https://ai.google.dev/gemini-api/docs/caching).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.levers.case import Case, Proposal, advised, saves, with_saving
from bot.levers.prompt_cache import docs_of, end_span, percent
from bot.lines import HOURS_PER_MONTH
from bot.model import Rates
from bot.prefix import OWN_CACHE, source_of
from prompts_scanner.model import Setting

NAME = "own_cache"


def pays_from(rates: Rates, hits: Decimal = Decimal(0)) -> Decimal | None:
    """Calls an hour above which a cache that is paid by the hour pays: s/((p - r)·(1 - h)); None where it never does.

    p input, r read, s storage an hour, all per million tokens; h of the calls find the text cached without it.
    """
    plain, read, storage = (
        rates.input_usd_per_mtok,
        rates.cache_read_usd_per_mtok,
        rates.cache_storage_usd_per_mtok_hour,
    )
    if plain is None or read is None or storage is None or plain <= read or hits >= 1:
        return None
    return storage / ((plain - read) * (1 - hits))


def propose(case: Case) -> tuple[Proposal, ...]:
    rates, prefix = case.rates, case.priced.prefix
    if rates is None or prefix is None or rates.cache_storage_usd_per_mtok_hour is None or case.site.cache is not None:
        return ()
    calls = case.traffic.calls_per_month if case.traffic is not None else None
    tokens = prefix.cacheable_tokens.likely if prefix.cacheable_tokens is not None else 0
    hits = case.traffic.cache_hit_share if case.traffic is not None else None
    even = pays_from(rates, hits or Decimal(0))
    if calls is None or not tokens or even is None or calls.likely / HOURS_PER_MONTH <= even:
        return ()
    hourly = calls.likely / HOURS_PER_MONTH
    advice = advised(
        case,
        NAME,
        f"Keep the first {tokens:,} tokens in a cache of your own",
        span=end_span(case),
        confidence="low" if hits is None else "medium",
        effort="medium",
        why=f"Gemini's own cache promises no hits; one that you make is read on every call and costs "
        f"{rates.cache_storage_usd_per_mtok_hour.normalize():f} USD per million tokens and hour: it pays from "
        f"{even.quantize(Decimal('0.1'))} calls an hour on, and there are {hourly.quantize(Decimal('0.1')):,}"
        + (f"; {percent(hits)} find it cached today ({source_of(case.traffic)})" if hits and case.traffic else ""),
        edit="Make it with client.caches.create(...) from the stable text, name it in each call (cached_content), and renew "
        "it before its time to live ends.",
        caution="Measure first what is found without it (cached_content_token_count in the usage): those hits cost the same "
        "and no storage. Not for text that changes more often than once an hour.",
        doc_url=docs_of(rates),
    )
    if hits is None:
        return (Proposal(advice=advice),)  # what the provider's own cache finds is not known, so no saving is claimed
    own = Setting(values=(OWN_CACHE,), resolution="literal", span=case.site.span)
    proposal = with_saving(case, Proposal(advice=advice, site=lambda s: replace(s, cache=own)))
    return (proposal,) if saves(proposal) else ()
