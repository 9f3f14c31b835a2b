"""Escaping: any text in any of our places renders as that text, in markdown, in a terminal, in the runner's log and files."""

from __future__ import annotations

import unicodedata

from bot.hosts.github_runner import _data, _output, _property
from bot.hosts.text import clip, clip_bytes, one_line
from bot.render.escape import block, code, link, md, prose, visible
from fuzz.page import check_page

# Control, format (direction, zero width), surrogate, private, and what ends a line. A space of another width does nothing.
ALIVE = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
URL = "https://github.com/acme/help/blob/main/x"


def _told(shown: str) -> str:
    """As a browser tells it: runs of spaces are one."""
    return " ".join(shown.split())


def markdown(data: bytes) -> None:
    """In a cell, in a list, as a paragraph: the same text, no tag, link, comment or column of its own."""
    text = data.decode("utf-8", "surrogatepass") if _is_utf8(data) else data.decode("utf-8", "surrogateescape")
    shown = visible(text)
    for made in (md(text), code(text)):
        table = check_page(f"| a | b |\n|---|--:|\n| x | {made} |\n", ours=URL)
        if table.cells != [2, 2]:
            raise AssertionError(f"columns: {table.cells}")
        for whole in (table, check_page(f"- {made}\n", ours=URL), check_page(f"{made}\n", ours=URL)):
            if whole is not table and _told("".join(whole.text)) != _told(shown):
                raise AssertionError(f"another text: {''.join(whole.text)!r}")
    if _told("".join(check_page(f"{block(text)}\n").text)) != _told(
        " ".join(visible(line, 500) for line in text[:4_000].splitlines())
    ):
        raise AssertionError("a block of another text")
    check_page(f"| a |\n|---|\n| {prose(text)} |\n", ours=URL)
    # a link of ours around a stranger's text; a stranger's text as the address
    found = check_page(f"{link(md(text), URL)}\n", ours=URL)
    if found.links != [URL]:
        raise AssertionError(f"links: {found.links}")
    check_page(f"{link(md('x'), text)}\n")


def terminal(data: bytes) -> None:
    """No character moves the cursor, starts a sequence, ends a line or turns the direction of writing."""
    text = data.decode("utf-8", "surrogateescape")
    for made in (visible(text), one_line(text)):
        if alive := {c for c in made if unicodedata.category(c) in ALIVE}:
            raise AssertionError(f"alive: {alive!r}")


def runner(data: bytes) -> None:
    """The runner's files and commands: one value is one value, one line is one line, and no command but ours."""
    text = data.decode("utf-8", "surrogateescape")
    line = one_line(text)
    if "\n" in line or line.startswith("::") or "##[" in line:
        raise AssertionError(f"a command: {line!r}")
    if any(c in _property(text) for c in "\r\n:,") or any(c in _data(text) for c in "\r\n"):
        raise AssertionError("a command's end")
    name, _, rest = _output("verdict", text).partition("<<")
    word, _, value = rest.partition("\n")
    if name != "verdict" or value.split("\n").index(word) != len(value.split("\n")) - 2:
        raise AssertionError("a value that ends early")
    for cut in (clip(text, 700, "x"), clip_bytes(text, 700, "x")):
        if len(cut) > max(700, 2 * 300) + 300:
            raise AssertionError(f"a cut of {len(cut)} characters")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
