"""Texts as a host takes them: the marker by which a comment is found again, the cut to a host's limits, plain lines."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from bot.hosts.port import Run
from bot.redact import hide

# GitHub refuses a comment above 65,536 characters; the rest is room for what it may count differently. At four bytes
# a character this also stays below 262,144 bytes, the other limit that is reported.
# https://github.com/dead-claudia/github-limits
MAX_COMMENT_CHARS: Final = 60_000
# The runner drops a whole summary above 1 MiB. https://docs.github.com/actions/reference/workflow-commands-for-github-actions
MAX_SUMMARY_BYTES: Final = 900_000
KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MARKER: Final = re.compile(r"<!-- aicost-review (\{[^<>]{1,500}\}) -->")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")
_LINE_ENDS: Final = re.compile("[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_MORE_ROOM: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """The first line of our comments: whose it is, which commit and run it speaks of, since when that commit is there."""

    key: str
    head: str
    run_id: int
    attempt: int
    arrived_at: str | None = None

    @property
    def order(self) -> tuple[int, int]:
        return self.run_id, self.attempt


def marker_line(run: Run) -> str:
    data = {"key": run.key, "head": run.head, "run": run.run_id, "attempt": run.attempt, "since": run.arrived_at}
    return f"<!-- aicost-review {json.dumps(data, separators=(',', ':'))} -->"


def read_marker(body: str | None) -> Marker | None:
    """The marker in the first line; a marker anywhere else is somebody's quotation."""
    match = _MARKER.fullmatch((body or "").split("\n", 1)[0].rstrip("\r"))
    if match is None:
        return None
    try:
        data = json.loads(match[1])
    except ValueError:
        return None
    key, head, run, attempt, since = (data.get(name) for name in ("key", "head", "run", "attempt", "since"))
    if not (isinstance(key, str) and isinstance(head, str) and isinstance(run, int) and isinstance(attempt, int)):
        return None
    return Marker(key=key, head=head, run_id=run, attempt=attempt, arrived_at=since if isinstance(since, str) else None)


def comment_body(run: Run, markdown: str) -> str:
    """The whole comment: marker, text, cut to what GitHub takes."""
    first = marker_line(run)
    return f"{first}\n{clip(markdown, MAX_COMMENT_CHARS - len(first) - 1, 'the job summary and the review JSON')}"


def clip(markdown: str, max_chars: int, whole: str) -> str:
    """The text cut between lines, so that each row of a table is whole or absent; open blocks are closed.

    Says how many rows are missing and where the whole is. A text that fits is returned as it is.
    """
    if len(markdown) <= max_chars:
        return markdown
    room, kept = max_chars - _MORE_ROOM, []
    lines = markdown.split("\n")
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    if not kept:
        kept = [markdown[: max_chars - _MORE_ROOM]]
    left = lines[len(kept) :]
    rows = sum(line.lstrip().startswith(("|", "- ", "* ", "<tr")) for line in left)
    return "\n".join([*kept, *_closing(kept), "", f"… {rows:,} more rows are left out here; see {whole}."])


def clip_bytes(markdown: str, max_bytes: int, whole: str) -> str:
    if len(markdown.encode("utf-8", "replace")) <= max_bytes:
        return markdown
    low, high = 0, len(markdown)
    while high - low > 1:
        middle = (low + high) // 2
        fits = len(clip(markdown, middle, whole).encode("utf-8", "replace")) <= max_bytes
        low, high = (middle, high) if fits else (low, middle)
    return clip(markdown, max(low, 2 * _MORE_ROOM), whole)


def _closing(lines: list[str]) -> list[str]:
    """What ends the fences and folds that the kept lines leave open."""
    closing: list[str] = []
    fence, folds = "", 0
    for line in lines:
        mark = re.match(r"\s{0,3}(`{3,}|~{3,})", line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and line.strip() == mark[1]:
            fence = ""
        elif not fence:
            folds += line.count("<details") - line.count("</details>")
    if fence:
        closing.append(fence)
    return [*closing, "", *(["</details>"] * folds)] if folds > 0 else closing


def one_line(text: str, max_chars: int = 300) -> str:
    """A stranger's text for a log or a title: one line, nothing invisible, no command of the runner.

    The runner reads `::name::` at the start of a line and `##[name]` anywhere in it.
    https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
    """
    shown = "".join(_visible(c) for c in _LINE_ENDS.sub(" ", hide(text))).replace("##[", "# #[").strip()
    shown = shown if not shown.startswith("::") else f"'{shown}"
    return shown if len(shown) <= max_chars else f"{shown[: max_chars - 1]}…"


def _visible(character: str) -> str:
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co")
    return f"U+{ord(character):04X}" if hidden else character
