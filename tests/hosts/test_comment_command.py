"""`aicost-review comment`: a stored review told as files or on GitHub, as a process; and GitHub Enterprise's addresses."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.hosts import HOSTS, host_for
from bot.hosts.github_api import Api
from bot.hosts.github_client import Hub
from bot.hosts.port import Wishes
from bot.hosts.text import read_marker
from tests.hosts.fake_github import FakeGitHub, running
from tests.hosts.test_github import REPORT, RUN

ROOT = Path(__file__).resolve().parents[2]
CODE = """from openai import OpenAI
client = OpenAI()
def ask(text: str) -> str:
    return client.chat.completions.create(
        model="gpt-4o-mini", max_tokens=99, messages=[{"role": "system", "content": "%s"}, {"role": "user", "content": text}]
    ).choices[0].message.content
"""


def command(*args: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    full = {"PATH": os.environ["PATH"], "HOME": str(cwd), "XDG_CACHE_HOME": str(cwd / "cache"), **(env or {})}
    line = [sys.executable, "-m", "bot.cli", *args]
    return subprocess.run(line, cwd=ROOT, env=full, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stored")
    repo = folder / "repo"
    repo.mkdir()
    for text in ("Be brief.", "Be brief. " * 60):
        (repo / "ask.py").write_text(CODE % text, encoding="utf-8")
        for args in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "c")):
            who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
            subprocess.run(["git", *who, "-C", str(repo), *args], check=True, capture_output=True)
    out = folder / "review.json"
    args = ("diff", str(repo), "--base", "HEAD~1", "--head", "HEAD", "--format", "json", "--out", str(out))
    done = command(*args, cwd=folder)
    assert done.returncode == 0, done.stderr
    return out


def test_as_files(stored: Path, tmp_path: Path) -> None:
    done = command("comment", "--host", "files", "--out", str(tmp_path / "o"), str(stored), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    comment = (tmp_path / "o" / "comment.md").read_text(encoding="utf-8")
    assert "ask.py" in comment
    assert (tmp_path / "o" / "review.json").read_text(encoding="utf-8") == stored.read_text(encoding="utf-8")


def test_on_github(stored: Path, tmp_path: Path, hub: FakeGitHub) -> None:
    marker = __import__("json").loads(stored.read_text(encoding="utf-8"))["head"]
    hub.add_pull(7, marker)
    env = {"AICOST_GITHUB_TOKEN": hub.token, "GITHUB_API_URL": hub.url, "GITHUB_REPOSITORY": hub.repository}
    for _ in range(2):
        done = command("comment", "--host", "github", "--pull", "7", str(stored), cwd=tmp_path, env=env)
        assert done.returncode == 0, done.stderr
    (body,) = hub.bodies()
    found = read_marker(body)
    assert found is not None
    assert found.head == marker
    assert "ask.py" in body
    assert hub.checks == {}


def test_what_is_missing_for_github_is_named(stored: Path, tmp_path: Path) -> None:
    done = command("comment", "--host", "github", str(stored), cwd=tmp_path)
    assert done.returncode == 2
    assert "--repository and --pull and AICOST_GITHUB_TOKEN" in done.stderr


def test_a_refused_comment_is_an_error_here(stored: Path, tmp_path: Path, hub: FakeGitHub) -> None:
    hub.add_pull(7, "a" * 40)
    env = {"AICOST_GITHUB_TOKEN": hub.token, "GITHUB_API_URL": hub.url, "GITHUB_REPOSITORY": hub.repository}
    done = command("comment", "--host", "github", "--pull", "7", str(stored), cwd=tmp_path, env=env)
    assert done.returncode == 2
    assert "moved on" in done.stderr
    assert hub.token not in done.stderr + done.stdout


def test_what_is_no_review_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text('{"schema_version": "1"}', encoding="utf-8")
    done = command("comment", "--host", "files", str(file), cwd=tmp_path)
    assert done.returncode == 2
    assert "no report of aicost-review" in done.stderr


def test_an_enterprise_servers_addresses() -> None:
    fake = FakeGitHub()
    fake.prefix = "/api/v3"
    with running(fake):
        fake.add_pull(7, RUN.head)
        client = Hub(token=fake.token, api_url=fake.url, repository=fake.repository, pause=lambda _: None)
        for report in (REPORT, replace(REPORT, comment="again")):
            assert all(sink.done for sink in Api(client).tell(RUN, report, Wishes()))
    assert fake.violations == []
    assert len(fake.bodies()) == 1
    assert any(r.path == "/api/graphql" for r in fake.requests)


def test_every_host_has_a_name_and_the_last_takes_what_is_left() -> None:
    assert [host.NAME for host in HOSTS] == ["github", "files"]
    assert host_for({"GITHUB_ACTIONS": "true"}).NAME == "github"
    assert host_for({"GITLAB_CI": "true"}).NAME == "files"
