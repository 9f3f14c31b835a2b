"""`aicost-review history`: what every feature cost at each commit that changed a call, and what moved it."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import click

from bot import __version__, console
from bot.commands_common import Run, common, currency
from bot.commands_review import open_parser
from bot.config import Config, load_config
from bot.errors import EXIT_OK
from bot.history import History, history
from bot.pipeline import contexts_for
from bot.pull_requests import web_url_of
from bot.render import history as shown
from bot.revisions import Repository, open_repository
from bot.walk import Scope, Walk
from prompts_scanner.parsing import Parser
from prompts_scanner.sdks import SDKS

_PERIOD = re.compile(r"(\d{1,5})\s*([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def since_option(_: click.Context, __: click.Parameter, text: str | None) -> date | int | None:
    """A day, a number of days back, or None for everything."""
    if text is None or text == "start":
        return None
    found = _PERIOD.fullmatch(text.strip())
    if found is not None:
        return int(found.group(1)) * _DAYS[found.group(2)]
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time; write 90d, 12w, 6m, 2y, YYYY-MM-DD or start") from None


@click.command("history")
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--since", callback=since_option, default="90d", show_default=True, metavar="TIME",
    help="How far back: 90d, 12w, 6m, 2y, a day as YYYY-MM-DD, or start for all of it.",
)  # fmt: skip
@click.option("--rev", metavar="REV", help="The branch or commit to look back from; default: HEAD.")
@click.option("--repo-url", metavar="URL", help="The repository's page, for links; default: told from `origin`.")
@click.option("--format", "form", type=click.Choice(["terminal", "json", "csv"]), default="terminal", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead.")
@common
def history_command(
    run: Run,
    since: date | int | None,
    rev: str | None,
    repo_url: str | None,
    form: Literal["terminal", "json", "csv"],
    out: Path | None,
) -> int:
    """Show what each feature's calls cost over time, and which pull request or price moved it.

    The first parents of the branch are followed. Features and traffic are those of today's policy. Every commit that
    changed a call is priced with the prices of its day and with today's, so that repricing and code are told apart.

    \b
    Examples:
      aicost-review history                         the last 90 days
      aicost-review history --since start --format csv --out history.csv
      aicost-review history --since 2026-01-01 --rev main --format json
    """
    with open_repository(run.path) as repo:
        found, config = read_history(run, repo, since=since, rev=rev, repo_url=repo_url)
    if form == "json":
        text = shown.render_json(found, tool_version=__version__, base=found.points[-1].commit if found.points else "")
    elif form == "csv":
        text = shown.render_csv(found)
    else:
        text = shown.render_terminal(found, currency(config))
    console.emit(text, out)
    return EXIT_OK


def read_history(
    run: Run, repo: Repository, *, since: date | int | None, rev: str | None, repo_url: str | None
) -> tuple[History, Config]:
    """The history up to the day of the run, and the policy of the last commit, which counts for all of it."""
    tip = repo.resolve(rev or "HEAD")
    config = load_config(repo.tree(tip))
    start = run.today - timedelta(days=since) if isinstance(since, int) else since
    commits = repo.first_parents(tip, start)
    scope = Scope(sdks=(*config.sdks, *SDKS), ignore=config.ignore, contexts=contexts_for(config, run.everything))

    def make_parser() -> AbstractContextManager[Parser]:
        return open_parser(run)

    with console.progress(quiet=run.quiet, verbose=run.verbose) as say:
        say(f"reading {len(commits):,} commits")
        steps = repo.steps(commits)
        walk = Walk(repo, scope, make_parser, say)
        found = history(
            walk.states(steps), steps, config, today=run.today, web_url=repo_url or web_url_of(repo.remote_url)
        )
    notes = []
    if repo.shallow:
        notes.append(
            "This clone is shallow: its history begins where it was cut. git fetch --unshallow brings the rest."
        )
    console.note(f"{walk.scans:,} of {len(commits):,} commits were scanned", quiet=run.quiet or not run.verbose)
    return replace(found, notes=tuple(notes)), config
