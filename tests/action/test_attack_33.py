"""Keys in the wrong place, and the run's own token: in no comment, check, status, summary, log, output, file or error.

Each test shows first that the repository has the key (a canary), then looks for it in everything that the run left.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import action
from bot.cli import cli
from bot.redact import HIDDEN, hide, without_secrets
from bot.render.json_report import review_from_json
from tests.action.conftest import Change, Rig, shop
from tests.action.executor import Done
from tests.action.test_action import second_stage, stored_review

# Put together here, so that no scanner of secrets stumbles over this file. None of them is one.
KEYS = {
    "openai": "sk-" + "proj-" + "A1b2C3d4" * 6,
    "anthropic": "sk-ant-" + "api03-" + "Zx9_" * 20 + "AA",
    "openrouter": "sk-or-" + "v1-" + "0a9f" * 16,
    "github": "ghp_" + "q7W" * 12,
    "github fine": "github_" + "pat_" + "11AB" * 15,
    "aws": "AKIA" + "ABCDEFGHIJKLMNOP",
    "google": "AIza" + "Sy9" * 11 + "ab",
    "hugging face": "hf_" + "aB3" * 12,
    "groq": "gsk_" + "a1B2" * 13,
    "slack": "xoxb-" + "123456789012-abcdefABCDEF",
    "stripe": "sk_" + "live_" + "4eC39H" * 4,
    "gitlab": "glpat-" + "x1Y2z3" * 4,
    "jwt": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "dozjgNryP4J3jVmNHl0w5N",
}
NO_KEYS = (
    "risk-assessment-classification-prompt-2024-01.md",
    "task-1234-something-long-of-the-team",
    "sk-learn-embeddings-pipeline.py",
    "hf_transformers_download_model_v2_2024",
    "npm-run-all-something-long-123.js",
    "claude-sonnet-4-5-20250929",
    "0123456789abcdef0123456789abcdef01234567",
    "sha256:" + "ab12" * 16,
    "eyJ is how a token begins",
)
KEY = KEYS["openai"]
LONG = "You answer questions about orders. " * 20
POLICY = "features:\n  a:\n    match: [{path: 'shop/*'}]\n    calls_per_month: 5\n"
BUDGET = "budgets:\n  total:\n    max_increase_percent: "
Files = Mapping[str, str]


def renamed(feature: str) -> str:
    return shop(LONG).replace("    reply", f"    # aicost: feature={feature}\n    reply")


def tooled(name: str) -> str:
    tool = f"[{{'type': 'function', 'function': {{'name': '{name}', 'description': 'd'}}}}]"
    return shop(LONG).replace("max_tokens=300,", f"max_tokens=300,\n        tools={tool},")


def places(key: str) -> dict[str, tuple[Files, Files]]:
    """Where a key can stand so that a name, a value or an error of ours would quote it: (base, head)."""
    lent = f'import os\nM = os.environ.get("MODEL", "{key}")\n'
    return {
        "prompt": ({}, {"shop/answer.py": shop(f"Use {key}. " + LONG)}),
        "client": ({}, {"shop/answer.py": shop(LONG).replace("OpenAI()", f'OpenAI(api_key="{key}")')}),
        "model": ({}, {"shop/answer.py": shop(LONG, model=key)}),
        "default of a model": ({}, {"shop/answer.py": lent + shop(LONG).replace('model="gpt-4o-mini"', "model=M")}),
        "path": ({}, {f"shop/{key}.py": shop(LONG)}),
        "folder": ({}, {f"shop/{key}/deep/answer.py": shop(LONG)}),
        "broken file": ({}, {"shop/answer.py": shop(LONG), f"shop/{key}.py": "from openai import OpenAI\nx = = 1\n"}),
        "feature": ({}, {"shop/answer.py": renamed(key)}),
        "tool": ({}, {"shop/answer.py": tooled(key)}),
        "syntax error": ({}, {"shop/answer.py": shop(LONG), "shop/b.py": f"import openai\nx = = '{key}'\n"}),
        "number of the policy": ({}, {".aicost.yml": f"{BUDGET}{key}\n"}),
        "key of the policy": ({}, {".aicost.yml": f"budgets:\n  {key}: 1\n"}),
        "broken policy": ({}, {".aicost.yml": f"budgets: [1, {key}\n b: *{key}\n"}),
        "policy of the base": ({".aicost.yml": f"{BUDGET}{key}\n"}, {"shop/answer.py": shop(LONG)}),
        "edit of the policy": (
            {".aicost.yml": POLICY},
            {"shop/answer.py": shop(LONG), ".aicost.yml": POLICY.replace("  a:", f'  "{key}":')},
        ),
        "price": ({}, {".aicost.yml": f"prices:\n  {key}: {{input_usd_per_mtok: {key}}}\n"}),
        "profile": ({".aicost.yml": POLICY}, {".aicost/profiles/x.yaml": f"feature: {key}\nx: {key}\n"}),
    }


def change_with(rig: Rig, place: tuple[Files, Files]) -> Change:
    base = rig.repo.commit({"shop/answer.py": shop(), **place[0]})
    head = rig.repo.commit(dict(place[1]))
    rig.hub.add_pull(7, head, base)
    return Change(base=base, head=head)


def everything(rig: Rig, done: Done) -> dict[str, str]:
    """All that the run told or left, by where."""
    told = {
        "comments": "\n".join(rig.hub.bodies()),
        "checks": json.dumps([c["output"] for c in rig.hub.checks.values()]),
        "remarks": json.dumps(list(rig.hub.annotations.values())),
        "statuses": json.dumps(rig.hub.statuses),
        "labels": json.dumps(rig.hub.labels),
        "requests": json.dumps([r.body for r in rig.hub.requests]),
        "addresses": json.dumps([[r.path, r.query] for r in rig.hub.requests]),
        "log": done.log,
        "summary": done.summary,
        "outputs": json.dumps(done.outputs),
        "artifact": "".join(data.decode() for data in (rig.last.kept if rig.last else {}).values()),
    }
    for file in sorted((rig.tmp / f"runner{rig.runs}").rglob("*")):
        if file.is_file() and file.name != "event.json" and file.suffix != ".sqlite":
            told[f"file {file.name}"] = file.read_text(encoding="utf-8", errors="replace")
    return told


def assert_untold(told: Mapping[str, str], key: str) -> None:
    """Neither the key, nor a good part of it, nor one that escaping only disguised."""
    middle = len(key) // 2
    parts = {key, key[:24], key[middle : middle + 20], key[-20:]}
    disguised = {part.replace("_", "&#95;") for part in parts} | {part.replace("-", "&#45;") for part in parts}
    found = [place for place, text in told.items() if any(part in text for part in parts | disguised)]
    assert not found, found


@pytest.mark.parametrize("place", places(KEY))
def test_attack_33_a_key_anywhere_in_the_change_is_told_nowhere(rig: Rig, place: str) -> None:
    change = change_with(rig, places(KEY)[place])
    shown = rig.repo.git("log", "-p", "--format=", "--all", "-n", "2")
    assert KEY in shown, "the canary is there"
    done = rig.act(change.payload(rig.hub.repository), comment_when="always", commit_status="on", labels="on")
    assert done.exit_codes["review"] in (0, 2), done.log
    told = everything(rig, done)
    assert told["comments"], "something was told"
    assert_untold(told, KEY)
    assert_untold(told, rig.hub.token)


@pytest.mark.parametrize("kind", KEYS)
def test_attack_33_keys_of_every_known_form(rig: Rig, kind: str) -> None:
    key = KEYS[kind]
    change = change_with(rig, ({}, {f"shop/{key}.py": shop(LONG, model=key), "shop/tool.py": tooled(key)}))
    assert key in rig.repo.git("ls-tree", "-r", "--name-only", change.head)
    done = rig.act(change.payload(rig.hub.repository), comment_when="always")
    assert done.exit_codes["review"] == 0, done.log
    told = everything(rig, done)
    assert HIDDEN in told["artifact"], "where it was, that is said"
    assert_untold(told, key)


def test_attack_33_without_check_runs_the_log_has_remarks_without_keys(rig: Rig) -> None:
    change = change_with(rig, ({}, {f"shop/{KEY}.py": shop(LONG), "shop/answer.py": shop(LONG, model=KEY)}))
    done = rig.act(change.payload(rig.hub.repository), token=False)
    assert [name for name, _, _ in done.commands], "remarks go to the log"
    assert_untold(everything(rig, done), KEY)


def test_attack_33_texts_of_the_event_and_inputs_are_told_without_keys(rig: Rig, dearer: Change) -> None:
    dearer.title = f"Use {KEY}"
    payload = dearer.payload(rig.hub.repository)
    payload["pull_request"]["head"]["ref"] = KEY
    for inputs in (
        {},
        {"base": KEY},
        {"fail_on": KEY},
        {"name": KEY + "!"},
        {"quality_base": KEY, "quality_head": KEY},
    ):
        done = rig.act(payload, **inputs)
        assert done.exit_codes["review"] == (2 if inputs else 0), done.log
        assert_untold(everything(rig, done), KEY)


def test_attack_33_a_bug_of_ours_is_reported_without_its_values(
    rig: Rig, dearer: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(stage: object) -> None:
        secret = f"{KEY} {rig.hub.token}"
        raise RuntimeError(secret)

    monkeypatch.setattr(action, "review_stage", broken)
    done = rig.act(dearer.payload(rig.hub.repository))
    assert done.exit_codes["review"] == 3
    assert "RuntimeError" in done.log
    told = everything(rig, done)
    assert_untold(told, KEY)
    assert_untold(told, rig.hub.token)


def test_attack_33_the_second_stage_hides_what_a_forks_report_brings(rig: Rig, dearer: Change) -> None:
    hostile = json.loads(stored_review(rig, dearer))
    hostile["changes"][0]["label"] = KEY
    hostile["changes"][0]["causes"][0]["detail"] = KEY
    hostile["assumptions"] = [f"see {KEY}"]
    done = second_stage(rig, dearer, {"review.json": json.dumps(hostile).encode()})
    assert done.exit_codes["review"] == 0, done.log
    assert HIDDEN in "".join(rig.hub.bodies())
    assert_untold({"comments": "\n".join(rig.hub.bodies()), "log": done.log, "summary": done.summary}, KEY)


@pytest.mark.parametrize("form", ["json", "markdown", "terminal"])
def test_attack_33_the_command_line_of_another_ci_tells_no_key(rig: Rig, form: str) -> None:
    change = change_with(rig, ({}, {f"shop/{KEY}.py": shop(LONG, model=KEY)}))
    words = ["diff", str(rig.repo.path), "--base", change.base, "--head", change.head, "--format", form, "--no-cache"]
    done = CliRunner().invoke(cli, words)
    assert HIDDEN in done.output.replace("&#40;", "(").replace("&#41;", ")")
    assert_untold({"output": done.output}, KEY)


@pytest.mark.parametrize("text", NO_KEYS)
def test_names_and_ids_are_not_taken_for_keys(text: str) -> None:
    assert hide(text) == text


def test_a_value_without_keys_stays_the_very_same(rig: Rig, dearer: Change) -> None:
    review = review_from_json(stored_review(rig, dearer))
    assert without_secrets(review) is review
    named = dataclasses.replace(review, assumptions=(f"see {KEY}", *review.assumptions))
    hidden = without_secrets(named)
    assert hidden.assumptions == (f"see {HIDDEN}", *review.assumptions)
    assert hidden.changes is review.changes
    assert without_secrets({"a": (KEY, 1, None), KEY: Path("x")}) == {"a": (HIDDEN, 1, None), HIDDEN: Path("x")}
