"""`aicost-review report` and `combine`: what is spent, by feature, as a page, as markdown or as JSON."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import click

from bot import __version__, console
from bot.advise import advise
from bot.commands_common import Run, common, currency
from bot.commands_history import read_history, since_option
from bot.commands_quarter import quarter_command
from bot.commands_review import open_parser
from bot.config import Config, load_config
from bot.errors import EXIT_OK, ReviewError
from bot.focus import COLUMNS, Account, Month, rows_of
from bot.history import History
from bot.pipeline import assumptions_of, contexts_for, coverage_of, inventory, price_book, pricer_for, settings_of
from bot.portfolio import Portfolio, RepositoryPart, Told, combined, portfolio_of
from bot.portfolio_tables import TABLES, Load, tables_of
from bot.pull_requests import web_url_of
from bot.render.history import csv_text
from bot.render.numbers import USD, Currency
from bot.render.portfolio_text import render_markdown
from bot.revisions import Repository, open_repository
from prompts_scanner.tree import FileTree

Format = Literal["markdown", "json"]
_HTML = click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write one page that needs no network; with the extra: aicost-review[report].",
)  # fmt: skip
_FORMAT = click.option(
    "--format", "form", type=click.Choice(["markdown", "json"]), default="markdown", show_default=True
)
_FORMATS = click.option(
    "--format", "form", type=click.Choice(["markdown", "json", "focus"]), default="markdown", show_default=True,
    help="focus: a month of every call site as CSV in the columns of FOCUS 1.2.",
)  # fmt: skip
_SINK = click.option(
    "--sink", metavar="TARGET",
    help="Also write flat tables: Parquet files in a folder, or rows in a database (duckdb://FILE, postgres://...).",
)  # fmt: skip
_OUT = click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead.")


@click.command("report")
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@click.option("--rev", metavar="REV", help="The revision to report on; default: the work tree, HEAD if bare.")
@click.option(
    "--since", callback=since_option, default="90d", show_default=True, metavar="TIME",
    help="How far back the page's history goes: 90d, 12w, 6m, 2y, a day, or start.",
)  # fmt: skip
@click.option("--quarter", metavar="QUARTER", help="Review a quarter instead, such as 2026-Q3.")
@click.option(
    "--reviews", multiple=True, type=click.Path(path_type=Path, exists=True), metavar="PATH",
    help="Stored reviews of the quarter, files or folders: who accepted what.",
)  # fmt: skip
@click.option("--no-history", is_flag=True, help="Leave the history out of the page: no older commit is read.")
@click.option("--repo-url", metavar="URL", help="The repository's page, for links; default: told from `origin`.")
@_HTML
@_FORMATS
@click.option("--billing-account", metavar="ID", default="unassigned", help="FOCUS: the account that the rows are for.")
@_SINK
@_OUT
@common
def report_command(
    run: Run,
    rev: str | None,
    since: date | int | None,
    quarter: str | None,
    reviews: tuple[Path, ...],
    no_history: bool,
    repo_url: str | None,
    html: Path | None,
    form: Literal["markdown", "json", "focus"],
    billing_account: str,
    sink: str | None,
    out: Path | None,
) -> int:
    """Report what is spent, by feature: call, task, outcome, month; what a call pays for; savings; gaps.

    \b
    Examples:
      aicost-review report --html cost.html            one page for a browser, with the last 90 days
      aicost-review report --format json --out app.json      what `combine` puts together
      aicost-review report --quarter 2026-Q3 --reviews reviews/ --html q3.html
      aicost-review report --format focus --on 2026-10-31 --out october.csv
    """
    with open_repository(run.path) as repo:
        if quarter is not None:
            return quarter_command(
                run, repo, quarter, rev=rev, repo_url=repo_url, reviews=reviews, html=html, form=form, out=out
            )
        if form == "focus":
            return focus_command(run, repo, rev=rev, repo_url=repo_url, account=billing_account, out=out)
        portfolio, config = read_portfolio(run, repo, rev=rev, repo_url=repo_url)
        found: History | None = None
        if (html is not None or sink is not None) and not no_history:
            found, _ = read_history(run, repo, since=since, rev=rev, repo_url=repo_url)
    title = f"AI cost of {portfolio.repositories[0].name}"
    return tell(portfolio, title, currency(config), html=html, form=form, sink=sink, out=out, history=found)


@click.command("combine")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@_HTML
@_FORMAT
@_SINK
@_OUT
def combine_command(
    files: tuple[Path, ...], html: Path | None, form: Format, sink: str | None, out: Path | None
) -> int:
    """Put reports, reviews and inventories of many repositories into one report.

    FILES are what `report`, `diff` and `scan` write with --format json. A repository that a file does not name is named
    after the file.

    \b
    Examples:
      aicost-review combine reports/*.json --html all.html
      aicost-review combine a.json b.json --format json --out both.json
    """
    from bot.render.json_portfolio import read_any  # noqa: PLC0415

    found = []
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise ReviewError(f"{file} cannot be read ({error.strerror}).", "Give JSON files.") from error
        found.append(read_any(data, file.stem))
    portfolio = combined(found)
    title = f"AI cost of {len(portfolio.repositories)} repositories"
    return tell(portfolio, title, USD, html=html, form=form, sink=sink, out=out)


def focus_command(
    run: Run, repo: Repository, *, rev: str | None, repo_url: str | None, account: str, out: Path | None
) -> int:
    """A month's rows: the month of the day that prices are of."""
    tree: FileTree = repo.tree(rev or "HEAD") if rev is not None or repo.bare else repo.worktree()
    config = load_config(tree)
    with console.progress(quiet=run.quiet, verbose=run.verbose) as say, open_parser(run) as parser:
        say(f"reading {tree.name}")
        _, sites, _ = inventory(tree, config, today=run.today, everything=run.everything, parser=parser)
    public = replace(config, prices=())
    pairs = [(s.site, s.site) for s in sites]
    pricer = pricer_for(public, price_book(public, run.today), run.today, pairs)
    who = Account(id=account, name=account, repository=_name(repo, repo_url or web_url_of(repo.remote_url)))
    rows, left_out = rows_of(sites, [pricer.price(s.site) for s in sites], Month.of(run.today), who)
    if left_out:
        console.note(
            f"{left_out:,} of {len(sites):,} call sites have no row: their volume or price is not known",
            quiet=run.quiet,
        )
    console.emit(csv_text(COLUMNS, rows), out)
    return EXIT_OK


def _name(repo: Repository, web_url: str) -> str:
    return "/".join(web_url.split("/")[3:]) or repo.root.name


def read_portfolio(run: Run, repo: Repository, *, rev: str | None, repo_url: str | None) -> tuple[Portfolio, Config]:
    """What the tree of a revision spends, by its own policy."""
    tree: FileTree = repo.tree(rev or "HEAD") if rev is not None or repo.bare else repo.worktree()
    config = load_config(tree)
    with console.progress(quiet=run.quiet, verbose=run.verbose) as say, open_parser(run) as parser:
        say(f"reading {tree.name}")
        found, sites, book = inventory(tree, config, today=run.today, everything=run.everything, parser=parser)
    pricer = pricer_for(config, book, run.today, [(s.site, s.site) for s in sites])
    advised = advise(sites, pricer, settings=settings_of(config))
    web_url = repo_url or web_url_of(repo.remote_url)
    name = _name(repo, web_url)
    repository = RepositoryPart(
        name=name,
        revision=tree.name if tree.name != "worktree" else repo.resolve("HEAD"),
        web_url=web_url,
        prices_as_of=book.as_of,
        coverage=coverage_of(found, sites, contexts_for(config, run.everything)),
        together_usd_per_month=advised.together_usd_per_month,
        assumptions=assumptions_of(sites, config),
    )
    told = Told(repository=repository, found=found, savings=advised.advice, tool_version=__version__, made=run.today)
    return portfolio_of(sites, told), config


def tell(
    portfolio: Portfolio,
    title: str,
    money: Currency,
    *,
    html: Path | None,
    form: Format,
    sink: str | None,
    out: Path | None,
    history: History | None = None,
) -> int:
    """The page and the tables where they are asked for; the text where nothing else is, or where it is asked for besides."""
    if sink is not None:
        _pour(portfolio, sink, history)
    if html is not None:
        console.emit(page(portfolio, title, money, history), html)
    if (html is None and sink is None) or out is not None:
        if form == "json":
            from bot.render import json_portfolio  # noqa: PLC0415

            text = json_portfolio.render(portfolio)
        else:
            text = render_markdown(portfolio, money, title=title)
        console.emit(text, out)
    return EXIT_OK


def page(portfolio: Portfolio, title: str, money: Currency, history: History | None) -> str:
    try:
        from bot.render import html as shown  # noqa: PLC0415
    except ImportError as error:
        raise ReviewError(
            f"--html needs Altair, which is not installed ({error.name}).", 'pip install "aicost-review[report]"'
        ) from error
    return shown.render(shown.Shown(title=title, portfolio=portfolio, currency=money, history=history))


def _pour(portfolio: Portfolio, sink: str, history: History | None) -> None:
    try:
        from bot.profiles.engine import door  # noqa: PLC0415
    except ImportError as error:
        raise ReviewError(
            f"--sink needs the extra `profile`, which is not installed ({error.name}).",
            'pip install "aicost-review[profile]"',
        ) from error
    load = Load(loaded_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0), made=portfolio.made)
    with TemporaryDirectory(prefix="aicost-review-") as folder:
        written = door.write(sink, TABLES, tables_of(portfolio, load, history), folder=Path(folder))
    for name, rows in written:
        click.echo(f"{name}: {rows:,} rows", err=True)
