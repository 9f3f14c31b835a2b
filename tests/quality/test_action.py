"""The quality gate in the GitHub Action: results that earlier steps wrote, judged by the base's rules, justified by a reviewer."""

from __future__ import annotations

import json
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
