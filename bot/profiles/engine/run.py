"""Where the expressions run: DuckDB in this process (default), or any Ibis connection of the user's own.

DuckDB gets a memory limit and a folder to spill to, so that a log larger than memory still finishes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import ibis
import ibis.expr.types as ir
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

    def rows(self, table: ir.Table) -> list[dict[str, Any]]: ...

    def close(self) -> None: ...


class IbisEngine:
    """An Ibis backend. Only `local` ones may store what is kept; on a warehouse everything stays one query."""

    def __init__(self, name: str, backend: Any, *, local: bool) -> None:
        self.name = name
        self.backend = backend
        self.local = local

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
            return self.backend.read_parquet(paths if len(paths) > 1 else paths[0], table_name=name)
        except Exception as error:
            raise ReviewError(f"the Parquet files cannot be read: {_first_line(error)}", "") from error

    def keep(self, name: str, table: ir.Table) -> ir.Table:
        """Stores the rows where that is ours to do, so that the next questions do not work them out again."""
        return self.backend.create_table(name, table, temp=self.name != "duckdb") if self.local else table

    def rows(self, table: ir.Table) -> list[dict[str, Any]]:
        try:
            answer = self.backend.to_pyarrow(table)
        except KeyboardInterrupt:
            raise
        except Exception as error:
            if "nterrupt" in type(error).__name__:  # DuckDB turns Ctrl-C into its own exception
                raise KeyboardInterrupt from error
            raise ReviewError(
                f"{self.name} could not answer: {_first_line(error)}",
                "More memory (--memory-limit) or disk for the temporary folder may help.",
            ) from error
        return list(answer.to_pylist())

    def close(self) -> None:
        self.backend.disconnect()


def open_engine(
    name: str, *, folder: Path, memory_limit: str = DEFAULT_MEMORY, threads: int | None = None
) -> IbisEngine:
    """`duckdb`, `spark` (a local session), or an Ibis URL such as `clickhouse://user@host/db`. Raises `ReviewError`."""
    if name == "duckdb":
        options: dict[str, Any] = {"memory_limit": memory_limit, "temp_directory": str(folder / "spill")}
        if threads is not None:
            options["threads"] = threads
        backend = ibis.duckdb.connect(str(folder / "work.duckdb"), **options)
        backend.raw_sql("SET preserve_insertion_order = false")  # order means nothing here, and keeping it costs memory
        return IbisEngine("duckdb", backend, local=True)
    try:
        if name == "spark":
            return IbisEngine("spark", ibis.pyspark.connect(), local=True)
        if "://" in name:
            return IbisEngine(name.partition("://")[0], ibis.connect(name), local=False)
    except ImportError as error:
        raise ReviewError(f"the driver for {name.partition(':')[0]} is not installed: {error}", "") from error
    except Exception as error:
        raise ReviewError(f"cannot connect to {name.partition(':')[0]}: {_first_line(error)}", "") from error
    raise ReviewError(
        f"no engine is called {name!r}", "Use duckdb, spark, or an Ibis URL such as clickhouse://host/db."
    )


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
