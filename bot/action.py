"""The GitHub Action: the environment and event of a run in, the review told wherever the token permits, an exit code out.

0 within budget (or a warning), 1 the gate failed, 2 something the user can mend, 3 a bug of ours. The exit code follows
from the verdict alone: whether a comment could be posted does not change it. Of the pull request only objects of the
repository are read, at the head that the event names; policy, traffic and prices are the base's.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from bot import __version__
from bot.action_inputs import OUTPUTS, ActionInputs
from bot.action_publish import publish_stage
from bot.action_review import Stage, review_stage
from bot.config import CommentPolicy
from bot.console import end_when_told
from bot.errors import EXIT_BUG, EXIT_GATE, EXIT_OK, EXIT_USAGE, ReviewError, bug_report, of_machine
from bot.hosts import github
from bot.hosts.github_event import Event, asks_to_justify, load_event, read_event
from bot.hosts.github_runner import environment, say, say_error, write_outputs, write_summary
from bot.hosts.port import Report, Sink
from bot.hosts.text import one_line
from bot.render.escape import md

Activity = Literal["review", "publish", "rerun", "nothing"]

FOLDER: Final = "aicost-review"


def main() -> None:
    end_when_told()
    sys.exit(act(environment()))


def act(env: Mapping[str, str]) -> int:
    """One run of the action, with its errors told to everybody who waits for it."""
    running: list[Stage] = []
    try:
        return _act(env, running)
    except ReviewError as error:
        _tell_failure(error.message, error.hint, env, running)
        return EXIT_USAGE
    except Exception as error:  # noqa: BLE001 the boundary: everything unexpected is our bug and is reported as such
        machine = of_machine(error) if isinstance(error, OSError) else None
        if machine is not None:
            _tell_failure(machine.message, machine.hint, env, running)
            return EXIT_USAGE
        for line in bug_report(error, __version__).splitlines():
            say(line)
        _tell_failure("This is a bug in aicost-review.", "The log of the job has the report.", env, running)
        return EXIT_BUG


def _act(env: Mapping[str, str], running: list[Stage]) -> int:
    inputs = ActionInputs.read(env)
    event = read_event(env.get("GITHUB_EVENT_NAME", ""), load_event(Path(env.get("GITHUB_EVENT_PATH", ""))))
    stage = Stage(env=env, inputs=inputs, event=event, today=datetime.now(UTC).date(), say=say)
    running.append(stage)
    match choose(inputs, event):
        case "publish":
            return _publish(stage)
        case "rerun":
            return _rerun(stage)
        case "nothing":
            say("this event brings no commit to review")
            return EXIT_OK
    return _review(stage)


def choose(inputs: ActionInputs, event: Event) -> Activity:
    """What this run is for. Pure."""
    if event.kind == "workflow_run" or inputs.mode == "publish":
        if event.kind != "workflow_run" or inputs.mode != "publish":
            raise ReviewError(
                "The mode `publish` and the event workflow_run belong together.",
                "First stage: mode review on pull_request. Second stage: mode publish on workflow_run.",
            )
        return "publish"
    if event.kind == "issue_comment":
        return "rerun" if asks_to_justify(event.command) else "nothing"
    if event.kind == "manual" and not inputs.head:
        raise ReviewError("This event names no commits.", "Give the inputs base and head.")
    return "review" if inputs.head or event.head else "nothing"


def _review(stage: Stage) -> int:
    folder = out_folder(stage.env, stage.inputs.name)
    result = review_stage(stage)
    sinks = github.publish(result.report, result.run, stage.inputs.wishes(result.config.comment), stage.env, folder)
    say_sinks(sinks)
    say(f"{result.report.title} -> {'the gate fails' if result.report.blocking else 'the gate passes'}")
    return EXIT_GATE if result.report.blocking else EXIT_OK


def _publish(stage: Stage) -> int:
    told = publish_stage(stage)
    if told.run is None or told.report is None:
        say(f"nothing to tell: {told.reason}")
        return EXIT_OK
    wishes = replace(stage.inputs.wishes(CommentPolicy()), check_run="off", status="off")
    say_sinks(github.publish_to_api(told.report, told.run, wishes, stage.env))
    return EXIT_OK


def _rerun(stage: Stage) -> int:
    api = github.api_for(stage.env, stage.repository)
    if api is None or stage.event.number is None:
        raise ReviewError("The failed gate cannot be run again without a token.", "Give the action its github-token.")
    say_sinks((api.rerun_gate(stage.event.number),))
    return EXIT_OK


def out_folder(env: Mapping[str, str], name: str) -> Path:
    """Beside the work tree, not in it: what the run writes is no part of the repository."""
    return Path(env.get("RUNNER_TEMP") or tempfile.gettempdir()) / FOLDER / "out" / name


def say_sinks(sinks: Iterable[Sink]) -> None:
    for sink in sinks:
        say(f"{sink.name}: {'' if sink.done else 'skipped, '}{sink.note}")


def _tell_failure(message: str, hint: str, env: Mapping[str, str], running: list[Stage]) -> None:
    """A run without a result leaves nothing hanging and nothing green: check, status, log and summary say that it failed.

    A comment is not made for it, but one that is there says no longer what it said of an earlier commit.
    """
    say_error(message, hint)
    text = f"### AI cost: ❌ the review could not be made\n\n{md(message, 500)}\n\n{md(hint, 500)}\n"
    report = Report(
        outcome="unknown", blocking=True, changed=False, title=f"the review could not be made: {one_line(message, 120)}",
        comment=text, summary=text, review_json="", outputs={"verdict": "error"}, label="ai-cost: unknown",
    )  # fmt: skip
    write_summary(text, env)
    stage = running[0] if running else None
    if stage is not None and stage.inputs.mode == "review" and stage.event.head:
        run = stage.run(stage.event.head, stage.event.number)
        say_sinks(github.publish_to_api(report, run, stage.inputs.wishes(CommentPolicy()), env))
    write_outputs({name: report.outputs.get(name, "") for name in OUTPUTS}, env)


if __name__ == "__main__":
    main()
