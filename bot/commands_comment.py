"""`aicost-review comment`: tell a stored review, later or elsewhere: as a GitHub comment, or as files for any CI.

The exit code says whether it was told; what the review says of the budgets was the exit code of `diff`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import click

from bot.errors import EXIT_OK, EXIT_USAGE, ReviewError
from bot.hosts import BY_NAME, HOSTS
from bot.hosts.github import TOKEN, publish_to_api
from bot.hosts.github_event import ID
from bot.hosts.github_runner import environment
from bot.hosts.port import CommentMode, CommentWhen, Run, Sink, Wishes
from bot.hosts.text import KEY
from bot.model import Review
from bot.publication import Manner, report_of
from bot.render.json_report import MAX_BYTES, review_from_json


@click.command("comment")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--host", "host_name", type=click.Choice([host.NAME for host in HOSTS]), required=True, help="Where to tell it."
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("aicost"), show_default=True, help="files: folder."
)
@click.option("--repository", envvar="GITHUB_REPOSITORY", metavar="OWNER/NAME", help="github: the repository.")
@click.option("--pull", "number", type=click.IntRange(min=1), help="github: the number of the pull request.")
@click.option(
    "--name", "key", default="default", show_default=True, help="Tells several reviews of one repository apart."
)
@click.option(
    "--behaviour", type=click.Choice([m for m in get_args(CommentMode) if m != "off"]), default="update",
    show_default=True, help="github: what becomes of an earlier comment.",
)  # fmt: skip
@click.option(
    "--when", type=click.Choice(get_args(CommentWhen)), default="always", show_default=True,
    help="github: whether a review without a cost change is told too.",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
def comment_command(
    file: Path, host_name: str, out: Path, repository: str | None, number: int | None, key: str,
    behaviour: CommentMode, when: CommentWhen, form: str,
) -> int:  # fmt: skip
    """Tell the review in FILE (made with `diff --format json --out FILE`).

    \b
    --host files    writes comment.md, summary.md, review.json and outputs.env into a folder, for any CI to pick up
    --host github   writes or renews the comment of a pull request; the token is read from AICOST_GITHUB_TOKEN

    \b
    Examples:
      aicost-review comment --host files --out aicost/ review.json
      aicost-review comment --host github --repository acme/app --pull 12 review.json
    """
    review = review_from_json(_read(file))
    if not KEY.fullmatch(key):
        raise ReviewError(f"{key[:80]!r} cannot be a name.", "Letters, digits, '.', '_' and '-', at most 64.")
    run = Run(repository=repository or "", head=review.head, key=key, number=number)
    wishes = Wishes(comment=behaviour, comment_when=when, check_run="off", status="off")
    if host_name == "files":
        return _say(BY_NAME["files"].publish(report_of(review, Manner()), run, wishes, {}, out), form)
    return _say(_to_github(review, run, wishes), form)


def _to_github(review: Review, run: Run, wishes: Wishes) -> tuple[Sink, ...]:
    env = environment()
    missing = [
        name
        for name, value in (
            ("--repository", run.repository), ("--pull", run.number), (TOKEN, env.get(TOKEN)),
        )
        if not value
    ]  # fmt: skip
    if missing:
        raise ReviewError(f"For GitHub {' and '.join(missing)} must be given.", "See: aicost-review comment --help.")
    if not ID.fullmatch(run.head):
        raise ReviewError(
            f"The review is of {run.head[:60]!r}, which is no commit.",
            "Make it of a commit: diff --head REV --format json --out FILE.",
        )
    server = (env.get("GITHUB_SERVER_URL") or "https://github.com").rstrip("/")
    manner = Manner(
        head_url=f"{server}/{run.repository}/blob/{review.head}",
        base_url=f"{server}/{run.repository}/blob/{review.base}",
    )
    return publish_to_api(report_of(review, manner), run, wishes, env)


def _read(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _say(sinks: tuple[Sink, ...], form: str) -> int:
    if form == "json":
        places = [{"name": sink.name, "done": sink.done, "note": sink.note} for sink in sinks]
        click.echo(json.dumps({"places": places}, indent=1))
    else:
        for sink in sinks:
            click.echo(f"{sink.name}: {'' if sink.done else 'not written, '}{sink.note}", err=not sink.done)
    return EXIT_OK if all(sink.done for sink in sinks) else EXIT_USAGE
