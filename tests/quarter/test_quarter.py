"""The review of a quarter: sums over the time that each state stood, limits held against them, what was accepted and taken."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.config import Config
from bot.errors import ReviewError
from bot.model import Advice, Coverage, Finding, Justification, Range, Review, Verdict
from bot.pipeline import inventory
from bot.quarter import Waiver, quarter_of, waivers_of
from bot.render.json_report import render as review_json
from bot.taken import Side, taken_of
from bot.waive import accept
from prompts_scanner.model import Span
from prompts_scanner.tree import MemoryTree
from tests.cli.conftest import Answer, run_cli
from tests.history.conftest import POLICY, Past, chat, past  # noqa: F401 a fixture

MONTH_HOURS = 730
BUDGETS = """\
budgets:
  total: {max_monthly_usd: 500, max_increase_percent: 10}
  features:
    chat: {max_call_usd: 0.0045, max_task_usd: 0.001}
"""


def ask(made: Past, *options: str) -> Answer:
    cache = str(made.path.parent / "cache")
    return run_cli("report", str(made.path), "--on", "2026-11-25", *options, HOME=cache, XDG_CACHE_HOME=cache)


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("2026q3", date(2026, 7, 1), date(2026, 10, 1)),
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1)),
    ],
)
def test_quarters(text: str, first: date, end: date) -> None:
    assert (quarter_of(text).first, quarter_of(text).end) == (first, end)
    with pytest.raises(ReviewError):
        quarter_of("2026-Q5")


def points(made: Past) -> dict[str, Decimal]:
    """USD a month at the prices of the day, by what changed it."""
    cache = str(made.path.parent / "cache")
    done = run_cli(
        "history", str(made.path), "--since", "start", "--format", "json", "--on", "2026-09-30", HOME=cache, XDG_CACHE_HOME=cache
    )  # fmt: skip
    return {
        p["subject"]: Decimal(p["features"][0]["at_prices_of_the_day"]["usd_per_month"]["usd"]["likely"])
        for p in json.loads(done.out)["points"]
    }


def test_spend_is_each_state_for_as_long_as_it_stood(past: Past) -> None:  # noqa: F811
    done = ask(past, "--quarter", "2026-Q3", "--format", "json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    month = points(past)
    noon = datetime(2026, 8, 1, 12, tzinfo=UTC)
    stood = [
        ("Start", noon, datetime(2026, 8, 20, 12, tzinfo=UTC)),
        ("Say more (#3)", datetime(2026, 8, 20, 12, tzinfo=UTC), datetime(2026, 8, 22, 12, tzinfo=UTC)),
        ("Less again (#5)", datetime(2026, 8, 22, 12, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)),
    ]
    wanted = sum(month[name] * Decimal((b - a).total_seconds()) / 3600 / MONTH_HOURS for name, a, b in stood)
    (feature,) = document["features"]
    assert abs(Decimal(feature["spend"]["usd"]["likely"]) - wanted) < Decimal("1e-6")
    assert document["spend"] == feature["spend"]
    assert document["last_day"] == "2026-09-30"
    assert [m.partition(":")[0] for m in document["movers"]] == ["2026-08-20  chat", "2026-08-22  chat"]
    assert any("first commit is of 2026-08-01" in n for n in document["notes"])


def test_code_and_prices_are_told_apart(past: Past) -> None:  # noqa: F811
    later = POLICY.replace("2026-09-30", "2026-10-04").replace("2026-10-01", "2026-10-05")
    past.on("2026-10-14", "Cheaper from the fifth", {".aicost.yml": later})
    document = json.loads(ask(past, "--quarter", "2026-Q4", "--format", "json").out)
    (feature,) = document["features"]
    start, end = (Decimal(feature[s]["usd_per_call"]["usd"]["likely"]) for s in ("start", "end"))
    code = Decimal(feature["by_code_usd_per_call"]["likely"])
    price = Decimal(feature["by_price_usd_per_call"]["likely"])
    assert code < 0 and price < 0
    assert abs((end - start) - (code + price)) < Decimal("1e-9")
    # big costs 4 / 20 before the fifth and 2 / 10 after; the code's part is at the prices of the end
    assert abs(code - (end - start / 2)) < Decimal("1e-9")


def test_limits_are_held_against_every_day(past: Past) -> None:  # noqa: F811
    past.on("2026-10-20", "Budgets (#8)", {".aicost.yml": POLICY + BUDGETS})
    document = json.loads(ask(past, "--quarter", "2026-Q4", "--format", "json").out)
    by = {(x["feature"], x["kind"]): x for x in document["limits"]}
    assert by.keys() == {
        (None, "usd_per_month"), ("chat", "usd_per_call"), ("chat", "usd_per_task")
    }  # fmt: skip
    assert by[None, "usd_per_month"]["outcome"] == "kept"
    assert by["chat", "usd_per_call"]["outcome"] == "kept"
    task = by["chat", "usd_per_task"]
    assert (task["outcome"], task["days_over"], task["days"]) == ("exceeded", "56", "56")
    (edit,) = document["policy_edits"]
    assert edit["pull_request"] == 8
    assert any("budgets" in change for change in edit["changes"])
    text = ask(past, "--quarter", "2026-Q4").out
    assert "| cost per task | chat |" in text and "exceeded on 56 of 56 days" in text


def test_waivers_come_from_stored_reviews(past: Past, tmp_path: Path) -> None:  # noqa: F811
    who = Justification(by="ada", role="maintain", why="The pilot needs it | until June.")
    finding = Finding(budget="cost per call", limit="at most 1 USD", actual="2 USD", outcome="fail", feature="chat")
    review = replace(EMPTY, verdict=Verdict(outcome="fail", findings=(finding,), blocks=True))
    accepted = replace(review, verdict=accept(review.verdict, who, Config().budgets))
    assert list(waivers_of([("a.json", accepted), ("b.json", review)])) == [
        Waiver(
            by="ada", role="maintain", why=who.why, budget="cost per call", limit="at most 1 USD", actual="2 USD",
            feature="chat", head=review.head, source="a.json",
        )
    ]  # fmt: skip
    folder = tmp_path / "reviews" / "pr-7"
    folder.mkdir(parents=True)
    (folder / "review.json").write_text(review_json(accepted))
    done = ask(past, "--quarter", "2026-Q3", "--reviews", str(folder.parent))
    assert done.code == 0, done.err
    row = next(line for line in done.out.splitlines() if "ada (maintain)" in line)
    assert "The pilot needs it &#124; until June." in row and "pr-7/review.json" in row
    (folder / "other.json").write_text("{}")
    assert ask(past, "--quarter", "2026-Q3", "--reviews", str(folder.parent)).code == 2


def test_the_page_of_a_quarter(past: Past, tmp_path: Path) -> None:  # noqa: F811
    page = tmp_path / "q.html"
    done = ask(past, "--quarter", "2026-Q3", "--html", str(page))
    assert (done.code, done.out) == (0, ""), done.err
    text = page.read_text("utf-8")
    assert "AI cost of app, 2026-Q3" in text and '"id":"taken"' in text


def test_a_quarter_to_come_or_before_the_first_commit_is_an_error(past: Past) -> None:  # noqa: F811
    assert ask(past, "--quarter", "2027-Q1").code == 2
    assert ask(past, "--quarter", "2020-Q1").code == 2


# -- savings ------------------------------------------------------------------------------------------------------------

EMPTY = Review(
    schema_version="1", tool_version="0", base="a" * 40, head="b" * 40, prices_as_of=date(2026, 11, 24), changes=(), sites=(),
    advice=(), verdict=Verdict(outcome="pass"), gaps=(), new_gaps=(),
    coverage=Coverage(sites=0, priced=0, no_price=0, model_unknown=0, files_seen=0, files_parsed=0),
)  # fmt: skip


def side(system: str, window: tuple[date, date] | None, *, advised: bool) -> Side:
    from bot.config import parse_config

    config = parse_config(POLICY, ".aicost.yml")
    files = {"app/chat.py": chat(system), "app/settings.py": 'MODEL = "small"\n'}
    _, sites, _ = inventory(MemoryTree(files), config, today=date(2026, 9, 30))
    advice = Advice(
        lever="trim", site_id=sites[0].site.id, feature="chat", span=Span("app/chat.py", 1, 1), title="Say less",
        saving_usd_per_1k_calls=None, saving_usd_per_month=Range.exactly(Decimal(30)), confidence="high", effort="low",
        why="", edit="",
    )  # fmt: skip
    profiles = {}
    if window is not None:
        profiles["chat"] = SimpleNamespace(window=SimpleNamespace(from_=window[0], to=window[1]))
    return Side(sites=sites, advice=(advice,) if advised else (), config=replace(config, profiles=profiles))


JULY, SEPTEMBER = (date(2026, 7, 1), date(2026, 7, 31)), (date(2026, 9, 1), date(2026, 9, 30))


def test_advice_that_was_taken_is_held_against_the_new_profile() -> None:
    before, after = side("Be kind. " * 50, JULY, advised=True), side("Be kind.", SEPTEMBER, advised=False)
    (found,) = taken_of(before, after, {})
    assert found.claimed_usd_per_month == Range.exactly(Decimal(30))
    old, new = before.sites[0].cost.usd_per_call.likely, after.sites[0].cost.usd_per_call.likely
    assert found.measured_usd_per_month == (old - new) * 100_000 > 0
    assert "2026-07-01" in found.note and "2026-09-30" in found.note


def test_without_a_newer_profile_nothing_is_measured() -> None:
    after = side("Be kind.", JULY, advised=False)
    (found,) = taken_of(side("Be kind. " * 50, JULY, advised=True), after, {})
    assert found.measured_usd_per_month is None and "still that of 2026-07-01" in found.note
    (found,) = taken_of(
        side("Be kind. " * 50, None, advised=True), replace(after, config=replace(after.config, profiles={})), {}
    )
    assert found.note == "no traffic profile"


def test_advice_that_is_still_given_or_whose_site_is_gone_is_not_taken() -> None:
    before = side("Be kind. " * 50, JULY, advised=True)
    assert taken_of(before, side("Be kind.", SEPTEMBER, advised=True), {}) == ()
    assert taken_of(before, replace(before, sites=(), advice=()), {}) == ()
