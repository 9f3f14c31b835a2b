"""One comment per pull request: found by author, marker and key; renewed, replaced or left alone.

What makes it safe to run again, and twice at once: every write is preceded by a look; duplicates of ours are resolved
in favour of the newest run by a rule that all runs apply alike; an older run never overwrites what a newer one said.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from github import GithubException, UnknownObjectException
from github.Issue import Issue
from github.IssueComment import IssueComment

from bot.hosts.github_client import HostError, Hub
from bot.hosts.port import Report, Run, Sink, Wishes
from bot.hosts.text import Marker, comment_body, read_marker

NAME = "comment"
PERMISSION = "pull-requests: write"
MAX_HIDDEN = 5
Ours = list[tuple[Marker, IssueComment]]


def publish_comment(hub: Hub, run: Run, report: Report, wishes: Wishes) -> Sink:
    if run.number is None:
        return Sink(name=NAME, done=False, note="this event has no pull request")
    try:
        return hub.converge(PERMISSION, lambda: _publish(hub, run, report, wishes))
    except HostError as error:
        return Sink(name=NAME, done=False, note=str(error))


def find_ours(hub: Hub, number: int, key: str) -> Ours:
    """Our comments of this key, the newest run first."""
    me = hub.me
    found = []
    for comment in _issue(hub, number).get_comments():
        marker = read_marker(comment.body)
        if marker is None or marker.key != key or comment.user.login != me.login:
            continue
        if me.number is None or comment.user.id == me.number:
            found.append((marker, comment))
    return sorted(found, key=lambda pair: (pair[0].order, pair[1].id), reverse=True)


def arrived_at(run: Run, ours: Ours) -> str | None:
    """When the analysed head arrived, at the latest: the event's time, or an earlier one that we wrote down ourselves."""
    times = [run.arrived_at, *(marker.arrived_at for marker, _ in ours if marker.head == run.head)]
    return min((t for t in times if t is not None), key=datetime.fromisoformat, default=None)


def _issue(hub: Hub, number: int) -> Issue:
    return hub.repo.get_issue(number)


def _publish(hub: Hub, run: Run, report: Report, wishes: Wishes) -> Sink:
    assert run.number is not None
    pull = hub.repo.get_pull(run.number)
    if pull.head.sha != run.head:
        return Sink(name=NAME, done=False, note="the pull request has moved on since; its own run will tell")
    ours = find_ours(hub, run.number, run.key)
    if ours and ours[0][0].order > run.order:
        return Sink(name=NAME, done=False, note="a newer run has already told")
    run = replace(run, arrived_at=arrived_at(run, ours))
    body = comment_body(run, report.comment)
    if not report.changed and wishes.comment_when == "changes":
        return _renew(hub, run, ours, body) if ours else Sink(name=NAME, done=True, note="no cost change, no comment")
    same_run = [pair for pair in ours if pair[0].order == run.order]
    if wishes.comment == "update" or same_run:
        return _renew(hub, run, same_run or ours, body) if ours else _create(hub, run, wishes, body)
    for _, comment in ours[:MAX_HIDDEN] if wishes.comment == "hide-and-new" else ():
        comment.minimize("OUTDATED")
    for _, comment in ours if wishes.comment == "delete-and-new" else ():
        _delete(comment)
    return _create(hub, run, wishes, body)


def _renew(hub: Hub, run: Run, ours: Ours, body: str) -> Sink:
    """Make our newest comment say `body`."""
    marker, comment = ours[0]
    if _same(comment.body, body):
        return Sink(name=NAME, done=True, note=comment.html_url)
    del marker
    try:
        comment.edit(body)
    except UnknownObjectException:  # deleted since we looked
        return _create(hub, run, Wishes(), body)
    _confirm(comment, body)
    return Sink(name=NAME, done=True, note=comment.html_url)


def _create(hub: Hub, run: Run, wishes: Wishes, body: str) -> Sink:
    assert run.number is not None
    comment = _issue(hub, run.number).create_comment(body)
    _confirm(comment, body)
    if wishes.comment != "update":
        return Sink(name=NAME, done=True, note=comment.html_url)
    # A run at the same time may have created one as well: all keep the same one.
    ours = find_ours(hub, run.number, run.key)
    for _, other in ours[1:]:
        _delete(other)
    kept = ours[0][1] if ours else comment
    return Sink(name=NAME, done=True, note=kept.html_url)


def _confirm(comment: IssueComment, body: str) -> None:
    """What GitHub stored is what was sent; a redirect or a cut shows here and not in front of the reader."""
    if not _same(comment.body, body):
        raise HostError("GitHub did not store the comment as it was sent")


def _same(stored: str | None, body: str) -> bool:
    return (stored or "").replace("\r\n", "\n").strip() == body.strip()


def _delete(comment: IssueComment) -> None:
    try:
        comment.delete()
    except UnknownObjectException:
        return
    except GithubException as error:
        if error.status != 410:
            raise
