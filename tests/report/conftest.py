"""A portfolio with known rates, and a browser that opens pages of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bot.advise import advise
from bot.config import Config, parse_config
from bot.model import Advice, Range
from bot.pipeline import inventory, pricer_for
from bot.portfolio import Portfolio, RepositoryPart, Told, portfolio_of
from prompts_scanner.tree import MemoryTree

DAY = date(2026, 11, 25)
# USD per million tokens of input, output, and input read from the cache.
INPUT, OUTPUT, CACHED = Decimal(3), Decimal(15), Decimal("0.3")
POLICY = f"""\
version: 1
features:
  chat:
    match: [{{path: "app/chat.py"}}]
    calls_per_month: 10000
    calls_per_task: 4
    dynamic_input_tokens: 900
    output_tokens: 100
    tool_result_tokens: 50
    cache_hit_share: 0.5
    success_share: 0.8
    outcome: {{name: answered question, share: 0.5}}
  side:
    match: [{{path: "app/side.py"}}]
prices:
  - {{model: "house-*", input_usd_per_mtok: {INPUT}, output_usd_per_mtok: {OUTPUT}, cache_read_usd_per_mtok: {CACHED}}}
"""
CHAT = '''from openai import OpenAI

SYSTEM = """{system}"""
TOOLS = [{{"type": "function", "function": {{"name": "look_up", "description": "Find an order", "parameters":
          {{"type": "object", "properties": {{"id": {{"type": "string"}}}}}}}}}}]


def answer(client: OpenAI, history: list):
    while True:
        done = client.chat.completions.create(
            model="house-large",
            max_tokens=300,
            tools=TOOLS,
            messages=[{{"role": "system", "content": SYSTEM}}, *history],
        )
'''
SIDE = """from openai import OpenAI


def summarise(text: str) -> str:
    done = OpenAI().chat.completions.create(
        model="house-small",
        messages=[{"role": "system", "content": "Summarise in one line."}, {"role": "user", "content": text}],
    )
    return done.choices[0].message.content
"""
FILES = {"app/chat.py": CHAT.format(system="You answer questions about orders. " * 20), "app/side.py": SIDE}


def made(files: dict[str, str] | None = None, policy: str = POLICY, name: str = "acme/app") -> Portfolio:
    config: Config = parse_config(policy, ".aicost.yml")
    found, sites, book = inventory(MemoryTree(files or FILES), config, today=DAY)
    pricer = pricer_for(config, book, DAY, [(s.site, s.site) for s in sites])
    advised = advise(sites, pricer)
    repository = RepositoryPart(
        name=name,
        revision="a" * 40,
        web_url=f"https://github.com/{name}",
        prices_as_of=book.as_of,
        coverage=None,
        together_usd_per_month=advised.together_usd_per_month,
        assumptions=(),
    )
    first = sites[0]
    advice = Advice(
        lever="batch",
        site_id=first.site.id,
        feature=first.feature,
        span=first.site.span,
        title="Send it as a batch",
        saving_usd_per_1k_calls=Range.exactly(Decimal("0.5")),
        saving_usd_per_month=Range.exactly(Decimal(5)),
        confidence="high",
        effort="low",
        why="nobody waits for it",
        edit="use the batch endpoint",
    )
    savings = (*advised.advice, advice)
    return portfolio_of(sites, Told(repository=repository, found=found, savings=savings, tool_version="0", made=DAY))


@pytest.fixture(scope="session")
def portfolio() -> Portfolio:
    return made()


SWITCHES = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def chromium() -> str | None:
    """Chromium on the PATH, under one of its names."""
    return next((f for n in ("chromium", "chromium-browser", "google-chrome") if (f := shutil.which(n))), None)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """Chromium without a window; the switches keep it from asking the network for anything of its own."""
    found = chromium()
    if found is None:
        pytest.skip("NO CHROMIUM: the page is not tested in a browser (make browser installs it on Debian, as root)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        running = engine.chromium.launch(executable_path=found, args=SWITCHES)
        yield running
        running.close()


def opened(browser, file: Path, *, scheme: str = "light", width: int = 1280):
    """The page in a tab, and what went wrong on it: errors, requests, dialogs."""
    tab = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    trouble: list[str] = []
    tab.on("console", lambda m: trouble.append(f"{m.type}: {m.text}"))
    tab.on("pageerror", lambda e: trouble.append(f"error: {e}"))
    tab.on(
        "request", lambda r: trouble.append(f"request: {r.url}") if not r.url.startswith(("file:", "data:")) else None
    )
    tab.on("dialog", lambda d: (trouble.append(f"dialog: {d.message}"), d.dismiss()))
    tab.goto(file.as_uri())
    tab.wait_for_selector("html[data-ready=yes]", timeout=60_000)
    return tab, trouble
