"""Who accepts the cost of a pull request, and why: a reviewer with write access, by a label or a comment.

`/aicost justify <reason>` as the beginning of a comment, or the label. It holds for the commit that the reviewer saw: one
given before the present head arrived does not count, unless it names that head (`/aicost justify 1a2b3c4 <reason>`).
The times are GitHub's own; commit dates, which an author can write at will, are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from github import GithubException

from bot.hosts.github_client import HostError, Hub
from bot.hosts.github_comment import arrived_at, find_ours
from bot.hosts.github_event import COMMAND
from bot.hosts.port import Rules, Run
from bot.hosts.text import one_line
from bot.model import Justification

MIN_REASON_CHARS: Final = 3
MAX_REASON_CHARS: Final = 500


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody says that the cost is justified. `problem`: why it does not count, as far as it tells by itself."""

    by: str
    why: str
    url: str
    at: datetime
    problem: str = ""


def find_justification(hub: Hub, run: Run, rules: Rules) -> tuple[Justification | None, tuple[str, ...]]:
    """The newest that counts, and for each that does not: why."""
    if run.number is None:
        return None, ()
    try:
        return hub.converge("pull-requests: read", lambda: _find(hub, run, rules))
    except HostError as error:
        return None, (f"justifications could not be read: {error}",)


def _find(hub: Hub, run: Run, rules: Rules) -> tuple[Justification | None, tuple[str, ...]]:
    assert run.number is not None
    pull = hub.repo.get_pull(run.number)
    known = arrived_at(run, find_ours(hub, run.number, run.key))
    since = datetime.fromisoformat(known) if known else None
    claims = [*_by_comment(hub, run, since), *_by_label(hub, run, rules.label, since)]
    notes: list[str] = []
    for claim in sorted(claims, key=lambda c: c.at, reverse=True):
        problem = claim.problem
        if not problem and claim.by == pull.user.login and not rules.author_may:
            problem = "the author cannot justify it alone"
        role = "" if problem else _role(hub, claim.by)
        if not problem and role not in rules.roles:
            problem = f"it needs the role {' or '.join(rules.roles)}"
        if not problem:
            return Justification(by=claim.by, role=role, why=claim.why, url=claim.url), tuple(notes)
        notes.append(f"the justification by {one_line(claim.by, 60)} does not count: {problem}")
    return None, tuple(notes)


def _by_comment(hub: Hub, run: Run, since: datetime | None) -> Iterator[Claim]:
    assert run.number is not None
    for comment in hub.repo.get_issue(run.number).get_comments():
        match = COMMAND.match(comment.body or "")
        if match is None or comment.user.type == "Bot":
            continue
        why = one_line(match["why"], MAX_REASON_CHARS)
        named = bool(match["sha"]) and run.head.startswith(match["sha"])
        if len(why) < MIN_REASON_CHARS:
            problem = "it gives no reason"
        elif match["sha"] and not named:
            problem = f"it names {match['sha'][:12]}, the head is now {run.head[:12]}"
        elif not named and (since is None or comment.updated_at < since):
            problem = f"it is older than the head {run.head[:12]}"
        else:
            problem = ""
        yield Claim(comment.user.login, why, comment.html_url, comment.updated_at, problem)


def _by_label(hub: Hub, run: Run, label: str, since: datetime | None) -> Iterator[Claim]:
    assert run.number is not None
    issue = hub.repo.get_issue(run.number)
    if not label or label not in {one.name for one in issue.get_labels()}:
        return
    events = [e for e in issue.get_events() if e.event == "labeled" and e.label is not None and e.label.name == label]
    if not events or events[-1].actor is None:
        return
    newest = events[-1]
    by = newest.actor.login
    fresh = (since is not None and newest.created_at >= since) or run.labelled == (label, by)
    problem = "" if fresh else f"the label is older than the head {run.head[:12]}; take it off and put it on again"
    yield Claim(by, f"label {label}", "", newest.created_at, problem)


def _role(hub: Hub, login: str) -> str:
    try:
        return hub.repo.get_collaborator_role_name(login)
    except GithubException as error:
        if error.status >= 500:
            raise
        return "unknown"
