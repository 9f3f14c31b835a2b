"""Names in git trees: whatever a tree calls its files, no path leaves it, none stands twice, and each is shown harmlessly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from bot.git_objects import Blobs, GitTree, path_problem, shown
from bot.render.escape import visible

ID = "0123456789abcdef0123456789abcdef01234567"
MODES = ("100644", "100755", "120000", "160000", "100664")


class _Listing:
    """Answers `ls-tree -z -l` with made-up names, in git's form: mode, type, id, size, tab, name."""

    def __init__(self, names: list[bytes]) -> None:
        self._names = names

    def records(self, verb: str, *arguments: str, limit_bytes: int) -> Iterator[bytes]:
        del verb, arguments, limit_bytes
        for i, name in enumerate(self._names):
            mode = MODES[name[0] % len(MODES)] if name else MODES[0]
            size = "-" if mode == "160000" else str(i)
            yield f"{mode} {'commit' if mode == '160000' else 'blob'} {ID} {size:>7}\t".encode() + name


def git_names(data: bytes) -> None:
    names = data.split(b"\0")
    plumbing = _Listing(names)
    tree = GitTree(plumbing, Blobs(plumbing), ID, partial=False)  # type: ignore[arg-type]
    for path in tree.paths():
        parts = PurePosixPath(path).parts
        if path.startswith("/") or ".." in parts or ".git" in {p.lower() for p in parts} or "\0" in path:
            raise AssertionError(f"a path that leaves the tree: {path!r}")
        if any(ord(c) < 32 for c in path) or path.encode("utf-8") not in names:
            raise AssertionError(f"a path that is no name: {path!r}")
    known = {gap.span.path for gap in tree.gaps()}
    for raw in names:
        told = shown(raw)
        if any(ord(c) < 32 or ord(c) == 127 for c in told) or not visible(told).isprintable():
            raise AssertionError(f"shown alive: {told!r}")
        if path_problem(raw) is not None and told not in known:
            raise AssertionError(f"left out without a word: {told!r}")
