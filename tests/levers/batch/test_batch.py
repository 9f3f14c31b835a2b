"""When a batch is advised: only where nobody waits, and that is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.compare import compare
from bot.levers.batch import propose
from bot.levers.case import Case
from bot.model import NoPrice, Rates, Traffic
from bot.prices import PriceBook
from prompts_scanner.model import CallSite, Loop, Span
from tests.cost.make import AT, exactly, gpt_4o, month, mtok, pricer, rates, setting, site, system, tool, traffic, words
from tests.levers.make import case, only, per_call, per_month

ONLINE = site(system(words(5_000)))
NIGHTLY = replace(ONLINE, span=Span("jobs/nightly/enrich.py", 3, 9))


# -- silent -----------------------------------------------------------------------------------------------------------


def test_silent_where_it_is_done() -> None:
    assert propose(case(replace(NIGHTLY, batch=True))) == ()
    assert propose(case(NIGHTLY, traffic(batch_share=Decimal(1)))) == ()


def test_silent_where_somebody_may_wait() -> None:
    assert propose(case(ONLINE)) == ()
    assert propose(case(ONLINE, traffic(batchable_share=Decimal(0)))) == ()
    assert propose(case(NIGHTLY, traffic(batchable_share=Decimal(0)))) == ()  # the team says so


def test_silent_where_the_provider_has_none() -> None:
    assert propose(case(NIGHTLY, book=rates(batch_factor=None))) == ()
    assert propose(case(NIGHTLY, book={})) == ()


def test_silent_for_agents_whose_turns_wait_for_one_another() -> None:
    agent = replace(NIGHTLY, tools=(tool("a", 10),), loops=(Loop(kind="while", span=AT),))
    assert propose(case(agent)) == ()


def test_silent_where_the_code_shows_that_somebody_waits() -> None:
    """A stream and a handler of the web, whatever the file is called and whatever share of the feature can wait."""
    waited = replace(NIGHTLY, waited_for="`stream` streams its answer")
    assert propose(case(waited)) == ()
    assert propose(case(waited, traffic(batchable_share=Decimal(1), output_tokens=exactly(100)))) == ()


def test_silent_on_a_server_of_ones_own() -> None:
    """A nightly job that posts to the program's own route: whoever answers there has no batches."""
    own = replace(NIGHTLY, sdk="http", provider=None)
    assert propose(case(own)) == ()
    assert propose(case(replace(own, provider="ollama"))) == ()
    assert propose(case(replace(own, provider="anthropic"))) != ()


def test_silent_in_the_slow_lane() -> None:
    assert propose(flexible(replace(NIGHTLY, service_tier=setting("flex")))) == ()


@pytest.mark.parametrize(
    "path", ["app/chat.py", "api/batches_view_model.py", "web/combat.ts", "src/scheduler_ui.tsx", "bulkhead.py"]
)
def test_names_that_only_look_like_it(path: str) -> None:
    assert propose(case(replace(ONLINE, span=Span(path, 1, 2)))) == ()


# -- advice -----------------------------------------------------------------------------------------------------------


def test_half_of_a_nightly_job() -> None:
    """0.00525 USD of input and output for 40,000 calls, half off: the 210 of 420 USD that a reader expects."""
    use = traffic(output_tokens=exactly(350), calls_per_month=month(40_000))
    of = site(system(words(1_750)), span=Span("scripts/nightly_enrich/run.py", 1, 9))
    of = replace(of, span=Span("scripts/nightly/enrich.py", 1, 9))
    found = only(propose(case(of, use)))
    cost = mtok("3", 1_750) + mtok("15", 350)
    assert (per_call(found), per_month(found)) == (cost / 2, cost / 2 * 40_000)
    assert per_month(found) == Decimal("210")
    assert found.advice.confidence == "low"  # a name is no promise


def test_a_share_that_the_team_names() -> None:
    use = traffic(batchable_share=Decimal("0.4"), output_tokens=exactly(800))
    found = only(propose(case(ONLINE, use)))
    assert per_call(found) == (mtok("3", 5_000) + mtok("15", 800)) * Decimal("0.4") / 2
    assert found.advice.confidence == "high"
    assert "40 %" in found.advice.title


def test_more_than_is_sent_already() -> None:
    use = traffic(batchable_share=Decimal("0.4"), batch_share=Decimal("0.1"))
    assert per_call(only(propose(case(ONLINE, use)))) == mtok("3", 5_000) * Decimal("0.3") / 2


def test_a_grader_has_nobody_waiting() -> None:
    grader = replace(ONLINE, context="eval", symbol="SimpleQAEval.grade_response")
    assert only(propose(case(grader))).advice.confidence == "medium"


def test_silent_for_other_calls_of_an_evaluation() -> None:
    """A simulated user answers turn by turn; nothing shows that this call could wait."""
    assert propose(case(replace(ONLINE, context="eval", symbol="fake_user_reply"))) == ()


def test_a_task_of_a_queue_and_a_loop_of_a_script() -> None:
    for why in ("`enrich` is a task in the background (`@shared_task`)", "a loop of a script"):
        found = only(propose(case(replace(ONLINE, background=why))))
        assert found.advice.why.startswith(why) and found.advice.confidence == "low"


# -- the slow lane ----------------------------------------------------------------------------------------------------

# GPT-6 Luna: 0.10 / 0.50, flex 0.05 / 0.25 (https://developers.openai.com/api/docs/pricing)
LUNA = gpt_4o(
    cache_read_usd_per_mtok=None,
    model="gpt-6-luna",
    input_usd_per_mtok=Decimal("0.10"),
    output_usd_per_mtok=Decimal("0.50"),
    batch_factor=Decimal("0.5"),
)
FLEX = replace(LUNA, input_usd_per_mtok=Decimal("0.05"), output_usd_per_mtok=Decimal("0.25"), batch_factor=None)


def flexible(of: CallSite, use: Traffic | None = None, flex: Rates | NoPrice = FLEX) -> Case:
    asked = replace(pricer(LUNA, use), tier_rates=lambda model, provider, tier: flex if tier == "flex" else LUNA)
    return Case(priced=asked.price(of), pricer=asked)


def test_one_argument_instead_of_a_file() -> None:
    use = traffic(output_tokens=exactly(300), calls_per_month=month(10_000))
    found = only(propose(flexible(NIGHTLY, use)))
    saved = mtok("0.05", 5_000) + mtok("0.25", 300)
    assert (per_call(found), per_month(found)) == (saved, saved * 10_000)
    assert found.advice.effort == "low" and 'service_tier to "flex"' in found.advice.edit
    assert "0.05/0.25 instead of 0.1/0.5" in found.advice.why


def test_a_part_of_the_calls_is_a_batch_and_not_a_lane() -> None:
    found = only(propose(flexible(ONLINE, traffic(batchable_share=Decimal("0.4")))))
    assert found.traffic is not None and "40 %" in found.advice.title


def test_without_a_price_for_the_lane_it_is_a_batch() -> None:
    found = only(propose(flexible(NIGHTLY, flex=NoPrice(model="gpt-6-luna", reason="no price as flex"))))
    assert "as a batch" in found.advice.title
    assert per_call(found) == mtok("0.05", 5_000)


def test_a_request_pays_what_its_lane_costs() -> None:
    """Base in the usual lane, head in the dear one: 5,000 and 300 tokens at twice the price, cause `model`."""
    priority = replace(LUNA, input_usd_per_mtok=Decimal("0.20"), output_usd_per_mtok=Decimal("1"))
    asked = replace(
        pricer(LUNA, traffic(output_tokens=exactly(300))), tier_rates=lambda model, provider, tier: priority
    )
    head = replace(ONLINE, service_tier=setting("priority"))
    (change,) = compare([(ONLINE, head)], asked, 0)
    (cause,) = change.causes
    assert (cause.what, cause.detail, cause.sign) == ("model", "service tier none → priority", 1)
    assert cause.usd_per_call is not None
    assert cause.usd_per_call.likely == mtok("0.10", 5_000) + mtok("0.50", 300)
    assert compare([(ONLINE, replace(ONLINE, waited_for="it is streamed"))], asked, 0) == ()


def test_a_lane_without_a_price_is_unknown() -> None:
    asked = replace(
        pricer(LUNA), tier_rates=lambda model, provider, tier: NoPrice(model=model, reason="no price as fast")
    )
    found = asked.price(replace(ONLINE, service_tier=setting("fast")))
    assert isinstance(found.rates, NoPrice) and found.cost.unknown
    assert isinstance(asked.price(replace(ONLINE, service_tier=setting("auto"))).rates, Rates)


def test_the_catalogue_knows_the_lanes() -> None:
    book = PriceBook(on=date(2026, 11, 24))
    for model, provider in (("gpt-6-luna", "openai"), ("gemini-3.8-flash", "google")):
        usual, flex, priority = (book.rates(model, provider, tier) for tier in (None, "flex", "priority"))
        assert isinstance(usual, Rates) and isinstance(flex, Rates) and isinstance(priority, Rates)
        assert usual.input_usd_per_mtok and flex.input_usd_per_mtok and priority.input_usd_per_mtok
        assert flex.input_usd_per_mtok * 2 == usual.input_usd_per_mtok
        # OpenAI twice the price, Gemini 75 to 100 % more (https://ai.google.dev/gemini-api/docs/optimization)
        assert Decimal("1.75") <= priority.input_usd_per_mtok / usual.input_usd_per_mtok <= 2
