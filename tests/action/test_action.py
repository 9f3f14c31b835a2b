"""The action end to end: its own steps with a runner's environment, a real repository, a GitHub that keeps state."""

from __future__ import annotations

import html
import json
from pathlib import Path

import cmarkgfm
import pytest

from bot.action_inputs import OUTPUTS
from tests.action.conftest import Change, Rig, shop
from tests.hosts.events import examples, made
from tests.hosts.fake_github import READ_ONLY, Fault

BUDGET = "budgets:\n  total:\n    max_increase_percent: 5\n"
MONTHLY = """features:
  support:
    match:
      - path: shop/answer.py
    calls_per_month: 1000000
    output_tokens: 100
    dynamic_input_tokens: 50
"""
LONG = "You answer questions about orders. " * 40


def pull(rig: Rig, base: dict[str, str | None], head: dict[str, str | None]) -> Change:
    first = rig.repo.commit(base)
    second = rig.repo.commit(head)
    rig.hub.add_pull(7, second, first)
    return Change(base=first, head=second)


def test_a_dearer_prompt_is_told_everywhere(rig: Rig, dearer: Change) -> None:
    done = rig.act_steps(dearer.payload(rig.hub.repository))
    assert done.exit_codes["review"] == 0, done.log
    (body,) = rig.hub.bodies()
    assert "shop/answer.py" in body
    (check,) = rig.hub.checks.values()
    assert (check["head_sha"], check["conclusion"]) == (dearer.head, "success")
    ((_, remarks),) = rig.hub.annotations.items()
    assert {r["path"] for r in remarks} == {"shop/answer.py"}
    assert rig.hub.statuses == []
    assert set(done.outputs) == set(OUTPUTS)
    assert (done.outputs["verdict"], done.outputs["direction"], done.outputs["changed"]) == ("pass", "up", "true")
    unknown = (done.outputs["monthly-delta-usd"], done.outputs["unit-delta-percent"])
    assert unknown == ("", ""), "no traffic and no run-time input are known: empty, not 0"
    assert done.outputs["comment-url"].startswith("https://github.com/")
    review = json.loads(Path(done.outputs["json-path"]).read_text(encoding="utf-8"))
    assert (review["base"], review["head"]) == (dearer.base, dearer.head)
    assert "shop/answer.py" in done.summary
    assert rig.last is not None
    assert json.loads(rig.last.kept["aicost-review"]) == review
    assert done.env_written == {}
    assert done.files["GITHUB_PATH"] == ""


def test_running_again_changes_nothing(rig: Rig, dearer: Change) -> None:
    rig.act(dearer.payload(rig.hub.repository))
    before = rig.hub.bodies()
    rig.act(dearer.payload(rig.hub.repository))
    assert rig.hub.bodies() == before
    assert len(rig.hub.checks) == 1


def test_no_change_is_silent_and_green(rig: Rig) -> None:
    change = pull(rig, {"shop/answer.py": shop()}, {"README.md": "words\n"})
    done = rig.act(change.payload(rig.hub.repository))
    assert done.exit_codes["review"] == 0, done.log
    assert rig.hub.bodies() == []
    assert [c["conclusion"] for c in rig.hub.checks.values()] == ["success"]
    assert (done.outputs["direction"], done.outputs["monthly-delta-usd"]) == ("none", "0")
    assert done.outputs["unit-delta-percent"] == "0"


def test_no_change_speaks_when_asked(rig: Rig) -> None:
    change = pull(rig, {"shop/answer.py": shop()}, {"README.md": "words\n"})
    rig.act(change.payload(rig.hub.repository), comment_when="always")
    (body,) = rig.hub.bodies()
    assert "No cost change" in body


def test_over_budget_fails_with_1_and_says_so_everywhere(rig: Rig) -> None:
    base = {"shop/answer.py": shop(), ".aicost.yml": MONTHLY + BUDGET}
    change = pull(rig, base, {"shop/answer.py": shop(LONG)})
    done = rig.act_steps(change.payload(rig.hub.repository), commit_status="on", labels="on")
    assert done.exit_codes["review"] == 1, done.log
    assert done.outcome == "failure"
    assert done.outputs["verdict"] == "fail"
    assert float(done.outputs["monthly-delta-usd"]) > 0
    assert float(done.outputs["unit-delta-percent"]) > 5
    assert [c["conclusion"] for c in rig.hub.checks.values()] == ["failure"]
    assert [s["state"] for s in rig.hub.statuses] == ["failure"]
    assert rig.hub.labels[7] == ["ai-cost: over budget"]
    (body,) = rig.hub.bodies()
    assert "over budget" in body
    assert "/aicost justify" in html.unescape(body)
    assert rig.last is not None
    assert "aicost-review" in rig.last.kept, "the review is kept although the gate fails"


def test_fail_on_never_reports_only(rig: Rig) -> None:
    base = {"shop/answer.py": shop(), ".aicost.yml": MONTHLY + BUDGET}
    change = pull(rig, base, {"shop/answer.py": shop(LONG)})
    done = rig.act(change.payload(rig.hub.repository), fail_on="never")
    assert done.exit_codes["review"] == 0
    assert [c["conclusion"] for c in rig.hub.checks.values()] == ["neutral"]


def test_fail_on_increase(rig: Rig, dearer: Change) -> None:
    assert rig.act(dearer.payload(rig.hub.repository), fail_on="increase").exit_codes["review"] == 1


def test_attack_14_the_change_cannot_raise_or_delete_its_own_budget(rig: Rig) -> None:
    base = {"shop/answer.py": shop(), ".aicost.yml": MONTHLY + BUDGET}
    for number, hostile in enumerate((MONTHLY + BUDGET.replace("5", "100000"), None)):
        rig.run_id += number
        change = pull(rig, base, {"shop/answer.py": shop(LONG), ".aicost.yml": hostile})
        assert rig.repo.git("diff", "--name-only", change.base, change.head).split() == [
            ".aicost.yml",
            "shop/answer.py",
        ]
        done = rig.act(change.payload(rig.hub.repository))
        assert done.exit_codes["review"] == 1, done.log
        (body,) = rig.hub.bodies()
        assert "what the base says still governs here" in body
        assert "budgets.total.max_increase_percent" in body
        assert "looser" in body


def test_a_justified_cost_passes_and_names_who_and_why(rig: Rig) -> None:
    base = {"shop/answer.py": shop(), ".aicost.yml": MONTHLY + BUDGET}
    change = pull(rig, base, {"shop/answer.py": shop(LONG)})
    assert rig.act(change.payload(rig.hub.repository)).exit_codes["review"] == 1
    rig.hub.roles["alice"] = "write"
    rig.hub.add_comment(7, "/aicost justify the launch needs it", "alice")
    done = rig.act(change.payload(rig.hub.repository))
    assert done.exit_codes["review"] == 0, done.log
    assert done.outputs["verdict"] == "warn"
    ours = [b for b in rig.hub.bodies() if b.startswith("<!--")]
    assert len(ours) == 1
    assert "alice" in ours[0]
    assert "the launch needs it" in ours[0]
    last = list(rig.hub.checks.values())[-1]
    assert "alice" in last["output"]["summary"]
    assert "the launch needs it" in last["output"]["summary"]


def test_attack_14_the_author_cannot_justify_alone(rig: Rig) -> None:
    base = {"shop/answer.py": shop(), ".aicost.yml": MONTHLY + BUDGET}
    change = pull(rig, base, {"shop/answer.py": shop(LONG)})
    rig.hub.roles["mallory"] = "admin"
    rig.hub.add_comment(7, "/aicost justify because I can", "mallory")
    done = rig.act(change.payload(rig.hub.repository))
    assert done.exit_codes["review"] == 1
    assert "the author cannot justify it alone" in next(b for b in rig.hub.bodies() if b.startswith("<!--"))


def test_attack_02_a_fork_with_a_read_only_token(rig: Rig) -> None:
    base = {"shop/answer.py": shop(), ".aicost.yml": MONTHLY + BUDGET}
    change = pull(rig, base, {"shop/answer.py": shop(LONG)})
    change.fork = True
    rig.hub.permissions = READ_ONLY
    done = rig.act(change.payload(rig.hub.repository))
    assert done.exit_codes["review"] == 1, "the gate stands without any permission to write"
    assert rig.hub.comments == rig.hub.checks == {}
    assert done.outputs["verdict"] == "fail"
    assert "over budget" in done.summary
    assert "pull-requests: write" in done.log
    assert rig.last is not None
    assert "aicost-review" in rig.last.kept


def test_without_a_token_summary_outputs_and_artifact_are_there(rig: Rig, dearer: Change) -> None:
    done = rig.act_steps(dearer.payload(rig.hub.repository), token=False)
    assert done.exit_codes["review"] == 0
    assert rig.hub.requests == []
    assert "shop/answer.py" in done.summary
    assert [name for name, _, _ in done.commands] == ["notice"] * len(done.commands)
    assert done.commands, "remarks go to the log where no check run can be made"


def test_github_down_does_not_change_the_exit_code(rig: Rig, dearer: Change) -> None:
    rig.hub.faults = [Fault("*", ".", status=401, times=999, body=b'{"message":"Bad credentials"}')]
    done = rig.act(dearer.payload(rig.hub.repository))
    assert done.exit_codes["review"] == 0
    assert "the token is not valid" in done.log
    assert done.outputs["json-path"]


def test_attack_36_a_merge_group_is_judged_without_a_comment(rig: Rig, dearer: Change) -> None:
    group = {
        "head_sha": dearer.head,
        "base_sha": dearer.base,
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-1-x",
    }
    changes = {"merge_group": group, "repository": {"full_name": rig.hub.repository}}
    payload = made("merge_group", "checks_requested", changes)
    done = rig.act(payload, "merge_group")
    assert done.exit_codes["review"] == 0, done.log
    assert rig.hub.comments == {}
    assert [c["head_sha"] for c in rig.hub.checks.values()] == [dearer.head]


def test_a_push_is_compared_with_what_was_there(rig: Rig, dearer: Change) -> None:
    changes = {"ref": "refs/heads/main", "before": dearer.base, "after": dearer.head, "deleted": False}
    payload = made("push", None, changes)
    done = rig.act(payload, "push")
    assert (done.exit_codes["review"], done.outputs["direction"]) == (0, "up")
    gone = rig.act(payload | {"after": "0" * 40, "deleted": True}, "push")
    assert gone.exit_codes["review"] == 0
    assert "no commit to review" in gone.log


def test_the_merge_base_is_compared_not_the_tip_of_the_base(rig: Rig) -> None:
    """What main gained meanwhile is not this change's."""
    first = rig.repo.commit({"shop/answer.py": shop()})
    rig.repo.git("checkout", "-qb", "feature")
    head = rig.repo.commit({"README.md": "words\n"})
    rig.repo.git("checkout", "-q", "main")
    tip = rig.repo.commit({"shop/answer.py": shop(LONG)})
    rig.repo.git("checkout", "-q", "feature")
    rig.hub.add_pull(7, head, tip)
    done = rig.act(Change(base=tip, head=head).payload(rig.hub.repository))
    assert done.outputs["direction"] == "none", done.log
    assert json.loads(Path(done.outputs["json-path"]).read_text(encoding="utf-8"))["base"] == first


def test_a_shallow_checkout_gets_what_it_needs(rig: Rig, dearer: Change, tmp_path: Path) -> None:
    server = tmp_path / "server" / rig.hub.repository
    server.parent.mkdir(parents=True)
    rig.repo.path.rename(server)
    rig.repo.path = server
    rig.repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    clone = tmp_path / "clone"
    rig.repo.git("clone", "-q", "--depth=1", f"file://{server}", str(clone))
    rig.repo.path = clone
    rig.hub.merge_bases[dearer.base, dearer.head] = dearer.base
    done = rig.act(dearer.payload(rig.hub.repository), env={"GITHUB_SERVER_URL": f"file://{tmp_path}/server"})
    assert (done.exit_codes["review"], done.outputs["direction"]) == (0, "up"), done.log


def test_attack_21_a_commit_that_is_nowhere_is_an_error_never_no_cost(rig: Rig, dearer: Change) -> None:
    dearer.head = "d" * 40
    rig.hub.add_pull(7, dearer.head, dearer.base)
    done = rig.act_steps(dearer.payload(rig.hub.repository))
    assert done.exit_codes["review"] == 2
    assert done.outputs["verdict"] == "error"
    assert [c["conclusion"] for c in rig.hub.checks.values()] == ["failure"], "no hanging and no green check"
    assert "could not be made" in done.summary
    assert [name for name, _, _ in done.commands] == ["error"]


def test_attack_35_a_broken_policy_is_a_usage_error_not_a_gate_failure(rig: Rig) -> None:
    change = pull(rig, {"shop/answer.py": shop(), ".aicost.yml": "budgets: [1"}, {"shop/answer.py": shop(LONG)})
    done = rig.act(change.payload(rig.hub.repository))
    assert done.exit_codes["review"] == 2, done.log
    assert ".aicost.yml" in done.log


def test_a_stale_comment_does_not_outlive_a_failed_run(rig: Rig, dearer: Change) -> None:
    rig.act(dearer.payload(rig.hub.repository))
    rig.run_id += 1
    broken = rig.repo.commit({".aicost.yml": "budgets: [1"})
    rig.hub.add_pull(7, broken, dearer.base)
    done = rig.act(Change(base=dearer.base, head=broken).payload(rig.hub.repository))
    assert done.exit_codes["review"] == 2
    (body,) = rig.hub.bodies()
    assert "could not be made" in body


@pytest.mark.parametrize(
    ("name", "value"), [("comment", "sometimes"), ("fail_on", "mondays"), ("mode", "x"), ("name", "a b\n::error::x")]
)
def test_a_wrong_input_is_told_with_the_choices(rig: Rig, dearer: Change, name: str, value: str) -> None:
    done = rig.act(dearer.payload(rig.hub.repository), **{name: value})
    assert done.exit_codes["review"] == 2
    assert name.replace("_", "-") in done.log
    assert [command for command, _, _ in done.commands] == ["error"]


def test_the_second_stage_tells_what_a_fork_found(rig: Rig, dearer: Change) -> None:
    dearer.fork = True
    rig.hub.permissions = READ_ONLY
    rig.act(dearer.payload(rig.hub.repository))
    assert rig.last is not None
    stored = rig.last.kept["aicost-review"]
    rig.hub.permissions = frozenset({"pull-requests: write", "actions: read"})
    done = second_stage(rig, dearer, {"review.json": stored})
    assert done.exit_codes["review"] == 0, done.log
    (body,) = rig.hub.bodies()
    assert "shop/answer.py" in body
    assert "run of a fork" in body
    assert rig.hub.checks == {}


def second_stage(rig: Rig, change: Change, files: dict[str, bytes]):  # type: ignore[no-untyped-def]
    from tests.hosts.test_artifact import zipped

    rig.hub.add_pull(7, change.head, change.base, head_repository="mallory/shop")
    rig.hub.artifacts[42] = [("aicost-review", zipped(*files.items()))]
    run = {
        "id": 42,
        "event": "pull_request",
        "head_sha": change.head,
        "head_branch": "feature",
        "head_repository": {"full_name": "mallory/shop", "owner": {"login": "mallory"}},
        "pull_requests": [],
    }
    payload = made("workflow_run", "completed", {"workflow_run": run})
    return rig.act(payload, "workflow_run", mode="publish")


def stored_review(rig: Rig, change: Change) -> bytes:
    done = rig.act(change.payload(rig.hub.repository), token=False)
    return Path(done.outputs["json-path"]).read_bytes()


@pytest.mark.parametrize("name", ["another head", "no json", "unknown version", "another pull request", "not a review"])
def test_attack_04_a_forks_report_is_checked_before_it_is_told(rig: Rig, dearer: Change, name: str) -> None:
    honest = json.loads(stored_review(rig, dearer))
    hostile = {
        "another head": json.dumps(honest | {"head": "e" * 40}).encode(),
        "no json": b"{",
        "unknown version": json.dumps(honest | {"schema_version": "999"}).encode(),
        "another pull request": json.dumps(honest | {"number": 1}).encode(),
        "not a review": b'{"comment": "@everyone click here"}',
    }[name]
    assert json.dumps(honest).encode() != hostile
    done = second_stage(rig, dearer, {"review.json": hostile})
    assert done.exit_codes["review"] == 2, done.log
    assert rig.hub.comments == {}


def test_attack_04_texts_in_a_valid_report_are_shown_as_text(rig: Rig, dearer: Change) -> None:
    evil = "@octo-org/team [x](javascript:alert(1)) <img src=x> | ` <!-- aicost-review --> #1"
    hostile = json.loads(stored_review(rig, dearer))
    hostile["changes"][0]["label"] = evil
    hostile["changes"][0]["causes"][0]["detail"] = evil
    hostile["assumptions"] = [evil]
    done = second_stage(rig, dearer, {"review.json": json.dumps(hostile).encode()})
    assert done.exit_codes["review"] == 0, done.log
    (body,) = rig.hub.bodies()
    assert "octo-org/team" in body, "it is told"
    page = cmarkgfm.github_flavored_markdown_to_html(body, cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE)
    assert "<img" not in page
    assert not [part for part in page.split('href="')[1:] if not part.startswith("https://github.com/")]
    assert body.count("<!--") == 1


def test_attack_04_markdown_of_the_artifact_is_never_posted(rig: Rig, dearer: Change) -> None:
    evil = b"<!-- aicost-review {} --> @everyone [x](javascript:alert(1))"
    done = second_stage(rig, dearer, {"review.json": stored_review(rig, dearer), "comment.md": evil})
    assert done.exit_codes["review"] == 0, done.log
    assert not any("everyone" in body for body in rig.hub.bodies())


def test_attack_05_the_second_stage_says_nothing_when_the_head_moved(rig: Rig, dearer: Change) -> None:
    stored = stored_review(rig, dearer)
    moved = Change(base=dearer.base, head=dearer.head)
    rig.hub.pulls.clear()
    from tests.hosts.test_artifact import zipped

    rig.hub.add_pull(7, "f" * 40, dearer.base, head_repository="mallory/shop")
    rig.hub.artifacts[42] = [("aicost-review", zipped(("review.json", stored)))]
    run = {
        "id": 42, "event": "pull_request", "head_sha": moved.head, "head_branch": "feature",
        "head_repository": {"full_name": "mallory/shop", "owner": {"login": "mallory"}},
    }  # fmt: skip
    payload = made("workflow_run", "completed", {"workflow_run": run})
    done = rig.act(payload, "workflow_run", mode="publish")
    assert done.exit_codes["review"] == 0
    assert "nothing to tell" in done.log
    assert rig.hub.comments == {}


@pytest.mark.parametrize("event", ["watch", "issues", "deployment_status", "pull_request_review"])
def test_an_event_that_no_review_can_be_made_for_fails_and_says_what_to_do(
    rig: Rig, dearer: Change, event: str
) -> None:
    payload = next(payload for name, payload in examples() if name == event)
    done = rig.act_steps(payload, event)
    assert done.exit_codes["review"] == 2, done.log
    assert done.outputs["verdict"] == "error"
    assert f"The event '{event}' is not one that a review can be made for." in done.log
    assert "pull_request, merge_group, push or workflow_run" in done.log
    assert rig.hub.comments == {}
    assert rig.hub.checks == {}


def test_a_justify_comment_runs_the_failed_gate_again(rig: Rig, dearer: Change) -> None:
    rig.hub.runs = [
        {"id": 90, "head_sha": dearer.head, "event": "pull_request", "conclusion": "failure"},
        {"id": 91, "head_sha": dearer.head, "event": "pull_request", "conclusion": "success"},
        {"id": 92, "head_sha": "b" * 40, "event": "pull_request", "conclusion": "failure"},
    ]
    pull = dict.fromkeys(("url", "html_url", "diff_url", "patch_url"), "https://github.com/octo-org/shop/pull/7")
    changes = {
        "issue": {"number": 7, "user": {"login": "mallory"}, "pull_request": pull},
        "comment": {"body": "/aicost justify needed", "user": {"login": "alice"}},
    }
    payload = made("issue_comment", "created", changes)
    done = rig.act(payload, "issue_comment")
    assert done.exit_codes["review"] == 0, done.log
    assert rig.hub.reruns == [90]
    payload["comment"]["body"] = "nice work"
    rig.act(payload, "issue_comment")
    assert rig.hub.reruns == [90]
