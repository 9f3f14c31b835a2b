"""From the names of revisions to trees of files. Everything a person can mend is a `ReviewError` with the advice.

`open_repository(path)` takes a work tree or any folder of it, a linked work tree, a bare, shallow or partial clone.
"""

from __future__ import annotations

import atexit
import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final

from bot.errors import ReviewError
from bot.git_history import Commit, Step, first_parents, steps
from bot.git_objects import LISTING_LIMIT_BYTES, Blobs, GitTree, Unreadable, path_problem
from bot.git_plumbing import FULL_ID, Plumbing, find_place, unreadable
from bot.worktree import WorkTree, blob_id

MAX_REVISION_CHARS: Final = 1000
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f]")
_SHORT_ID: Final = re.compile(r"[0-9a-fA-F]{7,64}")
# https://git-scm.com/docs/git-diff-tree: the similarity from which git calls it a rename, and how many files of each
# side it compares with one another; the numbers are git's own defaults (50 %, 1000), written out so that no setting
# of a repository changes a review.
RENAMES: Final = ("-M50%", "-l1000")
EXACT_RENAMES: Final = ("-M100%",)
MAX_RENAME_CANDIDATES: Final = 1000  # as -l above: git compares no more either
USUAL_DEFAULTS: Final = (
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)
DEEPEN: Final = (
    "This clone is shallow. Fetch more of its history: git fetch --deepen=500 origin, or git fetch --unshallow. "
    "In GitHub Actions: `fetch-depth: 0` for actions/checkout."
)


def open_repository(path: Path, *, quick: bool = False) -> Repository:
    """`quick`: git is started by itself until `Repository.read_on`, see `bot/git_quick.py`."""
    return Repository(path, quick=quick)


class Repository:
    """One repository. Close it (or use `with`) to end the git that it keeps running."""

    def __init__(self, path: Path, *, quick: bool = False) -> None:
        self.place = find_place(path)
        self._plumbing = Plumbing(self.place, quick=quick)
        self._blobs = Blobs(self._plumbing)
        facts = self._plumbing.run("rev-parse", "--is-shallow-repository", "--show-object-format")
        lines = facts.text.splitlines()
        if facts.status != 0 or len(lines) != 2:
            raise ReviewError(
                f"git cannot open the repository at {self.place.git_dir}: {facts.complaint or facts.text}",
                "git 2.30 or newer is needed; `git fsck` tells of damage.",
            )
        self.shallow = lines[0] == "true"
        self.object_format = lines[1]
        self.bare = self.place.work_tree is None or (
            not self.place.linked and self._settings.get("core.bare", "").lower() == "true"
        )
        self.partial = "extensions.partialclone" in self._settings or any(
            key.startswith("remote.") and key.endswith(".promisor") for key in self._settings
        )
        self._trees: dict[str, GitTree] = {}
        self._commits: set[str] = set()  # full ids that were found: they need no second look

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._blobs.close()

    def read_on(self) -> None:
        """The quick look has not answered: from here on git is started by GitPython."""
        self._plumbing.through_gitpython()

    @property
    def root(self) -> Path:
        """The top folder of the work tree; of a bare repository the repository itself."""
        return self.place.work_tree or self.place.git_dir

    def tree(self, rev: str) -> GitTree:
        commit_id = self.resolve(rev)
        if commit_id not in self._trees:
            near = next(reversed(self._trees.values()), None)
            self._trees[commit_id] = GitTree(self._plumbing, self._blobs, commit_id, partial=self.partial, near=near)
        return self._trees[commit_id]

    def tree_once(self, commit_id: str) -> GitTree:
        """As `tree`, of a full id, and not kept: for a walk over many commits."""
        return GitTree(self._plumbing, self._blobs, commit_id, partial=self.partial)

    def blob(self, object_id: str) -> bytes:
        """A blob's bytes; empty where it cannot be had."""
        found = self._blobs.get(object_id)
        return b"" if isinstance(found, Unreadable) else found

    def first_parents(self, rev: str, since: date | None) -> tuple[Commit, ...]:
        """The branch's own commits up to `rev`, oldest first; from the last one before the day `since` on."""
        return first_parents(self._plumbing, self.resolve(rev), since)

    def steps(self, commits: Sequence[Commit]) -> tuple[Step, ...]:
        """What each of the commits changed; of the first it is not asked."""
        return steps(self._plumbing, commits, EXACT_RENAMES if self.partial else RENAMES)

    @property
    def remote_url(self) -> str:
        """Where `origin` is, as the repository's settings say; "" where there is none."""
        return self._settings.get("remote.origin.url", "")

    def worktree(self) -> WorkTree:
        """The files on disk now; a new look at each call."""
        if self.bare or self.place.work_tree is None:
            raise ReviewError(
                f"{self.place.git_dir} is a bare repository: it has no work tree.",
                "Name the revision to look at: --head REV (for scan: --rev REV).",
            )
        has_filters = any(key.startswith("filter.") for key in self._settings)
        return WorkTree(
            self._plumbing,
            self._blobs,
            self.place.work_tree,
            object_format=self.object_format,
            has_filters=has_filters,
        )

    def resolve(self, rev: str) -> str:
        """The full id of the commit that `rev` names. A branch that only the remote `origin` has is found too."""
        if not rev or rev.startswith("-") or _CONTROL.search(rev) or len(rev) > MAX_REVISION_CHARS:
            raise ReviewError(
                f"{rev[:80]!r} is not the name of a revision.",
                "Give a branch, a tag or a commit id; names do not begin with '-' and have no spaces.",
            )
        if rev in self._commits:
            return rev
        complaints = []
        elsewhere = () if rev.startswith(("HEAD", "@", "refs/")) else (f"refs/remotes/origin/{rev}",)
        for name in (rev, *elsewhere):
            output = self._plumbing.run("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
            if output.status == 0 and FULL_ID.fullmatch(output.text):
                self._commits.add(output.text)
                return output.text
            complaints.append(output.complaint)
        raise self._unknown(rev, complaints[0])

    def merge_base(self, a: str, b: str) -> str:
        """The best common ancestor of two revisions."""
        first, second = self.resolve(a), self.resolve(b)
        output = self._plumbing.run("merge-base", first, second)
        found = output.text.partition("\n")[0]
        if output.status == 0 and FULL_ID.fullmatch(found):
            return found
        if self.shallow:
            raise ReviewError(f"The common ancestor of {a} and {b} is not in this clone.", DEEPEN)
        if output.status == 1:
            raise ReviewError(
                f"{a} and {b} have no common ancestor.",
                "Name the revision to compare with: --base REV, a commit that the change was made on.",
            )
        raise unreadable("merge-base", output.complaint)

    def default_branch(self) -> str:
        """The branch that changes are merged into, such as `origin/main` or `main`."""
        return self._default_ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")

    def default_base(self, head: str | None) -> str:
        """Where a change starts: the merge base of `head` (None: the work tree, on HEAD) with the default branch."""
        tip = self.resolve("HEAD" if head is None else head)
        base = self.merge_base(tip, self._default_ref)
        if head is not None and base == tip:
            raise ReviewError(
                f"{head} is already part of {self.default_branch()}: there is no change to show.",
                f"Name what to compare with: --base REV, for instance --base {head}~1.",
            )
        return base

    def changed_paths(self, base: str, head: str | None) -> tuple[str, ...]:
        """Paths whose content differs, both names of a renamed file; `head` None is the work tree."""
        if head is None:
            before, after = self.tree(base).keys(), self.worktree().keys()
            return tuple(sorted(p for p in {*before, *after} if before.get(p) != after.get(p)))
        records = self._plumbing.records(
            "diff-tree",
            "-r",
            "-z",
            "--name-only",
            "--no-renames",
            "--no-ext-diff",
            self.resolve(base),
            self.resolve(head),
            limit_bytes=LISTING_LIMIT_BYTES,
        )
        return tuple(sorted(raw.decode("utf-8") for raw in records if path_problem(raw) is None))

    def renames(self, base: str, head: str | None) -> Mapping[str, str]:
        """Old path -> new path of moved files, by git's similarity; `head` None is the work tree."""
        base_id = self.resolve(base)
        if head is not None:
            return self._renames(base_id, self.resolve(head), {})
        before, now = self.tree(base_id), self.worktree()
        gone, new = set(before.paths()) - set(now.paths()), set(now.paths()) - set(before.paths())
        if not gone or not new:
            return {}
        old_files = {path: before.key(path) for path in gone}
        kinds = {Path(path).suffix for path in gone}
        likely = sorted(path for path in new if Path(path).suffix in kinds)[:MAX_RENAME_CANDIDATES]
        new_files = {path: content for path in likely if (content := now.read(path)) is not None}
        return self._renames_to_disk(old_files, new_files)

    def _renames(self, old: str, new: str, extra: Mapping[str, str]) -> dict[str, str]:
        # Without all blobs here git can only match equal ones.
        how = EXACT_RENAMES if self.partial else RENAMES
        output = self._plumbing.must(
            "diff-tree", "-r", "-z", "--name-status", "--diff-filter=R", "--no-ext-diff", *how, old, new, extra=extra
        )
        fields = output.stdout.split(b"\0")
        pairs = zip(fields[1::3], fields[2::3], strict=False)
        return {
            old.decode("utf-8"): new.decode("utf-8")
            for old, new in pairs
            if path_problem(old) is None and path_problem(new) is None
        }

    def _renames_to_disk(self, old_files: Mapping[str, str], new_files: Mapping[str, bytes]) -> dict[str, str]:
        """Renames between stored blobs and bytes on disk.

        git would run the repository's filters to compare with the disk. So the bytes go, as objects and an index of
        their own, into a folder that is thrown away; the repository is only read.
        """
        import shutil  # noqa: PLC0415
        import tempfile  # noqa: PLC0415

        try:
            folder = tempfile.mkdtemp(prefix="aicost-review-")
            # Also at the end of the process: a run may be told to end just while it tidies up.
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            try:
                return self._renames_in(Path(folder), old_files, new_files)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError as error:
            raise ReviewError(
                f"The folder for temporary files cannot be used: {error.strerror}.",
                "Free some space there, or name another folder: TMPDIR=/path aicost-review ...",
            ) from error

    def _renames_in(self, folder: Path, old_files: Mapping[str, str], new_files: Mapping[str, bytes]) -> dict[str, str]:
        apart = {"GIT_OBJECT_DIRECTORY": str(folder), "GIT_INDEX_FILE": str(folder / "index")}
        ids = {path: self._store(folder, content) for path, content in new_files.items()}
        old_tree = self._write_tree(folder, old_files, apart)
        (folder / "index").unlink()
        new_tree = self._write_tree(folder, ids, apart)
        # Joined only now: git renews the times of objects that it finds when it is about to write them.
        joined = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(self.place.common_dir / "objects")}
        return self._renames(old_tree, new_tree, {**apart, **joined})

    def _store(self, folder: Path, content: bytes) -> str:
        object_id = blob_id(content, self.object_format)
        path = folder / object_id[:2] / object_id[2:]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(zlib.compress(b"blob %d\0" % len(content) + content, 1))
        return object_id

    def _write_tree(self, folder: Path, files: Mapping[str, str], extra: Mapping[str, str]) -> str:
        lines = "".join(f"100644 {object_id}\t{path}\0" for path, object_id in files.items())
        listing = folder / "listing"
        listing.write_bytes(lines.encode("utf-8"))
        with listing.open("rb") as stream:
            self._plumbing.must("update-index", "-z", "--index-info", stdin=stream, extra=extra)
        return self._plumbing.must("write-tree", "--missing-ok", extra=extra).text

    @cached_property
    def _settings(self) -> Mapping[str, str]:
        """The repository's own settings, read as data."""
        output = self._plumbing.must("config", "--list", "-z", "--includes")
        records = output.stdout.decode("utf-8", "surrogateescape").split("\0")
        pairs = (record.partition("\n") for record in records if record)
        return {key: value if newline else "true" for key, newline, value in pairs}

    @cached_property
    def _refs(self) -> Mapping[str, str]:
        """Every ref -> the ref that it stands for ("" for most); dangling ones are left out by git."""
        output = self._plumbing.run("for-each-ref", "--format=%(refname)%00%(symref)")
        pairs = (line.partition("\0") for line in output.text.splitlines())
        return {name: target for name, _, target in pairs}

    @cached_property
    def _default_ref(self) -> str:
        refs = self._refs
        remote_head = refs.get("refs/remotes/origin/HEAD")
        if remote_head:
            return remote_head
        own = self._plumbing.user_setting("init.defaultBranch", "path") or self._settings.get("init.defaultbranch", "")
        names = [*USUAL_DEFAULTS, f"refs/heads/{own}"]
        known = [name for name in names if name in refs]
        if known:
            return known[0]
        branches = [name for name in refs if name.startswith("refs/heads/")]
        has_remote = any(name.startswith("refs/remotes/") for name in refs)
        if len(branches) == 1 and not has_remote:
            return branches[0]
        if not refs:
            self.resolve("HEAD")
        shown = ", ".join(name.removeprefix("refs/heads/") for name in branches[:5])
        raise ReviewError(
            "Cannot tell which branch this change is to be merged into: there is no origin/HEAD, main or master.",
            f"Name it: --base BRANCH{f' (branches here: {shown})' if shown else ''}. {DEEPEN if self.shallow else ''}".strip(),
        )

    def _unknown(self, rev: str, complaint: str) -> ReviewError:
        if not self._refs and not self._has_head():
            return ReviewError(
                "The repository has no commits yet.", "Commit something first: git add . && git commit -m 'First'."
            )
        if rev == "HEAD" and not self._has_head():
            name = self._plumbing.run("symbolic-ref", "--quiet", "HEAD").text.removeprefix("refs/heads/")
            return ReviewError(
                f"The branch {name or 'HEAD'} has no commits yet.",
                f"Commit to it, or name revisions: --base REV --head REV. {self._nearest(rev)}",
            )
        if self._is_damage(complaint):
            return ReviewError(
                f"The revision {rev!r} cannot be read: {complaint}",
                "`git fsck` shows damaged or missing objects; a fresh clone usually mends it.",
            )
        looks_like_id = bool(_SHORT_ID.fullmatch(rev))
        if self.shallow:
            return ReviewError(f"The revision {rev!r} is not in this clone.", f"{DEEPEN} {self._nearest(rev)}".strip())
        if looks_like_id:
            return ReviewError(
                f"The commit {rev} is not in this clone.",
                f"Fetch it: git fetch origin {rev}. After a force-push it may be gone everywhere.",
            )
        return ReviewError(f"Unknown revision {rev!r}.", self._nearest(rev) or "`git branch --all` lists the branches.")

    def _has_head(self) -> bool:
        return self._plumbing.run("rev-parse", "--verify", "--quiet", "HEAD").status == 0

    @staticmethod
    def _is_damage(complaint: str) -> bool:
        return any(
            word in complaint for word in ("corrupt", "unable to read", "bad object", "could not parse", "inflate")
        )

    def _nearest(self, rev: str) -> str:
        """Branches and tags whose name is near, as a sentence."""
        import difflib  # noqa: PLC0415

        prefixes = ("refs/heads/", "refs/tags/", "refs/remotes/")
        names = sorted(
            {
                name.removeprefix(prefix)
                for name, target in self._refs.items()
                for prefix in prefixes
                if name.startswith(prefix) and not target
            }
        )
        near = difflib.get_close_matches(rev, names, n=3, cutoff=0.5) or (names[:3] if len(names) <= 3 else [])
        return f"Did you mean {' or '.join(near)}?" if near else ""


def _quoted(path: Path) -> str:
    """A path for the list in GIT_ALTERNATE_OBJECT_DIRECTORIES, where ':' separates and quotes are C-style."""
    text = str(path)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if re.search(r'[:"]', text) else text
