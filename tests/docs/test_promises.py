"""Every promise of SECURITY.md names a test that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def names_of_tests() -> set[str]:
    found: set[str] = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        if "fixtures" in file.parts or "sdks" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found.add(node.name)
    return found


def test_every_promise_names_a_test_that_exists() -> None:
    table = (ROOT / "SECURITY.md").read_text(encoding="utf-8").partition("## Promises")[2]
    rows = [row for row in table.splitlines() if row.startswith("| ") and "promise | test" not in row]
    assert len(rows) >= 15
    named = [re.findall(r"`(test_\w+)`", row) for row in rows]
    assert all(named), "a promise without a test"
    assert {name for names in named for name in names} - names_of_tests() == set()


def test_every_fault_names_a_test_that_exists() -> None:
    table = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8").partition("## Faults")[2].partition("## What")[0]
    rows = [row for row in table.splitlines() if row.startswith("| ") and "| tests |" not in row]
    assert len(rows) >= 12
    named = [re.findall(r"`(test_\w+)`", row) for row in rows]
    assert all(named), "a fault without a test"
    assert {name for names in named for name in names} - names_of_tests() == set()


def test_each_of_the_38_attacks_has_a_test_of_its_number_and_a_row() -> None:
    tested = {
        int(number)
        for name in names_of_tests()
        for found in re.findall(r"^test_attack((?:_\d\d)+)_", name)
        for number in found.strip("_").split("_")
    }
    assert set(range(1, 39)) - tested == set()
    table = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8").partition("## Attempts")[2]
    rows = re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE)
    assert {int(n) for row in rows for n in row.split(",")} == set(range(1, 39))
