"""YAML text to plain data with the line of every value, for errors that name the place.

YAML 1.1 has traps that a file of money must not fall into: here a number is a plain decimal number (no octal, hex,
base 60, infinity), keys are text and unique, there are no merge keys and no tags, and aliases cannot blow a file up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

from bot.errors import ReviewError

# libyaml where PyYAML was built with it: ten times as fast.
LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_DEPTH = 24
MAX_VALUES = 50_000
MAX_NUMBER_CHARS = 40
MAX_KEY_CHARS = 80
Place = tuple[str | int, ...]

_NUMBER = re.compile(r"[-+]?(\d[\d_]*)(\.[\d_]*)?([eE][-+]?\d{1,3})?|[-+]?\.\d[\d_]*([eE][-+]?\d{1,3})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BOOLS = {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False}
_TAG = "tag:yaml.org,2002:"
_NUMERIC = (f"{_TAG}int", f"{_TAG}float")


def printable(text: str) -> str:
    """A key for an error: cut, and without what would move a terminal's cursor."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:MAX_KEY_CHARS])


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The data, and the line of each value and key by its place in the data."""

    name: str
    data: Any
    lines: Mapping[Place, int]

    def line(self, place: Sequence[str | int]) -> int:
        """The line of the place, or of the nearest one around it."""
        at = tuple(place)
        while at not in self.lines and at:
            at = at[:-1]
        return self.lines.get(at, 1)


@dataclass(slots=True)
class _Reader:
    name: str
    lines: dict[Place, int] = field(default_factory=dict)
    values: int = 0

    def error(self, line: int, message: str, hint: str = "") -> ReviewError:
        return ReviewError(f"{self.name}:{line}: {message}", hint)

    def convert(self, node: yaml.Node, place: Place) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        self.values += 1
        if self.values > MAX_VALUES:
            raise self.error(line, f"more than {MAX_VALUES:,} values", "Aliases count as often as they are used.")
        if len(place) > MAX_DEPTH:
            raise self.error(line, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(node, yaml.MappingNode):
            self._plain(node, f"{_TAG}map", line)
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            self._plain(node, f"{_TAG}seq", line)
            return [self.convert(item, (*place, i)) for i, item in enumerate(node.value)]
        return self._scalar(node, line) if isinstance(node, yaml.ScalarNode) else None

    def _plain(self, node: yaml.Node, tag: str, line: int) -> None:
        if node.tag != tag:
            raise self.error(line, f"tags such as {node.tag[:40]!r} are not used here", "Write plain YAML.")

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.error(line, "a key must be text")
            key = key_node.value
            if key_node.tag == f"{_TAG}merge":
                raise self.error(line, "merge keys (`<<`) are not used here", "Write the keys out.")
            if key in out:
                raise self.error(line, f"the key `{printable(key)}` stands here twice", "Keep one of them.")
            self.lines[(*place, key)] = line
            out[key] = self.convert(value_node, (*place, key))
        return out

    def _scalar(self, node: yaml.ScalarNode, line: int) -> Any:
        text: str = node.value
        if node.tag in (f"{_TAG}str", f"{_TAG}timestamp"):
            return self._day(text, line) if not node.style and _DAY.fullmatch(text) else self._loose(node, text)
        if node.tag == f"{_TAG}null":
            return None
        if node.tag == f"{_TAG}bool":
            return _BOOLS[text.lower()]
        if node.tag in _NUMERIC:
            return self._number(text, line)
        raise self.error(line, f"tags such as {node.tag[:40]!r} are not used here", "Write plain YAML.")

    def _loose(self, node: yaml.ScalarNode, text: str) -> Any:
        """`1e5` and `1e-3` are numbers to everybody but YAML 1.1."""
        if not node.style and len(text) <= MAX_NUMBER_CHARS and _NUMBER.fullmatch(text):
            return Decimal(text.replace("_", ""))
        return text

    def _number(self, text: str, line: int) -> int | Decimal:
        zero_led = re.match(r"[-+]?0\d", text)
        if len(text) > MAX_NUMBER_CHARS or not _NUMBER.fullmatch(text) or zero_led:
            raise self.error(line, f"{text[:60]!r} is not a plain decimal number", "Write it like 1200 or 0.25.")
        plain = text.replace("_", "")
        return int(plain) if plain.lstrip("+-").isdigit() else Decimal(plain)

    def _day(self, text: str, line: int) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise self.error(line, f"there is no day {text}", "Write it as 2026-11-30.") from error


def read_yaml(text: str, name: str) -> Document:
    """The document in a text; an empty one is an empty mapping. ReviewError for what is not plain YAML."""
    reader = _Reader(name)
    try:
        _check_depth(text, reader)
        node = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise reader.error(
            mark.line + 1 if mark else 1, f"not valid YAML: {what}", "Check indentation and quotes."
        ) from error
    except yaml.YAMLError as error:
        raise reader.error(
            1, f"not valid YAML: {str(error).splitlines()[0]}", "Check for control characters."
        ) from error
    data = {} if node is None else reader.convert(node, ())
    return Document(name=name, data={} if data is None else data, lines=reader.lines)


def _check_depth(text: str, reader: _Reader) -> None:
    """The composer recurses into nested values; events come one by one, so a bomb is seen before it goes off."""
    depth = 0
    for n, event in enumerate(yaml.parse(text, Loader=LOADER)):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH or n > 4 * MAX_VALUES:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise reader.error(
                line, f"nested deeper than {MAX_DEPTH} levels" if depth > MAX_DEPTH else "too many values"
            )
