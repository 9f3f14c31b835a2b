"""Where the specifier of a TypeScript or JavaScript import leads within a tree.

Relative paths and barrels, `paths`, `baseUrl`, `extends` and `references` of tsconfig, `imports`, `exports` and names of
package.json (workspaces). https://www.typescriptlang.org/docs/handbook/modules/reference.html,
https://nodejs.org/api/packages.html
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from prompts_scanner import languages

_SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".d.ts")
_BUILT = re.compile(r"\.([cm]?)jsx?$")
_OUTPUT_FOLDERS = ("dist", "lib", "build", "out", "esm", "cjs", "dist/esm", "dist/cjs", "dist/src")
_CONDITIONS = ("source", "types", "import", "module", "default", "node", "require")
_CONFIGS = ("tsconfig.json", "jsconfig.json", "tsconfig.base.json")
_ALIASES = ("@/", "~/", "$lib/", "src/", "#/")
# A string or a comment without an end goes on to the end of the line, or of the file.
_JSONC_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*+"?)|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_MAX_CHAIN = 6
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Config:
    """What a tsconfig says of names: `base` for bare names, patterns with the folder that they are relative to."""

    base: str | None
    paths: tuple[tuple[str, tuple[str, ...], str], ...]


class Specifiers:
    """`text` reads a file of the tree; `outside` are packages that stay outside even where the tree is their home."""

    def __init__(
        self,
        paths: frozenset[str],
        by_name: Mapping[str, Sequence[str]],
        text: Callable[[str], str | None],
        outside: frozenset[str] = frozenset(),
    ) -> None:
        self.paths = paths
        self.by_name = by_name
        self.text = text
        self.outside = outside
        # the files that were asked for what they say of names, whether they are there or not
        self.read: set[str] = set()
        self._configs: dict[str, _Config | None] = {}
        self._packages: dict[str, str] | None = None

    def find(self, importer: str, specifier: str) -> str | None:
        """The source file that a specifier means, or None where it is outside the tree."""
        for stem in self._stems(importer, specifier):
            found = self.source_file(stem)
            if found is not None:
                return found
        return None

    def find_asset(self, importer: str, specifier: str) -> str | None:
        """The file that is no code: `import data from "./prompts.json"`, `import text from "./system.md?raw"`."""
        bare = specifier.partition("?")[0]
        if bare.startswith("!") or "!" in bare:
            bare = bare.rpartition("!")[2]
        if posixpath.splitext(bare)[1] in ("", ".js", ".css", ".svg", ".png"):
            return None
        return next((p for s in self._stems(importer, bare) if (p := posixpath.normpath(s)) in self.paths), None)

    # -- candidates, the likeliest first ----------------------------------------------------------------------------

    def _stems(self, importer: str, specifier: str) -> Iterator[str]:
        folder = posixpath.dirname(importer)
        if specifier.startswith("."):
            yield posixpath.join(folder, specifier)
            return
        if specifier.startswith("/"):
            yield specifier.lstrip("/")
            return
        yield from self._by_config(folder, specifier)
        yield from self._by_alias(folder, specifier)
        yield from self._by_package(folder, specifier)

    def _by_config(self, folder: str, specifier: str) -> Iterator[str]:
        for at in _upwards(folder):
            config = self._config(at)
            if config is None:
                continue
            for pattern, targets, root in config.paths:
                middle = _matched(pattern, specifier)
                if middle is not None:
                    yield from (posixpath.join(root, t.replace("*", middle)) for t in targets)
            if config.base is not None and not specifier.startswith(("@", "#", "~", "node:")):
                yield posixpath.join(config.base, specifier)

    def _by_alias(self, folder: str, specifier: str) -> Iterator[str]:
        """Aliases that bundlers and frameworks set without a tsconfig."""
        if specifier.startswith("#"):
            yield from self._by_imports(folder, specifier)
        if not specifier.startswith(_ALIASES):
            return
        rest = specifier if specifier.startswith("src/") else specifier.split("/", 1)[1]
        for at in _upwards(folder):
            for root in (at, posixpath.join(at, "src"), posixpath.join(at, "src/lib"), posixpath.join(at, "app")):
                yield posixpath.join(root, rest)

    def _by_imports(self, folder: str, specifier: str) -> Iterator[str]:
        for at in _upwards(folder):
            imports = self.json(posixpath.join(at, "package.json")).get("imports")
            for pattern, target in imports.items() if isinstance(imports, dict) else ():
                middle = _matched(str(pattern), specifier)
                if middle is not None:
                    yield from (posixpath.join(at, t.replace("*", middle)) for t in _targets(target))

    def _by_package(self, folder: str, specifier: str) -> Iterator[str]:
        """A package of the same tree, by its name; what it gives as built code is looked for in its sources."""
        parts = specifier.split("/")
        name = "/".join(parts[:2]) if specifier.startswith("@") else parts[0]
        home = self._homes().get(name)
        if home is None or name in self.outside or parts[0] in self.outside:
            return
        rest = specifier[len(name) :].lstrip("/")
        manifest = self.json(posixpath.join(home, "package.json"))
        for target in self._entries(manifest, rest):
            yield posixpath.join(home, target)
            for output in _OUTPUT_FOLDERS:
                if posixpath.normpath(target).startswith(output + "/"):
                    yield posixpath.join(home, "src", posixpath.normpath(target)[len(output) + 1 :])
        yield posixpath.join(home, "src", rest)
        yield posixpath.join(home, rest)
        yield posixpath.join(home, "lib", rest)

    def _entries(self, manifest: Json, rest: str) -> Iterator[str]:
        exports = manifest.get("exports")
        wanted = f"./{rest}" if rest else "."
        if isinstance(exports, dict) and not any(str(k).startswith(".") for k in exports):
            exports = {".": exports}
        for pattern, target in exports.items() if isinstance(exports, dict) else ():
            middle = _matched(str(pattern), wanted)
            if middle is not None:
                yield from (t.replace("*", middle) for t in _targets(target))
        if not rest:
            for key in ("source", "types", "module", "main"):
                value = manifest.get(key)
                if isinstance(value, str):
                    yield value

    def _homes(self) -> dict[str, str]:
        if self._packages is None:
            self._packages = {}
            for path in sorted(self.by_name.get("package.json", ()), key=lambda p: (p.count("/"), p)):
                name = self.json(path).get("name") if "node_modules/" not in path else None
                if isinstance(name, str) and name:
                    self._packages.setdefault(name, posixpath.dirname(path))
        return self._packages

    # -- files ------------------------------------------------------------------------------------------------------

    def source_file(self, stem: str) -> str | None:
        """The file that `stem` names: itself, with a suffix, TypeScript for the JavaScript it becomes, or its index."""
        stem = posixpath.normpath(stem.partition("?")[0])
        if stem in self.paths and languages.language_of(stem):
            return stem
        bare = _BUILT.sub("", stem.removesuffix(".d.ts"))
        for base in dict.fromkeys((stem, bare)):
            found = next((base + s for s in _SUFFIXES if base + s in self.paths), None)
            found = found or next((f"{base}/index{s}" for s in _SUFFIXES if f"{base}/index{s}" in self.paths), None)
            if found is not None:
                return found
        return None

    # -- tsconfig ---------------------------------------------------------------------------------------------------

    def _config(self, folder: str) -> _Config | None:
        if folder not in self._configs:
            self._configs[folder] = None
            for name in _CONFIGS:
                path = posixpath.join(folder, name)
                if path in self.paths:
                    self._configs[folder] = self._read_config(path, 0)
                    break
        return self._configs[folder]

    def _read_config(self, path: str, depth: int) -> _Config | None:
        if depth > _MAX_CHAIN or path not in self.paths:
            return None
        document, folder = self.json(path), posixpath.dirname(path)
        options = document.get("compilerOptions")
        options = options if isinstance(options, dict) else {}
        base_url = options.get("baseUrl")
        base = posixpath.normpath(posixpath.join(folder, base_url)) if isinstance(base_url, str) else None
        inherited = self._inherited(document, folder, depth)
        listed = options.get("paths")
        if not isinstance(listed, dict):
            if inherited is None:
                return _Config(base, ()) if base is not None else None
            return _Config(base if base is not None else inherited.base, inherited.paths)
        root = base if base is not None else folder
        paths = [
            (str(k), tuple(t for t in v if isinstance(t, str)), root) for k, v in listed.items() if isinstance(v, list)
        ]
        paths.sort(key=lambda p: -len(p[0].partition("*")[0]))
        return _Config(base, tuple(paths))

    def _inherited(self, document: Json, folder: str, depth: int) -> _Config | None:
        """The first of `extends` and `references` that says something of names."""
        extends = document.get("extends")
        named = [extends] if isinstance(extends, str) else extends if isinstance(extends, list) else []
        references = document.get("references")
        for reference in references if isinstance(references, list) else ():
            named.append(reference.get("path") if isinstance(reference, dict) else None)
        for name in named[:20]:
            if not isinstance(name, str):
                continue
            stem = (
                posixpath.normpath(posixpath.join(folder, name)) if name.startswith(".") else self._package_file(name)
            )
            for candidate in (stem, f"{stem}.json", f"{stem}/tsconfig.json"):
                found = self._read_config(candidate, depth + 1)
                if found is not None:
                    return found
        return None

    def _package_file(self, name: str) -> str:
        parts = name.split("/")
        package = "/".join(parts[:2]) if name.startswith("@") else parts[0]
        home = self._homes().get(package)
        return posixpath.join(home, name[len(package) + 1 :]) if home is not None else name

    def json(self, path: str) -> Json:
        """A JSON file with comments and trailing commas; empty where it is none."""
        self.read.add(path)
        text = self.text(path)
        if text is None:
            return {}
        bare = _TRAILING_COMMA.sub(r"\1", _JSONC_COMMENT.sub(lambda m: m.group(1) or "", text))
        try:
            document = json.loads(bare)
        except (ValueError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        if not folder:
            return
        folder = posixpath.dirname(folder)


def _matched(pattern: str, specifier: str) -> str | None:
    """What `*` stands for, or "" where the pattern has none and is the specifier itself."""
    head, star, tail = pattern.partition("*")
    if not star:
        return "" if specifier == pattern else None
    if len(specifier) < len(head) + len(tail) or not (specifier.startswith(head) and specifier.endswith(tail)):
        return None
    return specifier[len(head) : len(specifier) - len(tail)]


def _targets(value: object, depth: int = 0) -> Iterator[str]:
    """The paths in a target of `exports` or `imports`, whatever the condition."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth < _MAX_CHAIN:
        for item in value:
            yield from _targets(item, depth + 1)
    elif isinstance(value, dict) and depth < _MAX_CHAIN:
        for condition in (*(c for c in _CONDITIONS if c in value), *(c for c in value if c not in _CONDITIONS)):
            yield from _targets(value[condition], depth + 1)
