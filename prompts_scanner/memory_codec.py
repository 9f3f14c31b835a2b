"""A memory as bytes for the next run, and back: sealed, and read with the values of a scan and nothing else.

The seal tells damage, not malice: whoever can write the cache of the one who runs this could as well change the program.
"""

from __future__ import annotations

import dataclasses
import gc
import io
import pickle
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from prompts_scanner import callers, declared, groups, listing, memory, model, surfaces
from prompts_scanner.formats import base
from prompts_scanner.memory import Answer, Memory, Question

_SEAL_BYTES: Final = 32
_CLASSES: Final = tuple(
    c
    for module in (model, memory, listing, callers, declared, groups, surfaces, base)
    for c in vars(module).values()
    if isinstance(c, type) and dataclasses.is_dataclass(c) and c.__module__ == module.__name__
)


def pack_memory(kept: Memory) -> bytes:
    out = io.BytesIO()
    nothing, rest = _parted(kept.answers)
    _Pickler(out, 5).dump((fingerprint(), nothing, dataclasses.replace(kept, answers=rest)))
    body = zlib.compress(out.getvalue(), 1)
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
        made_by, nothing, kept = _Plain(io.BytesIO(zlib.decompress(body))).load()
        if made_by != fingerprint() or not isinstance(kept, Memory):
            return None
        return dataclasses.replace(kept, answers={**_joined(nothing), **kept.answers})
    except (pickle.UnpicklingError, zlib.error, EOFError, ValueError, TypeError, LookupError, AttributeError):
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


class _Plain(pickle.Unpickler):
    """Only the values of a scan: nothing else can be named, so nothing can be called."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        if module_name != __name__ or global_name not in _MAKERS:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is not a value of a scan")
        return _MAKERS[global_name][1]


@cache
def fingerprint() -> str:
    """Changes whenever the scanner does, and with the Python whose grammar `ast` follows."""
    digest = sha256(sys.version.encode())
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _maker(cls: type) -> Callable[..., Any]:
    """Makes a value of its fields in their order, without the checks of a frozen class: ten times faster than pickle's own way."""
    setters = tuple(getattr(cls, f.name).__set__ for f in dataclasses.fields(cls))

    def make(*values: Any) -> Any:
        made: Any = object.__new__(cls)
        for set_field, value in zip(setters, values, strict=True):
            set_field(made, value)
        return made

    make.__module__ = __name__
    make.__name__ = make.__qualname__ = f"make_{cls.__name__}"
    return make


_MAKERS: Final = {make.__name__: (cls, make) for cls, make in ((c, _maker(c)) for c in _CLASSES)}
globals().update({name: make for name, (_, make) in _MAKERS.items()})  # pickle finds what it writes by its name here


class _Pickler(pickle.Pickler):
    """Writes a value of a scan as a call of its maker."""

    _reducers: Final = {cls: (make, tuple(f.name for f in dataclasses.fields(cls))) for cls, make in _MAKERS.values()}

    def reducer_override(self, value: Any) -> Any:
        known = self._reducers.get(type(value))
        if known is None:
            return NotImplemented
        make, names = known
        return make, tuple([getattr(value, n) for n in names])
