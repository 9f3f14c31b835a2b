"""Readers of what strangers, logs and hosts hand in besides source files. Each may say no with a ReviewError, nothing else.

What is read is also used as far as the first thing that looks at all of it: a value that is accepted and breaks later
is a finding too.
"""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path

from bot.config import Config, load_config, parse_config
from bot.config_changes import policy_changes
from bot.config_profiles import with_profiles
from bot.errors import ReviewError
from bot.hosts.github_event import asks_to_justify, load_event, read_event
from bot.hosts.text import read_marker
from bot.profiles.reading import Account, records
from bot.profiles.schema import read_profile, write_profile
from bot.publication import Manner, report_of
from bot.quality import compare, read_results
from bot.render import json_report, terminal
from bot.tokens import count_request
from bot.tokens.bodies import read_body
from bot.tokens.estimate import parts_of
from bot.tokens.table import bundled
from fuzz.page import check_page
from prompts_scanner.tree import MemoryTree

EVENTS = (
    "pull_request",
    "pull_request_target",
    "merge_group",
    "push",
    "workflow_run",
    "issue_comment",
    "workflow_dispatch",
    "release",
)
DAY = date(2026, 7, 1)
NAME = "given"


def config(data: bytes) -> None:
    """A policy: read, compared with the empty one in both ways (what a pull request's note does)."""
    text = data.decode("utf-8", "replace")
    try:
        policy = parse_config(text, ".aicost.yml")
    except ReviewError as error:
        _is_said(error)
        return
    for change in (*policy_changes(Config(), policy), *policy_changes(policy, Config())):
        str(change)
    if policy_changes(policy, policy):
        raise AssertionError("a policy differs from itself")


def profile(data: bytes) -> None:
    """A traffic profile: read, taken into a policy, written and read back as the same."""
    text = data.decode("utf-8", "replace")
    try:
        found = read_profile(text, NAME)
    except ReviewError as error:
        _is_said(error)
        return
    with_profiles(Config(), {".aicost/profiles/x.yaml": text})
    if read_profile(write_profile(found), NAME) != found:
        raise AssertionError("a profile is not what was written")


def stored_review(data: bytes) -> None:
    """A first stage's artifact: read, told as the second stage tells it, nothing in it alive."""
    try:
        review = json_report.review_from_json(data)
    except ReviewError as error:
        _is_said(error)
        return
    report = report_of(review, Manner(head_url="https://github.com/acme/help/blob/main"))
    check_page(report.comment)
    json.loads(report.review_json)
    if not all(line.isprintable() for line in terminal.render(review).split("\n")):
        raise AssertionError("a terminal would be moved")


def body(data: bytes) -> None:
    """A request body as `count` gets it on a line of standard input."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    beside = value if isinstance(value, dict) else {}
    try:
        request = read_body(
            beside.get("request", value),
            **{k: v for k in ("provider", "endpoint", "model") if isinstance(v := beside.get(k), str)},
        )
        found = count_request(request, DAY, bundled())
    except ReviewError as error:
        _is_said(error)
        return
    if not 0 <= found.total.low <= found.total.likely <= found.total.high:
        raise AssertionError(f"a range that is none: {found.total}")
    json.dumps(dict(parts_of(found)))


def results(data: bytes) -> None:
    """An evaluation's results, compared with themselves."""
    try:
        measures = read_results(data.decode("utf-8", "replace"), NAME)
    except ReviewError as error:
        _is_said(error)
        return
    for both in compare(measures, measures, ("base", "head")):
        if both.base.value != both.head.value:
            raise AssertionError("a metric differs from itself")


def event(data: bytes) -> None:
    """A webhook's payload under every event's name; a comment's text; a marker."""
    with tempfile.NamedTemporaryFile(prefix="aicost-fuzz-", dir=_fast()) as file:
        file.write(data)
        file.flush()
        try:
            payload = load_event(Path(file.name))
        except ReviewError:
            return
    for name in EVENTS:
        try:
            found = read_event(name, payload)
        except ReviewError as error:
            _is_said(error)
            continue
        if found.command:
            asks_to_justify(found.command)
        if found.head.startswith("-") or (found.base or "").startswith("-"):
            raise AssertionError("a commit that is an option")
    read_marker(data.decode("utf-8", "replace"))


def log(data: bytes) -> None:
    """A log file of calls, under each suffix: every row is read or in the account of what was lost."""
    for suffix in (".jsonl", ".json", ".csv"):
        with tempfile.NamedTemporaryFile(prefix="aicost-fuzz-", suffix=suffix, dir=_fast()) as file:
            file.write(data)
            file.flush()
            try:
                for record, _ in records(Path(file.name), Account(), lambda *_: None):
                    if not isinstance(record, dict):
                        raise AssertionError("a record that is no mapping")
            except ReviewError as error:
                _is_said(error)


def policy_tree(data: bytes) -> None:
    """The policy files of a tree, as `load_config` and the note on policy edits read them."""
    parts = data.split(b"\0")
    paths = (".aicost.yml", ".aicost/profiles/a.yaml", ".aicost/profiles/b.yml")
    try:
        load_config(MemoryTree(dict(zip(paths, parts, strict=False))))
    except ReviewError as error:
        _is_said(error)


def _is_said(error: ReviewError) -> None:
    """An error is for people: a text that a terminal and a log can show."""
    if not error.message or not isinstance(error.hint, str):
        raise AssertionError("an error that says nothing")


def _fast() -> str | None:
    """A folder in memory, where there is one."""
    shared = "/dev/shm"  # noqa: S108 the file there has a random name and its owner's rights
    return shared if Path(shared).is_dir() else None
