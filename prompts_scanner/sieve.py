"""Which files hold a word, remembered by content: base and head share nearly all of theirs, and so do two runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from prompts_scanner.tree import FileTree

# From so many unknown files on, one look of git at the whole tree is quicker than reading each.
MANY: Final = 200
# What stands in git for a file that is kept elsewhere: its words are not known, so it may hold any.
POINTER: Final = "^version https?://(git-lfs|hawser)"
_OBJECT_ID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SEAL_BYTES: Final = 32


class Store(Protocol):
    """Keeps bytes by key between runs. Losing any of them is harmless."""

    def get_many(self, keys: Iterable[str]) -> Mapping[str, bytes]: ...

    def put_many(self, items: Mapping[str, bytes]) -> None: ...


class Sieve:
    """Answers are facts about contents, so they hold for every tree; a store must give them back sealed or not at all."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._known: dict[str, dict[str, bool]] = {}
        self._fresh: set[str] = set()

    def matching(self, tree: FileTree, paths: Sequence[str], pattern: str) -> list[str]:
        """Those of `paths` whose bytes match `pattern`, in their order."""
        known = self._known.get(pattern)
        if known is None:
            known = self._known[pattern] = self._stored(pattern)
        keys = {path: tree.key(path) for path in paths}
        unknown = [path for path, key in keys.items() if key not in known]
        unread: frozenset[str] = frozenset()
        if unknown:
            found = tree.matching(f"{pattern}|{POINTER}") if len(unknown) >= MANY else None
            if found is None:
                found, unread = _read(tree, unknown, pattern)
            known.update((keys[path], path in found) for path in unknown if path not in unread)
            self._fresh.add(pattern)
            unread &= found
        return [path for path, key in keys.items() if path in unread or known.get(key)]

    def flush(self) -> None:
        """Hand what was learnt in this run to the store."""
        if self._store is None or not self._fresh:
            return
        self._store.put_many({_name(p): _packed(self._known[p]) for p in self._fresh})
        self._fresh.clear()

    def _stored(self, pattern: str) -> dict[str, bool]:
        if self._store is None:
            return {}
        name = _name(pattern)
        return _unpacked(self._store.get_many([name]).get(name, b""))


def _read(tree: FileTree, paths: Sequence[str], pattern: str) -> tuple[frozenset[str], frozenset[str]]:
    """Those whose bytes match, and those whose bytes cannot be had: of these git says which match, else they may all."""
    tree.prefetch(paths)
    wanted = re.compile(pattern.encode())
    found: set[str] = set()
    unread: set[str] = set()
    for path in paths:
        data = tree.read(path)
        if data is None:
            unread.add(path)
        elif wanted.search(data):
            found.add(path)
    stored = tree.matching(f"{pattern}|{POINTER}") if unread else None
    return frozenset(found | (unread if stored is None else unread & stored)), frozenset(unread)


def _name(pattern: str) -> str:
    return f"words:{sha256(pattern.encode()).hexdigest()}"


def _packed(known: Mapping[str, bool]) -> bytes:
    """A seal, then a line of ids that match and a line of ids that do not."""
    ids = [key for key in known if _OBJECT_ID.fullmatch(key)]
    lines = (" ".join(key for key in ids if known[key] is answer) for answer in (True, False))
    body = "\n".join(lines).encode("ascii")
    return sha256(body).digest() + body


def _unpacked(packed: bytes) -> dict[str, bool]:
    seal, body = packed[:_SEAL_BYTES], packed[_SEAL_BYTES:]
    if sha256(body).digest() != seal:
        return {}
    yes, _, no = body.decode("ascii").partition("\n")
    return {**dict.fromkeys(yes.split(), True), **dict.fromkeys(no.split(), False)}
