"""YAML, JSON and TOML read in the process that parses code: what reads them is native, and reads what strangers wrote.

`documents.read_document` asks here for the time of a scan whose parser has workers. A document that ends its reader costs
itself and no more; the next one is read in a new process.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from prompts_scanner import values
from prompts_scanner.documents import read_here
from prompts_scanner.frozen import ERRORS, Codec
from prompts_scanner.model import Piece, Span
from prompts_scanner.unread import UnreadDocumentError
from prompts_scanner.values import Value

# What stands before the name in a frame: no path of git's begins so.
MARK: Final = "\0document"
# The same of files that a format reads, and of what such a reader is told (`files_apart`).
FILE: Final = "\0file"
TOLD: Final = "\0told"
# Ends the process: what it is at is given up.
STOP: Final = "\0stop"
DIED: Final = "the reader died or took too long; the file was not read"
_SEAL_BYTES: Final = 32
_CODEC: Final = Codec((values.Map, values.Lst, values.Str, values.Num, values.Const, Piece, Span))
# Why nothing more is read in this run; "" where there is time
Late = Callable[[], str]
# (what to answer, bytes) -> the answer's bytes, or None where the process is gone
Ask = Callable[[str, bytes], bytes | None]


@dataclasses.dataclass(slots=True)
class Apart:
    """Reads documents by asking a worker; `died` has the paths of those that ended it or came too late: the next run tries them."""

    ask: Ask
    late: Late
    died: set[str] = dataclasses.field(default_factory=set)

    def read(self, path: str, text: str, at: Span | None) -> Value | None:
        """As `documents.read_document`."""
        late = self.late()
        if late:
            self.died.add(path if at is None else at.path)
            raise UnreadDocumentError(late, 70)
        place = (at.path, at.first_line, at.last_line) if at is not None else None
        answer = self.ask(MARK, json.dumps((path, text, place)).encode("ascii"))
        if answer is None:
            self.died.add(path if at is None else at.path)
            raise UnreadDocumentError(DIED, 70)
        return unpack(answer)


def pack(task: bytes) -> bytes:
    """The worker's side: reads one document and freezes the value, or why there is none."""
    path, text, place = json.loads(task)
    found: tuple[Value | None, tuple[str, int] | None]
    try:
        found = (read_here(path, text, Span(*place) if place is not None else None), None)
    except UnreadDocumentError as error:
        found = (None, (error.reason, error.weight))
    except MemoryError:
        found = (None, ("needs more memory than a reader has, not read", 60))
    body = _CODEC.dumps(found)
    return sha256(body).digest() + body


def unpack(packed: bytes) -> Value | None:
    """The document. Raises UnreadDocumentError where the worker had none, or where its answer is none."""
    seal, body = packed[:_SEAL_BYTES], packed[_SEAL_BYTES:]
    if sha256(body).digest() != seal:
        raise UnreadDocumentError(DIED, 70)
    try:
        value, unread = _CODEC.loads(body)
    except ERRORS as error:
        raise UnreadDocumentError(DIED, 70) from error
    if unread is not None:
        raise UnreadDocumentError(*unread)
    return value if isinstance(value, Value) else None
