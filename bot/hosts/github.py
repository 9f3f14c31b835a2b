"""GitHub Actions as a host: the runner's own sinks first, then the API with whatever the token permits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.hosts import files
from bot.hosts.github_runner import log_remarks, say_raw, write_outputs, write_summary
from bot.hosts.port import Report, Run, Sink, Wishes

if TYPE_CHECKING:
    from bot.hosts.github_api import Api

NAME: Final = "github"
TOKEN: Final = "AICOST_GITHUB_TOKEN"  # the name of a variable
API_URL: Final = "https://api.github.com"


def detect(env: Mapping[str, str]) -> bool:
    return env.get("GITHUB_ACTIONS") == "true"


def publish(report: Report, run: Run, wishes: Wishes, env: Mapping[str, str], folder: Path) -> tuple[Sink, ...]:
    sinks = [*files.publish(report, run, wishes, env, folder), write_summary(report.summary, env)]
    sinks += publish_to_api(report, run, wishes, env)
    if not any(sink.name == "check-run" and sink.done for sink in sinks):
        say_raw(log_remarks(report.annotations))
    comment = next((s.note for s in sinks if s.name == "comment" and s.note.startswith("https://")), "")
    places = {
        "json-path": str(folder / files.REVIEW),
        "comment-path": str(folder / files.COMMENT),
        "summary-path": str(folder / files.SUMMARY),
        "comment-url": comment,
    }
    return (*sinks, write_outputs({**report.outputs, **places}, env))


def publish_to_api(report: Report, run: Run, wishes: Wishes, env: Mapping[str, str]) -> tuple[Sink, ...]:
    api = api_for(env, run.repository)
    if api is None:
        return (Sink(name="github", done=False, note="no token is given: the review is in the summary and the files"),)
    return tuple(api.tell(run, report, wishes))


def api_for(env: Mapping[str, str], repository: str) -> Api | None:
    """GitHub's API with the token that the environment holds; None without one."""
    token = env.get(TOKEN, "")
    if not token:
        return None
    # Lazy: a run without a token never pays for the client.
    from bot.hosts.github_api import Api  # noqa: PLC0415
    from bot.hosts.github_client import Hub  # noqa: PLC0415

    return Api(Hub(token=token, api_url=env.get("GITHUB_API_URL") or API_URL, repository=repository))
