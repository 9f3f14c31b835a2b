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
import dataclasses
import math
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.errors import ReviewError  # noqa: E402
from bot.profiles.build import build_profiles  # noqa: E402
from bot.profiles.codec import JOINT_BASE  # noqa: E402
from bot.profiles.engine.logs import Request, measure  # noqa: E402
from bot.profiles.reading import Account, records  # noqa: E402
from bot.profiles.schema import (  # noqa: E402
    CLASSES,
    COV_PAIRS,
    Calls,
    ModelProfile,
    Profile,
    Tasks,
    TaskSums,
    write_profile,
)
from bot.profiles.sources import plain  # noqa: E402
from bot.profiles.sources.row import BadRow, Options  # noqa: E402
from bot.profiles.stats import Prices, cost_per_call, quantiles_usd  # noqa: E402

MEMORY = "1GB"

# Uniform numbers in (0, 1) from the row's number: the same file on every machine with this DuckDB. Features are drawn with
# a Zipf-like skew (386 pairs of feature and model in the end), sizes are lognormal with a spread of the feature's own,
# capped at a context window; tasks have 1.8 calls on average; half the calls find a 1,024-token prefix cached.
GENERATE = """
COPY (
  WITH u AS (
    SELECT i, (hash(i * 16 + 1 + {seed}::BIGINT * 1000003) >> 11) / 9007199254740992.0 + 1e-16 AS a,
           (hash(i * 16 + 2 + {seed}::BIGINT * 1000003) >> 11) / 9007199254740992.0 AS b,
           (hash(i * 16 + 3 + {seed}::BIGINT * 1000003) >> 11) / 9007199254740992.0 + 1e-16 AS c,
           (hash(i * 16 + 4 + {seed}::BIGINT * 1000003) >> 11) / 9007199254740992.0 AS d,
           (hash(i * 16 + 5 + {seed}::BIGINT * 1000003) >> 11) / 9007199254740992.0 AS e,
           (hash(floor(i / 1.8)::BIGINT * 16 + 7 + {seed}::BIGINT * 1000003) >> 11) / 9007199254740992.0 AS f
    FROM range({start}, {end}) r(i)
  ), named AS (
    SELECT i, a, b, c, d, e, f, floor(129 * pow(f, 2.5))::INT AS feature, (hash(i * 16 + 8 + {seed}::BIGINT * 1000003) % 100) AS m
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
         (hash(floor(i / 1.8)::BIGINT * 16 + 9 + {seed}::BIGINT * 1000003) % 9000000000000000)::BIGINT AS task_id,
         fresh AS uncached_input_tokens,
         CASE WHEN e < 0.5 THEN 1024::BIGINT ELSE 0 END AS cache_read_input_tokens,
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

    with tempfile.TemporaryDirectory() as spill:
        connection = duckdb.connect(config={"memory_limit": said.memory_limit, "temp_directory": spill})
        for query in (RAW_CELLS, RAW_TASKS):
            connection.execute(query.format(file=said.file, joint=JOINT_BASE)).to_arrow_table()


def ours(said: argparse.Namespace) -> None:
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
    """Whether each installed engine gives the answers that DuckDB gives, row by row."""
    expected: dict[str, set[str]] = {}
    for name in ("duckdb", "clickhouse", "spark"):
        start = time.perf_counter()
        try:
            found = _answers(said.file, name, said.memory_limit)
        except ReviewError as error:
            print(f"{name}: {error}")
            continue
        seconds = time.perf_counter() - start
        if not expected:
            expected = found
        different = {t: len(rows ^ expected[t]) // 2 for t, rows in found.items() if rows != expected[t]}
        total = sum(len(rows) for rows in found.values())
        print(
            f"{name}: {seconds:.1f} s, {total:,} rows of answers, different from DuckDB: {different or 'none'}",
            flush=True,
        )


def _answers(file: Path, engine: str, memory_limit: str) -> dict[str, set[str]]:
    with tempfile.TemporaryDirectory() as folder:
        request = Request(paths=(file,), folder=Path(folder), source="plain", engine=engine, memory_limit=memory_limit)
        found = measure(request, lambda *_: None).aggregates
    return {
        field.name: {repr(sorted(row.items(), key=lambda p: p[0])) for row in getattr(found, field.name)}
        for field in dataclasses.fields(found)
    }


def accuracy(said: argparse.Namespace) -> None:
    """Of tokens and of the cost of a call at the prices of three models, in the profile and in the rows."""
    for file in said.files:
        rows = _calls(file)
        profile = _profile(file, rows)
        model = profile.models[0]
        print(f"{file.name}: {len(rows):,} calls, {len(write_profile(profile)):,} bytes")
        for name, at, found in (
            ("input", 0, model.percentiles.input),
            ("output", 1, model.percentiles.output),
        ):
            exact = sorted(r[at] for r in rows)
            offs = [
                f"{q} {getattr(found, q) / _rank(exact, float(q.replace('p', '0.'))) - 1:+.2%}"
                for q in ("p50", "p90", "p95", "p99", "p999")
            ]
            mean = sum(model.mean[c] for c in (CLASSES[:4] if at == 0 else CLASSES[4:]))
            print(f"  {name}: mean {mean / statistics.fmean(exact) - 1:+.4%}, {', '.join(offs)}")
        qs = (0.5, 0.9, 0.95, 0.99)
        for came_in, went_out in PRICES:
            prices = Prices(usd_per_mtok=tuple(Decimal(str(p)) for p in (*(4 * [came_in]), *(2 * [went_out]))))
            exact_usd = sorted((came_in * i + went_out * o) / 1e6 for i, o in rows)
            found_usd = quantiles_usd(model, prices, qs)
            offs = [f"p{q * 100:g} {f / _rank(exact_usd, q) - 1:+.2%}" for f, q in zip(found_usd, qs, strict=True)]
            print(f"  cost at {came_in} / {went_out}: {', '.join(offs)}")


def coverage(said: argparse.Namespace) -> None:
    """The share of samples of 1,000 calls whose interval holds the trace's own mean: 95 % is what it says.

    Once with calls drawn apart (no tasks), once with tasks of one to six calls drawn whole, of which each is a run of
    neighbours in size, so that the calls of a task resemble each other. Half of the calls' cost is the change's price.
    """
    random_ = random.Random(20261125)
    for file in said.files:
        rows = sorted(_calls(file))
        tasks = []
        at = 0
        while at < len(rows):
            size = random_.randint(1, 6)
            tasks.append(rows[at : at + size])
            at += size
        price_in, price_out = 3e-6, 15e-6
        true = statistics.fmean(price_in * i + price_out * o for i, o in rows)
        for name, clustered in (("calls", False), ("tasks", True)):
            held = half = 0.0
            for _ in range(said.samples):
                if clustered:
                    drawn: list[list[tuple[int, int]]] = []
                    while sum(map(len, drawn)) < 1000:
                        drawn.append(random_.choice(tasks))
                else:
                    drawn = [[random_.choice(rows)] for _ in range(1000)]
                found = _cost(drawn, price_in, price_out, with_tasks=clustered)
                held += float(found.low_usd) <= true <= float(found.high_usd)
                half += found.relative_half_width or 0
            print(
                f"{file.name}, {name}: the interval holds the mean in {held / said.samples:.1%} of {said.samples:,} samples "
                f"of 1,000 calls (half as wide as {half / said.samples:.1%} of it)",
                flush=True,
            )


# USD per million tokens, input and output: Sonnet 5, gpt-5-mini, a model of equal prices
PRICES = ((3.0, 15.0), (0.25, 2.0), (1.0, 1.0))


def _cost(drawn: list[list[tuple[int, int]]], price_in: float, price_out: float, *, with_tasks: bool) -> Any:
    """`cost_per_call` of a profile that holds what the sample's own profile would: means, covariances, task sums."""
    rows = [r for task in drawn for r in task]
    n, t = len(rows), len(drawn)
    means = dict.fromkeys(CLASSES, 0.0)
    means["uncached_input"] = statistics.fmean(i for i, _ in rows)
    means["output_visible"] = statistics.fmean(o for _, o in rows)
    places = {(0, 0): (0, 0), (0, 4): (0, 1), (4, 4): (1, 1)}
    columns = [[r[k] for r in rows] for k in (0, 1)]
    centred = [[v - statistics.fmean(c) for v in c] for c in columns]
    cov = tuple(
        sum(x * y for x, y in zip(centred[places[p][0]], centred[places[p][1]], strict=True)) / (n - 1)
        if p in places
        else 0.0
        for p in COV_PAIRS
    )
    sums = None
    if with_tasks:
        ks = [len(task) for task in drawn]
        xs, ys = [sum(i for i, _ in task) for task in drawn], [sum(o for _, o in task) for task in drawn]

        def dot(a: list[int], b: list[int]) -> float:
            return float(sum(p * q for p, q in zip(a, b, strict=True)))

        sums = TaskSums.model_validate(
            {"k": n, "kk": dot(ks, ks), "in": sum(xs), "in2": dot(xs, xs), "out": sum(ys), "out2": dot(ys, ys),
             "in_k": dot(xs, ks), "out_k": dot(ys, ks), "in_out": dot(xs, ys)}
        )  # fmt: skip
    one = ModelProfile.model_construct(model="m", n=n, mean=means, cov_upper=cov)
    tasks = Tasks.model_construct(n=t, key="task", calls_hist={}, sums=sums) if sums is not None else None
    profile = Profile.model_construct(
        calls=Calls.model_construct(n=n, per_day=(n,)), tasks=tasks, models=(one,), feature="f"
    )
    prices = Prices(usd_per_mtok=tuple(Decimal(str(p * 1e6)) for p in (*(4 * [price_in]), *(2 * [price_out]))))
    return cost_per_call(profile, {"m": prices})


def _calls(file: Path) -> list[tuple[int, int]]:
    """Input and output tokens of the calls of a plain log."""
    return [
        (found.input_tokens, found.output_tokens)
        for record, _ in records(file, Account(), lambda *_: None)
        for found in plain.calls(record, Options(feature="f", model="m"))
        if not isinstance(found, BadRow) and found.input_tokens is not None and found.output_tokens is not None
    ]


def _profile(file: Path, rows: list[tuple[int, int]]) -> Profile:
    """The trace's calls, a second apart: some traces have no dates."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "log.csv"
        lines = (f"{1_790_000_000 + at},{i},{o}\n" for at, (i, o) in enumerate(rows))
        log.write_text("time,input_tokens,output_tokens\n" + "".join(lines), "utf-8")
        request = Request(paths=(log,), folder=folder, source="plain", options=Options(feature="f", model="m"))
        found = measure(request, lambda *_: None)
        (profile,) = build_profiles(found.aggregates, found.origin, tool="benchmark", today=date(2026, 11, 25))
    return profile


def _rank(ordered: Sequence[float], q: float) -> float:
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


if __name__ == "__main__":
    main()
