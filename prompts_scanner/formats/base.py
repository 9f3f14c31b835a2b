"""What a declarative format is, and what reading a file gives. Adding one: a module here, its line in `FORMATS`,
its folder in `tests/formats/`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from prompts_scanner.context import classify
from prompts_scanner.model import (
    CallSite,
    Gap,
    Piece,
    PromptItem,
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


class Format(Protocol):
    """`claims` is asked of every file that is not code, with its first bytes; the first format that claims it reads it.

    `read` never raises on bad input: what it cannot make sense of is a gap, or nothing where the file is none of ours.
    """

    def claims(self, path: str, head: bytes) -> bool: ...

    def read(self, path: str, text: str) -> InFile: ...


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
