"""`aicost-review init`: a first `.aicost.yml` and the workflow, written from what the scanner finds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from bot import console, starter
from bot.commands_common import Run
from bot.commands_review import open_parser
from bot.config import CONFIG_NAMES, Config, parse_config
from bot.errors import EXIT_OK, ReviewError
from bot.pipeline import contexts_for, counted
from bot.revisions import Repository, open_repository
from prompts_scanner.model import CallSite, Scan
from prompts_scanner.scan import scan
from prompts_scanner.sdks import SDKS

State = Literal["wrote", "replaced", "kept"]

_SCAN = "aicost-review scan", "every call site and what 1,000 calls cost"
_MODELS = "name the models", "{loose} of {sites} call sites choose theirs at run time: `models:` in {config}"
_FILL = "fill in {config}", "calls_per_month of the features you know; budgets when you want a gate"
_COMMIT = "commit both", "to the default branch: {config} governs from there on"


@click.command("init")
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@click.option("--force", is_flag=True, help="Replace files that exist.")
@click.option("--dry-run", is_flag=True, help="Print the files, write none.")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
@click.option("-v", "--verbose", is_flag=True, help="Say each step on stderr.")
@click.option("--no-cache", "use_cache", is_flag=True, flag_value=False, default=True, help="Parse every file anew.")
def init_command(path: Path, force: bool, dry_run: bool, form: str, quiet: bool, verbose: bool, use_cache: bool) -> int:
    """Write a first .aicost.yml and a GitHub workflow, from the call sites found.

    \b
    PATH is a work tree or any folder of it; the files go where git's work tree begins.
    Numbers about your traffic are never guessed: they are comments to fill in.
    Files that exist are kept, unless --force is given.

    \b
    Examples:
      aicost-review init --dry-run          show what would be written
      aicost-review init                    write .aicost.yml and .github/workflows/ai-cost.yml
    """
    run = Run(
        path=path, today=datetime.now(UTC).date(), everything=False, quiet=quiet, verbose=verbose, use_cache=use_cache
    )
    with open_repository(path) as repo:
        _must_have_files(repo)
        root = repo.root
        config_name = _config_name(root)
        found, sites = _sites(repo, run)
    texts = {config_name: starter.config_text(sites), starter.WORKFLOW_PATH: starter.workflow()} if sites else {}
    if sites:
        # What does not read back is not written.
        parse_config(texts[config_name], config_name)
    done = {} if dry_run else _write_all(root, texts, force=force)
    if form == "json":
        click.echo(_json(sites, texts, done))
    elif not sites:
        click.echo(_nothing(found))
    elif dry_run:
        click.echo("\n".join(f"# ---- {name} ----\n{text}" for name, text in texts.items()), nl=False)
    else:
        for name, state in done.items():
            click.echo(f"{state:<8} {name}{' (it exists; --force replaces it)' if state == 'kept' else ''}")
        click.echo(_summary(sites, proposed=done[config_name] != "kept"))
        click.echo(_next(sites, config_name), nl=False)
    return EXIT_OK


def _json(sites: tuple[CallSite, ...], texts: dict[str, str], done: dict[str, State]) -> str:
    """What was proposed, and what became of each file; a dry run (no `state`) gives the texts."""
    files = [{"path": name, "state": done.get(name), "text": None if done else text} for name, text in texts.items()]
    features = [
        {"name": p.name, "paths": p.globs, "sites": [site.id for site in p.sites]} for p in starter.propose(sites)
    ]
    unknown = [site.id for site in sites if not site.model.values]
    return json.dumps({"files": files, "features": features, "sites_without_model": unknown}, indent=1)


def _summary(sites: tuple[CallSite, ...], *, proposed: bool) -> str:
    if not proposed:
        return f"Found {_many(len(sites), 'call site')}."
    features = _many(len(starter.propose(sites)), "feature")
    return f"Found {_many(len(sites), 'call site')}, proposed as {features}."


def _next(sites: tuple[CallSite, ...], config_name: str) -> str:
    """What to do now, in the order in which it brings a number."""
    loose = sum(not site.model.values for site in sites)
    steps = [_MODELS, _SCAN] if loose == len(sites) else [_SCAN, _MODELS] if loose else [_SCAN]
    values = {"config": config_name, "loose": f"{loose:,}", "sites": f"{len(sites):,}"}
    lines = [
        f"  {n}. {what.format(**values):<24} {why.format(**values)}"
        for n, (what, why) in enumerate([*steps, _FILL, _COMMIT], 1)
    ]
    return "\n".join(("", "Next:", *lines, ""))


def _must_have_files(repo: Repository) -> None:
    if repo.bare:
        raise ReviewError(
            f"{repo.root} is a bare repository: there is no work tree to write files into.",
            "Run it in a clone: git clone REPOSITORY, then aicost-review init in the new folder.",
        )


def _config_name(root: Path) -> str:
    """The name that the repository uses."""
    there = [name for name in CONFIG_NAMES if _exists(root / name)]
    if len(there) > 1:
        raise ReviewError(f"both {there[0]} and {there[1]} exist", "Keep one of them.")
    return there[0] if there else CONFIG_NAMES[0]


def _sites(repo: Repository, run: Run) -> tuple[Scan, tuple[CallSite, ...]]:
    """Without the policy that may exist: `init` is also how a broken one is replaced."""
    with console.progress(quiet=run.quiet, verbose=run.verbose) as say, open_parser(run) as parser:
        say(f"reading {repo.root.name}")
        found = scan(repo.worktree(), sdks=SDKS, parser=parser)
    return found, counted(found, contexts_for(Config(), False))


def _nothing(found: Scan) -> str:
    left_out = len(found.sites)
    lines = [
        f"No call to a language model found in code for production: {_many(found.files_seen, 'file')} looked at, "
        f"{found.files_parsed:,} of them parsed (Python, TypeScript, JavaScript). Nothing was written.",
    ]
    if left_out:
        lines.append(
            f"{_many(left_out, 'call site')} in tests, examples or documentation only: aicost-review scan --all lists them."
        )
    lines.append(
        "If there are calls: wrappers of your own are described under `sdks:` of .aicost.yml; "
        "aicost-review scan lists what could not be read."
    )
    return "\n".join(lines)


# -- writing -----------------------------------------------------------------------------------------------------------


def _write_all(root: Path, texts: dict[str, str], *, force: bool) -> dict[str, State]:
    """What became of each file: the old one or the whole new one. All places are looked at before the first is written."""
    there = [name for name in texts if _exists(root / name)]
    if texts and len(there) == len(texts) and not force:
        raise ReviewError(
            f"{' and '.join(there)} exist already; nothing was written.",
            "See what would be written with --dry-run; --force replaces both.",
        )
    for name in texts:
        _must_be_inside(root, name)
    done: dict[str, State] = {}
    for name, text in texts.items():
        if name in there and not force:
            done[name] = "kept"
        else:
            _write(root / name, text)
            done[name] = "replaced" if name in there else "wrote"
    return done


def _must_be_inside(root: Path, name: str) -> None:
    """A folder that is a link would lead the file out of the repository."""
    target = root / name
    inside = target.parent.resolve().is_relative_to(root.resolve())
    if not inside or target.is_dir():
        what = "is a folder" if inside else "lies behind a link that leaves the repository"
        raise ReviewError(f"{name} {what}; nothing was written.", "Move it away, then run init again.")


def _write(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        console.emit(text, target)
    except OSError as error:
        raise ReviewError(
            f"{target.parent} cannot be made ({error.strerror}).", "Check who may write there."
        ) from error
    except ReviewError as error:
        raise ReviewError(error.message, "Check who may write there, or print the files with --dry-run.") from error


def _exists(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
