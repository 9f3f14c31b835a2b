"""A branch's own commits, the first parent of each followed, and which blobs each of them changed.

Two runs of git answer for the whole history, however long: nothing is asked commit by commit.
https://git-scm.com/docs/git-rev-list, https://git-scm.com/docs/git-diff-tree
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from bot.errors import ReviewError
from bot.git_objects import LISTING_LIMIT_BYTES, path_problem
from bot.git_plumbing import FULL_ID, Plumbing

_LINKS: Final = ("120000", "160000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit. `parent` is its first one; None for a root, and where a shallow clone ends. Times are UTC."""

    id: str
    parent: str | None
    at: datetime
    message: str

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class BlobChange:
    """A file that a commit changed: its blobs before and after, None where it is not there."""

    path: str
    old_path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A commit and what it changed against its first parent."""

    commit: Commit
    changes: tuple[BlobChange, ...] = field(default=())

    @property
    def renames(self) -> Mapping[str, str]:
        return {c.old_path: c.path for c in self.changes if c.old_path != c.path}


def first_parents(plumbing: Plumbing, tip: str, since: date | None) -> tuple[Commit, ...]:
    """The commits that lead to `tip`, oldest first, each the first parent of the next.

    With `since`: the last one before that day, as the state to start from, and all later ones.
    """
    records = plumbing.records(
        "rev-list",
        "--first-parent",
        "--format=%x00%H%x00%P%x00%ct%x00%B%x00",
        tip,
        limit_bytes=LISTING_LIMIT_BYTES,
    )
    found: list[Commit] = []
    for commit in _commits(records):
        found.append(commit)
        if since is not None and commit.day < since:
            break
    return tuple(reversed(found))


def _commits(records: Iterator[bytes]) -> Iterator[Commit]:
    part: list[bytes] = []
    for record in records:
        part.append(record)
        if len(part) == 5:  # "commit ID", id, parents, time, message
            _, raw_id, parents, at, message = part
            part = []
            parent = parents.split()[0].decode("ascii") if parents.split() else None
            yield Commit(
                id=raw_id.decode("ascii"),
                parent=parent,
                at=_moment(at),
                message=message.decode("utf-8", "replace").strip(),
            )


def _moment(raw: bytes) -> datetime:
    """A commit may carry any number as its time; what is no time of ours is taken as the first one there is."""
    try:
        return datetime.fromtimestamp(int(raw), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def steps(plumbing: Plumbing, commits: Sequence[Commit], renames: Sequence[str]) -> tuple[Step, ...]:
    """What each commit but the first changed. `renames`: how git is told to look for them.

    Where a blob that the similarity needs is not here, only equal files are followed.
    """
    wanted = [(c.id, c.parent) for c in commits[1:] if c.parent is not None]
    try:
        changed = _changed(plumbing, wanted, renames)
    except ReviewError:
        changed = _changed(plumbing, wanted, ("-M100%",))
    return tuple(Step(commit=c, changes=tuple(changed.get(c.id, ()))) for c in commits)


def _changed(
    plumbing: Plumbing, wanted: Sequence[tuple[str, str]], renames: Sequence[str]
) -> dict[str, list[BlobChange]]:
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryFile() as pairs:
        pairs.write("".join(f"{child} {parent}\n" for child, parent in wanted).encode("ascii"))
        pairs.seek(0)
        records = plumbing.records(
            "diff-tree",
            "--stdin",
            "-r",
            "-z",
            "--raw",
            "--no-abbrev",
            "--no-ext-diff",
            *renames,
            limit_bytes=LISTING_LIMIT_BYTES,
            stdin=pairs,
        )
        out: dict[str, list[BlobChange]] = {}
        current: list[BlobChange] = []
        for record in records:
            text = record.strip(b"\n")
            if not text.startswith(b":"):
                if FULL_ID.fullmatch(text.decode("ascii", "replace")):
                    current = out.setdefault(text.decode("ascii"), [])
                continue
            old_mode, new_mode, before, after, status = text[1:].decode("ascii").split()
            old = next(records, b"")
            new = next(records, b"") if status[0] in "RC" else old
            if path_problem(old) is None and path_problem(new) is None and new_mode not in _LINKS:
                gone = old_mode in _LINKS or before.strip("0") == ""
                current.append(
                    BlobChange(
                        path=new.decode("utf-8"),
                        old_path=old.decode("utf-8"),
                        before=None if gone else before,
                        after=None if after.strip("0") == "" else after,
                    )
                )
        return out
