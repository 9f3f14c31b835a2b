"""The comment: what its first lines say, and that it fits."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.model import Advice, Cause, Change, Coverage, Finding, Range, Review, Verdict
from bot.render import markdown, terminal
from bot.render.markdown import COMMENT, COMMENT_UNITS, SUMMARY, SUMMARY_BYTES, render
from bot.render.numbers import Currency
from prompts_scanner.model import CallSite, Hole
from tests.render import make
from tests.render.test_escape import page


def first_line(review: Review) -> str:
    return render(review).splitlines()[0]


def test_the_first_line_is_the_cost_of_a_month() -> None:
    """621.00 − 135.36 = 485.64; before: 14.85 × 180 + 1.60 × 90 = 2,673 + 144 = 2,817; 485.64 / 2,817 = 17.2 %."""
    assert first_line(make.support()) == "### AI cost: **+$485.64/month** (+17%), now $3,303/month"


def test_then_comes_how_much_changed_and_where_most_of_it_is() -> None:
    assert render(make.support()).splitlines()[1] == (
        "2 call sites changed in 2 features · most of it: support +$621.00/month"
    )


def test_without_traffic_it_is_1000_calls() -> None:
    """1,150 tokens × 3 USD/M × 1,000."""
    text = render(make.without_traffic())
    assert text.startswith("### AI cost: **+$3.45 per 1,000 calls**\n")
    assert "/month" not in text
    assert "Per month" not in text


def test_without_traffic_a_range_is_told_too() -> None:
    """300 more tokens, to one of two models: at 2.50 USD/M they are 0.75 for 1,000 calls, at 0.15 USD/M 0.045."""
    models = make.setting("gpt-4o", make.at("a.py", 5), "gpt-4o-mini")
    sides = [replace(make.answer(tokens), model=models) for tokens in (100, 400)]
    lines = render(make.of_pairs([(sides[0], sides[1])], make.pricer())).splitlines()
    assert lines[0] == "### AI cost: **+$0.75 per 1,000 calls**"
    assert lines[1] == "1 call site changed · likely range +$0.045 to +$0.75"


def test_a_known_saving_beside_an_unknown_rise_is_no_saving() -> None:
    """300 tokens fewer × 3 USD/M × 1,000 = 0.90; the cap on the answer rises from 400 to 4,000, at a length only a run knows."""
    low, high = (make.setting(n, make.at("a.py", 5)) for n in ("400", "4000"))
    pair = (replace(make.answer(400), output_cap=low), replace(make.answer(100), output_cap=high))
    assert first_line(make.of_pairs([pair], make.pricer())) == (
        "### AI cost: **moves both ways** (known part: −$0.90 per 1,000 calls)"
    )


def test_a_known_rise_beside_what_cannot_be_told_goes_no_way_but_up() -> None:
    """300 more tokens at 3 USD/M are 0.90 for 1,000 calls; of the other call's new model nobody knows a price."""
    other = replace(make.answer(400), id="b.py::other::chat", span=make.at("b.py", 3))
    pairs = [
        (make.answer(100), make.answer(400)),
        (other, replace(other, model=make.setting("house-model", make.at("b.py", 3)))),
    ]
    text = first_line(make.of_pairs(pairs, make.pricer()))
    assert text == "### AI cost: **goes up in part, the rest could not be told** (known part: +$0.90 per 1,000 calls)"


def test_no_change_and_could_not_be_told_are_different_words() -> None:
    nothing = make.nothing(gaps=[make.gap("a.py", weight=10)])
    assert render(nothing).startswith("### **No cost change found**\n1 call site read, 1 gap\n")
    hidden = make.nothing(gaps=[make.gap("a.py", "cannot be parsed", weight=60)])
    text = render(hidden)
    assert text.startswith("### AI cost: **could not be told**\n1 new place could not be read\n")
    assert "cannot be parsed" in text
    assert "No cost change" not in text


def test_sites_without_a_price_are_not_counted_as_read_and_free() -> None:
    coverage = Coverage(sites=27, priced=2, no_price=25, model_unknown=0, files_seen=9, files_parsed=9)
    text = render(make.nothing(coverage=coverage))
    assert "27 call sites read (25 of them without a price), 0 gaps" in text


def test_an_unknown_amount_is_never_zero() -> None:
    """A raised cap: up, but by how much only a run knows."""
    low, high = (make.setting(n, make.at("a.py", 5)) for n in ("400", "4000"))
    pairs = [(replace(make.answer(9), output_cap=low), replace(make.answer(9), output_cap=high))]
    text = render(make.of_pairs(pairs, make.pricer()))
    assert text.startswith("### AI cost: **goes up, by an amount that the code does not tell**")
    assert "| more, unknown amount |" in text
    assert "$0 " not in text


def test_a_model_without_a_price_is_unknown() -> None:
    review = make.of_pairs([(make.answer(100), make.answer(100, "house-model"))], make.pricer())
    text = render(review)
    assert text.startswith("### AI cost: **could not be told**")
    assert "| unknown |" in text
    assert "claude-sonnet-4-5 → house-model" in text


def test_a_known_part_with_an_unknown_rest_says_so() -> None:
    """gpt-4o → gpt-4o-mini: 600 tokens × 2.35 USD/M = 1.41 for 1,000 calls, and the output by its rate."""
    review = make.of_pairs([(make.classify("gpt-4o"), make.classify("gpt-4o-mini"))], make.pricer())
    text = render(review)
    assert "−$1.41 + unknown part" in text
    assert "−$0.0094 for every 1,000 output tokens" in text
    assert "1 change has a part that only a run knows" in text


def test_links_lead_to_the_lines_of_the_right_side() -> None:
    urls = replace(COMMENT, head_url="https://host/o/r/blob/HEAD", base_url="https://host/o/r/blob/BASE/")
    changed = page(render(make.support(), urls)).links
    assert "https://host/o/r/blob/HEAD/prompts/support.md#L1-L40" in changed
    removed = make.of_pairs([(make.answer(100), None)], make.pricer())
    assert set(page(render(removed, urls)).links) == {"https://host/o/r/blob/BASE/agents/support.py#L41-L47"}


def test_an_odd_path_is_a_whole_link() -> None:
    odd = make.site("a b/ü#1?.py", "f", 3, "gpt-4o", make.prompt("hello there", make.at("a b/ü#1?.py", 1)))
    review = make.of_pairs([(None, odd)], make.pricer())
    links = page(render(review, replace(COMMENT, head_url="https://host/blob/H"))).links
    assert set(links) == {"https://host/blob/H/a%20b/%C3%BC%231%3F.py#L3-L9"}


@pytest.mark.parametrize("url", ["http://host/x", "javascript:alert(1)", "https://host/ x", 'https://host/"><img>'])
def test_only_a_plain_https_address_is_linked(url: str) -> None:
    seen = page(render(make.support(), replace(COMMENT, head_url=url)))
    assert "img" not in seen.tags
    assert all(link.startswith("https://host/") for link in seen.links)


def test_the_verdict_is_on_the_first_line_and_each_budget_below() -> None:
    findings = (
        Finding(budget="pull_request.max_usd_per_month", limit="$400", actual="$485.64", outcome="fail"),
        Finding(budget="feature.support", limit="$0.03", actual="$0.0278", outcome="pass", feature="support"),
    )
    text = render(make.support(verdict=Verdict(outcome="fail", findings=findings)))
    assert text.splitlines()[0].endswith("· ❌ over budget")
    assert "❌ <code>pull_request.max_usd_per_month</code>: $485.64 (wanted: $400)" in text
    assert "✅ <code>feature.support</code> (support): $0.0278 (wanted: $0.03)" in text
    unknown = Verdict(outcome="unknown", findings=(replace(findings[0], outcome="unknown"),))
    assert "❔ a budget could not be checked" in first_line(make.support(verdict=unknown))


def advice(n: int) -> Advice:
    return Advice(
        lever="prompt_cache", site_id="x", feature="support", span=make.at("agents/support.py", 41),
        title=f"Advice {n}", saving_usd_per_1k_calls=None,
        saving_usd_per_month=Range(Decimal(1_200), Decimal(1_611), Decimal(1_900)), confidence="high", effort="low",
        why="4,100 of 4,350 tokens are stable.", edit="line one\nline two", caution="Not below 2 calls in 5 minutes.",
    )  # fmt: skip


def test_three_pieces_of_advice_at_most() -> None:
    text = render(make.support(advice=tuple(advice(n) for n in range(1, 6))))
    assert [n for n in range(1, 6) if f"Advice {n}" in text] == [1, 2, 3]
    assert "1. **Advice 1: −$1,900 to −$1,200/month.**" in text
    assert "Advice 5" in render(make.support(advice=tuple(advice(n) for n in range(1, 6))), SUMMARY)


def test_what_the_advice_saves_together() -> None:
    """One piece has its own saving; several have a joint one, which is not their sum; none where no volume is known."""
    joint = Range(Decimal(1_500), Decimal(2_000), Decimal(2_400))
    assert "together" not in render(make.support(advice=(advice(1),), advice_usd_per_month=joint))
    assert "together" not in render(make.support(advice=(advice(1), advice(2))))
    both = render(make.support(advice=(advice(1), advice(2)), advice_usd_per_month=joint))
    assert "\nBoth together: −$2,400 to −$1,500/month, no token saved twice.\n" in both
    many = make.support(advice=tuple(advice(n) for n in range(1, 6)), advice_usd_per_month=joint)
    assert "All 5 together (3 shown): −$2,400 to −$1,500/month" in render(many)
    assert "All 5 together: −$2,400 to −$1,500/month" in render(many, SUMMARY)
    assert "All 5 together (3 shown): −$2,400 to −$1,500/month" in terminal.render(many)


def test_it_is_short() -> None:
    """A phone: what is not folded away is a line, a line and the table."""
    open_part = re.sub(r"<details>.*?</details>", "", render(make.support()), flags=re.DOTALL)
    assert len(open_part.split("\n| ")[0]) < 200
    assert len(re.findall(r"^\|", open_part, flags=re.MULTILINE)) == 4


def test_another_currency_is_stated() -> None:
    euro = Currency(
        code="EUR", symbol="€", per_usd=Decimal("0.5"), source="`currency` in .aicost.yml", as_of=date(2026, 1, 2)
    )
    text = render(make.support(), replace(COMMENT, currency=euro))
    assert text.startswith("### AI cost: **+€242.82/month**")
    assert "1 USD = 0.5 EUR on 2026-01-02" in text


def test_changes_below_the_noise_floor_are_counted_and_not_shown() -> None:
    small = replace(make.support().changes[0], below_noise=True)
    text = render(make.review([small], direction="none"))
    assert text.startswith("### **No cost change found**")
    assert "1 change of a few tokens is not shown" in text


def loose(text: str, n: int) -> Change:
    span = make.at(f"prompts/{n}.md", 1)
    cause = Cause(what="prompt", detail=text, span=span, delta_tokens=Range.exactly(n + 1), usd_per_call=None, sign=1)
    return Change(
        id=f"{n}", kind="changed", feature="", label=text, span=span, before=None, after=None, causes=(cause,) * 3
    )


def many(text: str, n: int) -> Review:
    gaps = [make.gap(f"src/{i}.py", text) for i in range(n)]
    finding = Finding(budget="b", limit="1", actual="2", outcome="fail")
    return make.review(
        [loose(text, i) for i in range(n)], gaps=gaps, verdict=Verdict(outcome="fail", findings=(finding,)),
        coverage=Coverage(sites=0, priced=0, no_price=0, model_unknown=0, files_seen=n, files_parsed=n),
    )  # fmt: skip


@pytest.mark.parametrize(
    "text", ["plain words " * 9, "汉字" * 60, "🧾" * 90, "`|<@" * 40], ids=["ascii", "cjk", "emoji", "marks"]
)
def test_a_comment_fits_with_its_table_intact(text: str) -> None:
    review = many(text, 1_500)
    out = render(review, replace(COMMENT, max_rows=10_000))
    assert len(out.encode("utf-16-le")) // 2 <= COMMENT_UNITS
    assert len(out.encode()) < 262_144
    seen = page(out)
    assert set(seen.rows) == {4}
    assert out.count("<details>") == out.count("</details>") == 1
    told = re.search(r"^([\d,]+k?) more changes are left out", out, flags=re.MULTILINE)
    assert told is not None
    assert len(seen.rows) - 1 + int(told.group(1).replace(",", "")) == 1_500
    assert "❌ over budget" in out.splitlines()[0]
    assert "❌ <code>b</code>" in out


def test_a_summary_fits_too_and_has_more() -> None:
    review = many("plain words " * 9, 3_000)
    full, short = render(review, SUMMARY), render(review, COMMENT)
    assert len(full.encode()) <= SUMMARY_BYTES
    assert len(page(full).rows) > 10 * len(page(short).rows)


def test_a_call_of_which_nothing_is_known_is_not_free() -> None:
    """An embedding of a text that only a run knows: the price is known, the amount is not."""
    question = Hole(name="question", reason="a parameter", span=make.at("a.py", 4))
    embedding = make.site("a.py", "find", 3, "gpt-4o", make.prompt(question, make.at("a.py", 4)), operation="embed")
    text = render(make.of_pairs([(None, embedding)], make.pricer()))
    assert text.startswith("### AI cost: **goes up, by an amount that the code does not tell**")
    assert "| run time / unknown | more, unknown amount |" in text


def test_a_new_call_says_what_is_not_counted() -> None:
    """3,200 × 3 USD/M × 1,000 = 9.60, and an output that nobody knows."""
    text = render(make.of_pairs([(None, make.answer(3_200))], make.pricer()))
    assert "| +$9.60 + unknown part |" in text
    assert "call added; not counted: output" in text


def test_few_rows_are_all_there_is_by_default() -> None:
    assert len(page(render(many("x y z", 50))).rows) == 1 + markdown.COMMENT.max_rows


# -- one row for what one edit does to many calls ------------------------------------------------------------------------


def choosing(symbol: str, line: int, *models: str) -> CallSite:
    """A call whose model is one of a list written elsewhere."""
    listed = make.setting(models[0], make.at("app/models.py", 3), *models[1:])
    there = (make.at("app/models.py", 3),)
    text = make.prompt(make.words(line), make.at("app/calls.py", line))
    return replace(make.site("app/calls.py", symbol, line, models[0], text), model=replace(listed, sources=there))


def test_calls_that_one_edit_moves_alike_by_an_unknown_amount_are_one_row_that_names_what_differs() -> None:
    """`new` has no price, so no figure is each call's own; all three are counted."""
    models = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5")
    pairs = [
        (choosing(s, n, *models), choosing(s, n, *models, "new")) for n, s in enumerate(["ask", "sum", "sort"], 20)
    ]
    found = make.of_pairs(pairs, make.pricer())
    text = render(found)
    (row,) = [line for line in text.splitlines() if line.startswith("| **")]
    assert "and 2 more calls" in row
    assert "models to choose from: +new" in row
    assert all(f"app/calls.py:{n}" in row for n in (20, 21, 22))
    assert "unchanged" in row
    assert "$0" not in row
    assert "3 call sites changed" in text
    assert "and 2 more calls" in terminal.render(found)


def test_of_two_lists_without_a_common_name_both_are_shown() -> None:
    old, new = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5"), ("new-1", "new-2", "new-3")
    text = render(make.of_pairs([(choosing("ask", 20, *old), choosing("ask", 20, *new))], make.pricer()))
    assert "models to choose from" not in text
    assert "gpt-4o &#124; gpt-4o-mini" in text


def test_calls_of_two_features_are_two_rows() -> None:
    models = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5")
    pairs = [(choosing(s, n, *models), choosing(s, n, *models, "new")) for n, s in enumerate(["ask", "sum"], 20)]
    text = render(make.of_pairs(pairs, make.pricer(features={"ask": "chat", "sum": "digest"})))
    assert len([line for line in text.splitlines() if line.startswith("| **")]) == 2
