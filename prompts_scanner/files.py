"""Runs the declarative formats over a tree's files, each apart, and puts what they find together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prompts_scanner.formats import FORMATS, settings
from prompts_scanner.formats.base import EnvDefault, Files, Format, InFile, ModelSetting
from prompts_scanner.model import CallSite, Gap, PromptItem, RetrievalItem, Span, ToolItem
from prompts_scanner.tree import FileTree
from prompts_scanner.unread import UnreadDocumentError

if TYPE_CHECKING:
    from prompts_scanner.view import Asked

GAVE_UP = "the reader gave up on it"
# (format, path, text, the files beside it) -> what it finds
Read = Callable[[Format, str, str, "FilesView"], InFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class InFiles:
    """What the tree's files other than code declare."""

    sites: tuple[CallSite, ...]
    prompts: tuple[PromptItem, ...]
    tools: tuple[ToolItem, ...]
    retrieval: tuple[RetrievalItem, ...]
    models: tuple[ModelSetting, ...]
    env: tuple[EnvDefault, ...]
    gaps: tuple[Gap, ...]


UTF_16_BEGINS = (b"\xff", b"\xfe")


def text_of(data: bytes) -> str | None:
    """UTF-8, or UTF-16 where a byte order mark says so (YAML and JSON may be either); None for what is no text."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return None if b"\0" in data[:4096] else data.decode("utf-8", "replace")


class TreeFiles:
    """The files of a tree that are no code, and what readers of several of them share."""

    def __init__(self, tree: FileTree, paths: Iterable[str]) -> None:
        self.tree = tree
        self.paths = frozenset(paths)
        self.unread: set[str] = set()
        self.shared: dict[tuple[str, str], tuple[object, Asked]] = {}

    def data(self, path: str) -> bytes | None:
        found = self.tree.read(path) if path in self.paths else None
        if found is None and path in self.paths:
            self.unread.add(path)
        return found

    def under(self, folder: str, suffix: str) -> tuple[str, ...]:
        prefix = f"{folder}/" if folder else ""
        return tuple(sorted(p for p in self.paths if p.startswith(prefix) and p.endswith(suffix)))


class FilesView:
    """These files as the reader of one of them sees them; what it asks is written down (`view.Fact`)."""

    def __init__(self, files: TreeFiles) -> None:
        self._files = files
        self.asked: Asked = {}

    def data(self, path: str) -> bytes | None:
        self.asked["text", path] = None
        return self._files.data(path)

    def text(self, path: str) -> str | None:
        found = self.data(path)
        return None if found is None else text_of(found)

    def under(self, folder: str, suffix: str) -> tuple[str, ...]:
        found = self._files.under(folder, suffix)
        self.asked["under", folder, suffix] = found
        return found

    def once(self, key: tuple[str, str], make: Callable[[FilesView], object]) -> object:
        """What several files share, made once; who takes it has asked all that it was made of."""
        if key not in self._files.shared:
            inner = FilesView(self._files)
            self._files.shared[key] = (make(inner), inner.asked)
        made, asked = self._files.shared[key]
        self.asked |= asked
        return made


def read_file(view: FilesView, path: str, read: Read | None = None) -> InFile | None:
    """What the first format that claims a file reads in it; None where none does. `read`: as `read_with`, elsewhere."""
    data = view.data(path)
    if data is None:
        return None
    text = text_of(data)
    head = data[:4096] if text is None or data[:1] not in UTF_16_BEGINS else text[:4096].encode("utf-8", "replace")
    reader = next((f for f in FORMATS if f.claims(path, head)), None)
    if reader is None:
        return None
    if text is None:
        gap = Gap(span=Span(path, 1, 1), reason="not text: it holds NUL bytes, not read", weight=30)
        return InFile(gaps=(gap,))
    if reader is settings and not settings.may_hold(path, text):
        return InFile()  # most files of settings: no need to ask another process
    return (read or read_with)(reader, path, text, view)


def read_with(reader: Format, path: str, text: str, files: Files) -> InFile:
    """What the format finds; a file that it cannot read, or breaks on, is a gap and not the end of the scan."""
    try:
        return reader.read(path, text, files)
    except UnreadDocumentError as error:
        reason, weight = error.reason, error.weight
    except RecursionError:
        reason, weight = "nested too deeply to be read", 60
    except MemoryError:
        reason, weight = "needs more memory than a reader has, not read", 60
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError) as error:
        reason, weight = f"{GAVE_UP} ({type(error).__name__})", 70
    return InFile(gaps=(Gap(span=Span(path, 1, 1), reason=reason, weight=weight),))


def together(found: Iterable[InFile | None]) -> InFiles:
    """What all files declare, in their order."""
    each = [f for f in found if f is not None]
    return InFiles(
        sites=tuple(s for f in each for s in f.sites),
        prompts=tuple(p for f in each for p in f.prompts),
        tools=tuple(t for f in each for t in f.tools),
        retrieval=tuple(r for f in each for r in f.retrieval),
        models=tuple(m for f in each for m in f.models),
        env=tuple(e for f in each for e in f.env),
        gaps=tuple(g for f in each for g in f.gaps),
    )
