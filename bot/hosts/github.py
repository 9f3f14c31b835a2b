"""GitHub Actions as a host: the runner's own sinks first, then the API with whatever the token permits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bot.hosts import files
from bot.hosts.github_runner import log_remarks, publish_to_runner, say_raw
from bot.hosts.port import Report, Run, Sink, Wishes

NAME: Final = "github"
TOKEN: Final = "AICOST_GITHUB_TOKEN"  # the name of a variable
API_URL: Final = "https://api.github.com"


def detect(env: Mapping[str, str]) -> bool:
    return env.get("GITHUB_ACTIONS") == "true"


def publish(report: Report, run: Run, wishes: Wishes, env: Mapping[str, str], folder: Path) -> tuple[Sink, ...]:
    sinks = [*files.publish(report, run, wishes, env, folder), *publish_to_runner(report, env)]
    sinks += publish_to_api(report, run, wishes, env)
    if not any(sink.name == "check-run" and sink.done for sink in sinks):
        say_raw(log_remarks(report.annotations))
    return tuple(sinks)


def publish_to_api(report: Report, run: Run, wishes: Wishes, env: Mapping[str, str]) -> tuple[Sink, ...]:
    token = env.get(TOKEN, "")
    if not token:
        return (Sink(name="github", done=False, note="no token is given: the review is in the summary and the files"),)
    # Lazy: a run without a token never pays for the client.
    from bot.hosts.github_client import Hub  # noqa: PLC0415
    from bot.hosts.github_publish import tell  # noqa: PLC0415

    hub = Hub(token=token, api_url=env.get("GITHUB_API_URL") or API_URL, repository=run.repository)
    return tuple(tell(hub, run, report, wishes))
