"""A repository, a pull request, a loopback GitHub, and the action run by its own steps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.action import act
from tests.action.executor import Done, Job, path_of
from tests.hosts.events import made
from tests.hosts.fake_github import FakeGitHub, running

ROOT = Path(__file__).resolve().parents[2]
SHOP = '''"""Answers customers."""

from openai import OpenAI

client = OpenAI()
SYSTEM = """{system}"""


def answer(question: str) -> str:
    reply = client.chat.completions.create(
        model="{model}",
        max_tokens=300,
        messages=[{{"role": "system", "content": SYSTEM}}, {{"role": "user", "content": question}}],
    )
    return reply.choices[0].message.content or ""
'''
# Installing needs the network. The stand-in makes the environment and lends it the packages that run the tests, so
# that the program itself is found by what scripts/action.sh wrote and by nothing else.
UV = """#!/bin/bash
set -euo pipefail
case "$1 $2" in
  "venv "*) "{python}" -m venv --without-pip "${{@: -1}}" ;;
  "pip sync")
    [[ " $* " == *" --require-hashes "* && " $* " == *" --no-config "* && -f "${{@: -1}}" ]]
    site=$("${{@: -2:1}}" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo "{packages}" > "$site/lent.pth" ;;
  *) exit 64 ;;
esac
"""


def shop(system: str = "You answer questions about orders. Be brief.", model: str = "gpt-4o-mini") -> str:
    return SHOP.format(system=system, model=model)


@dataclass
class Repo:
    """A real repository; `commit` writes files and answers the new id."""

    path: Path

    def git(self, *args: str, data: bytes | None = None) -> str:
        env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null"}
        who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
        command = ["git", *who, "-C", str(self.path), *args]
        return subprocess.run(command, env=env, input=data, capture_output=True, check=True).stdout.decode().strip()

    def commit(self, files: Mapping[str, str | None], message: str = "change") -> str:
        for name, text in files.items():
            file = self.path / name
            if text is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-qm", message, "--allow-empty")
        return self.git("rev-parse", "HEAD")

    def raw_commit(self, entries: Iterable[tuple[str, bytes, bytes]], parent: str) -> str:
        """A commit of a tree with any modes and names at all, as no checkout would make it: (mode, name, content).

        Content is text of a blob; for a submodule (160000) it is an id in hexadecimal.
        """
        body = b""
        for mode, name, content in entries:
            oid = content.decode() if mode == "160000" else self.git("hash-object", "-w", "--stdin", data=content)
            body += mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid)
        tree = self.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", data=body)
        return self.git("commit-tree", tree, "-p", parent, "-m", "made by hand")


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with running(FakeGitHub()) as fake:
        yield fake
    assert fake.violations == []


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "work" / "shop")
    made.path.mkdir(parents=True)
    made.git("init", "-q")
    return made


@dataclass
class Change:
    """What a pull request brings: the workspace holds its merge or head, as a checkout leaves it."""

    base: str
    head: str
    number: int = 7
    author: str = "mallory"
    fork: bool = False
    title: str = "More words"
    action: str = "synchronize"

    def payload(self, repository: str) -> dict[str, Any]:
        """GitHub's own example of the event with this change's ids, as GitHub's schema allows it."""
        repo = {"full_name": repository, "default_branch": "main"}
        pull = {
            "number": self.number,
            "title": self.title,
            "user": {"login": self.author},
            "updated_at": "2026-11-01T00:00:00Z",
            "head": {"sha": self.head, "ref": "feature", "repo": repo},
            "base": {"sha": self.base, "ref": "main", "repo": repo},
        }
        if self.fork:
            pull["head"] = {"sha": self.head, "ref": "feature", "repo": {"id": 2, "full_name": f"{self.author}/shop"}}
        changes = {
            "number": self.number, "pull_request": pull, "repository": repo, "sender": {"login": self.author},
        }  # fmt: skip
        payload: dict[str, Any] = made("pull_request", self.action, changes)
        return payload


@dataclass
class Rig:
    """Runs the action's own steps against the loopback GitHub."""

    hub: FakeGitHub
    repo: Repo
    tmp: Path
    run_id: int = 500
    runs: int = 0
    last: Job | None = None

    def act(
        self,
        payload: Mapping[str, Any],
        event: str = "pull_request",
        *,
        token: bool = True,
        env: Mapping[str, str] | None = None,
        **inputs: str,
    ) -> Done:
        """The entry point with the environment that the steps make, in this process: the quick way."""
        job = self._job(payload, event, token=token, env=env)
        return job.run_here({name.replace("_", "-"): value for name, value in inputs.items()}, act)

    def act_steps(
        self,
        payload: Mapping[str, Any],
        event: str = "pull_request",
        *,
        token: bool = True,
        env: Mapping[str, str] | None = None,
        **inputs: str,
    ) -> Done:
        """The action's own steps, as processes."""
        job = self._job(payload, event, token=token, env=env)
        return job.run({name.replace("_", "-"): value for name, value in inputs.items()})

    def _job(self, payload: Mapping[str, Any], event: str, *, token: bool, env: Mapping[str, str] | None) -> Job:
        self.runs += 1
        temp = self.tmp / f"runner{self.runs}"
        temp.mkdir()
        event_file = temp / "event.json"
        event_file.write_text(json.dumps(payload), encoding="utf-8")
        job = Job(
            action=ROOT,
            workspace=self.repo.path,
            temp=temp,
            event_name=event,
            event_path=event_file,
            env=dict(env or {}),
            github={
                "token": self.hub.token if token else "",
                "repository": self.hub.repository,
                "api_url": self.hub.url,
                "server_url": "https://github.com",
                "run_id": str(self.run_id),
                "run_attempt": "1",
            },
            stand_ins={
                "astral-sh/setup-uv": self._uv,
                "actions/cache": lambda job, given: {},
                "actions/upload-artifact": self._keep,
            },
            path=path_of("git"),
        )
        self.last = job
        return job

    @staticmethod
    def _uv(job: Job, given: Mapping[str, str]) -> Mapping[str, str]:
        del given
        folder = job.temp / "tools"
        folder.mkdir()
        packages = sysconfig.get_path("purelib")
        script = UV.format(python=Path(sys.executable).resolve(), packages=packages)
        (folder / "uv").write_text(script, encoding="utf-8")
        (folder / "uv").chmod(0o755)
        job.path = f"{folder}:{job.path}"
        return {}

    @staticmethod
    def _keep(job: Job, given: Mapping[str, str]) -> Mapping[str, str]:
        job.kept[given["name"]] = Path(given["path"]).read_bytes()
        return {}


@pytest.fixture
def rig(hub: FakeGitHub, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Rig(hub=hub, repo=repo, tmp=tmp_path)


@pytest.fixture
def dearer(rig: Rig) -> Change:
    """A pull request that makes a prompt longer."""
    base = rig.repo.commit({"shop/answer.py": shop()})
    head = rig.repo.commit({"shop/answer.py": shop("You answer questions about orders. " * 40)})
    rig.hub.add_pull(7, head, base)
    return Change(base=base, head=head)
