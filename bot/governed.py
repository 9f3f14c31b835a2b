"""What comments of the head may not decide: which calls count, and to which feature they belong. The base's decide.

`# aicost: ignore` and `# aicost: feature=NAME` take effect from the next change on; a change that adds, edits or removes
one at a call that was there before is judged without it, and it is called out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from bot.model import Finding
from bot.pair import Pair
from prompts_scanner.model import CallSite


def governed(
    pairs: Iterable[Pair], base_ignored: Collection[str], head_ignored: Collection[str]
) -> tuple[tuple[Pair, ...], tuple[Finding, ...]]:
    """The pairs that count, and what the head's comments would have changed. The collections hold ids of call sites."""
    kept: list[Pair] = []
    findings: list[Finding] = []
    for base, head in pairs:
        was = base is not None and base.id in base_ignored
        now = head is not None and head.id in head_ignored
        if was and (head is None or now):
            continue
        if was:
            base = None  # it is counted from now on: all of it is new
        if head is not None and now:
            findings.append(_ignored(head, new=base is None))
        if base is not None and head is not None and base.feature != head.feature:
            findings.append(_moved(base, head))
            head = replace(head, feature=base.feature)
        kept.append((base, head))
    return tuple(kept), tuple(findings)


def _ignored(site: CallSite, *, new: bool) -> Finding:
    return Finding(
        budget="ignored call",
        limit="counts where the base does not ignore it",
        actual="`aicost: ignore` at a new call" if new else "`aicost: ignore` added",
        outcome="warn",
        span=site.span,
        note="the comment takes effect from the next change on; here the call is counted",
    )


def _moved(base: CallSite, head: CallSite) -> Finding:
    return Finding(
        budget="feature of a call",
        limit=f"stays with {base.feature}" if base.feature else "stays with the feature of its path",
        actual=f"now says {head.feature}" if head.feature else "no longer says so",
        outcome="warn",
        span=head.span,
        note="the comment takes effect from the next change on; here the base's traffic and limits hold",
    )
