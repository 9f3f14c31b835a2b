"""Where a scan reads from: anything that lists paths and gives bytes. Nothing here follows a link or runs a filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from prompts_scanner.model import Gap


class FileTree(Protocol):
    """A read-only tree of files.

    `paths` are posix and relative, sorted. `key(path)` is a content id (a blob's object id): equal keys mean equal
    bytes, in this tree or in another. `read` gives the bytes or None where they cannot be had; `gaps` says why.
    """

    name: str

    def paths(self) -> tuple[str, ...]: ...

    def key(self, path: str) -> str: ...

    def read(self, path: str) -> bytes | None: ...

    def prefetch(self, paths: Iterable[str]) -> None:
        """A hint that these will be read: one round trip instead of many."""

    def matching(self, pattern: str) -> frozenset[str] | None:
        """The paths whose bytes match, in one go; None where the tree has no quick way and `read` must do.

        `pattern` is in the common part of POSIX extended and Python's regular expressions: no `\\w`, no `\\b`.
        """

    def gaps(self) -> tuple[Gap, ...]: ...


class MemoryTree:
    """A tree out of a mapping: for tests, and for files that are already in memory."""

    def __init__(self, files: Mapping[str, str | bytes], name: str = "memory") -> None:
        self.name = name
        self._files = {p: d.encode() if isinstance(d, str) else d for p, d in files.items()}

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def key(self, path: str) -> str:
        return f"{hash(self._files[path]):x}"

    def read(self, path: str) -> bytes | None:
        return self._files.get(path)

    def prefetch(self, paths: Iterable[str]) -> None:
        del paths

    def matching(self, pattern: str) -> frozenset[str] | None:
        del pattern
        return None

    def gaps(self) -> tuple[Gap, ...]:
        return ()
