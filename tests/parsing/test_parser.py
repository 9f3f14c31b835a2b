"""Parsing in workers: the same answers as in this process, one gap for a file that kills its parser, nothing but data back."""

from __future__ import annotations

import os
import pickle
import zlib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts_scanner import ir
from prompts_scanner.parsing import Parser, fingerprint, pack, unpack
from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree

CODE = b"""from openai import OpenAI
MODEL = "gpt-4o"

def f(q):
    return OpenAI().chat.completions.create(model=MODEL, messages=[{"role": "user", "content": q}])
"""
FILES: Mapping[str, bytes] = {f"app/m{i}.py": CODE.replace(b"def f", b"def f%d" % i) for i in range(40)}


class Shelf:
    """A store in memory that counts what it is asked."""

    def __init__(self) -> None:
        self.items: dict[str, bytes] = {}
        self.asked = 0

    def get_many(self, keys):
        keys = list(keys)
        self.asked += len(keys)
        return {k: self.items[k] for k in keys if k in self.items}

    def put_many(self, items):
        self.items.update(items)


def pictures(shelf: Shelf) -> list[str]:
    """The names of the parsed files in a store."""
    return sorted(name for name in shelf.items if name.startswith(fingerprint()))


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_answer_as_this_process_does(workers: int) -> None:
    tree = MemoryTree(FILES)
    assert scan(tree, parser=Parser(workers=workers)) == scan(tree)
    assert len(scan(tree).sites) == len(FILES)


def test_what_the_store_has_is_not_parsed_again_and_is_equal() -> None:
    shelf = Shelf()
    tree = MemoryTree(FILES)
    first = Parser(store=shelf)
    expected = scan(tree, parser=first)
    assert shelf.items == {}
    first.flush()
    assert len(pictures(shelf)) == len(FILES)
    kept = dict(shelf.items)
    second = Parser(store=shelf)
    assert scan(tree, parser=second) == expected
    second.flush()
    assert shelf.items == kept


def test_a_store_that_lies_is_not_believed() -> None:
    shelf = Shelf()
    tree = MemoryTree(FILES)
    parser = Parser(store=shelf)
    expected = scan(tree, parser=parser)
    parser.flush()
    names = pictures(shelf)
    shelf.items = {name: shelf.items[name] for name in names}  # without the memory of the scan they are all asked for
    shelf.items[names[0]] = b"not even compressed"
    shelf.items[names[1]] = sealed({"a": 1})
    shelf.items[names[2]] = shelf.items[names[2]][:20]
    assert scan(tree, parser=Parser(store=shelf)) == expected


def test_one_parse_serves_every_path_with_the_same_bytes() -> None:
    parser = Parser()
    tree = MemoryTree({"a.py": CODE, "b/c.py": CODE})
    a, b = parser.parse("a.py", "1", tree.read), parser.parse("b/c.py", "1", lambda _: None)
    assert isinstance(a, ir.Module) and isinstance(b, ir.Module)
    assert (a.path, b.path) == ("a.py", "b/c.py")
    assert a.scopes == b.scopes


def test_a_worker_that_dies_costs_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker is killed while it holds a file: that file is a gap, the others are read."""
    from prompts_scanner import workers

    exchange = workers._exchange
    killed = []

    def die_once(process, frame):
        if not killed and b"m7.py" in frame:
            killed.append(process.pid)
            process.kill()
            process.wait()
        return exchange(process, frame)

    monkeypatch.setattr(workers, "_exchange", die_once)
    shelf = Shelf()
    parser = Parser(workers=2, store=shelf)
    found = scan(MemoryTree(FILES), parser=parser)
    assert killed
    assert [g.span.path for g in found.gaps] == ["app/m7.py"]
    assert len(found.sites) == len(FILES) - 1
    parser.flush()
    assert len(scan(MemoryTree(FILES), parser=Parser(store=shelf)).sites) == len(FILES), "the next run tries it again"


def test_code_nested_a_hundred_thousand_deep_is_one_gap() -> None:
    hostile = b"# prompt\nx = " + b"(" * 100_000 + b")" * 100_000
    tree = MemoryTree({**FILES, "deep.py": hostile, "deep2.py": b"prompt = " + b"-" * 300_000 + b"1"})
    found = scan(tree, parser=Parser(workers=2))
    assert {g.span.path for g in found.gaps} == {"deep.py", "deep2.py"}
    assert len(found.sites) == len(FILES)


def test_a_worker_sees_no_secrets_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_secret")
    from prompts_scanner import workers

    process = workers._start()
    try:
        if not Path(f"/proc/{process.pid}/environ").exists():
            pytest.skip("no /proc to look at a process's environment")
        assert workers._exchange(process, _frame("a.py", b"x = 1")) is not None
        assert b"ghs_secret" not in Path(f"/proc/{process.pid}/environ").read_bytes()
        assert "ghs_secret" in os.environ["GITHUB_TOKEN"]
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _frame(path: str, data: bytes) -> bytes:
    return len(path).to_bytes(4, "little") + path.encode() + len(data).to_bytes(4, "little") + data


def sealed(value: object) -> bytes:
    body = zlib.compress(pickle.dumps(value))
    return sha256(body).digest() + body


class Canary:
    """Unpickled naively this would write a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return (os.system, (f"touch {self.target}",))


def test_a_pickle_that_calls_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "PWNED"
    assert unpack(sealed(Canary(target))) is None
    assert not target.exists()
    pickle.loads(pickle.dumps(Canary(target)))
    assert target.exists(), "the canary itself does not sing: the test would prove nothing"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([".py", ".ipynb", ".ts", ".tsx", ".js", ".vue", ".svelte"]))
def test_any_bytes_give_a_module_or_a_broken_file(data: bytes, suffix: str) -> None:
    assert isinstance(unpack(pack("x" + suffix, data)), ir.Module | ir.Broken)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_unpacked_safely(data: bytes) -> None:
    assert unpack(data) is None
    assert unpack(sealed(data)) is None


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_one_wrong_byte_is_noticed(at: int, change: int) -> None:
    good = bytearray(pack("a.py", CODE))
    assert isinstance(unpack(bytes(good)), ir.Module)
    good[at % len(good)] ^= change
    assert unpack(bytes(good)) is None


def test_the_fingerprint_is_of_this_code() -> None:
    assert len(fingerprint()) == 16
    assert fingerprint() == fingerprint()


def test_files_asked_for_one_at_a_time_share_a_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting a process takes longer than parsing a file."""
    from prompts_scanner import workers

    started = []
    start = workers._start
    monkeypatch.setattr(workers, "_start", lambda: started.append(1) or start())
    parser = Parser(workers=2)
    parser.start_ahead()
    texts = {path: bytes(text) for path, text in FILES.items()}
    for path in texts:
        assert parser.parse(path, path, texts.get) == unpack(pack(path, texts[path]))
    assert started == [1]
    parser.close()
    assert parser.parse("late.py", "late", lambda _: b"x = 1") == unpack(pack("late.py", b"x = 1")), (
        "closed is not broken"
    )
    parser.close()
