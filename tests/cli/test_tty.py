"""A person at a terminal: colour, and no trace of the progress line. A pseudo-terminal stands in for the person."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from bot import console
from tests.cli.conftest import chat
from tests.revisions.conftest import Repo


def at_a_terminal(repo: Repo, home: Path, **extra: str) -> str:
    """What a terminal receives of `diff`, from stdout and stderr alike."""
    ours, theirs = pty.openpty()
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "HOME": str(home),
        "TERM": "xterm",
        **extra,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "diff", str(repo.path)],
        stdout=theirs,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
        env=env,
    ) as process:
        os.close(theirs)
        received = b""
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            received += part
    os.close(ours)
    assert process.returncode == 0
    return received.decode()


def test_colour_for_a_person_and_none_on_demand(repo: Repo, tmp_path: Path) -> None:
    repo.write("app/chat.py", chat(words=900))
    assert "\x1b[1;31m" in at_a_terminal(repo, tmp_path)
    assert "\x1b[1;31m" not in at_a_terminal(repo, tmp_path, NO_COLOR="1")
    assert "\x1b[1;31m" not in at_a_terminal(repo, tmp_path, TERM="dumb")


def test_progress_appears_after_a_while_and_goes_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(console, "PATIENCE_SECONDS", 0)
    with console.progress() as say:
        say("reading the base")
        shown = ""
        while "reading the base" not in shown:
            shown += capsys.readouterr().err
            say("reading the base")
    assert capsys.readouterr().err.endswith("\r\x1b[K")


@pytest.mark.parametrize(
    ("quiet", "verbose", "told"), [(False, False, ""), (True, False, ""), (False, True, "reading ...\n")]
)
def test_progress_in_a_log(capsys: pytest.CaptureFixture[str], quiet: bool, verbose: bool, told: str) -> None:
    with console.progress(quiet=quiet, verbose=verbose) as say:
        say("reading")
    assert capsys.readouterr().err == told


def test_a_file_is_the_old_one_or_the_whole_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out.md"
    console.emit("first", target)
    assert target.read_text() == "first"

    def fails(self: Path, other: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(KeyboardInterrupt):
        console.emit("second", target)
    assert target.read_text() == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["out.md"]
