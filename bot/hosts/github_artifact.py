"""The second stage for pull requests of forks: take over the first stage's JSON without trusting it.

The artifact and the pull request are found by what GitHub says of the run. The download stops at a limit, and the
storage host, which is another one, never sees the token.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import requests
from github import GithubException

from bot.errors import ReviewError
from bot.hosts.github_artifact_zip import MAX_ZIP_BYTES
from bot.hosts.github_client import TIMEOUT_SECONDS, HostError, Hub
from bot.hosts.github_event import Event


def fetch_artifact(hub: Hub, event: Event, name: str) -> bytes:
    """The one artifact of that name of the first stage's run."""
    try:
        location = hub.converge("actions: read", lambda: _locate(hub, event.source_run, name))
        return hub.converge("actions: read", lambda: _download(location, hub.api_scheme))
    except HostError as error:
        raise ReviewError(f"The artifact of the first stage cannot be fetched: {error}", WHERE) from error


WHERE: Final = (
    "Does the first stage run this action with the same `artifact` name, and does this job have `actions: read`?"
)


def _locate(hub: Hub, run_id: int, name: str) -> str:
    found = [a for a in hub.repo.get_workflow_run(run_id).get_artifacts() if a.name == name]
    if len(found) != 1:
        raise HostError(f"the run {run_id} has {len(found)} artifacts named {name}, one is expected")
    artifact = found[0]
    if artifact.expired or artifact.size_in_bytes > MAX_ZIP_BYTES:
        raise HostError(f"it is {'expired' if artifact.expired else f'larger than {MAX_ZIP_BYTES:,} bytes'}")
    return hub.redirect_of(f"actions/artifacts/{artifact.id}/zip")


def _download(location: str, scheme: str) -> bytes:
    """From the storage host, which must not see our token."""
    if urlsplit(location).scheme not in ("https", scheme):
        raise HostError("its address is not safe")
    with requests.get(
        location, timeout=TIMEOUT_SECONDS, stream=True, allow_redirects=False, auth=lambda request: request
    ) as answer:
        if answer.status_code >= 500:
            raise GithubException(answer.status_code, {"message": "storage"}, {})
        if answer.status_code != 200:
            raise HostError(f"the storage answers {answer.status_code}")
        data = bytearray()
        for chunk in answer.iter_content(1 << 16):
            data += chunk
            if len(data) > MAX_ZIP_BYTES:
                raise HostError(f"it is larger than {MAX_ZIP_BYTES:,} bytes")
    return bytes(data)


def pull_of_run(hub: Hub, event: Event) -> int | None:
    """The open pull request whose head is the analysed commit, by GitHub's word. None: it has moved on, or is not one."""

    def find() -> list[int]:
        source = f"{event.source_owner}:{event.source_branch}"
        pulls = hub.repo.get_pulls(state="open", head=source)
        return [pull.number for pull in pulls if pull.head.sha == event.head]

    try:
        found = hub.converge("pull-requests: read", find)
    except HostError as error:
        raise ReviewError(f"The pull request of the run cannot be found: {error}") from error
    return found[0] if len(found) == 1 else None
