"""Limits of a whole run and of single files: each is met by a gap that names it, and the other files are read all the same."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from bot import git_objects
from bot.errors import ReviewError
from bot.git_objects import FILE_LIMIT_BYTES
from bot.revisions import open_repository
from prompts_scanner import parsing, workers
from prompts_scanner.parsing import Parser
from prompts_scanner.scan import scan
from prompts_scanner.sieve import MANY
from prompts_scanner.tree import MemoryTree
from tests.cli.conftest import Run, chat
from tests.revisions.conftest import Repo

FILES = {f"app/m{i}.py": chat(words=4 + i) for i in range(6)}


class Shelf:
    """A store in memory."""

    def __init__(self) -> None:
        self.items: dict[str, bytes] = {}

    def get_many(self, keys):
        return {k: self.items[k] for k in keys if k in self.items}

    def put_many(self, items):
        self.items.update(items)


def _read_and_left(files: dict[str, str], parser: Parser) -> tuple[int, list[str]]:
    found = scan(MemoryTree(files), parser=parser)
    return len(found.sites), [g.reason for g in found.gaps]


@pytest.mark.parametrize("workers", [0, 2])
def test_source_beyond_the_bytes_of_a_run_is_told_file_by_file(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    three = sum(len(text) for text in list(FILES.values())[:3])
    monkeypatch.setattr(parsing, "RUN_LIMIT_BYTES", three)
    sites, reasons = _read_and_left(FILES, Parser(workers=workers))
    assert sites == 3
    assert len(reasons) == 3
    assert all("MiB of source that a run parses" in reason for reason in reasons)


def test_after_the_time_of_a_run_the_rest_is_told_and_the_next_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, clock = Shelf(), [0.0]

    class Time:
        @staticmethod
        def monotonic() -> float:
            clock[0] += 100.0
            return clock[0]

    monkeypatch.setattr(workers, "time", Time)
    seen = []
    for _ in range(3):
        parser = Parser(store=shelf)
        sites, reasons = _read_and_left(FILES, parser)
        parser.flush()
        seen.append((sites, len(reasons)))
        assert all("480 seconds" in reason for reason in reasons)
    # the first look of a run starts its clock, each further file takes 100 seconds
    assert seen == [(5, 1), (6, 0), (6, 0)]


def test_a_file_beyond_its_bytes_is_told_by_the_command(aicost: Run, tmp_repo: Repo) -> None:
    tmp_repo.write("app/chat.py", chat())
    tmp_repo.write("app/large.py", chat() + "#" * git_objects.FILE_LIMIT_BYTES)
    tmp_repo.commit("start")
    done = json.loads(aicost("scan", str(tmp_repo.path), "--rev", "HEAD", "--format", "json").out)
    assert [(g["path"], g["reason"]) for g in done["gaps"]] == [("app/large.py", "larger than 1 MiB, not read")]
    assert [i["path"] for i in done["items"] if i["kind"] == "call"] == ["app/chat.py"]
    assert "larger than 1 MiB" in aicost("scan", str(tmp_repo.path), "--rev", "HEAD").out


def test_code_nested_without_end_is_told_by_the_command(aicost: Run, tmp_repo: Repo) -> None:
    tmp_repo.write("app/chat.py", chat())
    tmp_repo.write("app/deep.py", f"{chat()}\nx = {'-' * 40_000}1\n")
    tmp_repo.write("web/deep.ts", f"import OpenAI from 'openai';\nconst prompt = {'[' * 60_000}{']' * 60_000};\n")
    tmp_repo.commit("start")
    done = json.loads(aicost("scan", str(tmp_repo.path), "--rev", "HEAD", "--format", "json").out)
    assert {g["path"] for g in done["gaps"]} == {"app/deep.py", "web/deep.ts"}
    assert [i["path"] for i in done["items"] if i["kind"] == "call"] == ["app/chat.py"]


def test_a_tree_that_unfolds_without_end_ends_the_run_with_a_word(
    tmp_repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten levels of ten names for one tree are 10,000,000,000 files out of eleven objects; the listing is cut as it comes."""
    blob = tmp_repo.blob(chat().encode())
    tree = tmp_repo.raw_tree([("100644", f"f{i}.py".encode(), blob) for i in range(10)])
    for _ in range(9):
        tree = tmp_repo.raw_tree([("40000", f"d{i}".encode(), tree) for i in range(10)])
    monkeypatch.setattr(git_objects, "LISTING_LIMIT_BYTES", 1 << 20)
    with open_repository(tmp_repo.path) as opened, pytest.raises(ReviewError, match="list of files is over"):
        opened.tree(tmp_repo.commit_tree(tree))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="sends the parser a signal")
@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_parser_that_is_killed_costs_one_file(how: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    """A native crash, an abort, the kernel's out-of-memory killer: the process is gone, the run is not."""
    real = workers._exchange

    def exchange(process, frame):
        if b"m2.py" in frame:
            os.kill(process.pid, how)
        return real(process, frame)

    monkeypatch.setattr(workers, "_exchange", exchange)
    sites, reasons = _read_and_left(FILES, Parser(workers=1))
    assert (sites, reasons) == (5, ["the parser died or took too long; the file was not read"])


def test_a_limit_is_told_on_each_run_and_only_of_files_that_matter(aicost: Run, tmp_repo: Repo) -> None:
    """In a tree of many files, of which some on disk are not those of the last commit."""
    for n in range(MANY + 20):
        tmp_repo.write(f"app/m{n}.py", f"x = {n}\n")
    tmp_repo.write("app/large.py", "import openai\n")
    tmp_repo.commit("start")
    tmp_repo.write("app/large.py", "import openai\n" + "x = 1\n" * 200_000)
    tmp_repo.write("app/picture.png", "x" * (FILE_LIMIT_BYTES + 1))
    told = []
    for _ in range(2):
        done = json.loads(aicost("scan", str(tmp_repo.path), "--all", "--format", "json").out)
        told.append([(g["path"], g["reason"]) for g in done["gaps"]])
    assert told[0] == told[1] == [("app/large.py", "larger than 1 MiB, not read")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# x\n" * 400_000, ".aicost.yml cannot be read: larger than 1 MiB, not read"),
        ("# x\n" * 255_000, ".aicost.yml is larger than 1,000,000 bytes"),
        (f"x: {'[' * 40}{']' * 40}\n", "nested deeper than 24 levels"),
        ("x:\n" + "  - 1\n" * 60_000, "more than 50,000 values"),
        ("a: &a [1]\nb: {<<: *a}\n", "merge keys (`<<`) are not used here"),
    ],
    ids=["file", "bytes", "levels", "values", "merge"],
)
def test_a_policy_beyond_a_limit_is_an_error_that_names_it(text: str, told: str, aicost: Run, tmp_repo: Repo) -> None:
    tmp_repo.write(".aicost.yml", text)
    tmp_repo.commit("start")
    tmp_repo.write("app.py", chat(words=9))
    tmp_repo.commit("the change")
    done = aicost("diff", str(tmp_repo.path), "--base", "HEAD~1", "--head", "HEAD")
    assert done.code == 2
    assert told in done.err
