"""`profile sql`: run as it is printed, the queries give what a direct build gives; in each dialect the text is known.

The texts in `sql/` are written with `python -m tests.profiles.test_sql`; read the difference before committing it.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bot.errors import ReviewError
from bot.profiles import DIALECTS
from bot.profiles.build import build_profiles
from bot.profiles.engine.sql import SqlRequest, parts, queries, read_answers
from bot.profiles.sources.row import Options
from tests.profiles.make import TODAY, build
from tests.profiles.test_build import rows

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
GOLDEN = Path(__file__).parent / "sql"
COLUMNS = {
    "time": "time",
    "feature": "feature",
    "model": "model",
    "task": "task_id",
    "input": "input_tokens",
    "cache_read": "cached_tokens",
    "output": "output_tokens",
    "reasoning": "reasoning_tokens",
    "total": "total_tokens",
    "status": "status",
    "success": "success",
    "prompt_version": "prompt_version",
}


def request(dialect: str, source: str = "plain", **more: Any) -> SqlRequest:
    options = Options(columns=COLUMNS) if source == "plain" else Options()
    return SqlRequest(dialect=dialect, source=source, options=options, **more)


def golden_text(dialect: str, source: str) -> str:
    """Every step and every question once."""
    found = parts(request(dialect, source))
    return "".join(f"-- {name}\n{text}\n\n" for name, text in {**found.steps, **found.questions}.items())


GOLDENS = [(d, "plain") for d in DIALECTS] + [("clickhouse", "otel-rows")]


@pytest.mark.parametrize(("dialect", "source"), GOLDENS)
def test_the_text_in_each_dialect(dialect: str, source: str) -> None:
    assert golden_text(dialect, source) == (GOLDEN / f"{source}-{dialect}.sql").read_text("utf-8")


def run_by_hand(folder: Path, texts: dict[str, str], connection: duckdb.DuckDBPyConnection) -> Path:
    """Each query run by DuckDB as it is printed, its answer saved as CSV by a hand that knows nothing of ours."""
    answers = folder / "answers"
    answers.mkdir()
    for name, text in texts.items():
        cursor = connection.execute(text)
        names = [d[0] for d in cursor.description]
        with (answers / f"{name}.csv").open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(names)
            writer.writerows([["" if v is None else v for v in row] for row in cursor.fetchall()])
    return answers


def test_answers_handed_back_are_a_direct_build(tmp_path: Path) -> None:
    log = [{**r, "time": r["time"][:19]} for r in rows(200)]
    path = tmp_path / "log.parquet"
    pq.write_table(pa.Table.from_pylist(log), path)
    direct = build(tmp_path, path, min_cell=3).profiles
    connection = duckdb.connect()
    connection.execute(
        f"CREATE TABLE calls_log AS SELECT * REPLACE (time::TIMESTAMP AS time, task_id::VARCHAR AS task_id) FROM '{path}'"
    )
    answers = run_by_hand(tmp_path, queries(request("duckdb")), connection)
    found, origin = read_answers((answers,))
    handed = build_profiles(found, origin, tool="aicost-review test", today=TODAY, min_cell=3)
    assert handed == direct


def span(trace: int, name: str, parent: str, scope: str, day: int, said: dict[str, object]) -> dict[str, Any]:
    return {
        "Timestamp": datetime(2026, 11, day, 10, trace),
        "TraceId": f"t{trace}",
        "SpanId": name,
        "ParentSpanId": parent,
        "ServiceName": "shop",
        "ResourceAttributes": [],
        "ScopeName": scope,
        "ScopeVersion": "1",
        "SpanAttributes": [(k, str(v)) for k, v in said.items()],
        "Duration": 5_000_000,
        "StatusCode": "Error" if trace == 7 else "Unset",
    }


def trace_rows() -> list[dict[str, Any]]:
    """Thirty traces: an agent span around a step around a call; three writers, one of which changes its mind on the 5th."""
    out = []
    for trace in range(30):
        scope, day = ("includes", "excludes", "changes")[trace % 3], 2 + trace // 6
        exclusive = scope == "excludes" or (scope == "changes" and day >= 5)
        came_in, read, went_out = (100 if exclusive else 1100) + trace, 1000, 20 + trace % 4
        used = {
            "gen_ai.response.model": "claude-sonnet-5",
            "gen_ai.usage.input_tokens": came_in,
            "gen_ai.usage.cache_read.input_tokens": read,
            "gen_ai.usage.output_tokens": went_out,
            "gen_ai.usage.total_tokens": came_in + went_out + (read if exclusive else 0),
        }
        call = span(trace, "c", "b", scope, day, {"gen_ai.operation.name": "chat", **used})
        out += [
            span(trace, "a", "", scope, day, {"gen_ai.operation.name": "invoke_agent", **used}),
            span(trace, "b", "a", scope, day, {"traceloop.span.kind": "task"}),
            call,
        ]
        if trace == 5:
            out += [call, span(trace, "d", "b", scope, day, {"gen_ai.operation.name": "chat"})]
    return out


def test_spans_in_one_go_are_a_direct_build(tmp_path: Path) -> None:
    """Nested spans, duplicates and two writers of opposite conventions, decided by the query itself."""
    table = pa.Table.from_pylist(trace_rows(), schema=OTEL)
    path = tmp_path / "spans.parquet"
    pq.write_table(table, path)
    direct = build(tmp_path, path)
    assert direct.one.source.usage_convention == "mixed"
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE otel_traces AS SELECT * FROM '{path}'")
    found, origin = read_answers((run_by_hand(tmp_path, queries(request("duckdb", "otel-rows")), connection),))
    assert build_profiles(found, origin, tool="aicost-review test", today=TODAY, min_cell=1) == direct.profiles


OTEL = pa.schema(
    [
        ("Timestamp", pa.timestamp("ns")),
        ("TraceId", pa.string()),
        ("SpanId", pa.string()),
        ("ParentSpanId", pa.string()),
        ("ServiceName", pa.string()),
        ("ResourceAttributes", pa.map_(pa.string(), pa.string())),
        ("ScopeName", pa.string()),
        ("ScopeVersion", pa.string()),
        ("SpanAttributes", pa.map_(pa.string(), pa.string())),
        ("Duration", pa.int64()),
        ("StatusCode", pa.string()),
    ]
)


def test_a_log_that_does_not_tell_is_refused_here_too(tmp_path: Path) -> None:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE calls_log AS SELECT TIMESTAMP '2026-11-01' AS time, 'f' AS feature, 'm' AS model, 't' AS task_id, "
        "100 AS input_tokens, 40 AS cache_read_input_tokens, 5 AS output_tokens, NULL::BIGINT AS total_tokens"
    )
    texts = queries(SqlRequest(dialect="duckdb", source="plain"))
    with pytest.raises(ReviewError, match="does not tell whether input tokens include cached tokens"):
        read_answers((run_by_hand(tmp_path, texts, connection),))


def test_a_missing_answer_and_a_foreign_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("feature,gaps,le_300,le_1800,le_3600\nf,1,1,1,1\n")
    with pytest.raises(ReviewError, match="'account' is missing"):
        read_answers((tmp_path,))
    (tmp_path / "b.csv").write_text("x,y\n1,2\n")
    with pytest.raises(ReviewError, match="not an answer"):
        read_answers((tmp_path,))


def aicost(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", "profile", *map(str, arguments)], capture_output=True, text=True, timeout=120
    )


def test_the_command_prints_and_takes_back(tmp_path: Path) -> None:
    connection = duckdb.connect()
    connection.execute(
        "CREATE SCHEMA logs; CREATE TABLE logs.calls AS SELECT TIMESTAMP '2026-11-01' + to_minutes(i) AS ts, "
        "100 + i AS tin, 10 AS tout FROM range(30) r(i)"
    )
    mapped = [x for m in ("ts=time", "tin=input", "tout=output") for x in ("--map", m)]
    done = aicost(
        "sql", "--dialect", "duckdb", "--source", "plain", "--table", "logs.calls", "--feature", "f", "--model", "m",
        *mapped, "-o", tmp_path / "sql",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    texts = {p.stem: p.read_text() for p in (tmp_path / "sql").iterdir()}
    assert set(texts) == {"account", "moments", "hist", "joint", "tasks", "gaps"}
    answers = run_by_hand(tmp_path, texts, connection)
    done = aicost("build", "--from-aggregates", answers, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "30 rows read, 30 billed calls; nothing left out" in done.stderr
    assert aicost("build", answers, "--from-aggregates", answers).returncode == 2
    assert aicost("build").returncode == 2
    assert "Use one of: duckdb, spark" in aicost("sql", "--dialect", "oracle").stderr
    assert "no columns of maps" in aicost("sql", "--dialect", "bigquery").stderr


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for one_dialect, one_source in GOLDENS:
        (GOLDEN / f"{one_source}-{one_dialect}.sql").write_text(golden_text(one_dialect, one_source), "utf-8")
