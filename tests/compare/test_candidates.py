"""A call whose model is one of several: a dearer, cheaper or unpriced one that comes or goes is a change, never silence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bot.config import Config
from bot.model import Change, Review
from bot.pipeline import review
from prompts_scanner.tree import MemoryTree

TODAY = date(2026, 11, 24)
TEXT = "You sort letters into bins. " * 40


def code(models: str) -> str:
    return f"""
from openai import OpenAI

client = OpenAI()

def sort(letter, hard):
    model = {models}
    return client.chat.completions.create(
        model=model, max_tokens=5, messages=[{{"role": "system", "content": {TEXT!r}}}]
    )
"""


def compared(base: str, head: str) -> Review:
    trees = (MemoryTree({"app/sort.py": code(models)}) for models in (base, head))
    return review(*trees, Config(), renames={}, today=TODAY)


def only(found: Review) -> Change:
    (change,) = found.changes
    return change


CHEAP, DEAR = '"gpt-4o-mini"', '"gpt-4o"'
EITHER = f"{DEAR} if hard else {CHEAP}"
EITHER_CHEAP_FIRST = f"{CHEAP} if not hard else {DEAR}"


def test_the_same_candidates_are_no_change() -> None:
    assert compared(EITHER, EITHER).changes == ()
    assert compared(EITHER, EITHER).direction == "none"


@pytest.mark.parametrize("either", [EITHER, EITHER_CHEAP_FIRST])
def test_a_dearer_candidate_beside_a_cheap_one_is_up(either: str) -> None:
    found = compared(CHEAP, either)
    usd = only(found).delta_usd_per_call
    assert usd is not None
    assert usd.low >= 0 < usd.high
    assert found.direction == "up"


@pytest.mark.parametrize("either", [EITHER, EITHER_CHEAP_FIRST])
def test_the_way_back_is_its_negative(either: str) -> None:
    there, back = only(compared(CHEAP, either)), only(compared(either, CHEAP))
    assert there.delta_usd_per_call is not None
    assert back.delta_usd_per_call == -there.delta_usd_per_call


def test_the_high_end_is_the_dear_models_price() -> None:
    """gpt-4o 2.50 against gpt-4o-mini 0.15 USD per million input tokens (openai.com/api/pricing): the same tokens."""
    found = compared(CHEAP, EITHER_CHEAP_FIRST)
    change = only(found)
    assert change.before is not None and change.delta_usd_per_call is not None
    tokens = change.before.cost.input_tokens.likely
    assert change.delta_usd_per_call.high == tokens * (Decimal("2.50") - Decimal("0.15")) / 1_000_000


def test_a_candidate_without_a_price_is_unknown_and_no_saving() -> None:
    found = compared(CHEAP, f'"made-up-model-9" if hard else {CHEAP}')
    assert {c.sign for c in only(found).causes} == {None}
    assert found.direction == "unknown"
