"""One sentence for what is wrong in `.aicost.yml`: file, line, key, what is expected, the nearest valid key."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterator
from typing import Any, Union

from pydantic import BaseModel, ValidationError

from bot.config_yaml import MAX_KEY_CHARS, Document, printable
from bot.errors import ReviewError

MAX_SHOWN = 5
# Names of the branches of unions, which pydantic puts into the place of an error.
BRANCHES = frozenset(("number", "range", "levelled", "list"))
_WORDS = {
    "valid tuple": "list",
    "valid dictionary": "mapping",
    "valid string": "text",
    "valid date": "day such as 2026-11-30",
}


def explain(error: ValidationError, document: Document, model: type[BaseModel]) -> ReviewError:
    """The first errors by line, each once, with a hint for the first."""
    told: dict[str, str] = {}
    for item in sorted(error.errors(), key=lambda e: document.line(_place(e["loc"], document.data))):
        message, hint = _told(item, document, model)
        told.setdefault(message, hint)
    lines = list(told)
    more = f"\n… and {len(lines) - MAX_SHOWN} more" if len(lines) > MAX_SHOWN else ""
    hint = next((h for h in told.values() if h), "See .aicost.example.yml, or the JSON Schema in your editor.")
    return ReviewError("\n".join(lines[:MAX_SHOWN]) + more, hint)


def _told(item: Any, document: Document, model: type[BaseModel]) -> tuple[str, str]:
    place = _place(item["loc"], document.data)
    where = f"{document.name}:{document.line(place)}: {dotted(place) or 'the file'}"
    kind, value = item["type"], item["input"]
    if kind == "extra_forbidden":
        return _unknown_key(where, place, model)
    if kind == "missing":
        return f"{where} is missing", ""
    if kind == "value_error":
        text = str(item["ctx"]["error"])
        if text in ("is not a number", "is not a whole number"):
            return f"{where}: {_shown(value)} {text}", _number_hint(value)
        return f"{where} {text}" if text.startswith(("needs", "states", "must")) else f"{where}: {text}", ""
    message = item["msg"][:1].lower() + item["msg"][1:]
    for pydantic_word, word in _WORDS.items():
        message = message.replace(pydantic_word, word)
    return f"{where}: {message}, not {_shown(value)}", _kind_hint(value)


def _place(loc: tuple[int | str, ...], data: Any) -> tuple[str | int, ...]:
    """The part of pydantic's place that is in the file: the names of union branches and `[key]` marks are not."""
    out: list[str | int] = []
    for i, part in enumerate(loc):
        last = i == len(loc) - 1
        if isinstance(data, dict) and isinstance(part, str):
            if part in data:
                data = data[part]
            elif not last or part == "[key]" or part in BRANCHES:
                continue
            else:
                data = None
            out.append(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
            out.append(part)
    return tuple(out)


def dotted(place: tuple[str | int, ...]) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{printable(part)}"
    return text.lstrip(".")


def _unknown_key(where: str, place: tuple[str | int, ...], model: type[BaseModel]) -> tuple[str, str]:
    key = str(place[-1])[:MAX_KEY_CHARS]
    here = sorted(_keys(model, place[:-1]))
    near = difflib.get_close_matches(key, here, n=1, cutoff=0.6)
    if near:
        return f"{where} is not a key; did you mean `{near[0]}`?", ""
    elsewhere = [path for path in _paths(model) if path.rpartition(".")[2] == key]
    if elsewhere:
        return f"{where} is not a key here; it belongs at `{elsewhere[0]}`", ""
    far = difflib.get_close_matches(key, here, n=1, cutoff=0)
    return f"{where} is not a key; the nearest is `{far[0]}`" if far else f"{where} is not a key", (
        f"Keys here: {', '.join(here)}." if here else ""
    )


def _keys(model: type[BaseModel], place: tuple[str | int, ...]) -> set[str]:
    """The valid keys at a place."""
    current: list[Any] = [model]
    for part in place:
        following: list[Any] = []
        for kind in current:
            following += _step(kind, part)
        current = following
    return {key for kind in current for key in _fields(kind)}


def _fields(kind: Any) -> dict[str, Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
    return {}


def _step(kind: Any, part: str | int) -> list[Any]:
    fields = _fields(kind)
    if part in fields:
        return list(_members(fields[part]))
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is dict:
        return list(_members(arguments[1]))
    if typing.get_origin(kind) is tuple and isinstance(part, int):
        return list(_members(arguments[0]))
    return []


def _members(kind: Any) -> Iterator[Any]:
    """The branches of a union, without annotations."""
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        yield from _members(typing.get_args(kind)[0])
    elif origin in (Union, types.UnionType):
        for member in typing.get_args(kind):
            yield from _members(member)
    else:
        yield kind


def _paths(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """All keys below, dotted; a name of the user's is `<name>`, an item of a list `[]`."""
    for key, annotation in _fields(model).items():
        yield f"{prefix}{key}"
        for kind in _members(annotation):
            yield from _paths_of(kind, f"{prefix}{key}")


def _paths_of(kind: Any, prefix: str) -> Iterator[str]:
    if _fields(kind):
        yield from _paths(kind, f"{prefix}.")
    for origin, index, mark in ((dict, 1, ".<name>"), (tuple, 0, "[]")):
        if typing.get_origin(kind) is origin:
            for inner in _members(typing.get_args(kind)[index]):
                yield from _paths_of(inner, prefix + mark)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)[:80] if isinstance(value, str) else str(value)[:80]


def _number_hint(value: object) -> str:
    if isinstance(value, str) and any(c in "OolI" for c in value) and any(c.isdigit() for c in value):
        return "A letter stands among the digits: O is not 0, l and I are not 1."
    if isinstance(value, str) and value.strip().endswith("%"):
        return "Write a share as 0.25, a percentage as 25, without the sign."
    if isinstance(value, str) and any(c in value for c in ",$€ "):
        return "Write a plain number such as 1200.50, without currency or separators."
    return ""


def _kind_hint(value: object) -> str:
    return "YAML reads yes, no, on and off as true or false: put the word in quotes." if isinstance(value, bool) else ""
