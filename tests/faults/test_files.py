"""Files as other systems write them: Windows line ends, other encodings, macOS' decomposed names. Same findings, or a gap."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from prompts_scanner.model import Scan
from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree
from tests.cli.conftest import chat
from tests.faults.conftest import answer
from tests.revisions.conftest import Repo

PYTHON = chat(words=40)
TYPESCRIPT = """import OpenAI from "openai";
const SYSTEM = "You are the assistant of a shop for bicycles. Answer in two sentences.";
export async function ask(question: string) {
  const client = new OpenAI();
  return client.chat.completions.create({
    model: "gpt-4o",
    messages: [
      { role: "system", content: SYSTEM },
      { role: "user", content: question },
    ],
  });
}
"""
SETTINGS = "model: gpt-4o\nsystem_prompt: >-\n  You are the assistant of a shop for bicycles,\n  answer in two sentences.\ntop_k: 5\n"
FILES = {"app/chat.py": PYTHON, "web/chat.ts": TYPESCRIPT, "config/settings.yaml": SETTINGS}
DIFF = ("diff", "--quiet", "--on", "2026-11-25", "--base", "HEAD~1", "--head", "HEAD", "--format", "json")


def found(files: dict[str, str | bytes]) -> Scan:
    return scan(MemoryTree(files))


def told(result: Scan) -> list[object]:
    """What was found, without content ids."""
    return [
        [(s.id, s.span, s.model.values, [x.text.literal for x in s.surfaces]) for s in result.sites],
        [(p.id, p.surface.text.literal) for p in result.prompts],
        [m.id for m in result.models],
        result.gaps,
    ]


@pytest.mark.parametrize("path", FILES)
def test_windows_line_ends_change_nothing_that_is_found(path: str) -> None:
    unix, windows = found({path: FILES[path]}), found({path: FILES[path].replace("\n", "\r\n")})
    assert told(windows) == told(unix)
    assert unix.sites or unix.prompts


def test_a_change_of_line_ends_alone_costs_nothing(tmp_path: Path) -> None:
    made = Repo(tmp_path / "app")
    for path, text in FILES.items():
        made.write(path, text)
    made.commit("start")
    for path, text in FILES.items():
        made.write(path, text.replace("\n", "\r\n"))
    made.commit("written on Windows")
    code, out, err = answer(made, tmp_path, *DIFF)
    assert code == 0, err
    review = json.loads(out)
    assert (review["summary"]["direction"], review["changes"], review["gaps"]) == ("none", [], [])


@pytest.mark.parametrize("mark", ["\ufeff", ""], ids=["with a byte order mark", "without"])
def test_a_byte_order_mark_is_no_text(mark: str) -> None:
    for path, text in FILES.items():
        assert told(found({path: (mark + text).encode()})) == told(found({path: text})), path


STRANGE = {
    "a cookie": ("app/chat.py", ("# -*- coding: latin-1 -*-\n" + PYTHON.replace("help", "hülfe")).encode("latin-1")),
    "latin-1 without a word": ("app/chat.py", PYTHON.replace("help", "hülfe").encode("latin-1")),
    "a codec that there is not": ("app/chat.py", b"# -*- coding: no-such-codec -*-\n" + PYTHON.encode()),
    "a codec that is no text": ("app/chat.py", b"# -*- coding: rot13 -*-\n" + PYTHON.encode()),
    "utf-16 code": ("app/chat.py", PYTHON.encode("utf-16")),
    "utf-16 typescript": ("web/chat.ts", TYPESCRIPT.encode("utf-16")),
    "utf-16 settings": ("config/settings.yaml", SETTINGS.encode("utf-16")),
    "latin-1 settings": ("config/settings.yaml", SETTINGS.replace("bicycles", "Fahrräder").encode("latin-1")),
    "a prompt cut in a letter": ("prompts/system.md", ("You are kind. " * 20 + "ü").encode()[:-1]),
    "nul bytes": ("app/chat.py", PYTHON.encode().replace(b"help", b"h\0lp", 1)),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_a_file_in_another_encoding_is_read_or_told_and_harms_no_other(kind: str) -> None:
    path, data = STRANGE[kind]
    beside = {"app/other.py": chat(words=7), "web/other.ts": TYPESCRIPT}
    alone, both = found(beside), found({**beside, path: data})
    assert {s.id for s in alone.sites} <= {s.id for s in both.sites}
    more = [s for s in both.sites if s.span.path == path] + [p for p in both.prompts if p.surface.span.path == path]
    assert more or [g for g in both.gaps if g.span.path == path] or path.startswith(("app/", "web/"))


@pytest.mark.parametrize("path", ["config/settings.yaml", "prompts/system.md"])
def test_utf_16_is_text_where_it_says_so(path: str) -> None:
    text = SETTINGS if path in FILES else "You are the assistant of a shop for bicycles. Answer in two sentences.\n"
    assert told(found({path: text.encode("utf-16")})) == told(found({path: text}))


@pytest.mark.parametrize("path", ["config/settings.yaml", "app/chat.py", "web/chat.ts"])
def test_what_stood_in_a_file_that_is_no_text_any_more_is_unknown_and_not_saved(path: str, tmp_path: Path) -> None:
    made = Repo(tmp_path / "app")
    made.write(path, FILES[path])
    made.commit("start")
    made.write(path, ("x" + FILES[path].replace("bicycles", "bicycles and more")).encode("utf-16-le"))
    made.commit("written in another encoding")
    review = json.loads(answer(made, tmp_path, *DIFF)[1])
    assert review["summary"]["direction"] == "unknown"


def test_names_as_macos_decomposes_them(tmp_path: Path) -> None:
    """One name composed and decomposed is two files to git; both are read, and each keeps its own."""
    composed, decomposed = (unicodedata.normalize(form, "app/grüße.py") for form in ("NFC", "NFD"))
    assert composed != decomposed
    made = Repo(tmp_path / "app")
    for name, words in ((composed, 10), (decomposed, 20)):
        made.git("update-index", "--add", "--cacheinfo", f"100644,{made.blob(chat(words=words).encode())},{name}")
    made.git("commit", "-q", "-m", "start")
    made.git("update-index", "--cacheinfo", f"100644,{made.blob(chat(words=60).encode())},{decomposed}")
    made.git("commit", "-q", "-m", "forty words more")
    code, out, err = answer(made, tmp_path, *DIFF)
    assert code == 0, err
    review = json.loads(out)
    assert {s["site"]["path"] for s in review["sites"]} == {composed, decomposed}
    assert [c["after"]["site"]["path"] for c in review["changes"]] == [decomposed]
    assert review["summary"]["direction"] == "up"


def test_a_work_tree_with_decomposed_names(tmp_path: Path) -> None:
    made = Repo(tmp_path / "app")
    name = unicodedata.normalize("NFD", "app/grüße.py")
    made.write(name, chat(words=10))
    made.commit("start")
    made.write(name, chat(words=15))
    code, out, err = answer(made, tmp_path, *DIFF[:-4], "--format", "json", "--base", "HEAD")
    assert code == 0, err
    review = json.loads(out)
    assert [c["after"]["site"]["path"] for c in review["changes"]] == [name]
    assert made.git("status", "--porcelain", "-z") != "", "the edit is still there"


def test_separators_of_windows_in_code_find_the_file() -> None:
    """`open("prompts\\\\system.md")`"""
    code = PYTHON.replace(f'SYSTEM = """{" ".join(["help"] * 40)}"""', 'SYSTEM = open("prompts\\\\system.md").read()')
    result = found({"app/chat.py": code, "app/prompts/system.md": "You are the assistant of a shop for bicycles.\n"})
    assert "bicycles" in "".join(x.text.literal for x in result.sites[0].surfaces)
