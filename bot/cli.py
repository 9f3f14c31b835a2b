"""The command line: parse, call the pipeline, print, exit. Commands load what they need when they run."""

from __future__ import annotations

import gc
import sys
from importlib import import_module

import click

from bot import __version__, console
from bot.errors import EXIT_BUG, EXIT_USAGE, ReviewError, bug_report, of_machine

# name -> (module, attribute, one line of help). Loaded on use, so that `diff` never pays for `profile`.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": ("bot.commands_init", "init_command", "Write a first .aicost.yml and a GitHub workflow."),
    "diff": ("bot.commands_diff", "diff_command", "Say what a change costs."),
    "scan": ("bot.commands_review", "scan_command", "List the LLM calls of a tree and what each costs."),
    "explain": ("bot.commands_review", "explain_command", "Derive the number of one call site."),
    "worksheet": ("bot.commands_economics", "worksheet_command", "Show what a task and an outcome cost, step by step."),
    "advise": ("bot.commands_economics", "advise_command", "List what would make the calls cheaper."),
    "whatif": ("bot.commands_economics", "whatif_command", "Recompute the worksheet with a call site changed."),
    "report": (
        "bot.commands_report",
        "report_command",
        "Report what is spent by feature, as a page, markdown or JSON.",
    ),
    "combine": ("bot.commands_report", "combine_command", "Put the JSON of many repositories into one report."),
    "history": ("bot.commands_history", "history_command", "Show what features cost over time and what moved it."),
    "comment": (
        "bot.commands_comment",
        "comment_command",
        "Tell a stored review: a GitHub comment, or files for any CI.",
    ),
    "count": ("bot.commands_count", "count_command", "Count the input tokens of a request or a text."),
    "calibrate": (
        "bot.commands_calibrate",
        "calibrate_group",
        "Fit token estimates and traffic profiles to your own bills.",
    ),
    "prices": ("bot.commands_prices", "prices_group", "Show, list and compare model prices."),
    "profile": ("bot.commands_profile", "profile_group", "Build and read traffic profiles from call logs."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}.{attribute} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aicost-review")
def cli() -> None:
    """The query plan of your AI bill: what a change to prompts, tools, retrieval or models costs.

    \b
    Examples:
      aicost-review diff                      this branch and its uncommitted changes against the default branch
      aicost-review diff --base v1.2 --head v1.3 --format markdown
      aicost-review scan                      every call site, with the cost per 1,000 calls
      aicost-review explain src/agent.py      where a number comes from
    """


def main() -> None:
    """The one error boundary: what the user can mend is told in two lines, a bug of ours comes with a report."""
    # Parsed files are many small values without cycles: looking for garbage among them doubled the time of a scan.
    gc.set_threshold(200_000, 50, 100)
    console.end_when_told()
    try:
        code = cli.main(standalone_mode=False)
    except ReviewError as error:
        sys.exit(_told(error))
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_USAGE)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
    except Exception as error:  # noqa: BLE001 the boundary: everything unexpected is our bug and is reported as such
        machine = of_machine(error) if isinstance(error, OSError) else None
        if machine is not None:
            sys.exit(_told(machine))
        click.echo(bug_report(error, __version__), err=True)
        sys.exit(EXIT_BUG)
    sys.exit(code if isinstance(code, int) else 0)


def _told(error: ReviewError) -> int:
    click.echo(f"error: {error.message}", err=True)
    if error.hint:
        click.echo(f"  hint: {error.hint}", err=True)
    return EXIT_USAGE


if __name__ == "__main__":
    main()
