"""Keeps parsed files between runs, in one SQLite file of the platform's cache directory.

Losing it is harmless: whatever is wrong with it (damaged, locked, read-only, disk full), the run goes on without.
Writes are transactions, so a run that is killed leaves a whole file. Size-bounded: what was not used longest goes first.
https://www.sqlite.org/atomiccommit.html
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from bot.tokens.remembered import remembering
from prompts_scanner.parsing import Parser

LIMIT_BYTES: Final = 256 << 20
# Refreshing a row's day on each use would turn reads into writes: a day's resolution is enough to drop old rows.
_SCHEMA: Final = "CREATE TABLE IF NOT EXISTS parsed (name TEXT PRIMARY KEY, data BLOB NOT NULL, day INTEGER NOT NULL)"
_MANY: Final = 500
_FORMAT: Final = 1


class SqliteStore:
    """`Store` of `prompts_scanner.parsing`. `day` is a day's number (for instance `date.toordinal()`)."""

    def __init__(self, file: Path, day: int, limit_bytes: int = LIMIT_BYTES) -> None:
        self._file = file
        self._day = day
        self._limit_bytes = limit_bytes
        self._db: sqlite3.Connection | None = None
        self._broken = False

    def get_many(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        found: dict[str, bytes] = {}
        with self._database(writing=False) as db:
            if db is None:
                return found
            for some in _chunks(keys):
                marks = ",".join("?" * len(some))
                query = f"SELECT name, data, day FROM parsed WHERE name IN ({marks})"  # noqa: S608 only question marks
                rows = db.execute(query, some).fetchall()
                found.update((name, data) for name, data, _ in rows if isinstance(data, bytes))
                old = [(self._day, name) for name, _, day in rows if day < self._day]
                if old:
                    with contextlib.suppress(sqlite3.OperationalError):  # read-only or locked: it keeps its old day
                        db.executemany("UPDATE parsed SET day = ? WHERE name = ?", old)
            with contextlib.suppress(sqlite3.OperationalError):
                db.commit()
        return found

    def put_many(self, items: Mapping[str, bytes]) -> None:
        with self._database(writing=True) as db:
            if db is None:
                return
            rows = ((name, data, self._day) for name, data in items.items())
            with db:
                db.executemany("INSERT OR REPLACE INTO parsed VALUES (?, ?, ?)", rows)
                self._trim(db)

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def _trim(self, db: sqlite3.Connection) -> None:
        """Drop the oldest rows until the data fits."""
        (total,) = db.execute("SELECT coalesce(sum(length(data)), 0) FROM parsed").fetchone()
        if total <= self._limit_bytes:
            return
        for name, size in db.execute("SELECT name, length(data) FROM parsed ORDER BY day, name").fetchall():
            db.execute("DELETE FROM parsed WHERE name = ?", (name,))
            total -= size
            if total <= self._limit_bytes * 3 // 4:
                return

    @contextlib.contextmanager
    def _database(self, *, writing: bool) -> Iterator[sqlite3.Connection | None]:
        """The open database, or None where there is none to be had. A damaged file is thrown away once."""
        try:
            database = None if self._unused(writing) else self._open()
        except (sqlite3.DatabaseError, OSError) as error:
            self._give_up(error)
            database = None
        try:
            yield database
        except sqlite3.DatabaseError as error:
            self._give_up(error)

    def _unused(self, writing: bool) -> bool:
        return self._broken or (self._db is None and not writing and not self._file.exists())

    def _give_up(self, error: Exception) -> None:
        """No cache for the rest of this run; a file that is no database of ours goes, the next run makes a new one."""
        self.close()
        self._broken = True
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            with contextlib.suppress(OSError):
                self._file.unlink()

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(self._file, timeout=2.0)
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version not in (0, _FORMAT):
                raise sqlite3.DatabaseError("another format")
            with self._db:
                self._db.execute(_SCHEMA)
                self._db.execute(f"PRAGMA user_version = {_FORMAT}")
        return self._db


@contextlib.contextmanager
def kept_parser(file: Path | None, day: int, workers: int) -> Iterator[Parser]:
    """A parser that remembers in `file` what it parsed, for the next run; None: it forgets."""
    store = SqliteStore(file, day) if file is not None else None
    parser = Parser(workers=workers, store=store)
    try:
        if file is None or not file.exists():
            parser.start_ahead()
        if store is None:
            yield parser
            return
        with remembering(store):
            yield parser
        parser.flush()
    finally:
        parser.close()
        if store is not None:
            store.close()


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    some: list[str] = []
    for key in keys:
        some.append(key)
        if len(some) == _MANY:
            yield some
            some = []
    if some:
        yield some
