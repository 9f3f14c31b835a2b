"""The quick answer for a change that can call no model is the answer of the whole review, to the last field."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from bot.config import load_config
from bot.pipeline import review
from bot.prices import builtin
from bot.quiet import quiet_review
from bot.snapshot_day import snapshot_day
from prompts_scanner.early import FEW
from prompts_scanner.tree import MemoryTree

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


def test_notes_are_told() -> None:
    tree = MemoryTree(SILENT["code"])
    found = quiet_review(tree, tree, ("The head is older.",))
    assert found is not None
    assert found.assumptions == ("The head is older.",)


def test_the_day_of_the_prices_is_read_without_them() -> None:
    assert snapshot_day() == builtin().snapshot.built
