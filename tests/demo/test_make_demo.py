"""The demo repository: the same for everyone, whole, and careful with what is in its place."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "scripts" / "make_demo.py"
SOURCE = ROOT / "examples" / "demo"


def make(destination: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), str(destination)], capture_output=True, text=True, check=False)


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    destination = tmp_path_factory.mktemp("demo") / "acme"
    done = make(destination)
    assert done.returncode == 0, done.stderr
    return destination


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def test_it_has_a_history_and_a_pull_request(demo: Path) -> None:
    assert git(demo, "rev-list", "--count", "main") == "6"
    assert git(demo, "rev-list", "--count", "main..HEAD") == "4"
    assert git(demo, "merge-base", "main", "HEAD") == git(demo, "rev-parse", "main")
    assert git(demo, "status", "--porcelain") == ""


def test_every_file_of_the_example_is_in_it(demo: Path) -> None:
    expected = files(SOURCE / "base") | files(SOURCE / "pr")
    assert files(demo) == expected
    git(demo, "checkout", "--quiet", "main")
    assert files(demo) == files(SOURCE / "base")
    git(demo, "checkout", "--quiet", "-")


def test_every_file_of_the_pull_request_differs(demo: Path) -> None:
    changed = git(demo, "diff", "--name-only", "main", "HEAD").splitlines()
    assert sorted(changed) == sorted(files(SOURCE / "pr"))


def test_its_python_is_python(demo: Path) -> None:
    for path, content in files(demo).items():
        if path.endswith(".py"):
            ast.parse(content, path)


def test_everyone_gets_the_same_commits(demo: Path, tmp_path: Path) -> None:
    make(tmp_path / "again")
    assert git(tmp_path / "again", "rev-parse", "HEAD") == git(demo, "rev-parse", "HEAD")


def test_a_demo_is_made_anew_and_other_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    refused = make(tmp_path / "mine")
    assert refused.returncode == 2
    assert "left as it is" in refused.stderr
    assert (tmp_path / "mine" / "file").read_text() == "mine"
    assert make(tmp_path / "demo").returncode == 0
    (tmp_path / "demo" / "stray").write_text("x")
    assert make(tmp_path / "demo").returncode == 0
    assert not (tmp_path / "demo" / "stray").exists()
