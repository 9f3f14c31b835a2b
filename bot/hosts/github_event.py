"""From the event that started a run to what is to be compared. Pure: a name and a payload in, an Event out.

Payloads hold text by strangers (titles, branch names); only ids, numbers and logins are taken, each checked for form.
https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from bot.errors import ReviewError

MAX_EVENT_BYTES: Final = 32 << 20
ID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
COMMAND: Final = re.compile(r"\s*/aicost[ \t]+justify(?!\S)(?:[ \t]+(?P<sha>[0-9a-f]{7,64}))?(?P<why>[^\r\n]*)")
NO_COMMIT: Final = re.compile(r"0+")
Kind = Literal["pull_request", "merge_group", "push", "workflow_run", "issue_comment", "manual"]
PULL_EVENTS: Final = ("pull_request", "pull_request_target")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`head` and `base` are commit ids; `base` None: the default branch. `head` "": there is nothing to review."""

    kind: Kind
    head: str = ""
    base: str | None = None
    number: int | None = None
    author: str = ""
    fork: bool = False
    arrived_at: str | None = None
    labelled: tuple[str, str] | None = None
    source_run: int = 0
    source_owner: str = ""
    source_branch: str = ""
    command: str = ""


def load_event(file: Path) -> Mapping[str, Any]:
    try:
        if file.stat().st_size > MAX_EVENT_BYTES:
            raise ReviewError(
                f"The event file is larger than {MAX_EVENT_BYTES:,} bytes.", "GITHUB_EVENT_PATH is wrong?"
            )
        data = json.loads(file.read_bytes())
    except OSError as error:
        raise ReviewError(
            f"The event cannot be read: {error}", "GITHUB_EVENT_PATH names the file of the event."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ReviewError("The event is not JSON.", f"Look at {file}.") from error
    if not isinstance(data, dict):
        raise ReviewError("The event is not a JSON object.", f"Look at {file}.")
    return data


def read_event(name: str, payload: Mapping[str, Any]) -> Event:
    if name in PULL_EVENTS:
        return _pull_request(payload)
    if name == "merge_group":
        group = _object(payload, "merge_group")
        return Event(kind="merge_group", head=_id(group, "head_sha"), base=_id(group, "base_sha"))
    if name == "push":
        return _push(payload)
    if name == "workflow_run":
        return _workflow_run(payload)
    if name == "issue_comment":
        return _issue_comment(payload)
    if name in ("workflow_dispatch", "schedule", "repository_dispatch", "workflow_call"):
        return Event(kind="manual")
    raise ReviewError(
        f"The event {name[:60]!r} is not one that a review can be made for.",
        "Use it on pull_request, merge_group, push or workflow_run, or give the inputs base and head.",
    )


def asks_to_justify(comment: str) -> bool:
    return COMMAND.match(comment) is not None


def _pull_request(payload: Mapping[str, Any]) -> Event:
    pull = _object(payload, "pull_request")
    head, base = _object(pull, "head"), _object(pull, "base")
    source = head.get("repo")
    label = payload.get("label") if payload.get("action") == "labeled" else None
    sender = payload.get("sender")
    labelled = None
    if isinstance(label, dict) and isinstance(sender, dict):
        labelled = (str(label.get("name", "")), str(sender.get("login", "")))
    return Event(
        kind="pull_request",
        head=_id(head, "sha"),
        base=_id(base, "sha"),
        number=_number(pull, "number"),
        author=_login(pull.get("user")),
        # A deleted fork has no repository any more.
        fork=not isinstance(source, dict) or source.get("full_name") != _object(base, "repo").get("full_name"),
        arrived_at=_time(pull.get("updated_at")),
        labelled=labelled,
    )


def _push(payload: Mapping[str, Any]) -> Event:
    head, before = payload.get("after"), payload.get("before")
    if not isinstance(head, str) or NO_COMMIT.fullmatch(head):
        return Event(kind="push")
    created = not isinstance(before, str) or bool(NO_COMMIT.fullmatch(before))
    return Event(kind="push", head=_id(payload, "after"), base=None if created else _id(payload, "before"))


def _workflow_run(payload: Mapping[str, Any]) -> Event:
    """The second stage. Everything here is GitHub's word, not the artifact's."""
    run = _object(payload, "workflow_run")
    source = run.get("head_repository")
    owner = _login(source.get("owner")) if isinstance(source, dict) else ""
    return Event(
        kind="workflow_run",
        head=_id(run, "head_sha") if run.get("event") in PULL_EVENTS else "",
        source_run=_number(run, "id"),
        source_owner=owner,
        source_branch=str(run.get("head_branch") or ""),
    )


def _issue_comment(payload: Mapping[str, Any]) -> Event:
    issue, comment = _object(payload, "issue"), _object(payload, "comment")
    asked = isinstance(issue.get("pull_request"), dict) and payload.get("action") in ("created", "edited")
    body = comment.get("body")
    return Event(
        kind="issue_comment",
        number=_number(issue, "number"),
        author=_login(issue.get("user")),
        command=body if asked and isinstance(body, str) else "",
    )


def _object(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = holder.get(name)
    if not isinstance(value, dict):
        raise _broken(name)
    return value


def _id(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise _broken(name)
    return value


def _number(holder: Mapping[str, Any], name: str) -> int:
    value = holder.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise _broken(name)
    return value


def _login(user: Any) -> str:
    value = user.get("login") if isinstance(user, dict) else None
    return value if isinstance(value, str) else ""


def _time(value: Any) -> str | None:
    ok = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", value)
    return value if ok else None


def _broken(name: str) -> ReviewError:
    return ReviewError(
        f"The event has no usable `{name}`.", "Is this the event file that the runner wrote (GITHUB_EVENT_PATH)?"
    )
