"""Whole processes measured in turn, and a table of what that says beside what was wanted."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# In a child of its own, so that processor time and memory are this command's and its children's alone. What all of them
# hold at one moment is looked up every 50 ms where /proc tells.
_CHILD = """
import os, resource, subprocess, sys, threading, time
def held(pid):
    pages, others = 0, [pid]
    while others:
        one = others.pop()
        try:
            with open(f"/proc/{one}/statm") as f: pages += int(f.read().split()[1])
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children") as f: others += map(int, f.read().split())
        except (OSError, ValueError, IndexError): pass
    return pages * resource.getpagesize() / (1 << 20)
most, over = [0.0], threading.Event()
def watch(pid):
    while not over.wait(0.05): most[0] = max(most[0], held(pid))
start = time.perf_counter()
running = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
threading.Thread(target=watch, args=(running.pid,), daemon=True).start()
_, complaint = running.communicate()
wall = time.perf_counter() - start
over.set()
used = resource.getrusage(resource.RUSAGE_CHILDREN)
scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / scale, most[0], running.returncode)
sys.stderr.write(complaint.decode("utf-8", "replace")[-500:])
"""


@dataclass(frozen=True)
class Run:
    """`peak_mib` of the largest process, `together_mib` of all of them at one moment (0: not known)."""

    wall_seconds: float
    cpu_seconds: float
    peak_mib: float
    together_mib: float


@dataclass(frozen=True)
class Timed:
    """A command, where it runs, and what must be removed before each run (a cache)."""

    name: str
    command: list[str]
    folder: Path
    fresh: Path | None = None
    environment: tuple[tuple[str, str], ...] = ()

    def environment_of(self) -> dict[str, str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **dict(self.environment)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
        return environment


def measured(timed: Timed) -> Run:
    if timed.fresh is not None:
        shutil.rmtree(timed.fresh, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *timed.command],
        cwd=timed.folder,
        env=timed.environment_of(),
        capture_output=True,
        text=True,
        check=True,
    )
    wall, cpu, peak, together, status = done.stdout.split()
    if status not in ("0", "1"):
        raise SystemExit(f"{timed.name} ended with {status}: {done.stderr}")
    return Run(float(wall), float(cpu), float(peak), float(together))


def side_by_side(
    bench: Bench, all_timed: Sequence[Timed], *, rounds: int | None = None, warm_up: int = 99
) -> list[list[Run]]:
    """The runs of each command, in turn. The first `warm_up` of them run once before, for the page cache and bytecode."""
    for timed in all_timed[:warm_up]:
        bench.progress(f"first: {timed.name}")
        measured(timed)
    runs: list[list[Run]] = [[] for _ in all_timed]
    for number in range(rounds or bench.rounds):
        for timed, kept in zip(all_timed, runs, strict=True):
            kept.append(measured(timed))
            bench.progress(f"{number + 1}: {timed.name}: {kept[-1].wall_seconds:.2f} s")
    return runs


@dataclass
class Bench:
    folder: Path
    rounds: int
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)

    def progress(self, text: str) -> None:
        print(f"{time.monotonic() - self.begun:5.0f} s  {text}", file=sys.stderr, flush=True)

    def say(self, note: str) -> None:
        self.notes.append(note)
        self.progress(note)

    def ratio(
        self, ours: Timed, a: list[Run], other: Timed, b: list[Run], *, at_most: float | None = None, note: str = ""
    ) -> None:
        walls = [[run.wall_seconds for run in runs] for runs in (a, b)]
        cpu = statistics.median(x.cpu_seconds / y.cpu_seconds for x, y in zip(a, b, strict=True))
        self._ratio(ours.name, walls[0], other.name, walls[1], at_most, f"{cpu:.2f}", memory_of(a), note)

    def seconds_ratio(
        self, ours: Timed, a: list[float], other: Timed, b: list[float], *, at_most: float | None = None
    ) -> None:
        self._ratio(ours.name, a, other.name, b, at_most, "", "", "")

    def _ratio(
        self, ours: str, a: list[float], other: str, b: list[float], at_most: float | None, cpu: str, memory: str, note: str
    ) -> None:  # fmt: skip
        ratios = sorted(x / y for x, y in zip(a, b, strict=True))
        middle = statistics.median(ratios)
        shown = f"**{middle:.2f}** ({ratios[0]:.2f}–{ratios[-1]:.2f})"
        self._row(ours, seconds(a), memory, f"{other}: {seconds(b)}", shown, cpu, verdict(middle, at_most, " ×", note))

    def seconds(self, ours: Timed, runs: list[Run], *, at_most: float) -> None:
        walls = [run.wall_seconds for run in runs]
        cpu = statistics.median(run.cpu_seconds for run in runs)
        middle = statistics.median(walls)
        self._row(ours.name, seconds(walls), memory_of(runs), "–", f"{cpu:.2f} s of processor", "", verdict(middle, at_most, " s"))  # fmt: skip

    def memory(self, ours: Timed, runs: list[Run], most_mib: float) -> None:
        peak = max(run.peak_mib for run in runs)
        self._row(f"memory of {ours.name}", "", memory_of(runs), "–", "", "", verdict(peak, most_mib, " MiB"))

    def cores(self, ours: Timed, runs: list[Run]) -> None:
        busy = statistics.median(run.cpu_seconds / run.wall_seconds for run in runs)
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        both = "both used: **met**" if busy > 1 else "both used: **missed**, one at work on average"
        self._row(f"cores of {ours.name}", "", "", f"{cores} there are", f"**{busy:.2f}** at work on average", "", both)

    def _row(self, *cells: str) -> None:
        self.rows.append(cells)
        self.progress(" | ".join(cells))

    def table(self) -> str:
        heads = (
            "what",
            "wall, median (min–max)",
            "peak: largest process / all",
            "beside",
            "ratio of walls, median (min–max)",
        )
        heads += ("of processor time", "target")
        lines = [heads, ("---",) * len(heads), *self.rows]
        table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        return "\n".join([table, *(f"\n{note}" for note in self.notes)])


def seconds(walls: Sequence[float]) -> str:
    middle = statistics.median(walls)
    digits = 3 if middle < 1 else 2 if middle < 10 else 1
    return f"{middle:.{digits}f} s ({min(walls):.{digits}f}–{max(walls):.{digits}f})"


def memory_of(runs: Sequence[Run]) -> str:
    together = max(run.together_mib for run in runs)
    return f"{max(run.peak_mib for run in runs):.0f} / {f'{together:.0f}' if together else '?'} MiB"


def verdict(found: float, at_most: float | None, unit: str, note: str = "") -> str:
    """The target, and by how much it is met or missed."""
    if at_most is None:
        return "none"
    told = "met" if found <= at_most else f"**missed** by {found - at_most:.3g}{unit}, {found / at_most:.2f} times it"
    return f"≤ {at_most:.3g}{unit}: {told}{f' ({note})' if note else ''}"


def machine() -> str:
    """When and where: the first line of a block in RESULTS.md."""
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()  # fmt: skip
    load = f", load {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {commit or 'no commit'}, {os.cpu_count()} cores{load}, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, git {git}"
    )
