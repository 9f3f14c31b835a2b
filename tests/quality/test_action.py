"""The quality gate in the GitHub Action: results that earlier steps wrote, judged by the base's rules, justified by a reviewer."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.action.conftest import Change, Rig, hub, repo, rig, shop  # noqa: F401

RULES = """features:
  support:
    match: [{path: shop/answer.py}]
    calls_per_month: 1000000
    output_tokens: 100
    dynamic_input_tokens: 50
quality: [{metric: accuracy, min_gain_points: 2, max_cost_increase_percent: 5}]
"""
LONG = "You answer questions about orders. " * 40


@pytest.fixture
def change(rig: Rig) -> Change:  # noqa: F811
    first = rig.repo.commit({".aicost.yml": RULES, "shop/answer.py": shop()})
    second = rig.repo.commit({"shop/answer.py": shop(LONG)})
    rig.hub.add_pull(7, second, first)
    return Change(base=first, head=second)


def results(folder: Path, name: str, right: int) -> str:
    path = folder / name
    path.write_text("id,accuracy\n" + "".join(f"q{i},{int(i < right)}\n" for i in range(100)), encoding="utf-8")
    return str(path)


def verdict_of(done: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(done.outputs["json-path"]).read_text(encoding="utf-8"))["verdict"]
    return found


@pytest.mark.parametrize(("right", "code"), [(81, 1), (90, 0)])
def test_a_gain_is_weighed_against_its_cost(rig: Rig, change: Change, tmp_path: Path, right: int, code: int) -> None:  # noqa: F811
    files = {"quality_base": results(tmp_path, "b.csv", 80), "quality_head": results(tmp_path, "h.csv", right)}
    done = rig.act(change.payload(rig.hub.repository), **files)
    assert done.exit_codes["review"] == code, done.log
    (finding,) = verdict_of(done)["findings"]
    assert finding["key"] == "quality[0]"
    (body,) = rig.hub.bodies()
    assert "accuracy 0.8" in body


def test_without_results_it_is_unknown(rig: Rig, change: Change) -> None:  # noqa: F811
    done = rig.act(change.payload(rig.hub.repository))
    assert (done.exit_codes["review"], done.outputs["verdict"]) == (0, "unknown")


def test_one_side_alone_is_a_mistake(rig: Rig, change: Change, tmp_path: Path) -> None:  # noqa: F811
    done = rig.act(change.payload(rig.hub.repository), quality_base=results(tmp_path, "b.csv", 80))
    assert done.exit_codes["review"] == 2
    assert "quality-head" in done.log


def test_quality_is_said_to_be_a_claim(rig: Rig, change: Change, tmp_path: Path) -> None:  # noqa: F811
    files = {"quality_base": results(tmp_path, "b.csv", 80), "quality_head": results(tmp_path, "h.csv", 90)}
    done = rig.act(change.payload(rig.hub.repository), **files)
    assert done.exit_codes["review"] == 0, done.log
    review = json.loads(Path(done.outputs["json-path"]).read_text(encoding="utf-8"))
    (note,) = [a for a in review["assumptions"] if "evaluation results" in a]
    assert "not measured here" in note
    assert "change itself" not in note, "they lie outside of the checkout"


def test_results_that_the_change_brings_along_are_called_so(rig: Rig, change: Change) -> None:  # noqa: F811
    results(rig.repo.path, "b.csv", 80)
    results(rig.repo.path, "h.csv", 100)
    change.head = rig.repo.commit({})
    rig.hub.add_pull(7, change.head, change.base)
    assert "h.csv" in rig.repo.git("ls-tree", "--name-only", change.head)
    done = rig.act(change.payload(rig.hub.repository), quality_base="b.csv", quality_head="h.csv")
    assert done.exit_codes["review"] == 0, done.log
    (body,) = rig.hub.bodies()
    assert "The change itself brings b.csv and h.csv: its author could write any number" in body


@pytest.mark.parametrize("target", ["outside", "/etc/passwd"])
def test_attack_15_results_are_not_read_through_a_link_out_of_the_workspace(
    rig: Rig,  # noqa: F811
    change: Change,
    tmp_path: Path,
    target: str,
) -> None:
    secret = results(tmp_path, "outside.csv", 100) if target == "outside" else target
    results(rig.repo.path, "b.csv", 80)
    (rig.repo.path / "h.csv").symlink_to(secret)
    assert (rig.repo.path / "h.csv").read_text(encoding="utf-8"), "it leads somewhere"
    done = rig.act(change.payload(rig.hub.repository), quality_base="b.csv", quality_head="h.csv")
    assert done.exit_codes["review"] == 2, done.log
    assert "link out of the workspace" in done.log
    assert "root:" not in done.log


def test_results_that_are_a_pipe_or_are_not_there_do_not_hang(rig: Rig, change: Change) -> None:  # noqa: F811
    results(rig.repo.path, "b.csv", 80)
    os.mkfifo(rig.repo.path / "h.csv")
    for name in ("h.csv", "nothing.csv"):
        done = rig.act(change.payload(rig.hub.repository), quality_base="b.csv", quality_head=name)
        assert done.exit_codes["review"] == 2, done.log
        assert "There are no evaluation results" in done.log


def test_endless_results_are_refused(rig: Rig, change: Change, tmp_path: Path) -> None:  # noqa: F811
    base = results(tmp_path, "b.csv", 80)
    with (tmp_path / "h.csv").open("wb") as stream:
        stream.truncate(300_000_000)  # a file with a hole: large to read, nothing on the disk
    done = rig.act(change.payload(rig.hub.repository), quality_base=base, quality_head=str(tmp_path / "h.csv"))
    assert done.exit_codes["review"] == 2, done.log
    assert "larger than 200,000,000 bytes" in done.log
