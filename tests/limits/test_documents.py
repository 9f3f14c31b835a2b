"""Documents beyond the limits: each is a gap with its limit in words, and what stood in them is unknown, never gone.

A padded or damaged file must not read as a saving: whoever wants a dearer prompt merged would only have to pad its file.
"""

from __future__ import annotations

import json

import pytest

from prompts_scanner.documents import MAX_CHARS, document_value, read_document
from prompts_scanner.files import GAVE_UP
from prompts_scanner.formats import promptfoo
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


@pytest.mark.parametrize("error", [RecursionError, MemoryError])
def test_a_reader_that_runs_out_of_stack_or_memory_costs_one_file(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(promptfoo, "read", broken)
    found = scan(MemoryTree({"promptfooconfig.yaml": EVALUATION, "prompts/other.md": SYSTEM * 3}))
    assert [g.reason for g in found.gaps] == ["nested too deeply to be read"]
    assert len(found.prompts) == 1
