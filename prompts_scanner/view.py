"""The program as one question sees it. What it asked of the tree is written down: the answer holds while these facts do.

A `Fact` is a question to the tree, a plain tuple; `memory.Recall.holds` asks each again of another tree:

- `("code", path)`, `("text", path)`: what a file holds;
- `("find", importer, specifier)`, `("asset", importer, specifier)`, `("named", importer, name)`: where a name leads;
- `("path", path)`, `("folder", path)`: whether there is one; `("under", folder, suffix)`: the files beside one;
- `("env", name)`: what a file sets a variable to;
- `("calls", name)`, `("sets", target)`: the candidates that call (`@owner.name`: decorate with) or assign a name;
- `("mention", name)`: the modules with the word;
- `("searches",)`: that nothing in the tree sets how much a search brings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from prompts_scanner import ir
from prompts_scanner.callers import CallIndex, Use, callee_name
from prompts_scanner.context import classify
from prompts_scanner.indexes import ModuleIndex
from prompts_scanner.model import Span

if TYPE_CHECKING:
    from prompts_scanner.program import Program

Fact = tuple[str, ...]
# What was asked, with the answer where it is a name; what a file holds is told by its key.
Asked = dict[Fact, object]


class View:
    """One question's sight of a program. A module is the same object as long as the view lives."""

    def __init__(self, program: Program, index: CallIndex) -> None:
        self._program = program
        self.asked: Asked = {}
        self._modules: dict[str, tuple[ir.Module, ModuleIndex] | None] = {}
        self.paths = _Members("path", program.paths, self.asked)
        self.folders = _Members("folder", program.folders, self.asked)
        self.env = _Variables(program.env, self.asked)
        self.calls = Calls(self, index)

    def module(self, path: str) -> ir.Module | None:
        if path not in self._modules:
            self.asked["code", path] = None
            self._modules[path] = self._program.module(path)
        found = self._modules[path]
        return found[0] if found is not None else None

    def names_in(self, module: ir.Module) -> ModuleIndex:
        """Look-ups in a module of this view."""
        found = self._modules.get(module.path)
        if found is None or found[0] is not module:
            raise ValueError(f"{module.path} is a module of another view")
        return found[1]

    def text(self, path: str) -> str | None:
        self.asked["text", path] = None
        return self._program.text(path)

    def find_module(self, importer: ir.Module, spec: str) -> str | None:
        found = self.asked["find", importer.path, spec] = self._program.find_module(importer.path, spec)
        return found

    def find_asset(self, importer: ir.Module, spec: str) -> str | None:
        found = self.asked["asset", importer.path, spec] = self._program.find_asset(importer.path, spec)
        return found

    def find_file(self, importer: str, name: str) -> str | None:
        found = self.asked["named", importer, name] = self._program.find_file(importer, name)
        return found

    def package_folder(self, importer: ir.Module, spec: str) -> str:
        return self._program.package_folder(importer.path, spec)  # by the names alone

    def mentioning(self, name: str, paths: Iterable[str]) -> list[ir.Module]:
        """The modules that hold a word, at the paths where the tree says they stand."""
        paths = self.asked["mention", name] = tuple(paths)
        return [m for m in map(self.module, paths) if m is not None]


class Calls:
    """Who calls a function: the candidates of the tree, and what `add` puts beside them."""

    def __init__(self, view: View, index: CallIndex) -> None:
        self._view = view
        self._index = index
        self._added: dict[str, ir.Module] = {}
        self._known: dict[str, list[Use]] = {}

    def add(self, module: ir.Module) -> None:
        if module.path not in self._index and module.path not in self._added:
            self._added[module.path] = module
            self._known.clear()

    def of(self, name: str) -> list[Use]:
        """Every call whose callee ends in `name`."""
        if name not in self._known:
            self._known[name] = list(self._each(name))
        return self._known[name]

    def first(self, name: str, count: int, *, tests: bool) -> list[Use]:
        """The first of them; with `tests` False, what tests do is left out."""
        found: list[Use] = []
        for use in self._each(name, tests=tests):
            found.append(use)
            if len(found) == count:
                break
        return found

    def decorated(self, owner: str, name: str) -> Iterator[ir.Module]:
        """The modules with a function under `@<owner>.<name>` that have the owner from another module."""
        key = f"@{owner}.{name}"
        self._view.asked["calls", key] = None
        found = map(self._view.module, (*self._index.calling(key), *self._added))
        return (module for module in found if module is not None)

    def setting(self, targets: Iterable[str]) -> list[ir.Module]:
        """The modules that assign one of these names, such as `Settings.llm`."""
        paths: set[str] = set()
        for target in targets:
            self._view.asked["sets", target] = None
            paths |= {*self._index.setting(target)}
        found = [self._view.module(path) for path in sorted(paths)]
        return [m for m in (*found, *self._added.values()) if m is not None]

    def _each(self, name: str, *, tests: bool = True) -> Iterator[Use]:
        self._view.asked["calls", name] = None
        for path in (*self._index.calling(name), *self._added):
            module = self._view.module(path) if tests or not _is_test(path) else None
            for use in module.calls if module is not None else ():
                if callee_name(use.call.func) == name:
                    yield module, use  # type: ignore[misc]


@cache
def _is_test(path: str) -> bool:
    return classify(path) == "test"


class _Members:
    """A set of names that writes down which it was asked for."""

    def __init__(self, kind: str, names: frozenset[str], asked: Asked) -> None:
        self._kind = kind
        self._names = names
        self._asked = asked

    def __contains__(self, name: str) -> bool:
        found = self._asked[self._kind, name] = name in self._names
        return found


class _Variables:
    """The environment that files of the tree set, by name."""

    def __init__(self, env: Mapping[str, tuple[str, Span]], asked: Asked) -> None:
        self._env = env
        self._asked = asked

    def get(self, name: str) -> tuple[str, Span] | None:
        self._asked["env", name] = None
        return self._env.get(name)
