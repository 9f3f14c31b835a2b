"""Parts of a request that the context lever looks at: tools that a change adds, and retrieved chunks against the whole.

What of them is needed only the team knows, so their price is told and no saving is claimed.
"""

from __future__ import annotations

from decimal import Decimal

from bot.levers.case import Case, Proposal, advised
from bot.lines import chunk_count
from bot.model import MTOK
from bot.turns import is_looped

# What belongs into a request, what tools cost there, and why fewer tokens are better.
DOC = "https://www.anthropic.com/engineering/effective-context-engineering-for-ai-agents"
# One tool more is what the change is for; several are rarely needed at once.
FEW_TOOLS = 2
MANY_ADDED_TOKENS = 300
# So many chunks of so great a part of the input are worth a reranker.
MANY_CHUNKS = 8
GREAT_SHARE = Decimal("0.5")


def added_tools(case: Case, lever: str) -> Proposal | None:
    """Several tools that the change adds at once to the same request."""
    if case.before is None:
        return None
    known = {t.name for t in case.before.tools}
    new = [t for t in case.site.tools if t.name not in known]
    names = {f"tool {t.name}" for t in new}
    lines = [x for x in case.priced.cost.lines if x.part == "tools" and x.label in names]
    tokens = sum(x.tokens_per_call.likely for x in lines if x.tokens_per_call is not None)
    if len(lines) < FEW_TOOLS or tokens < MANY_ADDED_TOKENS:
        return None
    usd = sum((x.usd_per_call.likely for x in lines if x.usd_per_call is not None), start=Decimal(0))
    turns = case.turns if is_looped(case.site, case.traffic) else None
    each = f", on each of {turns.normalize():f} turns of a task" if turns is not None else ""
    return Proposal(
        advice=advised(
            case,
            lever,
            f"Show the {len(lines)} added tools where they are needed: they are {tokens:,} tokens on every call",
            span=lines[0].span or case.site.span,
            confidence="low",
            effort="medium",
            why=f"they cost {(usd * 1000).quantize(Decimal('0.01'))} USD per 1,000 calls, used or not{each}"
            if case.rates is not None
            else f"they are sent whether they are used or not{each}",
            edit="Give each step only the tools that it can use, or one tool with an argument that names the action.",
            caution="Not where any of them may be needed on any turn. Tools that change from call to call break the cached "
            "prefix, which begins with them.",
            doc_url=DOC,
        )
    )


def great_share_of_chunks(case: Case, lever: str) -> Proposal | None:
    """Many retrieved chunks that are most of what is sent; nothing where their size is not known."""
    count = chunk_count(case.site)
    before = chunk_count(case.before) if case.before is not None else None
    line = next((x for x in case.priced.cost.lines if x.part == "retrieval"), None)
    if count is None or count < MANY_CHUNKS or line is None or line.tokens_per_call is None or case.rates is None:
        return None
    if before is not None and before < count:
        return None  # the change sends more of them, which is told with its saving
    tokens, whole = line.tokens_per_call.likely, case.priced.cost.input_tokens.likely
    if not tokens or tokens < GREAT_SHARE * whole or line.usd_per_mtok is None:
        return None
    one = tokens / count
    usd = one * line.usd_per_mtok * 1000 / MTOK
    return Proposal(
        advice=advised(
            case,
            lever,
            f"Rerank and send fewer than {count.normalize():f} chunks: they are {tokens:,} of {whole:,} input tokens",
            span=line.span or case.site.span,
            confidence="low",
            effort="medium",
            why=f"each chunk is about {one:,.0f} tokens and costs {usd.quantize(Decimal('0.01'))} USD per 1,000 calls",
            edit="Retrieve as many, rerank them, and send the best few.",
            caution="Measure recall and answers with your retrieval evaluation before and after.",
            doc_url=DOC,
        )
    )
