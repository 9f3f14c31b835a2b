"""YAML, JSON and TOML documents as values that know their lines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from prompts_scanner.model import Piece, Span
from prompts_scanner.unread import MAX_DEPTH, UnreadDocumentError, too_big
from prompts_scanner.values import Const, Lst, Map, Num, Str, Value

_SURROGATES = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
MAX_CHARS = 400_000
Reader = Callable[[str, str, Span | None], Value | None]
_READER: ContextVar[Reader | None] = ContextVar("who reads documents", default=None)


# Python's TOML reader takes time by the square of a key's parts: a key of 40,000 takes it 46 seconds.
_LONG_KEY = re.compile(r"""(?<![\w.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){60}""")


def document_value(path: str, text: str, at: Span | None = None) -> Value | None:
    """As `read_document`, and None also where the document cannot be read."""
    try:
        return read_document(path, text, at)
    except UnreadDocumentError:
        return None


def read_document(path: str, text: str, at: Span | None = None) -> Value | None:
    """A YAML, JSON or TOML document as a value; None for an empty one. `at`: the text stands inside a source file.

    Raises UnreadDocumentError where it is no such document, or one beyond the limits.
    """
    if len(text) > MAX_CHARS:
        raise too_big(f"a document of more than {MAX_CHARS:,} characters")
    reader = _READER.get()
    return read_here(path, text, at) if reader is None else reader(path, text, at)


@contextmanager
def read_by(reader: Reader | None) -> Iterator[None]:
    """For the time of a scan `reader` reads the documents, in another process; None: this one does."""
    before = _READER.set(reader)
    try:
        yield
    finally:
        _READER.reset(before)


def read_here(path: str, text: str, at: Span | None = None) -> Value | None:
    """As `read_document`, in this process."""
    if path.endswith(".toml"):
        if _LONG_KEY.search(text):
            raise too_big(f"keys nested deeper than {MAX_DEPTH} levels")
        try:
            places = {} if at is not None else toml_places(path, text)
            return _plain(tomllib.loads(text), at or Span(path, 1, text.count("\n") + 1), places)
        except RecursionError as error:
            raise too_big(f"nested deeper than {MAX_DEPTH} levels") from error
        except ValueError as error:
            raise UnreadDocumentError("not valid TOML, not read", 30) from error
    if path.endswith((".json", ".jsonc", ".json5")):
        # what JSON allows and YAML does not; lines stay where they are
        text = _SURROGATES.sub("\\\\uFFFD", text.replace("\t", " "))
    from prompts_scanner.documents_yaml import read_yaml  # noqa: PLC0415

    try:
        return read_yaml(path, text, at)
    except RecursionError as error:
        raise too_big(f"nested deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:
        if "nesting depth" in str(error):  # libyaml's own limit: 1,000 levels
            raise too_big(f"nested deeper than {MAX_DEPTH} levels") from error
        kind = "JSON" if path.endswith((".json", ".jsonc", ".json5")) else "YAML"
        raise UnreadDocumentError(f"not valid {kind}, not read", 30) from error


_TOML_HEADER = re.compile(r"^\s*(\[\[?)([^\]]+)\]\]?\s*(#.*)?$")
_TOML_KEY = re.compile(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")


def toml_places(path: str, text: str) -> dict[str, Span]:
    """Where the keys of a TOML document stand, by dotted key path (the standard library's parser does not tell)."""
    starts: list[tuple[str, int]] = []
    section, quote = "", ""
    counts: dict[str, int] = {}
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if quote:
            quote = "" if line.count(quote) % 2 else quote
            continue
        header = _TOML_HEADER.match(line)
        if header is not None:
            section = _toml_name(header.group(2))
            if header.group(1) == "[[":
                counts[section] = counts.get(section, -1) + 1
                section = f"{section}.{counts[section]}"
            starts.append((section, number))
            continue
        key = _TOML_KEY.match(line)
        if key is not None:
            name = _toml_name(key.group(1))
            starts.append((f"{section}.{name}" if section else name, number))
        quote = next((q for q in ('"""', "'''") if line.count(q) % 2), "")
    out: dict[str, Span] = {}
    for i, (name, first) in enumerate(starts):
        last = starts[i + 1][1] - 1 if i + 1 < len(starts) else len(lines)
        while last > first and (not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#")):
            last -= 1
        out.setdefault(name, Span(path, first, last))
    return out


def _toml_name(raw: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in raw.split("."))


def _plain(thing: object, span: Span, places: Mapping[str, Span], name: str = "", depth: int = 0) -> Value:
    if depth > MAX_DEPTH:
        raise RecursionError
    span = places.get(name, span)

    def inside(key: str, value: object) -> Value:
        return _plain(value, span, places, f"{name}.{key}" if name else key, depth + 1)

    if isinstance(thing, dict):
        return Map(items=tuple((str(k), inside(str(k), v)) for k, v in thing.items()), span=span, how="config")
    if isinstance(thing, list):
        return Lst(items=tuple(inside(str(i), v) for i, v in enumerate(thing)), span=span, how="config")
    if isinstance(thing, bool):
        return Const(constant=thing, span=span, how="config")
    if isinstance(thing, int | float):
        return Num(number=thing, span=span, how="config")
    return Str(pieces=(Piece(text=str(thing), span=span),), how="config", via=(span,))
