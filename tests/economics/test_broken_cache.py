"""A change that puts the time in front of a cached prompt, from git to the review's JSON: one cause, one piece of advice."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import cli
from tests.economics.test_commands import document
from tests.revisions.conftest import Repo

RULES = "\n".join(
    f"{i}. Answer questions about order {i} in a friendly, short and precise way, please." for i in range(120)
)
CODE = '''from datetime import datetime

from anthropic import Anthropic

RULES = """{rules}"""

client = Anthropic()


def answer(question: str) -> str:
    now = datetime.now().isoformat()
    reply = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=400,
        system=[
{blocks}
        ],
        messages=[{{"role": "user", "content": question}}],
    )
    return reply.content[0].text
'''
CACHED = '            {"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}},'
CLOCK = '            {"type": "text", "text": f"It is {now}."},'
CONFIG = """version: 1
features:
  support:
    match:
      - path: app/**
    calls_per_month: 100000
    dynamic_input_tokens: 500
    output_tokens: 200
    cache_hit_share: 0.9
"""


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "app")
    made.write(".aicost.yml", CONFIG)
    made.write("app/chat.py", CODE.format(rules=RULES, blocks=f"{CACHED}\n{CLOCK}"))
    made.commit("start")
    made.git("checkout", "-q", "-b", "clock")
    made.write("app/chat.py", CODE.format(rules=RULES, blocks=f"{CLOCK}\n{CACHED}"))
    made.commit("the time first")
    return made


def test_the_order_of_two_blocks_costs(repo: Repo) -> None:
    """No token more or less, and yet each call writes what nine of ten calls read before: 2.50 instead of 0.34 USD."""
    found = document(repo, "diff", "--base", "main", "--head", "clock")
    (change,) = found["changes"]
    causes = [c for c in change["causes"] if c["what"] == "cache"]
    assert [c["what"] for c in change["causes"]] == ["cache"] and len(causes) == 1
    assert causes[0]["path"] == "app/chat.py" and "isoformat" in causes[0]["detail"]
    rules = _prefix_tokens(repo)
    low = (
        Decimal(rules)
        * (Decimal("2.50") - (Decimal("0.9") * Decimal("0.10") + Decimal("0.1") * Decimal("2.50")))
        / 10**6
    )
    usd = Decimal(causes[0]["usd_per_call"]["likely"])
    assert low <= usd <= low * Decimal("1.02")  # and the few words in front of the clock are written now, too
    assert found["summary"]["direction"] == "up"
    advice = [a for a in found["advice"] if a["lever"] == "prompt_cache"]
    assert len(advice) == 1 and advice[0]["title"].startswith("Move `isoformat` behind")
    won_back = Decimal(advice[0]["saving_usd_per_1k_calls"]["likely"]) / 1000
    assert won_back <= usd * Decimal("1.02") and won_back >= usd * Decimal("0.98")


def test_and_the_way_back_saves_it(repo: Repo) -> None:
    there = document(repo, "diff", "--base", "main", "--head", "clock")
    repo.git("checkout", "-q", "clock")
    repo.write("app/chat.py", CODE.format(rules=RULES, blocks=f"{CACHED}\n{CLOCK}"))
    repo.commit("the time last")
    back = document(repo, "diff", "--base", "HEAD~1", "--head", "HEAD")
    (cause,) = back["changes"][0]["causes"]
    assert cause["what"] == "cache"
    assert Decimal(cause["usd_per_call"]["likely"]) == -Decimal(
        there["changes"][0]["causes"][0]["usd_per_call"]["likely"]
    )
    assert back["summary"]["direction"] == "down"
    assert [a for a in back["advice"] if a["lever"] == "prompt_cache"] == []


def _prefix_tokens(repo: Repo) -> int:
    """The tokens of the rules, as `count` counts them."""
    text = repo.path.parent / "rules.txt"
    text.write_text(RULES)
    done = CliRunner().invoke(cli, ["count", "--model", "claude-sonnet-5-5", "--format", "json", str(text)])
    assert done.exit_code == 0, done.output
    return int(json.loads(done.stdout)["input_tokens"]["likely"])
