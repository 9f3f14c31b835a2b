"""The real command on real repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.revisions.conftest import Repo

DAY = "2026-11-25"
CHAT = '''from openai import OpenAI

SYSTEM = """{system}"""


def answer(question: str) -> str:
    client = OpenAI()
    done = client.chat.completions.create(
        model="{model}",
        messages=[{{"role": "system", "content": SYSTEM}}, {{"role": "user", "content": question}}],
    )
    return done.choices[0].message.content
'''


def chat(words: int = 4, model: str = "gpt-4o") -> str:
    """A module with one call whose system prompt has so many words."""
    return CHAT.format(system=" ".join(["help"] * words), model=model)


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


Run = Callable[..., Answer]


def run_cli(*arguments: str, cwd: Path | None = None, **extra: str) -> Answer:
    """`aicost-review` in a process of its own, with nobody's settings."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        cwd=cwd, env={**kept, "PYTHONPATH": str(Path(__file__).parents[2]), "GIT_CONFIG_GLOBAL": os.devnull, **extra},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def aicost(tmp_path: Path) -> Run:
    def run(*arguments: str, cwd: Path | None = None, **extra: str) -> Answer:
        return run_cli(*arguments, cwd=cwd, XDG_CACHE_HOME=str(tmp_path / "cache"), HOME=str(tmp_path), **extra)

    return run


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """One commit on main with one call."""
    made = Repo(tmp_path / "app")
    made.write("app/chat.py", chat())
    made.commit("start")
    return made
