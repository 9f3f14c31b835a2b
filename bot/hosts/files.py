"""Any other CI, and GitHub too: the review as files. What cannot be posted is here, so nothing is lost."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from bot.errors import ReviewError
from bot.hosts.port import Report, Run, Sink, Wishes
from bot.hosts.text import comment_body

NAME: Final = "files"
COMMENT: Final = "comment.md"
SUMMARY: Final = "summary.md"
REVIEW: Final = "review.json"
OUTPUTS: Final = "outputs.env"


def detect(env: Mapping[str, str]) -> bool:
    del env
    return True


def publish(report: Report, run: Run, wishes: Wishes, env: Mapping[str, str], folder: Path) -> tuple[Sink, ...]:
    """`comment.md` begins with the marker, so that a script can find the comment that it renews."""
    del wishes, env
    outputs = "".join(f"AICOST_{k.upper().replace('-', '_')}={_plain(v)}\n" for k, v in report.outputs.items())
    texts = {
        REVIEW: report.review_json,
        COMMENT: comment_body(run, report.comment) + "\n",
        SUMMARY: report.summary + "\n",
        OUTPUTS: outputs,
    }
    return tuple(_write(folder, name, text) for name, text in texts.items())


def write_review(folder: Path, text: str) -> Path:
    """The review JSON alone, or a ReviewError: a run that cannot even keep its result has failed."""
    sink = _write(folder, REVIEW, text)
    if not sink.done:
        raise ReviewError(f"The review cannot be written: {sink.note}", "Choose another folder with the output option.")
    return folder / REVIEW


def _write(folder: Path, name: str, text: str) -> Sink:
    """Whole or not at all: a reader never meets half a file."""
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as stream:
                stream.write(text)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        return Sink(name=name, done=False, note=f"{path}: {error.strerror}")
    return Sink(name=name, done=True, note=str(path))


def _plain(value: str) -> str:
    """For `NAME=value` files that a CI reads as variables: one line, no quoting to get wrong."""
    return "".join(c for c in value if c.isalnum() or c in "-+._:/%, ")
