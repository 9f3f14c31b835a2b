"""TypeScript and JavaScript (and the scripts of .vue and .svelte files) to the language-neutral picture.

The grammars are tree-sitter's, which repair broken code: what they had to skip is reported, the rest is read.
https://tree-sitter.github.io/, https://github.com/tree-sitter/tree-sitter-typescript
"""

from __future__ import annotations

import re
from functools import cache

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Tree

from prompts_scanner import ir
from prompts_scanner.languages.typescript_reader import Reader

MAX_BYTES = 2_000_000
_MINIFIED_BYTES, _MINIFIED_LINE = 100_000, 400
_MAX_BROKEN_SHARE = 0.4
# The parser reports about once per 130 bytes of ordinary code.
_STEPS, _BYTES_PER_STEP, _CHUNK = 5_000, 4, 65_536
_AICOST = re.compile(r"(?://|/?\*|<!--)\s*aicost:\s*(\S.{0,400})")
_COMMENT_ENDS = ("*/}", "*/", "-->")
_SCRIPT = re.compile(rb"<script\b((?:[^<>\"']|\"[^\"]{0,400}\"|'[^']{0,400}'){0,400})>", re.IGNORECASE)
_SCRIPT_END = re.compile(rb"</script\s{0,9}>", re.IGNORECASE)
_TYPED_SCRIPT = re.compile(rb"lang\s{0,9}=\s{0,9}[\"']?(tsx?|typescript)\b", re.IGNORECASE)


def parse(path: str, data: bytes) -> ir.Module | ir.Broken:
    """The picture of one file; never raises on bad input."""
    if len(data) > MAX_BYTES:
        return ir.Broken(path, 1, f"larger than {MAX_BYTES} bytes")
    if b"\0" in data[:8192]:
        return ir.Broken(path, 1, "not a text file")
    if len(data) > _MINIFIED_BYTES and len(data) > _MINIFIED_LINE * (data.count(b"\n") + 1):
        return ir.Broken(path, 1, "minified or generated code")
    suffix = path[path.rfind(".") :].lower()
    typed = suffix in (".ts", ".mts", ".cts", ".tsx")
    source = data
    if suffix in (".vue", ".svelte"):
        source, typed = _scripts(data)
    tree = _tree(source, suffix, typed)
    if tree is None:
        return ir.Broken(path, 1, "too entangled to parse")
    skipped = _skipped(tree.root_node)
    first = skipped[0].start_point[0] + 1 if skipped else 1
    size = sum(n.end_byte - n.start_byte for n in skipped)
    if skipped and size > _MAX_BROKEN_SHARE * max(1, len(source.strip())):
        return ir.Broken(path, first, "not valid TypeScript or JavaScript")
    lines = source.decode("utf-8", "replace").split("\n")
    reader = Reader(source, max(1, len(lines)))
    reader.read(tree.root_node)
    for scope in reader.scopes:
        scope.bindings.sort(key=lambda b: b.line)
    return ir.Module(
        path=path,
        language="typescript",
        scopes=tuple(s.close() for s in reader.scopes),
        calls=tuple(sorted(reader.calls, key=lambda u: u.call.line)),
        imports=tuple(reader.imports),
        exports=tuple(dict.fromkeys(reader.exports)),
        comments=_comments(data),
        unread=tuple(n.start_point[0] + 1 for n in skipped[:20]),
    )


@cache
def _parser(dialect: str) -> Parser:
    languages = {
        "ts": tree_sitter_typescript.language_typescript,
        "tsx": tree_sitter_typescript.language_tsx,
        "js": tree_sitter_javascript.language,
    }
    return Parser(Language(languages[dialect]()))


def _tree(source: bytes, suffix: str, typed: bool) -> Tree | None:
    """The tree by the dialect that the suffix names; untyped code that does not fit it may be typed after all (Flow)."""
    if typed:
        return _bounded("tsx" if suffix == ".tsx" else "ts", source)
    tree = _bounded("js", source)
    if tree is None or not tree.root_node.has_error:
        return tree
    other = _bounded("tsx", source)
    return tree if other is None or other.root_node.has_error else other


def _bounded(dialect: str, source: bytes) -> Tree | None:
    """Ambiguous code can make the parser's work grow with the square of its length: it is given up, by count, not by clock."""
    parser = _parser(dialect)
    left = _STEPS + len(source) // _BYTES_PER_STEP

    def give_up(_offset: int, _has_error: bool) -> bool:
        nonlocal left
        left -= 1
        return left < 0

    try:
        return parser.parse(lambda at, _: source[at : at + _CHUNK], progress_callback=give_up)
    except ValueError:
        parser.reset()
        return None


def _skipped(root: Node) -> list[Node]:
    """The parts that the grammar had to skip, in order; a bare `&` between tags is good text that it does not know."""
    out: list[Node] = []
    stack = [root] if root.has_error else []
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            out += [] if _is_ampersand(node) else [node]
        else:
            stack += [c for c in reversed(node.children) if c.has_error or c.is_missing]
    return out


def _is_ampersand(node: Node) -> bool:
    text = (node.text or b"").strip()
    return text[:1] == b"&" and (text == b"&" or (node.parent is not None and node.parent.type.startswith("jsx")))


def _scripts(data: bytes) -> tuple[bytes, bool]:
    """The scripts of a component with everything else blanked, so that every line keeps its number; and whether typed."""
    out: list[bytes] = []
    at, typed = 0, False
    while (start := _SCRIPT.search(data, at)) is not None:
        end = _SCRIPT_END.search(data, start.end())
        if end is None:
            break
        out.append(b"\n" * data.count(b"\n", at, start.end()))
        out.append(data[start.end() : end.start()])
        out.append(b";")
        at, typed = end.end(), typed or bool(_TYPED_SCRIPT.search(start.group(1)))
    out.append(b"\n" * data.count(b"\n", at))
    return b"".join(out), typed


def _said(text: str) -> str:
    """A comment's text without what ends the comment."""
    text = text.rstrip()
    return next((text.removesuffix(end).rstrip() for end in _COMMENT_ENDS if text.endswith(end)), text)


def _comments(data: bytes) -> tuple[ir.Comment, ...]:
    if b"aicost:" not in data:
        return ()
    lines = data.decode("utf-8", "replace").split("\n")
    return tuple(
        ir.Comment(i, _said(found.group(1)))
        for i, line in enumerate(lines, 1)
        if "aicost:" in line and (found := _AICOST.search(line.rstrip("\r")[:2000]))
    )
