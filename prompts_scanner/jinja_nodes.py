"""The tags of a Jinja, Mustache or Handlebars template as nodes: what includes, what is put in several times, what is text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_NESTED = 24
_TAG = re.compile(r"\{%(?:(?!\{%).)*?%\}|\{\{(?:(?!\{\{|\}\}).)*\}?\}\}|\{#(?:(?!\{#).)*?#\}", re.DOTALL)
_WORD = re.compile(r"\w+")
_BLOCKS = {"block": "endblock", "macro": "endmacro", "set": "endset", "raw": "endraw", "filter": "endfilter"}
_INCLUDES = (">", "!>")


@dataclass(slots=True)
class Node:
    """`kind`: text, value (`{{ x }}`), include, extends, import, from, set, or one that has `inside`: block, macro, setblock."""

    kind: str
    text: str
    inside: list[Node] = field(default_factory=list)


def parse(text: str) -> list[Node]:
    """The nodes of a template; in one pass, with what stays open closed at the end."""
    root: list[Node] = []
    stack: list[tuple[str, list[Node]]] = [("", root)]
    at, raw, lean = 0, False, False
    for match in _TAG.finditer(text):
        tag = match.group()
        word, rest = _statement(tag)
        if raw and word != "endraw":
            continue
        before = text[at : match.start()]
        before = before.lstrip() if lean else before
        before = before.rstrip() if tag[2:3] == "-" else before
        at, lean = match.end(), tag[-3:-2] == "-"
        if before:
            stack[-1][1].append(Node("text", before))
        raw = word == "raw"
        if word == stack[-1][0] and len(stack) > 1:
            stack.pop()
        elif word in ("block", "macro", "set") and len(stack) < MAX_NESTED:
            node = Node(word, rest)
            stack[-1][1].append(node)
            if word == "set" and "=" not in rest:
                node.kind = "setblock"
            if node.kind != "set" and not (word == "block" and rest.endswith(" required")):
                stack.append((_BLOCKS[word], node.inside))
        elif word in ("include", "extends", "import", "from", "value", "partial"):
            stack[-1][1].append(Node(word, rest))
    rest = text[at:].lstrip() if lean else text[at:]
    if rest:
        stack[-1][1].append(Node("text", rest))
    return root


def _statement(tag: str) -> tuple[str, str]:
    """What a tag does and with what: `include`, `"x.j2"`. A comment does nothing."""
    if tag.startswith("{#"):
        return "", ""
    inner = tag.strip("{}%").strip("-+~ \t\r\n")
    if tag.startswith("{{"):
        inner = inner.strip("& \t\r\n")
        if inner[:1] in _INCLUDES:
            return "partial", inner[1:].strip()
        return ("", "") if inner[:1] in ("#", "/", "^", "!") or inner == "else" else ("value", inner)
    found = _WORD.match(inner)
    return (found.group(), inner[found.end() :].strip()) if found is not None else ("", "")
