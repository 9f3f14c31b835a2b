"""The one kind of error a user sees, and the exit codes."""

from __future__ import annotations

import platform
import traceback
from pathlib import Path

EXIT_OK = 0
EXIT_GATE = 1
EXIT_USAGE = 2
EXIT_BUG = 3


class ReviewError(Exception):
    """Something the user can mend: `message` says what is wrong, `hint` what to do about it. Exit code 2."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def bug_report(error: BaseException, version: str) -> str:
    """Paste-ready; frames are named by file and line, without the values in them."""
    frames = traceback.extract_tb(error.__traceback__)
    where = "\n".join(f"    {Path(f.filename).name}:{f.lineno} in {f.name}" for f in frames[-12:])
    return (
        "This is a bug in aicost-review. Please report it with the lines below (they hold no code of yours):\n\n"
        f"    aicost-review {version}, Python {platform.python_version()}, {platform.system().lower()}\n"
        f"    {type(error).__name__}\n{where}"
    )
