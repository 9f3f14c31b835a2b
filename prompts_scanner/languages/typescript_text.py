"""Literals of TypeScript as the values that they stand for: escapes in text, numbers, JSDoc.

https://tc39.es/ecma262/#sec-literals-string-literals
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|[\n\r\u2028\u2029])|([\s\S]))"
)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LONE = re.compile("[\ud800-\udfff]")
_JSX_SPACE = re.compile(r"(?<![ \t])[ \t]*\n\s*")


def cooked(raw: str) -> str:
    """Source text between quotes as the text it stands for; half a surrogate pair becomes U+FFFD."""
    if "\\" not in raw:
        return raw
    text = _ESCAPE.sub(_unescaped, raw)
    if _LONE.search(text):
        text = _PAIR.sub(lambda m: m.group().encode("utf-16", "surrogatepass").decode("utf-16"), text)
        text = _LONE.sub("\ufffd", text)
    return text


def _unescaped(found: re.Match[str]) -> str:
    braced, four, two, newline, other = found.groups()
    code = braced or four or two
    if code:
        point = int(code, 16)
        return chr(point) if point <= 0x10FFFF else "\ufffd"
    if newline:
        return ""
    return _SIMPLE.get(other, other)


def number(raw: str) -> int | float | None:
    """`1_000`, `0xff`, `1e3`, `10n`; None where it is no number."""
    text = raw.replace("_", "").rstrip("n").lower()
    if len(text) > 300:
        return None
    try:
        if text[:2] in ("0x", "0b", "0o"):
            return int(text, 0)
        if text.isdigit():
            return int(text)
        value = float(text)
    except ValueError:
        return None
    if value != value or value in (float("inf"), float("-inf")):
        return None
    return int(value) if "e" in text and value.is_integer() and abs(value) < 1e18 else value


def jsdoc(comment: str) -> str | None:
    """The text of `/** ... */`, or None for any other comment."""
    if not comment.startswith("/**") or len(comment) < 5:
        return None
    lines = [re.sub(r"^\s*\*? ?", "", line) for line in comment[3:-2].split("\n")]
    return "\n".join(lines).strip() or None


def jsx_text(raw: str) -> str:
    """Text between tags: line breaks with their indentation are one space."""
    return _JSX_SPACE.sub(" ", raw).strip()
