"""YAML, JSON and TOML documents as values that know their lines."""

from __future__ import annotations

import tomllib

import yaml

from prompts_scanner.model import Piece, Span
from prompts_scanner.values import Const, Lst, Map, Num, Str, Value

MAX_CHARS = 400_000
MAX_NODES = 60_000
MAX_DEPTH = 60


class _TooBigError(Exception):
    """The document has more nodes than a settings file has."""


def document_value(path: str, text: str, at: Span | None = None) -> Value | None:
    """A YAML, JSON or TOML document as a value, or None where it is none. `at`: the text stands inside a source file."""
    if len(text) > MAX_CHARS:
        return None
    if path.endswith(".toml"):
        try:
            return _plain(tomllib.loads(text), Span(path, 1, text.count("\n") + 1))
        except (tomllib.TOMLDecodeError, RecursionError, ValueError):
            return None
    try:
        # a C parser where PyYAML has one: several times faster; nodes carry their lines
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return None if node is None else _Reader(path, at).value(node, 0)
    except (yaml.YAMLError, RecursionError, _TooBigError, ValueError):
        return None


class _Reader:
    def __init__(self, path: str, at: Span | None) -> None:
        self.path = path
        self.at = at
        self.nodes = 0

    def value(self, node: yaml.Node, depth: int) -> Value:
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise _TooBigError
        span = self.at or Span(self.path, node.start_mark.line + 1, node.end_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            items = tuple(
                (str(k.value), self.value(v, depth + 1)) for k, v in node.value if isinstance(k, yaml.ScalarNode)
            )
            return Map(items=items, span=span, how="config")
        if isinstance(node, yaml.SequenceNode):
            return Lst(items=tuple(self.value(v, depth + 1) for v in node.value), span=span, how="config")
        return self.scalar(node, span)

    def scalar(self, node: yaml.Node, span: Span) -> Value:
        text = str(node.value)
        if node.tag.endswith((":int", ":float")):
            try:
                number = float(text.replace("_", ""))
            except ValueError:
                return Str(pieces=(Piece(text=text, span=span),), how="config")
            if number == number and abs(number) < 1e15:
                return Num(number=int(number) if number.is_integer() else number, span=span, how="config")
        if node.tag.endswith(":bool"):
            return Const(constant=text.lower() in ("true", "yes", "on"), span=span, how="config")
        if node.tag.endswith(":null"):
            return Const(constant=None, span=span, how="config")
        return Str(pieces=(Piece(text=text, span=span),), how="config", via=(span,))


def _plain(thing: object, span: Span, depth: int = 0) -> Value:
    if depth > MAX_DEPTH:
        raise RecursionError
    if isinstance(thing, dict):
        return Map(items=tuple((str(k), _plain(v, span, depth + 1)) for k, v in thing.items()), span=span, how="config")
    if isinstance(thing, list):
        return Lst(items=tuple(_plain(v, span, depth + 1) for v in thing), span=span, how="config")
    if isinstance(thing, bool):
        return Const(constant=thing, span=span, how="config")
    if isinstance(thing, int | float):
        return Num(number=thing, span=span, how="config")
    return Str(pieces=(Piece(text=str(thing), span=span),), how="config", via=(span,))
