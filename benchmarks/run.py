"""Speed and memory as ratios measured side by side: python benchmarks/run.py [--repo PATH] [--files 50000] [--rounds 5]

Every comparison runs A and B in turn, A B A B, as whole processes, and prints the median of each with its spread, the
peak memory and the ratio of the medians. A machine that slows down slows both. Nothing here is a pass or a fail: the
targets stand beside the ratios, and `benchmarks/RESULTS.md` keeps dated runs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from prompts_scanner.words import CALL_WORDS, SURFACE_WORDS  # noqa: E402

CLI = [sys.executable, "-m", "bot.cli"]


@dataclass(frozen=True)
class Run:
    wall_seconds: float
    cpu_seconds: float
    peak_mib: float


@dataclass(frozen=True)
class Timed:
    """A command, where it runs, and what must be removed before each run (a cache)."""

    name: str
    command: list[str]
    folder: Path
    fresh: Path | None = None
    environment: tuple[tuple[str, str], ...] = ()


def measured(timed: Timed) -> Run:
    """In a child of its own, so that memory and processor time are this command's and its children's alone."""
    code = (
        "import resource, subprocess, sys, time\n"
        "start = time.perf_counter()\n"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)\n"
        "wall = time.perf_counter() - start\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "scale = 1 << 20 if sys.platform == 'darwin' else 1 << 10\n"
        "print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / scale, done.returncode)\n"
        "sys.stderr.write(done.stderr.decode()[-500:])\n"
    )
    if timed.fresh is not None:
        shutil.rmtree(timed.fresh, ignore_errors=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **dict(timed.environment)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    done = subprocess.run(
        [sys.executable, "-c", code, *timed.command],
        cwd=timed.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    wall, cpu, peak, status = done.stdout.split()
    if status not in ("0", "1"):
        raise SystemExit(f"{timed.name} ended with {status}: {done.stderr}")
    return Run(float(wall), float(cpu), float(peak))


def compare(title: str, ours: Timed, other: Timed, target: str, rounds: int) -> None:
    a: list[Run] = []
    b: list[Run] = []
    for number in range(rounds + 1):
        pair = measured(ours), measured(other)
        if number:  # the first warms the page cache
            a.append(pair[0])
            b.append(pair[1])
    ratios = sorted(x.wall_seconds / y.wall_seconds for x, y in zip(a, b, strict=True))
    print(f"\n### {title}\n")
    print("| | wall s, median (min–max) | processor s | peak MiB of one process |")
    print("|---|---|---|---|")
    for timed, runs in ((ours, a), (other, b)):
        walls = sorted(r.wall_seconds for r in runs)
        cpu = statistics.median(r.cpu_seconds for r in runs)
        peak = max(r.peak_mib for r in runs)
        print(
            f"| {timed.name} | {statistics.median(walls):.3f} ({walls[0]:.3f}–{walls[-1]:.3f}) | {cpu:.3f} | {peak:.0f} |"
        )
    print(
        f"\nRatio, median (min–max): **{statistics.median(ratios):.2f}** ({ratios[0]:.2f}–{ratios[-1]:.2f}). Target: {target}."
    )


def tokentoll() -> str | None:
    return shutil.which("tokentoll") or next(
        (str(p) for p in [Path(sys.executable).parent / "tokentoll"] if p.exists()), None
    )


def monorepo(folder: Path, files: int, sites: int) -> Path:
    path = folder / f"mono-{files}"
    subprocess.run(
        [sys.executable, str(ROOT / "benchmarks/monorepo.py"), str(path), "--files", str(files), "--sites", str(sites)],
        check=True,
    )
    return path


def without_calls(path: Path) -> Path:
    """A repository of two small modules, one of which changed, and no word about models."""
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", "init", "--quiet", "--initial-branch", "main", str(path)], check=True)
    (path / "web.ts").write_text("export const one = 1;\n", encoding="utf-8")
    for text in ("def add(a, b):\n    return a + b\n", "def add(a, b):\n    return b + a\n"):
        (path / "app.py").write_text(text, encoding="utf-8")
        subprocess.run(["git", "-C", str(path), "add", "--all"], check=True)
        subprocess.run(["git", "-C", str(path), *who, "commit", "--quiet", "-m", "A change"], check=True)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repo", type=Path, help="also measure a repository of yours")
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--sites", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aicost-bench-") as name:
        bench(Path(name), given)


def bench(folder: Path, given: argparse.Namespace) -> None:
    cache = folder / "cache"
    fresh = (("XDG_CACHE_HOME", str(cache)),)
    demo = folder / "demo"
    subprocess.run(
        [sys.executable, str(ROOT / "scripts/make_demo.py"), str(demo)], check=True, stdout=subprocess.DEVNULL
    )
    start = Timed("import pydantic, click", [sys.executable, "-c", "import pydantic, click"], ROOT)
    plain = [*CLI, "diff", str(without_calls(folder / "plain")), "--base", "HEAD~1", "--head", "HEAD"]
    quiet = Timed("diff, no call in the tree, cold cache", plain, ROOT, cache, fresh)
    compare("A cold run on a small repository that calls no model", quiet, start, "≤ 3", given.rounds)
    same = [*CLI, "diff", str(demo), "--base", "HEAD", "--head", "HEAD"]
    still = Timed("diff without a change, five calls priced, cold cache", same, ROOT, cache, fresh)
    compare("A cold run on a small repository with calls where nothing changed", still, start, "≤ 3", given.rounds)
    again = Timed("diff without a change, five calls priced, warm cache", same, ROOT, None, fresh)
    compare("The same, remembered", again, start, "none", given.rounds)

    mono = monorepo(folder, given.files, given.sites)
    words = ["git", "-C", str(mono), "grep", "-lzaE", f"{SURFACE_WORDS}|{CALL_WORDS}", "main"]
    limit = Timed("git grep for the words", words, ROOT)
    cold = Timed("scan, cold cache", [*CLI, "scan", str(mono), "--rev", "main", "--format", "json"], ROOT, cache, fresh)
    compare(f"Scan of {given.files:,} files with {given.sites:,} call sites", cold, limit, "≤ 8", given.rounds)

    pull = [*CLI, "diff", str(mono), "--base", "main", "--head", "pull", "--format", "json"]
    compare(
        "Diff of a ten-file pull request, cold cache",
        Timed("diff, cold cache", pull, ROOT, cache, fresh),
        cold,
        "≤ 1.3",
        given.rounds,
    )
    compare(
        "Diff of a ten-file pull request, warm cache",
        Timed("diff, warm cache", pull, ROOT, None, fresh),
        limit,
        "≤ 2 s",
        given.rounds,
    )

    compare(
        "The same, for a terminal",
        Timed("diff, warm cache", pull[:-2], ROOT, None, fresh),
        limit,
        "≤ 2 s",
        given.rounds,
    )

    small = monorepo(folder, given.files // 2, given.sites // 2)
    half = Timed(
        "scan of half the files", [*CLI, "scan", str(small), "--rev", "main", "--format", "json"], ROOT, cache, fresh
    )
    compare("Twice the files", cold, half, "≤ 2.2", given.rounds)

    if given.repo is not None:
        own = given.repo.resolve()
        ours = Timed("scan of your repository", [*CLI, "scan", str(own), "--format", "json"], ROOT, cache, fresh)
        theirs = ["git", "-C", str(own), "grep", "-lzaE", f"{SURFACE_WORDS}|{CALL_WORDS}", "HEAD"]
        compare(str(own), ours, Timed("git grep for the words", theirs, ROOT), "≤ 8", given.rounds)
    rival = tokentoll()
    if rival is None:
        print("\ntokentoll is not installed: `pip install tokentoll` to measure it beside.")
        return
    # Of the whole tree it takes a quarter of an hour: a tenth of it, where our fixed costs weigh more than its.
    tenth = monorepo(folder, given.files // 10, given.sites // 10)
    checkout = folder / "checkout"
    subprocess.run(["git", "clone", "--quiet", str(tenth), str(checkout)], check=True)
    ours = [*CLI, "scan", str(checkout), "--format", "json"]
    compare(
        f"tokentoll's scan of {given.files // 10:,} files beside ours",
        Timed("tokentoll scan", [rival, "scan", str(checkout)], checkout),
        Timed("scan, cold cache", ours, ROOT, cache, fresh),
        "≥ 10",
        1,
    )


if __name__ == "__main__":
    main()
