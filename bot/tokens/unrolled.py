"""Schemas that refer to themselves, as Gemini's tools show them: "cyclic references are unrolled to a limited degree",
https://ai.google.dev/api/generate-content (`responseJsonSchema`, of which tools take the same form)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.tokens.request import Known
from bot.tokens.values import mapping

# How often a definition stands inside itself. Google does not say; two requests with one tool were billed so.
LEVELS = 12
# A schema that refers to itself in several places would double with each level.
MAX_UNROLLED_PARTS = 2_000
MAX_NESTED = 200
_DEFINITIONS = ("$defs", "definitions")


def unrolled(schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema with its definitions in place of references, LEVELS deep; None where none refers to itself."""
    definitions = mapping(next((schema[key] for key in _DEFINITIONS if schema.get(key)), None))
    if not any(_reaches(name, name, definitions, set()) for name in definitions):
        return None
    shown = _in_place(schema, Known(definitions, MAX_UNROLLED_PARTS), {}, 0)
    return shown if isinstance(shown, Mapping) else None


def _references(value: Any) -> list[str]:
    """Names of the definitions that a part of a schema refers to. Iterative: depth is the author's."""
    found, left = [], [value]
    while left:
        part = left.pop()
        if isinstance(part, Mapping):
            if isinstance(reference := part.get("$ref"), str):
                found.append(_name(reference))
            left.extend(part.values())
        elif isinstance(part, list):
            left.extend(part)
    return found


def _name(reference: str) -> str:
    return reference.rsplit("/", 1)[-1]


def _reaches(name: str, wanted: str, definitions: Mapping[str, Any], seen: set[str]) -> bool:
    left = [name]
    while left:
        for other in _references(definitions.get(left.pop())):
            if other == wanted:
                return True
            if other not in seen:
                seen.add(other)
                left.append(other)
    return False


def _in_place(value: Any, known: Known, inside: Mapping[str, int], depth: int) -> Any:
    if depth > MAX_NESTED or not known.spend():
        return {}
    if isinstance(value, list):
        return [_in_place(item, known, inside, depth + 1) for item in value]
    if not isinstance(value, Mapping):
        return value
    if isinstance(reference := value.get("$ref"), str):
        name = _name(reference)
        if inside.get(name, 0) >= LEVELS:
            return {}
        again = {**inside, name: inside.get(name, 0) + 1}
        return _in_place(known.definitions.get(name, {}), known, again, depth + 1)
    return {key: _in_place(inner, known, inside, depth + 1) for key, inner in value.items() if key not in _DEFINITIONS}
