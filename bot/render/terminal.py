"""The review for a terminal. Text of the repository is shown with `visible`: no control character reaches the terminal.

Without colour the text is the same, so that a log reads like the screen.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Final

from bot.model import Advice, Coverage, PricedSite, Review
from bot.render.escape import visible
from bot.render.numbers import Currency, count, money_range
from bot.render.page import USUAL, Changes, Page, Screen, Sites
from bot.render.rows import Reason, Row
from bot.render.summary import usd_per_month
from bot.render.view import coverage, joint_saving, revision, sources, view
from prompts_scanner.model import Gap, Scan

MARKS: Final = {"pass": "ok", "warn": "warn", "fail": "FAIL", "unknown": "?"}
STYLES: Final = {"up": "red", "down": "green", "none": "green", "mixed": "yellow", "unknown": "yellow"}


def render(review: Review, screen: Screen = USUAL) -> str:
    shown = view(review, screen.currency)
    page = Page(screen)
    head = shown.headline
    lead = f"{head.lead}: " if head.lead else ""
    rest = [(f"  {visible(part)}", "") for part in (head.rest, shown.badge) if part]
    page.say((lead, ""), (visible(head.amount), f"bold {STYLES[review.direction]}"), *rest, style="bold")
    for part in head.second:
        page.say((visible(part), ""))
    if shown.rows:
        page.say()
        page.parts.append(Changes(shown.rows, shown.has_months))
    _list(page, "Budgets", (_finding(f.outcome, f.budget, f.actual, f.limit) for f in review.verdict.findings))
    ways = [_advice(a, screen.currency) for a in review.advice[: screen.max_advice]]
    joint = joint_saving(review, screen.max_advice, screen.currency)
    _list(page, "Cheaper ways", [*ways, joint] if ways and joint else ways)
    _list(page, "Not read, so not in any number above", (_gap(g) for g in shown.new_gaps[: screen.max_gaps]))
    if shown.rows:
        _list(page, "Where each number comes from", _causes(shown.rows))
    notes = [*shown.assumptions, *shown.coverage, *sources(review)[:8]]
    if shown.noise:
        notes.append(shown.noise)
    notes.append(
        f"Price snapshot of {review.prices_as_of.isoformat()}. Compared {review.base[:12]} with {revision(review.head)}."
    )
    _list(page, "Assumptions, prices, what was read", notes)
    old = shown.old_gaps
    if old:
        more = f", the first {screen.max_gaps}" if len(old) > screen.max_gaps else ""
        _list(page, f"{count(len(old))} older gaps{more}", (_gap(g) for g in old[: screen.max_gaps]))
    return page.text()


def render_scan(found: Scan, sites: tuple[PricedSite, ...], read: Coverage, as_of: date, screen: Screen) -> str:
    """The call sites of one tree, what a call of each costs, and what else was found."""
    page = Page(screen)
    if sites:
        page.parts.append(Sites(sites))
    else:
        page.say(("No LLM calls found.", ""))
    things = [
        (len(found.prompts), "prompts"), (len(found.tools), "tools"), (len(found.retrieval), "retrieval settings"),
    ]  # fmt: skip
    _list(page, "Also found", [", ".join(f"{count(n)} {what}" for n, what in things)])
    _list(page, "What was read", [*coverage(read, sites), f"Price snapshot of {as_of.isoformat()}."])
    _list(page, "For more numbers", _for_more(sites))
    gaps = found.gaps
    _list(page, f"{count(len(gaps))} gaps" if gaps else "", (_gap(g) for g in gaps[: screen.max_gaps]))
    return page.text()


def _for_more(sites: tuple[PricedSite, ...]) -> list[str]:
    """What would make known what most rows lack."""
    out = []
    loose = [s for s in sites if not any(name for name, _ in s.candidates)]
    if loose:
        # The shortest way to one number: a place with one call site is named by it.
        places = Counter(s.site.span.path for s in sites)
        lone = next((s for s in loose if places[s.site.span.path] == 1), loose[0])
        place = lone.site.span.path + ("" if places[lone.site.span.path] == 1 else f":{lone.site.span.first_line}")
        out += [
            f"{count(len(loose))} of {count(len(sites))} call sites choose their model at run time: name it under `models:` "
            "of .aicost.yml (aicost-review init writes the lines).",
            f"To try one: aicost-review whatif {_argument(place)} --model gpt-4o-mini",
        ]
    if sites and all(usd_per_month(s) is None for s in sites):
        out.append(
            "No month is known: calls_per_month, dynamic_input_tokens and output_tokens of a feature in .aicost.yml, or "
            "aicost-review profile build LOG."
        )
    return out


def _argument(place: str) -> str:
    """A place as a shell takes it."""
    return shlex.quote(place)


# -- pieces ------------------------------------------------------------------------------------------------------------


def _causes(rows: tuple[Row, ...]) -> list[str]:
    out = []
    for row in rows:
        if not row.is_call:
            continue
        name = f"{row.feature} · {row.label}" if row.feature else row.label
        out.append(f"{name}: {row.basis}")
        out += [f"  {_reason(r)}" for r in row.reasons]
    return out


def _reason(reason: Reason) -> str:
    parts = [p for p in (reason.tokens, reason.amount and f"{reason.amount} per 1,000 calls", reason.aside) if p]
    return f"{reason.words} ({reason.span.path}:{reason.span.first_line}) {', '.join(parts)}"


def _finding(outcome: str, budget: str, actual: str, limit: str) -> str:
    return f"{MARKS[outcome]:<5} {budget}: {actual} (wanted: {limit})"


def _advice(advice: Advice, currency: Currency) -> str:
    saving = ""
    if advice.saving_usd_per_month is not None:
        saving = f": {money_range(-advice.saving_usd_per_month, currency, signed=True)}/month"
    elif advice.saving_usd_per_1k_calls is not None:
        saving = f": {money_range(-advice.saving_usd_per_1k_calls, currency, signed=True)} per 1,000 calls"
    return f"{advice.title}{saving}. {advice.why} ({advice.span.path}:{advice.span.first_line})"


def _gap(gap: Gap) -> str:
    return f"{gap.span.path}:{gap.span.first_line} {gap.reason}"


def _list(page: Page, title: str, lines: Iterable[str]) -> None:
    shown = [visible(line, 600) for line in lines]
    if not shown:
        return
    page.say()
    if title:
        page.say((title, ""), style="bold")
    for line in shown:
        indent = len(line) - len(line.lstrip())
        page.say((line.strip(), ""), indent=2 + indent)
