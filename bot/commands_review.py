"""`aicost-review diff`, `scan` and `explain`: open the revisions, call the pipeline, render, exit.

The configuration is the base's: a change cannot raise the budget that it is measured by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from bot import __version__, console
from bot.cache import kept_parser
from bot.config import Config, load_config
from bot.errors import EXIT_GATE, EXIT_OK
from bot.model import PricedSite, Quality, Review
from bot.pipeline import contexts_for, coverage_of, inventory, review
from bot.policy import policy_notes
from bot.render.numbers import SYMBOLS, Currency
from bot.render.select import select
from bot.revisions import Repository, open_repository
from prompts_scanner.model import Scan
from prompts_scanner.parsing import Parser
from prompts_scanner.tree import FileTree

if TYPE_CHECKING:
    from bot.render.terminal import Screen

Format = Literal["terminal", "markdown", "json"]
FailOn = Literal["budget", "increase", "unknown", "never"]
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


_PATH = click.argument("path", type=click.Path(path_type=Path), default=Path())
_OUT = click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead.")


@click.command("diff")
@_PATH
@click.option(
    "--base", metavar="REV", help="Compare with this revision; default: where this branch left the default branch."
)
@click.option("--head", metavar="REV", help="The revision to judge; default: the work tree, uncommitted files too.")
@click.option(
    "--format", "form", type=click.Choice(["terminal", "markdown", "json"]), default="terminal", show_default=True
)
@_OUT
@click.option(
    "--fail-on", multiple=True, type=click.Choice(["budget", "increase", "unknown", "never"]), default=("budget",),
    show_default=True, help="When to end with exit code 1; may be given several times.",
)  # fmt: skip
@click.option(
    "--quality", nargs=2, type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar="BASE HEAD",
    help="Evaluation results of both sides, for the rules under `quality:`.",
)  # fmt: skip
@common
def diff_command(
    run: Run,
    base: str | None,
    head: str | None,
    form: Format,
    out: Path | None,
    fail_on: tuple[FailOn, ...],
    quality: tuple[Path, Path] | None,
) -> int:
    """Say what a change costs: tokens, dollars per call and per month, and why.

    PATH is a work tree, any folder of it, or a bare repository.

    \b
    Examples:
      aicost-review diff                    this branch and its uncommitted files, against the default branch
      aicost-review diff --base v1.2 --head v1.3 --format markdown
      aicost-review diff --fail-on increase --format json --out review.json
    """
    qualities = qualities_of(*quality) if quality else None
    with open_repository(run.path) as repo:
        result, config = _review(run, repo, base, head, qualities)
    console.emit(_rendered(result, config, form, to_file=out is not None), out)
    return EXIT_GATE if _fails(result, fail_on) else EXIT_OK


@click.command("scan")
@_PATH
@click.option("--rev", metavar="REV", help="The revision to list; default: the work tree.")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
@_OUT
@common
def scan_command(run: Run, rev: str | None, form: Format, out: Path | None) -> int:
    """List the LLM calls, prompts, tools and retrieval settings of a tree, and what each call costs.

    PATH is a work tree, any folder of it, or a bare repository.

    \b
    Examples:
      aicost-review scan                    the files on disk
      aicost-review scan ../other-app --all --format json
      aicost-review scan --rev v1.2
    """
    tree, config, found, sites, as_of = _inventory(run, rev)
    contexts = contexts_for(config, run.everything)
    read = coverage_of(found, sites, contexts)
    if form == "json":
        from bot.render import json_scan  # noqa: PLC0415

        text = json_scan.render(
            found,
            sites,
            revision=tree.name,
            tool_version=__version__,
            prices_as_of=as_of,
            contexts=contexts,
            coverage=read,
        )
    else:
        from bot.render import terminal  # noqa: PLC0415

        text = terminal.render_scan(found, sites, read, as_of, _screen(currency(config), to_file=out is not None))
    console.emit(text, out)
    return EXIT_OK


@click.command("explain")
@click.argument("site")
@_PATH
@click.option("--rev", metavar="REV", help="The revision to look at; default: the work tree.")
@click.option("--show-text", is_flag=True, help="Print the text of prompts too.")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
@_OUT
@common
def explain_command(
    run: Run, site: str, rev: str | None, show_text: bool, form: Literal["terminal", "json"], out: Path | None
) -> int:
    """Derive the number of one call site: every text, rate and count behind it.

    SITE is an id as `scan` prints it, a file, FILE:LINE, or any part of an id that only one site has.

    \b
    Examples:
      aicost-review explain app/chat.py
      aicost-review explain app/chat.py:42 --show-text
      aicost-review explain app/chat.py:42 --format json
    """
    tree, config, _, sites, as_of = _inventory(run, rev)
    one = select(sites, site)
    if form == "json":
        from bot.render import json_explain  # noqa: PLC0415

        text = json_explain.render(
            one, revision=tree.name, tool_version=__version__, prices_as_of=as_of, show_text=show_text
        )
    else:
        from bot.render import explain  # noqa: PLC0415

        text = explain.render(one, currency(config), show_text=show_text)
    console.emit(text, out)
    return EXIT_OK


# -- the work ----------------------------------------------------------------------------------------------------------


def qualities_of(base: Path, head: Path) -> tuple[Quality, ...]:
    """The metrics that the evaluation results of both sides have."""
    from bot.quality import read_pair  # noqa: PLC0415

    return read_pair(base, head)


def _review(
    run: Run,
    repo: Repository,
    base: str | None,
    head: str | None,
    qualities: tuple[Quality, ...] | None,
) -> tuple[Review, Config]:
    before_id, notes = where_it_starts(repo, base, head)
    before = repo.tree(before_id)
    after: FileTree = repo.worktree() if head is None else repo.tree(head)
    config = load_config(before)
    notes += policy_notes(before, after)
    for text in notes:
        console.note(text, quiet=run.quiet)
    with console.progress(quiet=run.quiet, verbose=run.verbose) as say, open_parser(run) as parser:
        result = review(
            before,
            after,
            config,
            renames=repo.renames(before_id, head),
            today=run.today,
            everything=run.everything,
            parser=parser,
            progress=say,
            qualities=qualities,
        )
    return replace(result, assumptions=(*notes, *result.assumptions)), config


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


def _inventory(run: Run, rev: str | None) -> tuple[FileTree, Config, Scan, tuple[PricedSite, ...], date]:
    with open_repository(run.path) as repo:
        tree: FileTree = repo.worktree() if rev is None else repo.tree(rev)
        config = load_config(tree)
        with console.progress(quiet=run.quiet, verbose=run.verbose) as say, open_parser(run) as parser:
            say(f"reading {tree.name}")
            found, sites, book = inventory(tree, config, today=run.today, everything=run.everything, parser=parser)
    return tree, config, found, sites, book.as_of


@contextmanager
def open_parser(run: Run) -> Iterator[Parser]:
    """Parses in worker processes, and remembers what it parsed for the next run."""
    file = console.cache_file("parsed.sqlite") if run.use_cache else None
    with kept_parser(file, run.today.toordinal(), console.workers()) as parser:
        yield parser


def _rendered(result: Review, config: Config, form: Format, *, to_file: bool) -> str:
    money = currency(config)
    if form == "json":
        from bot.render import json_report  # noqa: PLC0415

        return json_report.render(result)
    if form == "markdown":
        from bot.render import markdown  # noqa: PLC0415

        layout = replace(
            markdown.COMMENT,
            currency=money,
            max_rows=config.comment.max_rows,
            max_advice=config.advice.max_items,
        )
        return markdown.render(result, layout)
    from bot.render import terminal  # noqa: PLC0415

    return terminal.render(result, replace(_screen(money, to_file=to_file), max_advice=config.advice.max_items))


def _screen(money: Currency, *, to_file: bool) -> Screen:
    from bot.render import terminal  # noqa: PLC0415

    return terminal.Screen(
        width=console.width_columns(), colour=not to_file and console.colour_wanted(), currency=money
    )


def currency(config: Config) -> Currency:
    """The configured currency, for a renderer."""
    own = config.currency
    symbol = SYMBOLS.get(own.code, f"{own.code} ")
    return Currency(
        code=own.code, symbol=symbol, per_usd=own.per_usd, source=f"`currency` in {config.name}", as_of=own.as_of
    )


def _fails(result: Review, fail_on: tuple[FailOn, ...]) -> bool:
    outcomes = {
        "budget": result.verdict.blocks,
        "increase": result.direction in ("up", "mixed"),
        "unknown": result.direction == "unknown" or result.verdict.outcome == "unknown",
        "never": False,
    }
    return "never" not in fail_on and any(outcomes[name] for name in fail_on)
