"""`diff` on real repositories: what the nearest rival misses, what must cost nothing, and how it is said."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import DAY, Run, chat
from tests.revisions.conftest import Repo

TYPESCRIPT = """import OpenAI from "openai";

const client = new OpenAI();

export async function answer(question: string): Promise<string | null> {
  const done = await client.chat.completions.create({
    model: "%s",
    messages: [{ role: "system", content: "You help." }, { role: "user", content: question }],
  });
  return done.choices[0].message.content;
}
"""


BUDGET = """version: 1
features:
  chat:
    match:
      - path: app/*
    calls_per_month: 1000
    dynamic_input_tokens: 10
    output_tokens: 10
budgets:
  features:
    chat:
      max_call_usd: %s
"""


def report(aicost: Run, repo: Repo, *arguments: str) -> dict[str, Any]:
    answer = aicost("diff", str(repo.path), "--format", "json", "--on", DAY, *arguments)
    assert answer.code == 0, answer.err
    parsed = json.loads(answer.out)
    assert isinstance(parsed, dict)
    return parsed


def test_a_system_prompt_that_grows_from_4_to_2800_words(aicost: Run, repo: Repo) -> None:
    repo.write("app/chat.py", chat(words=2_800))
    found = report(aicost, repo)
    assert found["summary"]["direction"] == "up"
    # a word of "help help ..." is one token of o200k: 2,796 more
    assert found["summary"]["delta_input_tokens"] == {"low": 2796, "likely": 2796, "high": 2796}
    assert Decimal(found["summary"]["delta_usd_per_1k_calls"]["likely"]) == Decimal("2.50") * 2796 / 1000
    assert [c["what"] for c in found["changes"][0]["causes"]] == ["prompt"]
    shown = aicost("diff", str(repo.path), "--format", "markdown")
    assert shown.out.startswith("### AI cost: **+$6.99 per 1,000 calls**")  # 2.50 × 2,796 / 1,000


def test_a_change_of_typescript(aicost: Run, repo: Repo) -> None:
    repo.write("web/answer.ts", TYPESCRIPT % "gpt-4o-mini")
    repo.commit("web")
    repo.write("web/answer.ts", TYPESCRIPT % "gpt-4o")
    found = report(aicost, repo)
    assert found["summary"]["direction"] == "up"
    assert found["changes"][0]["causes"][0]["what"] == "model"
    assert found["changes"][0]["path"] == "web/answer.ts"


def test_a_file_of_its_own_prompt(aicost: Run, repo: Repo) -> None:
    repo.write("app/chat.py", chat().replace('"""help help help help"""', 'open("prompts/system.md").read()'))
    repo.write("prompts/system.md", "help help")
    repo.commit("prompt in a file")
    repo.write("prompts/system.md", "help " * 300)
    found = report(aicost, repo)
    assert found["summary"]["direction"] == "up"
    assert found["changes"][0]["causes"][0]["path"] == "prompts/system.md"


@pytest.mark.parametrize("form", ["terminal", "markdown"])
def test_a_rename_costs_nothing_and_says_so(aicost: Run, repo: Repo, form: str) -> None:
    repo.git("mv", "app/chat.py", "talk.py")
    found = report(aicost, repo)
    assert found["summary"]["direction"] == "none"
    assert found["changes"] == []
    answer = aicost("diff", str(repo.path), "--format", form)
    assert "No cost change found" in answer.out
    assert "$" not in answer.out.split("Price")[0]


def test_a_refactor_costs_nothing(aicost: Run, repo: Repo) -> None:
    repo.write("app/prompts.py", 'SYSTEM = "help help help help"\n')
    moved = chat().replace('SYSTEM = """help help help help"""\n', "from app.prompts import SYSTEM\n")
    repo.write("app/chat.py", "# moved down\n\n\n" + moved.replace("question", "text"))
    assert report(aicost, repo)["summary"]["direction"] == "none"


def test_a_file_that_cannot_be_read_is_no_saving(aicost: Run, repo: Repo) -> None:
    repo.write("app/chat.py", chat().replace("def answer(", "def answer((("))
    found = report(aicost, repo)
    assert found["summary"]["direction"] == "unknown"
    assert found["summary"]["delta_usd_per_1k_calls"] is None
    assert found["gaps"][0]["path"] == "app/chat.py"
    text = aicost("diff", str(repo.path), "--format", "markdown").out
    assert text.startswith("### AI cost: **could not be told**")
    repo.commit("broken")
    repo.write("app/chat.py", chat())
    assert report(aicost, repo, "--base", "HEAD")["summary"]["direction"] == "unknown"


def test_uncommitted_and_untracked_files_count(aicost: Run, repo: Repo) -> None:
    repo.write("app/new.py", chat(words=10))
    assert [c["kind"] for c in report(aicost, repo)["changes"]] == ["added"]
    repo.write(".gitignore", "app/new.py\n")
    assert report(aicost, repo)["changes"] == []


def test_only_the_own_change_of_a_branch_counts(aicost: Run, repo: Repo) -> None:
    repo.git("switch", "-q", "-c", "feature")
    repo.write("README.md", "words")
    repo.commit("docs")
    repo.git("switch", "-q", "main")
    repo.write("app/chat.py", chat(words=900))
    repo.commit("main moves on")
    found = report(aicost, repo, "--base", "main", "--head", "feature")
    assert found["summary"]["direction"] == "none"
    assert any("where the change left main" in text for text in found["assumptions"])


def test_a_head_that_is_older_is_compared_as_it_is(aicost: Run, repo: Repo) -> None:
    repo.write("app/chat.py", chat(words=900))
    repo.commit("more")
    there = report(aicost, repo, "--base", "HEAD~1", "--head", "HEAD")["summary"]["delta_input_tokens"]["likely"]
    back = report(aicost, repo, "--base", "HEAD", "--head", "HEAD~1")["summary"]["delta_input_tokens"]["likely"]
    assert there == -back == 896


def test_the_base_governs(aicost: Run, repo: Repo) -> None:
    repo.write(".aicost.yml", BUDGET % "0.001")
    repo.commit("budget")
    repo.write("app/chat.py", chat(words=2_800))
    repo.write(".aicost.yml", BUDGET % "1000")
    answer = aicost("diff", str(repo.path))
    assert answer.code == 1  # 2.50 USD/M × 2,800 tokens = 0.007 > 0.001
    assert "what the base says still governs here" in answer.out
    assert aicost("diff", str(repo.path), "--fail-on", "never").code == 0


def test_fail_on_increase(aicost: Run, repo: Repo) -> None:
    repo.write("app/chat.py", chat(words=2_800))
    assert aicost("diff", str(repo.path)).code == 0
    assert aicost("diff", str(repo.path), "--fail-on", "increase").code == 1
    assert aicost("diff", str(repo.path), "--fail-on", "budget", "--fail-on", "increase").code == 1


def test_out_writes_the_whole_file_and_nothing_else(aicost: Run, repo: Repo, tmp_path: Path) -> None:
    target = tmp_path / "out" / "review.json"
    target.parent.mkdir()
    answer = aicost("diff", str(repo.path), "--format", "json", "--out", str(target))
    assert (answer.code, answer.out) == (0, "")
    assert json.loads(target.read_text())["schema_version"] == "1"
    assert [p.name for p in target.parent.iterdir()] == ["review.json"]


def test_no_colour_and_no_progress_where_nobody_looks(aicost: Run, repo: Repo) -> None:
    answer = aicost("diff", str(repo.path))
    assert "\x1b" not in answer.out + answer.err
    assert answer.err == ""
    told = aicost("diff", str(repo.path), "--verbose")
    assert "reading" in told.err
    assert told.out == answer.out


def test_a_bare_repository_and_a_folder_inside(aicost: Run, repo: Repo, tmp_path: Path) -> None:
    repo.write("app/chat.py", chat(words=50))
    repo.commit("more")
    bare = tmp_path / "bare.git"
    repo.git("clone", "-q", "--bare", str(repo.path), str(bare))
    answer = aicost("diff", str(bare), "--base", "main~1", "--head", "main", "--format", "json")
    assert json.loads(answer.out)["summary"]["delta_input_tokens"]["likely"] == 46
    inside = aicost("diff", str(repo.path / "app"), "--base", "main~1", "--format", "json")
    assert json.loads(inside.out)["summary"]["delta_input_tokens"]["likely"] == 46


def test_nothing_of_the_repository_is_run(aicost: Run, repo: Repo, tmp_path: Path) -> None:
    for name in ("sitecustomize.py", "jinja2.py", "click.py", "conftest.py", "setup.py", "app/__init__.py"):
        repo.write(name, f"open({str(tmp_path / 'RAN')!r}, 'w')\n")
    repo.write(".aicost.yml", "version: 1\n")
    aicost("diff", str(repo.path))
    aicost("scan", str(repo.path))
    assert not (tmp_path / "RAN").exists()
