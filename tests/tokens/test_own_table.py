"""A repository's own constants: read from the base like the policy, used by every command that counts."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path

import pytest

from bot.config import load_config
from bot.errors import ReviewError
from bot.pipeline import inventory, review
from bot.tokens.table import OWN_PATH
from bot.tokens.vocabulary import count
from prompts_scanner.tree import MemoryTree
from tests.tokens.test_count_command import run

TODAY = date(2026, 11, 25)
OWN = """
[sources.mine]
text = "our bills"
date = 2026-11-01

[[family]]
name = "own-4o"
label = "our bills of GPT-4o"
models = "gpt-4o"
vocabulary = "o200k_base"
tools = "json"
method = "calibrated"
constants = [ { of = "text_token", value = VALUE, rows = 100, source = "mine" } ]
"""
SHORT, LONG = "Be brief.", "Be brief and say where you know it from, in one sentence."


def app(system: str) -> str:
    return (
        "from openai import OpenAI\nclient = OpenAI()\ndef ask():\n"
        f"    return client.chat.completions.create(model='gpt-4o', messages=[{{'role': 'system', 'content': {system!r}}}])\n"
    )


def tree(system: str, value: int | None) -> MemoryTree:
    own = {} if value is None else {OWN_PATH: OWN.replace("VALUE", str(value))}
    return MemoryTree({"app.py": app(system), **own})


@pytest.mark.parametrize(("base", "head", "factor"), [(3, 3, 3), (3, 9, 3), (3, None, 3), (None, 9, 1)])
def test_a_review_counts_with_the_constants_of_the_base(base: int | None, head: int | None, factor: int) -> None:
    before, after = tree(SHORT, base), tree(LONG, head)
    found = review(before, after, load_config(before), renames={}, today=TODAY)
    (change,) = found.changes
    more = count(LONG, "o200k_base") - count(SHORT, "o200k_base")
    assert change.delta_input_tokens.likely == factor * more


def test_a_scan_counts_with_the_constants_of_its_tree() -> None:
    own = tree(SHORT, 3)
    _, (site,), _ = inventory(own, load_config(own), today=TODAY)
    assert [line.tokens_per_call.likely for line in site.cost.lines if line.tokens_per_call is not None] == [
        3 * count(SHORT, "o200k_base")
    ]
    assert "our bills" in site.cost.lines[0].source


@pytest.mark.parametrize(
    "text",
    [
        "family = 3",
        "[sources.a]\ntext = 3",
        "[sources]\na = 3",
        OWN.replace("VALUE", "nan"),
        OWN.replace("VALUE", "inf"),
        OWN.replace("VALUE", "true"),
        OWN.replace("VALUE", '"x"'),
        OWN.replace("VALUE", "2, from = 3"),
        OWN.replace("VALUE", "2, endpoint = 3"),
        OWN.replace('source = "mine"', "source = []"),
        OWN.replace('"gpt-4o"', "3"),
        OWN.replace("VALUE", "2").replace('tools = "json"', 'tools = "json"\nslack_tokens = "x"'),
        OWN.replace("VALUE", "2").replace('tools = "json"', 'tools = "json"\nnone_drops_tools = 1'),
        OWN.replace("VALUE", "2").replace('tools = "json"', 'tools = "json"\ntokenizer = 1'),
        OWN.replace("VALUE", "2") + '[nearest]\n"*" = "nobody"',
    ],
)
def test_a_broken_table_is_an_error_that_names_the_file(text: str) -> None:
    with pytest.raises(ReviewError, match=r"\.aicost/tokens\.toml"):
        load_config(MemoryTree({OWN_PATH: text}))


def test_the_commands_read_it_from_the_base(tmp_path: Path) -> None:
    """Calibration in the work tree alone changes nothing yet: the base governs."""

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    (tmp_path / "app.py").write_text(app(SHORT), encoding="utf-8")
    (tmp_path / ".aicost").mkdir()
    (tmp_path / OWN_PATH).write_text(OWN.replace("VALUE", "3"), encoding="utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "base")
    (tmp_path / "app.py").write_text(app(LONG), encoding="utf-8")
    (tmp_path / OWN_PATH).write_text(OWN.replace("VALUE", "50"), encoding="utf-8")
    done = run(tmp_path, "--base", "main", "--format", "json", "--on", TODAY.isoformat(), command="diff")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)["summary"]
    assert summary["delta_input_tokens"]["likely"] == 3 * (count(LONG, "o200k_base") - count(SHORT, "o200k_base"))
    assert f"edits {OWN_PATH}" in done.stderr
    told = run(tmp_path, "app.py", "--rev", "HEAD", command="explain").stdout
    assert "our bills of GPT-4o" in told
