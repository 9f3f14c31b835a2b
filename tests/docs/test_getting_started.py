"""The tutorial is run: its `bash` blocks in their order in an empty folder, and what it shows is what they print."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.cli import COMMANDS
from tests.revisions.conftest import IDENTITY

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / "docs/getting-started.md").read_text(encoding="utf-8")
AGENTS = (ROOT / "AGENTS.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TUTORIAL, re.S | re.M)
END = "==== end of block"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Nobody's settings, and the command on the PATH as an installation puts it there."""
    folder = tmp_path_factory.mktemp("tutorial")
    command = folder / "bin/aicost-review"
    command.parent.mkdir()
    command.write_text(f"#!{sys.executable}\nfrom bot.cli import main\n\nmain()\n")
    command.chmod(0o755)
    return {
        **IDENTITY,
        "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "LANG": "C.UTF-8",
    }


def bash(script: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=environment, capture_output=True, text=True
    )


def test_the_tutorial_does_what_it_says(environment: dict[str, str], tmp_path: Path) -> None:
    blocks = [text for kind, text in BLOCKS if kind == "bash"]
    assert len(blocks) >= 6
    done = bash(f"echo '{END}'\n".join(blocks), environment, tmp_path)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    printed = iter(done.stdout.split(f"{END}\n"))
    output, shown = "", 0
    for kind, text in BLOCKS:
        if kind == "bash":
            output = next(printed)
        elif kind == "text":
            lines = [line.rstrip() for line in text.splitlines() if line.strip() not in ("", "…")]
            assert lines, "an empty block of output"
            shown += len(lines)
            at = 0
            for line in lines:
                found = re.search(rf"^{re.escape(line)}", output[at:], re.M)
                assert found, f"{line!r} is not in:\n{output[at:]}"
                at += found.end()
    assert shown >= 8


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_there_for_each_shell_it_names(shell: str, environment: dict[str, str], tmp_path: Path) -> None:
    assert f"_AICOST_REVIEW_COMPLETE={shell}_source aicost-review" in TUTORIAL
    # click asks the installed bash for its version, which must be 4.4 or newer.
    done = bash(f"_AICOST_REVIEW_COMPLETE={shell}_source aicost-review", environment, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "_AICOST_REVIEW_COMPLETE" in done.stdout


def test_completion_names_the_commands(environment: dict[str, str], tmp_path: Path) -> None:
    asked = {"_AICOST_REVIEW_COMPLETE": "bash_complete", "COMP_WORDS": "aicost-review ", "COMP_CWORD": "1"}
    done = bash("aicost-review", {**environment, **asked}, tmp_path)
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} == set(COMMANDS)


def options_of(command: str, environment: dict[str, str], folder: Path) -> str:
    done = bash(f"aicost-review {command} --help", environment, folder)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def test_the_hook_is_one_that_pre_commit_takes(environment: dict[str, str], tmp_path: Path) -> None:
    """https://pre-commit.com/#new-hooks"""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["id"] for hook in hooks] == ["aicost-review"]
    (hook,) = hooks
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert hook["language"] == "python" and hook["pass_filenames"] is False and hook["always_run"] is True
    assert set(hook["stages"]) <= {"pre-commit", "pre-push", "manual"}
    program, command, *options = shlex.split(hook["entry"])
    assert (program, command) == ("aicost-review", "diff")
    help_text = options_of(command, environment, tmp_path)
    assert [option for option in options if option.startswith("--") and option not in help_text] == []
    used = next(block for kind, text in BLOCKS if kind == "yaml" and "repos" in (block := yaml.safe_load(text)))
    assert [h["id"] for repo in used["repos"] for h in repo["hooks"]] == ["aicost-review"]


def test_the_hooks_command_passes_where_nothing_changed(environment: dict[str, str], tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    script = f"git init -q -b main . && git commit -q --allow-empty -m start && {hook['entry']}"
    assert bash(script, environment, tmp_path).returncode == 0


def test_the_hooks_command_stops_a_commit_over_budget(environment: dict[str, str], tmp_path: Path) -> None:
    """As git runs it: in a hook, with git's own variables set."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    shop = next(text for kind, text in BLOCKS if kind == "bash")
    script = f"""{shop}
printf 'budgets:\\n  every_feature:\\n    max_call_usd: 0.00001\\n' > .aicost.yml
git add . && git commit -qm budget
printf '#!/bin/sh\\nexec {hook["entry"]}\\n' > .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit
git switch -qc change
git commit -q --allow-empty -m harmless
sed -i.orig 's/"gpt-4o-mini"/"gpt-4o"/' app/chat.py && rm app/chat.py.orig
git add . && git commit -qm dearer || echo stopped
git log --format=%s
"""
    done = bash(script, environment, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "stopped\n" in done.stdout, done.stdout + done.stderr
    assert done.stdout.split("stopped\n")[1].split() == ["harmless", "budget", "Answer", "questions"]


def test_what_agents_are_told_exists(environment: dict[str, str], tmp_path: Path) -> None:
    lines = re.findall(r"^aicost-review ([^#\n]+)", AGENTS, re.M)
    assert len(lines) >= 4
    for line in lines:
        command, *rest = shlex.split(line)
        help_text = options_of(command, environment, tmp_path)
        assert [word for word in rest if word.startswith("--") and word not in help_text] == []
    for target in re.findall(r"\]\(([^)#:]+)\)", AGENTS):
        assert (ROOT / target).is_file(), target
