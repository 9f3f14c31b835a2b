"""Repositories with a past: commits on given days."""

from __future__ import annotations

import os
import subprocess
from datetime import date
from pathlib import Path

import pytest

from tests.revisions.conftest import IDENTITY, Repo

TODAY = date(2026, 11, 25)
POLICY = """\
version: 1
features:
  chat:
    match: [{path: "app/chat.py"}, {path: "app/answers.py"}]
    calls_per_month: 100000
    dynamic_input_tokens: 0
    output_tokens: 200
prices:
  - {model: big, input_usd_per_mtok: 4, output_usd_per_mtok: 20, until: 2026-09-30}
  - {model: big, input_usd_per_mtok: 2, output_usd_per_mtok: 10, since: 2026-10-01}
  - {model: small, input_usd_per_mtok: 1, output_usd_per_mtok: 5}
"""
CHAT = '''from openai import OpenAI
from app.settings import MODEL

SYSTEM = """{system}"""


def answer(question: str) -> str:
    done = OpenAI().chat.completions.create(
        model=MODEL,
        max_tokens=300,
        messages=[{{"role": "system", "content": SYSTEM}}, {{"role": "user", "content": question}}],
    )
    return done.choices[0].message.content


def other(x: int) -> int:
    return x + {other}
'''


class Past(Repo):
    """A repository whose commits have days."""

    def on(self, day: str, message: str, files: dict[str, str | None] | None = None) -> str:
        """Write the files (None: delete) and commit them on a day at noon, UTC."""
        for path, content in (files or {}).items():
            if content is None:
                (self.path / path).unlink()
            else:
                self.write(path, content)
        moment = f"{day}T12:00:00+00:00"
        environment = {**os.environ, **IDENTITY, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        environment |= {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
        for command in (["add", "-A"], ["commit", "-q", "--allow-empty", "-m", message]):
            subprocess.run(["git", *command], cwd=self.path, env=environment, check=True)
        return self.git("rev-parse", "HEAD")


def chat(system: str = "You answer in one sentence.", other: int = 1) -> str:
    return CHAT.format(system=system, other=other)


@pytest.fixture
def past(tmp_path: Path) -> Past:
    """Ten commits: four of them change what the call sends, a repricing falls between two of them."""
    made = Past(tmp_path / "app")
    made.on("2026-08-01", "Start", {".aicost.yml": POLICY, "app/chat.py": chat(), "app/settings.py": 'MODEL = "big"\n'})
    made.on("2026-08-02", "Write about it (#1)", {"README.md": "# Chat\n"})
    made.on("2026-08-10", "Add up (#2)", {"app/chat.py": chat(other=2)})
    made.on("2026-08-20", "Say more (#3)", {"app/chat.py": chat("You answer in one sentence. " * 40, other=2)})
    made.on("2026-08-21", "Other code (#4)", {"app/tools.py": "def twice(x):\n    return 2 * x\n"})
    made.on("2026-08-22", "Less again (#5)", {"app/chat.py": chat(other=2)})
    made.on("2026-10-10", "Use the small model (#6)", {"app/settings.py": 'MODEL = "small"\n'})
    made.on("2026-10-11", "Format", {"app/chat.py": "# a comment\n" + chat(other=2)})
    made.git("mv", "app/chat.py", "app/answers.py")
    made.on("2026-10-12", "Rename (#7)")
    made.on("2026-10-13", "Nothing")
    return made
