"""Builds the demo repository: python scripts/make_demo.py DEST

A small application ("Acme Help") with six commits on `main` and a pull request on the branch `warranty-answers`, which
is left checked out. The files are those of `examples/demo`; names and dates are fixed, so that everyone gets the same
commit ids. An earlier demo at DEST is replaced; anything else there is left alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "examples" / "demo"
BRANCH = "warranty-answers"
MARK = "aicost-review-demo"  # a file in .git that says: made by this script, may be replaced


@dataclass(frozen=True)
class Step:
    """A commit: who, when, what, and the files of `layer` that it brings."""

    layer: str
    author: str
    date: str
    message: str
    paths: tuple[str, ...]


INES, MAREK, YUKI = "Ines Okafor", "Marek Dvorak", "Yuki Tanaka"
MAIN = (
    Step("base", INES, "2026-08-03T09:12:00+00:00", "Start Acme Help", ("README.md", "pyproject.toml")),
    Step(
        "base",
        INES,
        "2026-08-05T15:40:00+00:00",
        "Support chatbot: answers from the help centre",
        (
            "acme_help/__init__.py",
            "acme_help/settings.py",
            "acme_help/store.py",
            "acme_help/retrieval.py",
            "acme_help/support.py",
            "config/retrieval.yaml",
            "prompts/support.md",
        ),
    ),
    Step("base", MAREK, "2026-08-19T10:05:00+00:00", "Triage of tickets", ("acme_help/triage.py",)),
    Step(
        "base",
        MAREK,
        "2026-09-08T13:27:00+00:00",
        "Order agent with tools",
        ("acme_help/agent.py", "acme_help/tools.py", "acme_help/orders.py", "acme_help/shop.py", "prompts/agent.md"),
    ),
    Step(
        "base",
        YUKI,
        "2026-09-22T08:51:00+00:00",
        "Summaries of documents for the back office",
        ("web/package.json", "web/src/prompts.ts", "web/src/summarise.ts"),
    ),
    Step("base", INES, "2026-10-14T11:30:00+00:00", "Say what each part is used for", (".aicost.yml",)),
)
PULL_REQUEST = (
    Step(
        "pr",
        MAREK,
        "2026-11-09T09:20:00+00:00",
        "Answer questions on guarantee and business orders; tell the time first",
        ("prompts/support.md", "acme_help/support.py"),
    ),
    Step(
        "pr",
        MAREK,
        "2026-11-09T14:02:00+00:00",
        "More passages and longer answers",
        ("acme_help/settings.py", "config/retrieval.yaml"),
    ),
    Step(
        "pr",
        MAREK,
        "2026-11-10T10:44:00+00:00",
        "The agent books pickups for heavy returns",
        ("acme_help/tools.py", "acme_help/orders.py", "acme_help/shop.py"),
    ),
    Step("pr", YUKI, "2026-11-10T16:15:00+00:00", "Better summaries with a larger model", ("web/src/summarise.ts",)),
)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    destination = Path(arguments[0])
    if destination.exists() and not _may_replace(destination):
        print(f"{destination} exists and is not a demo of ours; it is left as it is.", file=sys.stderr)
        return 2
    build(destination)
    print(f"Built {destination}: {len(MAIN)} commits on main, {len(PULL_REQUEST)} on {BRANCH}.")
    return 0


def build(destination: Path) -> None:
    shutil.rmtree(destination, ignore_errors=True)
    destination.mkdir(parents=True)
    _git(destination, "init", "--quiet", "--template=")
    _git(destination, "symbolic-ref", "HEAD", "refs/heads/main")
    (destination / ".git" / MARK).touch()
    for step in MAIN:
        _commit(destination, step)
    _git(destination, "checkout", "--quiet", "-b", BRANCH)
    for step in PULL_REQUEST:
        _commit(destination, step)


def _may_replace(destination: Path) -> bool:
    return (destination / ".git" / MARK).is_file() or (destination.is_dir() and not any(destination.iterdir()))


def _commit(destination: Path, step: Step) -> None:
    for path in step.paths:
        target = destination / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((SOURCE / step.layer / path).read_bytes())
    _git(destination, "add", "--", *step.paths)
    mail = f"{step.author.split()[0].lower()}@acme.example"
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", step.author), ("EMAIL", mail), ("DATE", step.date))
    }
    _git(destination, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "-m", step.message, extra=who)


def _git(folder: Path, *arguments: str, extra: dict[str, str] | None = None) -> None:
    """git without anybody's settings, so that the result is the same everywhere."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    settings = ("-c", "core.autocrlf=false", "-c", "core.fileMode=false", "-c", "init.defaultObjectFormat=sha1")
    subprocess.run(["git", *settings, *arguments], cwd=folder, env={**inherited, **own, **(extra or {})}, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
