"""The README says what the program does: its commands, options, files and the example's figures are those of the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.cli import COMMANDS
from bot.config import parse_config

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def cli(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def table_of_commands() -> str:
    return README.partition("## Commands")[2].partition("\nExit codes")[0]


def test_the_table_names_every_command_and_no_other() -> None:
    named = {
        name for row in re.findall(r"^\| (`.*?) \|", table_of_commands(), re.M) for name in re.findall(r"`(\w+)", row)
    }
    assert set(COMMANDS) <= named
    # what stands alone after the first of a group, as in `prices show MODEL`, `list`
    assert named - set(COMMANDS) == {"list", "update", "show", "check", "sql"}


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_that_begins_as_the_list_says(command: str) -> None:
    done = cli(command, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: ")
    assert f" {command} " in done.stdout.splitlines()[0]


def test_options_that_the_readme_names_exist() -> None:
    used = re.findall(r"^aicost-review (\w+)[^#\n]*", README, re.M)
    assert used, "the README shows no command"
    for line in re.findall(r"^aicost-review ([^#\n]*)", README, re.M):
        name, *rest = line.split()
        help_text = cli(name, "--help").stdout
        for option in (word for word in rest if word.startswith("--")):
            assert option in help_text, f"{name} {option}"
    for row in re.findall(r"^\| `(\w+) [^|]*\| ?[^|]*", table_of_commands(), re.M):
        help_text = cli(row, "--help").stdout
        line = next(text for text in table_of_commands().splitlines() if text.startswith(f"| `{row} "))
        for option in re.findall(r"--[a-z-]+", line):
            assert option in help_text, f"{row} {option}"


def test_the_configuration_it_shows_is_valid() -> None:
    blocks = [b for b in re.findall(r"^```yaml\n(.*?)^```$", README, re.S | re.M) if "features:" in b]
    assert len(blocks) == 1
    config = parse_config(blocks[0], "README.md")
    assert [f.name for f in config.features] == ["support-chatbot"]


def test_links_and_paths_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).is_file(), target
    for path in re.findall(r"`((?:examples|schema|docs|benchmarks|prompts_scanner|bot)/[\w./-]*)`", README):
        assert (ROOT / path).exists(), path


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for document in (README, (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        for target in re.findall(r"^make (\w+)", document, re.M):
            assert re.search(rf"^{target}:", makefile, re.M), target
            assert re.search(rf"^# make {target} ", makefile, re.M), target


def test_the_workflow_pins_what_the_example_pins() -> None:
    example = (ROOT / "examples/workflows/pull-request.yml").read_text(encoding="utf-8")
    block = next(b for b in re.findall(r"^```yaml\n(.*?)^```$", README, re.S | re.M) if "runs-on" in b)
    shown, full = yaml.safe_load(block), yaml.safe_load(example)
    assert [s.get("uses") for s in shown["jobs"]["ai-cost"]["steps"]] == [
        s.get("uses") for s in full["jobs"]["ai-cost"]["steps"]
    ]
    assert shown["jobs"]["ai-cost"]["permissions"] == full["jobs"]["ai-cost"]["permissions"]
    assert len([line for line in block.splitlines() if line.strip()]) <= 16


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readme") / "demo"
    subprocess.run([sys.executable, str(ROOT / "scripts/make_demo.py"), str(folder)], check=True, capture_output=True)
    return folder


def test_the_comment_it_shows_is_the_demos(demo: Path) -> None:
    done = cli("diff", str(demo), "--format", "markdown", "--quiet")
    assert done.returncode == 0, done.stderr
    shown = README.partition("> ### AI cost")[2].partition("\n\n")[0]
    figures = re.findall(r"[+−]\$[\d,.]+(?:/month)?|~?[\d,]+ →|→ ~?[\d,]+", shown)
    assert len(figures) > 12
    assert [f for f in figures if f not in done.stdout] == []


def test_the_derivation_it_shows_is_the_demos(demo: Path) -> None:
    done = cli("explain", "triage", str(demo), "--quiet")
    assert done.returncode == 0, done.stderr
    block = README.partition("$ aicost-review explain triage .demo\n")[2].partition("```")[0]
    lines = [line.strip() for line in block.splitlines() if line.strip() and line.strip() != "…"]
    assert len(lines) >= 4
    assert [line for line in lines if line not in done.stdout] == []
