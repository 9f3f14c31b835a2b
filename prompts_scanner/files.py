"""Runs the declarative formats over a tree's files and puts what they find together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from prompts_scanner import languages
from prompts_scanner.documents import UnreadDocumentError
from prompts_scanner.formats import FORMATS
from prompts_scanner.formats.base import EnvDefault, Format, InFile, ModelSetting
from prompts_scanner.model import CallSite, Gap, PromptItem, RetrievalItem, Span, ToolItem
from prompts_scanner.tree import FileTree

GAVE_UP = "the reader gave up on it"


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
    """The files of a tree for formats that look beside themselves."""

    def __init__(self, tree: FileTree, paths: Iterable[str]) -> None:
        self.tree = tree
        self.paths = frozenset(paths)
        self.memo: dict[tuple[str, str], object] = {}

    def text(self, path: str) -> str | None:
        data = self.tree.read(path) if path in self.paths else None
        return None if data is None else text_of(data)

    def under(self, folder: str, suffix: str) -> tuple[str, ...]:
        prefix = f"{folder}/" if folder else ""
        return tuple(sorted(p for p in self.paths if p.startswith(prefix) and p.endswith(suffix)))


def read_formats(tree: FileTree, paths: Iterable[str]) -> InFiles:
    """Every format over every file that it claims; the first that claims wins."""
    sites: list[CallSite] = []
    prompts: list[PromptItem] = []
    tools: list[ToolItem] = []
    retrieval: list[RetrievalItem] = []
    models: list[ModelSetting] = []
    env: list[EnvDefault] = []
    gaps: list[Gap] = []
    data_files = tuple(p for p in paths if languages.language_of(p) is None and _may_be_text(p))
    tree.prefetch(data_files)
    files = TreeFiles(tree, data_files)
    for path in data_files:
        data = tree.read(path)
        if data is None:
            continue
        text = text_of(data)
        head = data[:4096] if text is None or data[:1] not in UTF_16_BEGINS else text[:4096].encode("utf-8", "replace")
        reader = next((f for f in FORMATS if f.claims(path, head)), None)
        if reader is None:
            continue
        if text is None:
            gaps.append(Gap(span=Span(path, 1, 1), reason="not text: it holds NUL bytes, not read", weight=30))
            continue
        found = _read(reader, path, text, files)
        sites += found.sites
        prompts += found.prompts
        tools += found.tools
        retrieval += found.retrieval
        models += found.models
        env += found.env
        gaps += found.gaps
    return InFiles(
        sites=tuple(sites),
        prompts=tuple(prompts),
        tools=tuple(tools),
        retrieval=tuple(retrieval),
        models=tuple(models),
        env=tuple(env),
        gaps=tuple(gaps),
    )


def _read(reader: Format, path: str, text: str, files: TreeFiles) -> InFile:
    """What the format finds; a file that it cannot read, or breaks on, is a gap and not the end of the scan."""
    try:
        return reader.read(path, text, files)
    except UnreadDocumentError as error:
        reason, weight = error.reason, error.weight
    except (RecursionError, MemoryError):
        reason, weight = "nested too deeply to be read", 60
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError) as error:
        reason, weight = f"{GAVE_UP} ({type(error).__name__})", 70
    return InFile(gaps=(Gap(span=Span(path, 1, 1), reason=reason, weight=weight),))


_BINARY = frozenset(
    "png jpg jpeg gif webp ico svg pdf zip gz tar whl so dll exe woff woff2 ttf otf eot mp3 mp4 wav mov avi bin pt onnx "
    "parquet lock map css scss less html htm xml rst po pot snap csv tsv sql rs go java kt c h cpp hpp cs rb php sh".split()
)


def _may_be_text(path: str) -> bool:
    return path.rpartition(".")[2].lower() not in _BINARY
