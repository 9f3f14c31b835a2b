"""A commit's files, read from git's object store: nothing is checked out, followed, filtered or fetched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from bot.errors import ReviewError
from bot.git_plumbing import Plumbing, Process
from prompts_scanner.model import Gap, Span

FILE_LIMIT_BYTES: Final = 1 << 20
LISTING_LIMIT_BYTES: Final = 1 << 28
CACHE_LIMIT_BYTES: Final = 1 << 26
# Requests in flight. They and the answers must fit the pipes: 32 ids of 65 bytes are under the smallest pipe (4 KiB).
PIPELINE_DEPTH: Final = 32
LFS_POINTER: Final = re.compile(rb"version https?://(?:git-lfs|hawser)\b")
LFS_POINTER_LIMIT_BYTES: Final = 1024

FILES: Final = ("100644", "100755")
SYMLINK: Final = "120000"
SUBMODULE: Final = "160000"
SPECIAL_WEIGHT: Final = 30  # of links and other repositories; a path that no file should have weighs more
# Of more changes than this the whole listing is as quick.
MANY_CHANGES: Final = 5_000
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class Entry(NamedTuple):
    """A file of a tree. `size_bytes` is None where git could not tell (the object is not here) or was not asked."""

    object_id: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a file has no bytes, in words for a gap; `weight` as in `Gap`."""

    reason: str
    weight: int


TOO_LARGE: Final = Unreadable(f"larger than {FILE_LIMIT_BYTES >> 20} MiB, not read", 20)
NOT_HERE: Final = Unreadable("not in this partial clone, not fetched", 70)
DAMAGED: Final = Unreadable("the object is missing or damaged (git fsck)", 70)
LFS: Final = Unreadable("kept in Git LFS, only the pointer is in git", 20)


def shown(raw: bytes) -> str:
    """A path for people and logs: control characters and bytes that are not UTF-8 become backslash escapes."""
    text = raw.decode("utf-8", "backslashreplace")
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def path_problem(raw: bytes) -> str | None:
    """Why a path in a tree is not one that a file can safely have; None for a good one."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return "the name is not UTF-8"
    if not text or text.startswith("/"):
        return "the path is absolute or empty"
    parts = text.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "the path leaves the tree"
    if any(part.lower() == ".git" for part in parts):
        return "the path is inside git's own folder"
    if _CONTROL.search(text):
        return "the name has control characters"
    return None


class _Sound:
    """Paths without a problem, told sooner: a folder is looked at once for all the files in it."""

    def __init__(self) -> None:
        self._folders = {b"": ""}

    def path(self, raw: bytes) -> str | None:
        """The path as text, or None where `path_problem` must say what it is."""
        folder, slash, name = raw.rpartition(b"/")
        before = self._folders.get(folder)
        if before is None:
            if path_problem(folder) is not None:
                return None
            before = self._folders[folder] = folder.decode("utf-8") + "/"
        if not before and slash:
            return None
        try:
            text = name.decode("utf-8")
        except UnicodeDecodeError:
            return None
        if text.isprintable() and text not in ("", ".", "..") and text.lower() != ".git":
            return before + text
        return None


def unsafe(problem: str) -> Unreadable:
    """A name that no work tree should have, and behind which code may hide: whoever adds one makes the answer unknown."""
    return Unreadable(f"{problem}, not read", 60)


def special_gap(mode: str, path: str) -> Gap | None:
    """The gap for an entry that is not a file: a link or another repository."""
    if mode == SYMLINK:
        return Gap(span=Span(path, 1, 1), reason="symbolic link, not followed", weight=5)
    if mode == SUBMODULE:
        return Gap(span=Span(path, 1, 1), reason="submodule, not read", weight=SPECIAL_WEIGHT)
    return None


class Blobs:
    """Reads blobs by id over one long-lived `git cat-file --batch`, and keeps them for the next asker."""

    def __init__(self, plumbing: Plumbing) -> None:
        self._plumbing = plumbing
        self._process: Process | None = None
        self._kept: dict[str, bytes | Unreadable] = {}
        self._kept_bytes = 0

    def get(self, object_id: str) -> bytes | Unreadable:
        kept = self._kept.get(object_id)
        if kept is not None:
            return kept
        ((_, found),) = self._read((object_id,))
        self._keep(object_id, found)
        return found

    def prefetch(self, sizes_bytes: Mapping[str, int]) -> None:
        """Reads these ids in one go, as far as the cache has room."""
        wanted: list[str] = []
        room = CACHE_LIMIT_BYTES - self._kept_bytes
        for object_id, size_bytes in sizes_bytes.items():
            if object_id in self._kept:
                continue
            room -= size_bytes
            if room < 0:
                break
            wanted.append(object_id)
        for object_id, found in self._read(wanted):
            self._keep(object_id, found)

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _keep(self, object_id: str, found: bytes | Unreadable) -> None:
        size = len(found) if isinstance(found, bytes) else 0
        if self._kept_bytes + size <= CACHE_LIMIT_BYTES:
            self._kept[object_id] = found
            self._kept_bytes += size

    def _read(self, object_ids: Iterable[str]) -> Iterator[tuple[str, bytes | Unreadable]]:
        waiting = list(object_ids)
        for start in range(0, len(waiting), PIPELINE_DEPTH):
            batch = waiting[start : start + PIPELINE_DEPTH]
            while batch:
                answered = 0
                for object_id, found in zip(batch, self._answers(batch), strict=False):
                    yield object_id, found
                    answered += 1
                if answered < len(batch):  # git ends itself at a damaged object: skip that one, ask the rest anew
                    yield batch[answered], DAMAGED
                    self.close()
                    answered += 1
                batch = batch[answered:]

    def _answers(self, batch: list[str]) -> Iterator[bytes | Unreadable]:
        """The answers to these requests in order; fewer of them when git gave up."""
        process = self._process = self._process or self._plumbing.start("cat-file", "--batch")
        try:
            process.stdin.write("".join(f"{object_id}\n" for object_id in batch).encode("ascii"))
            process.stdin.flush()
        except BrokenPipeError:
            return
        for _ in batch:
            header = process.stdout.readline().split()
            if len(header) == 2 and header[1] == b"missing":
                yield DAMAGED
                continue
            if len(header) != 3:
                return
            size_bytes = int(header[2])
            content = _read_exactly(process, size_bytes)
            if content is None or process.stdout.read(1) != b"\n":
                return
            if header[1] != b"blob":
                yield DAMAGED
            elif size_bytes > FILE_LIMIT_BYTES:
                yield TOO_LARGE
            else:
                yield content


def _read_exactly(process: Process, size_bytes: int) -> bytes | None:
    """`size_bytes` of content, or None when git ended before; what is over the limit is thrown away as it comes."""
    if size_bytes <= FILE_LIMIT_BYTES:
        content = process.stdout.read(size_bytes)
        return content if len(content) == size_bytes else None
    left = size_bytes
    while left:
        chunk = process.stdout.read(min(left, FILE_LIMIT_BYTES))
        if not chunk:
            return None
        left -= len(chunk)
    return b""


class GapList:
    """Gaps as they are met, each path once."""

    def __init__(self) -> None:
        self._gaps: dict[str, Gap] = {}

    def add(self, path: str, why: Unreadable) -> None:
        self._gaps.setdefault(path, Gap(span=Span(path, 1, 1), reason=why.reason, weight=why.weight))

    def add_gap(self, gap: Gap) -> None:
        self._gaps.setdefault(gap.span.path, gap)

    def copy(self) -> GapList:
        other = GapList()
        other._gaps = dict(self._gaps)
        return other

    def any_over(self, weight: int) -> bool:
        return any(gap.weight > weight for gap in self._gaps.values())

    def sorted(self) -> tuple[Gap, ...]:
        return tuple(gap for _, gap in sorted(self._gaps.items()))


class GitTree:
    """The files of one commit (`FileTree`). `name` is the commit's full id, a file's key its blob's id."""

    def __init__(
        self, plumbing: Plumbing, blobs: Blobs, commit_id: str, *, partial: bool, near: GitTree | None = None
    ) -> None:
        """`near`: a tree that was listed before and is likely much the same; git is asked for the difference first."""
        self.name = commit_id
        self._plumbing = plumbing
        self._blobs = blobs
        self._gaps = GapList()
        self._not_here = frozenset(_missing(plumbing, commit_id)) if partial else frozenset()
        entries = self._from_near(near) if near is not None and not partial else None
        if near is not None and entries is not None:
            self._gaps = near._listing_gaps.copy()
        self._entries = self._listed(partial) if entries is None else entries
        # What the listing tells, without what reading finds.
        self._listing_gaps: GapList = self._gaps.copy()

    def _from_near(self, near: GitTree) -> dict[str, Entry] | None:
        """The files, told from another tree's; None where they differ by more than plain files, or by too many."""
        if near._listing_gaps.any_over(SPECIAL_WEIGHT):
            return None
        try:
            return self._changed(near)
        except ReviewError:  # the whole listing will say what is wrong
            return None

    def _changed(self, near: GitTree) -> dict[str, Entry] | None:
        records = self._plumbing.records(
            "diff-tree",
            "-r",
            "-z",
            "--raw",
            "--no-abbrev",
            "--no-renames",
            "--no-ext-diff",
            "--ignore-submodules=none",
            near.name,
            self.name,
            limit_bytes=LISTING_LIMIT_BYTES,
        )
        entries, sound, same_paths = dict(near._entries), _Sound(), True
        for count, (meta, raw) in enumerate(zip(records, records, strict=True)):
            old_mode, mode, _, object_id, _ = meta.decode("ascii").removeprefix(":").split()
            path = sound.path(raw)
            was, is_now = old_mode in FILES, mode in FILES
            plain = (was or old_mode == "000000") and (is_now or mode == "000000")
            if count == MANY_CHANGES or not plain or path is None or (path in entries) is not was:
                return None
            if is_now:
                entries[path] = Entry(object_id, None)
            else:
                del entries[path]
            same_paths = same_paths and was and is_now
        return entries if same_paths else dict(sorted(entries.items()))

    def _listed(self, partial: bool) -> dict[str, Entry]:
        # Sizes make git open each object; in a partial clone that would be a fetch each, and is a failure each.
        records = self._plumbing.records(
            "ls-tree",
            "-r",
            "-z",
            *(() if partial else ("-l",)),
            "--full-tree",
            self.name,
            limit_bytes=LISTING_LIMIT_BYTES,
        )
        return self._list(records)

    def _list(self, records: Iterable[bytes]) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        sound = _Sound()
        for record in records:
            meta, _, raw = record.partition(b"\t")
            mode, _, object_id, *size = meta.decode("ascii").split()
            if mode in FILES and (good := sound.path(raw)) is not None and good not in entries:
                entries[good] = Entry(object_id, int(size[0]) if size and size[0].isdigit() else None)
                continue
            problem = path_problem(raw)
            path = shown(raw)
            gap = special_gap(mode, path)
            if problem is None and path in entries:
                problem = "the tree has this path twice"
            if problem is not None:
                self._gaps.add(path, unsafe(problem))
            elif gap is not None:
                self._gaps.add_gap(gap)
            else:
                entries[path] = Entry(object_id, int(size[0]) if size and size[0].isdigit() else None)
        return dict(sorted(entries.items()))

    def paths(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def key(self, path: str) -> str:
        return self._entries[path].object_id

    def keys(self) -> Mapping[str, str]:
        """Every path with its key."""
        return {path: entry.object_id for path, entry in self._entries.items()}

    def read(self, path: str) -> bytes | None:
        entry = self._entries.get(path)
        if entry is None:
            return None
        found: bytes | Unreadable
        if entry.object_id in self._not_here:
            found = NOT_HERE
        elif entry.size_bytes is not None and entry.size_bytes > FILE_LIMIT_BYTES:
            found = TOO_LARGE
        else:
            found = without_pointer(self._blobs.get(entry.object_id))
        if isinstance(found, Unreadable):
            self._gaps.add(path, found)
            return None
        return found

    def prefetch(self, paths: Iterable[str]) -> None:
        sizes_bytes: dict[str, int] = {}
        for path in paths:
            entry = self._entries.get(path)
            if (
                entry is not None
                and entry.object_id not in self._not_here
                and (entry.size_bytes or 0) <= FILE_LIMIT_BYTES
            ):
                sizes_bytes[entry.object_id] = entry.size_bytes or 0
        self._blobs.prefetch(sizes_bytes)

    def matching(self, pattern: str) -> frozenset[str] | None:
        if self._not_here:
            return None
        return grep(self._plumbing, pattern, self.name, prefix=f"{self.name}:")

    def gaps(self) -> tuple[Gap, ...]:
        return self._gaps.sorted()


def grep(plumbing: Plumbing, pattern: str, *where: str, prefix: str = "") -> frozenset[str] | None:
    """Paths whose stored bytes match a POSIX extended expression; None when git could not look at all of them."""
    found = plumbing.run(
        "grep",
        "--files-with-matches",
        "--null",
        "--text",
        "--no-textconv",
        "--extended-regexp",
        "--full-name",
        "--no-color",
        "--no-recurse-submodules",
        "-e",
        pattern,
        *where,
    )
    if found.status not in (0, 1):
        return None
    names = found.stdout.decode("utf-8", "replace").split("\0")
    return frozenset(name.removeprefix(prefix) for name in names if name)


def without_pointer(found: bytes | Unreadable) -> bytes | Unreadable:
    """An LFS pointer stands for a file that git does not have: it is no content."""
    is_pointer = isinstance(found, bytes) and len(found) <= LFS_POINTER_LIMIT_BYTES and LFS_POINTER.match(found)
    return LFS if is_pointer else found


def _missing(plumbing: Plumbing, commit_id: str) -> Iterator[str]:
    """The ids of this commit's objects that a partial clone left out; asking so never fetches them."""
    output = plumbing.must("rev-list", "--objects", "--no-object-names", "--missing=print", "--no-walk", commit_id)
    return (line[1:] for line in output.text.splitlines() if line.startswith("?"))
