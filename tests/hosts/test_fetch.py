"""Commits that the checkout left out are fetched as objects: no hook runs, nothing of the token stays."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bot.errors import ReviewError
from bot.hosts.github_fetch import fetch_commits

ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null"}
WHO = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")


def git(path: Path, *args: str) -> str:
    done = subprocess.run(["git", *WHO, "-C", str(path), *args], env=ENV, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    path = tmp_path / "server" / "octo-org" / "shop"
    path.mkdir(parents=True)
    git(path, "init", "-q")
    git(path, "config", "uploadpack.allowAnySHA1InWant", "true")
    for i in range(3):
        (path / "a.txt").write_text(f"{i}\n", encoding="utf-8")
        git(path, "add", "-A")
        git(path, "commit", "-qm", f"c{i}")
    return path


@pytest.fixture
def shallow(tmp_path: Path, origin: Path) -> Path:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{origin}", str(clone))
    return clone


def test_a_shallow_clone_gets_the_two_commits(shallow: Path, origin: Path) -> None:
    first = git(origin, "rev-list", "--max-parents=0", "HEAD")
    with pytest.raises(subprocess.CalledProcessError):
        git(shallow, "cat-file", "-e", first)
    fetch_commits(shallow / ".git", f"file://{origin}", [first], token="", shallow=True)
    assert git(shallow, "show", f"{first}:a.txt") == "0"
    assert git(shallow, "status", "--porcelain") == ""


def test_attack_18_no_hook_runs_and_no_token_stays(shallow: Path, origin: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for name in ("reference-transaction", "post-checkout", "pre-auto-gc", "post-merge", "post-rewrite"):
        hook = shallow / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {canary}\n", encoding="utf-8")
        hook.chmod(0o755)
    git(shallow, "config", "core.fsmonitor", f"touch {canary}")
    git(shallow, "update-ref", "refs/heads/probe", "HEAD")
    assert canary.exists(), "the hook works"
    canary.unlink()
    first = git(origin, "rev-list", "--max-parents=0", "HEAD")
    before = (shallow / ".git" / "config").read_bytes()
    fetch_commits(shallow / ".git", f"file://{origin}", [first], token="ghs_secret", shallow=True)
    assert not canary.exists()
    assert (shallow / ".git" / "config").read_bytes() == before
    kept = [f for f in (shallow / ".git").rglob("*") if f.is_file() and b"ghs_secret" in f.read_bytes()]
    assert kept == []


@pytest.mark.parametrize("hostile", ["--upload-pack=touch pwned", "-x", "main", "a" * 39, "a" * 40 + "\n"])
def test_attack_19_only_full_ids_reach_git(shallow: Path, origin: Path, hostile: str) -> None:
    with pytest.raises(ReviewError, match="not the id of a commit"):
        fetch_commits(shallow / ".git", f"file://{origin}", [hostile], token="", shallow=True)


@pytest.mark.parametrize("url", ["ext::sh -c touch% pwned", "ssh://x/y", "--upload-pack=x", ""])
def test_attack_20_other_transports_are_refused(shallow: Path, url: str) -> None:
    with pytest.raises(ReviewError, match="cannot be fetched over"):
        fetch_commits(shallow / ".git", url, ["a" * 40], token="", shallow=True)


def test_a_commit_that_is_nowhere_comes_with_advice_and_without_the_token(shallow: Path, origin: Path) -> None:
    with pytest.raises(ReviewError) as caught:
        fetch_commits(shallow / ".git", f"file://{origin}", ["d" * 40], token="ghs_secret", shallow=False)
    assert "fetch-depth: 0" in caught.value.hint
    assert "ghs_secret" not in f"{caught.value.message} {caught.value.hint}"
