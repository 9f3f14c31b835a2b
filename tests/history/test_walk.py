"""The walk finds each commit that changed a call, and scans few of the others."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from bot.git_history import BlobChange, Commit
from bot.revisions import open_repository
from bot.touched import essence
from bot.walk import Scope, State, Walk
from prompts_scanner.model import Context
from prompts_scanner.parsing import Parser
from prompts_scanner.scan import call_sites, scan
from prompts_scanner.sdks import SDKS
from tests.history.conftest import Past, chat

CONTEXTS: frozenset[Context] = frozenset(("prod", "eval"))


def walked(path: Path) -> tuple[list[State], tuple[Commit, ...], int]:
    with open_repository(path) as repo:
        commits = repo.first_parents("HEAD", None)
        scope = Scope(sdks=SDKS, ignore=(), contexts=CONTEXTS)
        walk = Walk(repo, scope, lambda: nullcontext(Parser()))
        return list(walk.states(repo.steps(commits))), commits, walk.scans


def every_commit(path: Path) -> list[str]:
    """The commits at which the sites differ from the commit before, by scanning all of them."""
    found, last = [], None
    with open_repository(path) as repo:
        for commit in repo.first_parents("HEAD", None):
            now = essence(s for s in scan(repo.tree_once(commit.id)).sites if s.context in CONTEXTS)
            if now != last:
                found.append(commit.subject)
            last = now
    return found


def test_it_finds_the_commits_that_changed_a_call(past: Past) -> None:
    states, commits, scans = walked(past.path)
    subjects = [s.commit.subject for s in states]
    assert subjects == ["Start", "Say more (#3)", "Less again (#5)", "Use the small model (#6)", "Rename (#7)"]
    assert subjects == every_commit(past.path)
    assert len(commits) == 10
    assert scans < len(commits)


def test_what_reaches_a_call_in_no_visible_way_is_found_by_halving(tmp_path: Path) -> None:
    """The text comes out of a function of another module: the site names the place of the text, not of the call."""
    made = Past(tmp_path / "app")
    far = "from app.text import text\n\n\ndef prompt(name):\n    return text(name)\n"
    call = chat().replace("from app.settings import MODEL", "from app.far import prompt\nMODEL = 'gpt-4o'")
    call = call.replace('"content": SYSTEM', '"content": prompt("help")')
    text = "def text(name):\n    return 'You are a kind helper who answers at once. ' * 3\n"
    made.on("2026-08-01", "Start", {"app/chat.py": call, "app/far.py": far, "app/text.py": text})
    for number in range(2, 8):
        made.on(f"2026-08-0{number}", f"Other {number}", {f"app/other{number}.py": f"x = {number}\n"})
    made.on("2026-08-08", "Another text", {"app/text.py": text.replace("kind", "quick and patient")})
    made.on("2026-08-09", "After", {"app/other1.py": "x = 1\n"})
    states, _, _ = walked(made.path)
    assert [s.commit.subject for s in states] == every_commit(made.path)


def test_a_new_call_in_a_file_that_had_none_is_found(tmp_path: Path) -> None:
    made = Past(tmp_path / "app")
    made.on("2026-08-01", "Start", {"app/a.py": "x = 1\n"})
    made.on("2026-08-02", "A call", {"app/b.py": chat().replace("from app.settings import MODEL", "MODEL = 'gpt-4o'")})
    made.on("2026-08-03", "Gone", {"app/b.py": None})
    states, _, _ = walked(made.path)
    assert [(s.commit.subject, len(s.sites)) for s in states] == [("Start", 0), ("A call", 1), ("Gone", 0)]


def test_a_merge_is_one_commit_of_the_branch(past: Past) -> None:
    past.git("switch", "-q", "-c", "topic", "HEAD~3")
    past.on(
        "2026-10-11", "On a topic", {"app/second.py": chat().replace("from app.settings import MODEL", "MODEL = 'big'")}
    )
    past.on(
        "2026-10-11",
        "More",
        {"app/second.py": chat("Be brief.").replace("from app.settings import MODEL", "MODEL = 'big'")},
    )
    past.git("switch", "-q", "main")
    past.git("merge", "-q", "--no-ff", "-m", "Merge pull request #9 from a/topic", "topic")
    states, _, _ = walked(past.path)
    assert [s.commit.subject for s in states][-1] == "Merge pull request #9 from a/topic"
    assert len(states[-1].sites) == 2


def test_call_sites_alone_are_those_of_a_whole_scan(past: Past) -> None:
    with open_repository(past.path) as repo:
        tree = repo.tree("HEAD")
        assert call_sites(tree) == scan(tree).sites != ()


def test_steps_give_the_blobs_of_both_sides(past: Past) -> None:
    with open_repository(past.path) as repo:
        steps = repo.steps(repo.first_parents("HEAD", None))
        by_subject = {s.commit.subject: s for s in steps}
        assert by_subject["Nothing"].changes == ()
        (moved,) = by_subject["Rename (#7)"].changes
        assert (moved.old_path, moved.path, moved.before == moved.after) == ("app/chat.py", "app/answers.py", True)
        (written,) = by_subject["Write about it (#1)"].changes
        assert written == BlobChange("README.md", "README.md", None, past.git("rev-parse", "HEAD:README.md"))
        assert repo.blob(str(written.after)) == b"# Chat\n"
        assert repo.blob("0" * 40) == b""


def test_since_keeps_the_state_to_start_from(past: Past) -> None:
    from datetime import date

    with open_repository(past.path) as repo:
        commits = repo.first_parents("HEAD", date(2026, 10, 10))
        assert [c.subject for c in commits][:2] == ["Less again (#5)", "Use the small model (#6)"]
        assert repo.first_parents("HEAD", date(2030, 1, 1))[0].subject == "Nothing"


@pytest.mark.parametrize("time", ["99999999999999999999", "-1"])
def test_a_commit_with_a_mad_time_is_read(past: Past, time: str) -> None:
    raw = past.git("cat-file", "commit", "HEAD")
    lines = [f"committer A <a@b.c> {time} +0000" if x.startswith("committer") else x for x in raw.splitlines()]
    made = past.git(
        "hash-object", "-t", "commit", "-w", "--stdin", "--literally", data="\n".join(lines).encode() + b"\n"
    )
    with open_repository(past.path) as repo:
        assert repo.first_parents(made, None)[-1].at.year in (1969, 1970)
