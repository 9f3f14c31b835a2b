"""Runs the command over real repositories and looks at what the file system is like afterwards.

    python fuzz/sweep.py CHECKOUTS --python VENV/bin/python [--commits 6] [--record fuzz/SWEEP.md]

As root, on Linux: it mounts an overlay. VENV is an environment into which the package was installed as users do, from its
wheel: `python -m venv VENV && VENV/bin/pip install dist/*.whl`.

CHECKOUTS holds git repositories, bare or not, one or two folders deep. Of each the newest commit is scanned and some of
the newest commits are compared with their parents, one after the other. Everything runs on an overlay of the whole file
system, so that each file which is made, changed or taken away anywhere lies in the overlay's upper folder at the end:
only the cache and the output may be there.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HOME = "/root/sweep-home"
MAY_WRITE = (f"{HOME}/cache/", f"{HOME}/out/")
GIVE_UP_SECONDS = 900
LANGUAGES = {
    "py": "Python", "ipynb": "notebooks", "ts": "TypeScript", "tsx": "TypeScript", "js": "JavaScript", "go": "Go", "rs": "Rust",
    "java": "Java", "c": "C", "rb": "Ruby", "kt": "Kotlin", "baml": "BAML",
}  # fmt: skip


@dataclass(slots=True)
class Found:
    name: str
    language: str = ""
    runs: int = 0
    seconds: float = 0.0
    files: int = 0
    calls: int = 0
    gaps: int = 0
    wrong: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)


@contextmanager
def overlay() -> Iterator[tuple[Path, Path]]:
    """(the whole file system as it may be written to, the folder in which all that is written lies)."""
    base = Path(tempfile.mkdtemp(prefix="sweep-"))
    mounted: list[Path] = []

    def mount(*arguments: str, at: Path) -> None:
        subprocess.run(["mount", *arguments, str(at)], check=True)  # noqa: S603, S607 our own words
        mounted.append(at)

    try:
        mount("-t", "tmpfs", "-o", "size=2g", "none", at=base)
        upper, work, merged = (base / name for name in ("upper", "work", "merged"))
        for folder in (upper, work, merged):
            folder.mkdir()
        mount("-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={upper},workdir={work}", at=merged)
        for name in ("proc", "dev"):
            mount("--bind", f"/{name}", at=merged / name)
        yield merged, upper
    finally:
        for at in reversed(mounted):
            subprocess.run(["umount", "-l", str(at)], check=False)  # noqa: S603, S607
        shutil.rmtree(base, ignore_errors=True)


def written(upper: Path) -> list[str]:
    """What was made, changed or taken away, as paths of the whole file system."""
    return sorted(f"/{path.relative_to(upper)}" for path in upper.rglob("*") if not path.is_dir() or path.is_symlink())


def repositories(folder: Path) -> list[Path]:
    found = {(p.parent if p.parent.name != ".git" else p.parent.parent) for p in folder.glob("*/HEAD")}
    found |= {p.parent for p in folder.glob("*/*/HEAD")} | {p.parent for p in folder.glob("*/.git")}
    return sorted(p for p in found if p.name != ".git")


def git(repo: Path, *arguments: str) -> list[str]:
    done = subprocess.run(  # noqa: S603 our own words
        ["git", "-c", "safe.directory=*", "-C", str(repo), *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split()


def language(paths: list[str]) -> str:
    """What most of the code files are written in."""
    counted = Counter(LANGUAGES[end] for path in paths if (end := path.rpartition(".")[2]) in LANGUAGES)
    return counted.most_common(1)[0][0] if counted else "none"


def sweep(repo: Path, name: str, commits: int, python: str) -> Found:
    found = Found(name)
    newest = git(repo, "rev-list", "--first-parent", "--min-parents=1", f"--max-count={commits}", "HEAD")
    runs = [("scan", str(repo), "--rev", "HEAD", "--all")]
    runs += [("diff", str(repo), "--base", f"{commit}~1", "--head", commit) for commit in newest]
    with overlay() as (merged, upper):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": HOME,
            "XDG_CACHE_HOME": f"{HOME}/cache",
            "TMPDIR": f"{HOME}/temporary",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        for inner in ("cache", "out", "temporary"):
            (merged / HOME.lstrip("/") / inner).mkdir(parents=True)
        for arguments in runs:
            out = f"{HOME}/out/answer.json"
            command = [python, "-I", "-m", "bot.cli", *arguments, "--quiet", "--format", "json", "--out", out]
            begun = time.monotonic()
            try:
                done = subprocess.run(  # noqa: S603
                    ["chroot", str(merged), "/usr/bin/env", "-C", HOME, *command],  # noqa: S607
                    env=environment, capture_output=True, text=True, timeout=GIVE_UP_SECONDS, check=False,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                found.wrong.append(f"{' '.join(arguments)}: over {GIVE_UP_SECONDS} seconds")
                continue
            found.seconds += time.monotonic() - begun
            found.runs += 1
            if done.returncode not in (0, 1) or done.stderr:
                found.wrong.append(f"{' '.join(arguments)}: exit {done.returncode}: {done.stderr.strip()[-300:]}")
                continue
            answer = json.loads((merged / out.lstrip("/")).read_text(encoding="utf-8"))
            if arguments[0] == "scan":
                found.calls = sum(item["kind"] == "call" for item in answer["items"])
                found.gaps = len(answer["gaps"])
        paths = git(repo, "ls-tree", "-r", "--name-only", "HEAD")
        found.files, found.language = len(paths), language(paths)
        found.written = [path for path in written(upper) if not path.startswith(MAY_WRITE)]
    return found


def table(all_found: list[Found], commits: int) -> str:
    rows = [
        f"| {f.language} | {f.files:,} | {f.calls:,} | {f.gaps:,} | {f.runs} | {f.seconds:.0f} | {len(f.wrong)} | {len(f.written)} |"
        for f in sorted(all_found, key=lambda f: (f.language, f.files))
    ]
    wrong = [f"- {f.name}: {text}" for f in all_found for text in (*f.wrong, *f.written[:10])]
    total = sum(f.runs for f in all_found)
    return "\n".join(
        [
            "# Over real repositories",
            "",
            f"Written by `fuzz/sweep.py`: `scan --all` of the newest commit and `diff` of the {commits} newest commits with their",
            "parents, by the package as its wheel installs it, on an overlay of the whole file system. *Wrong* counts runs that",
            f"ended with a bug, an error, a word on stderr, or after {GIVE_UP_SECONDS} seconds; *written* counts files made, changed or",
            "taken away outside cache and output.",
            "",
            "| repository in | files | calls | not understood | runs | seconds | wrong | written |",
            "|---|--:|--:|--:|--:|--:|--:|--:|",
            *rows,
            "",
            f"{len(all_found)} repositories, {total} runs, {sum(len(f.wrong) for f in all_found)} wrong, "
            f"{sum(len(f.written) for f in all_found)} files written elsewhere.",
            *([""] if wrong else []),
            *wrong,
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--python", required=True, help="of the environment that the package is installed in")
    parser.add_argument("--commits", type=int, default=6)
    parser.add_argument("--record", type=Path)
    given = parser.parse_args()
    all_found: list[Found] = []
    for repo in repositories(given.checkouts):
        name = repo.relative_to(given.checkouts).as_posix().removesuffix("/repo").replace("+", "/")
        all_found.append(sweep(repo.resolve(), name, given.commits, given.python))
        print(all_found[-1], flush=True)
        if given.record:
            given.record.write_text(table(all_found, given.commits), encoding="utf-8")
    sys.exit(any(f.wrong or f.written for f in all_found))


if __name__ == "__main__":
    main()
