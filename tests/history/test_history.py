"""What each feature cost, at the prices of the day and at today's: held against the policy's rates."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from bot.pull_requests import PullRequest, pull_request, web_url_of
from bot.render.history import COLUMNS, cell
from tests.cli.conftest import Answer, run_cli
from tests.history.conftest import TODAY, Past
from tests.revisions.conftest import Repo

# USD per million input and output tokens, from the policy of the fixture; 200 output tokens a call.
BIG_BEFORE, BIG_AFTER, SMALL, OUTPUT = (4, 20), (2, 10), (1, 5), 200


def ask(past: Past, *options: str) -> Answer:
    cache = str(past.path.parent / "cache")
    return run_cli(
        "history", str(past.path), "--on", TODAY.isoformat(), *options, HOME=cache, XDG_CACHE_HOME=cache
    )  # fmt: skip


@pytest.fixture
def document(past: Past) -> dict:
    done = ask(past, "--since", "start", "--format", "json", "--repo-url", "https://github.com/acme/app")
    assert done.code == 0, done.err
    return json.loads(done.out)


def cost(point: dict, prices: str) -> Decimal:
    (feature,) = point["features"]
    return Decimal(feature[f"at_prices_of_{prices}"]["usd_per_call"]["usd"]["likely"])


def test_the_points_are_the_commits_and_the_day_of_new_prices(document: dict) -> None:
    assert [(p["kind"], p["at"][:10], p["subject"]) for p in document["points"]] == [
        ("start", "2026-08-01", "Start"),
        ("commit", "2026-08-20", "Say more (#3)"),
        ("commit", "2026-08-22", "Less again (#5)"),
        ("prices", "2026-10-01", "big"),
        ("commit", "2026-10-10", "Use the small model (#6)"),
        ("commit", "2026-10-12", "Rename (#7)"),
        ("end", "2026-11-25", ""),
    ]
    assert document["commits"] == 10


def test_each_point_is_priced_twice(document: dict) -> None:
    start, more, less, priced, small, *_, end = document["points"]

    def per_call(tokens: Decimal, rates: tuple[int, int]) -> Decimal:
        return (tokens * rates[0] + OUTPUT * rates[1]) / 1_000_000

    known = cost(start, "the_day")
    tokens = (known * 1_000_000 - OUTPUT * BIG_BEFORE[1]) / BIG_BEFORE[0]
    assert tokens == int(tokens) and 5 < tokens < 60, "input tokens of a short prompt"
    assert cost(start, "today") == per_call(tokens, BIG_AFTER)
    assert cost(less, "the_day") == known
    assert cost(priced, "the_day") == per_call(tokens, BIG_AFTER) == cost(priced, "today")
    assert cost(small, "the_day") == per_call(tokens, SMALL) == cost(end, "today")
    longer = (cost(more, "the_day") * 1_000_000 - OUTPUT * BIG_BEFORE[1]) / BIG_BEFORE[0]
    assert longer - tokens > 39 * 5, "39 more sentences of six tokens or so"


def test_every_move_has_one_cause(document: dict) -> None:
    by = {m["subject"]: m for m in document["moves"]}
    assert by["big"]["by"] == "price"
    assert by["big"]["code_usd_per_call"] is None
    points = {p["subject"]: p for p in document["points"]}
    assert Decimal(by["big"]["price_usd_per_call"]["likely"]) == cost(points["big"], "the_day") - cost(
        points["Less again (#5)"], "the_day"
    )
    small = by["Use the small model (#6)"]
    assert small["by"] == "code"
    assert small["pull_request"] == {"number": 6, "url": "https://github.com/acme/app/pull/6"}
    step = cost(points["Use the small model (#6)"], "today") - cost(points["big"], "today")
    assert Decimal(small["code_usd_per_call"]["likely"]) == step < 0
    assert Decimal(small["code_usd_per_month"]["likely"]) == step * 100_000
    more, less = by["Say more (#3)"], by["Less again (#5)"]
    assert Decimal(more["code_usd_per_call"]["likely"]) == -Decimal(less["code_usd_per_call"]["likely"]) > 0
    assert by.keys() == {"big", *(p["subject"] for p in document["points"] if p["kind"] == "commit" and p["changed"])}


def test_the_rename_stays_in_its_feature(document: dict) -> None:
    """Yesterday's path is not in the policy; the file that it became is."""
    assert {f["feature"] for p in document["points"] for f in p["features"]} == {"chat"}


def test_csv_has_a_row_a_point_and_feature(past: Past, document: dict) -> None:
    done = ask(past, "--since", "start", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(document["points"])
    for row, point in zip(rows, document["points"], strict=True):
        assert Decimal(row["usd_per_1k_calls_then"]) == cost(point, "the_day") * 1000
        assert Decimal(row["usd_per_month_now"]) == cost(point, "today") * 100_000


def test_terminal_names_the_pull_request_and_the_price(past: Past) -> None:
    done = ask(past, "--since", "start")
    assert done.code == 0, done.err
    assert "10 commits since 2026-08-01; 4 of them changed what a call costs or sends." in done.out
    moved = done.out.partition("What moved it")[2]
    assert "by #6 Use the small model (#6)" in moved
    assert "by prices of big" in moved


def test_since_shortens_it(past: Past) -> None:
    done = ask(past, "--since", "60d", "--format", "json")
    points = json.loads(done.out)["points"]
    assert [p["kind"] for p in points] == ["start", "prices", "commit", "commit", "end"]
    assert ask(past, "--since", "soon").code == 2


def test_an_unknown_part_stays_unknown(past: Past) -> None:
    policy = "version: 1\nfeatures:\n  chat:\n    match: [{path: 'app/*.py'}]\n"
    past.on(
        "2026-10-20", "No traffic any more", {".aicost.yml": policy, "app/settings.py": 'MODEL = "no-such-model"\n'}
    )
    document = json.loads(ask(past, "--since", "start", "--format", "json").out)
    costs = document["points"][-1]["features"][0]["at_prices_of_today"]
    assert costs["usd_per_call"]["usd"] is None
    assert costs["usd_per_call"]["missing"]
    assert all(m["code_usd_per_month"] is None for m in document["moves"])


def test_a_repository_without_calls_has_an_empty_history(tmp_path: Path) -> None:
    made = Past(tmp_path / "app")
    made.on("2026-08-01", "Start", {"a.py": "x = 1\n"})
    assert "No call site in 1 commits" in ask(made, "--since", "start").out
    assert json.loads(ask(made, "--since", "start", "--format", "json").out)["moves"] == []


@pytest.mark.parametrize(
    ("message", "number", "page"),
    [
        ("Merge pull request #12 from acme/x\n\nBetter", 12, "/pull/12"),
        ("Better answers (#345)", 345, "/pull/345"),
        ("Better (#1)\n\n* more (#2)", 1, "/pull/1"),
        ("Merge branch 'x' into 'main'\n\nBetter\n\nSee merge request acme/app!7", 7, "/-/merge_requests/7"),
        ("Merged PR 88: Better", 88, "/pullrequest/88"),
        ("Merged in x (pull request #9)\n\nBetter", 9, "/pull-requests/9"),
    ],
)
def test_pull_requests_are_read_from_messages(message: str, number: int, page: str) -> None:
    assert pull_request(message, "https://h.example/a/b") == PullRequest(
        number=number, url=f"https://h.example/a/b{page}"
    )
    assert pull_request(message) == PullRequest(number=number)


@pytest.mark.parametrize("message", ["Better", "See #12", "Fix (#12) and more", "\nMerge pull request #1 from x"])
def test_no_pull_request_is_made_up(message: str) -> None:
    assert pull_request(message, "https://h.example") is None


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("https://github.com/acme/app.git", "https://github.com/acme/app"),
        ("https://token:x@github.com/acme/app", "https://github.com/acme/app"),
        ("git@gitlab.com:group/sub/app.git", "https://gitlab.com/group/sub/app"),
        ("ssh://git@ghe.example.org:2222/acme/app.git", "https://ghe.example.org/acme/app"),
        ("/srv/git/app.git", ""),
        ("../app", ""),
        ("file:///srv/app.git", ""),
        ("https://github.com/../x", ""),
        ("javascript:alert(1)", ""),
        ('https://github.com/acme/app" onclick="x', ""),
        ("", ""),
    ],
)
def test_a_page_is_told_from_the_remote_and_nothing_secret_stays(remote: str, page: str) -> None:
    assert web_url_of(remote) == page


def test_no_cell_is_a_formula() -> None:
    assert cell('=HYPERLINK("http://x")').startswith("'=")
    assert [cell(t) for t in ("+1", "-1", "@x", "ok", "")] == ["'+1", "'-1", "'@x", "ok", ""]


AT_RUN_TIME = """from openai import OpenAI
import os

def answer(question: str) -> str:
    return OpenAI().chat.completions.create(model=os.environ["MODEL"], messages=[{"role": "user", "content": question}])
"""


def test_a_call_of_which_nothing_is_known_moved_by_an_unknown_amount_and_not_by_nothing(tmp_path: Path) -> None:
    made = Repo(tmp_path / "app")
    made.write("README.md", "An application.")
    made.commit("Begin")
    made.write("app/chat.py", AT_RUN_TIME)
    made.commit("Chat")
    done = run_cli("history", str(made.path), "--since", "start", XDG_CACHE_HOME=str(tmp_path))
    assert done.code == 0, done.err
    moved = done.out.partition("What moved it\n")[2]
    assert "app/chat.py (added): unknown per 1,000 calls" in moved and "$0" not in done.out
    made.write("README.md", "An application that chats.")
    made.commit("Say so")
    later = run_cli("history", str(made.path), "--since", "0d", XDG_CACHE_HOME=str(tmp_path))
    assert later.code == 0 and later.out.count("unknown") >= 4 and "$0" not in later.out
