"""What a change of the policy file changes, as a reviewer should see it. The change itself is judged by the old file."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import parse_config
from bot.config_changes import PolicyChange, policy_changes
from bot.policy import policy_notes
from bot.prices import PINNED_PATH
from bot.tokens.table import OWN_PATH
from prompts_scanner.tree import MemoryTree

FEATURES = "features: {chat: {calls_per_month: 1000, match: [{path: a.py}]}}\n"


def changes(before: str, after: str) -> list[PolicyChange]:
    return list(policy_changes(parse_config(before, "old"), parse_config(after, "new")))


def test_comments_order_and_spelling_are_no_change() -> None:
    before = "# one\nbudgets: {total: {max_monthly_usd: 100}}\n" + FEATURES
    after = FEATURES + "budgets:\n  total:\n    max_monthly_usd: {limit: 1_00.0, level: fail}\n"
    assert changes(before, after) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "budgets: {total: {max_monthly_usd: 100}}",
            "budgets: {total: {max_monthly_usd: 900}}",
            "budgets.total.max_monthly_usd: 100 (fail) → 900 (fail) (looser)",
        ),
        (
            "budgets: {total: {max_monthly_usd: 100}}",
            "budgets: {total: {max_monthly_usd: {limit: 100, level: warn}}}",
            "budgets.total.max_monthly_usd: 100 (fail) → 100 (warn) (looser)",
        ),
        (
            "budgets: {total: {max_monthly_usd: 100}}",
            "",
            "budgets.total.max_monthly_usd: 100 (fail) → not stated (looser)",
        ),
        (
            "",
            "budgets: {total: {max_monthly_usd: 100}}",
            "budgets.total.max_monthly_usd: not stated → 100 (fail) (stricter)",
        ),
        (
            "budgets: {guardrails: {allowed_models: [a]}}",
            "budgets: {guardrails: {allowed_models: [a, b]}}",
            "budgets.guardrails.allowed_models: a → a, b (looser)",
        ),
        (
            "budgets: {guardrails: {output_cap_on_new_sites: fail}}",
            "budgets: {}",
            "budgets.guardrails.output_cap_on_new_sites: fail → not stated (looser)",
        ),
        ("budgets: {unknown: fail}", "budgets: {unknown: warn}", "budgets.unknown: fail → warn (looser)"),
        (
            "quality: [{min_gain_points: 2, max_cost_increase_percent: 5}]",
            "quality: [{min_gain_points: 1, max_cost_increase_percent: 5}]",
            "quality.all.all.min_gain_points: 2 → 1 (looser)",
        ),
        (
            "features: {chat: {calls_per_month: 1000}}",
            "features: {chat: {calls_per_month: 10}}",
            "features.chat.calls_per_month: 1000 → 10",
        ),
        (
            "prices: [{model: gpt-4o, input_usd_per_mtok: 2.5}]",
            "prices: [{model: gpt-4o, input_usd_per_mtok: 0.25}]",
            "prices.*/gpt-4o.input_usd_per_mtok: 2.5 → 0.25",
        ),
        ("ignore: [a]", "ignore: [a, b]", "ignore: a → a, b"),
        ("", "aliases: {x: gpt-4o}", "aliases.x: not stated → gpt-4o"),
    ],
)
def test_each_kind_of_edit_is_told(before: str, after: str, told: str) -> None:
    assert [str(c) for c in changes(before, after)] == [told]


def test_a_difference_behind_the_shown_part_is_seen() -> None:
    long = ", ".join(f"path{i}" for i in range(60))
    (change,) = changes(f"ignore: [{long}, a]", f"ignore: [{long}, b]")
    assert change.key == "ignore"
    assert len(change.before) <= 120


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@settings(max_examples=50, deadline=None)
def test_swapping_the_files_swaps_looser_and_stricter(a: int, b: int) -> None:
    files = [f"budgets: {{total: {{max_monthly_usd: {n}}}}}" for n in (a, b)]
    there, back = changes(*files), changes(*reversed(files))
    opposite = {"looser": "stricter", "stricter": "looser", "other": "other"}
    assert [opposite[c.effect] for c in there] == [c.effect for c in back]
    assert bool(there) == (a != b)


def test_attack_14_an_edit_is_called_out_and_a_deletion_is_no_empty_budget() -> None:
    before = MemoryTree({".aicost.yml": "budgets: {total: {max_monthly_usd: 100}}"})
    raised = policy_notes(before, MemoryTree({".aicost.yml": "budgets: {total: {max_monthly_usd: 900}}"}))
    assert raised[0] == "This change edits .aicost.yml; what the base says still governs here."
    assert "budgets.total.max_monthly_usd: 100 (fail) → 900 (fail) (looser)" in raised[1]
    deleted = policy_notes(before, MemoryTree({}))
    assert deleted[0].startswith("This change deletes .aicost.yml; what the base says still governs")
    assert "100 (fail) → not stated (looser)" in deleted[1]


def test_many_edits_are_counted() -> None:
    many = "aliases: {" + ", ".join(f"n{i}: gpt-4o" for i in range(20)) + "}"
    notes = policy_notes(MemoryTree({".aicost.yml": "ignore: []"}), MemoryTree({".aicost.yml": many}))
    assert len(notes) == 10
    assert notes[-1] == "It would change 12 more keys."


def test_another_price_snapshot_is_called_out() -> None:
    trees = [MemoryTree({PINNED_PATH: content}) for content in (b"one", b"two")]
    notes = policy_notes(*trees)
    assert notes[0] == f"This change edits {PINNED_PATH}; what the base says still governs here."
    assert notes[1].startswith(f"It would change prices.snapshot: {PINNED_PATH} ")


def test_other_token_constants_are_called_out() -> None:
    trees = [MemoryTree({OWN_PATH: f"# {n}\n"}) for n in ("one", "two")]
    notes = policy_notes(*trees)
    assert notes[0] == f"This change edits {OWN_PATH}; what the base says still governs here."
    assert notes[1].startswith(f"It would change tokens.constants: {OWN_PATH} ")
