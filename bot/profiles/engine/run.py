"""Where the expressions run, each in this process: DuckDB (default), Spark, ClickHouse (chDB).

DuckDB gets a memory limit and a folder to spill to, so that a log larger than memory still finishes.
"""

from __future__ import annotations

import logging
import warnings
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.common.exceptions import IbisError

from bot.errors import ReviewError
from bot.profiles import DIALECTS

DEFAULT_MEMORY = "1GB"


class Engine(Protocol):
    """Runs expressions over tables that it knows by name."""

    name: str

    def table(self, name: str) -> ir.Table: ...

    def parquet(self, name: str, files: Sequence[Path]) -> ir.Table: ...

    def keep(self, name: str, table: ir.Table) -> ir.Table: ...

    def rows(self, table: ir.Table) -> Iterator[dict[str, Any]]: ...

    def columns(self, table: ir.Table) -> dict[str, Sequence[Any]]: ...

    def close(self) -> None: ...


class IbisEngine:
    """An Ibis backend. Only `local` ones may store what is kept; on a warehouse everything stays one query."""

    def __init__(self, name: str, backend: Any, *, local: bool) -> None:
        self.name = name
        self.backend = backend
        self.local = local
        self._kept: list[ir.Table] = []

    def table(self, name: str) -> ir.Table:
        database, _, plain = name.rpartition(".")
        try:
            return self.backend.table(plain, database=database or None)
        # Every backend raises its driver's own errors; what they have in common is only that the table cannot be had.
        except Exception as error:
            raise ReviewError(f"{self.name} has no table {name!r} for us: {_first_line(error)}", "") from error

    def parquet(self, name: str, files: Sequence[Path]) -> ir.Table:
        if not self.local:
            raise ReviewError(f"{self.name} cannot read local files", "Give table:NAME, or use --engine duckdb.")
        paths = [str(f) for f in files]
        try:
            with _ctrl_c():
                return self.backend.read_parquet(paths if len(paths) > 1 else paths[0], table_name=name)
        except Exception as error:
            raise ReviewError(f"the Parquet files cannot be read: {_first_line(error)}", "") from error

    def keep(self, name: str, table: ir.Table) -> ir.Table:
        """Stores the rows where that is ours to do, so that the next questions do not work them out again."""
        if not self.local:
            return table
        if self.name == "spark":  # has no temporary tables; the reference keeps its cache alive
            self._kept.append(table.cache())
            return self._kept[-1]
        with _ctrl_c():
            return self.backend.create_table(name, table)

    def rows(self, table: ir.Table) -> Iterator[dict[str, Any]]:
        """The answer, row by row; asked when the first row is taken."""
        for batch in self._answer(table).to_batches(max_chunksize=10_000):
            yield from batch.to_pylist()

    def columns(self, table: ir.Table) -> dict[str, Sequence[Any]]:
        """The answer by column; whole numbers lie closely packed, texts that are alike are one."""
        answer = self._answer(table)
        return {name: _values(answer.column(name)) for name in answer.column_names}

    def _answer(self, table: ir.Table) -> pa.Table:
        try:
            with _ctrl_c():
                return self.backend.to_pyarrow(table)
        except Exception as error:
            raise ReviewError(
                f"{self.name} could not answer: {_first_line(error)}",
                "More memory (--memory-limit) or disk for the temporary folder may help.",
            ) from error

    def close(self) -> None:
        self.backend.disconnect()


@contextmanager
def _ctrl_c() -> Iterator[None]:
    """Ctrl-C while DuckDB works is an exception of DuckDB's, of two kinds: `InterruptException`, or a bare RuntimeError."""
    try:
        yield
    except Exception as error:
        if "Interrupt" in type(error).__name__ or str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise


def _values(column: pa.ChunkedArray) -> Sequence[Any]:
    if pa.types.is_int64(column.type) and not column.null_count:
        numbers = array("q")
        for chunk in column.chunks:
            numbers.frombytes(chunk.to_numpy(zero_copy_only=False).tobytes())
        return numbers
    if pa.types.is_string(column.type):
        out: list[str | None] = []
        for chunk in column.dictionary_encode().chunks:
            texts = chunk.dictionary.to_pylist()
            out += [None if at is None else texts[at] for at in chunk.indices.to_pylist()]
        return out
    return list(column.to_pylist())


def open_engine(
    name: str, *, folder: Path, memory_limit: str = DEFAULT_MEMORY, threads: int | None = None
) -> IbisEngine:
    """`duckdb`, or where their packages are installed `spark` (local) and `clickhouse` (chDB). Raises `ReviewError`."""
    if name == "duckdb":
        options: dict[str, Any] = {"memory_limit": memory_limit, "temp_directory": str(folder / "spill")}
        if threads is not None:
            options["threads"] = threads
        backend = ibis.duckdb.connect(str(folder / "work.duckdb"), **options)
        backend.raw_sql("SET preserve_insertion_order = false")  # order means nothing here, and keeping it costs memory
        return IbisEngine("duckdb", backend, local=True)
    try:
        if name == "spark":
            # On versions of other packages: nothing that a user can mend.
            warnings.filterwarnings("ignore", message="PySpark does not yet", category=FutureWarning)
            session = _spark_session(folder, memory_limit)
            return IbisEngine("spark", ibis.pyspark.connect(session), local=True)
        if name == "clickhouse":
            return IbisEngine("clickhouse", _chdb(folder, memory_limit), local=True)
        if "://" in name:
            return IbisEngine(name.partition("://")[0], ibis.connect(name), local=False)
    except ImportError as error:
        raise ReviewError(
            f"the engine {name.partition(':')[0]} needs {error.name}, which is not installed.",
            f"pip install {_DRIVERS.get(name, 'the Ibis backend')}",
        ) from error
    except Exception as error:
        raise ReviewError(f"cannot connect to {name.partition(':')[0]}: {_first_line(error)}", "") from error
    raise ReviewError(f"no engine is called {name!r}.", "Use duckdb, spark or clickhouse.")


_DRIVERS = {
    "spark": '"ibis-framework[pyspark]" (and Java 17 or newer)',
    "clickhouse": '"ibis-framework[clickhouse]" chdb',
}


def _spark_session(folder: Path, memory_limit: str) -> Any:
    """A session in this process. Times are UTC, as everywhere here."""
    from pyspark.sql import SparkSession  # noqa: PLC0415

    settings = {
        "spark.driver.memory": memory_limit.lower().removesuffix("b"),
        "spark.local.dir": str(folder / "spill"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "16",
        "spark.sql.legacy.parquet.nanosAsLong": "true",  # it has no nanoseconds; numbers are told by their size
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master("local[*]").appName("aicost-review")
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _chdb(folder: Path, memory_limit: str) -> Any:
    """ClickHouse in this process (chDB), its tables in our folder."""
    amount = memory_limit.upper().removesuffix("B")
    factor = {"K": 10**3, "M": 10**6, "G": 10**9}.get(amount[-1:], 1)
    most = int(float(amount.rstrip("KMG")) * factor)
    limits = {
        "max_memory_usage": most,
        "max_bytes_before_external_group_by": most // 2,
        "max_bytes_before_external_sort": most // 2,
    }
    logging.getLogger("clickhouse_connect").setLevel(logging.ERROR)  # of host and port, which chDB has none of
    return ibis.clickhouse.connect(interface="chdb", path=str(folder / "chdb"), settings=limits)


def to_sql(table: ir.Table, dialect: str) -> str:
    """The text of a query. Raises `ReviewError` for a dialect that is not checked here."""
    if dialect not in DIALECTS:
        raise ReviewError(f"no SQL for {dialect!r}.", f"Use one of: {', '.join(DIALECTS)}.")
    try:
        # Ibis writes Spark's SQL under the name of Databricks; its `pyspark` needs a live session.
        return str(ibis.to_sql(table, dialect="databricks" if dialect == "spark" else dialect))
    except IbisError as error:
        raise ReviewError(
            f"{dialect} cannot be asked this: {_first_line(error)}",
            "It has no columns of maps, as spans need: make a table with a row for each call and take --source plain.",
        ) from error


def quoted(name: str, dialect: str) -> str:
    """A name as the queries of a dialect write it."""
    text = to_sql(ibis.table({"x": "int64"}, name=name), dialect)
    return text.rpartition("FROM ")[2].partition(" AS ")[0].strip()


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
