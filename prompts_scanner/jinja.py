"""Templates that take parts from others: includes, inheritance, macros, partials. Put together, never rendered.

Every branch of an `if` stays and a loop's body stands once: the text is the most that one pass can send. What a name leads
to is asked of `Find`; a template that cannot be found is a hole.
https://jinja.palletsprojects.com/en/stable/templates/, https://mustache.github.io/mustache.5.html#Partials,
https://handlebarsjs.com/guide/partials.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from prompts_scanner.jinja_nodes import MAX_NESTED, Node, parse
from prompts_scanner.model import Hole, Piece, Span
from prompts_scanner.templates import VARIABLE

# (path of the template that names it, the name) -> (path, text), or None
Find = Callable[[str, str], tuple[str, str] | None]

MAX_FILES = 200
MAX_CHARS = 2_000_000
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_CALL = re.compile(r"([A-Za-z_][\w.]*)\s*\((.*)\)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Source:
    path: str
    span: Span
    nodes: list[Node]


@dataclass(slots=True)
class Scope:
    """What names mean while a template is put together: blocks by name from the most derived on, macros, texts that were set."""

    blocks: dict[str, list[tuple[Source, list[Node]]]] = field(default_factory=dict)
    macros: dict[str, tuple[Source, Node]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def has_parts(text: str) -> bool:
    """Whether a template takes parts from elsewhere, or has parts of its own that are put in several times."""
    return bool(
        re.search(r"\{%[-+]?\s{0,9}(include|extends|import|from|macro|block|set|raw)\b|\{\{[#~]?\s{0,9}>", text)
    )


def put_together(path: str, text: str, find: Find, span: Span | None = None) -> tuple[Piece | Hole, ...]:
    """The pieces of a template with the templates that it names. `span`: where its text stands, if not all of `path`."""
    maker = _Maker(find)
    source = maker.source(path, text)
    source = replace(source, span=span) if span is not None else source
    return tuple(_joined(maker.whole(source, Scope(), 0)))


def spellings(path: str, name: str) -> tuple[str, ...]:
    """The file names that a template at `path` may mean by `name`: partials are named without their suffix."""
    folder, _, last = name.rpartition("/")
    if "." in last:
        return (name,)
    stem = path.rpartition("/")[2]
    suffix = stem[stem.find(".") :] if "." in stem else ""
    under = f"{folder}/" if folder else ""
    return tuple(f"{under}{lead}{last}{suffix}" for lead in ("", "_", "partials/", "partials/_"))


# -- putting together -------------------------------------------------------------------------------------------------


class _Maker:
    def __init__(self, find: Find) -> None:
        self.find = find
        self.files = 0
        self.chars = 0

    def source(self, path: str, text: str) -> Source:
        self.files += 1
        return Source(path, Span(path, 1, text.rstrip("\n").count("\n") + 1), parse(text))

    def other(self, source: Source, name: str) -> Source | None:
        found = self.find(source.path, name) if self.files < MAX_FILES else None
        return self.source(*found) if found is not None else None

    def whole(self, source: Source, scope: Scope, depth: int) -> Iterator[Piece | Hole]:
        """A template from its top; one that extends another is that one with these blocks."""
        self._declare(source, source.nodes, scope, depth)
        base = next((n for n in source.nodes if n.kind == "extends"), None)
        if base is None or depth > MAX_NESTED:
            yield from self.nodes(source, source.nodes, scope, depth)
            return
        parent = self._named(source, base.text, depth)
        if parent is None:
            yield Hole(name=f"extends {base.text}", reason="a template that was not found", span=source.span)
            for node in source.nodes:
                if node.kind == "block":
                    yield from self.nodes(source, node.inside, scope, depth + 1)
            return
        yield from self.whole(parent, scope, depth + 1)

    def _declare(self, source: Source, nodes: list[Node], scope: Scope, depth: int) -> None:
        for node in nodes:
            match node.kind:
                case "block":
                    scope.blocks.setdefault(_first_name(node.text), []).append((source, node.inside))
                    self._declare(source, node.inside, scope, depth)
                case "macro":
                    scope.macros.setdefault(_first_name(node.text), (source, node))
                case "import" | "from" if depth < MAX_NESTED:
                    self._import(source, node, scope, depth)
                case "set":
                    name, _, value = node.text.partition("=")
                    quoted = _QUOTED.fullmatch(value.strip())
                    if quoted is not None and _NAME.fullmatch(name.strip()):
                        scope.texts[name.strip()] = quoted.group(1) or quoted.group(2) or ""

    def _import(self, source: Source, node: Node, scope: Scope, depth: int) -> None:
        """`import "m" as m` gives `m.f`; `from "m" import f as g` gives `g`."""
        other = self._named(source, node.text, depth)
        if other is None:
            return
        inner = Scope()
        self._declare(other, other.nodes, inner, depth + 1)
        rest = _QUOTED.sub("", node.text, count=1).split()
        if node.kind == "import" and rest[:1] == ["as"] and len(rest) > 1:
            scope.macros |= {f"{rest[1]}.{n}": m for n, m in inner.macros.items()}
        elif node.kind == "from" and rest[:1] == ["import"]:
            words = " ".join(rest[1:]).split(",")
            for part in (w.split() for w in words):
                if part and part[0] in inner.macros:
                    scope.macros[part[-1] if len(part) == 3 else part[0]] = inner.macros[part[0]]

    def _named(self, source: Source, text: str, depth: int) -> Source | None:
        """The first of the quoted names in a tag that leads to a template."""
        if depth >= MAX_NESTED:
            return None
        for found in _QUOTED.finditer(text):
            other = self.other(source, found.group(1) or found.group(2) or "")
            if other is not None:
                return other
        return None

    def nodes(self, source: Source, nodes: list[Node], scope: Scope, depth: int) -> Iterator[Piece | Hole]:
        for node in nodes:
            if self.chars > MAX_CHARS or depth > MAX_NESTED:
                return
            match node.kind:
                case "text":
                    self.chars += len(node.text)
                    yield Piece(text=node.text, span=source.span)
                case "value":
                    yield from self._value(source, node.text, scope, depth)
                case "include" | "partial":
                    yield from self._include(source, node, scope, depth)
                case "block":
                    yield from self._block(scope, _first_name(node.text), 0, depth, source, node)

    def _include(self, source: Source, node: Node, scope: Scope, depth: int) -> Iterator[Piece | Hole]:
        name = node.text.split()[0] if node.kind == "partial" and node.text else node.text
        if node.kind == "partial":
            other = self.other(source, name.strip("\"'")) if depth < MAX_NESTED else None
        else:
            other = self._named(source, name, depth)
        if other is not None:
            inner = Scope(macros=dict(scope.macros), texts=dict(scope.texts))
            yield from self.whole(other, inner, depth + 1)
        elif "ignore missing" not in node.text:
            shown = name.split(" with")[0].strip("\"' ")
            yield Hole(name=f"include {shown}", reason="a template that was not found", span=source.span)

    def _block(
        self, scope: Scope, name: str, level: int, depth: int, source: Source, node: Node
    ) -> Iterator[Piece | Hole]:
        """The most derived block of a name; `super()` in it is the next one."""
        chain = scope.blocks.get(name) or [(source, node.inside)]
        if level >= len(chain):
            return
        where, inside = chain[level]
        for one in inside:
            if one.kind == "value" and one.text.replace(" ", "") == "super()":
                yield from self._block(scope, name, level + 1, depth + 1, source, node)
            else:
                yield from self.nodes(where, [one], scope, depth + 1)

    def _value(self, source: Source, text: str, scope: Scope, depth: int) -> Iterator[Piece | Hole]:
        call = _CALL.match(text)
        macro = scope.macros.get(call.group(1)) if call is not None else None
        if call is not None and macro is not None and depth < MAX_NESTED:
            where, node = macro
            inner = Scope(macros=scope.macros, texts=dict(scope.texts) | _given(node.text, call.group(2)))
            yield from self.nodes(where, node.inside, inner, depth + 1)
            return
        quoted = _QUOTED.fullmatch(text)
        known = scope.texts.get(text) if quoted is None else quoted.group(1) or quoted.group(2) or ""
        if known is not None:
            self.chars += len(known)
            yield Piece(text=known, span=source.span)
            return
        root = _NAME.match(text)
        exact = bool(_NAME.fullmatch(text.partition("|")[0].strip()))
        yield Hole(
            name=root.group() if root is not None else "value",
            reason=VARIABLE if exact else "template expression",
            span=source.span,
        )


def _first_name(text: str) -> str:
    found = _NAME.match(text)
    return found.group() if found is not None else ""


def _given(signature: str, arguments: str) -> dict[str, str]:
    """The parameters of a macro that a call, or else their default, gives as plain text."""
    _, _, inside = signature.partition("(")
    params: list[str] = []
    out: dict[str, str] = {}
    for part in inside.rpartition(")")[0].split(","):
        name, _, default = part.partition("=")
        quoted = _QUOTED.fullmatch(default.strip())
        params.append(name.strip())
        if quoted is not None:
            out[name.strip()] = quoted.group(1) or quoted.group(2) or ""
    place = 0
    for part in _parts(arguments):
        name, equals, value = part.partition("=")
        named = bool(equals) and bool(_NAME.fullmatch(name.strip()))
        quoted = _QUOTED.fullmatch((value if named else part).strip())
        target = name.strip() if named else params[place] if place < len(params) else ""
        place += not named
        if quoted is not None:
            out[target] = quoted.group(1) or quoted.group(2) or ""
        else:
            out.pop(target, None)
    return out


def _parts(arguments: str) -> Iterator[str]:
    """Arguments, cut at commas that stand outside quotes."""
    start, quote = 0, ""
    for at, char in enumerate(arguments):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == ",":
            yield arguments[start:at]
            start = at + 1
    if arguments[start:].strip():
        yield arguments[start:]


def _joined(pieces: Iterator[Piece | Hole]) -> Iterator[Piece | Hole]:
    """Neighbouring texts of one place as one piece."""
    last: Piece | None = None
    for piece in pieces:
        if isinstance(piece, Piece) and last is not None and last.span == piece.span:
            last = Piece(text=last.text + piece.text, span=last.span)
            continue
        if last is not None:
            yield last
        last = piece if isinstance(piece, Piece) else None
        if isinstance(piece, Hole):
            yield piece
    if last is not None:
        yield last
