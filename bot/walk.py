"""A branch's commits, oldest first: at which of them the call sites became other ones, and what they were then.

Most commits touch no call; those are told by `bot.touched` and not scanned. Where two scans differ with commits between
them that were not scanned, the one before is scanned too, and the difference is halved down to the commit that made it.
A change that is neither told nor still there at the next scan (made and taken back in between) is not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bot.git_history import Commit, Step
from bot.git_objects import GitTree
from bot.revisions import Repository
from bot.touched import Reached, Touch, essence, reached
from prompts_scanner import ir, languages
from prompts_scanner.model import CallSite, Context
from prompts_scanner.parsing import Parser
from prompts_scanner.scan import call_sites
from prompts_scanner.shape import Sdk

# A parser keeps every module that it saw: after so many scans a new one starts, from what the cache has.
SCANS_PER_PARSER: Final = 60
# Commits whose files are parsed ahead in one go.
AHEAD: Final = 60
MakeParser = Callable[[], AbstractContextManager[Parser]]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The call sites from `commit` on; `number` is its place among the commits that were walked."""

    number: int
    commit: Commit
    sites: tuple[CallSite, ...]
    essence: str
    reached: Reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is counted: the libraries, the files, the kinds of code."""

    sdks: tuple[Sdk, ...]
    ignore: tuple[str, ...]
    contexts: frozenset[Context]


class Walk:
    """One walk. `scans` is how many trees were scanned for it."""

    def __init__(
        self, repo: Repository, scope: Scope, make_parser: MakeParser, progress: Progress = lambda _: None
    ) -> None:
        self.scans = 0
        self._repo = repo
        self._scope = scope
        self._make = make_parser
        self._progress = progress
        self._open = ExitStack()
        self._parser: Parser | None = None
        self._warmed = 0
        self._touch = Touch(sdks=scope.sdks, contexts=scope.contexts, read=repo.blob, module=self._module)

    def states(self, steps: Sequence[Step]) -> Iterator[State]:
        """The state at the first commit, and at each one that changed it."""
        with self._open:
            now = self._scan(steps, 0)
            yield now
            last = 0
            for number in range(1, len(steps)):
                self._ahead(steps, number, now)
                if not self._touch.may_matter(steps[number], now.reached):
                    continue
                found = self._scan(steps, number)
                if found.essence != now.essence:
                    yield from self._between(steps, last, now, number, found)
                now, last = found, number
            end = len(steps) - 1
            if last < end:
                yield from self._between(steps, last, now, end + 1, None)

    def _between(
        self, steps: Sequence[Step], last: int, before: State, number: int, found: State | None
    ) -> Iterator[State]:
        """The states after `last` up to `number`: what slipped through, then the one that was found."""
        if number - 1 > last:
            just_before = self._scan(steps, number - 1)
            yield from self._halved(steps, (last, before), (number - 1, just_before))
            before = just_before
        if found is not None and found.essence != before.essence:
            yield found

    def _halved(self, steps: Sequence[Step], low: tuple[int, State], high: tuple[int, State]) -> Iterator[State]:
        if low[1].essence == high[1].essence:
            return
        if high[0] - low[0] == 1:
            yield high[1]
            return
        middle = (low[0] + high[0]) // 2
        state = self._scan(steps, middle)
        yield from self._halved(steps, low, (middle, state))
        yield from self._halved(steps, (middle, state), high)

    # -- trees ------------------------------------------------------------------------------------------------------

    def _scan(self, steps: Sequence[Step], number: int) -> State:
        commit = steps[number].commit
        self._progress(f"commit {number + 1:,} of {len(steps):,}, {self.scans + 1:,} scanned")
        if self.scans % SCANS_PER_PARSER == 0:
            self._renew()
        self.scans += 1
        tree = self._repo.tree_once(commit.id)
        found = call_sites(tree, sdks=self._scope.sdks, ignore=self._scope.ignore, parser=self._parser)
        sites = tuple(s for s in found if s.context in self._scope.contexts)
        return State(
            number=number,
            commit=commit,
            sites=sites,
            essence=essence(sites),
            reached=reached(sites, tree.read, lambda path: self._in(tree, path)),
        )

    def _in(self, tree: GitTree, path: str) -> ir.Module | None:
        return self._module(path, tree.key(path)) if tree.read(path) is not None else None

    def _renew(self) -> None:
        self._open.close()
        self._parser = self._open.enter_context(self._make())

    def _module(self, path: str, blob: str) -> ir.Module | None:
        if self._parser is None or languages.language_of(path) is None:
            return None
        found = self._parser.parse(_named(path, blob), blob, lambda _: self._repo.blob(blob))
        return found if isinstance(found, ir.Module) else None

    def _ahead(self, steps: Sequence[Step], number: int, now: State) -> None:
        """Parse what the next commits make of the files that matter: one start of the workers for many files."""
        if self._parser is None or number < self._warmed:
            return
        self._warmed = number + AHEAD
        blobs = {
            _named(c.path, blob): blob
            for step in steps[number : self._warmed]
            for c in step.changes
            if c.path in now.reached.parts and languages.language_of(c.path) is not None
            for blob in (c.before, c.after)
            if blob is not None
        }
        self._parser.warm(blobs.items(), lambda name: self._repo.blob(blobs[name]))


def _named(path: str, blob: str) -> str:
    """A blob under a name of its own: two contents of one path are parsed in one go."""
    return f"{blob}{PurePosixPath(path).suffix}"
