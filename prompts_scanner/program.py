"""The modules of a tree, parsed when first needed, and where an import leads."""

from __future__ import annotations

import posixpath
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from functools import cached_property

from prompts_scanner import ir, languages
from prompts_scanner.indexes import ModuleIndex
from prompts_scanner.memory import Picture
from prompts_scanner.model import Gap, Span
from prompts_scanner.parsing import Parser
from prompts_scanner.paths import paths_of
from prompts_scanner.specifiers import Specifiers
from prompts_scanner.tree import FileTree

# Modules are packed until they are asked for; of those unpacked last so many packed bytes stay (each is about 20 in use).
KEPT_BYTES = 2 << 20


class Program:
    """Modules by path, imports to modules, files by the name the code uses.

    `outside`: packages that are libraries to the scan even in the tree that is their home.
    """

    def __init__(
        self,
        tree: FileTree,
        env: Mapping[str, tuple[str, Span]],
        parser: Parser | None = None,
        outside: frozenset[str] = frozenset(),
    ) -> None:
        self.tree = tree
        self.env = env
        self._names = paths_of(tree.paths())
        self.paths = self._names.every
        # names of known libraries: inside a package, `import agents` is not its own `agents.py`
        self.outside = frozenset(p.partition(".")[0] for p in outside)
        self.parser = parser or Parser()
        self.pictures: dict[str, Picture] = {}
        self.unread: set[str] = set()
        self._libraries = outside
        self._kept: OrderedDict[str, tuple[ir.Module, ModuleIndex, int]] = OrderedDict()
        self._kept_bytes = 0
        self._imports: dict[tuple[str, str], str | None] = {}

    @property
    def folders(self) -> frozenset[str]:
        return self._names.folders

    @cached_property
    def specifiers(self) -> Specifiers:
        return Specifiers(self.paths, self._names.by_name, self.text, self._libraries)

    def module(self, path: str) -> tuple[ir.Module, ModuleIndex] | None:
        """The parsed module with its look-ups, or None where there is none; `pictures` tells why."""
        kept = self._kept.get(path)
        if kept is not None:
            self._kept.move_to_end(path)
            return kept[:2]
        known = self.pictures.get(path)
        if path not in self.paths or languages.language_of(path) is None or (known and not known.parsed):
            return None
        key = self.tree.key(path)
        parsed = self.parser.parse(path, key, self.tree.read)
        self.pictures[path] = _picture(parsed, certain=self.parser.is_certain(path, key))
        if not isinstance(parsed, ir.Module):
            return None
        return self._keep(parsed)

    def _keep(self, module: ir.Module) -> tuple[ir.Module, ModuleIndex]:
        size = self.parser.packed_bytes(module.path, self.tree.key(module.path))
        self._kept_bytes += size
        while self._kept and self._kept_bytes > KEPT_BYTES:
            self._kept_bytes -= self._kept.popitem(last=False)[1][2]
        index = ModuleIndex(module)
        self._kept[module.path] = (module, index, size)
        return module, index

    def forget(self) -> None:
        """Let the modules go: nothing more will be asked. They are the larger part of what a scan holds."""
        self._kept.clear()
        self._kept_bytes = 0

    def warm(self, paths: Iterable[str]) -> None:
        """Parse these now, several at a time: they will all be asked for."""
        self.parser.warm(((p, self.tree.key(p)) for p in paths), self.tree.read)

    def text(self, path: str) -> str | None:
        """A file as text, for prompts that code reads from files."""
        data = self.tree.read(path) if path in self.paths else None
        if data is None and path in self.paths:
            self.unread.add(path)
        return (
            None if data is None or len(data) > 1_000_000 or b"\0" in data[:1000] else data.decode("utf-8", "replace")
        )

    # -- imports ----------------------------------------------------------------------------------------------------

    def find_module(self, importer: str, spec: str) -> str | None:
        """The path of the module that `spec` names in `importer`, or None where it is outside the tree."""
        key = (importer, spec)
        if key not in self._imports:
            is_python = languages.language_of(importer) == "python"
            self._imports[key] = (self._find_python if is_python else self.specifiers.find)(importer, spec)
        return self._imports[key]

    def _find_python(self, importer: str, spec: str) -> str | None:
        level = len(spec) - len(spec.lstrip("."))
        parts = [p for p in spec[level:].split(".") if p]
        folder = posixpath.dirname(importer)
        if level:
            for _ in range(level - 1):
                folder = posixpath.dirname(folder)
            return self._python_file(posixpath.join(folder, *parts))
        if not parts:
            return None
        while True:
            inside = parts[0] in self.outside and f"{folder}/__init__.py" in self.paths
            for root in () if inside else (folder, posixpath.join(folder, "src")):
                found = self._python_file(posixpath.join(root, *parts))
                if found and found != importer:
                    return found
            if not folder:
                break
            folder = posixpath.dirname(folder)
        return self._by_suffix([f"{'/'.join(parts)}.py", f"{'/'.join(parts)}/__init__.py"]) if len(parts) > 1 else None

    def _python_file(self, stem: str) -> str | None:
        stem = posixpath.normpath(stem) if stem else stem
        for candidate in (f"{stem}.py", f"{stem}/__init__.py", f"{stem}.pyi"):
            if candidate in self.paths:
                return candidate
        return None

    def package_folder(self, importer: str, spec: str) -> str:
        """The folder that `spec` would be as a namespace package (no `__init__.py`)."""
        level = len(spec) - len(spec.lstrip("."))
        folder = posixpath.dirname(importer)
        for _ in range(level - 1):
            folder = posixpath.dirname(folder)
        parts = [p for p in spec[level:].split(".") if p]
        return posixpath.join(folder, *parts) if level else "/".join(parts)

    def find_asset(self, importer: str, spec: str) -> str | None:
        """The file that is not code and that an import takes as data: JSON, YAML, a prompt as text."""
        is_python = languages.language_of(importer) == "python"
        return None if is_python else self.specifiers.find_asset(importer, spec)

    # -- files ------------------------------------------------------------------------------------------------------

    def _by_suffix(self, suffixes: Iterable[str]) -> str | None:
        for suffix in suffixes:
            hits = [
                p
                for p in self._names.by_name.get(posixpath.basename(suffix), ())
                if p == suffix or p.endswith("/" + suffix)
            ]
            if len(hits) == 1:
                return hits[0]
        return None

    def find_file(self, importer: str, name: str) -> str | None:
        """The file that code in `importer` means by `name`: next to it, from the root, or the only one that ends so."""
        name = posixpath.normpath(name.replace("\\", "/")).lstrip("/")
        if not name or name == ".":
            return None
        folder = posixpath.dirname(importer)
        while True:
            candidate = posixpath.normpath(posixpath.join(folder, name))
            if candidate in self.paths:
                return candidate
            if not folder:
                break
            folder = posixpath.dirname(folder)
        bare = re.sub(r"^(\.\./|\./)+", "", name)
        return self._by_suffix([bare])


def _picture(parsed: ir.Module | ir.Broken | None, *, certain: bool) -> Picture:
    if parsed is None:
        return Picture(parsed=False, certain=False)
    if isinstance(parsed, ir.Broken):
        whole = Gap(span=Span(parsed.path, parsed.line, parsed.line), reason=parsed.reason, weight=70)
        return Picture(parsed=False, certain=certain, gaps=(whole,))
    parts = tuple(
        Gap(span=Span(parsed.path, line, line), reason="syntax that the parser does not know: skipped", weight=15)
        for line in parsed.unread[:3]
    )
    return Picture(parsed=True, gaps=parts)
