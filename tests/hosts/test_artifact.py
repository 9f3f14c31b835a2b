"""The zip of a fork's run is hostile until it is one plain file; the pull request is GitHub's word."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

import pytest

from bot.errors import ReviewError
from bot.hosts.github_artifact import fetch_artifact, pull_of_run
from bot.hosts.github_artifact_zip import MAX_ENTRIES, read_artifact
from bot.hosts.github_client import Hub
from bot.hosts.github_event import Event
from tests.hosts.fake_github import FakeGitHub

HEAD = "a" * 40
EVENT = Event(kind="workflow_run", head=HEAD, source_run=42, source_owner="mallory", source_branch="feature")


def zipped(*entries: tuple[str, bytes], mode: int = 0) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()


def lying(data: bytes) -> bytes:
    """The same zip, whose directory says that the file is small."""
    at = data.rindex(b"PK\x01\x02")
    return data[: at + 24] + struct.pack("<I", 5) + data[at + 28 :]


def client(hub: FakeGitHub) -> Hub:
    return Hub(token=hub.token, api_url=hub.url, repository=hub.repository, pause=lambda _: None)


def test_the_one_file_is_read() -> None:
    assert read_artifact(zipped(("review.json", b"{}"), ("comment.md", b"x"))) == b"{}"


HOSTILE = {
    "climbs out": zipped(("../../review.json", b"{}"), ("review.json", b"{}")),
    "absolute": zipped(("/etc/cron.d/x", b"x"), ("review.json", b"{}")),
    "backslashes": zipped(("..\\review.json", b"x"), ("review.json", b"{}")),
    "a link": zipped(("review.json", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777),
    "a device": zipped(("review.json", b""), mode=stat.S_IFCHR | 0o666),
    "a bomb": zipped(("review.json", b"0" * (33 << 20))),
    "a bomb that lies": lying(zipped(("review.json", b"0" * (33 << 20)))),
    "too many": zipped(*((f"{i}.json", b"") for i in range(MAX_ENTRIES + 1)), ("review.json", b"{}")),
    "another name": zipped(("reviews.json", b"{}")),
    "only in a folder": zipped(("x/review.json", b"{}")),
    "no zip": b"not a zip at all",
    "cut off": zipped(("review.json", b"{}" * 1000))[:-30],
    "empty": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_attack_04_a_hostile_zip_is_refused(name: str) -> None:
    with pytest.raises(ReviewError, match="artifact of the first stage"):
        read_artifact(HOSTILE[name])


def test_attack_04_two_files_of_one_name_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped(("review.json", b"{}"), ("review.json", b"[]"))
    with pytest.raises(ReviewError, match="two files of one name"):
        read_artifact(data)


def test_the_storage_never_sees_the_token(hub: FakeGitHub) -> None:
    hub.artifacts[42] = [("aicost-review", b"data"), ("other", b"nothing")]
    assert fetch_artifact(client(hub), EVENT, "aicost-review") == b"data"
    (blob,) = [r for r in hub.requests if r.path.startswith("/blob/")]
    assert blob.authorization == ""


def test_attack_04_two_artifacts_of_one_name_or_none(hub: FakeGitHub) -> None:
    hub.artifacts[42] = [("aicost-review", b"a"), ("aicost-review", b"b")]
    with pytest.raises(ReviewError, match="2 artifacts"):
        fetch_artifact(client(hub), EVENT, "aicost-review")
    hub.artifacts[42] = []
    with pytest.raises(ReviewError, match="0 artifacts"):
        fetch_artifact(client(hub), EVENT, "aicost-review")


def test_attack_04_a_huge_artifact_is_not_downloaded(hub: FakeGitHub) -> None:
    hub.artifacts[42] = [("aicost-review", b"0" * (17 << 20))]
    with pytest.raises(ReviewError, match="larger"):
        fetch_artifact(client(hub), EVENT, "aicost-review")
    assert hub.count("GET", "/blob/") == 0


def test_attack_04_an_unsafe_address_is_not_followed(hub: FakeGitHub) -> None:
    hub.artifacts[42] = [("aicost-review", b"data")]
    hub.artifact_host = "file:///etc"
    with pytest.raises(ReviewError, match="not safe"):
        fetch_artifact(client(hub), EVENT, "aicost-review")


def test_the_missing_permission_is_named(hub: FakeGitHub) -> None:
    hub.permissions = frozenset({"pull-requests: write"})
    with pytest.raises(ReviewError, match="actions: read"):
        fetch_artifact(client(hub), EVENT, "aicost-review")


def test_the_pull_request_is_found_by_its_head(hub: FakeGitHub) -> None:
    hub.add_pull(7, HEAD, head_repository="mallory/shop")
    hub.add_pull(8, "b" * 40, head_repository="other/shop")
    assert pull_of_run(client(hub), EVENT) == 7


def test_attack_05_a_head_that_moved_on_has_no_pull_request(hub: FakeGitHub) -> None:
    hub.add_pull(7, "c" * 40, head_repository="mallory/shop")
    assert pull_of_run(client(hub), EVENT) is None


def test_a_closed_or_an_ambiguous_one_is_not_chosen(hub: FakeGitHub) -> None:
    hub.add_pull(7, HEAD, head_repository="mallory/shop")
    hub.add_pull(8, HEAD, head_repository="mallory/shop")
    assert pull_of_run(client(hub), EVENT) is None
    hub.pulls[8]["state"] = "closed"
    assert pull_of_run(client(hub), EVENT) == 7
