"""Lines that are written as they are look as rich would write them."""

from __future__ import annotations

import pytest

from bot.render.page import Line, Page, Screen
from bot.render.terminal_rich import written

LINES = (
    Line((("No cost change found", "bold green"),), "bold"),
    Line((("AI cost: ", ""), ("goes up", "bold red"), ("  over budget", "")), "bold"),
    Line(()),
    Line((("spaces at the end   ", ""),), "", 2),
    Line((("[bold]no markup[/bold] :smile: 1,234 https://example.com", ""),), "", 4),
    Line((("", ""),), "", 2),
    Line((("exactly as wide as the screen is, forty.", ""),)),
)


@pytest.mark.parametrize("line", LINES)
def test_plain_lines_are_the_same(line: Line) -> None:
    screen = Screen(width=40 if line is LINES[-1] else 80)
    assert line.fits(screen.width)
    page = Page(screen, [line, Line((("after", ""),))])
    assert page.text() == written(page.parts, screen)


@pytest.mark.parametrize(
    "line",
    [
        Line((("x" * 41, ""),)),
        Line((("x" * 39, ""),), "", 2),
        Line((("two columns: \u6f22", ""),)),
        Line((("a\ttab", ""),)),
        Line((("two\nlines", ""),)),
    ],
)
def test_all_others_are_laid_out(line: Line) -> None:
    assert not line.fits(40)
    page = Page(Screen(width=40), [line])
    assert page.text() == written(page.parts, page.screen)
