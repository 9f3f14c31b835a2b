"""The review for a terminal. Text of the repository is shown with `visible`: no control character reaches the terminal.

Without colour the text is the same, so that a log reads like the screen.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.model import Advice, Coverage, NoPrice, PricedSite, Review
from bot.render.escape import visible
from bot.render.numbers import UNKNOWN, USD, Currency, about_tokens, count, money, money_range
from bot.render.rows import Reason, Row
from bot.render.summary import CALLS, known_input, known_usd_per_1k_calls, usd_per_month
from bot.render.view import coverage, joint_saving, revision, sources, view
from prompts_scanner.model import Gap, Scan, Span

MARKS: Final = {"pass": "ok", "warn": "warn", "fail": "FAIL", "unknown": "?"}
STYLES: Final = {"up": "red", "down": "green", "none": "green", "mixed": "yellow", "unknown": "yellow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What it is shown on."""

    width: int = 120
    colour: bool = False
    currency: Currency = USD
    max_gaps: int = 10
    max_advice: int = 3


def render(review: Review, screen: Screen = Screen()) -> str:
    shown = view(review, screen.currency)
    console, out = _console(screen)
    head = shown.headline
    lead = f"{head.lead}: " if head.lead else ""
    line = Text(lead, style="bold").append(visible(head.amount), style=f"bold {STYLES[review.direction]}")
    for part in (head.rest, shown.badge):
        if part:
            line.append(f"  {visible(part)}")
    console.print(line)
    for part in head.second:
        console.print(Text(visible(part)))
    if shown.rows:
        console.print()
        console.print(_rows(shown.rows, shown.has_months, screen))
    _list(console, "Budgets", (_finding(f.outcome, f.budget, f.actual, f.limit) for f in review.verdict.findings))
    ways = [_advice(a, screen.currency) for a in review.advice[: screen.max_advice]]
    joint = joint_saving(review, screen.max_advice, screen.currency)
    _list(console, "Cheaper ways", [*ways, joint] if ways and joint else ways)
    _list(console, "Not read, so not in any number above", (_gap(g) for g in shown.new_gaps[: screen.max_gaps]))
    if shown.rows:
        _list(console, "Where each number comes from", _causes(shown.rows))
    notes = [*shown.assumptions, *shown.coverage, *sources(review)[:8]]
    if shown.noise:
        notes.append(shown.noise)
    notes.append(
        f"Price snapshot of {review.prices_as_of.isoformat()}. Compared {review.base[:12]} with {revision(review.head)}."
    )
    _list(console, "Assumptions, prices, what was read", notes)
    old = shown.old_gaps
    if old:
        more = f", the first {screen.max_gaps}" if len(old) > screen.max_gaps else ""
        _list(console, f"{count(len(old))} older gaps{more}", (_gap(g) for g in old[: screen.max_gaps]))
    return _text(out)


def render_scan(found: Scan, sites: tuple[PricedSite, ...], read: Coverage, as_of: date, screen: Screen) -> str:
    """The call sites of one tree, what a call of each costs, and what else was found."""
    console, out = _console(screen)
    table = _table(
        "Call site", "Model", "Input tokens", "Per 1,000 calls", "Per month", "Not counted", numbers=(2, 3, 4)
    )
    places = [f"{s.site.span.path}:{s.site.span.first_line}" for s in sites]
    room = _place_room(screen, [*places, *(text for s in sites for text in (s.feature, s.site.symbol))])
    table.columns[0].width = room
    for site in sorted(sites, key=_dearest, reverse=True):
        month = usd_per_month(site)
        table.add_row(
            _where(site.site.span, site.feature, site.site.symbol, room=room),
            Text(visible(_model(site))),
            Text(about_tokens(tokens) if (tokens := known_input(site)) is not None else UNKNOWN),
            Text(_known_per_1k(site, screen.currency)),
            Text("–" if month is None else money(month.likely, screen.currency)),
            Text(visible(", ".join(dict.fromkeys(line.part for line in site.cost.unknown)) or "–")),
        )
    console.print(table if sites else Text("No LLM calls found."))
    things = [
        (len(found.prompts), "prompts"), (len(found.tools), "tools"), (len(found.retrieval), "retrieval settings"),
    ]  # fmt: skip
    _list(console, "Also found", [", ".join(f"{count(n)} {what}" for n, what in things)])
    _list(console, "What was read", [*coverage(read, sites), f"Price snapshot of {as_of.isoformat()}."])
    _list(console, "For more numbers", _for_more(sites))
    gaps = found.gaps
    _list(console, f"{count(len(gaps))} gaps" if gaps else "", (_gap(g) for g in gaps[: screen.max_gaps]))
    return _text(out)


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


def _known_per_1k(site: PricedSite, currency: Currency) -> str:
    known = known_usd_per_1k_calls(site)
    return UNKNOWN if known is None or isinstance(site.rates, NoPrice) else money(known.likely, currency)


def _per_1k(site: PricedSite) -> Decimal:
    return site.cost.usd_per_call.likely * CALLS


def _dearest(site: PricedSite) -> tuple[Decimal, Decimal]:
    month = usd_per_month(site)
    return (month.likely if month is not None else Decimal(0), _per_1k(site))


def _model(site: PricedSite) -> str:
    names = [name for name, _ in site.candidates if name]
    if not names:
        return "chosen at run time"
    more = f" or {len(names) - 1} more" if len(names) > 1 else ""
    price = " (no price)" if isinstance(site.rates, NoPrice) else ""
    return f"{names[0]}{more}{price}"


# -- pieces ------------------------------------------------------------------------------------------------------------


def _console(screen: Screen) -> tuple[Console, StringIO]:
    out = StringIO()
    console = Console(
        file=out,
        width=screen.width,
        force_terminal=screen.colour,
        color_system="standard" if screen.colour else None,
        no_color=not screen.colour,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    return console, out


def _text(out: StringIO) -> str:
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


def _table(*names: str, numbers: tuple[int, ...]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, expand=False)
    for i, name in enumerate(names):
        table.add_column(name, justify="right" if i in numbers else "left", overflow="fold")
    return table


def _rows(rows: tuple[Row, ...], has_months: bool, screen: Screen) -> Table:
    names = ["Call site", "What changed", "Tokens in / out", "Per 1,000 calls"]
    table = _table(*names, *(["Per month"] if has_months else []), numbers=(2, 3, 4))
    places = [f"{s.path}:{s.first_line}" for row in rows for s in (row.span, *row.also[:4])]
    room = _place_room(screen, [*places, *(text for row in rows for text in (row.feature, row.label))])
    table.columns[0].width = room
    for row in rows:
        what = "\n".join(
            visible(g.words)
            + (f" ({g.share})" if g.share and len(row.groups) > 1 else "")
            + (f"\n  {g.aside}" if g.aside else "")
            for g in row.groups
        )
        tokens = f"{row.input_tokens}\n/ {row.output_tokens}" if row.is_call else row.input_tokens
        cells = [_where(row.span, row.feature, row.label, row.also, room), Text(what), _cell(tokens), _cell(row.per_1k)]
        table.add_row(*cells, *([_cell(row.per_month, "bold")] if has_months else []))
    return table


def _cell(text: str, style: str = "") -> Text:
    """A figure and what is unknown beside it, one below the other: columns stay narrow."""
    return Text(text.replace(" + ", "\n+ "), style=style)


def _place_room(screen: Screen, texts: Sequence[str]) -> int:
    """Columns for a feature, a name and a place: as many as the longest needs, at most three tenths of the screen."""
    longest = max((len(visible(text)) for text in ("Call site", *texts)), default=0)
    return min(longest, screen.width * 3 // 10)


def _folded(place: str, room: int) -> str:
    """A path on as many lines as it needs, broken after folders where they fit."""
    lines = [""]
    for part in re.split(r"(?<=/)", place):
        if lines[-1] and len(lines[-1]) + len(part) > room:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _where(span: Span, feature: str, label: str, also: tuple[Span, ...] = (), room: int = 0) -> Text:
    text = Text()
    if feature:
        text.append(f"{visible(feature)}\n", style="bold")
    shown = [visible(f"{s.path}:{s.first_line}") for s in (span, *also[:4])]
    places = "\n".join(_folded(place, room) if room else place for place in shown)
    more = f"\nand {len(also) - 4} more places" if len(also) > 4 else ""
    return text.append(f"{visible(label)}\n").append(places + more, style="dim")


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


def _list(console: Console, title: str, lines: Iterable[str]) -> None:
    shown = [visible(line, 600) for line in lines]
    if not shown:
        return
    console.print()
    if title:
        console.print(Text(title, style="bold"))
    for line in shown:
        indent = len(line) - len(line.lstrip())
        console.print(Padding(Text(line.strip()), (0, 0, 0, 2 + indent)))
