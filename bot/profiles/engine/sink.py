"""Writes flat tables to a folder of Parquet files, or into a database that Ibis can reach.

A folder gets `TABLE/REPOSITORY-REVISION-DAY.parquet`: the same load written again replaces itself. A database gets rows
that are only added; its tables are made where they are missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.common.exceptions import TableNotFound

from bot.errors import ReviewError
from bot.profiles.engine.run import open_engine

Rows = Sequence[Mapping[str, Any]]
Schemas = Mapping[str, Mapping[str, str]]


def write(target: str, schemas: Schemas, tables: Mapping[str, Rows], *, folder: Path) -> tuple[tuple[str, int], ...]:
    """(table, rows written) of each table that has rows. `target`: a folder or an address (`duckdb://x.db`).

    `folder` is for what the engine puts down meanwhile. Raises `ReviewError`.
    """
    filled = {name: _table(schemas[name], rows) for name, rows in tables.items() if rows}
    if "://" in target:
        _to_database(target, schemas, filled, folder)
    else:
        _to_folder(Path(target), tables, filled)
    return tuple((name, table.num_rows) for name, table in filled.items())


def _table(columns: Mapping[str, str], rows: Rows) -> pa.Table:
    schema = ibis.schema(dict(columns)).to_pyarrow()
    return pa.Table.from_pylist([dict(row) for row in rows], schema=schema)


def _to_folder(folder: Path, tables: Mapping[str, Rows], filled: Mapping[str, pa.Table]) -> None:
    try:
        for name, table in filled.items():
            (folder / name).mkdir(parents=True, exist_ok=True)
            target = folder / name / f"{_load_name(tables[name])}.parquet"
            part = target.with_suffix(".part")
            pq.write_table(table, part)
            part.replace(target)
    except OSError as error:
        raise ReviewError(f"{folder} cannot be written ({error.strerror or error}).", "Give another folder.") from error


def _load_name(rows: Rows) -> str:
    """The repositories, their revisions and the day, as a file's name."""
    loads = sorted({(str(r["repository"]), str(r["revision"]), str(r["made"])) for r in rows})
    if len(loads) > 1:
        digest = sha256(repr(loads).encode()).hexdigest()[:12]
        return f"{len(loads)}-repositories-{digest}-{loads[0][2]}"
    repository, revision, made = loads[0]
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', repository)[:80]}-{revision[:12]}-{made}"


def _to_database(address: str, schemas: Schemas, filled: Mapping[str, pa.Table], folder: Path) -> None:
    engine = open_engine(address, folder=folder)
    try:
        for name, table in filled.items():
            try:
                engine.backend.table(name)
            except TableNotFound:
                engine.backend.create_table(name, schema=ibis.schema(dict(schemas[name])))
            engine.backend.insert(name, table)
    # Each driver has its own errors: what they have in common is that the rows are not there.
    except Exception as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
        raise ReviewError(
            f"the rows cannot be written to {engine.name}: {said}",
            "A table of an older form is in the way, or the right to write is missing.",
        ) from error
    finally:
        engine.close()
