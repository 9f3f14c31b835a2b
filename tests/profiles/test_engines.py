"""One expression, several engines, equal answers. Run where the packages of the other engines are: `make test-engines`."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bot.errors import ReviewError
from bot.profiles.engine.logs import Measured, Request, measure
from tests.profiles.make import jsonl
from tests.profiles.test_sql import OTEL, trace_rows

PACKAGES = {"spark": "pyspark", "clickhouse": "chdb"}
# Spark's Python side warns of its pandas and of sockets that live as long as its process.
pytestmark = pytest.mark.filterwarnings("ignore::Warning")


def log() -> list[dict[str, Any]]:
    """2,000 calls with all columns that a plain log can have, some of them missing, twice there or wrong."""
    random_ = random.Random(3)
    out = []
    for i in range(2000):
        came_in, cached = int(random_.lognormvariate(7, 1)) + 1, random_.choice((0, 0, 512))
        out.append(
            {
                "time": datetime(2026, 11, 1, tzinfo=UTC) + timedelta(milliseconds=97_321 * i),
                "feature": random_.choice(("faq", "search", None)),
                "model": random_.choice(("a", "b")),
                "task_id": f"t{i // random_.randint(1, 4)}",
                "request_id": f"r{i if i % 50 else 0}",
                "uncached_input_tokens": came_in if i % 40 else None,
                "cache_read_input_tokens": cached,
                "cache_write_5m_tokens": random_.choice((0, 300)),
                "output_tokens": int(random_.lognormvariate(5, 1)) if i % 40 else None,
                "reasoning_tokens": random_.choice((None, 0, 3)),
                "status": random_.choice(("ok", "200", "error", "timeout after 3 s", None)),
                "success": random_.choice((True, False, None)),
                "batch": random_.choice((True, False)),
                "prompt_version": random_.choice(("1", "2")),
                "latency_ms": 100.5,
            }
        )
    return out


def answers(folder: Path, engine: str, path: Path, **more: Any) -> Measured:
    work = folder / engine
    work.mkdir()
    return measure(Request(paths=(path,), folder=work, engine=engine, memory_limit="1GB", **more), lambda *_: None)


def same(found: Measured, expected: Measured) -> None:
    def rows(measured: Measured, table: str) -> list[str]:
        return sorted(repr(sorted(row.items())) for row in getattr(measured.aggregates, table))

    for table in ("account", "moments", "hist", "joint", "tasks", "gaps"):
        assert rows(found, table) == rows(expected, table), table
    assert replace(found.origin, engine="duckdb") == expected.origin


@pytest.fixture(params=sorted(PACKAGES))
def engine(request: pytest.FixtureRequest) -> str:
    if find_spec(PACKAGES[request.param]) is None:
        pytest.skip(f"{PACKAGES[request.param]} is not installed")
    return str(request.param)


def test_plain_rows(tmp_path: Path, engine: str) -> None:
    path = tmp_path / "log.parquet"
    pq.write_table(pa.Table.from_pylist(log()), path)
    same(answers(tmp_path, engine, path, source="plain"), answers(tmp_path, "duckdb", path, source="plain"))


def test_rows_of_a_text_log(tmp_path: Path, engine: str) -> None:
    rows = [{k: v.isoformat() if k == "time" else v for k, v in r.items()} for r in log()]
    path = jsonl(tmp_path / "log.jsonl", rows)
    same(answers(tmp_path, engine, path), answers(tmp_path, "duckdb", path))


def test_spans(tmp_path: Path, engine: str) -> None:
    path = tmp_path / "spans.parquet"
    pq.write_table(pa.Table.from_pylist(trace_rows(), schema=OTEL), path)
    same(answers(tmp_path, engine, path), answers(tmp_path, "duckdb", path))


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_an_engine_that_is_not_installed_is_told(tmp_path: Path, name: str) -> None:
    if find_spec(PACKAGES[name]) is not None:
        pytest.skip(f"{PACKAGES[name]} is installed")
    path = tmp_path / "log.parquet"
    pq.write_table(pa.Table.from_pylist(log()[:5]), path)
    with pytest.raises(ReviewError, match=f"the engine {name} needs .*, which is not installed") as error:
        answers(tmp_path, name, path)
    assert "pip install" in error.value.hint


def test_an_unknown_engine(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="no engine is called 'oracle'"):
        answers(tmp_path, "oracle", jsonl(tmp_path / "log.jsonl", [{"a": 1}]), source="plain")
