"""What the runner of GitHub Actions reads from a step: outputs, the summary, remarks in the log.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from bot.hosts.port import Annotation, Sink, worst_first
from bot.hosts.text import MAX_SUMMARY_BYTES, clip_bytes, one_line

MAX_A_LEVEL: Final = 10  # a step shows no more of each
COMMANDS: Final = {"failure": "error", "warning": "warning", "notice": "notice"}
_NAME: Final = re.compile(r"[a-z][a-z0-9-]*")


def write_outputs(outputs: Mapping[str, str], env: Mapping[str, str]) -> Sink:
    """Each value between random words, so that no value can end early and name another output."""
    file = env.get("GITHUB_OUTPUT")
    if not file:
        return Sink(name="outputs", done=False, note="GITHUB_OUTPUT is not set")
    try:
        with Path(file).open("a", encoding="utf-8", newline="\n") as stream:
            stream.write("".join(_output(name, value) for name, value in outputs.items()))
    except OSError as error:
        return Sink(name="outputs", done=False, note=f"cannot be written ({error.strerror})")
    return Sink(name="outputs", done=True, note=", ".join(outputs))


def _output(name: str, value: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not the name of an output: {name!r}")
    word = f"aicost_{secrets.token_hex(16)}"
    text = value.replace("\r", " ")
    if word in text:
        raise ValueError("the random delimiter stands in the value")
    return f"{name}<<{word}\n{text}\n{word}\n"


def write_summary(markdown: str, env: Mapping[str, str]) -> Sink:
    file = env.get("GITHUB_STEP_SUMMARY")
    if not file:
        return Sink(name="summary", done=False, note="GITHUB_STEP_SUMMARY is not set")
    text = clip_bytes(markdown, MAX_SUMMARY_BYTES, "the review JSON")
    try:
        with Path(file).open("a", encoding="utf-8", errors="replace", newline="\n") as stream:
            stream.write(f"{text}\n")
    except OSError as error:
        return Sink(name="summary", done=False, note=f"cannot be written ({error.strerror})")
    return Sink(name="summary", done=True, note=f"{len(text.encode('utf-8', 'replace')):,} bytes")


def log_remarks(annotations: Iterable[Annotation]) -> list[str]:
    """Lines for the log that the runner shows beside the change, when no check run could be made: the worst first."""
    lines, shown = [], dict.fromkeys(COMMANDS, 0)
    left = 0
    for a in worst_first(tuple(annotations)):
        if shown[a.level] == MAX_A_LEVEL:
            left += 1
            continue
        shown[a.level] += 1
        where = f"file={_property(a.path)},line={a.first_line},endLine={a.last_line},title={_property(a.title)}"
        lines.append(f"::{COMMANDS[a.level]} {where}::{_data(one_line(a.message, 1000))}")
    if left:
        lines.append(f"aicost-review: {left} more remarks are in the summary and the review JSON")
    return lines


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text, 500)).replace(":", "%3A").replace(",", "%2C")


def say(text: str) -> None:
    """A line of our log. The prefix and the clean-up keep a stranger's text from becoming a command."""
    print(f"aicost-review: {one_line(text, 2000)}", flush=True)


def say_error(message: str, hint: str) -> None:
    print(f"::error title=aicost-review::{_data(one_line(f'{message} {hint}'.strip(), 1000))}", flush=True)


def say_raw(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)


def environment() -> dict[str, str]:
    return dict(os.environ)
