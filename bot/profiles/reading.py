"""Records out of log files: JSONL, JSON documents, CSV, each also gzipped, with every lost line counted.

A damaged line costs that line, a cut-off file what follows the cut; both are in the account, with the first places.
Parquet is read by the engine side.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from bot.errors import ReviewError

if TYPE_CHECKING:
    from _csv import Reader

Records = Generator[tuple[dict[str, Any], str], None, None]  # closed early, they close their file
Progress = Callable[[str, int, int], None]  # what, done, of how many (bytes or steps)
LOG_SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".parquet", ".log")
MAX_EXAMPLES = 5
MAX_DOCUMENT_BYTES = 2_000_000_000


@dataclass(slots=True)
class Account:
    """What was read and what was lost, by reason. Mutable: one is handed down through a whole build."""

    rows_read: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    tokens_dropped: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)

    def drop(self, reason: str, example: str = "", rows: int = 1) -> None:
        """Rows (or a file, where nobody knows how many it had) that were lost."""
        self.rows_read += rows
        self.dropped[reason] += rows
        if example and len(self.examples) < MAX_EXAMPLES:
            self.examples.append(f"{reason}: {example}")


def log_files(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """The files of all paths; folders are searched. Raises `ReviewError` when there is none."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.is_file() and kind(p) is not None)
        elif path.is_file():
            found.append(path)
        else:
            raise ReviewError(f"{path} does not exist", "Give a log file or a folder of log files.")
    if not found:
        raise ReviewError("there is no log file to read", f"Looked for {', '.join(LOG_SUFFIXES)}, also with .gz.")
    return tuple(dict.fromkeys(found))


def kind(path: Path) -> str | None:
    """`.jsonl`, `.json`, `.csv`, `.parquet` ... of a file, without `.gz`; None when it is no log file."""
    name = path.name.lower().removesuffix(".gz")
    return next((s for s in LOG_SUFFIXES if name.endswith(s)), None)


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked when it starts as gzip does (Bedrock logs are gzip under any name)."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if not packed:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as unpacked:
            yield cast(IO[bytes], unpacked)


def records(path: Path, account: Account, progress: Progress) -> Records:
    """Every JSON object or CSV row of a file, with its place (`file:line`). Lost lines go to the account."""
    size = path.stat().st_size
    number = -1
    try:
        with open_bytes(path) as stream:
            if kind(path) == ".csv":
                found = _csv_rows(stream, path, account)
            elif _is_document(path):
                found = _document(stream, path, account)
            else:
                found = _json_lines(stream, path, account)
            with closing(found):
                for number, item in enumerate(found):
                    if number % 5000 == 0:
                        progress(path.name, _position(stream), size)
                    yield item
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        account.drop(
            "cut_off_file",
            f"{path.name}: {error}; {number + 1:,} records before the damage were read (the file has {size:,} bytes), "
            "how many are lost nobody can tell",
        )
    except OSError as error:
        raise ReviewError(f"{path} cannot be read: {error}", "") from error
    progress(path.name, size, size)


def sample(path: Path, count: int = 50) -> list[dict[str, Any]]:
    """The first records, for telling what kind of log it is."""
    with closing(records(path, Account(), lambda *_: None)) as found:
        return [record for record, _ in islice(found, count)]


def _position(stream: IO[bytes]) -> int:
    inner = getattr(stream, "fileobj", None)
    try:
        return int(inner.tell()) if inner is not None else stream.tell()
    except (OSError, ValueError):
        return 0


def _is_document(path: Path) -> bool:
    """A `.json` file whose first line is not a whole object: one document over many lines, or an array."""
    if kind(path) != ".json":
        return False
    try:
        with open_bytes(path) as stream:
            line = stream.readline(10_000_000).strip()
            more = bool(stream.read(1))
    except (EOFError, zlib.error, OSError):
        return False
    if line.startswith(b"["):
        return True
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return True
    return not more


def _json_lines(stream: IO[bytes], path: Path, account: Account) -> Records:
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        place = f"{path.name}:{number}"
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            account.drop("malformed", f"{place}: {error}")
            continue
        if isinstance(value, dict):
            yield value, place
        else:
            account.drop("malformed", f"{place}: not an object")


def _document(stream: IO[bytes], path: Path, account: Account) -> Records:
    body = stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(body) > MAX_DOCUMENT_BYTES:
        raise ReviewError(f"{path.name} is one JSON document of over 2 GB", "Export it as JSON lines or Parquet.")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        account.drop("malformed", f"{path.name}: {error}")
        return
    items = value if isinstance(value, list) else [value]
    for number, item in enumerate(items, 1):
        if isinstance(item, dict):
            yield item, f"{path.name}[{number}]"
        else:
            account.drop("malformed", f"{path.name}[{number}]: not an object")


def _csv_rows(stream: IO[bytes], path: Path, account: Account) -> Records:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
    try:
        yield from _table_rows(csv.reader(text), path, account)
    finally:
        text.detach()  # the stream is not this function's to close


def _table_rows(reader: Reader, path: Path, account: Account) -> Records:
    header = next(reader, None)
    if header is None:
        return
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            account.drop("malformed", f"{path.name}:{reader.line_num}: {error}")
            continue
        if row is None:
            return
        if not row:
            continue
        if len(row) != len(header):
            account.drop("malformed", f"{path.name}:{reader.line_num}: {len(row)} of {len(header)} columns")
            continue
        yield dict(zip(header, row, strict=True)), f"{path.name}:{reader.line_num}"
