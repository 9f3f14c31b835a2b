"""A call that is missing where a file cannot be read is neither removed nor added: nobody knows.

Without this a syntax error would read as a saving, and its repair as a cost; and what is edited in a file that was not
readable before and is not now would read as no change at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Literal

from bot.model import Cause, Change
from prompts_scanner.model import Gap
from prompts_scanner.tree import FileTree

# From this weight on a gap is of a whole file or more: too large, in LFS, not of its own syntax. Where a call or a prompt
# of it is missing, that is why, however seldom such a file holds one.
HIDES_FILE = 20


def doubted(
    changes: Iterable[Change],
    before: Iterable[Gap],
    after: Iterable[Gap],
    renames: Mapping[str, str],
    read_head: Callable[[str], bytes | None],
) -> tuple[Change, ...]:
    """The changes, with what came or went with the readability of its file as unknown."""
    old, new = _hidden(before), _hidden(after)
    moved_back = {now: was for was, now in renames.items()}
    out = []
    for change in changes:
        path = change.span.path
        now = renames.get(path, path)
        if change.kind == "removed" and (now in new - old or b"\0" in (read_head(now) or b"")[:4096]):
            change = _doubt(change, "no longer")
        elif change.kind == "added" and moved_back.get(path, path) in old - new:
            change = _doubt(change, "only now")
        out.append(change)
    return tuple(out)


def new_gaps(base: FileTree, head: FileTree, before: Iterable[Gap], after: Iterable[Gap]) -> tuple[Gap, ...]:
    """What the head has not read and the base has; and files that neither could be read in, where the change edits them."""
    known = {(gap.span.path, gap.reason) for gap in before}
    old, new = frozenset(base.paths()), frozenset(head.paths())

    def edited(path: str) -> bool:
        return path in old and path in new and base.key(path) != head.key(path)

    return tuple(
        gap
        for gap in after
        if (gap.span.path, gap.reason) not in known or (gap.weight >= HIDES_FILE and edited(gap.span.path))
    )


def _hidden(gaps: Iterable[Gap]) -> set[str]:
    return {gap.span.path for gap in gaps if gap.weight >= HIDES_FILE}


def _doubt(change: Change, when: Literal["no longer", "only now"]) -> Change:
    cause = Cause(
        what=change.causes[0].what if change.causes else "site",
        detail=f"not compared: a part of {change.span.path} can {when} be read",
        span=change.span,
        delta_tokens=None,
        usd_per_call=None,
        sign=None,
    )
    return replace(change, causes=(cause,), below_noise=False)
