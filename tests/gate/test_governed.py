"""Comments of the head take effect from the next change on: they can hide no cost of the change that writes them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.governed import governed
from prompts_scanner.model import CallSite
from tests.gate.make import prompt

HERE = prompt(100, id="a")
NAMED = replace(HERE, feature="support")


@pytest.mark.parametrize(
    ("base", "head", "base_ignores", "head_ignores", "kept", "told"),
    [
        (HERE, HERE, False, False, [(HERE, HERE)], []),
        (HERE, HERE, False, True, [(HERE, HERE)], ["`aicost: ignore` added"]),
        (HERE, HERE, True, True, [], []),
        (HERE, HERE, True, False, [(None, HERE)], []),  # counted from now on: all of it shows
        (HERE, None, True, False, [], []),
        (HERE, None, False, False, [(HERE, None)], []),
        (None, HERE, False, True, [(None, HERE)], ["`aicost: ignore` at a new call"]),
        (None, NAMED, False, False, [(None, NAMED)], []),  # a new call may say what it is for
    ],
)
def test_what_counts(
    base: CallSite | None,
    head: CallSite | None,
    base_ignores: bool,
    head_ignores: bool,
    kept: list[tuple[CallSite | None, CallSite | None]],
    told: list[str],
) -> None:
    pairs, findings = governed([(base, head)], {"a"} if base_ignores else (), {"a"} if head_ignores else ())
    assert list(pairs) == kept
    assert [f.actual for f in findings] == told
    assert {f.outcome for f in findings} <= {"warn"}


@pytest.mark.parametrize(
    ("base", "head", "told"),
    [
        (HERE, NAMED, ("stays with the feature of its path", "now says support")),
        (NAMED, HERE, ("stays with support", "no longer says so")),
        (NAMED, replace(HERE, feature="cheap"), ("stays with support", "now says cheap")),
    ],
)
def test_a_call_stays_with_the_bases_feature(base: CallSite, head: CallSite, told: tuple[str, str]) -> None:
    ((_, kept),), (finding,) = governed([(base, head)], (), ())
    assert kept is not None
    assert kept.feature == base.feature
    assert (finding.limit, finding.actual) == told
