"""Replays the seeds of `fuzz/corpus` and random edits of them through every target: each answers, none crashes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz import campaign
from fuzz.targets import TARGETS

CORPUS = Path(__file__).resolve().parents[2] / "fuzz" / "corpus"
SEEDS = sorted(file for file in CORPUS.glob("*/*") if file.is_file())
Edit = tuple[int, int, bytes]


def test_every_target_has_a_seed_and_every_seed_a_target() -> None:
    assert {file.parent.name for file in SEEDS} == set(TARGETS)


def test_every_target_is_run_each_night_and_by_a_campaign() -> None:
    nightly = yaml.safe_load((CORPUS.parents[1] / ".github" / "workflows" / "nightly.yml").read_text(encoding="utf-8"))
    assert sorted(nightly["jobs"]["fuzz"]["strategy"]["matrix"]["target"]) == sorted(TARGETS)
    assert campaign.targets() == list(TARGETS)


@pytest.mark.parametrize("seed", SEEDS, ids=[f"{s.parent.name}-{s.name}" for s in SEEDS])
def test_a_seed_is_answered(seed: Path) -> None:
    TARGETS[seed.parent.name](seed.read_bytes())


EDITS = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 40), st.binary(max_size=12)), min_size=1, max_size=4)


def edited(data: bytes, edits: list[Edit]) -> bytes:
    """Some runs of bytes cut out, others put in their place."""
    for at, length, new in edits:
        at %= len(data) + 1
        data = data[:at] + new + data[at + length :]
    return data


@pytest.mark.parametrize("name", sorted(TARGETS))
@settings(max_examples=40, deadline=None, derandomize=True)
@given(edits=EDITS)
def test_an_edited_seed_is_answered(name: str, edits: list[Edit]) -> None:
    TARGETS[name](edited((CORPUS / name / "seed").read_bytes(), edits))
