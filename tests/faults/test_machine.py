"""A machine that refuses: no room, no right to write, no home, another clock, another language. Same answer, or one clear error."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.cache import SqliteStore
from tests.cli.conftest import chat
from tests.faults.conftest import ARGUMENTS, ROOT, answer, environment, start
from tests.revisions.conftest import Repo

COMMITTED = (*ARGUMENTS[:-4], "--base", "HEAD~1", "--head", "HEAD", "--format", "json")


def _limited(what: int, to: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(what, (to, to))


def _expected(repo: Repo, tmp_path: Path, *arguments: str) -> str:
    code, out, err = answer(repo, tmp_path / "reference_home", *arguments)
    assert code == 0, err
    return out


@pytest.fixture
def committed(busy_repo: Repo) -> Repo:
    busy_repo.commit("the change")
    return busy_repo


def test_without_room_for_the_cache_the_answer_is_the_same(committed: Repo, tmp_path: Path) -> None:
    expected = _expected(committed, tmp_path, *COMMITTED)
    for size in (0, 5_000, 20_000):
        home = tmp_path / f"home{size}"
        home.mkdir()
        got = answer(committed, home, *COMMITTED, preexec_fn=_limited(resource.RLIMIT_FSIZE, size))
        assert got == (0, expected, "")
        for file in home.rglob("*.sqlite"):
            assert sqlite3.connect(file).execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_without_room_for_the_output_the_old_file_stays(committed: Repo, tmp_path: Path) -> None:
    out = tmp_path / "review.json"
    out.write_text("old")
    code, _, err = answer(
        committed, tmp_path, *COMMITTED, "--out", str(out), preexec_fn=_limited(resource.RLIMIT_FSIZE, 3_000)
    )
    assert code == 2
    assert "cannot be written" in err
    assert "hint:" in err
    assert out.read_text() == "old"
    assert not list(tmp_path.glob(".review.json*"))


def test_without_room_for_temporary_files_it_is_said_what_to_do(busy_repo: Repo, tmp_path: Path) -> None:
    """Renames between a commit and the disk need some."""
    code, out, err = answer(busy_repo, tmp_path, preexec_fn=_limited(resource.RLIMIT_FSIZE, 0))
    assert (code, out) == (2, "")
    assert "temporary files" in err
    assert "TMPDIR" in err


def test_without_file_handles_it_is_said_what_to_do(committed: Repo, tmp_path: Path) -> None:
    code, out, err = answer(committed, tmp_path, *COMMITTED, preexec_fn=_limited(resource.RLIMIT_NOFILE, 9))
    assert code == 2, err
    assert out == ""
    assert "bug" not in err


def test_a_cache_of_which_nothing_may_be_written_is_read(committed: Repo, tmp_path: Path) -> None:
    """As a build agent mounts it: what is there is used, nothing is added, nothing is said."""
    expected = _expected(committed, tmp_path, *COMMITTED)
    home = tmp_path / "home"
    home.mkdir()
    assert answer(committed, home, *COMMITTED)[1] == expected
    (file,) = home.rglob("*.sqlite")
    before = file.read_bytes()
    file.chmod(stat.S_IRUSR)
    file.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert answer(committed, home, *COMMITTED) == (0, expected, "")
        if os.geteuid() != 0:  # nothing is read-only to root
            assert file.read_bytes() == before
    finally:
        file.parent.chmod(stat.S_IRWXU)


@pytest.mark.parametrize("kind", ["a file in its place", "a folder in its place", "no database", "cut off"])
def test_a_cache_that_is_none_is_no_matter(kind: str, committed: Repo, tmp_path: Path) -> None:
    expected = _expected(committed, tmp_path, *COMMITTED)
    home = tmp_path / "home"
    place = home / "cache" / "aicost-review" / "parsed.sqlite"
    if kind == "a file in its place":
        (home / "cache").mkdir(parents=True)
        place.parent.write_text("x")
    elif kind == "a folder in its place":
        place.mkdir(parents=True)
    else:
        place.parent.mkdir(parents=True)
        assert answer(committed, home, *COMMITTED)[0] == 0
        data = place.read_bytes()
        place.write_bytes(b"no database" * 900 if kind == "no database" else data[: len(data) // 2])
    assert answer(committed, home, *COMMITTED) == (0, expected, "")


def test_a_clock_that_goes_back_loses_nothing(tmp_path: Path) -> None:
    """Days in the cache may lie ahead of today; they are neither an error nor the reason to drop rows."""
    file = tmp_path / "parsed.sqlite"
    today = date(2026, 11, 25).toordinal()
    for day in (today, today + 4_000, today - 4_000, today):
        store = SqliteStore(file, day)
        store.put_many({f"of {day}": b"x"})
        store.close()
    store = SqliteStore(file, today)
    assert len(store.get_many([f"of {d}" for d in (today, today + 4_000, today - 4_000)])) == 3
    store.close()


@pytest.mark.parametrize("day", ["1999-12-31", "2026-02-28", "2999-01-01"])
def test_a_day_far_away_gives_an_answer_or_unknown_prices(day: str, committed: Repo, tmp_path: Path) -> None:
    arguments = [day if a == "2026-11-25" else a for a in COMMITTED]
    code, out, err = answer(committed, tmp_path, *arguments)
    assert code == 0, err
    assert json.loads(out)["summary"]["direction"] in ("up", "mixed", "unknown")


@pytest.mark.parametrize("home", [None, "", "/nonexistent/home"])
def test_without_a_home(home: str | None, committed: Repo, tmp_path: Path) -> None:
    expected = _expected(committed, tmp_path, *COMMITTED)
    closed = environment(tmp_path)
    for name in ("HOME", "XDG_CACHE_HOME"):
        del closed[name]
    if home is not None:
        closed["HOME"] = home
    before = set(committed.path.iterdir())
    if home is None:  # the user's own folder is then asked of the system: that of whoever runs the tests stays clean
        closed["XDG_CACHE_HOME"] = str(tmp_path / "elsewhere")
    assert answer(committed, tmp_path, *COMMITTED, env=closed) == (0, expected, "")
    assert set(committed.path.iterdir()) == before


@pytest.mark.parametrize(
    "language",
    [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"LC_ALL": "tr_TR.UTF-8"}, {"LANG": ""}],
    ids=["C", "strict C", "Turkish", "none"],
)  # fmt: skip
def test_whatever_language_the_machine_speaks(language: dict[str, str], tmp_path: Path) -> None:
    made = Repo(tmp_path / "app")
    made.write("app/grüße_東京.py", chat())
    made.commit("start")
    made.write("app/grüße_東京.py", chat(words=60))
    made.commit("the change")
    expected = _expected(made, tmp_path, *COMMITTED)
    assert "gr\\u00fc\\u00dfe" in expected
    got = answer(made, tmp_path / "home2", *COMMITTED, env=environment(_folder(tmp_path / "home2"), **language))
    assert got == (0, expected, "")
    for form in ("terminal", "markdown"):
        arguments = (*COMMITTED[:-1], form)
        code, out, err = answer(made, tmp_path, *arguments, env=environment(tmp_path, **language))
        assert (code, err) == (0, "")
        assert "grüße" in out


def _folder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


def test_two_runs_in_one_checkout_at_once_say_the_same(busy_repo: Repo, tmp_path: Path) -> None:
    expected = _expected(busy_repo, tmp_path)
    home = _folder(tmp_path / "home")
    outs = [tmp_path / f"{i}.json" for i in range(4)]
    running = [start(busy_repo, home, *ARGUMENTS, "--out", str(out)) for out in outs]
    said = [process.communicate() for process in running]
    assert [p.returncode for p in running] == [0] * 4, said
    assert {out.read_text() for out in outs} == {expected}
    assert answer(busy_repo, home)[:2] == (0, expected)
    same = tmp_path / "same.json"
    running = [start(busy_repo, home, *ARGUMENTS, "--out", str(same)) for _ in range(4)]
    assert [(p.communicate()[1], p.returncode) for p in running] == [(b"", 0)] * 4
    assert same.read_text() == expected
    assert [p.name for p in tmp_path.glob(".same*")] == []


def test_a_reader_that_goes_away_is_no_bug(committed: Repo, tmp_path: Path) -> None:
    """`aicost-review diff | head -1`"""
    with start(committed, tmp_path, *COMMITTED) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
    assert b"bug" not in err
    assert b"Traceback" not in err


def test_without_git_it_is_said(committed: Repo, tmp_path: Path) -> None:
    closed = environment(tmp_path, PATH=str(_folder(tmp_path / "empty")))
    code, _, err = answer(committed, tmp_path, *COMMITTED, env=closed)
    assert code == 2
    assert "git" in err
    assert "Install git" in err


def test_the_action_tells_each_file_that_the_disk_did_not_take(committed: Repo, tmp_path: Path) -> None:
    """The exit code is the verdict's; what could not be kept is said, and no piece of it lies about."""
    event = tmp_path / "event.json"
    head, base = committed.git("rev-parse", "HEAD"), committed.git("rev-parse", "HEAD~1")
    event.write_text(json.dumps({"after": head, "before": base, "ref": "refs/heads/main"}))
    done = subprocess.run(
        [sys.executable, "-m", "bot.action"],
        cwd=tmp_path,
        env=environment(
            tmp_path,
            GITHUB_EVENT_NAME="push",
            GITHUB_EVENT_PATH=str(event),
            GITHUB_WORKSPACE=str(committed.path),
            GITHUB_REPOSITORY="acme/app",
            RUNNER_TEMP=str(_folder(tmp_path / "runner")),
            PYTHONPATH=str(ROOT),
        ),
        preexec_fn=_limited(resource.RLIMIT_FSIZE, 200),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.splitlines()
    for name in ("review.json", "comment.md", "summary.md"):
        assert any(f"{name}: skipped" in line and "File too large" in line for line in said), name
    assert [p.name for p in (tmp_path / "runner").rglob("*") if p.is_file()] == ["outputs.env"]
