"""Budgets, guardrails and the quality gate through the real command on real repositories."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, aicost, chat, repo  # noqa: F401
from tests.revisions.conftest import Repo

POLICY = """features:
  answers:
    match: [{path: app/**}]
    calls_per_month: 1000000
    dynamic_input_tokens: 100
    output_tokens: 50
    success_share: 0.9
    outcome: {name: answer, share: 0.9}
budgets:
  total: {max_increase_monthly_usd: 100}
"""


def judged(aicost: Run, repo: Repo, *options: str) -> tuple[int, dict[str, Any]]:  # noqa: F811
    answer = aicost("diff", str(repo.path), "--base", "HEAD", "--format", "json", *options)
    assert answer.code in (0, 1), answer.err
    verdict: dict[str, Any] = json.loads(answer.out)["verdict"]
    return answer.code, verdict


@pytest.fixture
def budgeted(repo: Repo) -> Repo:  # noqa: F811
    repo.write(".aicost.yml", POLICY)
    repo.commit("policy")
    return repo


def test_within_and_over_the_budget(aicost: Run, budgeted: Repo) -> None:  # noqa: F811
    """GPT-4o is 2.50 USD per million tokens in: 30 words more are about 75 USD in a million calls, 300 about 750."""
    budgeted.write("app/chat.py", chat(30))
    assert judged(aicost, budgeted)[0] == 0
    budgeted.write("app/chat.py", chat(300))
    code, verdict = judged(aicost, budgeted)
    (finding,) = verdict["findings"]
    assert (code, verdict["outcome"], verdict["blocks"], verdict["judged"]) == (1, "fail", True, 1)
    assert (finding["key"], finding["amount"]) == ("budgets.total.max_increase_monthly_usd", "100")
    assert 700 < float(finding["after"]["likely"]) < 800


def test_attack_14_a_change_cannot_raise_its_own_budget(aicost: Run, budgeted: Repo) -> None:  # noqa: F811
    budgeted.write("app/chat.py", chat(300))
    budgeted.write(".aicost.yml", POLICY.replace("max_increase_monthly_usd: 100", "max_increase_monthly_usd: 100000"))
    assert judged(aicost, budgeted)[0] == 1
    budgeted.write(".aicost.yml", POLICY.replace("1000000", "1"))
    assert judged(aicost, budgeted)[0] == 1
    budgeted.write(".aicost.yml", POLICY + "ignore: ['app/**']\n")
    assert judged(aicost, budgeted)[0] == 1
    (budgeted.path / ".aicost.yml").unlink()
    assert judged(aicost, budgeted)[0] == 1


@pytest.mark.parametrize("comment", ["ignore", "feature=somewhere"])
def test_attack_14_a_comment_of_the_change_hides_nothing(aicost: Run, budgeted: Repo, comment: str) -> None:  # noqa: F811
    budgeted.write("app/chat.py", chat(300).replace("    done =", f"    # aicost: {comment}\n    done ="))
    code, verdict = judged(aicost, budgeted)
    assert (code, verdict["outcome"]) == (1, "fail")
    assert [f["outcome"] for f in verdict["findings"]] == ["fail", "warn"]
    budgeted.commit("merged all the same")
    budgeted.write("app/chat.py", chat(900).replace("    done =", f"    # aicost: {comment}\n    done ="))
    assert judged(aicost, budgeted)[1]["outcome"] == ("pass" if comment == "ignore" else "unknown")


def test_attack_14_the_first_policy_governs_from_the_next_change_on(aicost: Run, repo: Repo) -> None:  # noqa: F811
    repo.write("app/chat.py", chat(300))
    repo.write(".aicost.yml", POLICY)
    code, verdict = judged(aicost, repo)
    assert (code, verdict["judged"]) == (0, 0)


def test_guardrails(aicost: Run, repo: Repo) -> None:  # noqa: F811
    repo.write(".aicost.yml", "budgets: {guardrails: {output_cap_on_new_sites: warn, allowed_models: ['gpt-4o*']}}\n")
    repo.commit("policy")
    repo.write("app/more.py", chat(10, "o1-pro"))
    code, verdict = judged(aicost, repo)
    assert (code, [(f["budget"], f["outcome"]) for f in verdict["findings"]]) == (
        1,
        [("allowed models", "fail"), ("output cap", "warn")],
    )
    repo.write("app/more.py", chat(10, "gpt-4o-mini"))
    code, verdict = judged(aicost, repo)
    assert (code, verdict["outcome"]) == (0, "warn")


WRAPPER = """from acme_llm import ask


def greet(name):
    return ask("gpt-4o", f"Say hello to {name} in the style of the house, briefly and with a smile.")
"""


def test_a_wrapper_of_the_team_is_a_call_site(aicost: Run, repo: Repo) -> None:  # noqa: F811
    repo.write("app/greet.py", WRAPPER)
    repo.commit("greeting")

    def models() -> list[str | None]:
        answer = aicost("scan", str(repo.path), "--format", "json")
        items = json.loads(answer.out)["items"]
        return [i.get("model") for i in items if i["kind"] == "call" and i["path"] == "app/greet.py"]

    assert models() == []
    repo.write(
        ".aicost.yml",
        "sdks: {acme: {packages: acme_llm, functions: [{path: ask, model: 0, prompt: 1}], provider: openai}}\n",
    )
    assert models() == ["gpt-4o"]


QUALITY = POLICY.partition("budgets:")[0] + (
    "quality: [{metric: accuracy, min_gain_points: 2, max_cost_increase_percent: 10}]\n"
)


def results(folder: Path, name: str, right: int) -> str:
    rows = "".join(f"q{i},{int(i < right)}\n" for i in range(100))
    path = folder / name
    path.write_text(f"id,accuracy\n{rows}", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("right", "code"), [(81, 1), (82, 0)])
def test_what_a_gain_may_cost(aicost: Run, repo: Repo, tmp_path: Path, right: int, code: int) -> None:  # noqa: F811
    repo.write(".aicost.yml", QUALITY)
    repo.commit("policy")
    repo.write("app/chat.py", chat(300))
    files = results(tmp_path, "base.csv", 80), results(tmp_path, "head.csv", right)
    ended, verdict = judged(aicost, repo, "--quality", *files)
    (finding,) = verdict["findings"]
    assert (ended, finding["key"]) == (code, "quality[0]")
    assert f"accuracy 0.8 → 0.{right}" in finding["actual"]
    without = judged(aicost, repo)[1]
    assert without["outcome"] == "unknown"


def test_results_that_cannot_be_read_end_with_2(aicost: Run, repo: Repo, tmp_path: Path) -> None:  # noqa: F811
    good, bad = results(tmp_path, "base.csv", 80), tmp_path / "bad.json"
    bad.write_text('{"status": "started", "version": 2, "eval": {}, "plan": {}}', encoding="utf-8")
    answer = aicost("diff", str(repo.path), "--quality", good, str(bad))
    assert (answer.code, answer.out) == (2, "")
    assert "bad.json" in answer.err
