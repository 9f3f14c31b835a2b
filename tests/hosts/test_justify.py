"""Who may accept a cost: a writer, by comment or label, for the head that he saw; the author alone never."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.hosts.github_client import Hub
from bot.hosts.github_justify import find_justification
from bot.hosts.port import Rules, Run
from bot.hosts.text import marker_line
from bot.model import Justification
from tests.hosts.fake_github import FakeGitHub

HEAD = "a" * 40
LATER, EARLIER = "2026-12-01T00:00:00Z", "2026-11-01T00:00:00Z"  # the server's clock is in between, from 1 November on
RUN = Run(repository="octo-org/shop", head=HEAD, number=7, author="mallory", arrived_at=EARLIER)
RULES = Rules(label="aicost: justified")


@pytest.fixture(autouse=True)
def people(hub: FakeGitHub) -> None:
    hub.add_pull(7, HEAD, author="mallory")
    hub.roles = {"alice": "write", "root": "admin", "keeper": "maintain", "triager": "triage", "mallory": "write"}


def ask(hub: FakeGitHub, run: Run = RUN, rules: Rules = RULES) -> tuple[Justification | None, tuple[str, ...]]:
    client = Hub(token=hub.token, api_url=hub.url, repository=hub.repository, pause=lambda _: None)
    return find_justification(client, run, rules)


def test_nobody_said_anything(hub: FakeGitHub) -> None:
    hub.add_comment(7, "looks good", "alice")
    assert ask(hub) == (None, ())


@pytest.mark.parametrize("who", ["alice", "root", "keeper"])
def test_a_writer_justifies_by_comment(hub: FakeGitHub, who: str) -> None:
    hub.add_comment(7, "/aicost justify the launch needs it\nmore words", who)
    found, notes = ask(hub)
    assert notes == ()
    assert found is not None
    assert (found.by, found.role, found.why) == (who, hub.roles[who], "the launch needs it")
    assert found.url.startswith("https://")


@pytest.mark.parametrize("who", ["triager", "stranger"])
def test_without_write_access_it_does_not_count(hub: FakeGitHub, who: str) -> None:
    hub.add_comment(7, "/aicost justify please", who)
    found, notes = ask(hub)
    assert found is None
    assert f"by {who} does not count" in notes[0]


def test_attack_14_the_author_alone_cannot_waive_it(hub: FakeGitHub) -> None:
    hub.add_comment(7, "/aicost justify I say so", "mallory")
    hub.add_label(7, RULES.label, "mallory")
    assert hub.roles["mallory"] == "write", "though he may write"
    found, notes = ask(hub)
    assert found is None
    assert len(notes) == 2
    assert all("author" in note for note in notes)
    allowed, _ = ask(hub, rules=replace(RULES, author_may=True))
    assert allowed is not None


def test_a_label_counts_by_who_put_it_on(hub: FakeGitHub) -> None:
    hub.add_label(7, RULES.label, "alice")
    found, _ = ask(hub)
    assert found == Justification(by="alice", role="write", why="label aicost: justified")


def test_a_label_taken_off_again_does_not_count(hub: FakeGitHub) -> None:
    hub.add_label(7, RULES.label, "alice")
    hub.labels[7] = []
    assert ask(hub) == (None, ())


def test_attack_05_a_word_about_an_earlier_head_does_not_cover_a_later_one(hub: FakeGitHub) -> None:
    hub.add_comment(7, "/aicost justify it was small", "alice")
    hub.add_label(7, RULES.label, "alice")
    found, notes = ask(hub, replace(RUN, arrived_at=LATER))
    assert found is None
    assert all("older than the head" in note for note in notes)


def test_naming_the_head_holds_whenever_it_was_said(hub: FakeGitHub) -> None:
    hub.add_comment(7, f"/aicost justify {HEAD[:10]} still fine", "alice")
    found, _ = ask(hub, replace(RUN, arrived_at=LATER))
    assert found is not None
    assert found.why == "still fine"


def test_naming_another_commit_does_not_count(hub: FakeGitHub) -> None:
    hub.add_comment(7, "/aicost justify deadbeef0 for that one", "alice")
    found, notes = ask(hub)
    assert found is None
    assert "names deadbeef0" in notes[0]


def test_our_own_note_of_when_the_head_arrived_is_remembered(hub: FakeGitHub) -> None:
    """The event of a later run tells a later time; our comment still has the first one."""
    bot = hub.viewer or ("", 0)
    hub.add_comment(7, marker_line(replace(RUN, arrived_at=EARLIER)) + "\nx", *bot)
    hub.add_comment(7, "/aicost justify fine", "alice")
    assert ask(hub, replace(RUN, arrived_at=LATER))[0] is not None


def test_attack_11_a_strangers_marker_does_not_set_the_clock(hub: FakeGitHub) -> None:
    hub.add_comment(7, marker_line(replace(RUN, arrived_at=EARLIER)) + "\nx", "mallory")
    hub.add_comment(7, "/aicost justify fine", "alice")
    assert ask(hub, replace(RUN, arrived_at=LATER))[0] is None


def test_the_event_that_puts_the_label_on_counts_itself(hub: FakeGitHub) -> None:
    hub.add_label(7, RULES.label, "alice")
    run = replace(RUN, arrived_at=LATER, labelled=(RULES.label, "alice"))
    assert ask(hub, run)[0] is not None


def test_without_a_reason_it_does_not_count(hub: FakeGitHub) -> None:
    hub.add_comment(7, "/aicost justify", "alice")
    found, notes = ask(hub)
    assert found is None
    assert "no reason" in notes[0]


@pytest.mark.parametrize(
    "body", ["> /aicost justify quoted", "see /aicost justify", "/aicost justifying it", "/aicostjustify x yz"]
)
def test_a_mention_is_no_command(hub: FakeGitHub, body: str) -> None:
    hub.add_comment(7, body, "alice")
    assert ask(hub) == (None, ())


def test_a_bot_cannot_justify(hub: FakeGitHub) -> None:
    hub.roles["helper[bot]"] = "admin"
    hub.add_comment(7, "/aicost justify beep", "helper[bot]")
    assert ask(hub) == (None, ())


def test_a_valid_word_beside_invalid_ones_counts(hub: FakeGitHub) -> None:
    hub.add_comment(7, "/aicost justify fine with me", "alice")
    hub.add_comment(7, "/aicost justify and me", "mallory")
    found, notes = ask(hub)
    assert found is not None
    assert found.by == "alice"
    assert len(notes) == 1


def test_nothing_readable_means_no_justification(hub: FakeGitHub) -> None:
    hub.permissions = frozenset()
    found, notes = ask(hub)
    assert found is None
    assert "could not be read" in notes[0]


def test_attack_10_the_reason_is_one_plain_line(hub: FakeGitHub) -> None:
    hub.add_comment(7, "/aicost justify a\u202eb\x1b[31m\u2028::error::x", "alice")
    found, _ = ask(hub)
    assert found is not None
    assert "\u202e" not in found.why
    assert "\x1b" not in found.why
