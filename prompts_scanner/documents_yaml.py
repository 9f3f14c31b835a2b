"""YAML, and JSON as the part of it that it is: the parser loads with the first such file."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from prompts_scanner.model import Piece, Span
from prompts_scanner.unread import MAX_DEPTH, MAX_NODES, too_big
from prompts_scanner.values import Const, Lst, Map, Num, Str, Value


def read_yaml(path: str, text: str, at: Span | None) -> Value | None:
    """As `documents.read_document`. Raises ValueError for what is no YAML."""
    try:
        # a C parser where PyYAML has one: several times faster; nodes carry their lines
        nodes = list(yaml.compose_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    reader = _Reader(path, at)
    found = [reader.value(n, 0) for n in nodes if n is not None]
    whole = Span(path, 1, text.count("\n") + 1)
    return None if not found else found[0] if len(found) == 1 else Lst(items=tuple(found), span=at or whole)


class _Reader:
    def __init__(self, path: str, at: Span | None) -> None:
        self.path = path
        self.at = at
        self.nodes = 0

    def value(self, node: yaml.Node, depth: int) -> Value:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise too_big(f"more than {MAX_NODES:,} values (aliases count as often as they are used)")
        if depth > MAX_DEPTH:
            raise too_big(f"nested deeper than {MAX_DEPTH} levels")
        first, last = node.start_mark.line + 1, node.end_mark.line + 1
        if node.end_mark.column == 0 and last > first:
            last -= 1  # a block ends where the next token begins
        span = self.at or Span(self.path, first, last)
        if isinstance(node, yaml.MappingNode):
            return Map(items=tuple(self.fields(node, depth)), span=span, how="config")
        if isinstance(node, yaml.SequenceNode):
            return Lst(items=tuple(self.value(v, depth + 1) for v in node.value), span=span, how="config")
        return self.scalar(node, span)

    def fields(self, node: yaml.MappingNode, depth: int) -> Iterator[tuple[str, Value]]:
        for key, item in node.value:
            value = self.value(item, depth + 1)
            if key.tag.endswith(":merge"):
                for one in value.items if isinstance(value, Lst) else (value,):
                    yield from one.items if isinstance(one, Map) else ()
            elif isinstance(key, yaml.ScalarNode):
                yield str(key.value), value

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
