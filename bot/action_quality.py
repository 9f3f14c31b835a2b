"""The evaluation results that a job hands to the action. They are claims: nothing here can tell who wrote the numbers.

An evaluation of a pull request runs that pull request's code, which can write any number into the file; so can a file that
the change brings along. What can be seen is said beside the verdict. How to get numbers that a contributor cannot forge
stands in docs/github-action.md.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from bot.errors import ReviewError
from bot.model import Quality


def read_qualities(
    workspace: Path, base: str, head: str, committed: Collection[str]
) -> tuple[tuple[Quality, ...], tuple[str, ...]]:
    """The metrics of both sides, and what is to be said of where they come from.

    `base` and `head` are paths as the workflow gives them, relative to the workspace or absolute; `committed` are the
    paths of the head's own files. ReviewError for a file that is reached through a link out of the workspace.
    """
    # Lazy: readers with pydantic, only for a run that is given results.
    from bot.quality import read_pair  # noqa: PLC0415

    files = [_plain_file(workspace, name) for name in (base, head)]
    found = read_pair(*files)
    own = [name for name, file in zip((base, head), files, strict=True) if _inside(workspace, file) in committed]
    note = f"Quality is what the evaluation results {base} and {head} say; it was not measured here."
    if own:
        note += f" The change itself brings {' and '.join(own)}: its author could write any number."
    return found, (note,)


def _plain_file(workspace: Path, name: str) -> Path:
    """The change decides what lies in the workspace: there a link must not lead out of it."""
    path = Path(os.path.normpath(workspace / name))
    if _inside(workspace, path) is not None and not path.resolve().is_relative_to(workspace.resolve()):
        raise ReviewError(
            f"The evaluation results {name} are reached through a link out of the workspace.",
            "Let the evaluation write a plain file, best outside of the checkout: ${{ runner.temp }}/results.json.",
        )
    return path


def _inside(workspace: Path, path: Path) -> str | None:
    """The path within the workspace as git writes it; None outside."""
    root = Path(os.path.normpath(workspace.absolute()))
    return path.absolute().relative_to(root).as_posix() if path.absolute().is_relative_to(root) else None
