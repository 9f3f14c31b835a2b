"""The quick answer for a change that can call no model is the answer of the whole review, to the last field."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from bot.config import load_config
from bot.pipeline import review
from bot.prices import builtin
from bot.quiet import quiet_review
from bot.snapshot_day import snapshot_day
from prompts_scanner.early import FEW
from prompts_scanner.tree import MemoryTree
from tests.revisions.conftest import Repo

CALL = 'from openai import OpenAI\nOpenAI().chat.completions.create(model="gpt-4o", messages=[])\n'
SILENT: dict[str, dict[str, str | bytes]] = {
    "empty": {},
    "code": {"app.py": "def add(a, b):\n    return a + b\n", "web.ts": "export const one = 1;\n"},
    "broken code": {"app.py": "def add(:\n", "web.ts": "export const = ;\n"},
    "files": {"README.md": "Adds.\n", "pyproject.toml": '[project]\nname = "adds"\n', "a.json": "{", "b.yaml": "- [\n"},
    "not text": {"notes.txt": b"\xff\xfea\0", "data": b"\0\1", "logo.png": b"\x89PNG"},
    "environment": {".env": "PORT=80\n", "app.py": "import os\nprint(os.environ['PORT'])\n"},
    "elsewhere": {"tests/test_app.py": "assert True\n", "node_modules/x/index.js": "chat.completions.create()\n"},
    "migrations": {"app/migrations/0001_first.py": "prompt = 'You are a prompt'\n"},
}
LOUD: dict[str, dict[str, str | bytes]] = {
    "a call": {"app.py": CALL},
    "a prompt": {"prompts/system.txt": "You are a helpful assistant. Answer in one line.\n"},
    "a model": {".env": "OPENAI_MODEL=gpt-4o\n"},
    "a policy": {".aicost.yml": "noise_floor_tokens: 9\n"},
    "prices of its own": {".aicost/prices.json.z": b"x"},
    "a format that cannot be read": {"app.prompty": b"---\0\n"},
    "many files": {f"m{n}.py": "x = 1\n" for n in range(FEW + 1)},
}


@pytest.mark.parametrize(("old", "new"), [*product(SILENT, SILENT)])
def test_it_is_the_whole_review(old: str, new: str) -> None:
    base, head = MemoryTree(SILENT[old], "base"), MemoryTree(SILENT[new], "head")
    whole = review(base, head, load_config(base), renames={}, today=date(2026, 11, 25))
    assert quiet_review(base, head, ()) == whole


@pytest.mark.parametrize("name", LOUD)
def test_what_may_hold_something_is_left_to_it(name: str) -> None:
    silent, loud = MemoryTree(SILENT["code"], "base"), MemoryTree(LOUD[name], "head")
    assert quiet_review(silent, loud, ()) is None
    assert quiet_review(loud, silent, ()) is None


@pytest.mark.parametrize("old", SILENT)
def test_a_rename_moves_nothing_where_nothing_is_found(old: str) -> None:
    """So the quick answer need not ask git for renames: reading every blob of both sides is its dearest question."""
    moved = {f"moved/{path}": data for path, data in SILENT[old].items()}
    base, head = MemoryTree(SILENT[old], "base"), MemoryTree(moved, "head")
    renames = {path: f"moved/{path}" for path in SILENT[old]}
    config = load_config(base)
    told = [review(base, head, config, renames=known, today=date(2026, 11, 25)) for known in (renames, {})]
    assert told[0] == told[1] == quiet_review(base, head, ())


@pytest.mark.parametrize("form", ["terminal", "markdown", "json"])
def test_a_moved_and_edited_file_is_told_as_by_the_whole_review(tmp_path: Path, form: str) -> None:
    repo = Repo(tmp_path / "repo")
    text = "".join(f"def add{n}(a, b):\n    return a + b\n" for n in range(9))
    repo.write("app.py", text)
    repo.commit()
    repo.git("mv", "app.py", "moved.py")
    repo.write("moved.py", text + "ONE = 1\n")
    repo.commit()
    diff = [
        sys.executable,
        "-m",
        "bot.cli",
        "diff",
        str(repo.path),
        "--base",
        "HEAD~1",
        "--head",
        "HEAD",
        "--format",
        form,
    ]
    # `--verbose` is never answered at once.
    quick, whole = (
        subprocess.run([*diff, *more], capture_output=True, check=True).stdout for more in ((), ("--verbose",))
    )
    assert quick == whole


def test_notes_are_told() -> None:
    tree = MemoryTree(SILENT["code"])
    found = quiet_review(tree, tree, ("The head is older.",))
    assert found is not None
    assert found.assumptions == ("The head is older.",)


def test_the_day_of_the_prices_is_read_without_them() -> None:
    assert snapshot_day() == builtin().snapshot.built
