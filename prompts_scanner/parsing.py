"""Parses files once per content, in worker processes, with what was parsed before taken from a store.

A parser reads what strangers wrote: code, documents (`documents_apart`) or any other file (`files_apart`). It runs in a process
of its own, with a memory limit, without the environment of the caller (no tokens), and answers with plain data; if it dies or
hangs, one file is `Broken` and the run goes on. What a
worker or the store gives is unpickled with the classes of `ir` and nothing else.
"""

from __future__ import annotations

import contextlib
import copyreg
import dataclasses
import io
import json
import pickle
import struct
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from prompts_scanner import documents_apart, ir, languages
from prompts_scanner.callers import Names, names_in
from prompts_scanner.documents_apart import Apart
from prompts_scanner.memory import Memories
from prompts_scanner.sieve import Sieve, Store
from prompts_scanner.workers import Clock, Workers

Parsed = ir.Module | ir.Broken | None
Read = Callable[[str], bytes | None]
# Name, packed picture, and whether it is one of the content: that a parser died says something of this run only.
Answer = tuple[str, bytes, bool]

WORKER_LIMIT_BYTES: Final = 2 << 30
# Of one run, for all its files: source that is parsed (`workers.RUN_LIMIT_SECONDS`: the time of it).
RUN_LIMIT_BYTES: Final = 256 << 20
_SEAL_BYTES: Final = 32
_LENGTH: Final = struct.Struct("<I")
_CLASSES: Final = tuple(c for c in vars(ir).values() if isinstance(c, type) and dataclasses.is_dataclass(c))


class Parser:
    """`workers` 0: in this process (for tests and for trusted trees)."""

    def __init__(self, *, workers: int = 0, store: Store | None = None) -> None:
        self._workers = Workers(workers) if workers else None
        # who reads documents that are no code; None: this process
        self.clock = Clock()
        self.documents = Apart(self._workers.ask, self.clock.late) if self._workers is not None else None
        self._store = store
        self.sieve = Sieve(store)
        self.memories = Memories(store)
        self._packed: dict[str, bytes] = {}
        self._fresh: dict[str, bytes] = {}
        self._uncertain: set[str] = set()
        self._spent_bytes = 0
        self._elsewhere: Callable[[str, str], tuple[bytes | None, bool]] | None = None

    @property
    def processes(self) -> int:
        """How many it may use; 0: it parses in this one."""
        return self._workers.most if self._workers is not None else 0

    def parse(self, path: str, key: str, read: Read) -> Parsed:
        """The picture of the file at `path`, whose content is known by `key`; None where it cannot be read."""
        name = _name(path, key)
        packed = self._have(path, key, read)
        parsed = unpack(packed) if packed is not None else None
        if parsed is None and packed is not None:  # a store that holds something else
            data = read(path)
            self._packed[name] = again = pack(path, data) if data is not None else b""
            parsed = unpack(again)
        return parsed if parsed is None or parsed.path == path else replace(parsed, path=path)

    def is_certain(self, path: str, key: str) -> bool:
        """Whether what `parse` gave is an answer for ever: not where the parser died."""
        return _name(path, key) not in self._uncertain

    def names(self, path: str, key: str, read: Read) -> Names:
        """The names that the file's calls have; none where it is no module."""
        packed = self._have(path, key, read)
        return names_of(packed) if packed is not None else Names()

    def packed(self, path: str, key: str, read: Read) -> tuple[bytes | None, bool]:
        """As `parse`, packed, with `is_certain`."""
        return self._have(path, key, read), self.is_certain(path, key)

    def borrow(self, packed: Callable[[str, str], tuple[bytes | None, bool]], ask: documents_apart.Ask) -> None:
        """From here on what is not at hand is asked for in another process: no parser is talked to, no store opened."""
        self._elsewhere = packed
        if self.documents is not None:
            self.documents.ask = ask

    def ask(self, mark: str, data: bytes) -> bytes | None:
        """What a worker answers; None where it died over it, or where there is none."""
        return self._workers.ask(mark, data) if self._workers is not None else None

    def packed_bytes(self, path: str, key: str) -> int:
        return len(self._packed.get(_name(path, key), b""))

    def _have(self, path: str, key: str, read: Read) -> bytes | None:
        name = _name(path, key)
        if name not in self._packed:
            self.warm([(path, key)], read)
        return self._packed.get(name)

    def warm(self, files: Iterable[tuple[str, str]], read: Read) -> None:
        """Parse these (path, key) ahead: what the store has is taken, the rest goes to the workers."""
        wanted = {_name(p, k): (p, k) for p, k in files}
        wanted = {name: file for name, file in wanted.items() if name not in self._packed}
        if self._elsewhere is not None:
            for name, file in wanted.items():
                self._file(name, *self._elsewhere(*file))
            return
        if self._store is not None and wanted:
            names = {f"{fingerprint()}:{n}": n for n in wanted}
            for stored, packed in self._store.get_many(names).items():
                self._packed[names[stored]] = packed
                wanted.pop(names[stored], None)
        paths = {name: path for name, (path, _) in wanted.items()}
        for name, packed, certain in self._answers(self._tasks(paths, read), len(wanted)):
            self._file(name, packed, certain)
            if certain:
                self._fresh[f"{fingerprint()}:{name}"] = packed

    def _file(self, name: str, packed: bytes | None, certain: bool) -> None:
        if packed is not None:
            self._packed[name] = packed
        if not certain:
            self._uncertain.add(name)

    def _tasks(self, wanted: Mapping[str, str], read: Read) -> Iterable[tuple[str, str, bytes]]:
        """(name, path, bytes) of each file that is still to be parsed; one beyond the limits of the run is answered here."""
        for name, path in wanted.items():
            data = read(path)
            if data is None:
                continue
            beyond = self._beyond(len(data))
            if beyond:
                self._packed[name] = _sealed(ir.Broken(path=path, line=1, reason=beyond))
                self._uncertain.add(name)
            else:
                yield name, path, data

    def _beyond(self, size_bytes: int) -> str:
        """Which limit of the run a further file of this size breaks; "" for none."""
        if self._spent_bytes + size_bytes > RUN_LIMIT_BYTES:
            return f"beyond the {RUN_LIMIT_BYTES >> 20} MiB of source that a run parses, not read"
        late = self.clock.late()
        if not late:
            self._spent_bytes += size_bytes
        return late

    def flush(self) -> None:
        """Hand what was parsed in this run to the store."""
        if self._store is not None and self._fresh:
            self._store.put_many(self._fresh)
        self._fresh = {}
        self.sieve.flush()
        self.memories.flush()

    def start_ahead(self) -> None:
        """Something will be parsed: the first worker starts while the caller does something else."""
        if self._workers is not None:
            self._workers.start_ahead()

    def close(self) -> None:
        if self._workers is not None:
            self._workers.close()

    def _answers(self, tasks: Iterable[tuple[str, str, bytes]], count: int) -> Iterable[Answer]:
        if self._workers is None:
            yield from ((name, pack(path, data), True) for name, path, data in tasks)
            return
        for name, path, answer in self._workers.parsed(tasks, count):
            yield (name, _died(path), False) if answer is None else (name, answer, True)


def _name(path: str, key: str) -> str:
    """Content and language: the same bytes are another module under another suffix."""
    return f"{path[path.rfind('.') :].lower()}:{key}"


@cache
def fingerprint() -> str:
    """Changes whenever a front end or the picture changes, and with the Python whose grammar `ast` follows."""
    folder = Path(__file__).parent
    digest = sha256(sys.version.encode())
    for file in sorted(
        (folder / "ir.py", folder / "parsing.py", folder / "callers.py", *(folder / "languages").glob("*.py"))
    ):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def pack(path: str, data: bytes) -> bytes:
    """Parse and freeze; whatever the parser raises on hostile input is a `Broken`."""
    try:
        parsed = languages.parse(path, data)
    except (RecursionError, MemoryError):
        parsed = ir.Broken(path=path, line=1, reason="nested too deeply to be parsed")
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, AssertionError) as error:
        parsed = ir.Broken(path=path, line=1, reason=f"the parser gave up on it ({type(error).__name__})")
    try:
        return _sealed(parsed)
    except (RecursionError, MemoryError):
        return _sealed(ir.Broken(path=path, line=1, reason="nested too deeply to be parsed"))


def _sealed(value: Parsed) -> bytes:
    """A seal, the length of the names, the names, the picture: the names are read without unpacking the picture."""
    names = names_in(value) if isinstance(value, ir.Module) else Names()
    head = json.dumps((names.called, names.assigned), separators=(",", ":")).encode("ascii")
    body = _LENGTH.pack(len(head)) + head + zlib.compress(pickle.dumps(value, 5), 1)
    return sha256(body).digest() + body


def _died(path: str) -> bytes:
    broken = ir.Broken(path=path, line=1, reason="the parser died or took too long; the file was not read")
    return _sealed(broken)


def _opened(packed: bytes) -> tuple[bytes, bytes] | None:
    """Names and picture, or None where the seal is not that of the rest."""
    seal, body = packed[:_SEAL_BYTES], packed[_SEAL_BYTES:]
    if sha256(body).digest() != seal or len(body) < _LENGTH.size:
        return None
    cut = _LENGTH.size + _LENGTH.unpack_from(body)[0]
    return body[_LENGTH.size : cut], body[cut:]


def names_of(packed: bytes) -> Names:
    """The names beside a picture; none where the bytes are no such thing."""
    opened = _opened(packed)
    try:
        called, assigned = json.loads(opened[0]) if opened is not None else ((), ())
        return Names(tuple(map(str, called)), tuple(map(str, assigned)))
    except (ValueError, TypeError):
        return Names()


class _Plain(pickle.Unpickler):
    """Only the values of `ir`: nothing else can be named, so nothing can be called."""

    _allowed: Final = {("prompts_scanner.ir", c.__name__): c for c in _CLASSES}

    def find_class(self, module_name: str, global_name: str) -> Any:
        found = self._allowed.get((module_name, global_name))
        if found is None:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is not a value of a source file")
        return found


def unpack(packed: bytes) -> Parsed:
    """The value, or None where the bytes are not one: damaged ones are told by their seal before anything reads them."""
    opened = _opened(packed)
    if opened is None:
        return None
    try:
        value = _Plain(io.BytesIO(zlib.decompress(opened[1]))).load()
    except (pickle.UnpicklingError, zlib.error, EOFError, ValueError, TypeError, LookupError, AttributeError):
        return None
    return value if isinstance(value, ir.Module | ir.Broken) else None


def _reducer(cls: type) -> Callable[[Any], tuple[type, tuple[Any, ...]]]:
    names = tuple(f.name for f in dataclasses.fields(cls))
    return lambda value: (cls, tuple([getattr(value, n) for n in names]))


# As a call of the class with its fields: three times faster to read than the state of a frozen dataclass.
for _class in _CLASSES:
    copyreg.pickle(_class, _reducer(_class))


def _serve() -> None:
    """The worker's side: frames in, packed answers out, until the input ends."""
    with contextlib.suppress(ImportError):
        import resource  # noqa: PLC0415 not on Windows

        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (WORKER_LIMIT_BYTES, WORKER_LIMIT_BYTES))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer

    def receive() -> tuple[str, bytes] | None:
        head = incoming.read(_LENGTH.size)
        if not head:
            return None
        path = incoming.read(_LENGTH.unpack(head)[0]).decode("utf-8", "surrogateescape")
        return path, incoming.read(_LENGTH.unpack(incoming.read(_LENGTH.size))[0])

    def send(answer: bytes) -> None:
        outgoing.write(_LENGTH.pack(len(answer)) + answer)
        outgoing.flush()

    def tell(question: bytes) -> bytes:
        """What the caller says to a question in between; it ends this process where it asks something else instead."""
        send(question)
        told = receive()
        if told is None or told[0] != documents_apart.TOLD:
            sys.exit(1)
        return told[1]

    while (frame := receive()) is not None:
        path, data = frame
        send(_answer(path, data, tell))


def _answer(path: str, data: bytes, tell: Callable[[bytes], bytes]) -> bytes:
    match path:
        case documents_apart.MARK:
            return documents_apart.pack(data)
        case documents_apart.FILE:
            from prompts_scanner.files_apart import answer  # noqa: PLC0415

            return answer(data, tell)
        case documents_apart.TOLD:
            return b""  # nobody asked: the process that did is gone
        case documents_apart.STOP:
            sys.exit(1)
    return pack(path, data)


if __name__ == "__main__":
    _serve()
