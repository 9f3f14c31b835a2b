"""Files that are no code, read by their formats in the process that parses code: what stands in them strangers wrote.

The reader asks for the files beside its own one, and the caller tells it: a dialogue of frames with plain data, in which the
caller believes nothing but the values of a format. A file that ends its reader costs itself and no more.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from prompts_scanner import model
from prompts_scanner.documents_apart import DIED, FILE, STOP, TOLD, Ask, Late
from prompts_scanner.files import FilesView, read_with
from prompts_scanner.formats import FORMATS, base
from prompts_scanner.formats.base import Format, InFile
from prompts_scanner.frozen import ERRORS, Codec
from prompts_scanner.model import Gap, Span

_SEAL_BYTES: Final = 32
_CODEC: Final = Codec(
    c
    for module in (model, base)
    for c in vars(module).values()
    if isinstance(c, type) and dataclasses.is_dataclass(c) and c.__module__ == module.__name__
)
# For one file with all that it asks for; each single answer has the limit of `workers`.
LIMIT_SECONDS: Final = 60.0
# More questions than a reader of ours has of the largest tree.
MAX_QUESTIONS: Final = 200_000
# `("text", path)` or `("under", folder, suffix)`
Question = tuple[str, ...]


# The worker's end of the dialogue: a question, and what the caller answers.
Tell = Callable[[bytes], bytes]


# -- the caller's side ------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class FilesApart:
    """Reads the files of one tree by asking a worker. `tree` tells it from others: what its files share is made once."""

    ask: Ask
    late: Late
    died: set[str] = dataclasses.field(default_factory=set)  # as in `documents_apart.Apart`
    tree: int = dataclasses.field(default_factory=itertools.count().__next__)

    def read(self, reader: Format, path: str, text: str, view: FilesView) -> InFile:
        """As `files.read_with`; a gap where the process is gone or answers with something else."""
        late = self.late()
        if late:
            return self._unread(path, late)
        end = time.monotonic() + LIMIT_SECONDS
        frame = (FILE, json.dumps((self.tree, FORMATS.index(reader), path, text)).encode("ascii"))
        for _ in range(MAX_QUESTIONS):
            packed = self.ask(*frame)
            match _opened(packed) if time.monotonic() <= end else None:
                case ("ask", "text", str(other)):
                    told: object = view.text(other)
                case ("ask", "under", str(folder), str(suffix)):
                    told = view.under(folder, suffix)
                case ("found", InFile() as found, tuple(asked)):
                    for question in asked:
                        _written_down(question, view)
                    return found
                case _:
                    break
            frame = (TOLD, json.dumps(told).encode("ascii"))
        if packed is not None:
            self.ask(STOP, b"")  # it may still wait to be told
        return self._unread(path, DIED)

    def _unread(self, path: str, why: str) -> InFile:
        self.died.add(path)
        return InFile(gaps=(Gap(span=Span(path, 1, 1), reason=why, weight=70),))


def _opened(packed: bytes | None) -> object:
    """What an answer says; None where it is none."""
    if packed is None or sha256(packed[_SEAL_BYTES:]).digest() != packed[:_SEAL_BYTES]:
        return None
    try:
        return _CODEC.loads(packed[_SEAL_BYTES:])
    except ERRORS:
        return None


def _written_down(question: object, view: FilesView) -> None:
    """What the reader knew from a file before this one is asked by this one too."""
    match question:
        case ("text", str(path)):
            view.asked["text", path] = None
        case ("under", str(folder), str(suffix)):
            view.under(folder, suffix)


# -- the worker's side ------------------------------------------------------------------------------------------------


class _Beside:
    """The files beside the one that is read, as `formats.base.Files`: asked of the caller."""

    def __init__(self, tree: int, tell: Tell) -> None:
        self._tree = tree
        self._tell = tell
        self.asked: dict[Question, None] = {}

    def text(self, path: str) -> str | None:
        found = self._ask("text", path)
        return found if isinstance(found, str) else None

    def under(self, folder: str, suffix: str) -> tuple[str, ...]:
        found = self._ask("under", folder, suffix)
        return tuple(map(str, found)) if isinstance(found, list) else ()

    def once(self, key: tuple[str, str], make: Callable[[Any], object]) -> object:
        if (self._tree, key) not in _SHARED:
            if any(tree != self._tree for tree, _ in _SHARED):
                _SHARED.clear()
            inner = _Beside(self._tree, self._tell)
            _SHARED[self._tree, key] = (make(inner), tuple(inner.asked))
        made, asked = _SHARED[self._tree, key]
        self.asked |= dict.fromkeys(asked)
        return made

    def _ask(self, *question: str) -> object:
        self.asked[question] = None
        return json.loads(self._tell(_sealed(("ask", *question))))


_SHARED: dict[tuple[int, tuple[str, str]], tuple[object, tuple[Question, ...]]] = {}


def answer(task: bytes, tell: Tell) -> bytes:
    """Reads one file and freezes what its format finds."""
    tree, number, path, text = json.loads(task)
    beside = _Beside(tree, tell)
    found = read_with(FORMATS[number], path, text, beside)
    return _sealed(("found", found, tuple(beside.asked)))


def _sealed(value: tuple[Any, ...]) -> bytes:
    body = _CODEC.dumps(value)
    return sha256(body).digest() + body
