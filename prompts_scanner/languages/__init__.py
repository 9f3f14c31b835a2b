"""Which front end reads which file."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from prompts_scanner.ir import Broken, Module


class FrontEnd(Protocol):
    def parse(self, path: str, data: bytes) -> Module | Broken: ...


# Modules are named, not imported: a repository without TypeScript never loads a TypeScript grammar.
LANGUAGES: dict[str, str] = {
    ".py": "python",
    ".pyi": "python",
    ".ipynb": "python",
    ".ts": "typescript",
    ".tsx": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".js": "typescript",
    ".jsx": "typescript",
    ".mjs": "typescript",
    ".cjs": "typescript",
    ".vue": "typescript",
    ".svelte": "typescript",
}


def language_of(path: str) -> str | None:
    """The front end that reads this path, by its suffix."""
    dot = path.rfind(".")
    return LANGUAGES.get(path[dot:].lower()) if dot >= 0 else None


def parse(path: str, data: bytes) -> Module | Broken | None:
    """The picture of a source file, or None where no front end reads it."""
    name = language_of(path)
    if name is None:
        return None
    front_end = cast("FrontEnd", import_module(f"prompts_scanner.languages.{name}"))
    return front_end.parse(path, data)
