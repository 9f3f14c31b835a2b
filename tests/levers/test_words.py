"""What the levers say, with each figure from its formula: shares in percent, dollars, months, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.levers import batch, conversation, distillation, other_vendor, prompt_cache, routing, self_hosting
from bot.levers.case import Assumed, Settings, known_bill
from bot.levers.routing import break_even_escalation
from tests.cost.make import exactly, month, mtok, rates, setting, site, system, traffic, words
from tests.levers.conversation.test_conversation import AGENT, FIVE
from tests.levers.make import BOOK, case, only, per_month
from tests.levers.other_vendor.test_other_vendor import DEEPSEEK, ELSEWHERE, GROK

OPUS_SITE = site(system(words(3_000)), model=setting("claude-opus-5-5"))
ANSWERS = traffic(output_tokens=exactly(500), calls_per_month=month(10_000))
LABEL = site(system(words(2_000)), model=setting("claude-opus-5-5"), output_cap=setting(50))


def assumed(usd: str) -> Assumed:
    return Assumed(value=Decimal(usd), source="test")


# -- a cascade ---------------------------------------------------------------------------------------------------------


def test_a_cascade_tells_its_break_even_and_the_planned_shares_in_percent() -> None:
    """Opus 4/20, Haiku 0.10/0.50: a fortieth of the price, so that it pays below 97.5 % of calls asked again."""
    for low, high, told in (("0.1", "0.5", "10 to 50 %"), ("0.23", "0.37", "23 to 37 %")):
        s = replace(Settings(), escalated_share_low=assumed(low), escalated_share_high=assumed(high))
        found = only(routing.propose(case(OPUS_SITE, ANSWERS, settings=s)))
        dear = mtok("4", 3_000) + mtok("20", 500)
        small = "0.10/0.50" if "haiku" in found.model else "2/10"
        price_in, price_out = small.split("/")
        even = break_even_escalation(mtok(price_in, 3_000) + mtok(price_out, 500), dear)
        assert found.advice.why == (
            f"pays while fewer than {float(even) * 100:.0f} % of calls are asked again; the range is for {told} "
            "(planning figures, not measured here)"
        )


def test_a_cascade_is_told_from_exactly_what_it_must_save() -> None:
    usd = per_month(only(routing.propose(case(OPUS_SITE, ANSWERS))))
    for least, told in ((usd, 1), (usd + Decimal("0.01"), 0)):
        s = replace(Settings(), min_cascade_usd_per_month=Assumed(value=least, source="test"))
        assert len(routing.propose(case(OPUS_SITE, ANSWERS, settings=s))) == told


def test_the_model_is_shown_where_its_first_source_stands() -> None:
    there = replace(OPUS_SITE.span, path="app/settings.py", first_line=3, last_line=3)
    other = replace(there, path="app/other.py")
    of = replace(OPUS_SITE, model=replace(OPUS_SITE.model, sources=(there, other)))
    assert routing.model_span(case(of)) == there
    assert routing.model_span(case(OPUS_SITE)) == OPUS_SITE.model.span


def test_an_unknown_part_is_told_beside_a_saving() -> None:
    assert routing._known_part(case(OPUS_SITE, traffic(calls_per_month=month(10)))).startswith(
        "; the saving is on the known part"
    )
    whole = case(OPUS_SITE, replace(ANSWERS, dynamic_input_tokens=exactly(0)))
    assert not whole.priced.cost.unknown
    assert routing._known_part(whole) == ""


# -- another vendor ----------------------------------------------------------------------------------------------------


def test_of_other_vendors_the_cheapest_is_told_and_the_next_ones_beside_it() -> None:
    use = replace(ANSWERS, calls_per_month=month(20_000))
    why = only(other_vendor.propose(case(OPUS_SITE, use, ELSEWHERE))).advice.why
    usd = [
        (mtok(str(r.input_usd_per_mtok), 3_000) + mtok(str(r.output_usd_per_mtok), 500)) * 1000
        for r in (GROK, DEEPSEEK)
    ]
    assert f"costs {usd[0]:.2f} instead of" in why and f"(also deepseek-v4-pro {usd[1]:.2f})" in why
    third = replace(DEEPSEEK, model="gpt-5.5", provider="openai", input_usd_per_mtok=Decimal("1.40"))
    names = [a.name for a in other_vendor.alternatives(case(OPUS_SITE, use, {**ELSEWHERE, "gpt-5.5": third}))]
    assert "grok-4.20" in names


def test_another_vendor_is_worth_it_at_exactly_half_and_from_exactly_what_it_must_save() -> None:
    """Opus costs 4/20: at 2/10 the same call costs half."""
    use = replace(ANSWERS, calls_per_month=month(20_000))
    half = replace(GROK, input_usd_per_mtok=Decimal(2), output_usd_per_mtok=Decimal(10))
    book = {"claude-opus-5-5": BOOK["claude-opus-5-5"], "grok-4.20": half}
    found = only(other_vendor.propose(case(OPUS_SITE, use, book)))
    assert other_vendor.propose(case(OPUS_SITE, use, {**book, "grok-4.20": replace(half, output_usd_per_mtok=Decimal("10.01"))})) == ()  # fmt: skip
    for more, told in (("0", 1), ("0.01", 0)):
        least = Assumed(value=per_month(found) + Decimal(more), source="test")
        s = replace(Settings(), min_vendor_change_usd_per_month=least)
        assert len(other_vendor.propose(case(OPUS_SITE, use, book, settings=s))) == told


@pytest.mark.parametrize("sdk", ["litellm", "anthropic"])
def test_a_router_names_the_model_and_a_vendors_own_library_calls_the_other_api(sdk: str) -> None:
    use = replace(ANSWERS, calls_per_month=month(20_000))
    edit = only(other_vendor.propose(case(replace(OPUS_SITE, sdk=sdk), use, ELSEWHERE))).advice.edit
    assert ("name grok-4.20 in the call." in edit) is (sdk == "litellm")
    assert ("call grok-4.20 through x-ai's API or a router." in edit) is (sdk == "anthropic")


def test_free_models_and_unknown_bills_are_not_left_for_another_vendor() -> None:
    use = replace(ANSWERS, calls_per_month=month(20_000))
    free = {**ELSEWHERE, "claude-opus-5-5": replace(BOOK["claude-opus-5-5"], free=True)}
    assert known_bill(case(OPUS_SITE, use, free))
    assert other_vendor.propose(case(OPUS_SITE, use, free)) == ()
    assert other_vendor.propose(case(replace(OPUS_SITE, context="eval"), use, ELSEWHERE)) == ()
    assert other_vendor.propose(case(replace(OPUS_SITE, operation="embed"), use, ELSEWHERE)) == ()


# -- training ----------------------------------------------------------------------------------------------------------


def test_a_payback_says_whether_another_model_saves_without_training() -> None:
    use = traffic(calls_per_month=month(10**8), output_tokens=exactly(20), dynamic_input_tokens=exactly(0))
    alone = only(distillation.propose(case(LABEL, use, {k: BOOK[k] for k in ("claude-opus-5-5", "claude-haiku-5-5")})))
    other = routing.propose(case(LABEL, use))
    assert (" that another model alone does not save" in alone.advice.why or "beyond what another" in alone.advice.why) is bool(other)  # fmt: skip
    looped = replace(LABEL, context="eval")
    found = only(distillation.propose(case(looped, use)))
    assert routing.propose(case(looped, use)) == ()
    assert "another model" not in found.advice.why


def test_what_does_not_pay_back_is_said_with_what_is_saved() -> None:
    use = traffic(calls_per_month=month(10), output_tokens=exactly(20), dynamic_input_tokens=exactly(0))
    found = only(distillation.propose(case(replace(LABEL, context="eval"), use)))
    saved = 10 * (mtok("3.90", 2_000) + mtok("19.50", 20))  # Opus 4/20 less Haiku 0.10/0.50
    assert found.kind == "verdict"
    assert f"against at most {saved:.2f} USD saved a month, for the" in found.advice.why


# -- conversations, batches, caches -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "told"), [(300, "later than 5 minutes"), (3_600, "later than 60 minutes"), (None, "later than ? minutes")])  # fmt: skip
def test_a_conversation_is_cached_for_as_long_as_the_cache_lives(seconds: int | None, told: str) -> None:
    found = conversation.propose(case(AGENT, FIVE, rates(cache_ttl_seconds=seconds)))
    assert told in only(found).advice.caution


@pytest.mark.parametrize("discounted", [True, False])
def test_a_batch_says_whether_cached_tokens_keep_their_price(discounted: bool) -> None:
    use = traffic(output_tokens=exactly(9), dynamic_input_tokens=exactly(0), batchable_share=Decimal(1))
    of = site(system(words(500)))
    why = only(batch.propose(case(of, use, rates(batch_discounts_cached=discounted)))).advice.why
    assert ("tokens read from the cache keep their price" in why) is not discounted


def test_each_hosts_own_page_is_named() -> None:
    assert prompt_cache.docs_of(rates(provider="bedrock")) == prompt_cache.DOCS["anthropic"]
    assert prompt_cache.docs_of(rates(model="gemini-3", provider="google")) == prompt_cache.DOCS["google"]
    assert prompt_cache.docs_of(rates(model="other", provider="elsewhere")) == prompt_cache.DOCS["anthropic"]
    of = traffic(output_tokens=exactly(9), dynamic_input_tokens=exactly(0), batchable_share=Decimal(1))
    for model, name in (("claude-sonnet-4-5", "anthropic"), ("other", "openai")):
        book = rates(model=model, provider="elsewhere")
        assert only(batch.propose(case(site(system(words(500))), of, book))).advice.doc_url == batch.DOCS[name]


def test_nobody_waits_for_an_evaluation_or_for_what_says_so() -> None:
    assert batch._nobody_waits(case(site(system("x"), context="eval", symbol="judge_answers")))[0] == 1  # type: ignore[index]
    assert batch._nobody_waits(case(site(system("x"), background="a loop of a script")))[0] == 1  # type: ignore[index]


# -- an own cluster ----------------------------------------------------------------------------------------------------


def test_an_own_cluster_tells_its_shares_in_percent() -> None:
    use = traffic(output_tokens=exactly(1), calls_per_month=month(10**7), dynamic_input_tokens=exactly(0))
    of = site(system(words(3_000)), model=setting("claude-opus-5-5"))
    found = only(self_hosting.propose(case(of, use)))
    s = Settings()
    assert f"{Decimal(100) * s.gpu_overhead_share.value:.0f} % overhead" in found.advice.why
    if found.kind != "verdict":
        assert f"({Decimal(100) * s.gpu_utilisation_share.value:.0f} % utilisation assumed" in found.advice.caution
