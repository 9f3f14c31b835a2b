"""What a person can mend: a clear error on stderr, exit code 2, and nothing on stdout that looks like a result."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Run, chat
from tests.revisions.conftest import Repo

COMMANDS = (("diff",), ("scan",), ("explain", "x"))


def is_told(answer: Answer, *parts: str) -> bool:
    assert answer.code == 2, answer
    assert answer.out == ""
    assert answer.err.startswith("error: ")
    assert "Traceback" not in answer.err
    for part in parts:
        assert part in answer.err
    return True


@pytest.mark.parametrize("name", ["--base", "--head"])
def test_an_unknown_revision(aicost: Run, repo: Repo, name: str) -> None:
    assert is_told(aicost("diff", str(repo.path), name, "nonsense"), "Unknown revision 'nonsense'", "hint:")


def test_a_revision_that_would_be_an_option(aicost: Run, repo: Repo) -> None:
    assert is_told(aicost("diff", str(repo.path), "--base=--output=x"), "not the name of a revision")
    assert not (repo.path / "x").exists()


def test_a_shallow_clone_without_the_base(aicost: Run, repo: Repo, tmp_path: Path) -> None:
    first = repo.git("rev-parse", "HEAD")
    repo.write("app/chat.py", chat(40))
    repo.commit("second")
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    assert is_told(aicost("diff", str(tmp_path / "shallow"), "--base", first), "not in this clone", "fetch-depth: 0")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_no_repository(aicost: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    assert is_told(aicost(*command, str(folder)), "not in a git repository")
    assert is_told(aicost(*command, str(tmp_path / "missing")), "hint:")


def test_an_empty_repository(aicost: Run, tmp_path: Path) -> None:
    empty = Repo(tmp_path / "empty")
    assert is_told(aicost("diff", str(empty.path)), "no commits yet")
    assert is_told(aicost("scan", str(empty.path), "--rev", "HEAD"), "no commits yet")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_broken_yaml(aicost: Run, repo: Repo, command: tuple[str, ...]) -> None:
    repo.write(".aicost.yml", "version: 1\nfeatures: [unclosed\n")
    repo.commit("config")
    assert is_told(aicost(*command, str(repo.path)), ".aicost.yml")


def test_a_letter_in_a_budget(aicost: Run, repo: Repo) -> None:
    repo.write(".aicost.yml", "version: 1\nbudgets:\n  total:\n    max_monthly_usd: 1O0\n")
    repo.commit("config")
    assert is_told(aicost("diff", str(repo.path)), ".aicost.yml", "max_monthly_usd")


def test_a_misspelt_key(aicost: Run, repo: Repo) -> None:
    repo.write(".aicost.yml", "version: 1\nfeatres: {}\n")
    repo.commit("config")
    assert is_told(aicost("diff", str(repo.path)), "featres", "features")


def test_a_change_that_breaks_the_policy_hears_of_it(aicost: Run, repo: Repo) -> None:
    repo.write(".aicost.yml", "version: 1\nfeatures: [unclosed\n")
    assert is_told(aicost("diff", str(repo.path)), ".aicost.yml")


def test_a_place_that_cannot_be_written(aicost: Run, repo: Repo, tmp_path: Path) -> None:
    answer = aicost("diff", str(repo.path), "--out", str(tmp_path / "no" / "such" / "out.md"))
    assert is_told(answer, "cannot be written")


def test_a_site_that_is_not_there(aicost: Run, repo: Repo) -> None:
    assert is_told(aicost("explain", "nowhere", str(repo.path)), "No call site is 'nowhere'", "app/chat.py::answer")


def test_a_site_that_could_be_two(aicost: Run, repo: Repo) -> None:
    repo.write("app/more.py", chat(9))
    assert is_told(aicost("explain", "answer", str(repo.path)), "could be 2 call sites", "app/more.py::answer")


@pytest.mark.parametrize(
    "arguments", [("diff", "--format", "xml"), ("diff", "--on", "tomorrow"), ("diff", "--nope"), ("nope",)]
)
def test_wrong_use(aicost: Run, repo: Repo, arguments: tuple[str, ...]) -> None:
    answer = aicost(*arguments, cwd=repo.path)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err


def test_a_bare_repository_needs_a_head(aicost: Run, repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    assert is_told(aicost("scan", str(tmp_path / "bare.git")), "--rev")
