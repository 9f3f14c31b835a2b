"""A repository with enough in it that a run has moments to be cut off in: cache, renames, workers, an output file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import chat
from tests.revisions.conftest import Repo

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = ("diff", "--quiet", "--on", "2026-11-25", "--base", "HEAD", "--format", "json")
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def busy_repo(tmp_path: Path) -> Repo:
    """Forty modules in two languages, a commit, and in the work tree an edit, a rename and a new file."""
    made = Repo(tmp_path / "app")
    for i in range(40):
        made.write(f"app/m{i}.py", chat(words=4 + i))
        made.write(f"web/m{i}.ts", f"export const words{i} = 'You are a helper {i}';\n")
    made.commit("start")
    made.write("app/m0.py", chat(words=60))
    made.git("mv", "app/m1.py", "app/moved.py")
    made.write("app/new.py", chat(words=9))
    return made


def environment(folder: Path, **extra: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    temporary = folder / "temporary"
    temporary.mkdir(parents=True, exist_ok=True)
    return {
        **kept,
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(ROOT),
        # On a full disk Python leaves half a `.pyc` beside its module, which no later run can import.
        "PYTHONDONTWRITEBYTECODE": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        **extra,
    }


def start(repo: Repo, folder: Path, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """The command in a session of its own, so that what it leaves running can be found."""
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    given.setdefault("env", environment(folder))
    return subprocess.Popen(
        [sys.executable, "-m", "bot.cli", *(arguments or ARGUMENTS)], cwd=repo.path, start_new_session=True, **given
    )


def answer(repo: Repo, folder: Path, *arguments: str, **options: Any) -> tuple[int, str, str]:
    with start(repo, folder, *arguments, **options) as process:
        out, err = process.communicate()
    return process.returncode, out.decode(), err.decode()
