"""Agents as users: every command has JSON, examples in its help, and an exit code that says what happened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot.cli import COMMANDS, cli
from tests.cli.conftest import Run
from tests.revisions.conftest import Repo


def every_command() -> Iterator[tuple[str, click.Command]]:
    with click.Context(cli) as top:
        for name in COMMANDS:
            command = cli.get_command(top, name)
            assert command is not None
            if isinstance(command, click.Group):
                for inner in command.list_commands(top):
                    found = command.get_command(top, inner)
                    assert found is not None
                    yield f"{name} {inner}", found
            else:
                yield name, command


ALL = dict(every_command())


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_command_has_json(name: str) -> None:
    choices = [
        list(p.type.choices)
        for p in ALL[name].params
        if "--format" in p.opts and isinstance(p.type, click.Choice)
    ]  # fmt: skip
    assert len(choices) == 1 and "json" in choices[0]


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_command_shows_how_it_is_used(name: str) -> None:
    text = ALL[name].help or ""
    assert f"aicost-review {name.split()[0]}" in text, "no example in the help"


def test_explain_as_json_is_the_sum_of_its_parts(aicost: Run, repo: Repo) -> None:
    done = aicost("explain", "app/chat.py", str(repo.path), "--format", "json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert document["site"]["path"] == "app/chat.py"
    assert document["price_source"]["model"] == "gpt-4o"
    known = [p["usd_per_call"]["likely"] for p in document["site"]["parts"] if p["usd_per_call"]]
    assert sum(map(float, known)) == pytest.approx(float(document["site"]["usd_per_call"]["likely"]))
    assert document["site"]["missing"] == ["run-time input", "output"]


def test_comment_says_as_json_what_it_wrote(aicost: Run, repo: Repo, tmp_path: Path) -> None:
    review, out = tmp_path / "review.json", tmp_path / "out"
    assert (
        aicost(
            "diff", str(repo.path), "--base", "HEAD", "--head", "HEAD", "--format", "json", "--out", str(review)
        ).code
        == 0
    )
    done = aicost("comment", "--host", "files", "--out", str(out), str(review), "--format", "json")
    assert done.code == 0, done.err
    places = json.loads(done.out)["places"]
    assert {p["name"] for p in places} == {f.name for f in out.iterdir()}
    assert all(p["done"] for p in places)


def calls(n: int, output_tokens: int, first_day: int = 1) -> str:
    """A plain log: one call an hour."""
    rows = (
        {
            "time": f"2026-11-{first_day + i // 24:02d}T{i % 24:02d}:00:00Z", "feature": "chat", "model": "gpt-4o",
            "input_tokens": 400, "output_tokens": output_tokens,
        }
        for i in range(n)
    )  # fmt: skip
    return "\n".join(map(json.dumps, rows))


def test_profile_commands_as_json(aicost: Run, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    for name, n, output_tokens in (("before", 48, 100), ("after", 96, 150)):
        (tmp_path / f"{name}.jsonl").write_text(calls(n, output_tokens))
        done = aicost("profile", "build", f"{name}.jsonl", "-o", name, "--quiet", "--format", "json", cwd=tmp_path)
        assert done.code == 0, done.err
        (one,) = json.loads(done.out)["profiles"]
        assert (one["path"], one["feature"], one["calls"]) == (f"{name}/chat.yaml", "chat", n)
        assert "thin" in {f["kind"] for f in one["findings"]}
    (shown,) = json.loads(aicost("profile", "show", "after", "--format", "json", cwd=tmp_path).out)["profiles"]
    assert (shown["feature"], shown["calls"]["n"]) == ("chat", 96)
    checked = aicost("profile", "check", "after", "--before", "before", "--format", "json", cwd=tmp_path)
    (found,) = json.loads(checked.out)["profiles"]
    assert checked.code == 1 and found["compared"]
    assert {"thin", "drifted"} <= {f["kind"] for f in found["findings"]}
    (moved,) = json.loads(aicost("profile", "diff", "before", "after", "--format", "json", cwd=tmp_path).out)[
        "features"
    ]
    assert moved["calls_per_day"] == [24, 24]
    assert moved["models"][0]["mean_tokens"]["output_visible"] == [100, 150]


def test_profile_sql_as_json_holds_what_it_prints(aicost: Run) -> None:
    pytest.importorskip("duckdb")
    printed = aicost("profile", "sql", "--dialect", "postgres")
    told = json.loads(aicost("profile", "sql", "--dialect", "postgres", "--format", "json").out)
    assert told["queries"] and all(q["sql"] in printed.out for q in told["queries"])


def test_exit_codes_are_the_same_in_every_format(aicost: Run, repo: Repo) -> None:
    """0 done, 1 a gate failed, 2 what the user can mend; the message is on stderr, so that stdout stays JSON or empty."""
    repo.write("app/chat.py", "".join((repo.path / "app/chat.py").read_text()).replace("gpt-4o", "gpt-4-turbo"))
    for form in ("terminal", "json"):
        assert aicost("diff", str(repo.path), "--fail-on", "never", "--format", form).code == 0
        assert aicost("diff", str(repo.path), "--fail-on", "increase", "--format", form).code == 1
        wrong = aicost("diff", str(repo.path), "--base", "nowhere", "--format", form)
        assert (wrong.code, wrong.out) == (2, "") and "hint:" in wrong.err
        assert aicost("explain", "no/such.py", str(repo.path), "--format", form).code == 2
        assert aicost("scan", str(repo.path), "--format", form).code == 0
