"""The questions of a scan shared out to copies of its process, where there are many and more than one core is there for them.

A copy answers as this process would have, for it has all that this one has. What it must have from outside (a file, the
picture of one, a document that code reads, who mentions a name) it asks for here, so that reading, parsing and remembering
stay in one place; what it found out comes back with the answer. A question over which a copy died is asked once more of a
copy of its own, and if that dies too it is a gap.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from prompts_scanner.copies import FAILED, POSSIBLE, Copies, Copy, Wire
from prompts_scanner.documents_apart import MARK
from prompts_scanner.memory import Picture, Question
from prompts_scanner.memory_codec import CODEC
from prompts_scanner.model import Gap
from prompts_scanner.view import Asked

if TYPE_CHECKING:
    from prompts_scanner.questions import Questions

# A copy is worth its start where so many questions fall to it; it takes so many at a time, for their answers come back one by one.
EACH: Final = {"surfaces": 60, "calls": 60, "sites": 4}
AT_ONCE: Final = {"surfaces": 24, "calls": 24, "sites": 2}


def share(asked: Questions, todo: Sequence[Question]) -> None:
    """Has these answered by copies, as far as that is possible and worth it: the rest is left to do."""
    while todo and POSSIBLE:
        count = min(asked.parser.processes, len(todo) // EACH[todo[0][0]])
        if count < 2:
            return
        asked.ready()
        lost = _Shared(asked, todo, count).run()
        for question in lost:
            died = _Shared(asked, [question], 1).run()
            if died:
                asked.give_up(question, died[question])
        if not lost:
            return
        todo = [question for question in todo if question not in asked.answers]


class _Shared:
    """One round: the side of the process that reads."""

    def __init__(self, asked: Questions, todo: Sequence[Question], count: int) -> None:
        self._asked = asked
        self._left = deque(todo)
        self._count = count
        self._given: dict[Copy, dict[Question, None]] = {}
        self._waiting: dict[Copy, tuple[str, ...]] = {}

    def run(self) -> dict[Question, str]:
        """The questions that were lost with a copy, and why it died."""
        lost: dict[Question, str] = {}
        with Copies(self._count, self._work, CODEC) as copies:
            for copy, message in copies.messages():
                if not isinstance(message, str):
                    self._answer(copy, *message)
                else:
                    self._waiting.pop(copy, None)
                    lost |= dict.fromkeys(self._given.pop(copy, ()), message)
                if self._waiting and len(self._waiting) == len(copies):
                    self._tell_mentions()
        return lost

    def _work(self, wire: Wire) -> None:
        home = Home(self._asked, wire)
        self._asked.answer_for(home)

    def _answer(self, copy: Copy, what: str, *of: Any) -> None:
        asked, parser, tree = self._asked, self._asked.parser, self._asked.tree
        answer: Any
        match what:
            case "told":
                told = Told(*of)
                asked.take(told)
                self._given.get(copy, {}).pop(told.question, None)
                return
            case "mention":
                self._waiting[copy] = of[0]
                return
            case "take":
                answer = tuple(self._left.popleft() for _ in range(min(len(self._left), self._some())))
                self._given.setdefault(copy, {}).update(dict.fromkeys(answer))
            case "packed":
                answer = parser.packed(of[0], of[1], tree.read)
            case "read":
                answer = tree.read(*of)
            case "key":
                answer = tree.key(*of)
            case "document":
                answer = parser.ask(MARK, *of)
            case _:
                raise RuntimeError(f"a copy of this process failed: {of[0] if what == FAILED else what}")
        _send(copy, answer)

    def _some(self) -> int:
        return AT_ONCE[self._left[0][0]] if self._left else 0

    def _tell_mentions(self) -> None:
        """All wait for it: one look at the tree for all of them."""
        waiting, self._waiting = self._waiting, {}
        self._asked.find_mentions({name for names in waiting.values() for name in names})
        for copy, names in waiting.items():
            _send(copy, {name: self._asked.mentioning(name) for name in names})


def _send(copy: Copy, answer: Any) -> None:
    try:
        copy.wire.send(answer)
    except OSError:  # it died; that is told when its turn comes
        return


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, and what was met on the way to it: `pictures` of files that were not looked at before, files that could
    not be read as text, files that say where names lead, documents that ended their reader."""

    question: Question
    value: Any
    asked: Asked
    pictures: Mapping[str, Picture]
    unread: frozenset[str]
    settings: frozenset[str]
    died: frozenset[str]


class Home:
    """The side of a copy: the process that it is a copy of, asked for what comes from outside. Also its `FileTree`."""

    def __init__(self, asked: Questions, wire: Wire) -> None:
        self._wire = wire
        self._asked = asked
        self._keys = asked.code_keys()
        self._paths = asked.tree.paths()
        self.name = asked.tree.name
        program = asked.program
        self._seen = len(program.pictures)
        self._sides = self._now()
        asked.tree = program.tree = self
        asked.parser.borrow(self.packed, self.document)

    def take(self) -> tuple[Question, ...]:
        """The next questions; none where there are no more."""
        found: tuple[Question, ...] = self._wire.ask("take")
        return found

    def told(self, question: Question, value: Any, asked: Asked) -> None:
        """Hands an answer over."""
        pictures = self._asked.program.pictures
        fresh = dict(islice(pictures.items(), self._seen, None))
        self._seen = len(pictures)
        before, self._sides = self._sides, self._now()
        sides = (now - then for now, then in zip(self._sides, before, strict=True))
        self._wire.send("told", question, value, asked, fresh, *sides)

    def mentions(self, names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        found: Mapping[str, tuple[str, ...]] = self._wire.ask("mention", tuple(sorted(names)))
        return found

    def packed(self, path: str, key: str) -> tuple[bytes | None, bool]:
        packed, certain = self._wire.ask("packed", path, key)
        return packed, certain

    def document(self, mark: str, data: bytes) -> bytes | None:
        del mark
        found: bytes | None = self._wire.ask("document", data)
        return found

    def _now(self) -> tuple[frozenset[str], ...]:
        documents = self._asked.parser.documents
        program = self._asked.program
        died = documents.died if documents is not None else ()
        return frozenset(program.unread), frozenset(program.specifiers.read), frozenset(died)

    # -- a tree -----------------------------------------------------------------------------------------------------

    def paths(self) -> tuple[str, ...]:
        return self._paths

    def key(self, path: str) -> str:
        known = self._keys.get(path)
        return known if known is not None else str(self._wire.ask("key", path))

    def read(self, path: str) -> bytes | None:
        found: bytes | None = self._wire.ask("read", path)
        return found

    def prefetch(self, paths: Iterable[str]) -> None:
        del paths

    def matching(self, pattern: str) -> frozenset[str] | None:
        del pattern
        return None

    def gaps(self) -> tuple[Gap, ...]:
        return ()
