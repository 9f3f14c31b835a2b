"""A page for a terminal as lines and tables. Lines that fit and have no colour are written as they are.

rich lays out the tables, wraps what is longer and colours; a review without any of it does not load rich.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bot.model import PricedSite
from bot.render.numbers import USD, Currency
from bot.render.rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What it is shown on."""

    width: int = 120
    colour: bool = False
    currency: Currency = USD
    max_gaps: int = 10
    max_advice: int = 3


USUAL: Final = Screen()


@dataclass(frozen=True, slots=True)
class Line:
    """`pieces`: texts with their styles, over the `style` of the line; `indent`: columns before each row of it."""

    pieces: tuple[tuple[str, str], ...]
    style: str = ""
    indent: int = 0

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)

    def fits(self, width: int) -> bool:
        """Whether each character takes one column and all are within `width`."""
        text = self.text
        return text.isascii() and text.isprintable() and self.indent + len(text) <= width


@dataclass(frozen=True, slots=True)
class Changes:
    """The table of a review."""

    rows: tuple[Row, ...]
    has_months: bool


@dataclass(frozen=True, slots=True)
class Sites:
    """The table of a scan."""

    sites: tuple[PricedSite, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What is shown, from the top."""

    screen: Screen
    parts: list[Line | Changes | Sites] = field(default_factory=list)

    def say(self, *pieces: tuple[str, str], style: str = "", indent: int = 0) -> None:
        self.parts.append(Line(pieces, style, indent))

    def text(self) -> str:
        """As it is written, without spaces at the ends of lines."""
        plain = [p for p in self.parts if isinstance(p, Line) and p.fits(self.screen.width)]
        if not self.screen.colour and len(plain) == len(self.parts):
            return "".join(f"{' ' * line.indent}{line.text}".rstrip() + "\n" for line in plain)
        from bot.render.terminal_rich import written  # noqa: PLC0415

        return written(self.parts, self.screen)
