"""What is remembered of one tree never shows in the scan of another: the same answer with memory as without, byte for byte."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prompts_scanner import memory_codec
from prompts_scanner.memory_codec import pack_memory, unpack_memory
from prompts_scanner.model import Gap, Scan, Span
from prompts_scanner.parsing import Parser
from prompts_scanner.questions import Questions
from prompts_scanner.scan import call_sites, scan
from prompts_scanner.sdks import SDKS
from prompts_scanner.tree import MemoryTree
from tests.parsing.test_parser import Canary, Shelf

# A small product in which nearly everything reaches into another file, and other contents that each of its files may have.
PRODUCT: Mapping[str, tuple[str, ...]] = {
    "app/settings.py": (
        'import os\nMODEL = "gpt-4o"\nTOP_K = 5\nPROMPT = "You are a clerk. Answer from the passages only, and say so."\n',
        'import os\nMODEL = os.environ["CHAT_MODEL"]\nTOP_K = 9\nPROMPT = open("prompts/clerk.md").read()\n',
        "from app.more import *\nTOP_K = 7\n",
        "def (:\n",
    ),
    "app/more.py": (
        'MODEL = "gpt-4.1"\nPROMPT = "You are brief. Answer in a sentence, and never guess."\n',
        "MODEL = None\n",
    ),
    "app/client.py": (
        "from openai import OpenAI\nfrom app.settings import MODEL\nclient = OpenAI()\n\n"
        "def ask(prompt, question, model=MODEL):\n"
        '    return client.chat.completions.create(model=model, messages=[{"role": "system", "content": prompt}, '
        '{"role": "user", "content": question}])\n',
        "from anthropic import Anthropic\nclient = Anthropic()\n\n"
        "def ask(prompt, question, model='claude-sonnet-4-5'):\n"
        "    return client.messages.create(model=model, max_tokens=300, system=prompt, "
        'messages=[{"role": "user", "content": question}])\n',
        "def ask(prompt, question, model=None):\n    return prompt\n",
    ),
    "app/search.py": (
        "from app.settings import TOP_K\n\ndef passages(question, store):\n    return store.similarity_search(question, k=TOP_K)\n",
        "def passages(question, store):\n    return store.similarity_search(question, k=3)\n",
        "def passages(question, store):\n    return []\n",
    ),
    "app/desk.py": (
        "from app.client import ask\nfrom app.search import passages\nfrom app.settings import PROMPT\n\n"
        "def answer(question, store):\n    found = passages(question, store)\n    return ask(PROMPT, f'{found} {question}')\n",
        "from app.client import ask\n\ndef answer(question, store):\n    # aicost: ignore\n"
        "    return ask('You are the desk. Help with anything.', question)\n",
        "from .client import ask as put\nfrom app.settings import PROMPT\n\ndef answer(question, store):\n"
        "    return put(PROMPT, question, 'gpt-4o-mini')\n",
    ),
    "app/agent.py": (
        "from langchain_openai import ChatOpenAI\nllm = ChatOpenAI(model='gpt-4o', max_tokens=200)\n",
        "from langchain_openai import ChatOpenAI\nllm = ChatOpenAI(model='gpt-4.1')\nother = ChatOpenAI(model='o3')\n",
        "llm = None\n",
    ),
    "app/run.py": (
        "from app.agent import llm\n\ndef run(text):\n    return llm.invoke('Summarise this for the clerk: ' + text)\n",
        "def run(llm, text):\n    return llm.invoke(text)\n",
        "from app.run2 import run\nrun('prompt')\n",
    ),
    "app/run2.py": (
        "from app.agent import llm\nfrom app.run import run\nrun(llm, 'A prompt of some length for the model.')\n",
    ),
    "tests/test_desk.py": (
        "from app.client import ask\n\ndef test_ask():\n    assert ask('prompt', 'Why?', 'gpt-test')\n",
    ),
    "prompts/clerk.md": ("You are the clerk of {shop}. Answer kindly.\n", "You are somebody else.\n"),
    ".env.example": ("CHAT_MODEL=gpt-4o-mini\n", "CHAT_MODEL=claude-haiku-4-5\n", "OTHER=1\n"),
    "web/tsconfig.json": (
        '{"compilerOptions": {"baseUrl": ".", "paths": {"shop/*": ["src/*"]}}}',
        '{"compilerOptions": {"baseUrl": ".", "paths": {"shop/*": ["lib/*"]}}}',
    ),
    "web/src/prompts.ts": (
        'export const SYSTEM = "You are a helpful guide to the shop, in two sentences.";\n',
        'export { SYSTEM } from "../lib/prompts";\n',
    ),
    "web/lib/prompts.ts": ('export const SYSTEM = "You are another guide, and you keep to the facts.";\n',),
    "web/src/chat.ts": (
        'import OpenAI from "openai";\nimport { SYSTEM } from "shop/prompts";\nconst ai = new OpenAI();\n'
        'export const chat = (q: string) => ai.chat.completions.create({ model: "gpt-4o", messages: [{ role: "system", '
        'content: SYSTEM }, { role: "user", content: q }] });\n',
        'import { SYSTEM } from "shop/prompts";\nexport const chat = (q: string) => q + SYSTEM;\n',
    ),
    "baml_src/clients.baml": (
        'client<llm> Fast {\n  provider openai\n  options {\n    model "gpt-4o-mini"\n  }\n}\n',
        'client<llm> Fast {\n  provider openai\n  options {\n    model "gpt-4.1"\n  }\n}\n',
    ),
    "baml_src/extract.baml": (
        'function Extract(text: string) -> string {\n  client Fast\n  prompt #"\n    Extract all names: {{ text }}\n  "#\n}\n',
    ),
    "app/names.py": (
        "from baml_client import b\n\ndef names(text):\n    return b.Extract(text)\n",
        "def names(text):\n    return []\n",
    ),
}
FIRST = {path: contents[0] for path, contents in PRODUCT.items()}


@st.composite
def edits(draw: st.DrawFn) -> list[dict[str, str]]:
    """Trees, each a few edits away from the one before: contents exchanged, files gone, back, or moved."""
    trees = [dict(FIRST)]
    for _ in range(draw(st.integers(1, 4))):
        now = dict(trees[-1])
        for path in draw(st.lists(st.sampled_from(sorted(PRODUCT)), min_size=1, max_size=3)):
            what = draw(st.sampled_from(("other", "other", "gone", "moved")))
            if what == "other":
                now[path] = draw(st.sampled_from(PRODUCT[path]))
            elif what == "gone":
                now.pop(path, None)
            elif path in now:
                folder, _, name = path.rpartition("/")
                now[f"{folder}/moved/{name}" if folder else name] = now.pop(path)
        trees.append(now)
    return trees


def fresh(files: Mapping[str, str]) -> Scan:
    return scan(MemoryTree(files))


def found(told: Scan) -> Scan:
    """What a scan found, whatever it counted on the way."""
    return replace(told, files_seen=0, files_parsed=0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits())
def test_a_scan_with_memory_is_the_scan_without(trees: list[dict[str, str]]) -> None:
    parser = Parser()
    for files in trees:
        assert scan(MemoryTree(files), parser=parser) == fresh(files)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits())
def test_so_it_is_in_the_next_run(trees: list[dict[str, str]]) -> None:
    shelf = Shelf()
    for files in trees:
        parser = Parser(store=shelf)
        assert scan(MemoryTree(files), parser=parser) == fresh(files)
        parser.flush()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits())
def test_so_are_the_call_sites_alone(trees: list[dict[str, str]]) -> None:
    parser = Parser()
    for at, files in enumerate(trees):
        found = call_sites(MemoryTree(files), parser=parser)
        assert found == fresh(files).sites
        if at % 2:
            assert scan(MemoryTree(files), parser=parser) == fresh(files)


# Files that something reads only once another file has another content.
BEHIND = {
    ".env.example": ("app/settings.py", 1),
    "app/more.py": ("app/settings.py", 2),
    "app/run2.py": ("app/run.py", 1),
    "web/lib/prompts.ts": ("web/src/prompts.ts", 1),
}


@pytest.mark.parametrize("path", sorted(PRODUCT.keys() - {"tests/test_desk.py"}))  # tests are not what a product sends
def test_each_file_of_the_product_matters(path: str) -> None:
    """Else the tests above would say nothing: without a file the scan differs, and memory or not it is told."""
    opener, content = BEHIND.get(path, ("app/settings.py", 0))
    whole = {**FIRST, opener: PRODUCT[opener][content]}
    without = {p: text for p, text in whole.items() if p != path}
    parser = Parser()
    before = scan(MemoryTree(whole), parser=parser)
    after = scan(MemoryTree(without), parser=parser)
    assert after == fresh(without)
    assert found(after) != found(before)


def test_only_what_an_edit_reaches_is_worked_out_anew() -> None:
    parser = Parser()
    scan(MemoryTree(FIRST), parser=parser)
    edited = {**FIRST, "app/search.py": PRODUCT["app/search.py"][1]}
    asked = Questions(MemoryTree(edited), SDKS, (), parser)
    asked.surfaces()
    asked.sites()
    assert asked.worked_out() == {
        ("surfaces", "app/search.py"),
        ("calls", "app/search.py"),
        ("sites", "app/client.py"),
    }


def test_a_tree_that_did_not_change_is_not_read() -> None:
    class Unread(MemoryTree):
        def read(self, path: str) -> bytes | None:
            raise AssertionError(f"{path} was read")

    parser = Parser()
    expected = scan(MemoryTree(FIRST), parser=parser)
    assert scan(Unread(FIRST), parser=parser) == expected


class Partial(MemoryTree):
    """A tree in which one file cannot be read, as long as it is `away`."""

    def __init__(self, files: Mapping[str, str], away: str | None) -> None:
        super().__init__(files)
        self.away = away
        self.met: set[str] = set()

    def read(self, path: str) -> bytes | None:
        if path == self.away:
            self.met.add(path)
            return None
        return super().read(path)

    def gaps(self) -> tuple[Gap, ...]:
        return tuple(Gap(span=Span(p, 1, 1), reason="away") for p in sorted(self.met))


@pytest.mark.parametrize("path", sorted(PRODUCT))
def test_what_could_not_be_read_is_tried_again_and_told_each_time(path: str) -> None:
    parser = Parser()
    first = scan(Partial(FIRST, path), parser=parser)
    assert scan(Partial(FIRST, path), parser=parser) == first == scan(Partial(FIRST, path))
    assert scan(Partial(FIRST, None), parser=parser) == fresh(FIRST)


# -- the store -----------------------------------------------------------------------------------------------------------


def remembered() -> tuple[str, Shelf]:
    shelf = Shelf()
    parser = Parser(store=shelf)
    scan(MemoryTree(FIRST), parser=parser)
    parser.flush()
    (name,) = (n for n in shelf.items if n.startswith("memory:"))
    return name, shelf


@cache
def stored() -> tuple[str, Shelf]:
    return remembered()


def test_a_memory_is_the_same_when_it_comes_back() -> None:
    name, shelf = remembered()
    kept = unpack_memory(shelf.items[name])
    assert kept is not None
    assert unpack_memory(pack_memory(kept)) == kept


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
@settings(max_examples=60, deadline=None)
def test_one_wrong_byte_is_noticed(at: int, change: int) -> None:
    name, shelf = stored()
    bad = bytearray(shelf.items[name])
    bad[at % len(bad)] ^= change
    assert unpack_memory(bytes(bad)) is None


def test_half_a_memory_is_none_and_the_scan_goes_on() -> None:
    name, shelf = remembered()
    for bad in (b"", b"x" * 100, shelf.items[name][: len(shelf.items[name]) // 2]):
        shelf.items[name] = bad
        assert scan(MemoryTree(FIRST), parser=Parser(store=shelf)) == fresh(FIRST)


def test_a_memory_of_another_version_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    name, shelf = remembered()
    kept = unpack_memory(shelf.items[name])
    assert kept is not None
    monkeypatch.setattr(memory_codec, "fingerprint", lambda: "another")
    assert unpack_memory(shelf.items[name]) is None
    assert unpack_memory(pack_memory(kept)) == kept


def test_a_memory_under_another_name_is_not_believed() -> None:
    name, shelf = remembered()
    kept = unpack_memory(shelf.items[name])
    assert kept is not None
    shelf.items[name] = pack_memory(replace(kept, like="other libraries"))
    assert scan(MemoryTree(FIRST), parser=Parser(store=shelf)) == fresh(FIRST)


def test_a_memory_that_calls_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "PWNED"
    body = zlib.compress(pickle.dumps((memory_codec.fingerprint(), Canary(target))))
    assert unpack_memory(sha256(body).digest() + body) is None
    assert not target.exists()


def test_ignored_paths_and_own_libraries_have_memories_of_their_own() -> None:
    parser = Parser()
    whole = scan(MemoryTree(FIRST), parser=parser)
    less = scan(MemoryTree(FIRST), ignore=("app/*",), parser=parser)
    assert less == scan(MemoryTree(FIRST), ignore=("app/*",)) != whole
    assert scan(MemoryTree(FIRST), parser=parser) == whole
