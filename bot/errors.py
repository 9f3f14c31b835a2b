"""The one kind of error a user sees, and the exit codes."""

from __future__ import annotations

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
