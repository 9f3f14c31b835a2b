"""After `/aicost justify`: the failed gate of the pull request's head is run again, so that the required check is renewed.

A run that a comment starts belongs to the default branch: its own result is no check of the pull request.
"""

from __future__ import annotations

from typing import Final

from bot.hosts.github_client import HostError, Hub
from bot.hosts.port import Sink

NAME: Final = "rerun"
FAILED: Final = ("failure", "timed_out")


def rerun_gate(hub: Hub, number: int) -> Sink:
    """Runs again the failed jobs of every workflow run of this head that a pull request started."""

    def write() -> Sink:
        head = hub.repo.get_pull(number).head.sha
        runs = [r for r in hub.repo.get_workflow_runs(head_sha=head, event="pull_request") if r.conclusion in FAILED]
        for run in runs:
            run.rerun_failed_jobs()
        return Sink(name=NAME, done=bool(runs), note=f"{len(runs)} failed runs of {head[:12]} started again")

    try:
        return hub.converge("actions: write", write)
    except HostError as error:
        return Sink(name=NAME, done=False, note=str(error))
