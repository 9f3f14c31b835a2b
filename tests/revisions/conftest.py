"""Real git repositories in a temporary folder, made with the git on the PATH and with nobody's settings."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_AUTHOR_DATE": "2026-01-05T10:00:00+00:00",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_COMMITTER_DATE": "2026-01-05T10:00:00+00:00",
}


GIT_VERSION = tuple(
    int(part)
    for part in subprocess.run(["git", "version"], capture_output=True, text=True).stdout.split()[2].split(".")[:2]
)


class Repo:
    """A repository under test and the git that builds it."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *options)

    def git(self, *arguments: str, data: bytes | None = None, check: bool = True) -> str:
        return run_git(self.path, *arguments, data=data, check=check)

    def write(self, path: str, content: str | bytes) -> Path:
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def commit(self, message: str = "change") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def raw_tree(self, entries: list[tuple[str, bytes, str]]) -> str:
        """A tree object with any names at all: (mode, name, object id)."""
        body = b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)
        return self.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", data=body)

    def blob(self, content: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", data=content)

    def commit_tree(self, tree: str, parent: str | None = None) -> str:
        return self.git("commit-tree", tree, "-m", "made by hand", *(("-p", parent) if parent else ()))


def run_git(folder: Path, *arguments: str, data: bytes | None = None, check: bool = True) -> str:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment = {**inherited, **IDENTITY, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, input=data, capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0 or not check, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape").strip("\n")


@pytest.fixture(autouse=True)
def nobody(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder without settings; a test may write some into it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    return home


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """main: prompts/system.md, app.py; then the branch `change` with app.py edited."""
    made = Repo(tmp_path / "repo")
    made.write("app.py", "MODEL = 'a'\n")
    made.write("prompts/system.md", "You are kind.\n")
    made.commit("first")
    made.git("switch", "-q", "-c", "change")
    made.write("app.py", "MODEL = 'b'\n")
    made.commit("second")
    return made
