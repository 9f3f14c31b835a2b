"""The check run on the analysed commit, with remarks at the changed lines; a commit status where only that is allowed.

https://docs.github.com/en/rest/checks/runs : at most 50 annotations a request, the rest is appended by updates.
"""

from __future__ import annotations

from typing import Any, Final

from github.CheckRun import CheckRun
from github.GithubObject import NotSet

from bot.hosts.github_client import HostError, Hub
from bot.hosts.port import Annotation, Report, Run, Sink, worst_first
from bot.hosts.text import clip_bytes, one_line

CHECK: Final = "check-run"
STATUS: Final = "commit-status"
MAX_ANNOTATIONS_A_REQUEST: Final = 50
MAX_ANNOTATIONS: Final = 500
MAX_CHECK_BYTES: Final = 65_000
MAX_TITLE_CHARS: Final = 200
MAX_MESSAGE_CHARS: Final = 4_000
MAX_DESCRIPTION_CHARS: Final = 140


def publish_check(hub: Hub, run: Run, report: Report) -> Sink:
    try:
        return hub.converge("checks: write", lambda: _publish(hub, run, report))
    except HostError as error:
        return Sink(name=CHECK, done=False, note=str(error))


def publish_status(hub: Hub, run: Run, report: Report) -> Sink:
    """The newest status of a context counts; GitHub keeps 1,000 of them, so what stands there is not said again."""
    state, context = state_of(report), status_context(run)
    description = one_line(report.title, MAX_DESCRIPTION_CHARS)

    def write() -> Sink:
        newest = next((s for s in hub.statuses(run.head) if s.context == context), None)
        if newest is None or (newest.state, newest.description, newest.target_url or "") != (
            state,
            description,
            run.url,
        ):
            hub.repo.get_commit(run.head).create_status(
                state=state, description=description, context=context, target_url=run.url or NotSet
            )
        return Sink(name=STATUS, done=True, note=f"{context}: {state}")

    try:
        return hub.converge("statuses: write", write)
    except HostError as error:
        return Sink(name=STATUS, done=False, note=str(error))


def status_context(run: Run) -> str:
    return "aicost-review" if run.key == "default" else f"aicost-review/{run.key}"


def state_of(report: Report) -> str:
    """`error`: there is no review; `failure`: there is one, and it blocks. https://docs.github.com/rest/commits/statuses"""
    if report.outputs.get("verdict") == "error":
        return "error"
    return "failure" if report.blocking else "success"


def check_name(run: Run) -> str:
    """Not the name of the job: a required check of a name must be one thing."""
    return "AI cost review" if run.key == "default" else f"AI cost review ({run.key})"


def conclusion_of(report: Report) -> str:
    if report.blocking:
        return "failure"
    return "success" if report.outcome in ("pass", "warn") else "neutral"


def _publish(hub: Hub, run: Run, report: Report) -> Sink:
    ours = f"aicost-review:{run.key}:{run.run_id}:{run.attempt}"
    remarks = [_remark(a) for a in worst_first(report.annotations)[:MAX_ANNOTATIONS]]
    text = {
        "title": one_line(report.title, MAX_TITLE_CHARS) or "AI cost review",
        "summary": clip_bytes(report.comment, MAX_CHECK_BYTES, "the job summary and the review JSON"),
    }
    check = _existing(hub, run, ours)
    if check is None:
        check = hub.repo.create_check_run(
            check_name(run),
            run.head,
            details_url=run.url or NotSet,
            external_id=ours,
            status="completed",
            conclusion=conclusion_of(report),
            output={**text, "annotations": remarks[:MAX_ANNOTATIONS_A_REQUEST]},
        )
        told = len(remarks[:MAX_ANNOTATIONS_A_REQUEST])
    else:
        # Made by an earlier try of this run: the count says which remarks arrived.
        told = int(check.output.annotations_count)
        if check.conclusion != conclusion_of(report) or check.output.title != text["title"]:
            check.edit(status="completed", conclusion=conclusion_of(report), output=text)
    if check.external_id != ours:
        raise HostError("GitHub did not store the check run as it was sent")
    while told < len(remarks):
        batch = remarks[told : told + MAX_ANNOTATIONS_A_REQUEST]
        check.edit(output={**text, "annotations": batch})
        told += len(batch)
    left = len(report.annotations) - len(remarks)
    note = f"{check.html_url}{f' ({left:,} more remarks are in the review JSON)' if left else ''}"
    return Sink(name=CHECK, done=True, note=note)


def _existing(hub: Hub, run: Run, external_id: str) -> CheckRun | None:
    for check in hub.repo.get_commit(run.head).get_check_runs(check_name=check_name(run)):
        if check.external_id == external_id:
            return check
    return None


def _remark(a: Annotation) -> dict[str, Any]:
    first = max(1, a.first_line)
    return {
        "path": a.path,
        "start_line": first,
        "end_line": max(first, a.last_line),
        "annotation_level": a.level,
        "title": one_line(a.title, MAX_TITLE_CHARS),
        "message": one_line(a.message, MAX_MESSAGE_CHARS) or "see the summary",
    }
