"""The cache of parsed files: whole, bounded, shared, and never in the way."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bot import console
from bot.cache import SqliteStore, kept_parser


def store(file: Path, day: int = 1, limit_bytes: int = 1 << 20) -> SqliteStore:
    return SqliteStore(file, day, limit_bytes)


def test_what_was_put_is_there_for_the_next_run(tmp_path: Path) -> None:
    one = store(tmp_path / "deep" / "cache.db")
    one.put_many({f"k{i}": b"v%d" % i for i in range(1200)})
    one.close()
    two = store(tmp_path / "deep" / "cache.db")
    assert two.get_many([f"k{i}" for i in range(1300)]) == {f"k{i}": b"v%d" % i for i in range(1200)}
    two.close()


def test_asking_makes_no_file(tmp_path: Path) -> None:
    assert store(tmp_path / "cache.db").get_many(["a"]) == {}
    assert list(tmp_path.iterdir()) == []


def test_what_was_not_used_longest_goes_first(tmp_path: Path) -> None:
    file = tmp_path / "cache.db"
    one = store(file, day=1, limit_bytes=10_000)
    one.put_many({"old": b"x" * 4_000, "used": b"x" * 3_000})
    one.close()
    two = store(file, day=2, limit_bytes=10_000)
    assert set(two.get_many(["used"])) == {"used"}
    two.put_many({"new": b"x" * 4_000})  # 11,000 bytes: trimmed to three quarters of the limit
    assert set(two.get_many(["old", "used", "new"])) == {"used", "new"}
    two.close()


@pytest.mark.parametrize(
    "damage", [b"", b"not a database, but long enough to be looked at" * 100, b"SQLite format 3\0" + b"\xff" * 4000]
)
def test_a_damaged_file_is_replaced_and_the_run_goes_on(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "cache.db"
    file.write_bytes(damage)
    one = store(file)
    assert one.get_many(["a"]) == {}
    one.put_many({"a": b"1"})
    one.close()
    two = store(file)
    two.put_many({"a": b"1"})
    assert two.get_many(["a"]) == {"a": b"1"}
    two.close()


def test_a_file_of_a_later_format_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "cache.db"
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    assert store(file).get_many(["a"]) == {}


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file where a folder is wanted")
    one = store(blocked / "cache.db")
    one.put_many({"a": b"1"})
    assert one.get_many(["a"]) == {}
    assert blocked.read_text().startswith("a file")


def test_a_locked_cache_is_gone_without(tmp_path: Path) -> None:
    file = tmp_path / "cache.db"
    one = store(file)
    one.put_many({"a": b"1"})
    one.close()
    holder = sqlite3.connect(file)
    holder.execute("BEGIN EXCLUSIVE")
    two = store(file)
    two.put_many({"b": b"2"})
    assert two.get_many(["a"]) == {}
    holder.rollback()
    holder.close()
    three = store(file)
    assert three.get_many(["a", "b"]) == {"a": b"1"}
    three.close()


WRITER = """
import sys
from pathlib import Path
from bot.cache import SqliteStore
one = SqliteStore(Path(sys.argv[1]), 1)
print("ready", flush=True)
for i in range(10_000):
    one.put_many({f"{i}-{j}": b"x" * 2_000 for j in range(20)})
"""


def test_killed_while_writing_leaves_a_whole_file(tmp_path: Path) -> None:
    file = tmp_path / "cache.db"
    for moment in range(1, 7):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"ready"
        try:
            process.wait(timeout=0.03 * moment)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        process.stdout.close()
        with sqlite3.connect(file) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.close()
    one = store(file)
    assert one.get_many(["0-0"]) == {"0-0": b"x" * 2_000}
    one.close()


def test_two_runs_write_at_once(tmp_path: Path) -> None:
    file = tmp_path / "cache.db"
    code = (
        "import sys\nfrom pathlib import Path\nfrom bot.cache import SqliteStore\n"
        "s = SqliteStore(Path(sys.argv[1]), 1)\n"
        "for i in range(30): s.put_many({sys.argv[2] + str(i): b'x'})\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    runs = [subprocess.Popen([sys.executable, "-c", code, str(file), name], env=environment) for name in "ab"]
    assert [run.wait() for run in runs] == [0, 0]
    one = store(file)
    found = one.get_many([f"{name}{i}" for name in "ab" for i in range(30)])
    one.close()
    assert len(found) >= 30
    assert set(found.values()) == {b"x"}


def test_a_user_without_a_home_has_no_cache_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that is run as a number: `docker run --user 12345`."""
    for name in ("HOME", "XDG_CACHE_HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)

    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", staticmethod(nobody))
    assert console.cache_file("parsed.sqlite") is None
    with kept_parser(console.cache_file("parsed.sqlite"), 1, 0) as parser:
        assert parser.parse("a.py", "1", lambda _: b"x = 1") is not None
