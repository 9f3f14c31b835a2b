"""Which commits can have changed a call site, told from the files they touch and without scanning each of them.

A site names every place that it was read from: the call, the texts, the constants, the settings, the wrappers. A commit
is looked at when it changes a function or a name that one of these places stands in, a file that declares calls or
settings, or a line that makes a call of a name that a library's request or one of the repository's own wrappers has.
What reaches a site in no such way shows as a difference between two scans; `bot.walk` then looks for its commit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Final

from bot.git_history import BlobChange, Step
from prompts_scanner import ir, languages
from prompts_scanner.context import classify, is_migration
from prompts_scanner.model import CallSite, Context, Span
from prompts_scanner.shape import Sdk

# Files that declare call sites, or set what code reads by name.
_DECLARING: Final = frozenset((".baml", ".prompty", ".prompt"))
_SETTING: Final = frozenset((".toml", ".yaml", ".yml", ".json", ".env"))
_SETS: Final = re.compile(rb"model|prompt|llm|temperature|openai|anthropic|gemini|bedrock|mistral", re.IGNORECASE)
_DEFINED: Final = re.compile(r"(?:def|function|async)\s+(\w+)|\b(\w+)\s*[:=]\s*(?:async\b|function\b|\()|\b(\w+)\s*\(")
_COMMON: Final = frozenset(("if", "for", "while", "return", "self", "async", "function", "def", "main", "run", "get"))
# The part of a module that belongs to no function and no name.
REST: Final = ""
Read = Callable[[str], bytes]
Modules = Callable[[str], ir.Module | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What the sites of a tree were read from, and the names of the repository's own wrappers.

    `parts`: by path, the parts of a module (see `parts_of`) that hold such a place; empty for other files.
    """

    parts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    wrappers: frozenset[str] = frozenset()


def reached(sites: Iterable[CallSite], read: Callable[[str], bytes | None], module: Modules) -> Reached:
    """`read` gives the file at a path of the tree that was scanned, `module` its picture."""
    places: dict[str, set[Span]] = {}
    wrappers: set[str] = set()
    for site in sites:
        for span in _spans(site):
            places.setdefault(span.path, set()).add(span)
        for related in site.related:
            if related.role == "wrapper":
                lines = (read(related.span.path) or b"").decode("utf-8", "replace").splitlines()
                for line in lines[related.span.first_line - 1 : related.span.first_line]:
                    wrappers |= {n for found in _DEFINED.finditer(line) for n in found.groups() if n} - _COMMON
    parts = {}
    for path, spans in places.items():
        found = module(path)
        names = _part_names(found) if found is not None else {}
        parts[path] = frozenset(names.get(line, REST) for s in spans for line in (s.first_line, s.last_line) if names)
    return Reached(parts=parts, wrappers=frozenset(wrappers))


def parts_of(module: ir.Module, data: bytes) -> dict[str, str]:
    """The text of a module by its parts: functions (with all that is in them), names set outside of functions, the rest.

    Without blank lines, comments on lines of their own, and the space around lines.
    """
    names = _part_names(module)
    out: dict[str, list[str]] = {}
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        text = line.strip()
        part = names.get(number, REST)
        if not text or text.startswith(("#", "//")) or (part == REST and text.startswith(("import ", "from "))):
            continue
        out.setdefault(part, []).append(text)
    return {part: "\n".join(lines) for part, lines in out.items()}


def _part_names(module: ir.Module) -> dict[int, str]:
    """Line -> the part that it belongs to; lines of the rest are left out."""
    out: dict[int, str] = {}
    for scope in module.scopes:
        if scope.kind != "function":
            for binding in scope.bindings:
                name = f"{scope.qualname}.{binding.target}"
                out.update(dict.fromkeys(range(binding.line, binding.end_line + 1), name))
    outer = [s for s in module.scopes if s.kind == "function" and not _in_function(module, s)]
    for scope in outer:
        out.update(dict.fromkeys(range(scope.first_line, scope.last_line + 1), f"{scope.qualname}()"))
    return out


def _in_function(module: ir.Module, scope: ir.Scope) -> bool:
    at = scope.parent
    while at > 0:
        if module.scopes[at].kind == "function":
            return True
        at = module.scopes[at].parent
    return False


def _spans(value: object) -> Iterator[Span]:
    """Every place within a value."""
    if isinstance(value, Span):
        yield value
    elif isinstance(value, tuple):
        for inner in value:
            yield from _spans(inner)
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from _spans(getattr(value, one.name))


@dataclass(slots=True, kw_only=True)
class Touch:
    """Asked of one commit after the other. `read` gives a blob's bytes, `module` the picture of a blob at a path."""

    sdks: tuple[Sdk, ...]
    contexts: frozenset[Context]
    read: Read
    module: Callable[[str, str], ir.Module | None]
    _known: re.Pattern[bytes] | None = None
    _for: frozenset[str] | None = None

    def may_matter(self, step: Step, now: Reached) -> bool:
        """Whether the commit can have changed what the sites `now` are read from, or made new ones."""
        return any(self._changes(c, now) or self._may_call(c, now) for c in step.changes)

    def _changes(self, change: BlobChange, now: Reached) -> bool:
        """Whether a part is another one than before from which a site is read."""
        wanted = now.parts.get(change.old_path)
        if wanted is None:
            return change.path in now.parts
        old, new = (self._parts(change.path, blob) for blob in (change.before, change.after))
        if not wanted or old is None or new is None:
            return True
        return any(old.get(part) != new.get(part) for part in wanted)

    def _parts(self, path: str, blob: str | None) -> dict[str, str] | None:
        module = self.module(path, blob) if blob is not None else None
        return parts_of(module, self.read(blob)) if module is not None and blob is not None else None

    def _may_call(self, change: BlobChange, now: Reached) -> bool:
        path, blobs = change.path, (change.before, change.after)
        if classify(path) not in self.contexts or is_migration(path):
            return False
        pattern = self._pattern(now)
        if languages.language_of(path) is None:
            name = PurePosixPath(path)
            if name.suffix in _DECLARING:
                return True
            if name.suffix not in _SETTING and not name.name.startswith(".env"):
                return False
            pattern = _SETS
        old, new = (_calling(self.read(blob), pattern) if blob else Counter() for blob in blobs)
        return old != new

    def _pattern(self, now: Reached) -> re.Pattern[bytes]:
        if self._known is None or self._for != now.wrappers:
            names = sorted({*_names(self.sdks), *now.wrappers})
            self._known = re.compile(rb"\b(?:" + b"|".join(re.escape(n).encode() for n in names) + rb")\s*[(<]")
            self._for = now.wrappers
        return self._known


def _calling(data: bytes, pattern: re.Pattern[bytes]) -> Counter[bytes]:
    return Counter(line.strip() for line in data.splitlines() if pattern.search(line))


def _names(sdks: Iterable[Sdk]) -> Iterator[str]:
    """The last names of everything a library's row knows as a call."""
    for sdk in sdks:
        for path in (
            *(s.path for s in (*sdk.shapes, *sdk.functions)),
            *(r.path for r in sdk.runners),
            *(n for b in sdk.bindings for n in (*b.names, *b.invokes)),
            *(name for name, _ in sdk.global_model_calls),
            *sdk.clients,
        ):
            last = re.split(r"[./:]", path)[-1]
            if re.fullmatch(r"\w+", last):
                yield last


def essence(sites: Iterable[CallSite]) -> str:
    """Equal for trees whose calls send the same, wherever their lines stand."""
    digest = sha256()
    for site in sites:
        digest.update(repr(_without_places(site)).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()


def _without_places(value: object) -> object:
    if isinstance(value, Span):
        return None
    if isinstance(value, tuple):
        return tuple(_without_places(v) for v in value)
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(_without_places(getattr(value, f.name)) for f in fields(value) if f.name != "related")
    return value
