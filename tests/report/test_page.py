"""The page in a real browser: it draws, filters and sorts, runs nothing of a repository's text, and is accessible."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.history import History, Point
from bot.portfolio import Portfolio, combined
from bot.render.html import Shown, render
from bot.render.numbers import money
from tests.report.conftest import made, opened

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'`${alert(3)}{{7*7}}"
SITES = 2_000


def hostile() -> Portfolio:
    """Every text that a repository can choose says something that must not be done."""
    one = made(name="acme/evil")
    saving = replace(one.savings[0].advice, title=HOSTILE, why=HOSTILE, edit=HOSTILE, feature=HOSTILE)
    return replace(
        one,
        repositories=(replace(one.repositories[0], name=HOSTILE, assumptions=(HOSTILE,)),),
        features=tuple(replace(f, feature=HOSTILE, repository=HOSTILE, outcome_name=HOSTILE) for f in one.features[:1]),
        sites=tuple(
            replace(
                s, repository=HOSTILE, feature=HOSTILE, path=HOSTILE, symbol=HOSTILE, models=(HOSTILE,), sdk=HOSTILE,
                traffic_source=HOSTILE, parts=tuple(replace(p, label=HOSTILE, source=HOSTILE) for p in s.parts),
            )
            for s in one.sites
        ),
        savings=(replace(one.savings[0], repository=HOSTILE, advice=saving),),
    )  # fmt: skip


def many(portfolio: Portfolio) -> Portfolio:
    """2,000 call sites of 100 features."""
    site, feature = portfolio.sites[0], portfolio.features[0]
    return replace(
        portfolio,
        features=tuple(replace(feature, feature=f"feature {n}", sites=SITES // 100) for n in range(100)),
        sites=tuple(
            replace(site, id=f"{n}", feature=f"feature {n % 100}", path=f"app/file{n}.py") for n in range(SITES)
        ),
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, portfolio: Portfolio) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    two = combined([portfolio, made(name="acme/other")])
    shown = {
        "two": Shown(title="Two", portfolio=two, history=past(two)),
        "hostile": Shown(title=HOSTILE, portfolio=hostile(), lead=(HOSTILE,)),
        "many": Shown(title="Many", portfolio=many(portfolio)),
    }
    for name, one in shown.items():
        (folder / f"{name}.html").write_text(render(one), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in shown}


def past(portfolio: Portfolio) -> History:
    from datetime import UTC, datetime

    from bot.history import FeaturePoint, UnitCosts
    from bot.pull_requests import PullRequest

    def point(day: int, factor: int, kind: str) -> Point:
        features = []
        for one in portfolio.features[:2]:
            costs = UnitCosts(
                per_call=one.per_call.times(factor), dearest_call=one.per_call, per_task=one.per_task, per_outcome=one.per_outcome, per_month=one.per_month
            )  # fmt: skip
            features.append(FeaturePoint(feature=one.feature, sites=1, models=("house-large",), then=costs, now=costs))
        return Point(
            kind=kind, at=datetime(2026, 11, day, tzinfo=UTC), commit="b" * 40, subject=f"Change {day}",
            pull_request=PullRequest(number=day, url=f"https://github.com/acme/app/pull/{day}"),
            features=tuple(features), changed=("chat",) if kind == "commit" else (),
        )  # type: ignore[arg-type]  # fmt: skip

    points = (point(1, 1, "start"), point(9, 3, "commit"), point(20, 2, "commit"), point(25, 2, "end"))
    return History(
        points=points, commits=9, first=points[0].at.date(), prices_as_of=portfolio.made, undated=("house-large",)
    )


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_it_draws_without_an_error_and_without_the_network(browser, pages, scheme: str, width: int) -> None:
    tab, trouble = opened(browser, pages["two"], scheme=scheme, width=width)
    assert tab.locator(".chart svg").count() == 3
    assert tab.locator("#chart-spend svg path[aria-roledescription=bar]").count() == 2
    assert tab.locator("#chart-parts svg path[aria-roledescription=bar]").count() > 8
    assert trouble == []
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    tab.close()


def test_axe_finds_no_violation(browser, pages) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        tab, _ = opened(browser, pages["two"], scheme=scheme)
        tab.locator("#sites td.fold button").first.click()
        found = Axe().run(tab)
        assert found.violations_count == 0, found.generate_report()
        tab.close()


def test_filters_search_sort_and_details(browser, pages, portfolio: Portfolio) -> None:
    tab, trouble = opened(browser, pages["two"])
    rows = tab.locator("#sites tbody tr")
    assert rows.count() == 4
    tab.select_option("select[name=repository]", "acme/other")
    assert rows.count() == 2
    assert tab.locator("#said").inner_text() == "Only repository acme/other."
    tab.select_option("select[name=feature]", "side")
    assert rows.count() == 1
    assert tab.locator("#chart-spend .empty").count() == 1, "the side feature has no known month"
    tab.click("button[type=reset]")
    tab.wait_for_selector("#sites tbody tr:nth-child(4)")
    tab.fill("#search-sites", "side")
    assert rows.count() == 2
    tab.fill("#search-sites", "")
    head = tab.locator("#sites thead th").nth(5)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert "app/side.py" in rows.first.inner_text()
    fold = tab.locator("#sites td.fold button").last
    fold.focus()
    tab.keyboard.press("Enter")
    assert fold.get_attribute("aria-expanded") == "true"
    unfolded = tab.locator("#sites tr.details").inner_text()
    assert "system prompt" in unfolded and "from cache" in unfolded and "history of earlier turns" in unfolded
    assert str(money(portfolio.sites[0].worst_case_usd_per_call * 1000)) in unfolded
    tab.locator("#features td.fold button").first.click()
    tab.get_by_role("button", name="Show its call sites").click()
    assert tab.evaluate("document.activeElement.id") == "sites-title"
    assert rows.count() == 2
    tab.select_option("#variant-parts", "amounts")
    tab.select_option("select[name=theme]", "dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 19, 24)"
    assert trouble == []
    tab.close()


def test_what_moved_it_leads_to_the_pull_request(browser, pages) -> None:
    tab, _ = opened(browser, pages["two"])
    link = tab.locator("#moves tbody a").first
    assert link.get_attribute("href") == "https://github.com/acme/app/pull/9"
    assert link.get_attribute("rel") == "noreferrer noopener"
    assert tab.locator("#moves tbody tr").count() == 2
    tab.close()


def test_text_of_a_repository_is_shown_and_never_done(browser, pages) -> None:
    tab, trouble = opened(browser, pages["hostile"])
    for button in tab.locator("td.fold button").all():
        button.click()
    tab.locator("#chart-parts svg path[aria-roledescription=bar]").first.hover()
    tab.wait_for_timeout(200)
    assert trouble == []
    assert tab.locator("img").count() == 0
    assert tab.locator("script:not([type])").count() == 2
    assert "<img src=x onerror=alert(2)>" in tab.locator("#sites").inner_text()
    assert "<img src=x onerror=alert(2)>" in tab.locator("h1").inner_text()
    tab.close()


def test_two_thousand_sites_are_drawn_fifty_at_a_time(browser, pages) -> None:
    tab, trouble = opened(browser, pages["many"])
    rows = tab.locator("#sites tbody tr")
    assert rows.count() == 50
    assert "50 of 2,000" in tab.locator("#sites").inner_text()
    tab.locator("#sites button.more").click()
    assert rows.count() == 250
    tab.fill("#search-sites", "file1999.py")
    assert rows.count() == 1
    tab.select_option("select[name=feature]", "feature 7")
    tab.fill("#search-sites", "")
    assert "20 rows" in tab.locator("#sites").inner_text()
    assert trouble == []
    tab.close()


def test_it_prints_whole_tables(browser, pages) -> None:
    tab, _ = opened(browser, pages["many"])
    tab.emulate_media(media="print")
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert tab.locator("#sites tbody tr").count() == 500
    assert not tab.locator("#filters").is_visible()
    tab.close()


def test_no_table_is_cut_off_on_paper(browser, pages) -> None:
    """A4 upright between margins of a centimetre is 720 CSS pixels wide (210 mm - 20 mm at 96 a 25.4 mm)."""
    tab, _ = opened(browser, pages["two"], width=720)
    tab.emulate_media(media="print")
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    widths = tab.evaluate("[...document.querySelectorAll('table')].map((t) => t.getBoundingClientRect().right)")
    assert len(widths) == 5 and max(widths) <= 720
    tab.close()
