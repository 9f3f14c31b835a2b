"""Keys and tokens out of everything that is told: a comment, a check or a log is read by more people than the code.

Recognised by their published forms; each has a fixed beginning and a length that no name has by chance. What is only a
row of letters and digits cannot be told from an identifier and is not looked for: a secret scanner does that on the code.
https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final, TypeVar

T = TypeVar("T")
HIDDEN: Final = "(secret)"
# The texts of prompts and the schemas of tools: long, and in no output.
NOT_TOLD: Final = ("surfaces", "schema")
_WITHOUT_TEXT: Final = frozenset((int, bool, float, Decimal, date, type(None)))
# `sk-` with at least three digits: words with hyphens are the name of a file.
_SECRET: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-(?=(?:[A-Za-z_-]{0,40}\d){3})[A-Za-z0-9_-]{20,250}"  # OpenAI, Anthropic, OpenRouter, DeepSeek, Langfuse, LiteLLM
    r"|(?:hf|gsk|r8|npm|fw|csk|gh[pousr])[-_][A-Za-z0-9]{30,250}"  # Hugging Face, Groq, Replicate, npm, Fireworks, GitHub
    r"|(?:pplx|xai)-[A-Za-z0-9]{40,250}|(?:nvapi|pa)-[A-Za-z0-9_-]{40,250}|(?:glpat|tvly)-[A-Za-z0-9_-]{20,250}"
    r"|(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,250}|github_pat_[A-Za-z0-9_]{22,250}"
    r"|(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])|dapi[0-9a-f]{32}|lsv2_[ps]t_[0-9a-f]{32}"
    r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,250}|xox[abeoprs]-[A-Za-z0-9-]{10,250}"
    r"|SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}|pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{20,250}"
    r"|eyJ[A-Za-z0-9_-]{10,250}\.eyJ[A-Za-z0-9_-]{10,250}\.[A-Za-z0-9_-]{10,250}"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"
    r")"
)


def hide(text: str) -> str:
    """The text with each key replaced."""
    return _hide(text) if len(text) < 400 else _SECRET.sub(HIDDEN, text)


@lru_cache(maxsize=1 << 15)
def _hide(text: str) -> str:
    return _SECRET.sub(HIDDEN, text)


def without_secrets(value: T) -> T:
    """A value with the keys hidden in every text within it; the very same value where there are none."""
    found: Any = _walk(value, {})
    return found  # type: ignore[no-any-return]


def _walk(value: Any, known: dict[int, tuple[Any, Any]]) -> Any:
    kind: Any = type(value)
    if kind is str:
        hidden = hide(value)
        return value if hidden == value else hidden
    inside = _reader_of(kind)
    if inside is None:
        return value
    # A site stands in many places of a review: each is looked at once. The value is kept, so that its id stays its own.
    found = known.get(id(value))
    if found is None:
        found = known[id(value)] = (value, inside(value, known))
    return found[1]


@cache
def _reader_of(kind: Any) -> Callable[[Any, dict[int, tuple[Any, Any]]], Any] | None:
    if issubclass(kind, tuple):
        return _tuple
    if issubclass(kind, Mapping):
        return _mapping
    return _record if is_dataclass(kind) else None


def _tuple(value: Any, known: dict[int, tuple[Any, Any]]) -> Any:
    parts = [_walk(one, known) for one in value]
    if all(a is b for a, b in zip(parts, value, strict=True)):
        return value
    return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)


def _mapping(value: Any, known: dict[int, tuple[Any, Any]]) -> Any:
    items = {_walk(k, known): _walk(v, known) for k, v in value.items()}
    return value if items.keys() == value.keys() and all(items[k] is v for k, v in value.items()) else items


def _record(value: Any, known: dict[int, tuple[Any, Any]]) -> Any:
    changed: dict[str, Any] = {}
    kind: Any = type(value)
    for name in _names(kind):
        old = getattr(value, name)
        if type(old) in _WITHOUT_TEXT:
            continue
        new = _walk(old, known)
        if new is not old:
            changed[name] = new
    return replace(value, **changed) if changed else value


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.init and field.name not in NOT_TOLD)
