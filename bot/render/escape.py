"""Text of a repository where markdown or a terminal shows it: what it says is seen, what it would do is not done.

Markdown: every character with a meaning becomes a numeric entity, which cannot be structure
(https://github.github.com/gfm/#entity-and-numeric-character-references). GitHub finds mentions, issue numbers and links
in the rendered text too, but not within <code>: text that could be one goes there.
"""

from __future__ import annotations

import re
import unicodedata

from bot.redact import HIDDEN

MAX_CHARS = 160
# Printable as they are, in any place of a table or a list.
# Each has a meaning only beside one that is always encoded, as `(` after `]` and `!` before `[`, or at a line's start.
_SPECIAL = re.compile(r"[^A-Za-z0-9 .,;:/=?!%()+\-'{}\u0080-\U0010ffff]")
_SPECIAL_IN_URL = re.compile(r"[^A-Za-z0-9.,;:/=?!%()+\-#&~]")
# A dollar before a digit ends no mathematics, a tilde behind a space no strikethrough; an underscore between letters is
# no emphasis: https://github.github.com/gfm/#emphasis-and-strong-emphasis
_INNER = re.compile(r"(?<=[A-Za-z0-9])&#95;(?=[A-Za-z0-9])|&#36;(?=[0-9])|(?<![^ (])&#126;(?=[0-9+\u2212])")
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
# What a host turns into something of its own: @name, #1, GH-1, a commit id, a web or mail address, an :emoji:.
_ALIVE = re.compile(r"[@#]|\bGH-\d|\b[0-9a-f]{7,}\b|www\.|://|:[\w+-]+:", re.IGNORECASE)


# At a line's start these are a rule, a list or a heading underlined: https://github.github.com/gfm/#thematic-breaks
_LINE_START = re.compile(r" *(?:[-+=][-+= ]*$|[-+](?=\s)|\d{1,9}[.)](?=\s|$))")
# What an address cannot do without, https://github.github.com/gfm/#autolinks-extension-
_ADDRESS = re.compile(r"(@|:(?=//)|www)", re.IGNORECASE)


_WORD = re.compile(r"\w+")
# Alphabets with letters that look like Latin ones (https://www.unicode.org/reports/tr39/#Confusable_Detection). Within a
# word of Latin letters each is shown by its number, so that no name passes for another; whole words of them stay.
_ALIKE = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "FULLWIDTH", "MATHEMATICAL")


class Markup(str):
    """Markdown of ours: goes out as it is."""

    __slots__ = ()


def visible(text: str, max_chars: int = MAX_CHARS) -> str:
    """One line, of bounded length; what has no shape of its own is shown by its number, as `U+202E`."""
    if len(text) > max_chars:
        text = text[: max_chars - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(c) for c in _WORD.sub(_told_apart, text))


def md(text: str, max_chars: int = MAX_CHARS) -> Markup:
    """Any text as markdown that renders as this text."""
    if isinstance(text, Markup):
        return text
    shown = visible(text, max_chars)
    if _ALIVE.search(shown):
        return _coded(shown)  # not `code`: it would cut what is in full once more
    start = _LINE_START.match(shown)
    first = start.group() if start else ""
    return Markup("".join(f"&#{ord(c)};" for c in first) + _entities(shown[len(first) :]))


def code(text: str, max_chars: int = MAX_CHARS) -> Markup:
    """Any text as inline code; not by backticks, which a backtick and a `|` would end."""
    return _coded(visible(text, max_chars))


def prose(text: str, max_chars: int = MAX_CHARS) -> Markup:
    """A sentence of ours that quotes names of the repository between backticks: these become code."""
    if isinstance(text, Markup):
        return text
    parts = visible(text, max_chars).split("`")
    if len(parts) % 2 == 0:
        return md(text, max_chars)
    return Markup("".join(code(p) if i % 2 else md(p, max_chars) for i, p in enumerate(parts)))


def block(text: str, max_chars: int = 4_000) -> Markup:
    """Several lines of text as a block of code."""
    lines = text[:max_chars].splitlines()
    return Markup("<pre>" + "&#10;".join(_apart(visible(line, 500)) for line in lines) + "</pre>")


def is_place(path: str) -> bool:
    """Whether a file can be there to link to: a path that climbs would lead to somewhere else, a hidden one to nowhere."""
    return HIDDEN not in path and all(part not in ("", ".", "..") for part in path.split("/"))


def link(inner: Markup, url: str) -> Markup:
    """A link of ours: `url` must be https and is encoded here."""
    if not url.startswith("https://") or any(c.isspace() or not c.isprintable() for c in url):
        return inner
    return Markup(f'<a href="{_SPECIAL_IN_URL.sub(_entity, url)}">{inner}</a>')


def _coded(shown: str) -> Markup:
    inner = _apart(shown)
    # behind a tag, a tilde can end a strikethrough that another one begins
    return Markup(f"<code>{f'&#126;{inner[1:]}' if inner.startswith('~') else inner}</code>")


def _told_apart(word: re.Match[str]) -> str:
    letters = word.group()
    alphabets = [unicodedata.name(c, "").partition(" ")[0] for c in letters]
    if "LATIN" not in alphabets:
        return letters
    return "".join(f"U+{ord(c):04X}" if a in _ALIKE else c for c, a in zip(letters, alphabets, strict=True))


def _shown(c: str) -> str:
    if c == "\t":
        return " "
    category = unicodedata.category(c)
    if category in _HIDDEN:
        return f"U+{ord(c):04X}"
    return " " if category == "Zs" else c


def _entities(text: str) -> str:
    return _INNER.sub(_char, _SPECIAL.sub(_entity, text))


def _entity(char: re.Match[str]) -> str:
    return f"&#{ord(char.group())};"


def _apart(text: str) -> str:
    """Within <code> markdown still links web and mail addresses; in pieces they are none to it."""
    return "".join(
        f"<span>{_entities(part)}</span>" if i % 2 else _entities(part) for i, part in enumerate(_ADDRESS.split(text))
    )


def _char(entity: re.Match[str]) -> str:
    return chr(int(entity.group()[2:-1]))
