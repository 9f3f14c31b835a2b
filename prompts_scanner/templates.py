"""Prompt templates, read and never rendered: their variables become holes, their literal text stays.

Jinja and Mustache `{{ x }}` / `{% ... %}`, `${x}`, `$x`, and `{x}`. Control blocks are dropped, both branches stay: the
text is the most that can be sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from prompts_scanner.model import Hole, Piece
from prompts_scanner.values import Num, Str, Value

# The reason of a hole that a variable alone makes: a value that is given for it takes its place.
VARIABLE = "template variable"
# A tag without its end ends where the next one begins: no text is looked through twice.
_DOUBLE = re.compile(
    r"\{\{\{?[-~#/^>&!]?([^{}]*)\}?\}\}|\{%(?:(?!\{%).)*?%\}|\{#(?:(?!\{#).)*?#\}",
    re.DOTALL,
)
_SINGLE = re.compile(r"(?<![{$])\{([A-Za-z_][\w.\[\]]*)(?:![rsa])?(?::[^{}]*)?\}(?!\})")
_DOLLAR = re.compile(r"\$\{([A-Za-z_][\w.]*)\}|\$([A-Za-z_]\w*)")


def parsed(value: Str, style: str | None = None) -> Str:
    """The same text with its template variables as holes. `style`: `jinja`, `format`, `dollar`, or None to guess."""
    return filled(value, {}, style)


def filled(value: Str, given: Mapping[str, Value], style: str | None = None) -> Str:
    """Fill variables whose value is known; the others become holes."""
    text = value.known
    if style is None:
        style = "jinja" if "{{" in text or "{%" in text else "format" if _SINGLE.search(text) else "dollar"
    pattern = {"jinja": _DOUBLE, "format": _SINGLE, "dollar": _DOLLAR}[style]
    pieces: list[Piece | Hole] = []
    for piece in value.pieces:
        if isinstance(piece, Hole):
            named = given.get(piece.name) if piece.reason == VARIABLE else None
            pieces += named.pieces if isinstance(named, Str) else (piece,)
            continue
        at = 0
        for match in pattern.finditer(piece.text):
            before = piece.text[at : match.start()]
            at = match.end()
            if before:
                pieces.append(Piece(text=before, span=piece.span))
            name = _name(match)
            if not name or name.startswith(("#", "/", "!", "else", "end")):
                continue
            root = re.split(r"[.|\s(\[]", name)[0]
            known = given.get(root)
            if isinstance(known, Str):
                pieces += known.pieces
            elif isinstance(known, Num):
                pieces.append(Piece(text=str(known.number), span=piece.span))
            else:
                reason = VARIABLE if name == root else "template expression"
                pieces.append(Hole(name=root or "value", reason=reason, span=piece.span))
        rest = piece.text[at:]
        if rest:
            pieces.append(Piece(text=rest, span=piece.span))
    return Str(pieces=tuple(pieces), how=value.how, via=value.via)


def _name(match: re.Match[str]) -> str:
    """What stands between the marks, without the one that takes blanks away (`-`, `~`)."""
    name = next((g for g in match.groups() if g), "")
    return (name[:-1] if name[-1:] in ("-", "~") else name).strip()
