"""What a declarative format is, and what reading a file gives. Adding one: a module here, its line in `FORMATS`,
its folder in `tests/formats/`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from prompts_scanner import jinja
from prompts_scanner.context import classify
from prompts_scanner.model import (
    CallSite,
    Context,
    Gap,
    Loop,
    Operation,
    Piece,
    PromptItem,
    Related,
    Retrieval,
    RetrievalItem,
    Setting,
    Span,
    Surface,
    SurfaceRole,
    Text,
    Tool,
    ToolItem,
)
from prompts_scanner.templates import parsed
from prompts_scanner.values import Str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvDefault:
    """What a file of the tree sets an environment variable to."""

    name: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSetting:
    """A model named in a settings file, at the dotted `key_path`."""

    path: str
    key_path: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class InFile:
    """What one file declares."""

    sites: tuple[CallSite, ...] = ()
    prompts: tuple[PromptItem, ...] = ()
    tools: tuple[ToolItem, ...] = ()
    retrieval: tuple[RetrievalItem, ...] = ()
    models: tuple[ModelSetting, ...] = ()
    env: tuple[EnvDefault, ...] = ()
    gaps: tuple[Gap, ...] = ()


class Files(Protocol):
    """The files beside the one that is read; nothing else of the tree may decide what a reader finds."""

    def text(self, path: str) -> str | None: ...

    def under(self, folder: str, suffix: str) -> tuple[str, ...]: ...

    def once(self, key: tuple[str, str], make: Callable[[Files], object]) -> object:
        """What `make` gives, made once for the files of one scan that share it under `key`."""


class Format(Protocol):
    """`claims` is asked of every file that is not code, with its first bytes; the first format that claims it reads it.

    `read` never raises on bad input: what it cannot make sense of is a gap, or nothing where the file is none of ours.
    """

    def claims(self, path: str, head: bytes) -> bool: ...

    def read(self, path: str, text: str, files: Files) -> InFile: ...


def whole(path: str, text: str) -> Span:
    return Span(path, 1, text.rstrip("\n").count("\n") + 1)


def role_of(name: str) -> SurfaceRole:
    """The role that the name of a prompt tells."""
    return "system" if re.search(r"system|instruction|persona|developer", name, re.IGNORECASE) else "user"


def template_text(text: str, span: Span, style: str | None = None) -> Text:
    """Literal text and holes of a template; never rendered."""
    return Text(pieces=parsed(Str(pieces=(Piece(text=text, span=span),)), style).pieces)


def prompt_item(
    span: Span, label: str, text: str, form: str, *, role: SurfaceRole = "user", style: str | None = None
) -> PromptItem:
    return PromptItem(
        id=f"{span.path}#{label}",
        surface=Surface(role=role, text=template_text(text, span, style), span=span, name=label),
        form=form,
        context=classify(span.path),
    )


def tool_item(span: Span, tool: Tool, form: str) -> ToolItem:
    return ToolItem(id=f"{span.path}#tool:{tool.name}", tool=tool, form=form, context=classify(span.path))


def retrieval_item(span: Span, label: str, parameter: str, value: str, unit: str) -> RetrievalItem:
    setting = Setting(values=(value,) if value else (), resolution="config", span=span)
    return RetrievalItem(
        id=f"{span.path}#{label}",
        retrieval=Retrieval(parameter=parameter, setting=setting, unit=unit, span=span),
        context=classify(span.path),
    )


def config_setting(value: str | None, span: Span, reason: str = "not set in the file") -> Setting:
    """A setting of a call site that a file declares."""
    if value is None:
        return Setting(values=(), resolution="unresolved", span=span, reason=reason)
    return Setting(values=(value,), resolution="config", span=span)


_ENV = re.compile(r"^\$\{(?:env:)?(\w+)(?:(?::-|:|-)([^}]*))?\}$")


def model_setting(value: str | None, span: Span, reason: str = "the file names no model") -> Setting:
    """A model's name in a file; `${NAME:default}` is its default, `${NAME}` is known at run time."""
    inner = _ENV.match(value) if value is not None else None
    if inner is not None and not inner.group(2):
        return Setting(values=(), resolution="unresolved", span=span, reason=f"environment variable {inner.group(1)}")
    if inner is not None:
        return Setting(values=(inner.group(2),), resolution="env_default", span=span, sources=(span,))
    if value is not None and ("{{" in value or "${" in value):
        return Setting(values=(), resolution="unresolved", span=span, reason=f"{value[:60]} is filled in at run time")
    return config_setting(value or None, span, reason)


def file_site(
    span: Span,
    symbol: str,
    *,
    sdk: str,
    model: Setting,
    operation: Operation = "chat",
    provider: str | None = None,
    output_cap: Setting | None = None,
    surfaces: tuple[Surface, ...] = (),
    tools: tuple[Tool, ...] = (),
    retrieval: tuple[Retrieval, ...] = (),
    loops: tuple[Loop, ...] = (),
    context: Context | None = None,
    structured: bool = False,
) -> CallSite:
    """A call that a file declares."""
    related = [Related(role="model", span=s) for s in model.sources]
    related += [Related(role="prompt", span=p.span) for s in surfaces for p in s.text.pieces if isinstance(p, Piece)]
    related += [Related(role="tool", span=t.span) for t in tools]
    related += [Related(role="retrieval", span=r.span) for r in retrieval]
    return CallSite(
        id=f"{span.path}::{symbol}::{operation}",
        sdk=sdk,
        operation=operation,
        span=span,
        symbol=symbol,
        context=context or classify(span.path),
        model=model,
        provider=provider,
        output_cap=output_cap,
        surfaces=surfaces,
        tools=tools,
        retrieval=retrieval,
        loops=loops,
        related=tuple(dict.fromkeys(r for r in related if r.span != span)),
        structured=structured,
    )


def surface(
    role: SurfaceRole, text: str, span: Span, *, name: str = "", style: str | None = None, files: Files | None = None
) -> Surface:
    """`files`: where the templates stand that this one includes."""
    if files is not None and jinja.has_parts(text):
        pieces = jinja.put_together(span.path, text, _finder(files), span)
        return Surface(role=role, text=Text(pieces=pieces), span=span, name=name)
    return Surface(role=role, text=template_text(text, span, style), span=span, name=name)


def _finder(files: Files) -> jinja.Find:
    """A template that another one names: beside it, or beside a folder above it."""

    def find(path: str, name: str) -> tuple[str, str] | None:
        for spelled in jinja.spellings(path, name):
            folder = posixpath.dirname(path)
            while True:
                target = posixpath.normpath(posixpath.join(folder, spelled))
                text = files.text(target) if not target.startswith("..") else None
                if text is not None:
                    return target, text
                if not folder:
                    break
                folder = posixpath.dirname(folder)
        return None

    return find


def front_matter(text: str) -> tuple[str, str, int] | None:
    """`---` YAML `---` body: the YAML, the body, and the body's first line number."""
    lines = text.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    if first == len(lines) or lines[first].strip() != "---":
        return None
    for i in range(first + 1, len(lines)):
        if lines[i].strip() == "---":
            # blank lines stand for what went before, so that the YAML keeps its line numbers
            return "\n" * (first + 1) + "\n".join(lines[first + 1 : i]), "\n".join(lines[i + 1 :]), i + 2
    return None


def role_blocks(body: str, first_line: int, path: str, marker: re.Pattern[str]) -> list[tuple[str, str, Span]]:
    """A body cut at its role lines: (role, text, where)."""
    out: list[tuple[str, str, Span]] = []
    role, start = "", first_line
    kept: list[str] = []
    for number, line in enumerate(body.split("\n"), first_line):
        found = marker.match(line)
        if found:
            out.append((role, "\n".join(kept), Span(path, start, max(start, number - 1))))
            role, start, kept = found.group(1).lower(), number, [line[found.end() :]]
        else:
            kept.append(line)
    out.append((role, "\n".join(kept), Span(path, start, start + max(0, len(kept) - 1))))
    return [(r, t.strip("\n"), s) for r, t, s in out if t.strip()]
