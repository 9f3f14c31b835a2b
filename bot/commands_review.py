"""`aicost-review scan` and `explain`, and the whole review of `diff`: open the revisions, call the pipeline, render.

The configuration is the base's: a change cannot raise the budget that it is measured by.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal

import click

from bot import __version__, console
from bot.cache import kept_parser
from bot.commands_common import OUT, PATH, Format, Run, common, currency, screen
from bot.config import Config, load_config
from bot.errors import EXIT_OK
from bot.model import PricedSite, Quality, Review
from bot.pipeline import contexts_for, coverage_of, inventory, review
from bot.policy import policy_notes
from bot.render.select import select
from bot.revisions import Repository, open_repository
from prompts_scanner.model import Scan
from prompts_scanner.parsing import Parser
from prompts_scanner.tree import FileTree


@click.command("scan")
@PATH
@click.option("--rev", metavar="REV", help="The revision to list; default: the work tree.")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
@OUT
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

        text = terminal.render_scan(found, sites, read, as_of, screen(currency(config), to_file=out is not None))
    console.emit(text, out)
    return EXIT_OK


@click.command("explain")
@click.argument("site")
@PATH
@click.option("--rev", metavar="REV", help="The revision to look at; default: the work tree.")
@click.option("--show-text", is_flag=True, help="Print the text of prompts too.")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
@OUT
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


def whole_review(
    run: Run,
    repo: Repository,
    before_id: str,
    head: str | None,
    notes: list[str],
    quality: tuple[Path, Path] | None,
) -> tuple[Review, Config]:
    """The review of a change and the policy that governs it; `notes` are told with it."""
    qualities = qualities_of(*quality) if quality else None
    before = repo.tree(before_id)
    after: FileTree = repo.worktree() if head is None else repo.tree(head)
    with open_parser(run) as parser:
        config = load_config(before)
        notes = [*notes, *policy_notes(before, after)]
        for text in notes:
            console.note(text, quiet=run.quiet)
        with console.progress(quiet=run.quiet, verbose=run.verbose) as say:
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


def _inventory(run: Run, rev: str | None) -> tuple[FileTree, Config, Scan, tuple[PricedSite, ...], date]:
    with open_repository(run.path) as repo:
        tree: FileTree = repo.worktree() if rev is None else repo.tree(rev)
        with open_parser(run) as parser, console.progress(quiet=run.quiet, verbose=run.verbose) as say:
            config = load_config(tree)
            say(f"reading {tree.name}")
            found, sites, book = inventory(tree, config, today=run.today, everything=run.everything, parser=parser)
    return tree, config, found, sites, book.as_of


@contextmanager
def open_parser(run: Run) -> Iterator[Parser]:
    """Parses in worker processes, and remembers what it parsed for the next run."""
    file = console.cache_file("parsed.sqlite") if run.use_cache else None
    with kept_parser(file, run.today.toordinal(), console.workers()) as parser:
        yield parser
