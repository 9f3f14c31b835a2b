"""A memory as bytes for the next run, and back: sealed, and read with the values of a scan and nothing else.

The seal tells damage, not malice: whoever can write the cache of the one who runs this could as well change the program.
"""

from __future__ import annotations

import dataclasses
import gc
import sys
import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from prompts_scanner import callers, declared, groups, listing, memory, model, surfaces
from prompts_scanner.formats import base
from prompts_scanner.frozen import ERRORS, Codec
from prompts_scanner.memory import Answer, Memory, Question

_SEAL_BYTES: Final = 32
# All that a question may be answered with.
CODEC: Final = Codec(
    c
    for module in (model, memory, listing, callers, declared, groups, surfaces, base)
    for c in vars(module).values()
    if isinstance(c, type) and dataclasses.is_dataclass(c) and c.__module__ == module.__name__
)


def pack_memory(kept: Memory) -> bytes:
    nothing, rest = _parted(kept.answers)
    body = zlib.compress(CODEC.dumps((fingerprint(), nothing, dataclasses.replace(kept, answers=rest))), 1)
    return sha256(body).digest() + body


def unpack_memory(packed: bytes) -> Memory | None:
    """None where the bytes are no memory of this very program."""
    seal, body = packed[:_SEAL_BYTES], packed[_SEAL_BYTES:]
    if sha256(body).digest() != seal:
        return None
    # Many small values without cycles: looking for garbage among them takes a third of the time.
    paused = gc.isenabled()
    gc.disable()
    try:
        made_by, nothing, kept = CODEC.loads(zlib.decompress(body))
        if made_by != fingerprint() or not isinstance(kept, Memory):
            return None
        return dataclasses.replace(kept, answers={**_joined(nothing), **kept.answers})
    except (*ERRORS, zlib.error):
        return None
    finally:
        if paused:
            gc.enable()


def _parted(answers: Mapping[Question, Answer]) -> tuple[dict[str, list[str]], dict[Question, Answer]]:
    """Paths, by question, of which nothing is told but by their own content; and all other answers.

    Most modules hold neither a call nor a surface: a path takes a tenth of the time of an answer.
    """
    nothing: dict[str, list[str]] = {kind: [] for kind in _NOTHING}
    rest: dict[Question, Answer] = {}
    for question, answer in answers.items():
        kind, path = question[0], question[-1]
        if kind in _NOTHING and answer.asked == (("code", path),) and answer.value == _NOTHING[kind]:
            nothing[kind].append(path)
        else:
            rest[question] = answer
    return nothing, rest


def _joined(nothing: Mapping[str, Iterable[str]]) -> dict[Question, Answer]:
    return {(kind, p): Answer(_NOTHING[kind], (("code", p),)) for kind, paths in nothing.items() for p in paths}


_NOTHING: Final[Mapping[str, Any]] = {"calls": groups.Look(), "surfaces": surfaces.Found()}


@cache
def fingerprint() -> str:
    """Changes whenever the scanner does, and with the Python whose grammar `ast` follows."""
    digest = sha256(sys.version.encode())
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
