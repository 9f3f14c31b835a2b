"""Edits of documents as values: what byte edits hardly ever make is a document that is still whole but for one place."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import yaml

# Values that readers of numbers, texts, dates and trees have fallen over.
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    10**15 + 1,
    10**30,
    0.1,
    -0.0,
    1e308,
    float("inf"),
    float("nan"),
    "",
    " ",
    "0",
    "1e999999",
    "NaN",
    "-Infinity",
    "2026-02-30",
    "a\nb",
    "\x00",
    "\ud800",
    "\u202e",
    "a" * 300,
    "../../etc/passwd",
    "@acme/team | `x` <img src=x> [a](javascript:x)",
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"a": {"a": {"a": {}}}},
)
Places = list[tuple[Any, Any]]


def _places(value: Any, found: Places, seen: set[int]) -> Places:
    """Every (container, key) of a document; what several aliases share once."""
    if isinstance(value, dict | list) and id(value) not in seen:
        seen.add(id(value))
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            found.append((value, key))
            _places(inner, found, seen)
    return found


def edited(document: Any, chance: random.Random) -> Any:
    """The document with one to three places replaced, taken out, doubled, renamed or exchanged."""
    for _ in range(chance.randint(1, 3)):
        places = _places(document, [], set())
        if not places:
            return chance.choice(ODD)
        holder, key = chance.choice(places)
        match chance.randrange(6):
            case 0 | 1:
                holder[key] = chance.choice(ODD)
            case 2:
                del holder[key]
            case 3 if isinstance(holder, list):
                holder.insert(chance.randint(0, len(holder)), deepcopy(holder[key]))
            case 3:
                holder[str(chance.choice(ODD))[:40]] = holder.pop(key)
            case 4:
                other, at = chance.choice(places)
                if at in other if isinstance(other, dict) else at < len(other):
                    holder[key] = deepcopy(other[at])
            case _:
                holder[key] = [holder[key]] if chance.random() < 0.5 else {"x": holder[key]}
    return document


Mutator = Callable[[bytes, int, int], bytes]
_WORDS = (
    b"\n",
    b"\x00",
    b"\xff",
    b'"',
    b"'",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"- ",
    b"&a ",
    b"*a",
    b"<<: ",
    b"!!",
    b"1e9",
    b"0x",
    b"|",
    b"`",
)


def bytes_edited(data: bytes, max_size: int, chance: random.Random) -> bytes:
    """Some bytes flipped, cut, doubled or put in. (Within a mutator of ours atheris' own cannot be called.)"""
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(out))
        length = chance.randint(1, 16)
        match chance.randrange(5):
            case 0 if at < len(out):
                out[at] ^= 1 << chance.randrange(8)
            case 1:
                del out[at : at + length]
            case 2:
                out[at:at] = out[at : at + length]
            case 3:
                out[at:at] = chance.choice(_WORDS)
            case _:
                out[at : at + 1] = chance.randbytes(length)
    return bytes(out[:max_size])


def _mutator(read: Callable[[bytes], Any], write: Callable[[Any], str]) -> Mutator:
    def mutator(data: bytes, max_size: int, seed: int) -> bytes:
        chance = random.Random(seed)  # noqa: S311 a dice, no secret
        if chance.random() < 0.7:
            try:
                out = write(edited(read(data), chance)).encode()
            except (ValueError, RecursionError, TypeError, AttributeError, yaml.YAMLError):
                out = b""
            if 0 < len(out) <= max_size:
                return out
        return bytes_edited(data, max_size, chance)

    return mutator


as_json = _mutator(json.loads, json.dumps)
as_yaml = _mutator(yaml.safe_load, lambda value: yaml.safe_dump(value, sort_keys=False))
