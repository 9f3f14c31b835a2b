"""Guardrails: what a change does, whatever it costs; what the base already does is not blocked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.gate import judge
from bot.model import Budgets, Cause, Change, Guardrails, Rates
from prompts_scanner.model import CallSite, Span
from tests.cost.make import gpt_4o, hole, rates, setting, site, system, user, words
from tests.gate.make import only, prompt, use, verdict

BOOK: dict[str, Rates] = {
    "claude-sonnet-4-5": rates(),
    "gpt-4o": gpt_4o(),
    "prod-chat": gpt_4o(model="gpt-4o", provider="azure"),
}


def rules(**values: Any) -> Budgets:
    return Budgets(guardrails=Guardrails(**values))


# -- output cap -------------------------------------------------------------------------------------------------------

CAPPED = prompt(100, output_cap=setting(500))
AT_RUN_TIME = prompt(100, output_cap=replace(setting(1), values=()))


@pytest.mark.parametrize(
    ("base", "head", "outcome"),
    [
        (None, CAPPED, "pass"),
        (None, AT_RUN_TIME, "pass"),  # it is set, if only at run time
        (None, prompt(100), "fail"),
        (prompt(100), prompt(200), "pass"),  # not new
        (CAPPED, prompt(100), "pass"),  # a cap that goes is a cost of its own
        (None, replace(prompt(100), operation="embed"), "pass"),
    ],
)
def test_a_new_call_caps_its_output(base: CallSite | None, head: CallSite, outcome: str) -> None:
    assert verdict(base, head, rules(output_cap_on_new_sites="fail"), noise=0).outcome == outcome


def test_the_level_is_the_rules() -> None:
    found = verdict(None, prompt(100), rules(output_cap_on_new_sites="warn"))
    assert (found.outcome, found.blocks, found.judged) == ("warn", False, 1)


# -- models -----------------------------------------------------------------------------------------------------------


def on(model: str, *more: str) -> CallSite:
    return prompt(100, model=replace(setting(model), values=(model, *more)))


RUN_TIME = prompt(100, model=replace(setting("x"), values=(), reason="from the request"))


@pytest.mark.parametrize(
    ("base", "head", "allowed", "outcome"),
    [
        (None, on("gpt-4o"), ["gpt-4o*"], "pass"),
        (None, on("openai/gpt-4o"), ["gpt-4o*"], "pass"),
        (None, on("openai:gpt-4o"), ["GPT-4o*"], "pass"),
        (None, on("gpt-4o"), ["claude-*"], "fail"),
        (on("gpt-4o"), on("o1-pro"), ["gpt-4o*"], "fail"),
        (on("o1-pro"), prompt(900, model=setting("o1-pro")), ["gpt-4o*"], "pass"),  # it was there before
        (on("gpt-4o"), on("gpt-4o", "o1-pro"), ["gpt-4o*"], "fail"),  # one of several is enough
        (on("gpt-4o"), None, ["claude-*"], "pass"),
        (None, RUN_TIME, ["gpt-4o*"], "unknown"),
        (RUN_TIME, replace(RUN_TIME, surfaces=prompt(200).surfaces), ["gpt-4o*"], "pass"),
        (None, on("prod-chat"), ["azure/gpt-4o"], "pass"),  # an alias, by what it stands for
        (None, on("prod-chat"), ["openai/gpt-4o"], "fail"),
    ],
)
def test_allowed_models(base: CallSite | None, head: CallSite | None, allowed: list[str], outcome: str) -> None:
    found = verdict(base, head, rules(allowed_models=tuple(allowed)), book=BOOK, noise=0)
    assert found.outcome == outcome


def test_the_models_that_are_not_allowed_are_named() -> None:
    finding = only(verdict(None, on("gpt-4o", "o1-pro", "o3"), rules(allowed_models=("gpt-4o*",)), book=BOOK))
    assert (finding.actual, finding.limit) == ("o1-pro, o3", "one of gpt-4o*")


def test_a_model_setting_that_no_call_is_tied_to_is_unknown() -> None:
    cause = Cause(
        what="model", detail="MODEL: a → b", span=Span("s.py", 1, 1), delta_tokens=None, usd_per_call=None, sign=1
    )
    change = Change(
        id="m", kind="changed", feature="", label="MODEL", span=cause.span, before=None, after=None, causes=(cause,)
    )
    found = judge([change], [], [], [], rules(allowed_models=("gpt-4o*",)))
    assert (found.outcome, found.findings[0].actual) == ("unknown", "MODEL: a → b")


# -- cache ------------------------------------------------------------------------------------------------------------

CLOCK = hole("now", volatile=True)
CACHED = site(system(words(3000), mark=True), user(hole("question")), cache=setting("ephemeral"))
BROKEN = replace(CACHED, surfaces=(system(CLOCK, words(3000), mark=True), user(hole("question"))))
OFF = replace(CACHED, surfaces=(system(words(3000)), user(hole("question"))), cache=None)


@pytest.mark.parametrize(
    ("base", "head", "outcome"),
    [
        (CACHED, BROKEN, "fail"),
        (BROKEN, CACHED, "pass"),
        (CACHED, OFF, "fail"),
        (CACHED, replace(CACHED, surfaces=(system(words(3100), mark=True), CACHED.surfaces[1])), "pass"),
        (None, BROKEN, "pass"),  # nothing was cached before
    ],
)
def test_a_change_that_breaks_the_cached_prefix(base: CallSite | None, head: CallSite, outcome: str) -> None:
    found = verdict(base, head, rules(cache_breaking_change="fail"), use(cache_hit_share=Decimal("0.9")))
    assert found.outcome == outcome


def test_no_longer_sending_as_a_batch_is_no_broken_cache() -> None:
    base, head = replace(prompt(3000), batch=True), prompt(3000)
    assert verdict(base, head, rules(cache_breaking_change="fail")).outcome == "pass"


# -- unknown sites ----------------------------------------------------------------------------------------------------


def unknowns(n: int) -> list[CallSite]:
    return [prompt(100, id=f"u{i}", symbol=f"u{i}", model=setting("acme-1")) for i in range(n)]


@pytest.mark.parametrize(
    ("base", "head", "most", "outcome"),
    [(1, 2, 2, "pass"), (1, 3, 2, "fail"), (5, 5, 2, "pass"), (5, 6, 2, "fail"), (5, 4, 2, "pass"), (0, 1, 0, "fail")],
)
def test_calls_of_unknown_cost(base: int, head: int, most: int, outcome: str) -> None:
    found = verdict(unknowns(base), unknowns(head), rules(max_unknown_sites=most), book=BOOK)
    assert found.outcome == outcome
    assert found.findings[0].amount == most


def test_the_first_new_one_is_pointed_at() -> None:
    finding = only(verdict(unknowns(1), unknowns(2), rules(max_unknown_sites=1), book=BOOK))
    assert finding.span == unknowns(2)[1].span
