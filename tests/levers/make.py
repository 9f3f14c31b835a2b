"""Cases for levers, out of the sites and rates of `tests.cost.make`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.levers.case import Case, Proposal
from bot.model import Rates, Traffic, Usd
from prompts_scanner.model import CallSite
from tests.cost.make import gpt_4o, pricer, rates

# List prices of 2026-11-24, USD per million tokens in/out: Opus 5.5 4/20, Sonnet 5.5 2/10, Haiku 5.5 0.10/0.50
# (https://platform.claude.com/docs/en/about-claude/pricing).
OPUS = rates(
    model="claude-opus-5-5",
    input_usd_per_mtok=Decimal(4),
    output_usd_per_mtok=Decimal(20),
    cache_read_usd_per_mtok=Decimal("0.20"),
    cache_write_usd_per_mtok=Decimal(5),
    context_tokens=1_000_000,
    max_output_tokens=128_000,
)
SONNET = rates(
    model="claude-sonnet-5-5",
    input_usd_per_mtok=Decimal(2),
    output_usd_per_mtok=Decimal(10),
    cache_read_usd_per_mtok=Decimal("0.10"),
    cache_write_usd_per_mtok=Decimal("2.50"),
    context_tokens=1_000_000,
    max_output_tokens=128_000,
)
HAIKU = rates(
    model="claude-haiku-5-5",
    input_usd_per_mtok=Decimal("0.10"),
    output_usd_per_mtok=Decimal("0.50"),
    cache_read_usd_per_mtok=Decimal("0.01"),
    cache_write_usd_per_mtok=Decimal("0.125"),
    context_tokens=1_000_000,
    max_output_tokens=128_000,
)
BOOK: Mapping[str, Rates] = {
    "claude-opus-5-5": OPUS,
    "claude-sonnet-5-5": SONNET,
    "claude-haiku-5-5": HAIKU,
    "claude-sonnet-4-5": rates(),
    "gpt-4o": gpt_4o(),
}


def case(
    of: CallSite, use: Traffic | None = None, book: Mapping[str, Rates] | Rates | None = None, **changes: Any
) -> Case:
    asked = pricer(BOOK if book is None else book, use)
    return Case(priced=asked.price(of), pricer=asked, **changes)


def only(proposals: tuple[Proposal, ...]) -> Proposal:
    assert len(proposals) == 1, [p.advice.title for p in proposals]
    return proposals[0]


def per_call(proposal: Proposal) -> Decimal:
    """The likely saving of one call."""
    saving: Usd | None = proposal.advice.saving_usd_per_1k_calls
    assert saving is not None
    return saving.likely / 1000


def per_month(proposal: Proposal) -> Decimal:
    saving: Usd | None = proposal.advice.saving_usd_per_month
    assert saving is not None
    return saving.likely
