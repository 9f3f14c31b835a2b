"""The Python in a notebook as one source whose lines keep their numbers in the file.

https://nbformat.readthedocs.io/en/latest/format_description.html; magics: https://ipython.readthedocs.io/en/stable/interactive/magics.html
"""

from __future__ import annotations

import ast
import json
import re
import warnings

_LINE_MAGIC = re.compile(r"^(\s*)([%!?]|[\w.]+\?+\s*$)")
_ASSIGNED_MAGIC = re.compile(r"^(\s*+\w[\w, ]*+=\s*)[%!].*$")
_PYTHON_CELL_MAGIC = re.compile(r"^%%(time|timeit|capture|prun|memit|mprun|ipytest)\b")


def source_of(data: bytes) -> tuple[str, tuple[int, ...]] | None:
    """The source, and the lines of cells that are no Python and were left out; None where it is no notebook.

    A notebook written without line breaks has no lines to keep: then they are those of the cells put together.
    """
    try:
        document = json.loads(data)
        raw = data.decode("utf-8").split("\n")
    except (ValueError, RecursionError):
        return None
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list):
        return None
    sources = [_lines(cell) for cell in cells]
    places = _places(raw, sources)
    codes = [lines if _is_python(cell, lines) else [] for cell, lines in zip(cells, sources, strict=True)]
    if places is None:
        return _joined(codes)
    out = [""] * len(raw)
    left_out: list[int] = []
    for lines, at in zip(codes, places, strict=True):
        python = _python(lines)
        if python is None:
            left_out.append(at + 1)
            continue
        out[at : at + len(python)] = python
    return "\n".join(out), tuple(left_out)


def _lines(cell: object) -> list[str]:
    """The lines of a cell, without their ends; none for an empty one."""
    text = cell.get("source", "") if isinstance(cell, dict) else ""
    source = "".join(str(t) for t in text) if isinstance(text, list) else str(text)
    lines = source.split("\n")
    if len(lines) > 1 and not lines[-1]:
        lines.pop()  # the text ends with a line break
        lines[-1] += "\n"
    return lines if source else []


def _is_python(cell: object, lines: list[str]) -> bool:
    if not isinstance(cell, dict) or cell.get("cell_type") != "code" or not lines:
        return False
    return not lines[0].startswith("%%") or bool(_PYTHON_CELL_MAGIC.match(lines[0]))


def _places(raw: list[str], cells: list[list[str]]) -> list[int] | None:
    """For every cell the line of the file where its source begins; None where the sources do not stand line by line."""
    bare = [line.strip().removesuffix(",") for line in raw]
    begins = [i + 1 for i, line in enumerate(bare) if line.startswith('"source": [')]
    out: list[int] = []
    cursor = 0
    for lines in cells:
        written = [line if i == len(lines) - 1 else line + "\n" for i, line in enumerate(lines)]
        while lines and cursor < len(begins) and not _stands_at(bare, begins[cursor], written):
            cursor += 1
        if lines and cursor == len(begins):
            return None
        out.append(begins[cursor] if lines else 0)
        cursor += bool(lines)
    return out


def _stands_at(bare: list[str], at: int, lines: list[str]) -> bool:
    """Whether the JSON strings from line `at` on are these; the first line decides nearly always."""
    return at + len(lines) <= len(bare) and all(
        bare[at + i] in (json.dumps(line, ensure_ascii=False), json.dumps(line)) for i, line in enumerate(lines)
    )


def _python(lines: list[str]) -> list[str] | None:
    """The cell with its magics taken out, or None where it still does not parse."""
    out: list[str] = []
    for i, line in enumerate(lines):
        found = _LINE_MAGIC.match(line)
        if i == 0 and line.startswith("%%"):
            out.append("")
        elif found:
            out.append(found.group(1) + "pass")
        else:
            out.append(_ASSIGNED_MAGIC.sub(r"\1None", line.rstrip("\n")))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("\n".join(out))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return out


def _joined(codes: list[list[str]]) -> tuple[str, tuple[int, ...]]:
    out: list[str] = []
    left_out: list[int] = []
    for lines in codes:
        python = _python(lines)
        left_out += [len(out) + 1] if python is None else []
        out += [""] * len(lines) if python is None else python
    return "\n".join(out), tuple(left_out)
