"""Files that formats read in a process of its own: BAML, templates, files of the environment. What ends it costs one file."""

from __future__ import annotations

import os
import pickle
import signal
from hashlib import sha256
from pathlib import Path

import pytest

from bot.quiet import quiet_review
from prompts_scanner import documents_apart, files_apart, workers
from prompts_scanner.files import FilesView, TreeFiles
from prompts_scanner.formats import FORMATS, baml, env, template
from prompts_scanner.model import Gap, Span
from prompts_scanner.parsing import Parser
from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree

SYSTEM = "You are the assistant of a shop for bicycles. Answer in two sentences and name the page. "
FUNCTION = """function {name}(question: string) -> Answer {{
  client Fast
  prompt #"
    {{{{ _.role("system") }}}}
    {system}
    {{{{ ctx.output_format }}}}
    {{{{ question }}}}
  "#
}}
"""
CLIENTS = 'client<llm> Fast {\n  provider openai\n  options { model "gpt-4o-mini" max_tokens 300 }\n}\n'
TREE = {
    "baml_src/clients.baml": CLIENTS,
    "baml_src/types.baml": "class Answer {\n  text string\n  page string\n}\n",
    "baml_src/ask.baml": FUNCTION.format(name="Ask", system=SYSTEM),
    "baml_src/again.baml": FUNCTION.format(name="Again", system=SYSTEM),
    "prompts/answer.j2": "{% include 'rules.j2' %}\n" + SYSTEM + "{{ question }}",
    "prompts/rules.j2": "Never name a price that is not on the page. {% if member %}Thank them.{% endif %}",
    "prompts/ask.prompty": f"---\nname: ask\nmodel:\n  configuration:\n    azure_deployment: gpt-4o\n---\nsystem:\n{SYSTEM}"
    "{% include 'rules.j2' %}\n",
    "prompts/greet.mustache": SYSTEM + "{{> rules }} {{name}}",
    ".env.example": "CHAT_MODEL=gpt-4o\nTOP_K=5\n",
    "app.py": "import os\nfrom openai import OpenAI\n"
    "OpenAI().chat.completions.create(model=os.environ['CHAT_MODEL'], messages=[{'role': 'user', 'content': 'Hello'}])\n",
}
ENDS = pytest.mark.skipif(not Path("/proc").is_dir(), reason="sends the reader a signal")
VICTIMS = ["baml_src/ask.baml", "prompts/answer.j2", ".env.example"]


def test_what_another_process_reads_is_what_this_one_reads() -> None:
    """Also where a file needs others: includes, and the clients and classes of a folder."""
    here = scan(MemoryTree(TREE))
    assert here == scan(MemoryTree(TREE), parser=Parser(workers=1))
    assert [s.model.values for s in here.sites] == [("gpt-4o",), *[("gpt-4o-mini",)] * 2, ("gpt-4o",)]
    parser = Parser(workers=1)
    scan(MemoryTree(TREE), parser=parser)
    dearer = {**TREE, "baml_src/clients.baml": CLIENTS.replace("gpt-4o-mini", "gpt-4.1")}
    assert scan(MemoryTree(dearer), parser=parser) == scan(MemoryTree(dearer)), "what files share is of one tree"


@ENDS
@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
@pytest.mark.parametrize("victim", VICTIMS)
def test_a_file_that_kills_its_reader_costs_one_file(
    victim: str, how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = workers._exchange

    def exchange(process, frame):
        if f'"{victim}"'.encode() in frame and documents_apart.FILE.encode() in frame:
            os.kill(process.pid, how)
            process.wait()
        return real(process, frame)

    monkeypatch.setattr(workers, "_exchange", exchange)
    parser = Parser(workers=1)
    found = scan(MemoryTree(TREE), parser=parser)
    assert found.gaps == (Gap(span=Span(victim, 1, 1), reason=documents_apart.DIED, weight=70),)
    without = scan(MemoryTree(TREE))
    assert {s.span.path for s in without.sites} - {s.span.path for s in found.sites} <= {victim}
    assert len(found.prompts) >= len(without.prompts) - 2
    monkeypatch.setattr(workers, "_exchange", real)
    assert scan(MemoryTree(TREE), parser=parser) == without, "the next scan tries it again"


@ENDS
def test_a_reader_that_dies_while_it_asks_for_another_file_costs_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer meets a new process, which nobody asked anything."""
    real = workers._exchange
    killed = []

    def exchange(process, frame):
        if not killed and documents_apart.TOLD.encode() in frame:
            killed.append(process.pid)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        return real(process, frame)

    monkeypatch.setattr(workers, "_exchange", exchange)
    found = scan(MemoryTree(TREE), parser=Parser(workers=1))
    assert len(killed) == 1
    assert [g.reason for g in found.gaps] == [documents_apart.DIED]
    pool = workers.Workers(1)
    assert pool.ask(documents_apart.TOLD, b"null") == b""
    pool.close()


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP") or not Path("/proc").is_dir(), reason="stops the reader")
def test_a_reader_that_hangs_costs_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    real = workers._exchange

    def exchange(process, frame):
        if b'"baml_src/ask.baml"' in frame and documents_apart.FILE.encode() in frame:
            os.kill(process.pid, signal.SIGSTOP)
        return real(process, frame)

    monkeypatch.setattr(workers, "_exchange", exchange)
    monkeypatch.setattr(workers, "FILE_LIMIT_SECONDS", 5.0)
    found = scan(MemoryTree(TREE), parser=Parser(workers=1))
    assert [(g.span.path, g.reason) for g in found.gaps] == [("baml_src/ask.baml", documents_apart.DIED)]


@pytest.mark.parametrize(
    ("reader", "path", "text"),
    [
        (baml, "baml_src/ask.baml", FUNCTION.format(name="Ask", system=SYSTEM * 4_000)),
        (template, "prompts/answer.j2", (SYSTEM + "{{ question }}") * 4_000),
        (env, ".env", "".join(f"NAME_{n}=value of it {n}\n" for n in range(20_000))),
    ],
    ids=["baml", "template", "env"],
)
def test_a_file_that_needs_more_memory_than_a_reader_has_is_one_gap(reader, path: str, text: str) -> None:
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit") or not Path("/proc").is_dir():
        pytest.skip("this system cannot lower the limit of another process")
    pool = workers.Workers(1)
    view = FilesView(TreeFiles(MemoryTree({path: text}), [path]))
    apart = files_apart.FilesApart(pool.ask, str)

    def used() -> int:
        return int(Path(f"/proc/{pool._idle[0]._process.pid}/statm").read_text().split()[0])

    try:
        whole = apart.read(reader, path, text, view)
        assert whole.gaps == ()
        much = used()
        pool.close()
        apart.read(reader, path, text[:200], view)
        little = used()
        assert little < much, "reading the large one takes memory"
        resource.prlimit(pool._idle[0]._process.pid, resource.RLIMIT_AS, (little * resource.getpagesize(),) * 2)
        (gap,) = apart.read(reader, path, text, view).gaps
        assert gap.span == Span(path, 1, 1)
        assert "memory" in gap.reason or gap.reason == documents_apart.DIED
        pool.close()
        assert apart.read(reader, path, text, view) == whole, "a new process reads it"
    finally:
        pool.close()


def test_an_answer_that_is_no_value_of_a_format_is_not_believed(tmp_path: Path) -> None:
    target = tmp_path / "PWNED"

    class Canary:
        def __reduce__(self):
            return (os.system, (f"touch {target}",))

    evil = pickle.dumps(("found", Canary(), ()))
    view = FilesView(TreeFiles(MemoryTree(TREE), TREE))
    for bad in (None, b"", evil, sha256(evil).digest() + evil, files_apart._sealed(("found", (), ()))):
        died: set[str] = set()
        answer = files_apart.FilesApart(lambda _path, _data, bad=bad: bad, str, died).read(FORMATS[0], "a", "b", view)
        assert [g.reason for g in answer.gaps] == [documents_apart.DIED]
        assert died == {"a"}
    assert not target.exists()


def test_a_quiet_change_starts_a_process_only_for_a_file_that_has_to_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    real = workers._start
    monkeypatch.setattr(workers, "_start", lambda: started.append(1) or real())
    code = {"app.py": "x = 1\n", "package.json": '{"name": "x"}', "README.md": "# Bicycles\n", "ci.yml": "on: push\n"}
    assert quiet_review(MemoryTree(code), MemoryTree({**code, "app.py": "x = 2\n"}), ()) is not None
    assert started == []
    more = {**code, ".github/workflows/ci.yml": "on: push\nenv:\n  REGION: eu\n"}
    assert quiet_review(MemoryTree(code), MemoryTree(more), ()) is not None
    assert started == [1]


def test_after_the_time_of_a_run_other_files_are_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """YAML that code reads, BAML, templates, files of the environment: the clock of a run is one for all that is read."""
    code = "import yaml\nPROMPTS = yaml.safe_load(open('prompts.yaml'))\nMAX_RESULTS = 5\n"
    tree = {**TREE, "prompts.yaml": f"system: {SYSTEM}\n", "ask.py": code}
    files = {path for path in tree if not path.endswith(".py")}
    monkeypatch.setattr(workers, "RUN_LIMIT_SECONDS", -1.0)
    parser = Parser(workers=1)
    found = scan(MemoryTree(tree), parser=parser)
    assert all("seconds that a run parses, not read; the next run goes on from here" in g.reason for g in found.gaps)
    assert {g.span.path for g in found.gaps} == set(tree)
    assert parser.documents is not None
    assert parser.documents.died == files
    monkeypatch.undo()
    assert scan(MemoryTree(tree), parser=Parser(workers=1)).gaps == ()


def test_a_reader_that_asks_without_end_is_ended_and_the_next_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_apart, "MAX_QUESTIONS", 1)
    pool = workers.Workers(1)
    view = FilesView(TreeFiles(MemoryTree(TREE), TREE))
    apart = files_apart.FilesApart(pool.ask, str)
    try:
        path = "baml_src/ask.baml"
        assert [g.reason for g in apart.read(baml, path, TREE[path], view).gaps] == [documents_apart.DIED]
        assert apart.read(env, ".env.example", TREE[".env.example"], view).gaps == ()
        assert apart.died == {path}
    finally:
        pool.close()


def test_the_time_of_a_file_is_for_all_that_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_apart, "LIMIT_SECONDS", -1.0)
    found = scan(MemoryTree(TREE), parser=Parser(workers=1))
    assert {g.reason for g in found.gaps} == {documents_apart.DIED}
    assert {g.span.path for g in found.gaps} == {path for path in TREE if path != "app.py"}
