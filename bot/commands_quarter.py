"""`aicost-review report --quarter`: the review of a quarter, from the history, the traffic profiles and stored reviews."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot import __version__, console
from bot.advise import advise
from bot.commands_common import Run, currency
from bot.commands_history import read_history
from bot.commands_review import open_parser
from bot.config import CONFIG_NAMES, Config, load_config
from bot.config_changes import policy_changes
from bot.errors import EXIT_OK, ReviewError
from bot.git_history import Step
from bot.model import Review
from bot.pipeline import inventory, pricer_for, settings_of
from bot.policy import MAX_TOLD
from bot.pull_requests import pull_request, web_url_of
from bot.quarter import (
    PolicyEdit,
    Quarter,
    QuarterReview,
    adherence_of,
    features_of,
    movers_of,
    quarter_of,
    waivers_of,
)
from bot.render import quarter as shown
from bot.revisions import Repository
from bot.taken import Side, taken_of


def quarter_command(
    run: Run,
    repo: Repository,
    name: str,
    *,
    rev: str | None,
    repo_url: str | None,
    reviews: Sequence[Path],
    html: Path | None,
    form: str,
    out: Path | None,
) -> int:
    found, config = read_quarter(run, repo, quarter_of(name), rev=rev, repo_url=repo_url, reviews=reviews)
    money = currency(config)
    if html is not None:
        console.emit(_page(found, config, run), html)
    if html is None or out is not None:
        json = form == "json"
        text = shown.render_json(found, tool_version=__version__) if json else shown.render_markdown(found, money)
        console.emit(text, out)
    return EXIT_OK


def _page(found: QuarterReview, config: Config, run: Run) -> str:
    try:
        from bot.render.html.quarter import render_quarter  # noqa: PLC0415
    except ImportError as error:
        raise ReviewError(
            f"--html needs Altair, which is not installed ({error.name}).", 'pip install "aicost-review[report]"'
        ) from error
    return render_quarter(found, currency(config), made=run.today, tool_version=__version__)


def read_quarter(
    run: Run,
    repo: Repository,
    quarter: Quarter,
    *,
    rev: str | None,
    repo_url: str | None,
    reviews: Sequence[Path],
) -> tuple[QuarterReview, Config]:
    """Everything by the policy that stood at the end of the quarter, or stands now where it is not over."""
    until = quarter.until(run.today)
    if until <= quarter.first:
        raise ReviewError(f"{quarter.name} begins on {quarter.first}: there is nothing to report yet.", "")
    commits = [c for c in repo.first_parents(rev or "HEAD", quarter.first) if c.day < until]
    if not commits:
        raise ReviewError(f"No commit is older than the end of {quarter.name}.", "Is this the whole history?")
    tip = commits[-1].id
    then = replace(run, today=until - timedelta(days=1))
    found, config = read_history(then, repo, since=quarter.first, rev=tip, repo_url=repo_url)
    steps = repo.steps(commits)
    web_url = repo_url or web_url_of(repo.remote_url)
    before, after = (_side(then, repo, c) for c in (commits[0].id, tip))
    read = list(_reviews(reviews))
    outcomes = {
        f.feature: s.traffic.outcome_name
        for f in found.points[-1].features
        for s in after.sites
        if s.feature == f.feature and s.traffic is not None
    } if found.points else {}  # fmt: skip
    notes = list(found.notes)
    if found.undated:
        notes.append(f"The catalogue has no dated price of {', '.join(found.undated)}: one price for every day.")
    if commits[0].day >= quarter.first:
        notes.append(f"The first commit is of {commits[0].day}.")
    return (
        QuarterReview(
            quarter=quarter,
            until=until,
            repository="/".join(web_url.split("/")[3:]) or repo.root.name,
            revision=tip,
            features=features_of(found, quarter, until, outcomes),
            adherence=adherence_of(found, quarter, until, config.budgets),
            movers=movers_of(found, quarter, until),
            waivers=tuple(waivers_of(read)),
            reviews_read=len(read),
            edits=tuple(_edits(repo, [s for s in steps[1:] if s.commit.day >= quarter.first], web_url)),
            taken=taken_of(before, after, _renames(steps)),
            history=found,
            notes=tuple(notes),
        ),
        config,
    )


def _side(run: Run, repo: Repository, commit_id: str) -> Side:
    """A commit by its own policy, at the prices of the quarter's last day."""
    tree = repo.tree(commit_id)
    config = load_config(tree)
    with console.progress(quiet=run.quiet, verbose=run.verbose) as say, open_parser(run) as parser:
        say(f"reading {commit_id[:12]}")
        _, sites, book = inventory(tree, config, today=run.today, everything=run.everything, parser=parser)
    pricer = pricer_for(config, book, run.today, [(s.site, s.site) for s in sites])
    return Side(sites=sites, advice=advise(sites, pricer, settings=settings_of(config)).advice, config=config)


def _renames(steps: Sequence[Step]) -> dict[str, str]:
    out: dict[str, str] = {}
    for step in steps:
        for old, new in step.renames.items():
            out = {k: new if v == old else v for k, v in out.items()} | {old: new}
    return out


def _edits(repo: Repository, steps: Sequence[Step], web_url: str) -> Iterator[PolicyEdit]:
    for step in steps:
        if not any(c.path in CONFIG_NAMES or c.old_path in CONFIG_NAMES for c in step.changes):
            continue
        try:
            old, new = (load_config(repo.tree_once(i or "")) for i in (step.commit.parent, step.commit.id))
            told = [str(change) for change in policy_changes(old, new)]
            more = len(told) - MAX_TOLD
            changes = (*told[:MAX_TOLD], *([f"{more} more keys"] if more > 0 else []))
            changes = changes if old.name else (f"{new.name} is new",)
        except ReviewError as error:
            changes = (f"cannot be read: {error.message}",)
        if changes:
            yield PolicyEdit(
                at=step.commit.at,
                commit=step.commit.id,
                pull_request=pull_request(step.commit.message, web_url),
                changes=changes,
            )


def _reviews(paths: Sequence[Path]) -> Iterator[tuple[str, Review]]:
    """Stored reviews: files, or all JSON files below folders."""
    if not paths:
        return
    from bot.render.json_report import review_from_json  # noqa: PLC0415

    for path in paths:
        for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
            try:
                data = file.read_bytes()
            except OSError as error:
                raise ReviewError(f"{file} cannot be read ({error.strerror}).", "Give review JSON files.") from error
            try:
                yield "/".join(file.parts[-2:]) if path.is_dir() else file.name, review_from_json(data)
            except ReviewError as error:
                raise ReviewError(f"{file}: {error.message}", error.hint) from error
