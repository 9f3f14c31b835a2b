"""No file of any repository crashes or hangs a scan; a scan is a function of its files."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prompts_scanner.formats import FORMATS
from prompts_scanner.formats.base import Files
from prompts_scanner.listing import listing_of
from prompts_scanner.names import is_setting, is_setting_here, looks_like_model, unit_of
from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree
from prompts_scanner.unread import UnreadDocumentError

NAMES = (
    "app.py",
    "app.ts",
    "page.tsx",
    "note.ipynb",
    "view.vue",
    "prompts/a.md",
    "prompts/b.j2",
    "c.prompty",
    "d.prompt",
    "e.baml",
    "config.yaml",
    "agents.yaml",
    "flow.dag.yaml",
    "promptfooconfig.yaml",
    "settings.toml",
    "tools.json",
    "prompts/few_shot.jsonl",
    "mcp.json",
    ".env",
    "docker-compose.yml",
    "skprompt.txt",
    "AGENTS.md",
    "é/ü.py",
)
# Pieces that formats and front ends react to, so that the noise reaches more than the first check.
PIECES = (
    "---\n",
    "model: gpt-4o\n",
    "system:\n",
    "{{ x }}",
    "{% if %}",
    '#"',
    'prompt #"',
    "function F(x: T) -> R {\n client A\n",
    "client<llm> A { options { model ",
    "from openai import OpenAI\n",
    "client = OpenAI()\n",
    "client.chat.completions.create(model=m, messages=[",
    "def f(llm, *args, **kwargs):\n",
    "    return llm.invoke(args)\n",
    "class A(A):\n    x: A = A()\n",
    "x = x + x\n",
    "import { generateText } from 'ai';\n",
    "generateText({ model, prompt: `${p}` })",
    "components:\n a:\n  type: haystack.X\n",
    "nodes:\n- type: llm\n",
    "prompts: [a]\nproviders: [openai:gpt-4o]\n",
    '{"mcpServers": {"a": {}}, "tools": [',
    "&a [*a]\n",
    "<<: *a\n",
    "CHUNK_SIZE=1\n",
    "\x00",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
)
text = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=14).map("".join)
content = st.one_of(text.map(lambda t: t.encode("utf-8", "replace")), st.binary(max_size=200))
trees = st.dictionaries(st.sampled_from(NAMES), content, min_size=1, max_size=4)
quick = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(trees)
def test_a_scan_of_anything_ends(files: dict[str, bytes]) -> None:
    found = scan(MemoryTree(files))
    for site in found.sites:
        assert site.span.path in files
        assert 1 <= site.span.first_line <= site.span.last_line
        assert site.model.values or site.model.reason
    assert len({s.id for s in found.sites}) == len(found.sites)


@quick
@given(trees)
def test_the_order_in_which_files_are_listed_is_nothing(files: dict[str, bytes]) -> None:
    assert scan(MemoryTree(files)) == scan(MemoryTree(dict(reversed(files.items()))))


@quick
@given(st.sampled_from(NAMES), content)
def test_a_format_that_claims_a_file_can_read_it(path: str, data: bytes) -> None:
    class Nothing:
        def text(self, path: str) -> str | None:
            return None

        def under(self, folder: str, suffix: str) -> tuple[str, ...]:
            return ()

        def once(self, key: tuple[str, str], make: Callable[[Files], object]) -> object:
            return make(self)

    for one in FORMATS:
        if one.claims(path, data[:4096]):
            with contextlib.suppress(UnreadDocumentError):  # what a gap is made of
                one.read(path, data.decode("utf-8", "replace"), Nothing())


@given(st.text(max_size=80), st.text(max_size=40))
def test_names_are_judged_without_fail(name: str, around: str) -> None:
    assert isinstance(is_setting(name), bool)
    assert isinstance(is_setting_here(name, around), bool)
    assert isinstance(looks_like_model(name), bool)
    assert unit_of(name, around)


@given(st.lists(st.text("abc/.-_ts", min_size=1, max_size=20), max_size=8))
def test_every_path_has_one_context(paths: list[str]) -> None:
    found = listing_of(paths, ())
    assert all(found.context(p) for p in paths)
    assert not {*found.code} & {*found.files}
    assert {*found.code, *found.files} <= {*paths}


def test_long_names_cost_no_more_than_their_length() -> None:
    """`docdocdoc...` once made a pattern try every split of it."""
    assert not is_setting("doc" * 19 + "x")
    assert not is_setting("retrieval_" * 40)
