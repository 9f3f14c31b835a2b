"""`aicost-review diff`: a change that can call no model is answered from the listing, every other by the whole review."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from bot import console
from bot.commands_common import OUT, PATH, Format, Run, common, rendered, where_it_starts
from bot.errors import EXIT_GATE, EXIT_OK
from bot.quiet import quiet_review
from bot.revisions import Repository, open_repository

if TYPE_CHECKING:
    from bot.config import Config
    from bot.model import Review

FailOn = Literal["budget", "increase", "unknown", "never"]


@click.command("diff")
@PATH
@click.option(
    "--base", metavar="REV", help="Compare with this revision; default: where this branch left the default branch."
)
@click.option("--head", metavar="REV", help="The revision to judge; default: the work tree, uncommitted files too.")
@click.option(
    "--format", "form", type=click.Choice(["terminal", "markdown", "json"]), default="terminal", show_default=True
)
@OUT
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
    config: Config | None = None
    with open_repository(run.path, quick=True) as repo:
        before_id, notes = where_it_starts(repo, base, head)
        result = None if quality or run.verbose else _quiet(run, repo, before_id, head, notes)
        if result is None:
            from bot.commands_review import whole_review  # noqa: PLC0415

            repo.read_on()
            result, config = whole_review(run, repo, before_id, head, notes, quality)
    console.emit(rendered(result, config, form, to_file=out is not None), out)
    return EXIT_GATE if _fails(result, fail_on) else EXIT_OK


def _quiet(run: Run, repo: Repository, before_id: str, head: str | None, notes: list[str]) -> Review | None:
    """The review of a change that can call no model; None where that is not seen at once."""
    found = quiet_review(repo.tree(before_id), repo.worktree() if head is None else repo.tree(head), tuple(notes))
    if found is not None:
        for text in notes:
            console.note(text, quiet=run.quiet)
    return found


def _fails(result: Review, fail_on: tuple[FailOn, ...]) -> bool:
    outcomes = {
        "budget": result.verdict.blocks,
        "increase": result.direction in ("up", "mixed"),
        "unknown": result.direction == "unknown" or result.verdict.outcome == "unknown",
        "never": False,
    }
    return "never" not in fail_on and any(outcomes[name] for name in fail_on)
