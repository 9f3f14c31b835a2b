"""Documents beyond the limits: each is a gap with its limit in words, and what stood in them is unknown, never gone.

A padded or damaged file must not read as a saving: whoever wants a dearer prompt merged would only have to pad its file.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
from hashlib import sha256
from pathlib import Path

import pytest

from prompts_scanner import documents_apart, workers
from prompts_scanner.documents import MAX_CHARS, document_value, read_document
from prompts_scanner.files import GAVE_UP
from prompts_scanner.formats import promptfoo
from prompts_scanner.model import Span
from prompts_scanner.parsing import Parser
from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree
from prompts_scanner.unread import MAX_DEPTH, MAX_NODES, UnreadDocumentError
from tests.cli.conftest import Run
from tests.revisions.conftest import Repo

SYSTEM = "You are the assistant of a shop for bicycles. Answer in two sentences and name the page. "
EVALUATION = (
    "prompts: ['Answer the question about bicycles: {{q}}']\nproviders: [openai:gpt-4o]\ntests: [{vars: {q: x}}]\n"
)
BOMB = "a: &a [1,1]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 8)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)
)
LIMITS = {
    "characters": (f"#{'x' * MAX_CHARS}\n", f"{MAX_CHARS:,} characters"),
    "aliases": (BOMB, f"{MAX_NODES:,} values"),
    "nesting": (f"x: {'[' * (MAX_DEPTH + 10)}{']' * (MAX_DEPTH + 10)}\n", f"{MAX_DEPTH} levels"),
    "flow": (f"x: {'[' * 5000}{']' * 5000}\n", f"{MAX_DEPTH} levels"),
    "syntax": ("x: [1\n", "not valid YAML"),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_each_limit_of_a_document_is_one_gap_that_names_it(limit: str) -> None:
    text, words = LIMITS[limit]
    found = scan(MemoryTree({"promptfooconfig.yaml": EVALUATION + text, "prompts/other.md": SYSTEM * 3}))
    assert [(g.span.path, words in g.reason) for g in found.gaps] == [("promptfooconfig.yaml", True)]
    assert found.sites == ()
    assert [p.surface.span.path for p in found.prompts] == ["prompts/other.md"]


@pytest.mark.parametrize("limit", LIMITS)
def test_what_stood_in_a_file_that_reached_a_limit_is_unknown_and_not_saved(
    limit: str, aicost: Run, tmp_repo: Repo
) -> None:
    tmp_repo.write("promptfooconfig.yaml", EVALUATION)
    tmp_repo.commit("start")
    tmp_repo.write("promptfooconfig.yaml", EVALUATION.replace("gpt-4o", "gpt-5") + LIMITS[limit][0])
    tmp_repo.commit("dearer, and padded")
    done = aicost("diff", str(tmp_repo.path), "--base", "HEAD~1", "--head", "HEAD", "--format", "json")
    review = json.loads(done.out)
    assert review["summary"]["direction"] == "unknown"
    assert [g["path"] for g in review["new_gaps"]] == ["promptfooconfig.yaml"]
    assert [c["usd_per_call"] for change in review["changes"] for c in change["causes"]] == [None]


def test_an_edit_of_a_file_that_neither_side_could_be_read_in_is_told(aicost: Run, tmp_repo: Repo) -> None:
    tmp_repo.write("promptfooconfig.yaml", EVALUATION + LIMITS["characters"][0])
    tmp_repo.commit("start")
    tmp_repo.write("README.md", "Bicycles.\n")
    tmp_repo.commit("another file")
    same = json.loads(aicost("diff", str(tmp_repo.path), "--base", "HEAD~1", "--head", "HEAD", "--format", "json").out)
    assert (same["summary"]["direction"], same["new_gaps"]) == ("none", [])
    tmp_repo.write("promptfooconfig.yaml", EVALUATION.replace("gpt-4o", "gpt-5") + LIMITS["characters"][0])
    tmp_repo.commit("dearer, padded as before")
    edited = json.loads(
        aicost("diff", str(tmp_repo.path), "--base", "HEAD~1", "--head", "HEAD", "--format", "json").out
    )
    assert (edited["summary"]["direction"], len(edited["new_gaps"])) == ("unknown", 1)


@pytest.mark.parametrize(
    "text",
    [
        f"{'.'.join('a' * 40_000)} = 1",
        f"[{'.'.join('a' * 40_000)}]",
        f"x = {{{'.'.join('a' * 40_000)} = 1}}",
        '"a".' * 40_000 + "b = 1",
        f"x = {'[' * 100_000}",
    ],
    ids=["key", "table", "inline", "quoted", "lists"],
)
def test_keys_of_toml_without_end_are_refused_before_the_parser_sees_them(text: str) -> None:
    with pytest.raises(UnreadDocumentError):
        read_document("settings.toml", text)
    assert document_value("settings.toml", text) is None


def test_a_reader_that_breaks_costs_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(promptfoo, "read", broken)
    found = scan(MemoryTree({"promptfooconfig.yaml": EVALUATION, "prompts/other.md": SYSTEM * 3}))
    assert [g.reason for g in found.gaps] == [f"{GAVE_UP} (KeyError)"]
    assert len(found.prompts) == 1


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RecursionError, "nested too deeply to be read"),
        (MemoryError, "needs more memory than a reader has, not read"),
    ],
)
def test_a_reader_that_runs_out_of_stack_or_memory_costs_one_file(
    error: type[BaseException], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(promptfoo, "read", broken)
    found = scan(MemoryTree({"promptfooconfig.yaml": EVALUATION, "prompts/other.md": SYSTEM * 3}))
    assert [g.reason for g in found.gaps] == [told]
    assert len(found.prompts) == 1


MANY = {f"p{i}/promptfooconfig.yaml": EVALUATION for i in range(4)}
ENDS = pytest.mark.skipif(not Path("/proc").is_dir(), reason="sends the reader a signal")


def _read_apart(files: dict[str, str], parser: Parser | None = None) -> tuple[list[str], list[tuple[str, str]]]:
    found = scan(MemoryTree(files), parser=parser or Parser(workers=1))
    return [s.span.path for s in found.sites], [(g.span.path, g.reason) for g in found.gaps]


def test_documents_read_in_another_process_are_what_this_one_reads() -> None:
    files = {
        **MANY,
        "deep.yaml": LIMITS["nesting"][0],
        "promptfooconfig.yaml": EVALUATION + BOMB,
        "config.toml": '[llm]\nmodel = "gpt-4o"\nsystem_prompt = "' + SYSTEM + '"\n',
        "config/llm.json": json.dumps({"model": "gpt-4o", "system_prompt": SYSTEM, "é\ud83d": [1.5, None, True]}),
        "chat.prompty": f"---\nname: x\nmodel:\n  configuration:\n    azure_deployment: gpt-4o\n---\nsystem:\n{SYSTEM}\n",
        "ui.ts": "import words from './config/llm.json';\nexport const prompt = words.system_prompt;\n",
    }
    assert scan(MemoryTree(files), parser=Parser(workers=1)) == scan(MemoryTree(files))


@ENDS
@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_document_that_kills_its_reader_costs_one_file(how: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    """A native crash, an abort, the kernel's out-of-memory killer: the process is gone, the run is not."""
    real = workers._exchange

    def exchange(process, frame):
        if b"p2/promptfooconfig.yaml" in frame:
            os.kill(process.pid, how)
            process.wait()
        return real(process, frame)

    monkeypatch.setattr(workers, "_exchange", exchange)
    parser = Parser(workers=1)
    sites, gaps = _read_apart(MANY, parser)
    assert sites == [p for p in MANY if not p.startswith("p2/")]
    assert gaps == [("p2/promptfooconfig.yaml", documents_apart.DIED)]
    monkeypatch.setattr(workers, "_exchange", real)
    assert _read_apart(MANY, parser) == (list(MANY), []), "the next scan tries it again"


def test_a_document_that_needs_more_memory_than_a_reader_has_is_one_gap() -> None:
    """The limit that a worker sets itself, at a size that starting and reading a small document just fit in."""
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit") or not Path("/proc").is_dir():
        pytest.skip("this system cannot lower the limit of another process")
    text = "\n".join(f"k{i}: [a, b, c, d]" for i in range(3_000))
    pool = workers.Workers(1)
    apart = documents_apart.Apart(pool.ask, str)

    def used() -> int:
        return int(Path(f"/proc/{pool._idle[0]._process.pid}/statm").read_text().split()[0])

    try:
        assert apart.read("x.yaml", text, None) is not None
        much = used()
        pool.close()
        assert apart.read("small.yaml", "a: 1", None) is not None
        little = used()
        assert little < much, "reading the large one takes memory"
        resource.prlimit(pool._idle[0]._process.pid, resource.RLIMIT_AS, (little * resource.getpagesize(),) * 2)
        with pytest.raises(UnreadDocumentError, match=r"memory|died"):
            apart.read("x.yaml", text, None)
        pool.close()
        assert apart.read("x.yaml", text, None) is not None, "a new process reads it"
    finally:
        pool.close()


def test_the_reader_of_documents_sees_no_secrets_and_ends_with_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_secret")
    pool = workers.Workers(1)
    assert documents_apart.Apart(pool.ask, str).read("a.yaml", "a: 1", None) is not None
    process = pool._idle[0]._process
    if Path(f"/proc/{process.pid}/environ").exists():
        assert b"ghs_secret" not in Path(f"/proc/{process.pid}/environ").read_bytes()
    del pool
    assert process.returncode is not None


def test_an_answer_that_is_none_is_not_believed(tmp_path: Path) -> None:
    target = tmp_path / "PWNED"

    class Canary:
        def __reduce__(self):
            return (os.system, (f"touch {target}",))

    good = documents_apart.pack(json.dumps(("a.yaml", "a: 1", ("b.py", 3, 4))).encode())
    value = documents_apart.unpack(good)
    assert value is not None and value.span == Span("b.py", 3, 4)
    body = pickle.dumps((Canary(), None))
    for bad in (b"", good[:-1], sha256(body).digest() + body, sha256(b"x").digest() + b"x"):
        with pytest.raises(UnreadDocumentError):
            documents_apart.unpack(bad)
    assert not target.exists()
