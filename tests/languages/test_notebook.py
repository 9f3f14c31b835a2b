"""Notebooks: the lines of the code are those of the file, whatever stands between the cells."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts_scanner import ir, languages
from tests.languages.reading import read, shown, use, value


def cell(source: str | list[str], kind: str = "code") -> dict[str, object]:
    lines = source if isinstance(source, list) else source.splitlines(keepends=True)
    return {"cell_type": kind, "metadata": {}, "outputs": [], "source": lines}


def notebook(*cells: dict[str, object], indent: int | None = 1) -> str:
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4}, indent=indent, ensure_ascii=False)


def line_with(text: str, needle: str) -> int:
    return next(i for i, line in enumerate(text.split("\n"), 1) if needle in line)


def test_lines_are_those_of_the_file() -> None:
    text = notebook(
        cell("# Title\nask()", "markdown"),
        cell("from openai import OpenAI\n\nclient = OpenAI()\n"),
        cell('prompt = """You are\nthe ü best"""\nr = client.chat.completions.create(\n    model="gpt-4o",\n)'),
    )
    module = read(text, "a.ipynb")
    call = use(module, "client.chat.completions.create").call
    assert (call.line, call.end_line) == (line_with(text, "create("), line_with(text, "    model=") + 1)
    prompt = value(module, "prompt")
    assert isinstance(prompt, ir.Lit) and prompt.value == "You are\nthe ü best"
    assert prompt.line == line_with(text, "You are")
    assert module.unread == ()


def test_the_same_line_in_prose_and_in_output_is_not_taken_for_code() -> None:
    printed = cell("ask(1)\n")
    printed["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["ask(1)\n", "ask(2)"]}]
    text = notebook(cell("ask(1)\n", "markdown"), printed, cell("ask(2)"))
    rows = text.split("\n")
    starts = [i + 2 for i, row in enumerate(rows) if '"source"' in row]
    assert [u.call.line for u in read(text, "a.ipynb").calls] == starts[1:]


def test_magics_are_left_out_and_the_rest_stays() -> None:
    text = notebook(
        cell("!pip install openai\n%matplotlib inline\nimport os\n"),
        cell("%%bash\nls | grep x\n"),
        cell("%%time\nfiles = !ls\nr = ask(1)\n"),
        cell("ask?\nif a:\n    !rm x\nb = ask(2)\n"),
    )
    module = read(text, "a.ipynb")
    assert [(shown(u.call), u.call.line) for u in module.calls] == [
        ("ask(1)", line_with(text, "ask(1)")),
        ("ask(2)", line_with(text, "ask(2)")),
    ]
    assert module.unread == ()


def test_a_cell_that_is_no_python_costs_only_itself() -> None:
    text = notebook(cell("SELECT * FROM x\n"), cell("ask(1)\n"))
    module = read(text, "a.ipynb")
    assert [shown(u.call) for u in module.calls] == ["ask(1)"]
    assert module.unread == (line_with(text, "SELECT"),)


@pytest.mark.parametrize("indent", [None, 1])
def test_a_notebook_without_line_breaks_still_has_its_calls(indent: int | None) -> None:
    text = notebook(cell("a = 1\nask(a)\n"), cell("b = 2\nask(b)\n"), indent=indent)
    assert [shown(u.call) for u in read(text, "a.ipynb").calls] == ["ask(a)", "ask(b)"]


def test_source_as_one_string() -> None:
    text = json.dumps({"cells": [{"cell_type": "code", "source": "a = 1\nask(a)"}]}, indent=1)
    assert [shown(u.call) for u in read(text, "a.ipynb").calls] == ["ask(a)"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"cells": 3}', "{", '{"cells": [1, {"cell_type": "code"}]}', "[" * 100_000]
)
def test_what_is_no_notebook_is_said(text: str) -> None:
    assert isinstance(languages.parse("a.ipynb", text.encode()), ir.Module | ir.Broken)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(["ask(1)\n", "\n", "x = 'é'\n", "%time\n", "!ls\n", "for\n", "\tq\n"]), max_size=12))
def test_every_call_of_a_good_cell_is_found_on_its_line(lines: list[str]) -> None:
    text = notebook(cell(lines), cell("ask(2)"))
    module = read(text, "a.ipynb")
    rows = text.split("\n")
    assert all("ask(" in rows[u.call.line - 1] for u in module.calls)
    assert shown(module.calls[-1].call) == "ask(2)"
