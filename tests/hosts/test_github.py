"""The sinks of GitHub against the loopback server: comment, check run, status, label, and how each one fails."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.hosts import github
from bot.hosts.github_api import Api
from bot.hosts.github_client import Hub
from bot.hosts.port import Annotation, Report, Run, Sink, Wishes
from bot.hosts.text import marker_line, read_marker
from tests.hosts.fake_github import READ_ONLY, FakeGitHub, Fault, primary_limit

HEAD, OLD = "a" * 40, "c" * 40
RUN = Run(repository="octo-org/shop", head=HEAD, number=7, run_id=500, arrived_at="2026-11-01T00:00:00Z")
REPORT = Report(
    outcome="pass",
    blocking=False,
    changed=True,
    title="+12 USD a month",
    comment="**+12 USD** a month\n\n| site | delta |\n|---|---|\n| a | +12 |",
    summary="# whole",
    review_json="{}",
    label="ai-cost: up",
)


WISHES = Wishes()
ONLY_STATUS = Wishes(comment="off", check_run="off", status="on")


def speak(hub: FakeGitHub, run: Run = RUN, report: Report = REPORT, wishes: Wishes = WISHES) -> dict[str, Sink]:
    pauses: list[float] = []
    client = Hub(token=hub.token, api_url=hub.url, repository=hub.repository, pause=pauses.append)
    return {sink.name: sink for sink in Api(client).tell(run, report, wishes)}


@pytest.fixture(autouse=True)
def pull(hub: FakeGitHub) -> None:
    hub.add_pull(7, HEAD)


def test_first_run_writes_one_comment_and_one_check_run(hub: FakeGitHub) -> None:
    sinks = speak(hub)
    assert [s.done for s in sinks.values()] == [True, True]
    (body,) = hub.bodies()
    assert body.startswith("<!-- aicost-review ")
    assert REPORT.comment in body
    (check,) = hub.checks.values()
    assert (check["head_sha"], check["conclusion"], check["status"]) == (HEAD, "success", "completed")
    assert hub.statuses == []


def test_running_again_changes_nothing(hub: FakeGitHub) -> None:
    speak(hub)
    before = hub.bodies()
    speak(hub)
    assert hub.bodies() == before
    assert hub.count("PATCH", "issues/comments") == 0
    assert len(hub.checks) == 1


def test_a_later_run_renews_the_comment(hub: FakeGitHub) -> None:
    speak(hub)
    speak(hub, replace(RUN, run_id=501), replace(REPORT, comment="now different"))
    (body,) = hub.bodies()
    assert "now different" in body


def test_hide_and_new_minimises_the_old_one(hub: FakeGitHub) -> None:
    wishes = Wishes(comment="hide-and-new")
    speak(hub, wishes=wishes)
    first = next(iter(hub.comments.values()))["node_id"]
    speak(hub, replace(RUN, run_id=501), wishes=wishes)
    assert len(hub.bodies()) == 2
    assert hub.minimized == {first}


def test_delete_and_new_leaves_one(hub: FakeGitHub) -> None:
    wishes = Wishes(comment="delete-and-new")
    speak(hub, wishes=wishes)
    first = next(iter(hub.comments))
    speak(hub, replace(RUN, run_id=501), wishes=wishes)
    assert len(hub.bodies()) == 1
    assert first not in hub.comments


def test_new_adds_one_each_run_but_not_each_try(hub: FakeGitHub) -> None:
    wishes = Wishes(comment="new")
    speak(hub, wishes=wishes)
    speak(hub, wishes=wishes)
    assert len(hub.bodies()) == 1
    speak(hub, replace(RUN, run_id=501), wishes=wishes)
    assert len(hub.bodies()) == 2


def test_off_reads_and_writes_no_comment(hub: FakeGitHub) -> None:
    sinks = speak(hub, wishes=Wishes(comment="off", check_run="off", status="off"))
    assert sinks == {}
    assert hub.requests == []


def test_silent_without_a_change(hub: FakeGitHub) -> None:
    quiet = replace(REPORT, changed=False, comment="nothing costs more or less")
    sinks = speak(hub, report=quiet)
    assert hub.bodies() == []
    assert sinks["comment"].done
    speak(hub, report=quiet, wishes=Wishes(comment_when="always"))
    assert len(hub.bodies()) == 1


def test_a_stale_comment_is_told_that_nothing_changes_any_more(hub: FakeGitHub) -> None:
    speak(hub)
    speak(hub, replace(RUN, run_id=501), replace(REPORT, changed=False, comment="nothing costs more or less"))
    (body,) = hub.bodies()
    assert "nothing costs more or less" in body
    assert "12 USD" not in body


def test_two_keys_do_not_touch_each_other(hub: FakeGitHub) -> None:
    speak(hub)
    speak(hub, replace(RUN, key="web", run_id=501), replace(REPORT, comment="web part"))
    assert len(hub.bodies()) == 2
    assert {check["name"] for check in hub.checks.values()} == {"AI cost review", "AI cost review (web)"}


def test_merge_group_has_a_check_and_no_comment(hub: FakeGitHub) -> None:
    sinks = speak(hub, replace(RUN, number=None))
    assert list(sinks) == ["check-run"]
    assert hub.comments == {}
    assert len(hub.checks) == 1


def test_labels_keep_to_their_family(hub: FakeGitHub) -> None:
    hub.labels[7] = ["bug", "ai-cost: down"]
    speak(hub, wishes=Wishes(labels=True))
    assert hub.labels[7] == ["bug", "ai-cost: up"]
    speak(hub, report=replace(REPORT, label=None), wishes=Wishes(labels=True))
    assert hub.labels[7] == ["bug"]


def test_blocking_is_a_failed_check(hub: FakeGitHub) -> None:
    speak(hub, report=replace(REPORT, outcome="fail", blocking=True), wishes=Wishes(status="on"))
    assert [c["conclusion"] for c in hub.checks.values()] == ["failure"]
    assert [s["state"] for s in hub.statuses] == ["failure"]


def test_unknown_that_does_not_block_is_neutral_and_never_success(hub: FakeGitHub) -> None:
    speak(hub, report=replace(REPORT, outcome="unknown", blocking=False))
    assert [c["conclusion"] for c in hub.checks.values()] == ["neutral"]


def test_no_token_says_where_the_review_is() -> None:
    (sink,) = github.publish_to_api(REPORT, RUN, Wishes(), {})
    assert not sink.done
    assert "no token" in sink.note


def test_attack_02_a_forks_read_only_token_writes_nothing_and_is_told_once_per_sink(hub: FakeGitHub) -> None:
    hub.permissions = READ_ONLY
    sinks = speak(hub, wishes=Wishes(labels=True))
    assert {name: sink.done for name, sink in sinks.items()} == dict.fromkeys(
        ("comment", "check-run", "commit-status", "label"), False
    )
    for name, permission in (
        ("comment", "pull-requests: write"),
        ("check-run", "checks: write"),
        ("commit-status", "statuses: write"),
    ):
        assert permission in sinks[name].note
    writes = [r for r in hub.requests if r.method != "GET" and "graphql" not in r.path]
    assert len(writes) == 4, "each refused write is tried once"
    assert hub.comments == hub.checks == {}


@pytest.mark.parametrize("comment", [True, False])
@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("status", [True, False])
def test_attack_03_each_sink_degrades_alone(hub: FakeGitHub, comment: bool, check: bool, status: bool) -> None:
    granted = {"pull-requests: write"} if comment else {"pull-requests: read"}
    granted |= {"checks: write"} if check else {"checks: read"}
    granted |= {"statuses: write"} if status else set()
    hub.permissions = frozenset(granted)
    sinks = speak(hub, wishes=Wishes(status="on"))
    assert (sinks["comment"].done, sinks["check-run"].done, sinks["commit-status"].done) == (comment, check, status)
    assert (len(hub.comments), len(hub.checks), len(hub.statuses)) == (comment, check, status)


def test_a_status_stands_in_where_no_check_run_is_allowed(hub: FakeGitHub) -> None:
    hub.permissions = frozenset({"pull-requests: write", "statuses: write"})
    sinks = speak(hub, report=replace(REPORT, title="x" * 500))
    assert (sinks["check-run"].done, sinks["commit-status"].done) == (False, True)
    assert [(s["context"], s["state"], len(s["description"])) for s in hub.statuses] == [
        ("aicost-review", "success", 140)
    ]


def test_attack_05_the_head_moved_on_so_nothing_is_said_on_the_pull_request(hub: FakeGitHub) -> None:
    hub.add_pull(7, OLD)
    assert hub.pulls[7]["head"]["sha"] != RUN.head
    sinks = speak(hub)
    assert "moved on" in sinks["comment"].note
    assert hub.comments == {}
    assert [c["head_sha"] for c in hub.checks.values()] == [HEAD], "the check belongs to the analysed commit"


def test_attack_06_an_older_run_never_overwrites_a_newer_one(hub: FakeGitHub) -> None:
    speak(hub, replace(RUN, run_id=900), replace(REPORT, comment="the newer word"))
    sinks = speak(hub, replace(RUN, run_id=899, attempt=5), replace(REPORT, comment="the older word"))
    assert "newer run" in sinks["comment"].note
    (body,) = hub.bodies()
    assert "the newer word" in body


SPOOFS = {
    "by somebody else": ("mallory", None, "{marker}\nfake"),
    "our name, another account": ("github-actions[bot]", 666, "{marker}\nfake"),
    "in the middle": ("github-actions[bot]", 41898282, "hello\n{marker}\nfake"),
    "quoted": ("github-actions[bot]", 41898282, "> {marker}\nfake"),
    "another key": ("github-actions[bot]", 41898282, "{other}\nfake"),
    "damaged": ("github-actions[bot]", 41898282, '<!-- aicost-review {"key":"default"} -->\nfake'),
    "not ours at all": ("github-actions[bot]", 41898282, "coverage report"),
}


@pytest.mark.parametrize("name", SPOOFS)
def test_attack_11_only_a_comment_by_us_with_the_marker_first_is_ours(hub: FakeGitHub, name: str) -> None:
    login, number, body = SPOOFS[name]
    marker, other = marker_line(replace(RUN, run_id=1)), marker_line(replace(RUN, key="web", run_id=1))
    hostile = body.format(marker=marker, other=other) if "{" in body and "key" not in body else body
    spoof = hub.add_comment(7, hostile, login, number)
    assert hub.bodies() == [hostile]
    assert speak(hub)["comment"].done
    assert hub.comments[spoof]["body"] == hostile, "it was not touched"
    assert len(hub.bodies()) == 2


def test_attack_12_identity_falls_back_when_nobody_says_who_we_are(hub: FakeGitHub) -> None:
    hub.viewer = None
    assert hub.user_login is None, "/user answers 403"
    speak(hub)
    speak(hub, replace(RUN, run_id=501), replace(REPORT, comment="second"))
    assert [b.split("\n")[1] for b in hub.bodies()] == ["second"]


def test_attack_12_a_personal_token_finds_its_own_comments(hub: FakeGitHub) -> None:
    hub.viewer = None
    hub.user_login = "ci-robot"
    hub.add_comment(7, marker_line(replace(RUN, run_id=1)) + "\nold", "ci-robot")
    speak(hub)
    (body,) = hub.bodies()
    assert REPORT.comment in body


@pytest.mark.parametrize("letter", ["a", "語", "😀"])
def test_attack_27_a_huge_comment_fits_with_whole_rows_and_says_what_is_missing(hub: FakeGitHub, letter: str) -> None:
    rows = "\n".join(f"| site {i} | {letter * 40} |" for i in range(10_000))
    text = f"**fail**: over budget\n\n<details><summary>all</summary>\n\n| a | b |\n|---|---|\n{rows}\n\n</details>"
    assert len(text) > 400_000
    sinks = speak(hub, report=replace(REPORT, comment=text))
    assert sinks["comment"].done
    (body,) = hub.bodies()
    assert len(body) <= 60_000
    assert len(body.encode()) <= 262_144
    assert "**fail**: over budget" in body
    kept = [line for line in body.split("\n") if line.startswith("| site")]
    assert all(line.count("|") == 3 for line in kept)
    assert body.count("<details>") == body.count("</details>")
    assert f"… {10_000 - len(kept):,} more rows" in body
    assert sinks["check-run"].done, "the check run's own limit holds too"


def remark(line: int, level: str = "warning") -> Annotation:
    return Annotation(path="a.py", first_line=line, last_line=line, level=level, title="t", message=f"m{line}")  # type: ignore[arg-type]


def test_attack_28_annotations_go_in_batches_in_order_without_doubles(hub: FakeGitHub) -> None:
    many = tuple(remark(i) for i in range(1, 121))
    speak(hub, report=replace(REPORT, annotations=many))
    ((number, told),) = hub.annotations.items()
    assert [a["start_line"] for a in told] == list(range(1, 121))
    sizes = [len(r.body["output"]["annotations"]) for r in hub.requests if "check-runs" in r.path and r.body]
    assert sizes == [50, 50, 20]
    assert hub.checks[number]["output"]["annotations_count"] == 120


def test_attack_28_a_failed_batch_is_not_told_twice(hub: FakeGitHub) -> None:
    hub.faults = [Fault("PATCH", "check-runs", after=True), Fault("POST", "check-runs", after=True)]
    speak(hub, report=replace(REPORT, annotations=tuple(remark(i) for i in range(1, 121))))
    assert len(hub.checks) == 1
    ((_, told),) = hub.annotations.items()
    assert [a["start_line"] for a in told] == list(range(1, 121))


def test_attack_28_lines_before_the_first_and_endless_texts_are_brought_into_form(hub: FakeGitHub) -> None:
    odd = Annotation(path="a.py", first_line=0, last_line=-3, level="notice", title="t" * 900, message="m" * 90_000)
    assert speak(hub, report=replace(REPORT, annotations=(odd,)))["check-run"].done


@pytest.mark.parametrize(
    ("outcome", "blocking", "verdict", "state"),
    [
        ("pass", False, "pass", "success"),
        ("warn", False, "warn", "success"),
        ("fail", True, "fail", "failure"),
        ("fail", False, "fail", "success"),
        ("unknown", True, "unknown", "failure"),
        ("unknown", True, "error", "error"),
    ],
)
def test_attack_30_the_state_follows_the_gate_and_an_error_is_none_of_its_verdicts(
    hub: FakeGitHub, outcome: str, blocking: bool, verdict: str, state: str
) -> None:
    report = replace(REPORT, outcome=outcome, blocking=blocking, outputs={"verdict": verdict})
    speak(hub, report=report, wishes=ONLY_STATUS)
    assert [(s["state"], s["context"]) for s in hub.statuses] == [(state, "aicost-review")]


HOSTILE_TITLES = {
    "long": "x" * 5_000,
    "wide": "語" * 300,
    "astral": "😀" * 300,
    "lines": "passed\n::error::x\r\nmore\u2028again",
    "hidden": "\u202egnp.exe\u2066\x1b[31m\x00",
    "a context": "ci/other: success",
}


@pytest.mark.parametrize("name", HOSTILE_TITLES)
def test_attack_30_the_description_is_one_short_line_and_the_context_is_ours(hub: FakeGitHub, name: str) -> None:
    title = HOSTILE_TITLES[name]
    assert len(title) > 140 or not title.isprintable() or "context" in name
    speak(hub, report=replace(REPORT, title=title), wishes=ONLY_STATUS)
    ((status),) = hub.statuses
    assert 0 < len(status["description"]) <= 140
    assert status["description"].isprintable()
    assert status["context"] == "aicost-review"


def test_attack_30_the_same_word_is_not_said_again(hub: FakeGitHub) -> None:
    """GitHub takes 1,000 statuses of a context for one commit: runs that are repeated must not use them up."""
    for number in range(3):
        assert speak(hub, replace(RUN, attempt=1 + number), wishes=ONLY_STATUS)["commit-status"].done
    assert len(hub.statuses) == 1
    speak(hub, report=replace(REPORT, outcome="fail", blocking=True), wishes=ONLY_STATUS)
    assert [s["state"] for s in hub.statuses] == ["success", "failure"]
    speak(hub, wishes=ONLY_STATUS)
    assert [s["state"] for s in hub.statuses] == ["success", "failure", "success"], "the newest counts, not any"


def test_attack_30_a_full_list_is_told_and_the_others_go_on(hub: FakeGitHub) -> None:
    hub.status_limit = 1
    speak(hub, wishes=Wishes(status="on"))
    sinks = speak(hub, replace(RUN, run_id=501), replace(REPORT, outcome="fail", blocking=True), Wishes(status="on"))
    assert not sinks["commit-status"].done
    assert "maximum number of statuses" in sinks["commit-status"].note
    assert sinks["comment"].done
    assert sinks["check-run"].done


def test_attack_30_a_status_after_a_502_is_said_once(hub: FakeGitHub) -> None:
    hub.faults = [Fault("POST", "statuses", status=502, after=True)]
    assert speak(hub, wishes=ONLY_STATUS)["commit-status"].done
    assert len(hub.statuses) == 1


# -- conditional reads -------------------------------------------------------------------------------------------------


def test_what_did_not_change_is_not_sent_again(hub: FakeGitHub) -> None:
    """150 comments in two pages, read before and after a write that fails once: the whole pages come by their tag."""
    for number in range(150):
        hub.add_comment(7, f"a word {number}", "alice")
    hub.faults = [Fault("POST", "issues/7/comments", status=502)]
    assert speak(hub, wishes=Wishes(check_run="off", status="off"))["comment"].done
    assert len(hub.bodies()) == 151
    pages = [r for r in hub.requests if r.method == "GET" and r.path.endswith("/issues/7/comments")]
    assert [r.query.get("page", "1") for r in pages] == ["1", "2", "1", "2", "1", "2"], (
        "links are followed of kept answers too"
    )
    comments = [path for path in hub.unmodified if path.endswith("/issues/7/comments")]
    assert len(comments) == 3, "both pages before the second try, the first one after the write"
    assert any(path.endswith("/pulls/7") for path in hub.unmodified)


def test_what_changed_is_read_anew(hub: FakeGitHub) -> None:
    client = Hub(token=hub.token, api_url=hub.url, repository=hub.repository, pause=lambda _: None)
    first = hub.add_comment(7, "one", "alice")

    def seen() -> list[str]:
        return [c.body for c in client.repo.get_issue(7).get_comments()]

    assert seen() == seen() == ["one"]
    assert len(hub.unmodified) == 1
    hub.comments[first]["body"] = "two"
    assert seen() == ["two"]
    assert len(hub.unmodified) == 1
    assert client.repo.get_pull(7).head.sha == HEAD
    hub.add_pull(7, OLD)
    assert client.repo.get_pull(7).head.sha == OLD


def test_another_question_has_another_answer(hub: FakeGitHub) -> None:
    """The tag belongs to an address with its parameters: a page or a filter is not answered from another one."""
    client = Hub(token=hub.token, api_url=hub.url, repository=hub.repository, pause=lambda _: None)
    hub.add_pull(8, OLD, author="bob")
    hub.pulls[8]["head"]["repo"]["full_name"] = "bob/shop"
    assert [p.number for p in client.repo.get_pulls(state="open", head="bob:feature")] == [8]
    assert [p.number for p in client.repo.get_pulls(state="open", head="octo-org:feature")] == [7]
    assert [p.number for p in client.repo.get_pulls(state="open", head="bob:feature")] == [8]
    assert len(hub.unmodified) == 1


def test_a_304_that_was_not_asked_for_is_no_answer(hub: FakeGitHub) -> None:
    hub.faults = [Fault("GET", "pulls/7", status=304, times=99, body=b"")]
    assert not speak(hub)["comment"].done


def test_attack_31_a_write_that_happened_in_spite_of_a_502_is_not_done_again(hub: FakeGitHub) -> None:
    hub.faults = [Fault("POST", "issues/7/comments", status=502, after=True)]
    assert speak(hub)["comment"].done
    assert len(hub.bodies()) == 1
    assert hub.count("POST", "issues/7/comments") == 1


def test_attack_31_a_connection_cut_after_the_write(hub: FakeGitHub) -> None:
    hub.faults = [Fault("POST", "issues/7/comments", after=True, drop=True)]
    assert speak(hub)["comment"].done
    assert len(hub.bodies()) == 1


def test_attack_31_a_write_that_did_not_happen_is_made_up_for(hub: FakeGitHub) -> None:
    hub.faults = [Fault("POST", "issues/7/comments", status=503), Fault("GET", "issues/7/comments", status=500)]
    assert speak(hub)["comment"].done
    assert len(hub.bodies()) == 1


def test_attack_31_github_down_for_good_is_told_and_the_others_go_on(hub: FakeGitHub) -> None:
    hub.faults = [Fault("*", "issues/7/comments", status=500, times=99)]
    sinks = speak(hub)
    assert (sinks["comment"].done, sinks["check-run"].done) == (False, True)
    assert hub.count("GET", "issues/7/comments") == 4


def test_attack_31_a_secondary_limit_waits_as_told(hub: FakeGitHub) -> None:
    hub.faults = [Fault("POST", "comments", status=403, headers={"Retry-After": "7"}, body=b'{"message":"slow"}')]
    pauses: list[float] = []
    client = Hub(token=hub.token, api_url=hub.url, repository=hub.repository, pause=pauses.append)
    assert all(sink.done for sink in Api(client).tell(RUN, REPORT, Wishes()))
    assert pauses == [7.0]


@pytest.mark.parametrize("headers", [primary_limit(), {"Retry-After": "3600"}], ids=["hourly", "an hour"])
def test_attack_31_a_limit_that_lasts_is_not_waited_for(hub: FakeGitHub, headers: dict[str, str]) -> None:
    body = b'{"message": "API rate limit exceeded for installation."}'
    hub.faults = [Fault("GET", "pulls/7", status=403, headers=headers, body=body, times=99)]
    pauses: list[float] = []
    client = Hub(token=hub.token, api_url=hub.url, repository=hub.repository, pause=pauses.append)
    comment = next(iter(Api(client).tell(RUN, REPORT, Wishes(check_run="off"))))
    assert not comment.done
    assert "rate limit" in comment.note
    assert pauses == []


@pytest.mark.parametrize("body", [b'[{"id": 1, "bo', b"<html>502</html>", b'{"message": 3}'])
def test_attack_31_answers_that_make_no_sense(hub: FakeGitHub, body: bytes) -> None:
    hub.faults = [Fault("GET", "issues/7/comments", status=200, body=body, times=99)]
    sinks = speak(hub)
    assert not sinks["comment"].done
    assert sinks["check-run"].done


def test_attack_31_a_next_page_on_another_host_is_not_asked(hub: FakeGitHub) -> None:
    foreign = {"Link": f'<http://localhost:{hub.port}/elsewhere?page=2>; rel="next"'}
    body = json.dumps([hub.comments[hub.add_comment(7, "first page")]]).encode()
    hub.faults = [Fault("GET", "issues/7/comments", status=200, headers=foreign, body=body, times=99)]
    assert not speak(hub)["comment"].done
    assert hub.count("GET", "elsewhere") == 0


@pytest.mark.parametrize("status", [301, 302, 307])
def test_attack_31_a_redirect_to_another_host_does_not_get_the_token(hub: FakeGitHub, status: int) -> None:
    there = {"Location": f"http://localhost:{hub.port}/elsewhere"}
    hub.faults = [Fault("*", "issues/7/comments", status=status, headers=there, body=b"{}", times=99)]
    assert not speak(hub)["comment"].done
    assert hub.count("GET", "elsewhere") + hub.count("POST", "elsewhere") == 0


def test_attack_32_our_comment_is_number_131_of_200(hub: FakeGitHub) -> None:
    for i in range(130):
        hub.add_comment(7, f"chatter {i}")
    ours = hub.add_comment(7, marker_line(replace(RUN, run_id=1)) + "\nold", *hub.viewer or ("", 0))
    for i in range(69):
        hub.add_comment(7, f"more chatter {i}")
    hub.page_limit = 30
    assert speak(hub)["comment"].done
    assert len(hub.bodies()) == 200
    assert REPORT.comment in hub.comments[ours]["body"]


def test_attack_32_of_two_of_ours_the_newer_is_renewed(hub: FakeGitHub) -> None:
    bot = hub.viewer or ("", 0)
    older = hub.add_comment(7, marker_line(replace(RUN, run_id=1)) + "\none", *bot)
    newer = hub.add_comment(7, marker_line(replace(RUN, run_id=2)) + "\ntwo", *bot)
    speak(hub)
    assert REPORT.comment in hub.comments[newer]["body"]
    assert hub.comments[older]["body"].endswith("one")


def test_attack_32_deleted_between_look_and_write(hub: FakeGitHub) -> None:
    hub.add_comment(7, marker_line(replace(RUN, run_id=1)) + "\nold", *hub.viewer or ("", 0))
    hub.faults = [Fault("PATCH", "issues/comments", status=404, body=b'{"message":"Not Found"}')]
    assert speak(hub)["comment"].done
    assert any(REPORT.comment in body for body in hub.bodies())


def test_attack_32_a_locked_conversation(hub: FakeGitHub) -> None:
    hub.locked.add(7)
    sinks = speak(hub)
    assert "locked" in sinks["comment"].note
    assert "permissions" not in sinks["comment"].note
    assert sinks["check-run"].done


def test_attack_37_two_runs_at_once_end_with_one_comment(hub: FakeGitHub) -> None:
    """Both looked before either wrote: the second finds the first one's comment beside its own, and one stays."""
    rival = marker_line(replace(RUN, run_id=501)) + "\nrival"
    bot = hub.viewer or ("", 0)
    original = hub.add_comment

    def also_the_rival(number: int, body: str, login: str = "mallory", user_id: int | None = None) -> int:
        hub.add_comment = original  # type: ignore[method-assign]
        original(number, rival, *bot)
        return original(number, body, login, user_id)

    hub.add_comment = also_the_rival  # type: ignore[method-assign]
    speak(hub)
    assert hub.bodies() == [rival], "the newer run's stays, whoever wrote last"


def test_the_time_of_a_heads_arrival_is_kept_by_later_runs_of_the_same_head(hub: FakeGitHub) -> None:
    """An event about a label comes later than the push; a justification in between must go on counting."""
    for number, at in enumerate(("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z")):
        speak(hub, replace(RUN, run_id=500 + number, arrived_at=at), replace(REPORT, comment=f"run {number}"))
    (body,) = hub.bodies()
    marker = read_marker(body)
    assert marker is not None
    assert (marker.arrived_at, marker.run_id) == ("2026-11-01T00:00:00Z", 502)
    hub.add_pull(7, OLD)
    speak(hub, replace(RUN, head=OLD, run_id=510, arrived_at="2026-11-09T00:00:00Z"))
    marker = read_marker(hub.bodies()[0])
    assert marker is not None
    assert marker.arrived_at == "2026-11-09T00:00:00Z", "another head has its own time"


def test_the_marker_survives_a_round_trip() -> None:
    marker = read_marker(marker_line(RUN) + "\nx")
    assert marker is not None
    assert (marker.key, marker.head, marker.order) == (RUN.key, RUN.head, RUN.order)
