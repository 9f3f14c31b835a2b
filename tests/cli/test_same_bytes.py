"""The same findings, byte for byte: with a cache, cold or warm, without one, with one processor or several, in any order of hashing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
RUN = "import os, sys\nos.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:{cores}])\nfrom bot.cli import main\nmain()"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "repo"
    subprocess.run([sys.executable, str(ROOT / "scripts/make_demo.py"), str(path)], check=True, capture_output=True)
    return path


def told(arguments: tuple[str, ...], cache: Path, *options: str, cores: int = 64, seed: int = 1) -> bytes:
    environment = os.environ | {
        "HOME": str(cache), "XDG_CACHE_HOME": str(cache), "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    command = [sys.executable, "-c", RUN.format(cores=cores), *arguments, *options]
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()
    assert done.stdout
    return done.stdout


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux lets a process give up processors")
@pytest.mark.parametrize("command", ["diff", "scan"])
def test_the_bytes_do_not_depend_on_how_they_came_about(demo: Path, tmp_path: Path, command: str) -> None:
    revisions = ("--base", "HEAD~3", "--head", "HEAD") if command == "diff" else ("--rev", "HEAD")
    arguments = (command, str(demo), *revisions, "--on", "2026-11-25", "--format", "json")
    plain = told(arguments, tmp_path / "none", "--no-cache")
    cache = tmp_path / "cache"
    assert told(arguments, cache, seed=2) == plain  # cold
    assert (cache / "aicost-review").is_dir() or (cache / ".cache").is_dir()
    assert told(arguments, cache, seed=3) == plain  # warm
    assert told(arguments, tmp_path / "none", "--no-cache", cores=1) == plain
    # what another change taught the cache is no answer for this one
    other = tmp_path / "other"
    told(("diff", str(demo), "--base", "HEAD~5", "--head", "HEAD~4", "--on", "2026-11-25"), other)
    assert told(arguments, other, cores=1) == plain
