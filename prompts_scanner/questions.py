"""The questions that a scan asks of a tree, each answered apart from the others, and taken from memory where it still holds.

What a module or a group of modules holds is worked out from the start, with nothing left over from another: so one edit never
changes what is said of a place that it does not reach, and an answer is the same whether it is remembered or not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from prompts_scanner.callers import CallIndex, Names
from prompts_scanner.files import FilesView, InFiles, TreeFiles, read_file, together
from prompts_scanner.files_apart import FilesApart
from prompts_scanner.fold import Folder
from prompts_scanner.groups import Group, GroupSites, Look, Members, Reading, likely, look_at, merged
from prompts_scanner.listing import Listing, digest_of, listing_of
from prompts_scanner.match import Matcher, Rows
from prompts_scanner.memory import Answer, Memory, Picture, Question, Recall
from prompts_scanner.memory_codec import pack_memory, unpack_memory
from prompts_scanner.model import Gap, RetrievalItem, Span
from prompts_scanner.parsing import Parser
from prompts_scanner.paths import paths_of
from prompts_scanner.program import Program
from prompts_scanner.reach import fills_prompts
from prompts_scanner.shape import Sdk
from prompts_scanner.sharing import Home, Told, share
from prompts_scanner.surfaces import Found, SurfaceReader
from prompts_scanner.tree import FileTree
from prompts_scanner.view import Asked, Fact, View
from prompts_scanner.words import CALL_WORDS, SURFACE_WORDS

# Groups that have been told to whom they lead and not yet who mentions a name.
Waiting = dict[Members, tuple[View, Reading, tuple[str, ...]]]
_NOTHING: Final[Mapping[str, Any]] = {"calls": Look(), "surfaces": Found(), "sites": GroupSites()}
_WORD = re.compile(rb"[A-Za-z0-9_]+")
_PLAIN = re.compile(r"[A-Za-z0-9_]+")


class Questions:
    """One tree and what is asked of it."""

    def __init__(self, tree: FileTree, sdks: tuple[Sdk, ...], ignore: tuple[str, ...], parser: Parser) -> None:
        self.tree = tree
        self.parser = parser
        self.rows = Rows(sdks)
        self._like = repr((sdks, ignore))
        before = parser.memories.last(self._like, unpack_memory)
        self.listing = _listing(before, tree.paths(), ignore)
        self.recall: Recall | None = None
        if before is not None and before.listing.examples_are_product == self.listing.examples_are_product:
            self.recall = Recall(before, self, self.listing)
        self.answers: dict[Question, Answer] = {}
        self._told: dict[Fact, object] = {}
        self._mentions: dict[str, tuple[str, ...]] = {}
        self._worked_out: set[Question] = set()
        self._searched: bool | None = None
        self._home: Home | None = None
        self._lost: dict[str, Gap] = {}
        self._files = TreeFiles(tree, self.listing.files)
        self._outside = frozenset(p for sdk in sdks for p in sdk.packages)

    # -- files that are no code -------------------------------------------------------------------------------------

    @cached_property
    def files(self) -> InFiles:
        """What they declare."""
        wanted = [p for p in self.listing.files if self._recalled(("file", p)) is None]
        self.tree.prefetch(wanted)
        apart = self.parser.documents
        read = FilesApart(apart.ask, apart.late, apart.died).read if apart is not None else None
        for path in wanted:
            view = FilesView(self._files)
            self._keep(("file", path), read_file(view, path, read), view.asked)
        return together(self.answers["file", p].value for p in self.listing.files)

    @cached_property
    def program(self) -> Program:
        env = {e.name: (e.value, e.span) for e in reversed(self.files.env)}
        return Program(self.tree, env, self.parser, self._outside)

    # -- modules ----------------------------------------------------------------------------------------------------

    @cached_property
    def candidates(self) -> tuple[str, ...]:
        """The code files that may hold a call or a surface."""
        words = f"{SURFACE_WORDS}|{CALL_WORDS}"
        if self.recall is None:
            return tuple(self.parser.sieve.matching(self.tree, self.listing.code, words))
        changed = set(self.recall.changed())
        fresh = [p for p in self.listing.code if p in changed]
        hold = {*self.parser.sieve.matching(self.tree, fresh, words)}
        old = self.recall.memory.candidates
        return tuple(p for p in self.listing.code if (p in hold if p in changed else p in old))

    def looks(self) -> Mapping[str, Look]:
        return self._looks

    @cached_property
    def _looks(self) -> Mapping[str, Look]:
        self._answer_each("calls")
        return {p: self.answers["calls", p].value for p in self.candidates}

    def surfaces(self) -> Mapping[str, Found]:
        """What stands on its own in each module; its calls are looked for too, while the module is at hand."""
        self._answer_each("surfaces", "calls")
        found: dict[str, Found] = {p: self.answers["surfaces", p].value for p in self.candidates}
        self._searched = any(fills_prompts(r) for each in found.values() for r in each.retrieval)
        return found

    def _answer_each(self, *kinds: str) -> None:
        """Questions to each candidate; what memory does not hold is parsed first, several at a time."""
        wanted = [q for p in self.candidates for kind in kinds if not self._knows(q := (kind, p))]
        paths = tuple(dict.fromkeys(path for _, path in wanted))
        self.tree.prefetch(paths)
        self.program.warm(paths)
        share(self, wanted)
        for kind, path in wanted:
            self._ask(kind, path)

    def _knows(self, question: Question) -> bool:
        return question in self.answers or self._recalled(question) is not None

    def _ask(self, kind: str, path: str) -> Answer:
        known = self.answers.get((kind, path)) or self._recalled((kind, path))
        if known is not None:
            return known
        view = self._view()
        value = self._surfaces(view, path) if kind == "surfaces" else self._look(view, path)
        return self._keep((kind, path), value, view.asked)

    def _look(self, view: View, path: str) -> Look:
        module = view.module(path)
        if module is None:
            return Look()
        return look_at(view, module, self.rows, self.listing.context)

    def _surfaces(self, view: View, path: str) -> Found:
        module = view.module(path)
        if module is None:
            return Found()
        folder = Folder(view)
        return SurfaceReader(folder, Matcher(folder, self.rows)).read(module, self.listing.context(path))

    # -- groups of modules ------------------------------------------------------------------------------------------

    def sites(self) -> list[GroupSites]:
        """The call sites of each group of modules."""
        groups = likely(self.looks(), self._index.calling)
        while True:
            wanted = [g for g in groups if not self._knows(("sites", *g))]
            share(self, [("sites", *g) for g in wanted])
            self._read(g for g in wanted if ("sites", *g) not in self.answers)
            found = {g: self._sites_of(g) for g in groups}
            groups = merged(found)
            if len(groups) == len(found):
                return [found[g] for g in groups]

    def _sites_of(self, members: Members) -> GroupSites:
        value = self.answers[("sites", *members)].value
        return value if isinstance(value, GroupSites) else GroupSites()

    def _read(self, groups: Iterable[Members]) -> None:
        """Reads groups in step, so that one look at the tree tells all of them who mentions what they ask for."""
        waiting: Waiting = {}
        for members in groups:
            self._begin(waiting, members)
        self._go_on(waiting)

    def _begin(self, waiting: Waiting, members: Members) -> None:
        view = self._view()
        reading = Group(view, members, self.rows, self.listing.context, self._searches(view)).read()
        self._step(waiting, members, view, reading, None)

    def _go_on(self, waiting: Waiting) -> None:
        while waiting:
            self.find_mentions({name for _, _, names in waiting.values() for name in names})
            for members, (view, reading, names) in list(waiting.items()):
                told = {name: view.mentioning(name, self.mentioning(name)) for name in names}
                self._step(waiting, members, view, reading, told)

    def _step(
        self,
        waiting: Waiting,
        members: Members,
        view: View,
        reading: Reading,
        told: Mapping[str, Iterable[Any]] | None,
    ) -> None:
        try:
            names = next(reading) if told is None else reading.send(told)
        except StopIteration as end:
            waiting.pop(members, None)
            self._keep(("sites", *members), end.value, view.asked)
        else:
            waiting[members] = (view, reading, names)

    def _searches(self, view: View) -> Callable[[str], Iterable[RetrievalItem]] | None:
        """What modules set of retrieval; None where no module of the tree does."""
        if not self.has_searches():
            view.asked["searches",] = None
            return None

        def of(path: str) -> tuple[RetrievalItem, ...]:
            if path not in self._candidates:
                return ()
            answer = self._ask("surfaces", path)
            view.asked.update((fact, self._told_of(fact)) for fact in answer.asked)
            return tuple(answer.value.retrieval)

        return of

    # -- shared out to copies of this process -----------------------------------------------------------------------

    def ready(self) -> None:
        """What each copy would have to work out, and each the same."""
        self.code_keys()
        _ = self._candidates, self.program.specifiers
        if self.recall is None:
            self._index.calling("")
        else:
            self.recall.changed()

    def answer_for(self, home: Home) -> None:
        """In a copy: answers what `home` asks until it asks no more."""
        self._home = home
        waiting: Waiting = {}
        while questions := home.take():
            for kind, *paths in questions:
                if kind == "sites":
                    self._begin(waiting, tuple(paths))
                else:
                    self._ask(kind, paths[0])
        self._go_on(waiting)

    def take(self, told: Told) -> None:
        """An answer of a copy."""
        self.program.pictures.update(told.pictures)
        self.program.unread |= told.unread
        self.program.specifiers.read |= told.settings
        if self.parser.documents is not None:
            self.parser.documents.died |= told.died
        self._keep(told.question, told.value, told.asked)

    def give_up(self, question: Question, why: str) -> None:
        """A copy died over it, alone: nothing is known of what it asks for. The next run tries it again."""
        kind, first, *others = question
        with_others = f" and {len(others)} more that belong with it" if others else ""
        reason = f"the process that read its calls and prompts{with_others} died ({why}); they are not known"
        self._lost[first] = Gap(span=Span(first, 1, 1), reason=reason, weight=70)
        for path in (first, *others):
            self.program.module(path)
        self._keep(question, _NOTHING[kind], {("code", path): None for path in (first, *others)})

    # -- what is remembered -----------------------------------------------------------------------------------------

    def _view(self) -> View:
        return View(self.program, self._index)

    @cached_property
    def _index(self) -> CallIndex:
        return CallIndex(self.candidates, self.names)

    @cached_property
    def _candidates(self) -> frozenset[str]:
        return frozenset(self.candidates)

    def _recalled(self, question: Question) -> Answer | None:
        kept = self.recall.answer(question) if self.recall is not None else None
        if kept is not None:
            self.answers[question] = kept
        return kept

    def _told_of(self, fact: Fact) -> object:
        before = self.recall.memory.told if self.recall is not None else {}
        return self._told[fact] if fact in self._told else before.get(fact)

    def _keep(self, question: Question, value: Any, asked: Asked) -> Answer:
        self._told |= asked
        self._worked_out.add(question)
        answer = self.answers[question] = Answer(value, tuple(asked))
        if self._home is not None:
            self._home.told(question, value, asked)
        return answer

    def remember(self) -> None:
        """For the next scan, and where it took some work for the next run. The last that is asked."""
        self.program.forget()
        self.parser.memories.remember(self._like, self._memory, pack_memory)

    def worked_out(self) -> frozenset[Question]:
        """What memory did not answer."""
        return frozenset(self._worked_out)

    def _memory(self) -> Memory:
        """All that this scan was told, but for what a file that could not be read has a part in."""
        if self.recall is not None and not self._worked_out and not self.recall.changed() and self.recall.same_paths:
            return self.recall.memory
        unread = self._unread()
        answers = {q: a for q, a in self.answers.items() if unread.isdisjoint(f[1] for f in a.asked if len(f) == 2)}
        facts = {fact for a in answers.values() for fact in a.asked}
        others = (f[1] for f in facts if f[0] in ("code", "text"))
        before = self.recall.memory if self.recall is not None else None
        pictures = {f[1]: self._picture(f[1]) for f in facts if f[0] == "code"}
        indexed = any(f[0] in ("calls", "sets") for f in facts)
        return Memory(
            like=self._like,
            listing=self.listing,
            candidates=self._candidates,
            keys={p: k for p in {*self.listing.code, *others} - unread if (k := self.key(p)) is not None},
            settings={p: None if p in unread else self.key(p) for p in self._settings_read()},
            env={f[1]: e for f in facts if f[0] == "env" and (e := self.env(f[1])) is not None},
            told={f: self._told_of(f) for f in facts if f[0] in NAMED},
            pictures={p: picture for p, picture in pictures.items() if picture is not None},
            names={p: self.names(p) for p in self.candidates} if indexed else {},
            answers=answers,
            work=len(self._worked_out) + (before.work if before is not None else 0),
        )

    def _unread(self) -> set[str]:
        """Files whose content was not had, or whose reader died: the next run tries them again."""
        pictures = self.program.pictures.items()
        died = self.parser.documents.died if self.parser.documents is not None else ()
        uncertain = (p for p, made in pictures if not made.certain)
        return {*self._files.unread, *self.program.unread, *died, *uncertain, *self._lost}

    def _settings_read(self) -> Iterable[str]:
        before = self.recall.memory.settings if self.recall is not None else ()
        return {*self.program.specifiers.read, *before}

    def _picture(self, path: str) -> Picture | None:
        found = self.program.pictures.get(path)
        if found is None and self.recall is not None:
            found = self.recall.memory.pictures.get(path)
        gap = self._lost.get(path)
        return replace(found, gaps=(*found.gaps, gap)) if found is not None and gap is not None else found

    def pictures(self) -> list[Picture]:
        """What became of each source file that was looked at."""
        paths = {f[1] for a in self.answers.values() for f in a.asked if f[0] == "code"}
        return [picture for p in sorted(paths) if (picture := self._picture(p)) is not None]

    # -- what the tree says to a fact (`memory.Tree`) ---------------------------------------------------------------

    def key(self, path: str) -> str | None:
        return self.tree.key(path) if path in self._paths else None

    def told(self, fact: Fact) -> object:
        match fact:
            case ("find", importer, spec):
                return self.program.find_module(importer, spec)
            case ("asset", importer, spec):
                return self.program.find_asset(importer, spec)
            case ("named", importer, name):
                return self.program.find_file(importer, name)
            case ("path", path):
                return path in self._paths
            case ("folder", folder):
                return folder in self.program.folders
            case ("under", folder, suffix):
                return self._files.under(folder, suffix)
        raise ValueError(f"{fact[0]} is no question of names")

    def env(self, name: str) -> tuple[str, Span] | None:
        return self.program.env.get(name)

    def names(self, path: str) -> Names:
        if self.recall is not None and path not in self._changed:
            known = self.recall.memory.names.get(path)
            if known is not None:
                return known
        return self.parser.names(path, self.tree.key(path), self.tree.read)

    @cached_property
    def _changed(self) -> frozenset[str]:
        return frozenset(self.recall.changed()) if self.recall is not None else frozenset()

    def code_keys(self) -> Mapping[str, str]:
        return self._code_keys

    @cached_property
    def _code_keys(self) -> Mapping[str, str]:
        return {p: self.tree.key(p) for p in self.listing.code}

    @cached_property
    def _paths(self) -> frozenset[str]:
        return paths_of(self.tree.paths()).every

    def has_searches(self) -> bool:
        """Whether a module sets how much a search brings; taken for granted where that was not looked for."""
        return self._searched is not False

    def candidates_now(self) -> frozenset[str]:
        return self._candidates

    def mentioning(self, name: str) -> tuple[str, ...]:
        """The code files that hold a word, in their order."""
        if name not in self._mentions:
            self.find_mentions((name,))
        return self._mentions[name]

    def find_mentions(self, names: Iterable[str]) -> None:
        """One look at the tree for all names that memory does not know."""
        if self._home is not None:
            self._mentions |= self._home.mentions(n for n in names if n not in self._mentions)
            return
        unknown: list[str] = []
        for name in names:
            before = self.recall.memory.told.get(("mention", name)) if self.recall is not None else None
            if name in self._mentions:
                continue
            if isinstance(before, tuple):
                self._mentions[name] = self._moved_mentions(name, before)
            elif _PLAIN.fullmatch(name):
                unknown.append(name)
            else:
                self._mentions[name] = ()
        if unknown:
            self._mentions |= self._look_up(sorted(unknown))

    def _look_up(self, names: list[str]) -> dict[str, tuple[str, ...]]:
        paths = self.parser.sieve.matching(self.tree, self.listing.code, _word("|".join(names)))
        self.tree.prefetch(paths)
        found: dict[str, list[str]] = {name: [] for name in names}
        for path in paths:
            words = {*_WORD.findall(self.tree.read(path) or b"")}
            for name in names:
                if name.encode() in words:
                    found[name].append(path)
        return {name: tuple(there) for name, there in found.items()}

    def _moved_mentions(self, name: str, before: tuple[str, ...]) -> tuple[str, ...]:
        """Where a name stands now, told from where it stood: only files that changed are looked at."""
        word = name.encode()
        now = {path for path, words in self._words_of_changed.items() if word in words}
        return tuple(sorted(now.union(p for p in before if p not in self._changed)))

    @cached_property
    def _words_of_changed(self) -> Mapping[str, frozenset[bytes]]:
        there = [p for p in self._changed if p in self._code_keys]
        self.tree.prefetch(there)
        return {p: frozenset(_WORD.findall(self.tree.read(p) or b"")) for p in there}


# Kinds of facts whose answer is a name, or whether there is one.
NAMED = ("find", "asset", "named", "path", "folder", "under", "mention")


def _word(pattern: str) -> str:
    return f"(^|[^A-Za-z0-9_])({pattern})([^A-Za-z0-9_]|$)"


def _listing(before: Memory | None, paths: Sequence[str], ignore: tuple[str, ...]) -> Listing:
    """That of a tree with the same paths is the same."""
    if before is None or before.listing.digest != digest_of(paths):
        return listing_of(paths, ignore)
    return before.listing
