"""The modules of a tree, parsed when first needed, and where an import leads."""

from __future__ import annotations

import json
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from prompts_scanner import ir, languages
from prompts_scanner.model import Gap, Span
from prompts_scanner.parsing import Parser
from prompts_scanner.tree import FileTree

_TS_SUFFIXES = (".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".d.ts")
_JSONC_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


class Program:
    """Modules by path, imports to modules, files by the name the code uses."""

    def __init__(self, tree: FileTree, env: Mapping[str, tuple[str, Span]], parser: Parser | None = None) -> None:
        self.tree = tree
        self.env = env
        self.paths = frozenset(tree.paths())
        self.broken: dict[str, ir.Broken] = {}
        self.parser = parser or Parser()
        self._modules: dict[str, ir.Module | None] = {}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in self.paths:
            self._by_name[posixpath.basename(path)].append(path)
        self._tsconfig: dict[str, tuple[str, dict[str, list[str]]] | None] = {}
        self._workspaces: dict[str, str] | None = None
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
            find = self._find_python if importer.language == "python" else self._find_typescript
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
            for root in (folder, posixpath.join(folder, "src")):
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

    def _find_typescript(self, importer: str, spec: str) -> str | None:
        if spec.startswith("."):
            return self._typescript_file(posixpath.join(posixpath.dirname(importer), spec))
        found = self._by_tsconfig(importer, spec)
        if found:
            return found
        if spec.startswith(("@/", "~/", "$lib/", "src/")):
            rest = spec if spec.startswith("src/") else spec.split("/", 1)[1]
            folder = posixpath.dirname(importer)
            while True:
                for root in (folder, posixpath.join(folder, "src"), posixpath.join(folder, "src/lib")):
                    found = self._typescript_file(posixpath.join(root, rest))
                    if found:
                        return found
                if not folder:
                    return None
                folder = posixpath.dirname(folder)
        return self._by_workspace(spec)

    def _typescript_file(self, stem: str) -> str | None:
        stem = posixpath.normpath(stem)
        if stem in self.paths and languages.language_of(stem):
            return stem
        bare = re.sub(r"\.(js|jsx|mjs|cjs)$", "", stem)
        for base in dict.fromkeys((stem, bare)):
            for suffix in _TS_SUFFIXES:
                if base + suffix in self.paths:
                    return base + suffix
            for suffix in _TS_SUFFIXES:
                if f"{base}/index{suffix}" in self.paths:
                    return f"{base}/index{suffix}"
        return None

    def _by_tsconfig(self, importer: str, spec: str) -> str | None:
        folder = posixpath.dirname(importer)
        while True:
            config = self._read_tsconfig(folder)
            if config is not None:
                base, paths = config
                for pattern, targets in paths.items():
                    head, star, tail = pattern.partition("*")
                    if not (spec.startswith(head) and spec.endswith(tail) and (star or spec == pattern)):
                        continue
                    middle = spec[len(head) : len(spec) - len(tail)] if star else ""
                    for target in targets:
                        found = self._typescript_file(posixpath.join(base, target.replace("*", middle)))
                        if found:
                            return found
            if not folder:
                return None
            folder = posixpath.dirname(folder)

    def _read_tsconfig(self, folder: str) -> tuple[str, dict[str, list[str]]] | None:
        if folder not in self._tsconfig:
            self._tsconfig[folder] = None
            for name in ("tsconfig.json", "jsconfig.json"):
                options = self._json(posixpath.join(folder, name)).get("compilerOptions")
                if isinstance(options, dict) and isinstance(options.get("paths"), dict):
                    base = str(options.get("baseUrl", "."))
                    paths = {
                        k: [t for t in v if isinstance(t, str)]
                        for k, v in options["paths"].items()
                        if isinstance(v, list)
                    }
                    self._tsconfig[folder] = (posixpath.normpath(posixpath.join(folder, base)), paths)
                    break
        return self._tsconfig[folder]

    def _json(self, path: str) -> dict[str, object]:
        text = self.text(path)
        if text is None:
            return {}
        bare = _TRAILING_COMMA.sub(r"\1", _JSONC_COMMENT.sub(lambda m: m.group(1) or "", text))
        try:
            document = json.loads(bare)
        except (ValueError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}

    def _by_workspace(self, spec: str) -> str | None:
        if self._workspaces is None:
            self._workspaces = {}
            for path in self._by_name.get("package.json", ()):
                if "node_modules" not in path:
                    name = self._json(path).get("name")
                    if isinstance(name, str):
                        self._workspaces.setdefault(name, posixpath.dirname(path))
        parts = spec.split("/")
        name = "/".join(parts[:2]) if spec.startswith("@") else parts[0]
        folder = self._workspaces.get(name)
        if folder is None or len(self._workspaces) < 2:
            return None
        rest = spec[len(name) :].lstrip("/")
        for stem in (posixpath.join(folder, "src", rest), posixpath.join(folder, rest)):
            found = self._typescript_file(stem)
            if found:
                return found
        return None

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
