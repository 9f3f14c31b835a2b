"""Traffic profiles at scale, and how right they are: python benchmarks/profiles.py COMMAND.

    generate FILE --rows 20000000       a seeded log, skewed as real ones are (Parquet)
    speed FILE                          `profile build` beside hand-written DuckDB SQL of two scans, in turn
    engines FILE                        the same cells from DuckDB, ClickHouse (chDB) and Spark, where installed
    accuracy TRACE.csv ...              percentiles and means against the exact ones of a plain log
    coverage TRACE.csv ...              how often the 95 % interval of a sample of 1,000 holds the mean of the trace

Traces are plain logs (see the README), such as the Azure LLM inference traces of 2023 (CC-BY-4.0); none come with this
repository. `benchmarks/RESULTS.md` keeps dated runs.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

MEMORY = "1GB"

# Uniform numbers in (0, 1) from the row's number: the same file on every machine with this DuckDB. Features are drawn with
# a Zipf-like skew (386 pairs of feature and model in the end), sizes are lognormal with a spread of the feature's own,
# capped at a context window; tasks have 1.8 calls on average; half the calls find a 1,024-token prefix cached.
GENERATE = """
COPY (
  WITH u AS (
    SELECT i, (hash(i, {seed}, 1) >> 11) / 9007199254740992.0 + 1e-16 AS a,
           (hash(i, {seed}, 2) >> 11) / 9007199254740992.0 AS b,
           (hash(i, {seed}, 3) >> 11) / 9007199254740992.0 + 1e-16 AS c,
           (hash(i, {seed}, 4) >> 11) / 9007199254740992.0 AS d,
           (hash(i, {seed}, 5) >> 11) / 9007199254740992.0 AS e,
           (hash(floor(i / 1.8), {seed}, 7) >> 11) / 9007199254740992.0 AS f
    FROM range({start}, {end}) r(i)
  ), named AS (
    SELECT i, a, b, c, d, e, f, floor(129 * pow(f, 2.5))::INT AS feature, (hash(i, {seed}, 8) % 100) AS m
    FROM u
  ), sized AS (
    SELECT *, greatest(1, least(200000, exp(5.5 + 3.0 * (feature % 17) / 17
             + (0.6 + 0.6 * (feature % 7) / 7) * sqrt(-2 * ln(a)) * cos(2 * pi() * b))))::BIGINT AS fresh,
           greatest(1, least(32000, exp(4.0 + 2.0 * (feature % 11) / 11
             + (0.5 + 0.7 * (feature % 5) / 5) * sqrt(-2 * ln(c)) * sin(2 * pi() * d))))::BIGINT AS out
    FROM named
  )
  SELECT TIMESTAMP '2026-10-01' + to_microseconds((i * 2419200000000.0 / {rows})::BIGINT) AS time,
         'feature-' || feature AS feature,
         CASE WHEN m < 70 THEN 'model-a' WHEN m < 95 THEN 'model-b' ELSE 'model-c' END AS model,
         hash(floor(i / 1.8), {seed}, 9) % 9000000000000000 AS task_id,
         fresh AS uncached_input_tokens,
         CASE WHEN e < 0.5 THEN 1024 ELSE 0 END AS cache_read_input_tokens,
         out AS output_tokens,
         CASE WHEN e > 0.99 THEN 'error' ELSE 'ok' END AS status
  FROM sized
) TO '{file}' (FORMAT parquet, ROW_GROUP_SIZE 1000000)
"""

# The same questions by hand, as an engineer would write them: one scan for the histograms and sums, one for the tasks.
RAW_CELLS = """
SELECT feature, model, CASE WHEN cin > 0 THEN ceil(ln(cin) / ln(1.02)) ELSE -1 END AS i,
       CASE WHEN output_tokens > 0 THEN ceil(ln(output_tokens) / ln({joint})) ELSE -1 END AS o,
       count(*) n, sum(cin) sx, sum(output_tokens) sy, sum(cin::DOUBLE * cin) xx, sum(cin::DOUBLE * output_tokens) xy,
       sum(output_tokens::DOUBLE * output_tokens) yy
FROM (SELECT *, uncached_input_tokens + cache_read_input_tokens AS cin FROM read_parquet('{file}'))
GROUP BY ALL
"""
RAW_TASKS = """
SELECT feature, k, count(*) n, sum(x) sx, sum(y) sy, sum(x * x) xx, sum(y * y) yy, sum(x * k) xk, sum(y * k) yk
FROM (SELECT feature, task_id, count(*) k, sum(uncached_input_tokens + cache_read_input_tokens)::DOUBLE x,
             sum(output_tokens)::DOUBLE y FROM read_parquet('{file}') GROUP BY ALL)
GROUP BY ALL
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("generate")
    made.add_argument("file", type=Path)
    made.add_argument("--rows", type=int, default=20_000_000)
    made.add_argument("--seed", type=int, default=20261125)
    for name in ("speed", "engines"):
        timed = commands.add_parser(name)
        timed.add_argument("file", type=Path)
        timed.add_argument("--rounds", type=int, default=3)
        timed.add_argument("--memory-limit", default=MEMORY)
    for name in ("accuracy", "coverage"):
        judged = commands.add_parser(name)
        judged.add_argument("files", type=Path, nargs="+")
        judged.add_argument("--samples", type=int, default=1000)
    for name in ("raw", "ours"):  # one side of `speed`, in a process of its own
        side = commands.add_parser(name)
        side.add_argument("file", type=Path)
        side.add_argument("--memory-limit", default=MEMORY)
    said = parser.parse_args()
    {
        "generate": generate,
        "speed": speed,
        "engines": engines,
        "accuracy": accuracy,
        "coverage": coverage,
        "raw": raw,
        "ours": ours,
    }[said.command](said)


def generate(said: argparse.Namespace) -> None:
    import duckdb

    connection = duckdb.connect(config={"memory_limit": "4GB"})
    connection.execute(GENERATE.format(seed=said.seed, start=0, end=said.rows, rows=said.rows, file=said.file))
    print(f"{said.file}: {said.rows:,} rows, {said.file.stat().st_size / 1e6:,.0f} MB")


def raw(said: argparse.Namespace) -> None:
    import duckdb

    from bot.profiles.codec import JOINT_BASE

    with tempfile.TemporaryDirectory() as spill:
        connection = duckdb.connect(config={"memory_limit": said.memory_limit, "temp_directory": spill})
        for query in (RAW_CELLS, RAW_TASKS):
            connection.execute(query.format(file=said.file, joint=JOINT_BASE)).fetchall()


def ours(said: argparse.Namespace) -> None:
    from bot.profiles.engine.logs import Request, measure

    with tempfile.TemporaryDirectory() as folder:
        measure(
            Request(paths=(said.file,), folder=Path(folder), source="plain", memory_limit=said.memory_limit),
            lambda *_: None,
        )


@dataclass(frozen=True)
class Run:
    seconds: float
    peak_mib: float


def speed(said: argparse.Namespace) -> None:
    """Both sides in turn, as whole processes: median seconds and peak memory."""
    runs: dict[str, list[Run]] = {"raw": [], "ours": []}
    for _ in range(said.rounds):
        for side, found in runs.items():
            found.append(_process([side, str(said.file), "--memory-limit", said.memory_limit]))
            print(side, found[-1], flush=True)
    for side, found in runs.items():
        seconds, peak = statistics.median(r.seconds for r in found), max(r.peak_mib for r in found)
        print(f"{side}: median {seconds:.1f} s, peak {peak:,.0f} MiB")
    ratios = [b.seconds / a.seconds for a, b in zip(runs["raw"], runs["ours"], strict=True)]
    print(f"ratio: median {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})")


def _process(arguments: Sequence[str]) -> Run:
    code = (
        "import resource, subprocess, sys, time; start = time.perf_counter(); "
        "subprocess.run(sys.argv[1:], check=True); "
        "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, sys.executable, __file__, *arguments], check=True, capture_output=True, text=True
    )
    seconds, peak = done.stdout.split()[-2:]
    return Run(float(seconds), float(peak))


def engines(said: argparse.Namespace) -> None:
    raise SystemExit("not written")


accuracy = coverage = engines


if __name__ == "__main__":
    main()
