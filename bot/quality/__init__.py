"""Evaluation results of the base and of the head, from the tools that people evaluate with.

`READERS` in the order in which they are asked; `plain` is our own documented form and comes last. A file that no reader
knows, or an evaluation that did not finish, is an error: half a result must not pass a gate.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from bot.errors import ReviewError
from bot.model import Measure, Quality
from bot.quality import deepeval, inspect_ai, openai_evals, plain, promptfoo, pytest_report
from bot.quality.document import MAX_RESULT_BYTES, Document, read_document


class Reader(Protocol):
    """`claims` looks at the outer form only; `read` gives the measures or raises ReviewError."""

    NAME: str

    def claims(self, document: Document) -> bool: ...

    def read(self, document: Document) -> tuple[Measure, ...]: ...


READERS: tuple[Reader, ...] = (promptfoo, inspect_ai, deepeval, pytest_report, openai_evals, plain)
__all__ = ["READERS", "Reader", "compare", "read_pair", "read_results"]


def read_results(text: str, name: str) -> tuple[Measure, ...]:
    """The metrics of one evaluation. `name` is the file, for errors."""
    document = read_document(text, name)
    for reader in READERS:
        if reader.claims(document):
            measures = reader.read(document)
            if not measures:
                raise ReviewError(f"{name} holds no scores ({reader.NAME})", "Run the evaluation to its end.")
            return _each_once(measures, name)
    known = ", ".join(reader.NAME for reader in READERS)
    raise ReviewError(f"{name} is no evaluation result that we know", f"Known: {known}.")


def _each_once(measures: tuple[Measure, ...], name: str) -> tuple[Measure, ...]:
    """Of two scores of one name nobody can say which is to be compared with which."""
    seen: set[str] = set()
    for measure in measures:
        if measure.metric in seen:
            raise ReviewError(f"{name} holds {measure.metric[:80]!r} twice", "Give each scorer a name of its own.")
        seen.add(measure.metric)
    return measures


def read_pair(base: Path, head: Path) -> tuple[Quality, ...]:
    """The metrics that the result files of both sides have."""
    sides = []
    for path in (base, head):
        try:
            sides.append(read_results(_text(path), path.name))
        except (OSError, UnicodeDecodeError) as error:
            raise ReviewError(f"The evaluation results {path} cannot be read: {error}", "Is it a text file?") from error
    return compare(sides[0], sides[1], (base.name, head.name))


def _text(path: Path) -> str:
    """The whole of a plain file, up to the limit and not beyond: whoever evaluates a change may have run its code."""
    if not path.is_file():
        raise ReviewError(f"There are no evaluation results {path}.", "Has the evaluation run before this step?")
    with path.open("rb") as stream:
        data = stream.read(MAX_RESULT_BYTES + 1)
    if len(data) > MAX_RESULT_BYTES:
        raise ReviewError(f"{path.name} is larger than {MAX_RESULT_BYTES:,} bytes", "Keep the scores, not the answers.")
    return data.decode("utf-8")


def compare(base: Iterable[Measure], head: Iterable[Measure], sources: tuple[str, str]) -> tuple[Quality, ...]:
    """The metrics that both sides have, in the order of the base."""
    new = {m.metric: m for m in head}
    return tuple(Quality(metric=m.metric, base=m, head=new[m.metric], sources=sources) for m in base if m.metric in new)
