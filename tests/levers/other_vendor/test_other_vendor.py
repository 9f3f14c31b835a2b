"""Another vendor's model: silent by default, priced by hand where it is worth it, never one that does not take the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from bot.levers.alternatives import alternatives
from bot.levers.case import Proposal
from bot.levers.other_vendor import propose
from bot.model import Rates, Traffic
from prompts_scanner.model import CallSite, Hole
from tests.cost.make import AT, exactly, month, mtok, rates, setting, site, system, traffic, user, words
from tests.levers.make import BOOK, case, only, per_call

OPUS_SITE = site(system(words(3_000)), model=setting("claude-opus-5-5"))
ANSWERS = traffic(output_tokens=exactly(500), calls_per_month=month(10_000))

GROK = rates(
    model="grok-4.20",
    provider="x-ai",
    input_usd_per_mtok=Decimal("1.25"),
    output_usd_per_mtok=Decimal("2.50"),
    cache_read_usd_per_mtok=None,
    context_tokens=1_000_000,
    max_output_tokens=None,
)  # https://docs.x.ai/docs/models
DEEPSEEK = rates(
    model="deepseek-v4-pro",
    provider="deepseek",
    input_usd_per_mtok=Decimal("1.32"),
    output_usd_per_mtok=Decimal("3.96"),
    cache_read_usd_per_mtok=None,
    context_tokens=1_000_000,
    max_output_tokens=None,
)  # https://api-docs.deepseek.com/quick_start/pricing
ELSEWHERE = {"claude-opus-5-5": BOOK["claude-opus-5-5"], "grok-4.20": GROK, "deepseek-v4-pro": DEEPSEEK}


def other(of: CallSite, use: Traffic | None = ANSWERS, book: Mapping[str, Rates] = ELSEWHERE) -> list[Proposal]:
    return list(propose(case(of, use, book)))


def test_silent_on_other_vendors_without_a_known_bill() -> None:
    assert other(OPUS_SITE, None) == []
    assert other(OPUS_SITE, traffic(output_tokens=exactly(500))) == []
    assert other(OPUS_SITE, traffic(calls_per_month=month(10_000))) == []


def test_silent_where_the_vendors_own_offer_is_as_good() -> None:
    """Opus 4/20 in a cascade with Haiku costs 0.425 of it, less than twice what grok does: no reason to leave."""
    assert other(OPUS_SITE, book={**ELSEWHERE, **BOOK}) == []


def test_silent_below_what_a_change_of_vendor_must_save() -> None:
    """0.022 with Opus, 0.005 with grok: 0.017 saved a call, 200 USD a month from 11,765 calls on."""
    saved = mtok("4", 3_000) + mtok("20", 500) - mtok("1.25", 3_000) - mtok("2.50", 500)
    assert saved == Decimal("0.017")
    few, enough = (replace(ANSWERS, calls_per_month=month(n)) for n in (11_764, 11_765))
    assert other(OPUS_SITE, few) == []
    assert [p.model for p in other(OPUS_SITE, enough)] == ["grok-4.20"]


def test_another_vendors_model_of_the_size() -> None:
    found = only(tuple(other(OPUS_SITE, replace(ANSWERS, calls_per_month=month(20_000)))))
    assert (found.model, found.vendor) == ("grok-4.20", "x-ai")
    assert per_call(found) == mtok("2.75", 3_000) + mtok("17.50", 500)
    assert (found.advice.confidence, found.advice.effort) == ("low", "high")
    # 5 USD per 1,000 calls instead of 22; DeepSeek 1.32 · 3 + 3.96 · 0.5 = 5.94
    assert "costs 5.00 instead of 22.00 USD per 1,000 calls (also deepseek-v4-pro 5.94)" in found.advice.why


def test_a_router_makes_it_a_name() -> None:
    routed = replace(OPUS_SITE, sdk="litellm")
    found = only(tuple(other(routed, replace(ANSWERS, calls_per_month=month(20_000)))))
    assert found.advice.effort == "medium"


def test_what_a_model_does_not_take() -> None:
    """Pictures exclude DeepSeek; a request of 1,000,001 tokens, or a cap above its limit, a model with less."""
    many = replace(ANSWERS, calls_per_month=month(20_000))
    no_grok = {k: v for k, v in ELSEWHERE.items() if k != "grok-4.20"}
    picture = Hole(name="image", reason="media", span=AT)
    assert [p.model for p in other(OPUS_SITE, many, no_grok)] == ["deepseek-v4-pro"]
    assert other(site(system(words(3_000)), user(picture), model=setting("claude-opus-5-5")), many, no_grok) == []
    exact, over = (replace(DEEPSEEK, context_tokens=n) for n in (3_000, 2_999))
    assert other(OPUS_SITE, many, {**no_grok, "deepseek-v4-pro": exact}) != []
    assert other(OPUS_SITE, many, {**no_grok, "deepseek-v4-pro": over}) == []
    capped = replace(OPUS_SITE, output_cap=setting(8_193))
    assert other(capped, many, {**no_grok, "deepseek-v4-pro": replace(DEEPSEEK, max_output_tokens=8_193)}) != []
    assert other(capped, many, {**no_grok, "deepseek-v4-pro": replace(DEEPSEEK, max_output_tokens=8_192)}) == []


def test_every_alternative_says_why_it_does_not_fit() -> None:
    picture = site(
        system(words(3_000)), user(Hole(name="image", reason="media", span=AT)), model=setting("claude-opus-5-5")
    )
    found = {a.name: a for a in alternatives(case(picture, ANSWERS, ELSEWHERE))}
    assert found["grok-4.20"].fits and not found["grok-4.20"].same_vendor
    assert found["deepseek-v4-pro"].misfit == "takes no pictures"
    assert found["grok-4.20"].cost.usd_per_call.likely == mtok("1.25", 3_000) + mtok("2.50", 500)
