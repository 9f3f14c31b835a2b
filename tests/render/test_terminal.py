"""The terminal: the same facts, within its width, in colour only where it is wanted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import ReviewError
from bot.model import Coverage
from bot.render import explain, terminal
from bot.render.page import Screen
from bot.render.select import select
from prompts_scanner.model import Hole, Scan
from tests.cost.make import DAY
from tests.render import make


def test_it_says_what_the_comment_says() -> None:
    out = terminal.render(make.support())
    assert out.startswith("AI cost: +$485.64/month  (+17%), now $3,303/month\n")
    for part in ("prompt +1,150 tokens", "gpt-4o → gpt-4o-mini", "+$621.00", "−$135.36", "180k calls a month"):
        assert part in out


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    review = make.support(gaps=[make.gap("a/very/long/path/" + "x" * 150 + ".py")])
    out = terminal.render(review, Screen(width=width))
    assert max(len(line) for line in out.splitlines()) <= width


def test_colour_only_when_it_is_asked_for() -> None:
    assert "\x1b[" not in terminal.render(make.support(), Screen(colour=False))
    assert "\x1b[" in terminal.render(make.support(), Screen(colour=True))


def test_a_scan_lists_the_dearest_first() -> None:
    sites = make.support().sites
    coverage = Coverage(sites=2, priced=2, no_price=0, model_unknown=0, files_seen=9, files_parsed=4)
    out = terminal.render_scan(Scan(), sites, coverage, DAY, Screen())
    assert out.index("answer") < out.index("classify")
    assert "$3,294" in out  # (4,350 × 3 + 350 × 15) USD/M × 180,000
    assert "2 of 2 call sites priced" in out
    assert "No LLM calls found." in terminal.render_scan(Scan(), (), coverage, DAY, Screen())


SITES = make.of_pairs(
    [
        (None, make.answer(10)),
        (None, make.classify("gpt-4o")),
        (None, make.site("agents/support.py", "again", 90, "gpt-4o")),
    ],
    make.pricer(make.TRAFFIC),
).sites


@pytest.mark.parametrize(
    ("wanted", "symbol"),
    [
        ("agents/triage.py::classify::chat", "classify"),
        ("agents/triage.py", "classify"),
        ("./agents/triage.py", "classify"),
        ("agents/support.py:43", "answer"),
        ("again", "again"),
        ("triage", "classify"),
    ],
)
def test_a_site_is_found_by_what_a_person_would_say(wanted: str, symbol: str) -> None:
    assert select(SITES, wanted).site.symbol == symbol


@pytest.mark.parametrize("wanted", ["agents/support.py", "agents", "chat"])
def test_what_could_be_several_lists_them(wanted: str) -> None:
    with pytest.raises(ReviewError) as error:
        select(SITES, wanted)
    assert "could be" in error.value.message
    assert "agents/support.py::answer::chat" in error.value.hint


def test_what_is_nothing_lists_what_there_is() -> None:
    with pytest.raises(ReviewError) as error:
        select(SITES, "nowhere")
    assert "agents/triage.py::classify::chat" in error.value.hint
    with pytest.raises(ReviewError, match="No call site"):
        select((), "nowhere")


def test_an_explanation_derives_the_sum() -> None:
    """4,350 × 3 USD/M = 0.01305; 350 × 15 USD/M = 0.00525; together 0.0183, × 180,000 = 3,294."""
    out = explain.render(make.support().sites[0])
    for part in (
        "agents/support.py::answer::chat (feature support)",
        "model: claude-sonnet-4-5 (literal), agents/support.py:41-47",
        "text prompts/support.md:1-40",
        "claude-sonnet-4-5 of anthropic, test, as of 2026-11-24",
        "input $3 per million; output $15 per million",
        "180k calls a month",
        "$0.013  system prompt prompts/support.md:1-40: 4,350 tokens × $3 per million",
        "$0.0053  output agents/support.py:41-47: 350 tokens × $15 per million",
        "= $0.018  for 4,350 input tokens",
        "1,000 calls: $18.30",
        "a month: $3,294 (180k calls)",
    ):
        assert part in out


def test_an_explanation_says_what_is_unknown() -> None:
    question = Hole(name="question", reason="a parameter", span=make.at("a.py", 4), bounded_chars=2_000)
    site = make.site("a.py", "f", 1, "house-model", make.prompt(question, make.at("a.py", 4)))
    out = explain.render(make.of_pairs([(None, site)], make.pricer()).sites[0])
    assert "no price for house-model" in out
    assert "no profile: run-time input, output and calls a month are unknown" in out
    assert "{question} a.py:4: a parameter, at most 2,000 characters" in out
    assert "not in the sum: run-time input (question)" in out
    assert "$0" not in out


def test_every_possible_model_is_summed() -> None:
    site = make.site("a.py", "f", 1, "gpt-4o", make.prompt("one two", make.at("a.py", 2)))
    site = replace(site, model=make.setting("gpt-4o", make.at("a.py", 1), "gpt-4o-mini"))
    out = explain.render(make.of_pairs([(None, site)], make.pricer()).sites[0])
    assert "One call with gpt-4o, one of 2 possible models" in out
    assert "One call with gpt-4o-mini, one of 2 possible models" in out
    assert "2 tokens × $2.50 per million" in out
    assert "2 tokens × $0.15 per million" in out


def test_text_is_shown_only_when_it_is_asked_for() -> None:
    site = make.site("a.py", "f", 1, "gpt-4o", make.prompt("the secret\nrecipe\x1b[0m", make.at("a.py", 2)))
    priced = make.of_pairs([(None, site)], make.pricer()).sites[0]
    assert "secret" not in explain.render(priced)
    shown = explain.render(priced, show_text=True)
    assert "      | the secret\n      | recipeU+001B[0m\n" in shown
