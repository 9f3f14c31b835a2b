"""The figures of a report: sums of their parts, at the policy's rates."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256

from bot.portfolio import Portfolio, combined
from bot.render.html import Shown, render
from bot.render.html.figures import figures
from bot.render.html.page import as_json
from bot.render.numbers import money
from bot.render.portfolio_text import render_markdown
from tests.report.conftest import CACHED, INPUT, OUTPUT, made

MILLION = Decimal(1_000_000)


def test_a_site_is_the_sum_of_its_parts(portfolio: Portfolio) -> None:
    for site in portfolio.sites:
        known = [p.usd_per_call.likely for p in site.parts if p.usd_per_call is not None]
        assert abs(sum(known) - site.usd_per_call.likely) < Decimal("1e-12")


def test_parts_are_priced_at_the_rates(portfolio: Portfolio) -> None:
    chat, side = portfolio.sites
    by = {p.part: p for p in chat.parts}
    assert by["output"].usd_per_call is not None
    assert by["output"].usd_per_call.likely == 100 * OUTPUT / MILLION
    system = by["system"]
    assert system.tokens_per_call is not None and system.usd_per_call is not None
    tokens = system.tokens_per_call.likely
    cached = tokens * Decimal("0.5") * CACHED / MILLION
    assert abs(system.usd_from_cache - cached) <= cached * Decimal("0.01")
    assert system.usd_per_call.likely < tokens * INPUT / MILLION
    assert side.usd_per_month is None
    assert side.missing


def test_history_is_told_from_other_run_time_input(portfolio: Portfolio) -> None:
    """(output + tool results) × (calls per task − 1) ÷ 2, of 900 tokens of run-time input."""
    chat = portfolio.sites[0]
    by = {p.part: p for p in chat.parts}
    history, rest = by["history"], by["run-time input"]
    assert history.tokens_per_call is not None and rest.tokens_per_call is not None
    assert history.tokens_per_call.likely == (100 + 50) * (4 - 1) // 2
    assert history.tokens_per_call.likely + rest.tokens_per_call.likely == 900


def test_a_feature_is_what_its_worksheet_says(portfolio: Portfolio) -> None:
    chat, side = portfolio.features
    per_call = portfolio.sites[0].usd_per_call.likely
    assert chat.per_task.usd is not None and chat.per_outcome.usd is not None and chat.per_month.usd is not None
    assert chat.per_task.usd.likely == per_call * 4
    assert abs(chat.per_outcome.usd.likely - per_call * 4 / Decimal("0.8") / Decimal("0.5")) < Decimal("1e-12")
    assert chat.per_month.usd.likely == per_call * 10_000
    assert side.per_month.usd is None


def test_the_page_shows_what_the_portfolio_holds(portfolio: Portfolio) -> None:
    data = figures(Shown(title="x", portfolio=portfolio))
    features = next(t for t in data["tables"] if t["id"] == "features")
    (chat, _side) = features["rows"]
    month = portfolio.features[0].per_month.known.likely
    assert chat["cells"][5] == [money(month), float(month)]
    assert features["rows"][1]["cells"][5][0] == "unknown"
    shares = [r["amount"] for r in data["data"]["parts"] if r["feature"] == "chat"]
    assert abs(sum(shares) - float(portfolio.sites[0].usd_per_call.likely * 1000)) < 1e-9
    assert {r["paid"] for r in data["data"]["parts"]} == {"full rate", "from cache"}
    (spend,) = data["data"]["spend"]
    assert (spend["feature"], spend["unit"], spend["whole"]) == ("chat", "month", "yes")


def test_places_lead_to_the_line_at_the_commit(portfolio: Portfolio) -> None:
    sites = next(t for t in figures(Shown(title="x", portfolio=portfolio))["tables"] if t["id"] == "sites")
    site = portfolio.sites[0]
    assert sites["rows"][0]["cells"][0][2] == (
        f"https://github.com/acme/app/blob/{'a' * 40}/app/chat.py#L{site.first_line}"
    )
    elsewhere = replace(portfolio, repositories=(replace(portfolio.repositories[0], web_url="javascript:alert(1)//"),))
    sites = next(t for t in figures(Shown(title="x", portfolio=elsewhere))["tables"] if t["id"] == "sites")
    assert {row["cells"][0][2] for row in sites["rows"]} == {""}


def test_the_policy_allows_the_pages_own_scripts_and_style_alone(portfolio: Portfolio) -> None:
    page = render(Shown(title="x", portfolio=portfolio))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.group(1).replace("&#39;", "'").split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "unsafe" not in policy.group(1) and "http" not in policy.group(1) and "*" not in policy.group(1)

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"

    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.S)
    assert [digest(s) for s in scripts] == rules["script-src"].split()
    assert digest(style) == rules["style-src"]
    skeleton = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.S)
    assert not re.search(r"\b(src|href)=\"(?!#)", skeleton)
    assert "<link" not in skeleton


def test_json_within_the_page_ends_nothing() -> None:
    hostile = '</script><!--<script>&\u2028"\\'
    text = as_json({"x": hostile})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"x": hostile}


def test_markdown_says_the_same_and_escapes(portfolio: Portfolio) -> None:
    hostile = replace(portfolio.features[0], feature="a|b <img src=x> @all")
    text = render_markdown(replace(portfolio, features=(hostile, *portfolio.features[1:])), title="x")
    assert str(money(portfolio.features[0].per_month.known.likely)) in text
    assert "<img" not in text and "@all" not in text and "a|b" not in text
    assert "| unknown |" in text


def test_combining_keeps_every_site_and_tells_equal_names_apart(portfolio: Portfolio) -> None:
    other = made(name="acme/other")
    whole = combined([portfolio, other, portfolio])
    assert [r.name for r in whole.repositories] == ["acme/app", "acme/other", "acme/app (2)"]
    assert [s.repository for s in whole.sites] == ["acme/app"] * 2 + ["acme/other"] * 2 + ["acme/app (2)"] * 2
    month, without = portfolio.usd_per_month
    sum_, left = whole.usd_per_month
    assert month is not None and sum_ is not None
    assert (sum_.likely, left) == (month.likely * 3, without * 3)
    assert {g.repository for g in whole.features} == {r.name for r in whole.repositories}
