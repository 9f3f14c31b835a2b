"""Speed and memory as ratios measured side by side: python benchmarks/run.py [--repo PATH] [--files 50000] [--rounds 3]

Every comparison runs whole processes in turn, A B C A B C, so that a machine that slows down slows all of them, and
gives the median of the ratios with its spread. Nothing here fails: beside each ratio stands its target and by how much
it is met or missed. Progress goes to stderr; what is printed at the end is a block for `benchmarks/RESULTS.md`.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.measure import Bench, Timed, machine, side_by_side  # noqa: E402
from prompts_scanner.words import CALL_WORDS, SURFACE_WORDS  # noqa: E402

CLI = [sys.executable, "-m", "bot.cli"]
WORDS = f"{SURFACE_WORDS}|{CALL_WORDS}"
WORTH_TOKENS = 30
LIMIT_MIB = 400_000_000 / (1 << 20)
# One line of Python, so that it is one process that does nothing else.
PRICES = (
    "from datetime import date; from bot.prices import PriceBook; "
    "print(PriceBook(on=date(2026, 11, 1)).rates('gpt-4o', 'openai'))"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repo", type=Path, help="also measure a repository of yours, at its HEAD")
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--sites", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aicost-bench-") as name:
        bench = Bench(Path(name), given.rounds)
        for part in (start, small_things, monorepo, warm, rival, own):
            part(bench, given)
        print(f"\n## {machine()}\n\n`python benchmarks/run.py {' '.join(sys.argv[1:])}`".rstrip("` ") + "`\n")
        print(bench.table())


# -- parts ---------------------------------------------------------------------------------------------------------------


def cli(bench: Bench, name: str, *arguments: str, cold: bool) -> Timed:
    """A run of ours, in a folder that is none of ours; `cold`: its cache is emptied before it."""
    cache = bench.folder / "cache"
    return Timed(name, [*CLI, *arguments], bench.folder, cache if cold else None, (("XDG_CACHE_HOME", str(cache)),))


def start(bench: Bench, given: argparse.Namespace) -> None:
    del given
    plain, demo = str(without_calls(bench.folder / "plain")), str(bench.folder / "demo")
    subprocess.run([sys.executable, str(ROOT / "scripts/make_demo.py"), demo], check=True, stdout=subprocess.DEVNULL)
    ends = ("--base", "HEAD~1", "--head", "HEAD")
    imports = Timed("import pydantic, click", [sys.executable, "-c", "import pydantic, click"], bench.folder)
    quiet = cli(bench, "diff, small repository without a call, cold", "diff", plain, *ends, cold=True)
    still = cli(bench, "diff, demo (5 priced calls), nothing changed, cold", "diff", demo, "--base", "HEAD", "--head", "HEAD", cold=True)  # fmt: skip
    pull = cli(bench, "diff, demo, its pull request, cold", "diff", demo, cold=True)
    again = cli(bench, "the same, remembered", "diff", demo, cold=False)
    # Small, so that more rounds cost little and say more.
    runs = side_by_side(bench, [quiet, imports, still, imports, pull, again, imports], rounds=max(7, bench.rounds))
    bench.ratio(quiet, runs[0], imports, runs[1], at_most=3)
    bench.ratio(still, runs[2], imports, runs[3], at_most=3)
    bench.ratio(pull, runs[4], imports, runs[6])
    bench.ratio(again, runs[5], imports, runs[6])


def small_things(bench: Bench, given: argparse.Namespace) -> None:
    """Prices and token counts."""
    del given
    nothing = Timed("python that does nothing", [sys.executable, "-c", "pass"], bench.folder)
    prices = Timed("prices: snapshot read, one model's rates", [sys.executable, "-c", PRICES], bench.folder)
    both = [prices, nothing]
    if has("genai_prices"):
        both.append(Timed("import genai_prices", [sys.executable, "-c", "import genai_prices"], bench.folder))
    runs = side_by_side(bench, both, rounds=max(7, bench.rounds))
    for other, found in zip(both[1:], runs[1:], strict=True):
        bench.ratio(prices, runs[0], other, found)
    ours, theirs = token_counts(bench.rounds)
    text = Timed("1 MB of text counted", [], bench.folder), Timed("tiktoken's encode_ordinary", [], bench.folder)
    bench.seconds_ratio(text[0], ours, text[1], theirs, at_most=1.2)


def token_counts(rounds: int) -> tuple[list[float], list[float]]:
    """Processor seconds of each, in a process of their own."""
    code = (
        "import json, sys, time\nfrom bot.tokens.vocabulary import count, encoding\n"
        f"text = ''.join(p.read_text() for p in sorted(__import__('pathlib').Path({str(ROOT)!r}).glob('bot/**/*.py')))\n"
        "text = (text * (1 + 1_000_000 // len(text)))[:1_000_000]\nplain = encoding('o200k_base').encode_ordinary\n"
        "times = [], []\n"
        f"for _ in range({max(7, rounds)}):\n"
        "    for kept, work in zip(times, (lambda: count(text, 'o200k_base'), lambda: plain(text))):\n"
        "        start = time.process_time(); work(); kept.append(time.process_time() - start)\n"
        "print(json.dumps(times))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    ours, theirs = json.loads(done.stdout)
    return ours, theirs


def monorepo(bench: Bench, given: argparse.Namespace) -> None:
    mono, tenth, half = (generated(bench, given.files // n, given.sites // n) for n in (1, 10, 2))
    grep = Timed("git grep -lE for the prefilter's words", grep_for_words(mono, "main"), bench.folder)
    scan, small, middle = (
        cli(bench, f"scan of {files:,} files, cold", "scan", str(path), "--rev", "main", "--format", "json", cold=True)
        for path, files in ((mono, given.files), (tenth, given.files // 10), (half, given.files // 2))
    )
    pull = cli(bench, "diff of a 10-file pull request on it, cold", *pull_on(mono), cold=True)
    runs = side_by_side(bench, [grep, scan, pull, middle, small], warm_up=1)
    bench.ratio(scan, runs[1], grep, runs[0], at_most=8)
    bench.memory(scan, runs[1], LIMIT_MIB)
    bench.cores(scan, runs[1])
    bench.ratio(pull, runs[2], scan, runs[1], at_most=1.3)
    bench.ratio(scan, runs[1], middle, runs[3], at_most=2.2)
    bench.ratio(
        scan, runs[1], small, runs[4], at_most=2.2 ** math.log2(10), note="ten times the files; 2.2 for each doubling"
    )


def warm(bench: Bench, given: argparse.Namespace) -> None:
    """Remembered runs: of the whole monorepo and of a tenth, which has as many changed files."""
    for files, sites in ((given.files // 10, given.sites // 10), (given.files, given.sites)):
        mono = generated(bench, files, sites)
        told = cli(bench, f"10-file diff on {files:,} files, remembered, JSON", *pull_on(mono), cold=False)
        shown = cli(bench, "the same, for a terminal", *pull_on(mono)[:-2], cold=False)
        shutil.rmtree(bench.folder / "cache", ignore_errors=True)
        runs = side_by_side(bench, [told, shown], warm_up=2)
        bench.seconds(told, runs[0], at_most=2)
        bench.seconds(shown, runs[1], at_most=2)


def rival(bench: Bench, given: argparse.Namespace) -> None:
    """tokentoll on the same tree, and what each of the two found there."""
    program = shutil.which("tokentoll") or next((str(p) for p in [Path(sys.executable).parent / "tokentoll"] if p.exists()), None)  # fmt: skip
    if program is None:
        bench.say("tokentoll is not installed (`pip install tokentoll`): not measured.")
        return
    checkout = bench.folder / "checkout"
    tree = str(generated(bench, given.files, given.sites))
    subprocess.run(["git", "clone", "--quiet", tree, str(checkout)], check=True)
    theirs = Timed("tokentoll scan", [program, "scan", str(checkout), "--format", "json"], checkout)
    ours = cli(bench, f"scan of {given.files:,} files on disk, cold", "scan", str(checkout), "--format", "json", cold=True)  # fmt: skip
    runs = side_by_side(bench, [theirs, ours], warm_up=0)
    bench.ratio(ours, runs[1], theirs, runs[0], at_most=0.1)
    for name, timed, facts, found in (("ours", ours, our_facts, runs[1]), ("tokentoll", theirs, their_facts, runs[0])):
        done = subprocess.run(
            timed.command, cwd=timed.folder, env=timed.environment_of(), capture_output=True, check=True
        )
        told = facts(json.loads(done.stdout))
        speed = sum(told.values()) / statistics.median(run.wall_seconds for run in found)
        bench.say(
            f"{name} found on it {', '.join(f'{n:,} {what}' for what, n in told.items())}: {speed:,.0f} answers a second."
        )


def own(bench: Bench, given: argparse.Namespace) -> None:
    """Any repository."""
    if given.repo is None:
        return
    path = given.repo.resolve()
    ours = cli(bench, f"scan of {path.name}, cold", "scan", str(path), "--rev", "HEAD", "--format", "json", cold=True)
    again = cli(bench, "the same, remembered", "scan", str(path), "--rev", "HEAD", "--format", "json", cold=False)
    grep = Timed("git grep -lE for the words", grep_for_words(path, "HEAD"), bench.folder)
    runs = side_by_side(bench, [grep, ours, again], warm_up=1)
    bench.ratio(ours, runs[1], grep, runs[0])
    bench.ratio(again, runs[2], grep, runs[0])


# -- what they run on ------------------------------------------------------------------------------------------------------


def generated(bench: Bench, files: int, sites: int) -> Path:
    path = bench.folder / f"mono-{files}"
    if not path.exists():
        bench.progress(f"making {path.name}")
        program = [sys.executable, str(ROOT / "benchmarks/monorepo.py"), str(path)]
        subprocess.run([*program, "--files", str(files), "--sites", str(sites)], check=True)
    return path


def pull_on(mono: Path) -> tuple[str, ...]:
    return ("diff", str(mono), "--base", "main", "--head", "pull", "--format", "json")


def grep_for_words(path: Path, rev: str) -> list[str]:
    return ["git", "-C", str(path), "grep", "-lzaE", WORDS, rev]


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


def has(module: str) -> bool:
    return subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0


# -- what was found -------------------------------------------------------------------------------------------------------


def our_facts(document: dict[str, list[dict[str, Any]]]) -> dict[str, int]:
    calls = [item for item in document["items"] if item["kind"] == "call"]
    return answers(
        len(calls),
        models=sum(c["model"] is not None for c in calls),
        caps=sum(c["output_cap"] is not None for c in calls),
        counts=sum(c["input_tokens"] is not None and c["input_tokens"]["likely"] >= WORTH_TOKENS for c in calls),
        others=len(document["items"]) - len(calls),
    )


def their_facts(document: dict[str, list[dict[str, Any]]]) -> dict[str, int]:
    calls = document["calls"]
    return answers(
        len(calls),
        models=sum(c["model_found"] for c in calls),
        caps=sum(c["max_tokens"] is not None for c in calls),
        counts=sum((c["estimated_input_tokens"] or 0) >= WORTH_TOKENS for c in calls),
        others=0,
    )


def answers(calls: int, *, models: int, caps: int, counts: int, others: int) -> dict[str, int]:
    """Each call of the generated tree has a model, a cap on output in another file, and a prompt of 50 tokens or more."""
    return {
        "calls": calls,
        "models of them": models,
        "caps on output": caps,
        f"counts of {WORTH_TOKENS} and more input tokens": counts,
        "prompts and other settings": others,
    }


if __name__ == "__main__":
    main()
