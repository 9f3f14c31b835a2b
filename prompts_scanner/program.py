"""The modules of a tree, parsed when first needed, and where an import leads."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from prompts_scanner import ir, languages
from prompts_scanner.model import Gap, Span
from prompts_scanner.parsing import Parser
from prompts_scanner.specifiers import Specifiers
from prompts_scanner.tree import FileTree


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
        self.paths = frozenset(tree.paths())
        self.folders = frozenset(f for p in self.paths for f in _folders(p))
        # names of known libraries: inside a package, `import agents` is not its own `agents.py`
        self.outside = frozenset(p.partition(".")[0] for p in outside)
        self.broken: dict[str, ir.Broken] = {}
        self.parser = parser or Parser()
        self._modules: dict[str, ir.Module | None] = {}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in self.paths:
            self._by_name[posixpath.basename(path)].append(path)
        self._specifiers = Specifiers(self.paths, self._by_name, self.text, outside)
        self._imports: dict[tuple[str, str], str | None] = {}

    @property
    def parsed(self) -> int:
        return sum(m is not None for m in self._modules.values())

    def module(self, path: str) -> ir.Module | None:
        """The parsed module, or None where there is none or it is broken (then it stands in `broken`)."""
        if path in self._modules:
            return self._modules[path]
        self._modules[path] = None
        if path not in self.paths or languages.language_of(path) is None:
            return None
        parsed = self.parser.parse(path, self.tree.key(path), self.tree.read)
        if isinstance(parsed, ir.Broken):
            self.broken[path] = parsed
        elif parsed is not None:
            self._modules[path] = parsed
        return self._modules[path]

    def warm(self, paths: Iterable[str]) -> None:
        """Parse these now, several at a time: they will all be asked for."""
        self.parser.warm(((p, self.tree.key(p)) for p in paths), self.tree.read)

    def gaps(self) -> tuple[Gap, ...]:
        whole = [
            Gap(span=Span(b.path, b.line, b.line), reason=b.reason, weight=70) for _, b in sorted(self.broken.items())
        ]
        parts = [
            Gap(span=Span(m.path, line, line), reason="syntax that the parser does not know: skipped", weight=15)
            for _, m in sorted(self._modules.items())
            if m is not None
            for line in m.unread[:3]
        ]
        return (*whole, *parts)

    def text(self, path: str) -> str | None:
        """A file as text, for prompts that code reads from files."""
        data = self.tree.read(path) if path in self.paths else None
        return (
            None if data is None or len(data) > 1_000_000 or b"\0" in data[:1000] else data.decode("utf-8", "replace")
        )

    # -- imports ----------------------------------------------------------------------------------------------------

    def find_module(self, importer: ir.Module, spec: str) -> str | None:
        """The path of the module that `spec` names in `importer`, or None where it is outside the tree."""
        key = (importer.path, spec)
        if key not in self._imports:
            find = self._find_python if importer.language == "python" else self._specifiers.find
            self._imports[key] = find(importer.path, spec)
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

    def package_folder(self, importer: ir.Module, spec: str) -> str:
        """The folder that `spec` would be as a namespace package (no `__init__.py`)."""
        level = len(spec) - len(spec.lstrip("."))
        folder = posixpath.dirname(importer.path)
        for _ in range(level - 1):
            folder = posixpath.dirname(folder)
        parts = [p for p in spec[level:].split(".") if p]
        return posixpath.join(folder, *parts) if level else "/".join(parts)

    def find_asset(self, importer: ir.Module, spec: str) -> str | None:
        """The file that is not code and that an import takes as data: JSON, YAML, a prompt as text."""
        return self._specifiers.find_asset(importer.path, spec) if importer.language == "typescript" else None

    # -- files ------------------------------------------------------------------------------------------------------

    def _by_suffix(self, suffixes: Iterable[str]) -> str | None:
        for suffix in suffixes:
            hits = [
                p for p in self._by_name.get(posixpath.basename(suffix), ()) if p == suffix or p.endswith("/" + suffix)
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


def _folders(path: str) -> Iterator[str]:
    """Every folder that a path stands in."""
    at = path.rfind("/")
    while at > 0:
        yield path[:at]
        at = path.rfind("/", 0, at)
