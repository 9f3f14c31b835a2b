"""Runs git, safely: a few fixed plumbing verbs in a closed environment. The only file that knows GitPython.

A review that can end at once starts git by itself (`git_quick.py`), every other goes through GitPython.

A repository is data from strangers. Nothing of it may run (hooks, fsmonitor, filters, external diffs, pagers), no
network is touched (no lazy fetch, no transport), no setting of the system or the user changes what is read, and no text
from outside reaches git as an option. GitPython's door is `Git.execute` with a list and no shell; its object API and its
dynamic methods (`repo.git.show(text)`) are not used: the first is slow, the second lets a ref become an option.

https://git-scm.com/docs/git#_environment_variables
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, cast

from bot import git_quick
from bot.errors import ReviewError

if TYPE_CHECKING:
    import io

    from git.cmd import Git

VERBS: Final = frozenset(
    {
        "cat-file",
        "config",
        "diff-files",
        "diff-tree",
        "for-each-ref",
        "grep",
        "ls-files",
        "ls-tree",
        "merge-base",
        "rev-list",
        "rev-parse",
        "symbolic-ref",
        "update-index",
        "write-tree",
    }
)
SETTINGS: Final = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.quotePath=false",
    "core.useReplaceRefs=false",
    "core.precomposeUnicode=false",
    "protocol.allow=never",
    "advice.graftFileDeprecated=false",
)
# Variables are given a harmless value and not removed: GitPython merges ours into what the process inherited. A hook
# that calls us leaves GIT_DIR and GIT_INDEX_FILE behind, for instance.
CLOSED_ENVIRONMENT: Final = {
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
    "GIT_ASKPASS": "",
    "GIT_CONFIG_COUNT": "0",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_PARAMETERS": "",
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_DIFF_OPTS": "",
    "GIT_EXTERNAL_DIFF": "",
    "GIT_GLOB_PATHSPECS": "0",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_ICASE_PATHSPECS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NAMESPACE": "",
    "GIT_NOGLOB_PATHSPECS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_TRACE": "0",
    "LANGUAGE": "C",
    "LC_ALL": "C",
}
MAX_ERROR_CHARS: Final = 2000
CHUNK_BYTES: Final = 1 << 16
FULL_ID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a repository is: absolute folders. `work_tree` is None for a bare repository; `linked` for `git worktree`."""

    git_dir: Path
    common_dir: Path
    work_tree: Path | None
    linked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    status: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout.decode("utf-8", "surrogateescape").strip("\n")

    @property
    def complaint(self) -> str:
        """git's own words, the last `fatal:` or `error:` line."""
        lines = [line for line in self.stderr.splitlines() if line.startswith(("fatal: ", "error: "))]
        return (lines[-1] if lines else self.stderr.strip())[:MAX_ERROR_CHARS]


def find_place(path: Path) -> Place:
    """The repository that `path` is in: a work tree or a folder of it, a linked work tree, a bare repository.

    Found here and not by git, so that git's check of the owner (`safe.directory`) is not needed: the repository is
    named outright and nothing in it is trusted.
    """
    start = Path(os.path.realpath(path))
    if not start.exists():
        raise ReviewError(f"There is no folder {path}.", "Give the path of a git repository.")
    if not start.is_dir():
        raise ReviewError(f"{path} is a file.", f"Give the folder of a git repository, such as {path.parent}.")
    for folder in (start, *start.parents):
        inside = folder / ".git"
        if inside.is_file():
            return _linked(inside)
        if _is_git_dir(inside):
            return _place(inside, folder)
        if _is_git_dir(folder):
            return _place(folder, None)
    raise ReviewError(
        f"{path} is not in a git repository.",
        "Run it inside a clone, or give its path: aicost-review diff PATH. A folder without git: git init, then commit.",
    )


def _is_git_dir(folder: Path) -> bool:
    has_head = (folder / "HEAD").is_file() or (folder / "HEAD").is_symlink()
    return has_head and (
        ((folder / "objects").is_dir() and (folder / "refs").is_dir()) or (folder / "commondir").is_file()
    )


def _linked(pointer: Path) -> Place:
    """`pointer` is a `.git` file: a linked work tree or a submodule."""
    text = pointer.read_bytes()[:4096].decode("utf-8", "surrogateescape")
    target = text.removeprefix("gitdir:").strip() if text.startswith("gitdir:") else ""
    git_dir = Path(os.path.normpath(pointer.parent / target)) if target and "\0" not in target else None
    if git_dir is None or not _is_git_dir(git_dir):
        raise ReviewError(
            f"{pointer} does not lead to a git repository.",
            "The repository was moved or its main clone deleted: `git worktree repair` in the main clone mends the link.",
        )
    return _place(git_dir, pointer.parent)


def _place(git_dir: Path, work_tree: Path | None) -> Place:
    common = git_dir / "commondir"
    if not common.is_file():
        return Place(git_dir=git_dir, common_dir=git_dir, work_tree=work_tree)
    text = common.read_bytes()[:4096].decode("utf-8", "surrogateescape").strip().replace("\0", "")
    return Place(git_dir=git_dir, common_dir=Path(os.path.normpath(git_dir / text)), work_tree=work_tree, linked=True)


class Plumbing:
    """git in one repository. `quick`: started by itself, until `through_gitpython`."""

    def __init__(self, place: Place, *, quick: bool = False) -> None:
        self.place = place
        self._folder = place.work_tree or place.git_dir
        self._git: Git | None = None
        if not quick:
            self.through_gitpython()
        self._environment = {
            **CLOSED_ENVIRONMENT,
            "GIT_DIR": str(place.git_dir),
            "GIT_COMMON_DIR": str(place.common_dir),
            "GIT_WORK_TREE": str(place.work_tree or place.git_dir),
            "GIT_INDEX_FILE": str(place.git_dir / "index"),
            "GIT_OBJECT_DIRECTORY": str(place.common_dir / "objects"),
            "GIT_SHALLOW_FILE": str(place.common_dir / "shallow"),
        }

    def run(
        self, verb: str, *arguments: str, stdin: IO[bytes] | None = None, extra: Mapping[str, str] | None = None
    ) -> Output:
        """Runs to the end; for small answers. `extra` replaces variables of the environment."""
        return self._answer(_command(verb, arguments), {**self._environment, **(extra or {})}, stdin)

    def must(
        self, verb: str, *arguments: str, stdin: IO[bytes] | None = None, extra: Mapping[str, str] | None = None
    ) -> Output:
        output = self.run(verb, *arguments, stdin=stdin, extra=extra)
        if output.status != 0:
            raise unreadable(verb, output.complaint)
        return output

    def records(self, verb: str, *arguments: str, limit_bytes: int, stdin: IO[bytes] | None = None) -> Iterator[bytes]:
        """The NUL-ended records of a long answer, as they come; an answer over `limit_bytes` is an error.

        A tree can be made so that it unfolds into more files than any disk holds: the limit is what stops it.
        """
        process = self.start(verb, *arguments, stdin=stdin)
        complaint: list[bytes] = []
        drain = threading.Thread(target=_drain, args=(process.stderr, complaint), daemon=True)
        drain.start()
        rest, seen = b"", 0
        try:
            while chunk := process.stdout.read1(CHUNK_BYTES):
                seen += len(chunk)
                if seen > limit_bytes:
                    raise ReviewError(
                        f"The list of files is over {limit_bytes >> 20} MiB.",
                        "A tree of this size is not a work tree of source code; it was not read.",
                    )
                *whole, rest = (rest + chunk).split(b"\0")
                yield from whole
            status = process.wait()
            drain.join()
        finally:
            process.kill()
        if status != 0:
            output = Output(status=status, stdout=b"", stderr=b"".join(complaint).decode("utf-8", "replace"))
            raise unreadable(verb, output.complaint)

    def start(self, verb: str, *arguments: str, stdin: IO[bytes] | None = None) -> Process:
        """A running git to talk to, or one that reads a file."""
        command, answers = _command(verb, arguments), verb == "cat-file"
        if self._git is None:
            pipe = subprocess.PIPE if answers else stdin
            return Process(git_quick.started(command, self._folder, self._environment, pipe))
        running = self._git.execute(
            command,
            istream=subprocess.PIPE if answers else cast("Any", stdin),
            env=self._environment,
            as_process=True,
            shell=False,
        )
        if running.proc is None:
            raise ReviewError("git could not be started.")
        return Process(running.proc, running)

    def user_setting(self, name: str, kind: str) -> str | None:
        """A setting of the person who runs us, from their own file and never from the repository's."""
        own_files = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")
        environment = {key: value for key, value in self._environment.items() if key not in own_files}
        command = _command("config", ("--global", "--includes", f"--type={kind}", "--get", name))
        found = self._answer(command, environment, None)
        answer = found.stdout.rstrip(b"\n")
        return os.fsdecode(answer) if found.status == 0 and answer else None

    def through_gitpython(self) -> None:
        """From here on git is started by GitPython."""
        if self._git is None:
            self._git = _open_git(str(self._folder))

    def _answer(self, command: list[str], environment: Mapping[str, str], stdin: IO[bytes] | None) -> Output:
        if self._git is None:
            status, stdout, stderr = git_quick.answered(command, self._folder, environment, stdin)
        else:
            status, stdout, stderr = self._git.execute(
                command,
                istream=cast("Any", stdin),
                env=environment,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                shell=False,
            )
        return Output(status=status, stdout=stdout, stderr=stderr)


class Process:
    """A running git and its pipes."""

    def __init__(self, running: subprocess.Popen[bytes], owner: Git.AutoInterrupt | None = None) -> None:
        self._popen = running
        self._owner = owner  # kept: it ends git when it is collected
        self.stdin = cast("IO[bytes]", self._popen.stdin)
        self.stdout = cast("io.BufferedReader", self._popen.stdout)
        self.stderr = cast("IO[bytes]", self._popen.stderr)

    def wait(self) -> int:
        """For a git that has said all it has to say."""
        return self._popen.wait()

    def kill(self) -> None:
        if self._popen.poll() is None:
            self._popen.kill()
            self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _drain(stream: IO[bytes], kept: list[bytes]) -> None:
    while chunk := stream.read(CHUNK_BYTES):
        if len(kept) < 4:
            kept.append(chunk)


def _command(verb: str, arguments: tuple[str, ...]) -> list[str]:
    if verb not in VERBS:
        raise ValueError(f"git {verb} is not one of the plumbing verbs that are used")
    settings = [part for setting in SETTINGS for part in ("-c", setting)]
    return ["git", "--no-pager", *settings, verb, *arguments]


def unreadable(verb: str, complaint: str) -> ReviewError:
    return ReviewError(
        f"git {verb} could not read the repository: {complaint or 'no reason given'}",
        "`git fsck` shows damaged or missing objects; a fresh clone usually mends it.",
    )


def _open_git(folder: str) -> Git:
    # Lazy: importing GitPython costs about 50 to 70 ms and starts git once to look at its version.
    try:
        from git.cmd import Git  # noqa: PLC0415
    except ImportError as error:
        raise git_quick.no_git() from error
    return Git(folder)
