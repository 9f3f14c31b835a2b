"""`report` and `combine`, as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from bot.errors import ReviewError
from bot.render.json_portfolio import read_any, report_schema
from tests.cli.conftest import Answer, run_cli
from tests.report.conftest import FILES, POLICY
from tests.revisions.conftest import Repo

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Repo(tmp_path_factory.mktemp("apps") / "shop")
    for path, text in {**FILES, ".aicost.yml": POLICY}.items():
        made.write(path, text)
    made.commit("Start (#1)")
    made.git("remote", "add", "origin", "git@github.com:acme/shop.git")
    return made.path


def ask(*arguments: str, cwd: Path) -> Answer:
    cache = str(cwd.parent / "cache")
    return run_cli(*arguments, cwd=cwd, HOME=cache, XDG_CACHE_HOME=cache)


def test_report_as_json_is_valid_and_read_back_equal(app: Path) -> None:
    done = ask("report", "--format", "json", cwd=app)
    assert done.code == 0, done.err
    document = json.loads(done.out)
    jsonschema.Draft202012Validator(report_schema()).validate(document)
    assert document["repositories"][0]["name"] == "acme/shop"
    again = read_any(done.out.encode(), "shop")
    assert [s.id for s in again.sites] == [s["id"] for s in document["sites"]]
    assert json.loads((ROOT / "schema/report.schema.json").read_text()) == report_schema()


def test_three_kinds_of_json_are_combined(app: Path, tmp_path: Path) -> None:
    files = []
    for name, command in {
        "one": ("report", "--format", "json"),
        "two": ("scan", "--format", "json"),
        "three": ("diff", "--base", "HEAD", "--head", "HEAD", "--format", "json"),
    }.items():
        file = tmp_path / f"{name}.json"
        done = ask(*command, "--out", str(file), cwd=app)
        assert done.code == 0, done.err
        files.append(str(file))
    done = ask("combine", *files, "--format", "json", cwd=app)
    assert done.code == 0, done.err
    whole = json.loads(done.out)
    assert [r["name"] for r in whole["repositories"]] == ["acme/shop", "two", "three"]
    months = [s["usd_per_month"] and s["usd_per_month"]["likely"] for s in whole["sites"]]
    assert len(months) == 6
    for number in (0, 1):
        assert len({months[number], months[number + 2], months[number + 4]}) == 1, "the same tree, three times"
    text = ask("combine", *files, cwd=app)
    assert text.out.startswith("# AI cost of 3 repositories\n")
    page = tmp_path / "all.html"
    assert ask("combine", *files, "--html", str(page), cwd=app).code == 0
    assert "AI cost of 3 repositories" in page.read_text("utf-8")


def test_a_page_with_its_history(app: Path, tmp_path: Path) -> None:
    page = tmp_path / "cost.html"
    done = ask("report", "--html", str(page), "--since", "start", cwd=app)
    assert (done.code, done.out) == (0, ""), done.err
    text = page.read_text("utf-8")
    assert '"id":"history"' in text
    assert "https://github.com/acme/shop/blob/" in text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "no JSON object"),
        ("{", "Expecting"),
        ('{"schema": "aicost-report/1"}', "Field required"),
        ('{"x": 1}', "no report, review or inventory"),
        ('{"items": [], "x": 1e99}', "beyond measure"),
        ('{"items": [{"id": "x", "extra": 1}]}', "Field required"),
        ('{"x": NaN}', "not JSON"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_what_is_no_report_is_refused(text: str, why: str) -> None:
    with pytest.raises(ReviewError, match="cannot be combined") as found:
        read_any(text.encode(), "file")
    assert why.lower() in found.value.message.lower()


def test_an_amount_of_a_million_digits_is_refused(app: Path) -> None:
    document = json.loads(ask("report", "--format", "json", cwd=app).out)
    document["sites"][0]["usd_per_call"]["likely"] = "1E+999999"
    document["sites"][0]["usd_per_call"]["high"] = "1E+999999"
    with pytest.raises(ReviewError):
        read_any(json.dumps(document).encode(), "file")
    document["sites"][0]["usd_per_call"] = {"low": "3", "likely": "2", "high": "1"}
    with pytest.raises(ReviewError, match="not a range"):
        read_any(json.dumps(document).encode(), "file")


def test_without_the_extra_the_page_says_what_to_install(app: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "altair.py").write_text("raise ImportError('no altair', name='altair')\n")
    cache = str(tmp_path)
    done = run_cli(
        "report", "--html", "x.html", cwd=app, HOME=cache, XDG_CACHE_HOME=cache, PYTHONPATH=f"{hidden}:{ROOT}"
    )
    assert done.code == 2
    assert 'pip install "aicost-review[report]"' in done.err
