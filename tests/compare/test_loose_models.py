"""Models that no call is tied to: tables of defaults and lists of models that think."""

from __future__ import annotations

from datetime import date

import pytest

from bot.config import Config
from bot.model import Review
from bot.pipeline import review
from prompts_scanner.tree import MemoryTree

TODAY = date(2026, 11, 24)


def compared(base: str, head: str) -> Review:
    return review(
        MemoryTree({"app/defaults.py": base}), MemoryTree({"app/defaults.py": head}), Config(), renames={}, today=TODAY
    )


TABLE = 'DEFAULTS = {\n    "RETRIEVER": "web",\n    "SMART_LLM": "openai:gpt-4o",\n    "TEMPERATURE": 0.4,\n}\n'
THINKING = 'REASONING_MODELS = ["claude-3-7", "claude-sonnet-4"]\n'
CHOICES = 'KNOWN_MODELS = ["gpt-4o", "gpt-4.1"]\n'


def test_what_names_no_model_or_only_choices_is_silent() -> None:
    assert compared(TABLE, TABLE.replace("0.4", "0.7").replace("web", "wiki")).direction == "none"
    assert compared(CHOICES, CHOICES.replace('"gpt-4.1"', '"gpt-4.1", "o3"')).direction == "none"
    assert compared(THINKING, THINKING + "\n").changes == ()


def test_an_entry_of_a_table_of_defaults_that_gets_cheaper_or_dearer() -> None:
    """gpt-4o 2.50/10, gpt-4.1 2/8 USD per million tokens in/out (openai.com/api/pricing)."""
    cheaper = TABLE.replace("gpt-4o", "gpt-4.1")
    down, up = compared(TABLE, cheaper), compared(cheaper, TABLE)
    assert (down.direction, up.direction) == ("down", "up")
    (change,) = down.changes
    assert change.span.first_line == 3
    assert "SMART_LLM" in change.causes[0].detail


def test_one_more_model_that_thinks_is_up_by_an_unknown_amount() -> None:
    more = THINKING.replace('"claude-sonnet-4"', '"claude-sonnet-4", "claude-haiku-4"')
    up, down = compared(THINKING, more), compared(more, THINKING)
    assert (up.direction, down.direction) == ("up", "down")
    (cause,) = up.changes[0].causes
    assert (cause.what, cause.usd_per_call) == ("reasoning", None)


def test_one_more_model_that_does_not_think_is_unknown() -> None:
    base = THINKING.replace("REASONING_MODELS", "NON_REASONING_MODELS")
    found = compared(base, base.replace('"claude-sonnet-4"', '"claude-sonnet-4", "claude-haiku-4"'))
    assert {cause.sign for change in found.changes for cause in change.causes} == {None}
    assert found.direction == "unknown"


def test_a_list_of_reasons_to_stop_is_no_list_of_models_that_think() -> None:
    base = THINKING.replace("REASONING_MODELS", "STOP_REASON_MODELS")
    assert compared(base, base.replace('"claude-sonnet-4"', '"claude-sonnet-4", "claude-haiku-4"')).direction == "none"


ENTRY = "- name: {}\n  weak_model_name: {}\n"
SETTINGS = [ENTRY.format("a/b", "gpt-4o-mini"), ENTRY.format("c", "gpt-4o"), ENTRY.format("c", "gpt-4o")]
NEW = ENTRY.format("new", "gpt-4.1")
DEARER = ENTRY.format("c", "gpt-4")  # 30/60 USD per million tokens, gpt-4o 2.50/10 (openai.com/api/pricing)


@pytest.mark.parametrize(
    ("head", "changed"),
    [
        ([NEW, *SETTINGS], set()),
        ([*SETTINGS[1:], SETTINGS[0]], set()),
        ([NEW, *SETTINGS[:2], DEARER], {"c (2).weak_model_name"}),
        ([DEARER, *SETTINGS[2:], SETTINGS[0]], {"c.weak_model_name"}),
    ],
)
def test_settings_in_a_list_are_told_apart_by_their_names(head: list[str], changed: set[str]) -> None:
    """An entry put in front, or another order, leaves the others as they are; names may come twice."""
    base, new = (MemoryTree({"models/settings.yml": "".join(entries)}) for entries in (SETTINGS, head))
    assert {change.label for change in review(base, new, Config(), renames={}, today=TODAY).changes} == changed
