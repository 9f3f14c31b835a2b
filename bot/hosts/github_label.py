"""One label out of a small family tells the direction of the cost on the list of pull requests."""

from __future__ import annotations

from typing import Final

from github import UnknownObjectException

from bot.hosts.github_client import HostError, Hub
from bot.hosts.port import Report, Run, Sink

NAME: Final = "label"
FAMILY: Final = ("ai-cost: over budget", "ai-cost: up", "ai-cost: down", "ai-cost: unknown")


def publish_label(hub: Hub, run: Run, report: Report) -> Sink:
    if run.number is None:
        return Sink(name=NAME, done=False, note="this event has no pull request")
    number = run.number

    def write() -> Sink:
        issue = hub.repo.get_issue(number)
        there = {label.name for label in issue.get_labels()}
        for name in sorted(there.intersection(FAMILY) - {report.label}):
            try:
                issue.remove_from_labels(name)
            except UnknownObjectException:
                continue
        if report.label is not None and report.label not in there:
            hub.add_labels(number, [report.label])
        return Sink(name=NAME, done=True, note=report.label or "none")

    try:
        return hub.converge("pull-requests: write", write)
    except HostError as error:
        return Sink(name=NAME, done=False, note=str(error))
