"""The one kind of error a user sees, and the exit codes."""

from __future__ import annotations

import errno
import sys
import traceback
from pathlib import Path

from bot.redact import hide

EXIT_OK = 0
EXIT_GATE = 1
EXIT_USAGE = 2
EXIT_BUG = 3


class ReviewError(Exception):
    """Something the user can mend: `message` says what is wrong, `hint` what to do about it. Exit code 2."""

    def __init__(self, message: str, hint: str = "") -> None:
        # An error quotes what is wrong, which may be a key in the wrong place.
        self.message = hide(message)
        self.hint = hide(hint)
        super().__init__(self.message)


# Not our code's fault and not a wrong input: the machine has no more of something, or is not let write.
_MACHINE = {
    getattr(errno, name): hint
    for name, hint in {
        "ENOSPC": "Free some space; TMPDIR and XDG_CACHE_HOME say where else to write.",
        "EDQUOT": "Free some space; TMPDIR and XDG_CACHE_HOME say where else to write.",
        "EFBIG": "A limit on the size of files is set here (ulimit -f).",
        "EROFS": "TMPDIR and XDG_CACHE_HOME say where else to write.",
        "EMFILE": "A limit on open files is set here (ulimit -n).",
        "ENFILE": "The machine has too many files open.",
        "ENOMEM": "The machine has no memory left.",
        "EAGAIN": "A limit on processes is set here (ulimit -u).",
    }.items()
    if hasattr(errno, name)
}


def of_machine(error: OSError) -> ReviewError | None:
    """The error as one that the user can mend, where the machine refused; None for any other."""
    hint = _MACHINE.get(error.errno or 0)
    return None if hint is None else ReviewError(f"The machine refused: {error.strerror}.", hint)


def bug_report(error: BaseException, version: str) -> str:
    """Paste-ready; frames are named by file and line, without the values in them."""
    frames = traceback.extract_tb(error.__traceback__)
    where = "\n".join(f"    {Path(f.filename).name}:{f.lineno} in {f.name}" for f in frames[-12:])
    return (
        "This is a bug in aicost-review. Please report it with the lines below (they hold no code of yours):\n\n"
        f"    aicost-review {version}, Python {'.'.join(map(str, sys.version_info[:3]))}, {sys.platform}\n"
        f"    {type(error).__name__}\n{where}"
    )
