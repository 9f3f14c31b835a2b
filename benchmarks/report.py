"""How long the report's page takes to open: python benchmarks/report.py [--sites 2000] [--features 100] [--rounds 5]

Makes two pages, one with so many call sites and features and one with a single site, and opens them in turn in the same
Chromium (as `tests/report` does). Printed: seconds from the navigation to the last chart drawn, as the page itself
measures them, for both, and their ratio; and the size of the page.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import Browser, sync_playwright

from bot.portfolio import Portfolio
from bot.render.html import Shown, render
from tests.report.conftest import SWITCHES, chromium, made


def page_of(portfolio: Portfolio, sites: int, features: int) -> str:
    """The page of the first site and feature, so many times."""
    site, feature = portfolio.sites[0], portfolio.features[0]
    many = replace(
        portfolio,
        features=tuple(replace(feature, feature=f"feature {n}", sites=sites // features) for n in range(features)),
        sites=tuple(
            replace(site, id=f"{n}", feature=f"feature {n % features}", path=f"app/file{n}.py") for n in range(sites)
        ),
        savings=tuple(portfolio.savings[0] for _ in range(min(sites, 300))),
    )
    return render(Shown(title=f"{sites} call sites", portfolio=many))


def opened_seconds(browser: Browser, file: Path) -> float:
    tab = browser.new_page()
    tab.goto(file.as_uri())
    tab.wait_for_selector("html[data-ready]", timeout=120_000)
    seconds = float(tab.get_attribute("html", "data-ready-ms") or "nan") / 1000
    tab.close()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=2000)
    parser.add_argument("--features", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    program = chromium()
    if program is None:
        sys.exit("There is no chromium: make browser")
    portfolio = made()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as engine:
        large, small = Path(folder) / "large.html", Path(folder) / "small.html"
        large.write_text(page_of(portfolio, wanted.sites, wanted.features), encoding="utf-8")
        small.write_text(page_of(portfolio, 1, 1), encoding="utf-8")
        browser = engine.chromium.launch(executable_path=program, args=list(SWITCHES))
        times: dict[Path, list[float]] = {large: [], small: []}
        for _ in range(wanted.rounds):
            for file, seconds in times.items():
                seconds.append(opened_seconds(browser, file))
        browser.close()
        a, b = (statistics.median(times[f]) for f in (large, small))
        print(f"{wanted.sites:,} call sites, {wanted.features} features: {large.stat().st_size / 1e6:.1f} MB")
        print(f"  opened in {a:.2f} s (median; {min(times[large]):.2f} to {max(times[large]):.2f})")
        print(f"1 call site: {small.stat().st_size / 1e6:.1f} MB, opened in {b:.2f} s; ratio {a / b:.2f}")


if __name__ == "__main__":
    main()
