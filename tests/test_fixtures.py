"""Every library and every format against annotated code: one harness, folders found by name."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from prompts_scanner.formats import FORMATS
from prompts_scanner.sdks import SDKS
from tests.marks import in_comments, problems, read_folder, scanned

HERE = Path(__file__).parent
SDK_FOLDERS = sorted({sdk.name for sdk in SDKS})
FORMAT_FOLDERS = sorted(inspect.getmodule(f.claims).__name__.rpartition(".")[2] for f in FORMATS)  # type: ignore[union-attr]


def folders(kind: str) -> list[str]:
    return sorted(p.name for p in (HERE / kind).iterdir() if p.is_dir() and not p.name.startswith("__"))


@pytest.mark.parametrize(("kind", "indexed"), [("sdks", SDK_FOLDERS), ("formats", FORMAT_FOLDERS)])
def test_every_entry_of_the_index_has_its_folder(kind: str, indexed: list[str]) -> None:
    assert folders(kind) == indexed


@pytest.mark.parametrize("folder", [f"{kind}/{name}" for kind in ("sdks", "formats") for name in folders(kind)])
def test_folder(folder: str) -> None:
    files, marks = read_folder(HERE / folder)
    assert problems(scanned(files), marks) == []


@pytest.mark.parametrize("folder", [f"{kind}/{name}" for kind in ("sdks", "formats") for name in folders(kind)])
def test_the_first_case_of_a_folder_is_one_that_does_not_match(folder: str) -> None:
    """What looks alike and is not: alone in a tree, it must give no call and no tool."""
    files, _ = read_folder(HERE / folder)
    alike = {path: text for path, text in files.items() if path.rpartition("/")[2].startswith("none")}
    assert alike, "no file that begins with `none`"
    found = scanned(alike)
    assert [s.span for s in found.sites] == []
    assert [t.tool.span for t in found.tools] == []


@pytest.mark.parametrize("folder", [f"{kind}/{name}" for kind in ("sdks", "formats") for name in folders(kind)])
def test_every_folder_expects_something(folder: str) -> None:
    _, marks = read_folder(HERE / folder)
    assert [m for m in marks if m.kind != "none"], "nothing is expected: the fixture could not fail"


def test_a_mark_that_is_not_met_is_told() -> None:
    files = {"app.py": "import openai\n# site: openai chat model=gpt-4o\nprint(1)\n"}
    marks = [m for p, t in files.items() for m in in_comments(p, t)]
    assert problems(scanned(files), marks) == ["not found: app.py:3 site openai chat model=gpt-4o"]
