"""`aicost-review worksheet`, `advise` and `whatif`: what a task and an outcome cost, and what wins cost back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal

import click

from bot import __version__, console
from bot.advise import advise
from bot.commands_common import Run, common, currency, where_it_starts
from bot.commands_review import open_parser
from bot.config import Config, load_config
from bot.cost import Pricer
from bot.economics import FeatureSheet, worksheet
from bot.errors import EXIT_OK, ReviewError
from bot.levers.alternatives import alternatives
from bot.levers.case import Case
from bot.model import PricedSite, Rates
from bot.pipeline import both_sides, inventory, pricer_for, settings_of
from bot.render import economics as shown
from bot.render.alternatives import alternatives_json, alternatives_markdown, alternatives_text
from bot.render.select import select
from bot.revisions import open_repository
from bot.whatif import Wish, changed, known
from prompts_scanner.tree import FileTree

Format = Literal["terminal", "markdown", "json"]
_PATH = click.argument("path", type=click.Path(path_type=Path), default=Path())
_OUT = click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead.")
_FORMAT = click.option(
    "--format", "form", type=click.Choice(["terminal", "markdown", "json"]), default="terminal", show_default=True
)


def _share(_: click.Context, __: click.Parameter, text: str | None) -> Decimal | None:
    share = _parsed(text)
    if text is not None and (share is None or share > 1):
        raise click.BadParameter(f"{text!r} is not a share; write a number from 0 to 1")
    return share


def _number(_: click.Context, __: click.Parameter, text: str | None) -> Decimal | None:
    number = _parsed(text)
    if text is not None and number is None:
        raise click.BadParameter(f"{text!r} is not a number from 0 on")
    return number


def _parsed(text: str | None) -> Decimal | None:
    """A finite number from 0 on, else None."""
    try:
        number = Decimal((text or "-1").replace(",", "").replace("_", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None


@click.command("worksheet")
@_PATH
@click.option("--base", metavar="REV", help="Show the difference to this revision.")
@click.option("--head", metavar="REV", help="The revision to show; default: the work tree.")
@_FORMAT
@_OUT
@common
def worksheet_command(run: Run, base: str | None, head: str | None, form: Format, out: Path | None) -> int:
    """Show what a task and a business outcome cost, step by step, for each feature.

    Cost per call × calls per task = per task; ÷ success share = quality-adjusted; ÷ outcome share = per outcome.

    \b
    Examples:
      aicost-review worksheet
      aicost-review worksheet --base main --format markdown
    """
    old: tuple[PricedSite, ...] = ()
    with open_repository(run.path) as repo:
        after: FileTree = repo.worktree() if head is None else repo.tree(head)
        if base is None:
            config, new, _ = _priced(run, after)
        else:
            start, notes = where_it_starts(repo, base, head)
            for text in notes:
                console.note(text, quiet=run.quiet)
            before = repo.tree(start)
            config = load_config(before)
            with console.progress(quiet=run.quiet, verbose=run.verbose) as say, open_parser(run) as parse:
                old, new, _ = both_sides(
                    before,
                    after,
                    config,
                    renames=repo.renames(start, head),
                    today=run.today,
                    everything=run.everything,
                    parser=parse,
                    progress=say,
                )
    console.emit(_sheet(worksheet(old, new), config, form, compared=base is not None), out)
    return EXIT_OK


@click.command("advise")
@_PATH
@click.option("--rev", metavar="REV", help="The revision to look at; default: the work tree.")
@_FORMAT
@_OUT
@common
def advise_command(run: Run, rev: str | None, form: Format, out: Path | None) -> int:
    """List what would make the calls of a tree cheaper, the most worthwhile first.

    \b
    Examples:
      aicost-review advise
      aicost-review advise --rev v1.2 --format json
    """
    with open_repository(run.path) as repo:
        tree: FileTree = repo.worktree() if rev is None else repo.tree(rev)
        config, sites, pricer = _priced(run, tree)
    found = advise(sites, pricer, settings=settings_of(config))
    if form == "json":
        text = shown.advice_json(found, revision=tree.name, tool_version=__version__)
    else:
        render = shown.advice_markdown if form == "markdown" else shown.advice_text
        text = render(found, currency(config))
    console.emit(text, out)
    return EXIT_OK


@click.command("whatif")
@click.argument("site")
@_PATH
@click.option("--rev", metavar="REV", help="The revision to look at; default: the work tree.")
@click.option("--model", help="Another model.")
@click.option("--models", is_flag=True, help="List the call on all models that could stand in, and change nothing.")
@click.option("--cache/--no-cache-marks", "cache", default=None, help="Ask for prompt caching, or leave it out.")
@click.option("--hit-share", callback=_share, metavar="SHARE", help="Share of calls that find the prefix cached.")
@click.option("--cap", type=click.IntRange(1), help="Output tokens at most.")
@click.option("--top-k", type=click.IntRange(0), help="Retrieved chunks.")
@click.option("--batch", callback=_share, metavar="SHARE", help="Share of calls sent as a batch.")
@click.option("--turns", callback=_number, metavar="NUMBER", help="Calls per task.")
@click.option(
    "--history",
    type=click.IntRange(0),
    metavar="TOKENS",
    help="What was said before that an agent's turn sends again, at most.",
)
@click.option(
    "--calls-per-month", callback=_number, metavar="NUMBER", help="Volume, where no profile states it; for both sides."
)
@click.option("--input-tokens", type=click.IntRange(0), help="Run-time input of a call; for both sides.")
@click.option("--output-tokens", type=click.IntRange(0), help="Output of a call; for both sides.")
@_FORMAT
@_OUT
@common
def whatif_command(
    run: Run,
    site: str,
    rev: str | None,
    model: str | None,
    models: bool,
    cache: bool | None,
    hit_share: Decimal | None,
    cap: int | None,
    top_k: int | None,
    batch: Decimal | None,
    turns: Decimal | None,
    history: int | None,
    calls_per_month: Decimal | None,
    input_tokens: int | None,
    output_tokens: int | None,
    form: Format,
    out: Path | None,
) -> int:
    """Recompute the worksheet as if one call site were changed. Nothing is written.

    SITE is an id as `scan` prints it, a file, FILE:LINE, or any part of an id that only one site has.

    \b
    Examples:
      aicost-review whatif app/chat.py:42 --model gpt-5-mini
      aicost-review whatif app/chat.py:42 --cap 400 --batch 0.5 --format json
    """
    wish = Wish(
        model=model,
        cache=cache,
        hit_share=hit_share,
        cap_tokens=cap,
        chunks=top_k,
        batch_share=batch,
        turns=turns,
        history_tokens=history,
        calls_per_month=calls_per_month,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
    )
    asked = [x for x in (model, cache, hit_share, cap, top_k, batch, turns, history) if x is not None]
    if not asked and not models:
        raise ReviewError(
            "nothing to change", "Give one of --model, --models, --cache, --cap, --top-k, --batch, --turns, --history."
        )
    if asked and models:
        raise ReviewError("--models changes nothing else", "Ask for one --model at a time to combine it.")
    with open_repository(run.path) as repo:
        tree: FileTree = repo.worktree() if rev is None else repo.tree(rev)
        config, sites, pricer = _priced(run, tree)
    chosen = select(sites, site)
    told = known(wish, chosen.traffic, chosen.feature)
    usual = pricer.traffic
    pricer = replace(pricer, traffic=lambda s: told if s.id == chosen.site.id else usual(s))
    now = [pricer.price(s.site) for s in sites if s.feature == chosen.feature]
    target = next(s for s in now if s.site.id == chosen.site.id)
    if models:
        console.emit(_on_models(target, pricer, config, form), out)
        return EXIT_OK
    then = [changed(target, pricer, wish) if s is target else s for s in now]
    console.emit(_sheet(worksheet(now, then), config, form, compared=True), out)
    return EXIT_OK


def _priced(run: Run, tree: FileTree) -> tuple[Config, tuple[PricedSite, ...], Pricer]:
    config = load_config(tree)
    with console.progress(quiet=run.quiet, verbose=run.verbose) as say, open_parser(run) as parse:
        say(f"reading {tree.name}")
        _, sites, book = inventory(tree, config, today=run.today, everything=run.everything, parser=parse)
    return config, sites, pricer_for(config, book, run.today, [(s.site, s.site) for s in sites])


def _on_models(site: PricedSite, pricer: Pricer, config: Config, form: Format) -> str:
    if not isinstance(site.rates, Rates):
        raise ReviewError(f"no price is known for {site.site.id}", "Name its model under `models:` in .aicost.yml.")
    found = alternatives(Case(priced=site, pricer=pricer))
    if form == "json":
        return alternatives_json(site, found, tool_version=__version__)
    render = alternatives_markdown if form == "markdown" else alternatives_text
    return render(site, found, currency(config))


def _sheet(sheets: tuple[FeatureSheet, ...], config: Config, form: Format, *, compared: bool) -> str:
    if form == "json":
        return shown.worksheet_json(sheets, tool_version=__version__)
    render = shown.worksheet_markdown if form == "markdown" else shown.worksheet_text
    return render(sheets, currency(config), compared=compared)
