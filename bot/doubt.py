"""A call that is missing where a file cannot be read is neither removed nor added: nobody knows.

Without this a syntax error would read as a saving, and its repair as a cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from bot.direction import HIDES_COST
from bot.model import Cause, Change
from prompts_scanner.model import Gap


def doubted(
    changes: Iterable[Change], before: Iterable[Gap], after: Iterable[Gap], renames: Mapping[str, str]
) -> tuple[Change, ...]:
    """The changes, with what came or went with the readability of its file as unknown."""
    old, new = _hidden(before), _hidden(after)
    moved_back = {now: was for was, now in renames.items()}
    out = []
    for change in changes:
        path = change.span.path
        if change.kind == "removed" and renames.get(path, path) in new - old:
            change = _doubt(change, "no longer")
        elif change.kind == "added" and moved_back.get(path, path) in old - new:
            change = _doubt(change, "only now")
        out.append(change)
    return tuple(out)


def _hidden(gaps: Iterable[Gap]) -> set[str]:
    return {gap.span.path for gap in gaps if gap.weight >= HIDES_COST}


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
