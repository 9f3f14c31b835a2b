"""The second stage for pull requests of forks: take over the first stage's JSON without trusting it.

Whoever opens a pull request decides what its artifact holds. So nothing is unpacked to disk, exactly one plain file of
a known name is read, within limits; what it says of itself (which pull request, which commit) is only compared.
The pull request is found by what GitHub says of the run.
"""

from __future__ import annotations

import io
import stat
import zipfile
from typing import Final
from urllib.parse import urlsplit

import requests
from github import GithubException

from bot.errors import ReviewError
from bot.hosts.github_client import TIMEOUT_SECONDS, HostError, Hub
from bot.hosts.github_event import Event

FILE: Final = "review.json"
MAX_ZIP_BYTES: Final = 16 << 20
MAX_JSON_BYTES: Final = 32 << 20
MAX_ENTRIES: Final = 20


def fetch_artifact(hub: Hub, event: Event, name: str) -> bytes:
    """The one artifact of that name of the first stage's run."""
    try:
        location = hub.converge("actions: read", lambda: _locate(hub, event.source_run, name))
        return hub.converge("actions: read", lambda: _download(location, hub.api_scheme))
    except HostError as error:
        raise ReviewError(f"The artifact of the first stage cannot be fetched: {error}", _WHERE) from error


_WHERE: Final = (
    "Does the first stage run this action with `upload-artifact: true`, and does this job have `actions: read`?"
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


def read_artifact(data: bytes) -> bytes:
    """The review JSON out of the zip, or a ReviewError that says what is wrong with it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entry = _entry(archive)
            with archive.open(entry) as stream:
                content = stream.read(MAX_JSON_BYTES + 1)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError):
        raise _refused("is not a zip file that can be read") from None
    if len(content) > MAX_JSON_BYTES:
        raise _refused(f"holds a file larger than {MAX_JSON_BYTES:,} bytes")
    return content


def _entry(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise _refused(f"holds {len(entries)} files")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise _refused("holds two files of one name")
    for entry in entries:
        mode = entry.external_attr >> 16
        strange = entry.filename.startswith("/") or "\\" in entry.filename or ".." in entry.filename.split("/")
        if strange or (stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR)) or entry.flag_bits & 1:
            raise _refused("holds something else than plain files")
    found = [entry for entry in entries if entry.filename == FILE]
    if not found:
        raise _refused(f"holds no {FILE}")
    if found[0].file_size > MAX_JSON_BYTES:
        raise _refused(f"holds a file larger than {MAX_JSON_BYTES:,} bytes")
    return found[0]


def _refused(what: str) -> ReviewError:
    return ReviewError(f"The artifact of the first stage {what}.", "Nothing was posted. Look at the run that made it.")


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
