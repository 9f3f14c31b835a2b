"""Caps out of observed answers, JSON in words, thinking for simple tasks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.levers.output import propose
from bot.model import Spread
from tests.cost.make import exactly, month, mtok, rates, setting, site, surface, system, tool, traffic, user, words
from tests.levers.make import case, only, per_call, per_month

# 990 of 1,000 answers have 400 tokens, 10 have 8,000: p99 400, mean 476
SPREAD = Spread(points=((400, 990), (8_000, 10)))
ANSWERS = traffic(output_tokens=exactly(476), output_spread=SPREAD, calls_per_month=month(1_000))
CHAT = site(system(words(500)))


# -- silent -----------------------------------------------------------------------------------------------------------


def test_silent_where_a_cap_is_set() -> None:
    assert propose(case(site(system(words(500)), output_cap=setting(600)), ANSWERS)) == ()


def test_silent_where_a_cap_is_set_at_run_time() -> None:
    unknown = replace(setting(1), values=(), resolution="unresolved")
    assert propose(case(site(system(words(500)), output_cap=unknown), ANSWERS)) == ()


def test_silent_where_thinking_may_fill_the_cap() -> None:
    """p99 of 400 makes a cap of 500: no room behind a thinking budget of 500, and room behind one of 499."""
    assert propose(case(replace(CHAT, reasoning=setting(500)), ANSWERS)) == ()
    assert propose(case(replace(CHAT, reasoning=setting(499)), ANSWERS)) != ()


@pytest.mark.parametrize(("calls", "limit", "told"), [(888, 6_666, False), (888, 6_667, True), (889, 6_666, True)])
def test_silent_on_a_trifle(calls: int, limit: int, told: bool) -> None:
    """75 tokens at 15 USD a million are saved a call, a dollar with 889; 6,666 tokens are the longest below 0.10 USD."""
    use = replace(ANSWERS, calls_per_month=month(calls))
    assert bool(propose(case(CHAT, use, rates(max_output_tokens=limit)))) is told


def test_silent_without_observed_answers() -> None:
    assert propose(case(CHAT)) == ()
    assert propose(case(CHAT, traffic(output_tokens=exactly(476)))) == ()
    assert propose(case(CHAT, book={})) == ()


def test_silent_where_json_has_a_schema() -> None:
    prompt = "Return the answer as JSON."
    assert propose(case(site(system(prompt), structured=True))) == ()
    assert propose(case(site(system(prompt), tools=(tool("a", 5),)))) == ()
    assert propose(case(site(system("The user sends JSON. Summarise it.")))) == ()
    assert propose(case(site(system("Respond with a valid JSON action according to the expected schema.")))) == ()


def test_silent_where_thinking_fits_the_task() -> None:
    assert propose(case(site(system("Prove the theorem."), reasoning=setting("high")))) == ()
    easy = site(system("Classify the ticket."), reasoning=setting("low"), output_cap=setting(20))
    assert propose(case(easy)) == ()


def test_the_documentation_is_the_providers_also_without_a_price() -> None:
    prompt = system("Return the answer as JSON.")
    (claude,) = propose(case(site(prompt, provider="anthropic"), book={}))
    (gpt,) = propose(case(site(prompt, provider="openai", sdk="openai"), book={}))
    assert "platform.claude.com" in claude.advice.doc_url and "developers.openai.com" in gpt.advice.doc_url


# -- advice -----------------------------------------------------------------------------------------------------------


def test_a_cap_a_fifth_above_the_99th_percentile() -> None:
    """p99 = 400, × 1.2 = 480, rounded up to 500. E[min(X, 500)] = 0.99·400 + 0.01·500 = 401."""
    found = only(propose(case(CHAT, ANSWERS)))
    assert found.advice.title == "Cap the answer at 500 tokens"
    assert per_call(found) == mtok("15", 476 - 401)
    assert per_month(found) == mtok("15", 75) * 1_000
    assert "1.0 % of them" in found.advice.why
    # 500 × 15 USD and 64,000 × 15 USD a million
    assert "0.0075 USD instead of 0.96 USD" in found.advice.why


def test_a_cap_above_all_answers_saves_nothing_and_says_so() -> None:
    use = traffic(output_tokens=exactly(100), output_spread=Spread(points=((100, 10),)))
    found = only(propose(case(CHAT, use)))
    assert per_call(found) == 0
    assert "cuts 0.0 %" in found.advice.why


def test_json_in_words() -> None:
    of = site(system(words(20) + " Respond only with valid JSON, no other text."), user("q"))
    found = only(propose(case(of)))
    assert found.advice.saving_usd_per_1k_calls is None
    assert "“Respond only with valid JSON”" in found.advice.why


def test_much_thinking_for_a_label() -> None:
    of = site(system("Classify the ticket."), reasoning=setting("high"), output_cap=setting(64))
    use = traffic(output_tokens=exactly(64), reasoning_tokens=exactly(60))
    found = only(propose(case(of, use)))
    assert "0.9 USD per 1,000 calls" in found.advice.why  # 60 × 15 USD a million × 1,000
    budget = site(system("Classify the ticket."), reasoning=setting(16_000), output_cap=setting(64))
    assert "16000" in only(propose(case(budget))).advice.title


def test_examples_are_no_instruction() -> None:
    shown = surface("assistant", "Return JSON")
    assert propose(case(site(system("Hello"), shown))) == ()
