"""The names of a tree's files, and what is looked up among them: base and head of a change mostly share it."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property, lru_cache


class Paths:
    def __init__(self, paths: tuple[str, ...]) -> None:
        self._paths = paths
        self.every = frozenset(paths)

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that a file stands in."""
        found: set[str] = set()
        for path in self._paths:
            folder = path.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    @cached_property
    def by_name(self) -> Mapping[str, list[str]]:
        """Last part of the path -> the paths."""
        found: dict[str, list[str]] = defaultdict(list)
        for path in self._paths:
            found[posixpath.basename(path)].append(path)
        return found


@lru_cache(maxsize=2)
def paths_of(paths: tuple[str, ...]) -> Paths:
    """The same for two trees with the same files."""
    return Paths(paths)
