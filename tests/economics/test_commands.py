"""`worksheet`, `advise` and `whatif` as a person runs them, on a real repository.

The model is priced in the repository's own configuration, so that every expected number is a formula over it: "acme-1"
at 3 / 15 USD per million tokens.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli import cli
from bot.config_schema import parse
from bot.errors import ReviewError
from bot.levers.case import Settings
from tests.cost.make import mtok
from tests.revisions.conftest import Repo

ROOT = Path(__file__).parents[2]
CODE = """from openai import OpenAI

client = OpenAI()


def answer(question: str) -> str:
    done = client.chat.completions.create(
        model="{model}",
        max_completion_tokens={cap},
        messages=[{{"role": "user", "content": question}}],
    )
    return done.choices[0].message.content
"""
CONFIG = """version: 1
prices:
  - model: acme-1
    input_usd_per_mtok: 3
    output_usd_per_mtok: 15
    note: contract
  - model: acme-2
    input_usd_per_mtok: 1
    output_usd_per_mtok: 5
    note: contract
features:
  support:
    match:
      - path: app/**
    calls_per_month: 1000
    calls_per_task: 2
    dynamic_input_tokens: 4000
    output_tokens: 200
    success_share: 0.8
    outcome: {name: solved, share: 0.5}
"""


@dataclass(frozen=True)
class Answer:
    returncode: int
    stdout: str
    stderr: str


def run(repo: Repo, *arguments: str) -> Answer:
    """The command in this process, for the many questions of one repository."""
    asked = [*arguments, str(repo.path), "-q", "--no-cache"]
    done = CliRunner().invoke(cli, asked)
    if isinstance(done.exception, ReviewError):
        return Answer(2, done.stdout, f"{done.exception.message}\n{done.exception.hint}")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Answer(done.exit_code, done.stdout, done.stderr)


def as_a_process(repo: Repo, *arguments: str) -> Answer:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    home = str(repo.path.parent)
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments, "-q"],
        cwd=repo.path,
        env={**kept, "PYTHONPATH": str(ROOT), "HOME": home, "XDG_CACHE_HOME": home, "GIT_CONFIG_GLOBAL": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def document(repo: Repo, *arguments: str) -> dict[str, Any]:
    done = run(repo, *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict) and found["schema_version"] == "1"
    return found


def steps(found: dict[str, Any], side: str) -> dict[str, Decimal | None]:
    (feature,) = found["features"]
    return {s["name"]: s[side]["usd"] and Decimal(s[side]["usd"]["likely"]) for s in feature["steps"]}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "app")
    made.write(".aicost.yml", CONFIG)
    made.write("app/chat.py", CODE.format(model="acme-1", cap=500))
    made.commit("start")
    return made


def static_tokens(repo: Repo) -> int:
    """What the counter adds to the run-time input: the request's own overhead, read from the call's known cost."""
    line = document(repo, "worksheet")["features"][0]["head"][0]
    usd = Decimal(line["per_call"]["usd"]["likely"]) - mtok("3", 4_000) - mtok("15", 200)
    tokens = usd * 1_000_000 / 3
    assert tokens == int(tokens) and 0 <= tokens < 30
    return int(tokens)


def test_the_worksheet_step_by_step(repo: Repo) -> None:
    call = mtok("3", 4_000 + static_tokens(repo)) + mtok("15", 200)
    found = document(repo, "worksheet")
    per_task = call * 2
    values = steps(found, "head")
    assert values["task"] == per_task
    assert values["month"] == call * 1_000
    assert values["success"] == per_task / Decimal("0.8")
    assert values["outcome"] == per_task / Decimal("0.8") / Decimal("0.5")
    text = run(repo, "worksheet").stdout
    assert "÷ success share 0.8" in text and "Cost per solved" in text and "× 2 calls per task" in text
    assert "| " in run(repo, "worksheet", "--format", "markdown").stdout


def test_the_worksheet_of_a_change(repo: Repo) -> None:
    static = static_tokens(repo)
    repo.git("checkout", "-q", "-b", "cheaper")
    repo.write("app/chat.py", CODE.format(model="acme-2", cap=500))
    repo.commit("another model")
    found = document(repo, "worksheet", "--base", "main")
    month = next(s for s in found["features"][0]["steps"] if s["name"] == "month")
    expected = -1_000 * (mtok("2", 4_000 + static) + mtok("10", 200))
    assert Decimal(month["delta_usd"]["likely"]) == expected


def test_what_if(repo: Repo) -> None:
    static = static_tokens(repo)
    found = document(repo, "whatif", "answer", "--model", "acme-2", "--cap", "100")
    assert steps(found, "base")["month"] == 1_000 * (mtok("3", 4_000 + static) + mtok("15", 200))
    assert steps(found, "head")["month"] == 1_000 * (mtok("1", 4_000 + static) + mtok("5", 100))
    more = document(repo, "whatif", "answer", "--turns", "4")
    assert steps(more, "head")["month"] == 2 * (steps(more, "base")["month"] or Decimal(0))
    assert "2 → 4 calls per task" in run(repo, "whatif", "answer", "--turns", "4").stdout


@pytest.mark.parametrize("name", ["answer", "app/chat.py", "chat.py", "chat.py:{line}", "app/chat.py:{line}"])
def test_a_site_is_named_as_a_person_would(repo: Repo, name: str) -> None:
    line = document(repo, "worksheet")["features"][0]["head"][0]["first_line"]
    found = document(repo, "whatif", name.format(line=line), "--cap", "100")
    assert found["features"][0]["head"][0]["path"] == "app/chat.py"


AGENT = """from openai import OpenAI

client = OpenAI()
TOOLS = [{"type": "function", "function": {"name": "look_up", "description": "Look it up.", "parameters": {}}}]


def work(messages: list) -> None:
    while True:
        client.chat.completions.create(model="acme-1", max_completion_tokens=500, messages=messages, tools=TOOLS)
"""
TURNS = """    calls_per_task: 10
    request_tokens: 400
    tool_result_tokens: 660
    output_tokens: 140
"""


def test_an_agent_out_of_its_turns(repo: Repo) -> None:
    """800 tokens a turn: ten turns send 36,000 again, 13,600 where a turn sends 1,600 at most; at 3 USD a million."""
    head = CONFIG.partition("    calls_per_task")[0]
    repo.write(".aicost.yml", head + TURNS)
    repo.write("app/chat.py", AGENT)
    repo.commit("an agent")
    whole = document(repo, "worksheet")
    assert "grows by 800 tokens a turn" in whole["features"][0]["head"][0]["note"]
    static = Decimal(whole["features"][0]["head"][0]["per_call"]["usd"]["likely"]) - mtok("3", 4_000) - mtok("15", 140)
    assert 0 < static < mtok("3", 200)  # the tool and the request's overhead
    cut = document(repo, "whatif", "work", "--history", "1600")
    month = next(s for s in cut["features"][0]["steps"] if s["name"] == "month")
    again = sum(min(i * 800, 1_600) for i in range(10))
    assert again == 13_600
    assert Decimal(month["delta_usd"]["likely"]) == -1_000 * mtok("3", (36_000 - again) // 10)
    repo.write(".aicost.yml", head + TURNS + "    history_limit_tokens: 1600\n")
    limited = document(repo, "worksheet")
    assert Decimal(limited["features"][0]["head"][0]["per_call"]["usd"]["likely"]) == (
        static + mtok("3", 400 + again // 10) + mtok("15", 140)
    )


def test_the_call_on_all_models(repo: Repo) -> None:
    """Sonnet 5.5 costs 2 / 10, Haiku 5.5 0.10 / 0.50: the same run-time tokens and output, another count of the rest."""
    code = CODE.replace("openai import OpenAI", "anthropic import Anthropic").replace("OpenAI()", "Anthropic()")
    code = code.replace("chat.completions", "messages").replace("max_completion_tokens", "max_tokens")
    repo.write("app/chat.py", code.format(model="claude-sonnet-5-5", cap=500))
    found = document(repo, "whatif", "answer", "--models")
    by_name = {a["model"]: a for a in found["alternatives"]}
    assert {"claude-opus-5-5", "claude-haiku-5-5", "gpt-6.1-terra", "gemini-3.8-flash"} <= set(by_name)
    assert "claude-sonnet-5-5" not in by_name and found["not_known"] == []
    rates = {"claude-haiku-5-5": ("0.10", "0.50"), "gpt-6.1-terra": ("1", "5"), "claude-opus-5-5": ("4", "20")}
    for name, (into, out) in rates.items():
        floor = mtok(into, 4_000) + mtok(out, 200)
        assert floor <= Decimal(by_name[name]["usd_per_call"]["likely"]) <= floor * Decimal("1.05")
        assert by_name[name]["fits"] is True
    text = run(repo, "whatif", "answer", "--models").stdout
    assert "takes the request" in text and re.search(r"claude-haiku-5-5 +anthropic +\$0\.50", text)
    assert (
        "| claude-haiku-5-5 | anthropic |" in run(repo, "whatif", "answer", "--models", "--format", "markdown").stdout
    )


def test_what_if_with_numbers_of_ones_own(repo: Repo) -> None:
    static = static_tokens(repo)
    given = ("--input-tokens", "1000", "--output-tokens", "50", "--calls-per-month", "10")
    found = document(repo, "whatif", "app/chat.py", "--model", "acme-2", *given)
    assert steps(found, "base")["month"] == 10 * (mtok("3", 1_000 + static) + mtok("15", 50))
    assert steps(found, "head")["month"] == 10 * (mtok("1", 1_000 + static) + mtok("5", 50))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("whatif", "answer"), "nothing to change"),
        (("whatif", "answer", "--models", "--cap", "3"), "--models changes nothing else"),
        (("whatif", "answer", "--model", "no-such-model"), "no price is known for 'no-such-model'"),
        (("whatif", "answer", "--top-k", "3"), "no number of chunks"),
        (("whatif", "answer", "--batch", "2"), "is not a share"),
        (("whatif", "nobody", "--cap", "3"), "No call site is 'nobody'"),
        (("worksheet", "--base", "no-such-ref"), "no-such-ref"),
        (("advise", "--rev", "no-such-ref"), "no-such-ref"),
    ],
)
def test_what_can_be_mended_is_told(repo: Repo, arguments: tuple[str, ...], said: str) -> None:
    done = run(repo, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_in_a_process_of_its_own(repo: Repo) -> None:
    assert as_a_process(repo, "worksheet").stdout == run(repo, "worksheet").stdout
    wrong = as_a_process(repo, "whatif", "answer")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("error: nothing to change\n  hint: Give one of")


def test_nothing_to_advise(repo: Repo) -> None:
    found = document(repo, "advise")
    assert found["advice"] == []
    assert [v["lever"] for v in found["not_worth_it"]] == ["self_hosting"]
    assert "Nothing to advise" in run(repo, "advise").stdout


def test_a_job_that_could_be_a_batch(repo: Repo) -> None:
    """Claude Haiku 5.5 at 0.10 / 0.50, half in a batch: half of 4,000 and 200 tokens, and of what the count adds."""
    code = CODE.replace("openai import OpenAI", "anthropic import Anthropic").replace("OpenAI()", "Anthropic()")
    code = code.replace("chat.completions", "messages").replace("max_completion_tokens", "max_tokens")
    repo.write("app/nightly/run.py", code.format(model="claude-haiku-5-5", cap=500))
    found = document(repo, "advise")
    (one,) = found["advice"]
    assert (one["lever"], one["path"], one["confidence"]) == ("batch", "app/nightly/run.py", "low")
    saving = Decimal(one["saving_usd_per_month"]["likely"])
    floor = 1_000 * (mtok("0.10", 4_000) + mtok("0.50", 200)) / 2
    assert floor <= saving <= floor * Decimal("1.05")
    assert found["together_usd_per_month"]["likely"] == one["saving_usd_per_month"]["likely"]
    text = run(repo, "advise").stdout
    assert "app/nightly/run.py:" in text and "All of it together" in text
    assert "**" in run(repo, "advise", "--format", "markdown").stdout


def test_what_the_policy_assumes_replaces_the_default(repo: Repo) -> None:
    """One GPU, no overhead, nobody to pay: 1 USD × 730 h is more than the API's 15 USD a month, 0.01 USD × 730 h less."""
    rest = "gpus: 1, gpu_overhead_share: 0, engineering_usd_per_month: 0"
    repo.write(".aicost.yml", CONFIG + f"assumptions: {{gpu_usd_per_hour: 1, {rest}}}\n")
    (verdict,) = document(repo, "advise")["not_worth_it"]
    assert "1 USD an hour (`assumptions.gpu_usd_per_hour`)" in verdict["why"]
    assert "`assumptions.engineering_usd_per_month`: 730 USD a month" in verdict["why"]
    repo.write(".aicost.yml", CONFIG + f"assumptions: {{gpu_usd_per_hour: 0.01, {rest}}}\n")
    (one,) = document(repo, "advise")["advice"]
    assert (one["lever"], one["title"]) == ("self_hosting", "Run an open model yourself")
    bill = 1_000 * (mtok("3", 4_000 + static_tokens(repo)) + mtok("15", 200))
    assert Decimal(one["saving_usd_per_month"]["likely"]) == bill - Decimal("7.30")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("cap_margin: 0.9", "cap_margin"),
        ("escalated_share_low: 0.2", "together"),
        ("escalated_share_low: 0.6, escalated_share_high: 0.5", "in order"),
        ("gpu_utilisation_share: 30", "gpu_utilisation_share"),
    ],
)
def test_an_assumption_that_cannot_be(repo: Repo, wrong: str, said: str) -> None:
    repo.write(".aicost.yml", CONFIG + f"assumptions: {{{wrong}}}\n")
    done = as_a_process(repo, "advise")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_the_example_shows_the_defaults() -> None:
    """A default that the example states is the one that the levers take, to the dollar."""
    stated = parse((ROOT / ".aicost.example.yml").read_text("utf-8"), "example").assumptions
    names = {f.name for f in fields(stated)} - {"chunk_tokens"}
    for name in names:
        assert abs(getattr(stated, name) - getattr(Settings(), name).value) < Decimal(1) / 2, name
        assert name == "engineering_usd_per_month" or getattr(stated, name) == getattr(Settings(), name).value, name
