"""When a batch is advised: only where nobody waits, and that is known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.levers.batch import propose
from prompts_scanner.model import Loop, Span
from tests.cost.make import AT, exactly, month, mtok, rates, site, system, tool, traffic, words
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
