"""Starts git by itself, for the few questions of a review that ends at once: loading GitPython takes longer than they do.

As `Git.execute` with a list and no shell, in the same environment; `Plumbing.through_gitpython` hands over to it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from bot.errors import ReviewError


def no_git() -> ReviewError:
    return ReviewError("git is not installed, or not on the PATH.", "Install git 2.30 or newer.")


def answered(
    command: list[str], folder: Path, environment: Mapping[str, str], stdin: IO[bytes] | None
) -> tuple[int, bytes, str]:
    """Runs to the end: its status, its answer and its complaint."""
    with started(command, folder, environment, stdin) as running:
        stdout, stderr = running.communicate()
    return running.returncode, stdout, stderr.decode("utf-8", "surrogateescape")


def started(
    command: list[str], folder: Path, environment: Mapping[str, str], stdin: IO[bytes] | int | None
) -> subprocess.Popen[bytes]:
    """A running git; without `stdin` it reads nothing. `environment` stands over what this process inherited."""
    try:
        return subprocess.Popen(  # noqa: S603 a list that `Plumbing` made of a fixed verb, and no shell
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except FileNotFoundError as error:
        raise no_git() from error
