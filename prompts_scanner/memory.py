"""What a scan of one tree was told, kept for the scan of another one: an answer holds where all that it rests on is the same.

Nothing is taken on trust: each fact that an answer rests on is asked of the new tree and compared. A file is the same
where its key is (a hash of its content), a name where it leads to the same path, an absent file where it is absent still.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any, Final, Protocol

from prompts_scanner.callers import Names
from prompts_scanner.listing import Listing
from prompts_scanner.model import Gap, Span
from prompts_scanner.sieve import Store
from prompts_scanner.view import Fact

# Fewer new answers than this are worked out again sooner than all are written anew.
WORTH_KEEPING: Final = 30
# `("file", path)`, `("calls", path)`, `("surfaces", path)`, `("sites", path, ...)`
Question = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What became of a source file: `certain` where the content alone decides it, and not how this run went."""

    parsed: bool
    certain: bool = True
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """`asked`: the facts that it rests on."""

    value: Any
    asked: tuple[Fact, ...]


@dataclass(slots=True, kw_only=True)
class Memory:
    """`like` is what all answers also rest on: the scanner itself, the libraries it knows, what it was told to ignore.

    `keys` has every file that an answer rests on and every code file, by its content's key, but for those that could not
    be read; `told` the answers to facts that are names. `work` counts the answers that were worked out since this was last
    put away.
    """

    like: str
    listing: Listing
    candidates: frozenset[str] = frozenset()
    keys: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str | None] = field(default_factory=dict)
    env: Mapping[str, tuple[str, Span]] = field(default_factory=dict)
    told: Mapping[Fact, object] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    names: Mapping[str, Names] = field(default_factory=dict)
    answers: Mapping[Question, Answer] = field(default_factory=dict)
    work: int = 0


class Tree(Protocol):
    """What a new tree says to the facts of an old one."""

    def key(self, path: str) -> str | None: ...

    def told(self, fact: Fact) -> object: ...

    def env(self, name: str) -> tuple[str, Span] | None: ...

    def names(self, path: str) -> Names: ...

    def code_keys(self) -> Mapping[str, str]: ...

    def candidates_now(self) -> frozenset[str]: ...

    def mentioning(self, name: str) -> tuple[str, ...]: ...

    def has_searches(self) -> bool: ...


class Recall:
    """The answers of a memory that hold for a new tree."""

    def __init__(self, memory: Memory, tree: Tree, listing: Listing) -> None:
        self.memory = memory
        self._tree = tree
        self.same_paths = listing.digest == memory.listing.digest
        self._same_settings: bool | None = None
        self._changed: tuple[str, ...] | None = None
        self._moved: frozenset[str] | None = None
        self._all_moved = False
        self._held: dict[Fact, bool] = {}

    def answer(self, question: Question) -> Answer | None:
        kept = self.memory.answers.get(question)
        for fact in kept.asked if kept is not None else ():
            known = self._held.get(fact)
            if known is False or (known is None and not self.holds(fact)):
                return None
        return kept

    def holds(self, fact: Fact) -> bool:
        """Whether the new tree answers a fact as the old one did."""
        known = self._held.get(fact)
        if known is None:
            known = self._held[fact] = self._ask(fact)
        return known

    def changed(self) -> tuple[str, ...]:
        """Code that one of the trees lacks or that differs."""
        if self._changed is None:
            now, before = self._tree.code_keys(), self.memory.keys
            gone = (p for p in self.memory.listing.code if p not in now)
            self._changed = (*(p for p, key in now.items() if before.get(p) != key), *gone)
        return self._changed

    def _ask(self, fact: Fact) -> bool:
        match fact[0]:
            case "code" | "text":
                return self.memory.keys.get(fact[1]) == self._tree.key(fact[1])
            case "find" | "asset":
                return (self.same_paths and self._settings_hold()) or self._told_again(fact)
            case "named" | "path" | "folder" | "under":
                return self.same_paths or self._told_again(fact)
            case "env":
                return self.memory.env.get(fact[1]) == self._tree.env(fact[1])
            case "calls" | "sets":
                return not self._moves(fact[1])
            case "mention":
                return self.memory.told.get(fact) == self._tree.mentioning(fact[1])
            case "searches":
                return not self._tree.has_searches()
        return False

    def _told_again(self, fact: Fact) -> bool:
        return fact in self.memory.told and self.memory.told[fact] == self._tree.told(fact)

    def _settings_hold(self) -> bool:
        """Whether the files that say where TypeScript's names lead are the same."""
        if self._same_settings is None:
            self._same_settings = all(key == self._tree.key(path) for path, key in self.memory.settings.items())
        return self._same_settings

    def _moves(self, name: str) -> bool:
        """Whether one tree's version of a module calls or assigns a name and the other's does not."""
        if self._moved is None:
            moved: set[str] = set()
            before, now = self.memory.candidates, self._tree.candidates_now()
            for path in {*self.changed(), *(before ^ now)}:
                old = self.memory.names.get(path) if path in before else Names()
                self._all_moved = self._all_moved or old is None
                new = self._tree.names(path) if path in now else Names()
                moved |= _all(old or Names()) ^ _all(new)
            self._moved = frozenset(moved)
        return self._all_moved or name in self._moved


def _all(names: Names) -> set[str]:
    return {*names.called, *names.assigned}


class Memories:
    """The memory of the last scan, for the next one of the same kind; that of the first, for the next run."""

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._last: dict[str, Callable[[], Memory | None]] = {}
        self._first: dict[str, Callable[[], Memory | None]] = {}
        self._pack: Callable[[Memory], bytes] | None = None

    def last(self, like: str, unpack: Callable[[bytes], Memory | None]) -> Memory | None:
        if like not in self._last:
            name = _name(like)
            packed = self._store.get_many([name]).get(name) if self._store is not None else None
            stored = unpack(packed) if packed is not None else None
            self._last[like] = lambda: stored if stored is not None and stored.like == like else None
        return self._last[like]()

    def remember(self, like: str, make: Callable[[], Memory], pack: Callable[[Memory], bytes]) -> None:
        """`make` is called when the memory is needed: that of the last scan of a run seldom is."""
        self._pack = pack
        self._last[like] = cache(make)
        self._first.setdefault(like, self._last[like])

    def flush(self) -> None:
        """Hand to the store what took some work."""
        if self._store is None or self._pack is None:
            return
        for like, make in self._first.items():
            memory = make()
            if memory is not None and memory.work >= WORTH_KEEPING:
                memory.work = 0
                self._store.put_many({_name(like): self._pack(memory)})


def _name(like: str) -> str:
    return f"memory:{sha256(like.encode()).hexdigest()}"
