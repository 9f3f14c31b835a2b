"""Tells a report to GitHub through its API: comment, check run or status, label. Each sink degrades alone."""

from __future__ import annotations

from collections.abc import Iterator

from bot.hosts.github_check import publish_check, publish_status
from bot.hosts.github_client import Hub
from bot.hosts.github_comment import publish_comment
from bot.hosts.github_label import publish_label
from bot.hosts.port import Report, Run, Sink, Wishes


def tell(hub: Hub, run: Run, report: Report, wishes: Wishes) -> Iterator[Sink]:
    if wishes.comment != "off" and run.number is not None:
        yield publish_comment(hub, run, report, wishes)
    checked = False
    if wishes.check_run != "off":
        check = publish_check(hub, run, report)
        checked = check.done
        yield check
    if wishes.status == "on" or (wishes.status == "auto" and wishes.check_run != "off" and not checked):
        yield publish_status(hub, run, report)
    if wishes.labels and run.number is not None:
        yield publish_label(hub, run, report)
