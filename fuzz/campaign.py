"""A long campaign: each target for at least ten minutes, one process at a time, its figures in `fuzz/RESULTS.md`.

    .fuzz/venv/bin/python fuzz/campaign.py [--minutes 10] [--once]

Starts with the target that was run least so far, by `fuzz/results.json`, so that a campaign that was cut off goes on where
it stopped. A target that crashes is noted with the crash, and run on; the input lies in `.fuzz/crashes/` and belongs, once
mended, into `fuzz/corpus/TARGET/`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FIGURES = HERE / "results.json"
TABLE = HERE / "RESULTS.md"
NAMES = re.compile(r'^    "([a-z_]+)": ', re.MULTILINE)
# With what it takes to start; an ordinary input takes milliseconds.
PROCESSOR_SECONDS = 20
HEAD = """# What fuzzing found

Coverage-guided ([atheris](https://github.com/google/atheris)), one process at a time; written by `fuzz/campaign.py`, which
goes on with the target that was run least. It runs beside other work at the lowest priority: minutes are those of the
clock, and beside them those of a processor. Edges are those of our own modules; *crashes* counts inputs that broke a
promise, each of which is mended and lies in `fuzz/corpus/`, where every test run replays it.

| target | minutes | of CPU | executions | edges covered | corpus | crashes found | last run |
|---|--:|--:|--:|--:|--:|--:|---|
"""


def targets() -> list[str]:
    """Read off the source: importing it would need everything that the targets need."""
    text = (HERE / "targets.py").read_text(encoding="utf-8")
    return NAMES.findall(text[text.index("TARGETS: dict") :])


def figures() -> dict[str, dict[str, Any]]:
    return json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.is_file() else {}


def run(target: str, seconds: int) -> dict[str, Any]:
    """One run of a target; a crash ends the process, which is then started anew for the time that is left."""
    begun, before = datetime.now(UTC), resource.getrusage(resource.RUSAGE_CHILDREN)
    spent, executions, edges, corpus, crashes = 0.0, 0, 0, 0, set[str]()
    folder = HERE.parent / ".fuzz" / "crashes"
    folder.mkdir(parents=True, exist_ok=True)
    while spent < seconds:
        log = folder.parent / f"{target}.log"
        with log.open("wb") as out:
            done = subprocess.run(  # noqa: S603 our own fuzzer
                [sys.executable, str(HERE / "run.py"), target, "--seconds", str(max(1, round(seconds - spent)))],
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
                preexec_fn=lambda: os.nice(19),
            )
        said = log.read_text(encoding="utf-8", errors="replace")
        executions += int(_last(r"stat::number_of_executed_units:\s*(\d+)", said) or _last(r"^#(\d+)\t", said) or 0)
        edges = max(edges, int(_last(r"cov: (\d+)", said) or 0))
        corpus = int(_last(r"corp: (\d+)/", said) or corpus)
        spent = (datetime.now(UTC) - begun).total_seconds()
        if done.returncode != 0 and not _only_waited(target, said):
            what = signature(said)
            log.rename(folder / f"{target}-{re.sub('[^A-Za-z0-9]+', '-', what)[:80]}.log")
            crashes.add(what)
            if executions == 0:  # it does not even start
                break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": round(spent),
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime),
        "executions": executions,
        "edges": edges,
        "corpus": corpus,
        "crashes": sorted(crashes),
    }


def _only_waited(target: str, said: str) -> bool:
    """Whether a timeout was the machine's: the fuzzer's clock goes on while others have the processor."""
    file = _last(r"Test unit written to (\S+-timeout-\w+)", said)
    if file is None:
        return False
    again = subprocess.run(  # noqa: S603 our own fuzzer
        [sys.executable, str(HERE / "run.py"), target, "--input", file],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS)),
    )
    return again.returncode == 0


def signature(said: str) -> str:
    """What broke, and where in our code: two inputs with one cause are one crash."""
    kind = (
        _last(r"libFuzzer: (timeout|out-of-memory)", said) or _last(r"^([A-Z]\w*(?:Error|Exception)\b)", said) or "end"
    )
    where = _last(r'File "[^"]*/(?:bot|prompts_scanner|fuzz)/([\w/]+\.py)", line \d+, in \w+', said) or ""
    return f"{kind} in {where}"


def add(target: str, found: dict[str, Any]) -> None:
    known = figures()
    old = known.get(target, {})
    known[target] = {
        **{name: old.get(name, 0) + found[name] for name in ("seconds", "cpu_seconds", "executions")},
        "edges": found["edges"],
        "corpus": found["corpus"],
        "crashes": sorted({*old.get("crashes", ()), *found["crashes"]}),
        "last": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    _write(FIGURES, json.dumps(known, indent=1, sort_keys=True) + "\n")
    write_table(known)


def write_table(known: dict[str, dict[str, Any]]) -> None:
    rows = [
        _row(name, known[name]) if name in known else f"| {name} | not run yet | | | | | | |"
        for name in sorted(targets())
    ]
    total = sum(f["executions"] for f in known.values())
    hours = sum(f["seconds"] for f in known.values()) / 3600
    crashes = sum(len(f["crashes"]) for f in known.values())
    end = f"\nTogether {total:,} executions in {hours:.1f} hours, {crashes} crashes.\n"
    notes = HERE / "NOTES.md"
    _write(TABLE, HEAD + "\n".join(rows) + "\n" + end + (f"\n{notes.read_text('utf-8')}" if notes.is_file() else ""))


def _row(name: str, f: dict[str, Any]) -> str:
    figures = (f["seconds"] // 60, f["cpu_seconds"] // 60, f["executions"], f["edges"], f["corpus"], len(f["crashes"]))
    return f"| {name} | {' | '.join(f'{figure:,}' for figure in figures)} | {f['last']} |"


def _write(file: Path, text: str) -> None:
    beside = file.with_suffix(".part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def _last(pattern: str, text: str) -> str | None:
    found = re.findall(pattern, text, re.MULTILINE)
    return found[-1] if found else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--once", action="store_true", help="End when every target has had so many minutes.")
    given = parser.parse_args()
    while True:
        known = figures()
        least = min(reversed(targets()), key=lambda name: known.get(name, {}).get("seconds", 0))  # the newest first
        if given.once and known.get(least, {}).get("seconds", 0) >= given.minutes * 60:
            return
        print(f"{datetime.now(UTC):%H:%M:%S} {least}", flush=True)
        found = run(least, round(given.minutes * 60))
        add(least, found)
        print(f"{datetime.now(UTC):%H:%M:%S} {least} {found}", flush=True)


if __name__ == "__main__":
    main()
