"""How many answers a request asks for, and what is cut from a long conversation, as causes of a change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.compare import compare
from bot.direction import direction_of
from bot.model import Cause, Traffic
from prompts_scanner.model import THINKING_KEPT, CallSite, Setting
from tests.cost.make import AT, exactly, hole, mtok, pricer, rates, setting, site, system, traffic, user, words

ONE = site(system(words(500)), user(hole("q")))
RUN_TIME = Setting(values=(), resolution="unresolved", span=AT, reason="votes: parameter")


def moved(base: CallSite, head: CallSite, use: Traffic | None = None) -> tuple[list[Cause], str]:
    changes = compare([(base, head)], pricer(rates(), use), 0)
    return [cause for change in changes for cause in change.causes], direction_of(changes)


def test_more_answers_cost_their_output() -> None:
    (cause,), direction = moved(ONE, replace(ONE, answers=setting(3)), traffic(output_tokens=exactly(200)))
    assert (cause.what, cause.detail, direction) == ("loop", "answers per request: none → 3", "up")
    assert cause.usd_per_call is not None
    assert cause.usd_per_call.likely == mtok("15", 2 * 200)


@pytest.mark.parametrize(
    ("base", "head", "direction"),
    [
        (None, setting(3), "up"),
        (setting(5), setting(2), "down"),
        (setting(3), None, "down"),
        (None, RUN_TIME, "unknown"),
        (None, setting(1), "none"),
    ],
)
def test_without_traffic_the_direction_is_known(base: Setting | None, head: Setting | None, direction: str) -> None:
    causes, found = moved(replace(ONE, answers=base), replace(ONE, answers=head))
    assert found == direction
    assert [c.usd_per_call for c in causes] == [None] * len(causes)


def test_cutting_old_parts_costs_less() -> None:
    (cause,), direction = moved(ONE, replace(ONE, edits=setting(30_000)))
    assert (cause.what, cause.sign, direction) == ("loop", -1, "down")
    assert cause.detail == "old parts of the conversation cut: none → 30000"
    assert (cause.usd_per_call, cause.delta_tokens) == (None, None), "how much is not known"


def test_thinking_that_is_kept_may_cost_more_or_less() -> None:
    kept = Setting(values=(THINKING_KEPT,), resolution="literal", span=AT)
    for base, head in (
        (ONE, replace(ONE, edits=kept)),
        (replace(ONE, edits=kept), replace(ONE, edits=setting(30_000))),
    ):
        (cause,), direction = moved(base, head)
        assert (cause.what, cause.sign, direction) == ("loop", None, "unknown")
