"""Call → task → success → outcome, each step by its formula; what is not known stays so."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.economics import Amount, amount_of, calls_per_task, divided, kind_of, lines_of, side, worksheet
from bot.model import PricedSite, Range, Rates, Spread, Traffic
from bot.render.economics import worksheet_text
from bot.turns import agent_input_tokens, is_looped, mean_history_tokens, with_turns
from prompts_scanner.model import CallSite, Loop
from tests.cost.make import (
    AT,
    exactly,
    gpt_4o,
    hole,
    month,
    mtok,
    pricer,
    rates,
    site,
    system,
    tool,
    top_k,
    traffic,
    user,
    words,
)


def priced(of: CallSite, use: Traffic | None, book: Rates | None = None) -> PricedSite:
    return pricer(book or rates(), use).price(of)


SUPPORT = traffic(
    calls_per_month=month(180_000),
    calls_per_task=Decimal("3.2"),
    dynamic_input_tokens=exactly(1_900),
    output_tokens=exactly(170),
    success_share=Decimal("0.78"),
    outcome_share=Decimal("0.62"),
    outcome_name="resolved conversation",
)
ANSWER = site(system(words(1_300)), user(hole("question")))


def test_the_whole_chain() -> None:
    """(1,300 + 1,900) × 3 + 170 × 15 a call, × 3.2, ÷ 0.78, ÷ 0.62."""
    found = worksheet((), [priced(ANSWER, SUPPORT)])
    assert len(found) == 1 and found[0].outcome_name == "resolved conversation"
    call = mtok("3", 3_200) + mtok("15", 170)
    task = call * Decimal("3.2")
    values = {s.name: s.head.usd.likely for s in found[0].steps if s.head is not None and s.head.usd is not None}
    assert found[0].head[0].per_call.known.likely == call
    assert values["task"] == task
    assert values["success"].quantize(Decimal("1e-12")) == (task / Decimal("0.78")).quantize(Decimal("1e-12"))
    per_outcome = task / Decimal("0.78") / Decimal("0.62")
    assert values["outcome"].quantize(Decimal("1e-12")) == per_outcome.quantize(Decimal("1e-12"))
    assert values["month"] == call * 180_000
    assert found[0].step("success").formula == "÷ success share 0.78"


def test_every_kind_of_call_has_its_own_line() -> None:
    embed = site(user(hole("question")), operation="embed", id="e", symbol="find")
    use = traffic(
        calls_per_task=Decimal(2),
        dynamic_input_tokens=exactly(100),
        output_tokens=exactly(50),
        retry_share=Decimal("0.02"),
    )
    found = side([priced(ANSWER, use), priced(embed, use, gpt_4o(usd_per_request=Decimal("0.001")))])
    assert [line.label for line in found.lines] == [
        "call answer",
        "retries of answer",
        "embedding find",
        "retries of find",
    ]
    call = mtok("3", 1_400) + mtok("15", 50)
    search = mtok("2.50", 100) + Decimal("0.001")
    assert found.per_task.usd is not None
    assert found.per_task.usd.likely == (call + search) * 2 * Decimal("1.02")


def test_a_task_of_an_agent_with_search_reranking_and_a_validator() -> None:
    """Four agent turns with 2 % billed again, one question embedded, one rerank search, one validator: five lines."""
    question = site(user(hole("q")), operation="embed", id="e", symbol="search")
    order = site(user(hole("q")), operation="rerank", id="r", symbol="order")
    check = site(system(words(300)), user(hole("answer")), id="v", symbol="validate_answer")
    turn = site(system(words(1_000)), user(hole("q")), tools=(tool("look", 200),), id="a", symbol="run")
    agent = traffic(
        calls_per_task=Decimal(4),
        dynamic_input_tokens=exactly(3_000),
        output_tokens=exactly(150),
        retry_share=Decimal("0.02"),
        cache_hit_share=Decimal(0),
        history_read_share=Decimal(0),
    )
    once = traffic(calls_per_task=Decimal(1), dynamic_input_tokens=exactly(40), output_tokens=exactly(5))
    embedding = gpt_4o(input_usd_per_mtok=Decimal("0.02"), output_usd_per_mtok=None)  # text-embedding-3-small
    search = gpt_4o(input_usd_per_mtok=Decimal(0), output_usd_per_mtok=None, usd_per_request=Decimal("0.002"))  # Cohere
    found = side(
        [priced(turn, agent), priced(question, once, embedding), priced(order, once, search), priced(check, once)]
    )
    by_kind = {line.kind: line for line in found.lines}
    assert list(by_kind) == ["agent turn", "retry", "embedding", "rerank", "validator"]
    a_turn = mtok("3", 1_200 + 3_000) + mtok("15", 150)
    expected = {
        "agent turn": 4 * a_turn,
        "retry": 4 * Decimal("0.02") * a_turn,
        "embedding": mtok("0.02", 40),
        "rerank": Decimal("0.002"),
        "validator": mtok("3", 340) + mtok("15", 5),
    }
    assert {k: line.per_task.usd.likely for k, line in by_kind.items() if line.per_task.usd} == expected
    assert found.per_task.usd is not None and found.per_task.usd.likely == sum(expected.values())


@pytest.mark.parametrize(
    ("symbol", "kind"),
    [
        ("validate_answer", "validator"),
        ("OutputGuardrail.run", "validator"),
        ("is_relevant", "validator"),
        ("Judge.score", "validator"),
        ("answer_invalidated", "call"),
        ("send_validated_order", "call"),
        ("prejudice", "call"),
        ("answer", "call"),
    ],
)
def test_a_validator_by_its_name(symbol: str, kind: str) -> None:
    assert kind_of(priced(site(system(words(10)), symbol=symbol), None)) == kind


def test_two_calls_of_one_function_are_two_lines() -> None:
    first, second = site(system(words(100)), id="s#0"), site(system(words(200)), id="s#1")
    text = worksheet_text(worksheet((), [priced(first, SUPPORT), priced(second, SUPPORT)]), compared=False)
    assert text.count("call answer, per call") == 2


def test_the_delta_is_on_the_same_traffic() -> None:
    longer = site(system(words(2_450)), user(hole("question")))
    found = worksheet([priced(ANSWER, SUPPORT)], [priced(longer, SUPPORT)])[0]
    assert found.step("month").delta == Range.exactly(mtok("3", 1_150) * 180_000)  # +621.00
    assert found.step("month").delta == Range.exactly(Decimal("621.00"))
    back = worksheet([priced(longer, SUPPORT)], [priced(ANSWER, SUPPORT)])[0]
    assert back.step("month").delta == Range.exactly(Decimal("-621.00"))


def test_what_is_not_known_stays_unknown() -> None:
    found = worksheet((), [priced(ANSWER, None)])[0]
    for step in found.steps:
        assert step.head is not None
        assert step.head.usd is None
        assert step.delta is None
    task = found.step("task").head
    assert task is not None
    assert task.missing == ("run-time input", "output")
    assert task.known.likely == mtok("3", 1_300)  # the known part is kept beside it
    month_step = found.step("month").head
    assert month_step is not None and "calls per month" in month_step.missing


def test_success_of_nothing_has_no_price() -> None:
    amount = Amount(known=Range.exactly(Decimal(1)))
    assert divided(amount, Decimal(0), "success share").usd is None
    assert divided(amount, None, "success share").missing == ("success share",)
    assert divided(amount, Decimal(1), "success share").usd == Range.exactly(Decimal(1))
    quarter = divided(amount, Decimal("0.25"), "success share").usd
    assert quarter == Range.exactly(Decimal(4))


def test_a_volume_of_0_costs_0_and_is_known() -> None:
    use = traffic(calls_per_month=month(0), dynamic_input_tokens=exactly(1), output_tokens=exactly(1))
    step = worksheet((), [priced(ANSWER, use)])[0].step("month")
    assert step.head is not None and step.head.usd == Range.exactly(Decimal(0))


# -- loops ------------------------------------------------------------------------------------------------------------

AGENT = site(
    system(words(400)),
    user(hole("request")),
    tools=(tool("look_up", 350),),
    loops=(Loop(kind="for", span=AT, limit=8),),
)


def test_a_loops_limit_is_no_mean() -> None:
    assert calls_per_task(priced(AGENT, None)) == (None, "in a loop, at most 8 times")
    assert calls_per_task(priced(ANSWER, None)) == (Decimal(1), "the code calls it once")
    assert calls_per_task(priced(AGENT, SUPPORT))[0] == Decimal("3.2")
    endless = site(loops=(Loop(kind="while", span=AT),))
    assert calls_per_task(priced(endless, None)) == (None, "in a loop without a limit in the code")


def test_retries_in_the_code_without_a_share_are_unknown() -> None:
    retried = site(system(words(10)), loops=(Loop(kind="retry", span=AT),))
    found = side([priced(retried, traffic(output_tokens=exactly(1), calls_per_task=Decimal(1)))])
    assert found.per_task.usd is None
    assert "share of retries" in found.per_task.missing


@pytest.mark.parametrize("turns", [1, 2, 8, 30])
def test_an_agents_input_turn_by_turn(turns: int) -> None:
    """Summed turn by turn: the static part, the request, and all answers and tool results so far."""
    static, request, answer, result = 750, 120, 140, 600
    total, history = 0, 0
    for _ in range(turns):
        total += static + request + history
        history += answer + result
    asked = agent_input_tokens(Decimal(turns), static=static, user=request, added_per_turn=answer + result)
    assert asked == total


@pytest.mark.parametrize("limit", [0, 739, 1_480, 1_481, 3_000, 3_700, 100_000])
def test_a_history_that_is_cut(limit: int) -> None:
    total, history = 0, 0
    for _ in range(20):
        total += 750 + 120 + min(history, limit)
        history += 740
    asked = agent_input_tokens(Decimal(20), static=750, user=120, added_per_turn=740, history_limit=limit)
    assert asked == total


def test_the_note_of_an_agent_says_what_its_turns_send() -> None:
    """500 + 300 tokens a turn: over four turns 800·(1 + 2 + 3) of history, over eight 800·28, and 400 + 100 each time."""
    agent = site(system(words(400)), user(hole("q")), tools=(tool("a", 100),))
    use = traffic(calls_per_task=Decimal(4), output_tokens=exactly(500), tool_result_tokens=exactly(300))
    note = lines_of(priced(agent, use))[0].note
    assert "(500 tokens) and the history, which grows by 800 tokens a turn" in note
    assert "a task sends 2,000 of the one and 4,800 of the other, over twice as many 4,000 and 22,400" in note
    unknown = lines_of(priced(agent, replace(use, tool_result_tokens=None)))[0].note
    assert "grows by at least 500 tokens a turn" in unknown
    cut = lines_of(priced(agent, replace(use, history_limit_tokens=1_000)))[0].note
    assert "800 tokens a turn, cut at 1,000" in cut and f"{0 + 800 + 1_000 + 1_000:,} of the other" in cut


def test_a_tool_costs_on_every_turn() -> None:
    without = agent_input_tokens(Decimal(8), static=400, user=100, added_per_turn=700)
    with_tool = agent_input_tokens(Decimal(8), static=400 + 350, user=100, added_per_turn=700)
    assert with_tool - without == 8 * 350


def test_twice_the_turns_cost_more_than_twice() -> None:
    use = traffic(
        calls_per_task=Decimal(4),
        calls_per_month=month(64_000),
        dynamic_input_tokens=exactly(2_400),
        output_tokens=exactly(140),
        tool_result_tokens=exactly(600),
    )
    now = priced(AGENT, use)
    assert is_looped(now.site, now.traffic)
    more = with_turns(now, Decimal(8))
    assert more is not None and more.dynamic_input_tokens is not None
    # g·(n - 1)/2 with g = 740: 1,110 of the 2,400 tokens are history at 4 turns, 2,590 at 8
    assert mean_history_tokens(Decimal(4), 740) == 1_110
    assert more.dynamic_input_tokens.likely == 2_400 - 1_110 + 2_590
    assert more.calls_per_month == month(128_000)
    assert with_turns(priced(AGENT, None), Decimal(8)) is None


def test_a_single_call_is_no_agent() -> None:
    assert not is_looped(ANSWER, SUPPORT)  # several calls, but no tools
    assert not is_looped(site(tools=(tool("a", 5),)), None)


@given(st.integers(0, 60), st.integers(0, 5_000), st.integers(0, 3_000))
def test_more_turns_never_cost_less(turns: int, static: int, added: int) -> None:
    one = agent_input_tokens(Decimal(turns), static=static, user=10, added_per_turn=added)
    next_one = agent_input_tokens(Decimal(turns + 1), static=static, user=10, added_per_turn=added)
    assert next_one >= one + static


# -- p50 and p95 ------------------------------------------------------------------------------------------------------


def test_percentiles_of_a_joint_distribution() -> None:
    points = ((1_000, 100, 90), (10_000, 100, 6), (1_000, 2_000, 4))
    use = traffic(
        dynamic_input_tokens=exactly(1_540), output_tokens=exactly(176), cost_points=points, calls_per_task=Decimal(1)
    )
    line = lines_of(priced(ANSWER, use))[0]
    assert line.usd_p50 == mtok("3", 1_300 + 1_000) + mtok("15", 100)
    # costs in order: 90 calls of 0.0084, 4 of 0.0369 and 6 of 0.0354: the 95th of 100 is one of 0.0354
    assert line.usd_p95 == mtok("3", 1_300 + 10_000) + mtok("15", 100)
    assert line.spread_source == "joint distribution of the profile"


def test_percentiles_of_two_spreads_say_so() -> None:
    use = traffic(
        dynamic_input_tokens=exactly(2_200),
        dynamic_input_spread=Spread(p50=1_900, p95=4_200),
        output_tokens=exactly(200),
        output_spread=Spread(p50=170, p95=430),
    )
    line = lines_of(priced(ANSWER, use))[0]
    assert line.usd_p50 == mtok("3", 1_300 + 1_900) + mtok("15", 170)
    assert line.usd_p95 == mtok("3", 1_300 + 4_200) + mtok("15", 430)
    assert line.spread_source == "input and output at the same percentile"


def test_percentiles_stand_beside_the_mean_on_both_sides() -> None:
    spread = Spread(p50=1_900, p95=4_200)
    use = traffic(
        calls_per_task=Decimal(1),
        dynamic_input_tokens=exactly(2_200),
        dynamic_input_spread=spread,
        output_tokens=exactly(200),
        output_spread=Spread(p50=170, p95=430),
    )
    more = site(system(words(1_400)), user(hole("question")))
    rows = worksheet_text(worksheet([priced(ANSWER, use)], [priced(more, use)]), compared=True).splitlines()
    (middle,) = (r for r in rows if r.strip().startswith("at p50"))
    (dear,) = (r for r in rows if r.strip().startswith("at p95"))
    assert middle.split()[2:] == ["$0.012", "$0.012", "+$0.00030"]  # 0.01215 and 0.01245
    assert dear.split()[2:] == ["$0.023", "$0.023", "+$0.00030"]  # 100 tokens at 3 USD a million


# -- a part that is not known -----------------------------------------------------------------------------------------

EIGHT = traffic(calls_per_task=Decimal(1), dynamic_input_tokens=exactly(4_000), output_tokens=exactly(100))


def chunks(before: int, now: int) -> tuple[PricedSite, PricedSite]:
    """A call whose chunks change, of a size that nobody knows; its traffic was observed with the first number."""
    base, head = (site(user(hole("passages")), retrieval=(top_k(k),)) for k in (before, now))
    asked = pricer(rates(), EIGHT).against([(base, head)])
    return asked.price(base), replace(asked, observed={head.id: base}).price(head)


def test_more_of_an_unknown_size_costs_at_least_what_is_known() -> None:
    base, head = chunks(4, 12)
    step = worksheet([base], [head])[0].step("task")
    assert step.delta is None and step.delta_bound == 0
    dearer = replace(head, site=replace(head.site, surfaces=(system(words(1_000)), *head.site.surfaces)))
    more = replace(pricer(rates(), EIGHT), observed={head.site.id: base.site}).price(dearer.site)
    step = worksheet([base], [more])[0].step("task")
    assert step.delta_bound == mtok("3", 1_000)
    assert "unknown (at least +$0.0030)" in worksheet_text(worksheet([base], [more]), compared=True)


def test_less_of_an_unknown_size_has_no_bound() -> None:
    """The observed input holds twelve chunks, four are sent: what is known is more than the whole."""
    base, head = chunks(12, 4)
    sheet = worksheet([base], [head])
    assert amount_of(head.cost).less and sheet[0].step("task").delta_bound is None
    rows = worksheet_text(sheet, compared=True).splitlines()
    assert next(r for r in rows if "answer, per call" in r).split()[-2:] == ["unknown", "unknown"]


def test_no_percentiles_without_a_spread() -> None:
    assert lines_of(priced(ANSWER, SUPPORT))[0].usd_p50 is None
    assert lines_of(priced(ANSWER, None))[0].usd_p95 is None
