"""The first stage: compare what the event names, judge it by the base's policy, and hand the report to the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bot import console
from bot.action_commits import Wanted, commits_of
from bot.action_inputs import ActionInputs
from bot.action_quality import read_qualities
from bot.cache import kept_parser
from bot.config import Config, load_config
from bot.hosts.github import api_for
from bot.hosts.github_event import Event
from bot.hosts.port import Report, Rules, Run
from bot.model import Review
from bot.pipeline import review
from bot.policy import policy_notes
from bot.publication import Manner, blocks, report_of
from bot.render.numbers import Currency
from bot.revisions import Repository, open_repository
from bot.waive import accept
from prompts_scanner.parsing import Parser

if TYPE_CHECKING:
    from bot.hosts.github_api import Api


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a run was started with. `say` writes a line of the log."""

    env: Mapping[str, str]
    inputs: ActionInputs
    event: Event
    today: date
    say: Callable[[str], None]

    @property
    def repository(self) -> str:
        return self.env.get("GITHUB_REPOSITORY", "")

    @property
    def server(self) -> str:
        return (self.env.get("GITHUB_SERVER_URL") or "https://github.com").rstrip("/")

    @property
    def workspace(self) -> Path:
        return Path(self.env.get("GITHUB_WORKSPACE") or ".")

    def run(self, head: str, number: int | None) -> Run:
        run_id, attempt = self.env.get("GITHUB_RUN_ID", ""), self.env.get("GITHUB_RUN_ATTEMPT", "")
        return Run(
            repository=self.repository,
            head=head,
            key=self.inputs.name,
            number=number,
            author=self.event.author,
            run_id=int(run_id) if run_id.isdigit() else 0,
            attempt=int(attempt) if attempt.isdigit() else 1,
            arrived_at=self.event.arrived_at,
            labelled=self.event.labelled,
            url=f"{self.server}/{self.repository}/actions/runs/{run_id}" if run_id.isdigit() else "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the first stage found, ready to be told."""

    report: Report
    run: Run
    config: Config


def review_stage(stage: Stage) -> Result:
    api = api_for(stage.env, stage.repository)
    wanted = Wanted(head=stage.inputs.head or stage.event.head, base=stage.inputs.base or stage.event.base)
    with open_repository(stage.workspace) as repo:
        base, head = commits_of(repo, wanted, stage.env, api)
    # Opened anew: commits may have been fetched since.
    with open_repository(stage.workspace) as repo:
        stage.say(f"comparing {base[:12]} with {head[:12]}")
        config = load_config(repo.tree(base))
        found = _review(stage, repo, base, head, config)
    run = stage.run(head, stage.event.number)
    manner = _manner(stage, config, base, head)
    if blocks(found, manner.fail_on) and api is not None:
        found, manner = _justified(found, manner, run, config, api)
    return Result(report=report_of(found, manner), run=run, config=config)


def _review(stage: Stage, repo: Repository, base: str, head: str, config: Config) -> Review:
    before, after = repo.tree(base), repo.tree(head)
    notes = policy_notes(before, after)
    qualities = None
    if stage.inputs.quality_base:
        given = (stage.inputs.quality_base, stage.inputs.quality_head)
        qualities, said = read_qualities(stage.workspace, *given, frozenset(after.paths()))
        notes += said
    with _parser(stage.today) as parser:
        found = review(
            before, after, config, renames=repo.renames(base, head), today=stage.today, parser=parser,
            qualities=qualities,
        )  # fmt: skip
    return replace(found, assumptions=(*notes, *found.assumptions))


@contextmanager
def _parser(today: date) -> Iterator[Parser]:
    with kept_parser(console.cache_file("parsed.sqlite"), today.toordinal(), console.workers()) as parser:
        yield parser


def _manner(stage: Stage, config: Config, base: str, head: str) -> Manner:
    blob = f"{stage.server}/{stage.repository}/blob"
    money = config.currency
    return Manner(
        head_url=f"{blob}/{head}",
        base_url=f"{blob}/{base}",
        currency=Currency(
            code=money.code,
            symbol="$" if money.code == "USD" else f"{money.code} ",
            per_usd=money.per_usd,
            source=config.name,
            as_of=money.as_of,
        ),
        max_rows=config.comment.max_rows,
        max_advice=config.advice.max_items,
        fail_on=stage.inputs.fails_on,
    )


def _justified(found: Review, manner: Manner, run: Run, config: Config, api: Api) -> tuple[Review, Manner]:
    """A reviewer may have accepted the cost; who and why go into everything that is told."""
    waive = config.waive
    rules = Rules(roles=waive.roles, label=waive.label, author_may=waive.author_may)
    justification, notes = api.justification(run, rules)
    hint = (
        "A reviewer with write access can accept this: a comment `/aicost justify <reason>`"
        f"{f' or the label {waive.label}' if waive.label else ''}, then run the job again."
    )
    if justification is None:
        return found, replace(manner, notes=(*notes, *(() if run.number is None else (hint,))))
    accepted = replace(found, verdict=accept(found.verdict, justification, config.budgets))
    return accepted, replace(manner, justification=justification, notes=notes)
