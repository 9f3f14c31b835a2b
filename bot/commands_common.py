"""What `diff`, `scan`, `explain` and the commands like them share: their options, and where a change starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from bot import console
from bot.render.numbers import SYMBOLS, USD, Currency
from bot.render.page import Screen

if TYPE_CHECKING:
    from bot.config import Config
    from bot.model import Review
    from bot.revisions import Repository

Format = Literal["terminal", "markdown", "json"]
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What every command of this module is told."""

    path: Path
    today: date
    everything: bool
    quiet: bool
    verbose: bool
    use_cache: bool


def _day(_: click.Context, __: click.Parameter, text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date; write YYYY-MM-DD") from None


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that the three commands share."""

    def wrapped(
        path: Path, today: date, everything: bool, quiet: bool, verbose: bool, use_cache: bool, **rest: Any
    ) -> Any:
        run = Run(path=path, today=today, everything=everything, quiet=quiet, verbose=verbose, use_cache=use_cache)
        return command(run, **rest)

    wrapped.__doc__ = command.__doc__
    options: tuple[Decorator, ...] = (
        click.option("--all", "everything", is_flag=True, help="Count tests, examples and documentation too."),
        click.option("--on", "today", callback=_day, metavar="DATE", help="Price as of this day; default today."),
        click.option("-q", "--quiet", is_flag=True, help="No notes and no progress on stderr."),
        click.option("-v", "--verbose", is_flag=True, help="Say each step on stderr."),
        click.option(
            "--no-cache", "use_cache", is_flag=True, flag_value=False, default=True, help="Parse every file anew."
        ),
    )
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


PATH = click.argument("path", type=click.Path(path_type=Path), default=Path())
OUT = click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead.")


def where_it_starts(repo: Repository, base: str | None, head: str | None) -> tuple[str, list[str]]:
    """The commit to compare with: of two lines of work their merge base, so that only the head's own change counts."""
    if base is None:
        return repo.default_base(head), []
    tip, other = repo.resolve("HEAD" if head is None else head), repo.resolve(base)
    if tip == other:
        return other, []
    fork = repo.merge_base(other, tip)
    if fork == other:
        return other, []
    if fork == tip:
        return other, [f"The head is older than {base}: the change shown leads back to it."]
    return fork, [f"Compared with {fork[:12]}, where the change left {base}: what {base} gained since is not counted."]


def rendered(result: Review, config: Config | None, form: Format, *, to_file: bool) -> str:
    """The review as the policy says; None where there is none."""
    money = currency(config) if config is not None else USD
    if form == "json":
        from bot.render import json_report  # noqa: PLC0415

        return json_report.render(result)
    if form == "markdown":
        from bot.render import markdown  # noqa: PLC0415

        layout = markdown.COMMENT
        if config is not None:
            rows, advice = config.comment.max_rows, config.advice.max_items
            layout = replace(layout, currency=money, max_rows=rows, max_advice=advice)
        return markdown.render(result, layout)
    from bot.render import terminal  # noqa: PLC0415

    shown = screen(money, to_file=to_file)
    return terminal.render(result, shown if config is None else replace(shown, max_advice=config.advice.max_items))


def screen(money: Currency, *, to_file: bool) -> Screen:
    return Screen(width=console.width_columns(), colour=not to_file and console.colour_wanted(), currency=money)


def currency(config: Config) -> Currency:
    """The configured currency, for a renderer."""
    own = config.currency
    symbol = SYMBOLS.get(own.code, f"{own.code} ")
    return Currency(
        code=own.code, symbol=symbol, per_usd=own.per_usd, source=f"`currency` in {config.name}", as_of=own.as_of
    )
