"""The files as they lie on disk: tracked ones with their uncommitted changes, and new ones that are not ignored.

Links are never followed, not for the file and not for a folder above it, so no read leaves the work tree. A file that
git says is unchanged is read from the object store under its id: that is what the commit holds, whatever the line
endings on disk, and the base tree has it in the cache already.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from bot.git_objects import (
    DAMAGED,
    FILE_LIMIT_BYTES,
    LFS,
    LISTING_LIMIT_BYTES,
    TOO_LARGE,
    Blobs,
    GapList,
    Unreadable,
    grep,
    path_problem,
    shown,
    special_gap,
    unsafe,
    without_pointer,
)
from bot.git_plumbing import Plumbing
from prompts_scanner.model import Gap

NOT_A_FILE: Final = Unreadable("neither a file nor a link (a pipe, socket or device), not read", 20)
NO_ACCESS: Final = Unreadable("the file could not be opened", 60)
LINK: Final = Unreadable("symbolic link, not followed", 5)
NESTED: Final = Unreadable("another git repository inside this one, not read", 30)

_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: a pipe that took the file's place after it was looked at must not make us wait for a writer.
_FILE_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Indexed:
    """What git's index says of a path: `sparse` when the file is left out of the work tree on purpose."""

    object_id: str
    sparse: bool


class WorkTree:
    """The work tree (`FileTree`); `name` is "worktree". A key is the id that git would give the file's bytes."""

    name = "worktree"

    def __init__(self, plumbing: Plumbing, blobs: Blobs, root: Path, *, object_format: str, has_filters: bool) -> None:
        self._plumbing = plumbing
        self._blobs = blobs
        self._root = root
        self._object_format = object_format
        self._gaps = GapList()
        self._folders: dict[str, bool] = {"": True}
        self._disk: dict[str, bytes | Unreadable] = {}
        index = self._index()
        # A filter is a program that the repository names; git would run it to compare. Then all is compared by bytes.
        dirty = frozenset(index) if has_filters else self._dirty()
        self._unchanged: dict[str, str] = {}
        self._changed: dict[str, str | None] = {}
        for path, entry in index.items():
            if entry.sparse or (path not in dirty and self._on_disk(path)):
                self._unchanged[path] = entry.object_id
            elif self._on_disk(path):
                self._changed[path] = entry.object_id
        for path in self._untracked():
            if path not in index and self._on_disk(path):
                self._changed[path] = None
        self._paths = tuple(sorted((*self._unchanged, *self._changed)))

    def paths(self) -> tuple[str, ...]:
        return self._paths

    def key(self, path: str) -> str:
        unchanged = self._unchanged.get(path)
        if unchanged is not None:
            return unchanged
        content = self._bytes(path)
        indexed = self._changed.get(path)
        if content is LFS and indexed is not None:
            return indexed  # what `git lfs` put in the pointer's place is not looked at
        if isinstance(content, Unreadable):
            # Without an id it gets a key of its own, so that it never counts as equal to a file that was read.
            return id_inside(self._root, path, self._object_format) or f"unread:{path}"
        return blob_id(content, self._object_format)

    def keys(self) -> Mapping[str, str]:
        """Every path with its key."""
        return {path: self.key(path) for path in self._paths}

    def read(self, path: str) -> bytes | None:
        unchanged = self._unchanged.get(path)
        if unchanged is None and path not in self._changed:
            return None
        found = self._bytes(path) if unchanged is None else self._stored(path, unchanged)
        if isinstance(found, Unreadable):
            self._gaps.add(path, found)
            return None
        return found

    def prefetch(self, paths: Iterable[str]) -> None:
        sizes_bytes: dict[str, int] = {}
        for path in paths:
            object_id = self._unchanged.get(path)
            if object_id is not None:
                sizes_bytes[object_id] = min(self._size_bytes(path), FILE_LIMIT_BYTES)
        self._blobs.prefetch(sizes_bytes)

    def matching(self, pattern: str) -> frozenset[str] | None:
        stored = grep(self._plumbing, pattern, "--cached")
        if stored is None:
            return None
        wanted = re.compile(pattern.encode("ascii"))
        on_disk = {path: self._bytes(path) for path in self._changed}
        # One that cannot be read may match: whoever reads it then is told why not, on this run and on each later one.
        may = (path for path, found in on_disk.items() if isinstance(found, Unreadable) or wanted.search(found))
        return frozenset((*(stored & self._unchanged.keys()), *may))

    def gaps(self) -> tuple[Gap, ...]:
        return self._gaps.sorted()

    def _index(self) -> dict[str, Indexed]:
        """Tracked files. While a merge is open a path is there up to three times, under one name on disk."""
        found: dict[str, Indexed] = {}
        for record in self._plumbing.records(
            "ls-files", "-z", "--cached", "--stage", "-t", "--full-name", limit_bytes=LISTING_LIMIT_BYTES
        ):
            meta, _, raw = record.partition(b"\t")
            tag, mode, object_id, stage = meta.decode("ascii").split()
            path = self._checked(raw)
            if path is None:
                continue
            gap = special_gap(mode, path)
            if gap is not None:
                self._gaps.add_gap(gap)
            else:
                found[path] = Indexed(object_id, sparse=tag == "S" and stage == "0")
        return found

    def _untracked(self) -> Iterable[str]:
        # What the user ignores everywhere (editor files, virtual environments) is in their own git settings.
        excludes = self._plumbing.user_setting("core.excludesFile", "path")
        own = (f"--exclude-from={excludes}",) if excludes and Path(excludes).is_file() else ()
        for raw in self._plumbing.records(
            "ls-files", "-z", "--others", *own, "--exclude-standard", "--full-name", limit_bytes=LISTING_LIMIT_BYTES
        ):
            if raw.endswith(b"/"):
                self._gaps.add(shown(raw.rstrip(b"/")), NESTED)
                continue
            path = self._checked(raw)
            if path is not None:
                yield path

    def _dirty(self) -> frozenset[str]:
        """Tracked paths whose file may differ from the index, by git's own look at size and time."""
        records = self._plumbing.records(
            "diff-files",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--ignore-submodules=all",
            limit_bytes=LISTING_LIMIT_BYTES,
        )
        return frozenset(raw.decode("utf-8", "surrogateescape") for raw in records)

    def _checked(self, raw: bytes) -> str | None:
        problem = path_problem(raw)
        if problem is not None:
            self._gaps.add(shown(raw), unsafe(problem))
            return None
        return raw.decode("utf-8")

    def _on_disk(self, path: str) -> bool:
        """Whether a plain file lies at `path`, with real folders above it; links and pipes become gaps."""
        if not self._real_folder(path.rpartition("/")[0]):
            return False
        try:
            mode = os.lstat(self._root / path).st_mode
        except OSError:
            return False
        if stat.S_ISREG(mode):
            return True
        if stat.S_ISLNK(mode):
            self._gaps.add(path, LINK)
        elif not stat.S_ISDIR(mode):
            self._gaps.add(path, NOT_A_FILE)
        return False

    def _real_folder(self, folder: str) -> bool:
        known = self._folders.get(folder)
        if known is None:
            known = self._real_folder(folder.rpartition("/")[0])
            if known:
                try:
                    mode = os.lstat(self._root / folder).st_mode
                except OSError:
                    mode = 0
                known = stat.S_ISDIR(mode)
                if stat.S_ISLNK(mode):
                    self._gaps.add(folder, LINK)
            self._folders[folder] = known
        return known

    def _size_bytes(self, path: str) -> int:
        try:
            return os.lstat(self._root / path).st_size
        except OSError:
            return 0

    def _stored(self, path: str, object_id: str) -> bytes | Unreadable:
        found = self._blobs.get(object_id)
        if found is DAMAGED and self._on_disk(path):
            found = read_inside(self._root, path)
        return without_pointer(found)

    def _bytes(self, path: str) -> bytes | Unreadable:
        """The bytes on disk, with the line endings that the index has: an editor's CRLF is not a change of the text."""
        kept = self._disk.get(path)
        if kept is not None:
            return kept
        found = read_inside(self._root, path)
        indexed = self._changed.get(path)
        if indexed is not None:
            before = without_pointer(self._blobs.get(indexed))
            if before is LFS:
                found = LFS
            elif isinstance(found, bytes) and isinstance(before, bytes) and b"\r" not in before and b"\0" not in found:
                found = found.replace(b"\r\n", b"\n")
        found = without_pointer(found)
        self._disk[path] = found
        return found


def blob_id(content: bytes, object_format: str) -> str:
    """git's id for these bytes: the hash of a short header and the content."""
    digest = hashlib.new(object_format, b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


def read_inside(root: Path, path: str) -> bytes | Unreadable:
    """The bytes of a plain file at `path` under `root`, if it is not over the limit; no link is ever followed."""
    file = _open_inside(root, path)
    if isinstance(file, Unreadable):
        return file
    with file:
        content = file.read(FILE_LIMIT_BYTES + 1)
        return content if len(content) <= FILE_LIMIT_BYTES else TOO_LARGE


def id_inside(root: Path, path: str, object_format: str) -> str | None:
    """git's id for a file of any size, or None when it cannot be read or grows meanwhile."""
    file = _open_inside(root, path)
    if isinstance(file, Unreadable):
        return None
    with file:
        size_bytes = left = os.fstat(file.fileno()).st_size
        digest = hashlib.new(object_format, b"blob %d\0" % size_bytes, usedforsecurity=False)
        while chunk := file.read(FILE_LIMIT_BYTES):
            digest.update(chunk)
            left -= len(chunk)
        return digest.hexdigest() if left == 0 else None


def _open_inside(root: Path, path: str) -> IO[bytes] | Unreadable:
    """Opens folder by folder, so that a link in any part of the path is an error and not a way out."""
    *folders, name = path.split("/")
    descriptor = -1
    try:
        descriptor = os.open(root, _FOLDER_FLAGS)
        for folder in folders:
            inner = os.open(folder, _FOLDER_FLAGS, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        # Looked at before it is opened: opening a device can have effects.
        mode = os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode
        if not stat.S_ISREG(mode):
            return LINK if stat.S_ISLNK(mode) else NOT_A_FILE
        file = os.fdopen(os.open(name, _FILE_FLAGS, dir_fd=descriptor), "rb")
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return file
        file.close()
        return NOT_A_FILE
    except OSError:
        return NO_ACCESS
    finally:
        if descriptor >= 0:
            os.close(descriptor)
