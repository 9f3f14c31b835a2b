"""The second stage: tell on the pull request of a fork what its own run found, with a token that may write.

The artifact is a stranger's. Of it only the numbers and texts of a valid review are used, drawn anew by us; the pull
request and the commit are GitHub's word. The gate stays the first stage's job: this one only tells.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.action_review import Stage
from bot.errors import ReviewError
from bot.hosts.github import TOKEN, api_for
from bot.hosts.github_artifact_zip import read_artifact
from bot.hosts.port import Report, Run
from bot.publication import Manner, report_of
from bot.render.json_report import review_from_json

UNTRUSTED = "These figures were made in the run of a fork; its workflow decides what it reports."


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the second stage has to tell, or why there is nothing."""

    run: Run | None
    report: Report | None
    reason: str = ""


def publish_stage(stage: Stage) -> Told:
    event = stage.event
    if not event.head:
        return Told(run=None, report=None, reason="the run was not started by a pull request")
    api = api_for(stage.env, stage.repository)
    if api is None:
        raise ReviewError(
            "The second stage has no token.", f"Give the action its github-token (in the environment: {TOKEN})."
        )
    number = api.pull_of_run(event)
    if number is None:
        return Told(run=None, report=None, reason="no single open pull request has the analysed commit as its head")
    review = review_from_json(read_artifact(api.artifact(event, stage.inputs.artifact)))
    if review.head != event.head:
        raise ReviewError(
            "The artifact speaks of another commit than the run that made it.",
            "Nothing was posted. Look at the workflow file of that pull request.",
        )
    blob = f"{stage.server}/{stage.repository}/blob"
    manner = Manner(head_url=f"{blob}/{event.head}", fail_on=("never",), notes=(UNTRUSTED,))
    run = stage.run(event.head, number)
    return Told(run=run, report=report_of(review, manner))
