"""A run that is ended at any moment leaves the old files or the new ones, and never a piece of one.

Fifty moments spread over a run for SIGKILL, and twenty-five for SIGTERM. The moments are drawn anew each time: where one breaks
a promise, its seed is in the failure.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.conftest import ARGUMENTS, answer, start
from tests.revisions.conftest import Repo

MOMENTS = {signal.SIGTERM: 25, signal.SIGKILL: 50}
pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for left processes in /proc")


def _length_seconds(repo: Repo, folder: Path) -> float:
    """Of a whole run without a cache, on this machine, now: it places the moments, nothing is judged by it."""
    begun = time.monotonic()
    code, _, err = answer(repo, folder)
    assert code == 0, err
    return time.monotonic() - begun


def _left(session: int) -> list[str]:
    """The processes of a session that are still there, with their command lines."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def _wait_until_gone(session: int) -> list[str]:
    for _ in range(600):
        if not (left := _left(session)):
            return []
        time.sleep(0.1)
    return left


def _temporary(home: Path) -> set[str]:
    folder = home / "temporary"
    return {p.name for p in folder.iterdir()} if folder.exists() else set()


@pytest.mark.slow
@pytest.mark.parametrize("how", MOMENTS, ids=lambda how: how.name)
def test_ended_at_any_moment_nothing_is_half_written(how: signal.Signals, busy_repo: Repo, tmp_path: Path) -> None:
    whole = _length_seconds(busy_repo, tmp_path / "reference_home")
    _, expected, _ = answer(busy_repo, tmp_path / "reference_home")
    seed = random.randrange(1 << 30)
    chance = random.Random(seed)
    home, out = tmp_path / "home", tmp_path / "out" / "review.json"
    home.mkdir()
    out.parent.mkdir()
    files_before = sorted(p for p in busy_repo.path.rglob("*") if ".git/" not in str(p))
    ended = 0
    for moment in range(MOMENTS[how]):
        if moment % 5 == 0:  # now and then with an empty cache, so that the workers and the writing are hit too
            for file in home.rglob("*.sqlite*"):
                file.unlink()
        out.unlink(missing_ok=True)
        if moment % 2:
            out.write_text("old")
        left_before = _temporary(home)  # of runs that were killed and could not tidy up
        process = start(
            busy_repo, home, *ARGUMENTS, "--out", str(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0, whole))
        process.send_signal(how)
        code = process.wait()
        ended += code != 0
        told = f"seed {seed}, moment {moment}, exit {code}"
        assert code in (0, -how, 128 + how), told
        assert _wait_until_gone(process.pid) == [], told
        if out.exists():
            assert out.read_text() == "old" or json.loads(out.read_text())["schema_version"] == "1", told
        if code in (0, 128 + how):  # it had the time to tidy up
            assert [p.name for p in out.parent.iterdir()] in ([], [out.name]), told
            assert _temporary(home) <= left_before, told
        for file in home.rglob("*.sqlite"):
            with sqlite3.connect(file) as database:
                assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)], told
        assert sorted(p for p in busy_repo.path.rglob("*") if ".git/" not in str(p)) == files_before, told
        assert not list((busy_repo.path / ".git").glob("*.lock")), told
    assert ended > 0, "no run was cut off: the moments lie too late"
    assert answer(busy_repo, home)[:2] == (0, expected)


def test_what_is_ended_politely_ends_with_its_own_code(busy_repo: Repo, tmp_path: Path) -> None:
    """128 + SIGTERM, as a shell would say it, without a word of a bug."""
    process = start(busy_repo, tmp_path)
    while not _children(process.pid):  # git or a parser: the run is under way
        assert process.poll() is None
    os.kill(process.pid, signal.SIGTERM)
    _, err = process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert b"bug" not in err


def _children(pid: int) -> str:
    try:
        return "".join(file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children"))
    except OSError:
        return ""
