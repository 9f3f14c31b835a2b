"""A Parquet file between the readers of logs and the engine: the rows of `RawCall`, without any text. Deleted afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from bot.errors import ReviewError
from bot.profiles.reading import Account, Progress
from bot.profiles.sources.row import RawCall

BATCH_ROWS = 50_000
_ARROW = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "boolean": pa.bool_()}
_HASHED = ("task_key", "trace_id", "span_id", "parent_id", "row_id")  # ids leave the log only as keyless digests


class Spool:
    """Writes rows in batches; a context manager that closes the file."""

    def __init__(self, path: Path, columns: dict[str, str]) -> None:
        self.path = path
        self.schema = pa.schema([(name, _ARROW[kind]) for name, kind in columns.items()])
        if tuple(columns) != RawCall._fields:
            raise ValueError("the spool's columns are not those of a row")
        self._writer = pq.ParquetWriter(path, self.schema)
        self._rows: list[RawCall] = []
        self._hashed = [RawCall._fields.index(name) for name in _HASHED]

    def add(self, row: RawCall) -> None:
        self._rows.append(row)
        if len(self._rows) >= BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        if not self._rows:
            return
        columns: list[Any] = [list(c) for c in zip(*self._rows, strict=True)]
        for at in self._hashed:
            columns[at] = [_digest(v) for v in columns[at]]
        arrays = [pa.array(c, type=f.type) for c, f in zip(columns, self.schema, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self.schema))
        self._rows.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flush()
        self._writer.close()


def _digest(value: str | None) -> str | None:
    return hashlib.blake2b(value.encode("utf-8", "replace"), digest_size=12).hexdigest() if value is not None else None


def parquet_records(path: Path, account: Account, progress: Progress) -> Iterator[tuple[dict[str, Any], str]]:
    """The rows of a Parquet log as objects. A file that is no Parquet is counted, not fatal."""
    total = done = 0
    try:
        file = pq.ParquetFile(path)
        total = file.metadata.num_rows
        for batch in file.iter_batches(batch_size=5000):
            progress(path.name, done, total)
            for number, row in enumerate(batch.to_pylist(), done + 1):
                yield row, f"{path.name}[{number}]"
            done += batch.num_rows
    except (pa.ArrowInvalid, pa.ArrowIOError, OSError) as error:
        if total:
            why = f"{_first_line(error)}; {done:,} of its {total:,} rows were read"
            account.drop("cut_off_file", f"{path.name}: {why}", rows=total - done)
        else:
            _no_end(path, error, account)


def parquet_is_whole(path: Path, account: Account) -> bool:
    """Whether a file has its end, where Parquet keeps its columns: without it nothing of it can be read. Counted if not."""
    try:
        pq.read_metadata(path)
    except (pa.ArrowInvalid, pa.ArrowIOError, OSError) as error:
        _no_end(path, error, account)
        return False
    return True


def _no_end(path: Path, error: Exception, account: Account) -> None:
    lost = f"nothing of its {path.stat().st_size:,} bytes could be read"
    account.drop("cut_off_file", f"{path.name}: {_first_line(error)}; {lost}, how many rows it had nobody can tell")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200].rstrip(".")


def parquet_columns(path: Path) -> tuple[str, ...]:
    """Raises `ReviewError` for a file that is no Parquet."""
    try:
        return tuple(pq.read_schema(path).names)
    except (pa.ArrowInvalid, OSError) as error:
        raise ReviewError(f"{path.name} is not a Parquet file: {str(error).splitlines()[0][:200]}", "") from error


def parquet_rows(path: Path) -> list[dict[str, Any]]:
    """All rows of a small Parquet file (an answer of an engine). Raises `ReviewError`."""
    try:
        return list(pq.read_table(path).to_pylist())
    except (pa.ArrowInvalid, OSError) as error:
        raise ReviewError(f"{path.name} is not a Parquet file: {str(error).splitlines()[0][:200]}", "") from error
