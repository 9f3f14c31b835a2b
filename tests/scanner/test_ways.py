"""The ways in which a value reaches a call and the loops around one, on annotated code: a folder each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.marks import problems, read_folder, scanned

HERE = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize("folder", ["ways", "loops"])
def test_folder(folder: str) -> None:
    files, marks = read_folder(HERE / folder)
    assert len([m for m in marks if m.kind == "site"]) > 10
    assert problems(scanned(files), marks) == []
