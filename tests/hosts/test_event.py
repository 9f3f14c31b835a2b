"""Events: GitHub's own examples, and what a stranger or an accident may make of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ReviewError
from bot.hosts.github_event import Event, load_event, read_event

PAYLOADS = Path(__file__).with_name("payloads")
ID = "a" * 40


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", sorted(PAYLOADS.glob("*.json")), ids=lambda f: f.stem)
def test_every_example_is_read(file: Path) -> None:
    event = read_event(file.stem.partition(".")[0], json.loads(file.read_text(encoding="utf-8")))
    assert event.kind == file.stem.partition(".")[0]


def test_a_pull_request() -> None:
    data = payload("pull_request.synchronize")
    event = read_event("pull_request", data)
    pull = data["pull_request"]
    assert (event.number, event.head, event.base) == (pull["number"], pull["head"]["sha"], pull["base"]["sha"])
    assert (event.author, event.fork, event.arrived_at) == (pull["user"]["login"], False, pull["updated_at"])


def test_a_fork_and_a_deleted_fork() -> None:
    data = payload("pull_request.opened")
    data["pull_request"]["head"]["repo"]["full_name"] = "mallory/Hello-World"
    assert read_event("pull_request", data).fork
    data["pull_request"]["head"]["repo"] = None
    assert read_event("pull_request", data).fork


def test_a_label_and_who_put_it_on() -> None:
    data = payload("pull_request.labeled")
    event = read_event("pull_request", data)
    assert event.labelled == (data["label"]["name"], data["sender"]["login"])


def test_a_merge_group_has_no_pull_request() -> None:
    data = payload("merge_group.checks_requested")
    event = read_event("merge_group", data)
    assert (event.number, event.head, event.base) == (
        None,
        data["merge_group"]["head_sha"],
        data["merge_group"]["base_sha"],
    )


def test_a_push_of_a_new_a_moved_and_a_deleted_branch() -> None:
    data = payload("push")
    assert set(data["after"]) == {"0"}, "GitHub's example deletes a branch"
    assert read_event("push", data).head == ""
    data |= {"after": ID, "before": "0" * 40}
    assert (read_event("push", data).head, read_event("push", data).base) == (ID, None)
    data["before"] = "b" * 40
    assert read_event("push", data).base == "b" * 40


def test_a_comment_on_an_issue_is_no_command() -> None:
    data = payload("issue_comment.created")
    assert "pull_request" not in data["issue"]
    data["comment"]["body"] = "/aicost justify good"
    assert read_event("issue_comment", data).command == ""
    data["issue"]["pull_request"] = {}
    assert read_event("issue_comment", data).command == "/aicost justify good"
    data["action"] = "deleted"
    assert read_event("issue_comment", data).command == ""


def test_a_second_stage_started_by_something_else_has_nothing_to_do() -> None:
    data = payload("workflow_run.completed")
    assert data["workflow_run"]["event"] != "pull_request"
    assert read_event("workflow_run", data).head == ""
    data["workflow_run"]["event"] = "pull_request"
    assert read_event("workflow_run", data).head == data["workflow_run"]["head_sha"]


SPOILED: dict[str, Callable[[Any], Any]] = {
    "number as text": lambda p: p["pull_request"].update(number="7"),
    "number true": lambda p: p["pull_request"].update(number=True),
    "negative number": lambda p: p["pull_request"].update(number=-1),
    "head is an option": lambda p: p["pull_request"]["head"].update(sha="--output=/tmp/pwned"),
    "head with a line break": lambda p: p["pull_request"]["head"].update(sha=ID + "\n"),
    "short head": lambda p: p["pull_request"]["head"].update(sha="abc1234"),
    "base missing": lambda p: p["pull_request"].pop("base"),
    "head a list": lambda p: p["pull_request"].update(head=[1]),
    "no pull request": lambda p: p.pop("pull_request"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_attack_19_ids_that_are_none_are_refused(name: str) -> None:
    data = payload("pull_request.opened")
    hostile = copy.deepcopy(data)
    SPOILED[name](hostile)
    assert hostile != data
    with pytest.raises(ReviewError, match="no usable"):
        read_event("pull_request", hostile)


@pytest.mark.parametrize("field", ["title", "body"])
@pytest.mark.parametrize("value", [None, "x" * 1_000_000, 'x"; touch PWNED; echo "', "\u202e\x00"])
def test_texts_of_a_stranger_are_not_even_looked_at(field: str, value: str | None) -> None:
    data = payload("pull_request.opened")
    expected = read_event("pull_request", data)
    data["pull_request"][field] = value
    assert read_event("pull_request", data) == expected


def test_an_event_that_is_none_of_ours() -> None:
    with pytest.raises(ReviewError, match="not one that a review"):
        read_event("watch", {})
    assert read_event("workflow_dispatch", {}) == Event(kind="manual")


@pytest.mark.parametrize("content", [b"", b"not json", b"[1]", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_an_event_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "event.json"
    file.write_bytes(content)
    with pytest.raises(ReviewError):
        load_event(file)


def test_an_event_file_that_is_missing_or_huge(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="cannot be read"):
        load_event(tmp_path / "nothing.json")
    file = tmp_path / "event.json"
    with file.open("wb") as stream:
        stream.truncate(40 << 20)
    with pytest.raises(ReviewError, match="larger"):
        load_event(file)
