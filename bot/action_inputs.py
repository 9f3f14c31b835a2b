"""The inputs and outputs of the GitHub Action: one field for each of `action.yml`, which a test holds equal.

The action hands an input `comment-when` in as the variable AICOST_INPUT_COMMENT_WHEN. Inputs are the workflow's word, but
words all the same: each is one of a few, or has a form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, get_args

from bot.config import CommentPolicy
from bot.errors import ReviewError
from bot.hosts.port import CommentMode, Switch, Wishes
from bot.hosts.text import KEY

PREFIX: Final = "AICOST_INPUT_"
OUTPUTS: Final = (
    "verdict",
    "changed",
    "direction",
    "monthly-delta-usd",
    "unit-delta-percent",
    "json-path",
    "comment-path",
    "summary-path",
    "comment-url",
)
OPTIONAL: Final = ("github_token", "artifact", "base", "head", "quality_base", "quality_head")
FAIL_ON: Final = ("budget", "increase", "unknown", "never")
_COMMENT: Final = ("auto", *get_args(CommentMode))
_SWITCH: Final = get_args(Switch)


def _words(help_text: str, default: str, *words: str) -> Any:
    return field(default=default, metadata={"words": words, "help": help_text})


def _text(help_text: str, default: str = "") -> Any:
    return field(default=default, metadata={"help": help_text})


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionInputs:
    """What the workflow gives. `help` of each field is the description in `action.yml`."""

    github_token: str = _text("Token for the comment, the check run and the status.", "${{ github.token }}")
    mode: str = _words(
        "`review`: compare and tell. `publish`: second stage on workflow_run, tells what the first stage of a fork found.",
        "review", "review", "publish",
    )  # fmt: skip
    base: str = _text("Revision to compare with; empty: from the event.")
    head: str = _text("Revision to judge; empty: from the event.")
    name: str = _text("Tells several reviews of one repository apart: own comment, check run and artifact.", "default")
    fail_on: str = _text("When the job fails, separated by spaces: budget, increase, unknown; or never.", "budget")
    comment: str = _words(
        "auto (as `.aicost.yml` of the base says), update, hide-and-new, delete-and-new, new or off.",
        "auto", *_COMMENT,
    )  # fmt: skip
    comment_when: str = _words(
        "auto (as `.aicost.yml` of the base says), changes (silent where no cost changes) or always.",
        "auto", "auto", "changes", "always",
    )  # fmt: skip
    check_run: str = _words("A check run with remarks at the changed lines: auto, on or off.", "auto", *_SWITCH)
    commit_status: str = _words("A commit status: auto (where no check run is allowed), on or off.", "auto", *_SWITCH)
    labels: str = _words("Put one label of the family `ai-cost: …` on the pull request: on or off.", "off", "on", "off")
    quality_base: str = _text(
        "File with the evaluation results of the base, for the rules under `quality:`; empty: none."
    )
    quality_head: str = _text("File with the evaluation results of the head; given together with quality-base.")
    artifact: str = _text("Name of the artifact that keeps the review; empty: none.", "aicost-review")

    @classmethod
    def read(cls, env: Mapping[str, str]) -> ActionInputs:
        given = {}
        for one in fields(cls):
            text = env.get(PREFIX + one.name.upper(), "").strip()
            given[one.name] = text
            if not text and one.name not in OPTIONAL:
                given[one.name] = str(one.default)
            words = one.metadata.get("words")
            if words and given[one.name] not in words:
                raise ReviewError(
                    f"The input {input_name(one.name)} cannot be {given[one.name][:60]!r}.",
                    f"It is one of: {', '.join(words)}.",
                )
        inputs = cls(**given)
        inputs._check()
        return inputs

    def _check(self) -> None:
        if not KEY.fullmatch(self.name):
            raise ReviewError(
                f"The input name cannot be {self.name[:80]!r}.", "Letters, digits, '.', '_' and '-', at most 64."
            )
        if bool(self.quality_base) != bool(self.quality_head):
            raise ReviewError(
                "Only one of the inputs quality-base and quality-head is given.",
                "Quality is compared: give both or none.",
            )
        wrong = [word for word in self.fails_on if word not in FAIL_ON]
        if wrong or not self.fails_on or ("never" in self.fails_on and len(self.fails_on) > 1):
            raise ReviewError(
                f"The input fail-on cannot be {self.fail_on[:60]!r}.", "budget, increase, unknown, or never alone."
            )

    @property
    def fails_on(self) -> tuple[str, ...]:
        return tuple(self.fail_on.replace(",", " ").split())

    def wishes(self, policy: CommentPolicy) -> Wishes:
        """The inputs, and where they say auto the policy of the base."""
        when = "always" if policy.when == "always" else "changes"
        return Wishes(
            comment=policy.behaviour if self.comment == "auto" else self.comment,  # type: ignore[arg-type]
            comment_when=when if self.comment_when == "auto" else self.comment_when,  # type: ignore[arg-type]
            check_run=self.check_run,  # type: ignore[arg-type]
            status=self.commit_status,  # type: ignore[arg-type]
            labels=self.labels == "on",
        )


def input_name(field_name: str) -> str:
    return field_name.replace("_", "-")
