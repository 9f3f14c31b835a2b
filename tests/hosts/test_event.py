"""Events: GitHub's own examples, and what a stranger or an accident may make of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ReviewError
from bot.hosts.github_event import Event, load_event, read_event
from tests.hosts.events import example, examples, is_valid

ID = "a" * 40
READ = ("pull_request", "merge_group", "push", "workflow_run", "issue_comment")
MANUAL = ("workflow_dispatch", "repository_dispatch")


def test_all_published_examples_are_here() -> None:
    assert (len(examples()), len({event for event, _ in examples()})) == (329, 58)
    assert {event for event, _ in examples()} >= {*READ, *MANUAL}


@pytest.mark.parametrize(("event", "payload"), examples(), ids=lambda v: v if isinstance(v, str) else v.get("action"))
def test_every_published_example_is_read_or_refused(event: str, payload: Mapping[str, Any]) -> None:
    if event not in (*READ, *MANUAL):
        with pytest.raises(ReviewError, match="not one that a review can be made for"):
            read_event(event, payload)
        return
    found = read_event(event, payload)
    assert found.kind == ("manual" if event in MANUAL else event)
    pull, issue, run = (payload.get(name, {}) for name in ("pull_request", "issue", "workflow_run"))
    if event in ("pull_request", "issue_comment"):
        assert found.number == payload.get("number", (pull or issue)["number"])
        assert found.author == (pull or issue)["user"]["login"]
        assert not found.command, "no example asks for a justification"
    if event == "pull_request":
        assert (found.head, found.base) == (pull["head"]["sha"], pull["base"]["sha"])
        assert found.fork == (pull["head"]["repo"]["id"] != pull["base"]["repo"]["id"])
        assert found.labelled == (
            (payload["label"]["name"], payload["sender"]["login"]) if payload["action"] == "labeled" else None
        )
    if event == "workflow_run":
        assert (found.source_run, found.source_branch) == (run["id"], run["head_branch"])
    if event == "push":
        deleted, created = payload["deleted"], payload["created"]
        assert found.head == ("" if deleted else payload["after"])
        assert found.base == (None if created or deleted else payload["before"])
    if event == "merge_group":
        assert (found.head, found.base) == (payload["merge_group"]["head_sha"], payload["merge_group"]["base_sha"])


def test_a_pull_request() -> None:
    data = example("pull_request", "synchronize")
    event = read_event("pull_request", data)
    pull = data["pull_request"]
    assert (event.number, event.head, event.base) == (pull["number"], pull["head"]["sha"], pull["base"]["sha"])
    assert (event.author, event.fork, event.arrived_at) == (pull["user"]["login"], False, pull["updated_at"])


def test_a_fork_and_a_deleted_fork() -> None:
    data = example("pull_request", "opened")
    assert not read_event("pull_request", data).fork
    data["pull_request"]["head"]["repo"]["full_name"] = "mallory/Hello-World"
    assert is_valid("pull_request", data)
    assert read_event("pull_request", data).fork
    data["pull_request"]["head"]["repo"] = None
    assert is_valid("pull_request", data), "GitHub's schema knows a deleted fork"
    assert read_event("pull_request", data).fork


def test_a_label_and_who_put_it_on() -> None:
    data = example("pull_request", "labeled")
    event = read_event("pull_request", data)
    assert event.labelled == (data["label"]["name"], data["sender"]["login"])


def test_a_merge_group_has_no_pull_request() -> None:
    data = example("merge_group", "checks_requested")
    event = read_event("merge_group", data)
    assert (event.number, event.head, event.base) == (
        None,
        data["merge_group"]["head_sha"],
        data["merge_group"]["base_sha"],
    )


def test_a_push_of_a_new_a_moved_and_a_deleted_branch() -> None:
    data = example("push")
    assert set(data["after"]) == {"0"}, "GitHub's example deletes a branch"
    assert read_event("push", data).head == ""
    data |= {"after": ID, "before": "0" * 40}
    assert (read_event("push", data).head, read_event("push", data).base) == (ID, None)
    data["before"] = "b" * 40
    assert read_event("push", data).base == "b" * 40


def test_a_comment_on_an_issue_is_no_command() -> None:
    data = example("issue_comment", "created")
    assert "pull_request" not in data["issue"]
    data["comment"]["body"] = "/aicost justify good"
    assert read_event("issue_comment", data).command == ""
    data["issue"]["pull_request"] = {}
    assert read_event("issue_comment", data).command == "/aicost justify good"
    data["action"] = "deleted"
    assert read_event("issue_comment", data).command == ""


def test_a_second_stage_started_by_something_else_has_nothing_to_do() -> None:
    data = example("workflow_run", "completed")
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
    data = example("pull_request", "opened")
    hostile = copy.deepcopy(data)
    SPOILED[name](hostile)
    assert hostile != data
    with pytest.raises(ReviewError, match="no usable"):
        read_event("pull_request", hostile)


@pytest.mark.parametrize("field", ["title", "body"])
@pytest.mark.parametrize("value", [None, "x" * 1_000_000, 'x"; touch PWNED; echo "', "\u202e\x00"])
def test_texts_of_a_stranger_are_not_even_looked_at(field: str, value: str | None) -> None:
    data = example("pull_request", "opened")
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
