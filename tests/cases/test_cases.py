"""Whole runs: a folder is a change, and what the tool says of it.

`base/` and `head/` are the two revisions (files that are the same in both stand in `both/`), `aicost.yml` the policy of
the base. Expected are `comment.md`, `terminal.txt`, `review.json` and `exit`; `pytest tests/cases --golden` rewrites
them, and the difference is what a reviewer reads. Prices are those of `aicost.yml`, so that a new price snapshot changes
no amount here; only advice may name another model then.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest

from bot.render.json_report import review_schema
from tests.cli.conftest import DAY, Answer, run_cli
from tests.revisions.conftest import Repo

FOLDER = Path(__file__).parent
CASES = sorted(path.name for path in FOLDER.iterdir() if (path / "head").is_dir() or (path / "both").is_dir())
OUTPUTS = {"comment.md": "markdown", "terminal.txt": "terminal", "review.json": "json"}


def build(case: Path, place: Path) -> Repo:
    repo = Repo(place)
    for side in ("base", "head"):
        for old in place.iterdir():
            if old.name != ".git":
                shutil.rmtree(old) if old.is_dir() else old.unlink()
        for layer in ("both", side):
            if (case / layer).is_dir():
                shutil.copytree(case / layer, place, dirs_exist_ok=True)
        if (case / "aicost.yml").is_file():
            shutil.copyfile(case / "aicost.yml", place / ".aicost.yml")
        repo.commit(side)
    return repo


def settled(text: str) -> str:
    """Without what differs between a price snapshot, a version or a machine and the next."""
    text = re.sub(r'("(?:prices_)?as_of": "|Price snapshot of )\d{4}-\d\d-\d\d', r"\1DAY", text)
    text = re.sub(r"snapshot of \d{4}-\d\d-\d\d", "snapshot of DAY", text)
    text = re.sub(r"\b(from )?(genai-prices|litellm)[ ]\d[\w.]*", r"\2", text)
    return re.sub(r"\b[0-9a-f]{12}([0-9a-f]{28})?\b", "COMMIT", text)


def ask(repo: Repo, form: str, cache: Path) -> Answer:
    return run_cli(
        "diff", str(repo.path), "--base", "HEAD~1", "--head", "HEAD", "--on", DAY, "--format", form,
        HOME=str(cache), XDG_CACHE_HOME=str(cache),
    )  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    case = FOLDER / name
    repo = build(case, tmp_path / "repo")
    codes = set()
    for file, form in OUTPUTS.items():
        answer = ask(repo, form, tmp_path)
        assert "bug" not in answer.err
        codes.add(str(answer.code))
        if form == "json":
            jsonschema.validate(json.loads(answer.out), review_schema(), cls=jsonschema.Draft202012Validator)
        _compare(case / file, settled(answer.out), pytestconfig)
    assert len(codes) == 1
    _compare(case / "exit", codes.pop() + "\n", pytestconfig)


def _compare(file: Path, text: str, config: pytest.Config) -> None:
    if config.getoption("--golden"):
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text
