"""What a host is given and what it gives back: the report to tell, the run it belongs to, one result per sink.

A sink is one place that can be written to (comment, check run, summary, ...). Each stands alone: one that fails says so
and the others go on; none of them has a say in the exit code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.model import Outcome

CommentMode = Literal["update", "hide-and-new", "delete-and-new", "new", "off"]
CommentWhen = Literal["changes", "always"]
Switch = Literal["auto", "on", "off"]
Level = Literal["notice", "warning", "failure"]
LEVELS: Final[tuple[Level, ...]] = ("failure", "warning", "notice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A remark at lines of the head, shown beside the change. Texts are plain, not markdown."""

    path: str
    first_line: int
    last_line: int
    level: Level
    title: str
    message: str


def worst_first(annotations: Iterable[Annotation]) -> list[Annotation]:
    return sorted(annotations, key=lambda a: (LEVELS.index(a.level), a.path, a.first_line))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A review, made ready to be told. `comment` and `summary` are markdown, `title` one plain line.

    `changed`: there is something to say about cost. `blocking`: the outcome fails the job, by the budgets of the base.
    """

    outcome: Outcome
    blocking: bool
    changed: bool
    title: str
    comment: str
    summary: str
    review_json: str
    annotations: tuple[Annotation, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The run that speaks: which commit it analysed, and its place in the order of runs.

    `key` tells several reviews of one repository apart (a monorepo's parts). `arrived_at`: when the analysed head
    became the pull request's head, at the latest, as the host's clock has it; None where the event does not tell.
    `labelled`: the label that this very event put on, and who did.
    """

    repository: str
    head: str
    key: str = "default"
    number: int | None = None
    author: str = ""
    run_id: int = 0
    attempt: int = 1
    arrived_at: str | None = None
    labelled: tuple[str, str] | None = None
    url: str = ""

    @property
    def order(self) -> tuple[int, int]:
        return self.run_id, self.attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Which sinks the user wants, and how."""

    comment: CommentMode = "update"
    comment_when: CommentWhen = "changes"
    check_run: Switch = "auto"
    status: Switch = "auto"
    labels: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """What became of one sink. `note` is an address, or why nothing was written and how to mend it."""

    name: str
    done: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The base's word on who may accept a cost: roles on the host, by which label, the change's author too or not."""

    roles: tuple[str, ...] = ("write", "maintain", "admin")
    label: str = ""
    author_may: bool = False
