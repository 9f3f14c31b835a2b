"""`scan` and `explain` on a real repository."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from bot.render.json_scan import scan_schema
from tests.cli.conftest import DAY, Run, chat
from tests.revisions.conftest import Repo


@pytest.fixture
def shop(repo: Repo) -> Repo:
    repo.write("app/chat.py", chat().replace('"""help help help help"""', 'open("prompts/system.md").read()'))
    repo.write("prompts/system.md", "You help the customers of a shop with their orders, kindly and briefly.\n")
    repo.write("tests/test_chat.py", chat())
    repo.commit("shop")
    return repo


def test_the_inventory_is_flat_and_holds_to_its_schema(aicost: Run, shop: Repo) -> None:
    answer = aicost("scan", str(shop.path), "--format", "json", "--on", DAY)
    assert answer.code == 0, answer.err
    found = json.loads(answer.out)
    jsonschema.validate(found, scan_schema(), cls=jsonschema.Draft202012Validator)
    calls = [i for i in found["items"] if i["kind"] == "call"]
    assert [(c["path"], c["sdk"], c["operation"], c["model"], c["model_resolution"]) for c in calls] == [
        ("app/chat.py", "openai", "chat", "gpt-4o", "literal")
    ]
    assert ("prompt", "prompts/system.md") in [(r["role"], r["path"]) for r in calls[0]["related"]]
    assert "prompts/system.md" in [i["path"] for i in found["items"] if i["kind"] == "prompt"]
    assert "You help" not in answer.out


def test_all_counts_tests_too(aicost: Run, shop: Repo) -> None:
    def contexts(*more: str) -> set[str]:
        found = json.loads(aicost("scan", str(shop.path), "--format", "json", *more).out)
        return {i["context"] for i in found["items"]}

    assert contexts() == {"prod"}
    assert contexts("--all") == {"prod", "test"}


def test_a_revision_is_listed_as_it_was(aicost: Run, shop: Repo) -> None:
    found = json.loads(aicost("scan", str(shop.path), "--rev", "HEAD~1", "--format", "json").out)
    assert "prompts/system.md" not in [i["path"] for i in found["items"]]


def test_the_terminal_lists_each_call(aicost: Run, shop: Repo) -> None:
    out = aicost("scan", str(shop.path)).out
    assert "app/chat.py:" in out
    assert "gpt-4o" in out
    assert "1 in test (`--all` counts them)" in out


def test_out_is_a_file(aicost: Run, shop: Repo, tmp_path: Path) -> None:
    target = tmp_path / "scan.json"
    assert aicost("scan", str(shop.path), "--format", "json", "--out", str(target)).out == ""
    assert json.loads(target.read_text())["schema_version"] == "1"


@pytest.mark.parametrize(
    "site", ["app/chat.py::answer::chat", "app/chat.py", "app/chat.py:9", "answer", "prompts/system.md"]
)
def test_an_explanation_names_every_source(aicost: Run, shop: Repo, site: str) -> None:
    answer = aicost("explain", site, str(shop.path), "--on", DAY)
    assert answer.code == 0, answer.err
    for part in (
        "app/chat.py::answer::chat",
        "text prompts/system.md:1",
        "input $2.50 per million; output $10 per million",
        "no profile",
        "exact: GPT-4o",
        "not in the sum: output (no traffic profile)",
    ):
        assert part in answer.out, answer.out
    assert "You help" not in answer.out


def test_text_on_demand(aicost: Run, shop: Repo) -> None:
    assert "| You help the customers" in aicost("explain", "answer", str(shop.path), "--show-text").out


def test_a_narrow_screen_breaks_paths_after_folders_and_cuts_no_column(aicost: Run, repo: Repo) -> None:
    path = "services/assistant/conversation/answers/with_a_long_name.py"
    repo.write(path, chat().replace('model="gpt-4o"', "model=MODEL"))
    for width in (60, 80, 120):
        shown = aicost("scan", str(repo.path), COLUMNS=str(width)).out.splitlines()
        assert max(map(len, shown)) <= width
        assert any(line.startswith("services/") and line.split()[0].endswith("/") for line in shown)
        assert "input," in " ".join(shown) and "output" in " ".join(shown), "the last column is there"


def test_what_would_bring_more_numbers_is_said(aicost: Run, repo: Repo) -> None:
    repo.write("app/pick.py", chat().replace('model="gpt-4o"', "model=MODEL"))
    said = aicost("scan", str(repo.path)).out.partition("For more numbers\n")[2]
    assert "1 of 2 call sites choose their model at run time" in said
    tried = aicost("whatif", "app/pick.py", str(repo.path), "--model", "gpt-4o-mini")
    assert "aicost-review whatif app/pick.py --model gpt-4o-mini" in said and tried.code == 0, tried.err
