"""Words by content: what a tree answers, what was learnt before, and a store that lies."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bot.revisions import open_repository
from prompts_scanner.sieve import MANY, Sieve
from prompts_scanner.tree import MemoryTree
from tests.parsing.test_parser import Shelf

PATTERN = "gpt-|claude-"


class Counting(MemoryTree):
    """A tree that counts the files it is asked for."""

    def __init__(self, files: dict[str, str], ids: dict[str, str]) -> None:
        super().__init__(files)
        self.ids = ids
        self.reads = 0

    def key(self, path: str) -> str:
        return self.ids[path]

    def read(self, path: str) -> bytes | None:
        self.reads += 1
        return super().read(path)


def tree(**files: str) -> Counting:
    return Counting(files, {name: f"{sum(text.encode()) * 7919 % 10**40:040d}" for name, text in files.items()})


def test_a_content_is_looked_at_once() -> None:
    sieve = Sieve()
    base = tree(a="uses gpt-4o", b="nothing here")
    assert sieve.matching(base, base.paths(), PATTERN) == ["a"]
    assert base.reads == 2
    head = tree(a="uses gpt-4o", b="nothing here", c="claude-opus-4", d="else")
    assert sieve.matching(head, head.paths(), PATTERN) == ["a", "c"]
    assert head.reads == 2


def test_what_was_learnt_is_there_for_the_next_run_and_only_whole() -> None:
    shelf = Shelf()
    first = Sieve(shelf)
    one = tree(a="uses gpt-4o", b="nothing here")
    first.matching(one, one.paths(), PATTERN)
    first.flush()
    again = tree(a="uses gpt-4o", b="nothing here")
    assert Sieve(shelf).matching(again, again.paths(), PATTERN) == ["a"]
    assert again.reads == 0
    (name,) = shelf.items
    good = shelf.items[name]
    for bad in (good[:-1], good[:32] + good[32:].replace(b"\n", b" "), b"", b"x" * 100):
        shelf.items[name] = bad
        anew = tree(a="uses gpt-4o", b="nothing here")
        assert Sieve(shelf).matching(anew, anew.paths(), PATTERN) == ["a"]
        assert anew.reads == 2


def test_git_and_reading_agree_on_a_real_repository(tmp_path: Path) -> None:
    """Over `MANY` files git is asked, below it the bytes are: the answers are the same."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for i in range(MANY + 20):
        content = b"x = %d\n" % i
        if i % 7 == 0:
            content += b"# gpt-%d\r\n" % i
        if i % 11 == 0:
            content += b"\xff\xfe\0 claude-\n"
        (tmp_path / f"file {i}.py").write_bytes(content)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=A", "-c", "user.email=a@example.invalid"]
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "all"], check=True)
    (tmp_path / "file 3.py").write_text("now gpt-5\n")
    (tmp_path / "new.py").write_text("claude-new\n")
    expected = [f"file {i}.py" for i in range(MANY + 20) if i % 7 == 0 or i % 11 == 0]
    with open_repository(tmp_path) as repository:
        for files, wanted in (
            (repository.tree("HEAD"), expected),
            (repository.worktree(), [*expected, "file 3.py", "new.py"]),
        ):
            assert len(files.paths()) > MANY
            assert sorted(Sieve().matching(files, files.paths(), PATTERN)) == sorted(wanted)
            some = files.paths()[: MANY - 1]
            assert sorted(Sieve().matching(files, some, PATTERN)) == sorted(set(wanted) & set(some))


class Holed(MemoryTree):
    """A tree with a file that cannot be read; git, where it is asked, says that the file matches or does not."""

    def __init__(self, *, stored: frozenset[str] | None) -> None:
        super().__init__({"a": "uses gpt-4o", "big": "gpt-4o"})
        self.stored = stored

    def read(self, path: str) -> bytes | None:
        return None if path == "big" else super().read(path)

    def matching(self, pattern: str) -> frozenset[str] | None:
        return self.stored


def test_a_file_that_cannot_be_read_may_hold_any_word_and_is_not_remembered() -> None:
    shelf = Shelf()
    for _ in range(2):
        sieve = Sieve(shelf)
        for stored, expected in (
            (None, ["a", "big"]),
            (frozenset({"big"}), ["a", "big"]),
            (frozenset[str](), ["a"]),
        ):
            files = Holed(stored=stored)
            assert sieve.matching(files, files.paths(), PATTERN) == expected
        sieve.flush()
