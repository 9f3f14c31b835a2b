"""All that is asked of and told to GitHub's API, as one object. Loaded only where there is a token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import ReviewError
from bot.hosts.github_artifact import fetch_artifact, pull_of_run
from bot.hosts.github_check import publish_check, publish_status
from bot.hosts.github_client import HostError, Hub
from bot.hosts.github_comment import publish_comment
from bot.hosts.github_event import ID, Event
from bot.hosts.github_justify import find_justification
from bot.hosts.github_label import publish_label
from bot.hosts.github_rerun import rerun_gate
from bot.hosts.port import Report, Rules, Run, Sink, Wishes
from bot.model import Justification


@dataclass(frozen=True, slots=True)
class Api:
    hub: Hub

    def tell(self, run: Run, report: Report, wishes: Wishes) -> Iterator[Sink]:
        """Comment, check run or status, label; each degrades alone."""
        if wishes.comment != "off" and run.number is not None:
            yield publish_comment(self.hub, run, report, wishes)
        checked = False
        if wishes.check_run != "off":
            check = publish_check(self.hub, run, report)
            checked = check.done
            yield check
        if wishes.status == "on" or (wishes.status == "auto" and wishes.check_run != "off" and not checked):
            yield publish_status(self.hub, run, report)
        if wishes.labels and run.number is not None:
            yield publish_label(self.hub, run, report)

    def tell_comment(self, run: Run, report: Report, wishes: Wishes) -> Sink:
        return publish_comment(self.hub, run, report, wishes)

    def justification(self, run: Run, rules: Rules) -> tuple[Justification | None, tuple[str, ...]]:
        return find_justification(self.hub, run, rules)

    def merge_base(self, base: str, head: str) -> str:
        """Asked of GitHub where the clone has too little history to tell."""
        try:
            found = self.hub.converge("contents: read", lambda: self.hub.repo.compare(base, head).merge_base_commit.sha)
        except HostError as error:
            raise ReviewError(f"The common ancestor of {base[:12]} and {head[:12]} is not known: {error}") from error
        if not isinstance(found, str) or not ID.fullmatch(found):
            raise ReviewError(f"GitHub knows no common ancestor of {base[:12]} and {head[:12]}.")
        return found

    def artifact(self, event: Event, name: str) -> bytes:
        return fetch_artifact(self.hub, event, name)

    def pull_of_run(self, event: Event) -> int | None:
        return pull_of_run(self.hub, event)

    def rerun_gate(self, number: int) -> Sink:
        return rerun_gate(self.hub, number)
