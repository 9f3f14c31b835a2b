"""Tables, wrapped lines and colours of a page: what needs rich."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.model import NoPrice, PricedSite
from bot.render.escape import visible
from bot.render.numbers import UNKNOWN, Currency, about_tokens, money
from bot.render.page import Changes, Line, Screen, Sites
from bot.render.rows import Row
from bot.render.summary import CALLS, known_input, known_usd_per_1k_calls, usd_per_month
from prompts_scanner.model import Span


def written(parts: Sequence[Line | Changes | Sites], screen: Screen) -> str:
    """The page, without spaces at the ends of lines."""
    console, out = _console(screen)
    for part in parts:
        match part:
            case Line():
                text = _line(part)
                console.print(Padding(text, (0, 0, 0, part.indent)) if part.indent else text)
            case Changes():
                console.print(_rows(part.rows, part.has_months, screen))
            case Sites():
                console.print(_sites(part.sites, screen))
    return _text(out)


def _line(line: Line) -> Text:
    text = Text(style=line.style)
    for piece, style in line.pieces:
        text.append(piece, style=style or None)
    return text


def _sites(sites: tuple[PricedSite, ...], screen: Screen) -> Table:
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
    return table


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
