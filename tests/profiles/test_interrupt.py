"""Ctrl-C during `profile build`: exit code 130 and a line, no half-written profile, nothing left where the engine spills."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.profiles.schema import load_profiles, read_profile
from tests.profiles.make import jsonl
from tests.profiles.test_command import log_rows

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a process of Windows cannot be sent Ctrl-C alone")
ROOT = Path(__file__).parents[2]

# A shell's background job, and so a runner of tests, may hand down that SIGINT is ignored: a terminal does not.
TERMINAL = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
COMMAND = "from bot.cli import main\nmain()\n"
# Sends the process SIGINT when Python tells of the first such event (https://docs.python.org/3/library/audit_events.html).
AT_EVENT = """
import os, sys
sent = []
def hook(event, args):
    if event == {event!r} and {part!r} in str(args) and not sent:
        sent.append(event)
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(hook)
"""
# A question that takes DuckDB hours, and a thread that presses Ctrl-C in the midst of it.
LONG_QUESTION = """
import os, sys, threading, time
from pathlib import Path
import ibis
from bot.profiles.engine.run import open_engine
engine = open_engine("duckdb", folder=Path(sys.argv[1]), threads=1)
rows = ibis.range(10_000_000).unnest().name("a").as_table()
pairs = rows.cross_join(rows.rename(b="a"))
long = pairs.aggregate(n=(pairs.a * pairs.b % 7).sum())
def press():
    time.sleep(1)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=press, daemon=True).start()
try:
    {ask}
except KeyboardInterrupt:
    print("interrupted")
"""


class Build:
    """A build of 10,000 calls of four features, into a folder that has the profile of the first."""

    def __init__(self, log: Path, folder: Path) -> None:
        self.log, self.out, self.work = log, folder / "profiles", folder / "work"
        self.out.mkdir()
        self.work.mkdir()

    def start(self, code: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", TERMINAL + code, "profile", "build", str(self.log), "-o", str(self.out)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(self.work)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ended(self, process: subprocess.Popen[str]) -> list[str]:
        """Names of the profiles that are there, all of them whole."""
        err = process.communicate()[1]
        assert (process.returncode, err.split()[-1]) == (130, "interrupted"), err
        assert "Traceback" not in err
        assert "error:" not in err
        assert list(self.work.iterdir()) == []
        names = sorted(p.name for p in self.out.iterdir())
        for name in names:
            assert read_profile((self.out / name).read_text("utf-8"), name).calls.n == 2500
        assert len(load_profiles(self.out)) == len(names)
        return names


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """One that nobody interrupts."""
    folder = tmp_path_factory.mktemp("whole")
    rows = [{**row, "feature": f"f{i % 4}"} for i, row in enumerate(log_rows(per_day=2000))]
    build = Build(jsonl(folder / "calls.jsonl", rows), folder)
    _, err = build.start(COMMAND).communicate()
    assert "10,000 billed calls" in err
    assert sorted(p.name for p in build.out.iterdir()) == ["f0.yaml", "f1.yaml", "f2.yaml", "f3.yaml"]
    assert list(build.work.iterdir()) == []
    return build


@pytest.fixture
def build(whole: Build, tmp_path: Path) -> Build:
    made = Build(whole.log, tmp_path)
    shutil.copy(whole.out / "f0.yaml", made.out)
    return made


@pytest.mark.parametrize(
    ("event", "part", "names"),
    [
        ("import", "ibis", ["f0.yaml"]),
        ("tempfile.mkdtemp", "aicost-profile-", ["f0.yaml"]),
        ("os.mkdir", "aicost-profile-", ["f0.yaml"]),
        ("shutil.rmtree", "aicost-profile-", ["f0.yaml"]),
        ("os.remove", "work.duckdb", ["f0.yaml"]),
        ("tempfile.mkstemp", "f0.yaml", ["f0.yaml"]),
        ("os.rename", "f0.yaml", ["f0.yaml"]),
        ("os.rename", "f1.yaml", ["f0.yaml"]),
        ("tempfile.mkstemp", "f2.yaml", ["f0.yaml", "f1.yaml"]),
        ("os.rename", "f3.yaml", ["f0.yaml", "f1.yaml", "f2.yaml"]),
    ],
)  # fmt: skip
def test_at_an_event(whole: Build, build: Build, event: str, part: str, names: list[str]) -> None:
    process = build.start(AT_EVENT.format(event=event, part=part) + COMMAND)
    assert build.ended(process) == names
    assert (build.out / "f0.yaml").read_bytes() == (whole.out / "f0.yaml").read_bytes()


@pytest.mark.parametrize(
    "begun",
    [
        lambda work: any(work.glob("aicost-profile-*")),
        lambda work: any(work.glob("*/work.duckdb")),
        lambda work: any(work.glob("*/spool.parquet")),
    ],
    ids=["folder", "engine", "spool"],
)
def test_while_the_log_is_read(whole: Build, build: Build, begun: Callable[[Path], bool]) -> None:
    process = build.start(COMMAND)
    while not begun(build.work):
        assert process.poll() is None
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    assert build.ended(process) == ["f0.yaml"]
    assert (build.out / "f0.yaml").read_bytes() == (whole.out / "f0.yaml").read_bytes()


@pytest.mark.parametrize("ask", ["engine.columns(long)", "list(engine.rows(long))", 'engine.keep("kept", long)'])
def test_while_duckdb_works(tmp_path: Path, ask: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TERMINAL + LONG_QUESTION.format(ask=ask), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr
