"""Questions shared out to copies of the process: the same answers as in one, and a copy that dies costs what it was asked."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from prompts_scanner import copies, sharing
from prompts_scanner.copies import Copies, Wire
from prompts_scanner.frozen import Codec
from prompts_scanner.memory_codec import unpack_memory
from prompts_scanner.parsing import Parser
from prompts_scanner.questions import Questions
from prompts_scanner.scan import call_sites, scan
from prompts_scanner.tree import MemoryTree
from tests.memory.test_memory import FIRST, Partial, edits
from tests.parsing.test_parser import FILES, Shelf

pytestmark = pytest.mark.skipif(not copies.POSSIBLE, reason="processes cannot be copied here")
# Documents that code reads are read by the parser's process, a file beyond the candidates is parsed there.
READS = {
    "app/flow.py": "import yaml\nfrom openai import OpenAI\nfrom app.far import SIZE\nRULES = yaml.safe_load(open('prompts/rules.yaml'))\n"
    "def go(q):\n    return OpenAI().chat.completions.create(model=RULES['model'], max_tokens=SIZE, "
    "messages=[{'role': 'system', 'content': RULES['text']}, {'role': 'user', 'content': q}])\n",
    "app/far.py": "SIZE = 321\n",
    "prompts/rules.yaml": "model: gpt-4.1-mini\ntext: Keep to the rules of the house, and say which of them you used.\n",
}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The process ids of the copies; few questions are worth one, and a parser in this process shares too."""
    made: list[int] = []
    fork = os.fork

    def counted() -> int:
        pid = fork()
        made.append(pid)
        return pid

    monkeypatch.setattr(os, "fork", counted)
    monkeypatch.setattr(sharing, "EACH", dict.fromkeys(sharing.EACH, 1))
    monkeypatch.setattr(sharing, "AT_ONCE", dict.fromkeys(sharing.AT_ONCE, 1))
    return made


class Shared(Parser):
    """Parses here, and says that there are so many cores."""

    processes = 3  # type: ignore[assignment]


@pytest.mark.parametrize("files", [FIRST, {**FIRST, **READS}, dict(FILES)], ids=["product", "reading", "many"])
@pytest.mark.parametrize("make", [lambda: Parser(workers=2), Shared], ids=["workers", "no workers"])
def test_copies_answer_as_this_process_does(
    files: dict[str, str], make: Callable[[], Parser], started: list[int]
) -> None:
    expected = scan(MemoryTree(files))
    assert not started
    assert scan(MemoryTree(files), parser=make()) == expected
    assert len(started) >= 4, "two for the modules, two for the groups"
    assert call_sites(MemoryTree(files), parser=make()) == expected.sites


def test_what_code_reads_is_found_by_a_copy() -> None:
    """Else the test above would say little of documents and of files that only an import leads to."""
    (site,) = (s for s in scan(MemoryTree(READS)).sites if s.span.path == "app/flow.py")
    assert site.model.values == ("gpt-4.1-mini",)
    assert site.output_cap.values == ("321",)
    assert "rules of the house" in "".join(s.text.literal for s in site.surfaces)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(trees=edits())
def test_so_it_is_with_memory(trees: list[dict[str, str]], started: list[int]) -> None:
    parser = Shared()
    for files in trees:
        assert scan(MemoryTree(files), parser=parser) == scan(MemoryTree(files))
    assert started


def test_what_is_remembered_is_the_same(started: list[int]) -> None:
    files = {**FIRST, **READS}
    kept = []
    for parser in (Parser(store=Shelf()), Shared(store=Shelf())):
        scan(MemoryTree(files), parser=parser)
        parser.flush()
        kept.append(parser._store.items)
    names = [sorted(items) for items in kept]
    assert names[0] == names[1]
    for name in names[0]:
        alone, shared = (items[name] for items in kept)
        if name.startswith("memory:"):
            assert unpack_memory(alone) == unpack_memory(shared)
        else:
            assert alone == shared
    assert started


@pytest.mark.parametrize("path", sorted({**FIRST, **READS}))
def test_what_cannot_be_read_is_told_all_the_same(path: str, started: list[int]) -> None:
    files, parser = {**FIRST, **READS}, Shared()
    expected = scan(Partial(files, path))
    assert scan(Partial(files, path), parser=parser) == expected
    assert scan(Partial(files, path), parser=parser) == expected, "it is tried again"
    assert scan(Partial(files, None), parser=parser) == scan(MemoryTree(files))
    assert started


# -- copies that die ------------------------------------------------------------------------------------------------------


def _dying(monkeypatch: pytest.MonkeyPatch, name: str, whom: object, how: Callable[[], object]) -> None:
    """A copy that is asked this of a path, or of a group, dies of it."""
    here, usual = os.getpid(), getattr(Questions, name)

    def answer(self, view, *of):
        if os.getpid() != here and of == (whom,):
            how()
        return usual(self, view, *of)

    monkeypatch.setattr(Questions, name, answer)


def _use_memory() -> None:
    raise MemoryError


WAYS = {
    "signal 9": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "signal 11": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "status 5": lambda: os._exit(5),
    "it needs more memory than a reader has": _use_memory,
}


@pytest.mark.parametrize("why", WAYS)
@pytest.mark.parametrize("question", ["_look", "_surfaces", "_begin"])
def test_a_copy_that_dies_costs_what_it_was_asked(
    question: str, why: str, monkeypatch: pytest.MonkeyPatch, started: list[int]
) -> None:
    _dying(monkeypatch, question, ("app/m7.py",) if question == "_begin" else "app/m7.py", WAYS[why])
    shelf = Shelf()
    parser = Shared(store=shelf)
    found = scan(MemoryTree(FILES), parser=parser)
    assert [(g.span.path, g.span.first_line, why in g.reason) for g in found.gaps] == [("app/m7.py", 1, True)]
    whole = scan(MemoryTree(FILES))
    lost = ["app/m7.py"] if question != "_surfaces" else []
    assert sorted({s.span.path for s in whole.sites} - {s.span.path for s in found.sites}) == lost
    parser.flush()
    monkeypatch.undo()
    assert scan(MemoryTree(FILES), parser=Parser(store=shelf)) == whole, "the next run tries it again"


def test_a_group_that_kills_is_told_with_its_size(monkeypatch: pytest.MonkeyPatch, started: list[int]) -> None:
    group = ("app/client.py", "app/desk.py")
    monkeypatch.setattr(
        "prompts_scanner.questions.likely", lambda looks, calling: [group, ("app/agent.py",), ("app/run.py",)]
    )
    monkeypatch.setattr("prompts_scanner.questions.merged", list)
    _dying(monkeypatch, "_begin", group, WAYS["signal 9"])
    (gap,) = scan(MemoryTree(FIRST), parser=Shared()).gaps
    assert gap.span.path == "app/client.py"
    assert gap.reason == (
        "the process that read its calls and prompts and 1 more that belong with it died (signal 9); they are not known"
    )


def test_no_more_processes_than_the_system_gives(monkeypatch: pytest.MonkeyPatch, started: list[int]) -> None:
    def none() -> int:
        raise OSError("no more processes")

    monkeypatch.setattr(os, "fork", none)
    assert scan(MemoryTree(FIRST), parser=Shared()) == scan(MemoryTree(FIRST))


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="this system does not tell how large a process is")
@pytest.mark.parametrize(("mib", "why"), [(64, ""), (256, "it needs more memory than a reader has")])
def test_what_a_copy_begins_with_is_not_counted(mib: int, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large run has copies as large as itself: their limit, here 128 MiB, is on what they take beside."""
    monkeypatch.setattr(copies, "LIMIT_BYTES", 128 << 20)
    before = bytearray(192 << 20)

    def work(wire: Wire) -> None:
        wire.send("taken", len(bytearray(mib << 20)))

    with Copies(1, work, Codec(())) as made:
        said = [message for _, message in made.messages()]
    assert said == ([("taken", mib << 20)] if not why else []) + [why]
    assert len(before) > copies.LIMIT_BYTES


def test_what_a_copy_raises_is_raised_here(monkeypatch: pytest.MonkeyPatch, started: list[int]) -> None:
    def broken() -> None:
        raise KeyError("a mistake of ours")

    _dying(monkeypatch, "_look", "app/m7.py", broken)
    with pytest.raises(RuntimeError, match="a mistake of ours"):
        scan(MemoryTree(FILES), parser=Shared())
    assert _gone(started)


def test_copies_end_with_the_one_that_started_them(started: list[int]) -> None:
    def work(wire: Wire) -> None:
        wire.ask("nothing that is answered")

    with pytest.raises(SystemExit), Copies(3, work, Codec(())):
        assert len(started) == 3
        sys.exit(1)
    assert _gone(started)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no /proc to look at open files")
def test_a_copy_has_nothing_open_but_its_pipe(tmp_path: Path) -> None:
    def work(wire: Wire) -> None:
        shown = sorted((int(p.name), str(p.readlink())) for p in Path("/proc/self/fd").iterdir() if p.is_symlink())
        wire.send("open", tuple(shown))

    with (tmp_path / "cache").open("w"), Copies(1, work, Codec(())) as made:
        said = [message for _, message in made.messages()]
    assert said[1:] == [""]
    names = [name for _, name in said[0][1]]
    assert names[:3] == [os.devnull] * 3
    assert [name.partition(":")[0] for name in names[3:]] == ["socket"]


def test_looking_for_garbage_goes_on(started: list[int]) -> None:
    scan(MemoryTree(FIRST), parser=Shared())
    assert started
    assert gc.get_freeze_count() == 0


def _gone(pids: list[int]) -> bool:
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    return True
