"""Prompty: one call as a file, front matter and chat body.  https://prompty.ai/docs/prompty-file-format"""

from __future__ import annotations

import re

from prompts_scanner.documents import read_document
from prompts_scanner.formats.base import (
    Files,
    InFile,
    config_setting,
    file_site,
    front_matter,
    model_setting,
    prompt_item,
    role_blocks,
    surface,
    tool_item,
    whole,
)
from prompts_scanner.formats.walk import at, items, span_of, text_at, tool_of
from prompts_scanner.model import Setting, Span, SurfaceRole, Tool
from prompts_scanner.values import Map, Value

_ROLE = re.compile(r"^\s*(?:#\s*)?(system|user|assistant|developer|tool|function)\s*:\s*$", re.IGNORECASE)
_ROLES: dict[str, SurfaceRole] = {"system": "system", "developer": "system", "assistant": "assistant"}
_MODEL = (
    ("model", "configuration", "azure_deployment"),
    ("model", "configuration", "model"),
    ("model", "configuration", "name"),
    ("model", "id"),
    ("model", "parameters", "model"),
)
_CAP = (
    ("model", "parameters", "max_tokens"),
    ("model", "parameters", "max_completion_tokens"),
    ("model", "options", "maxOutputTokens"),
    ("model", "options", "max_tokens"),
)


def claims(path: str, head: bytes) -> bool:
    return path.endswith(".prompty") and bool(head.strip())


def read(path: str, text: str, files: Files) -> InFile:
    cut = front_matter(text)
    header, body, line = cut if cut is not None else ("", text, 1)
    document = read_document(path, header) if header else None
    name = path.rpartition("/")[2]
    span = whole(path, text)
    blocks = role_blocks(body, line, path, _ROLE)
    surfaces = tuple(surface(_ROLES.get(r, "user"), t, s, name=name, style="jinja", files=files) for r, t, s in blocks)
    tools = tuple(_tools(document))
    site = file_site(
        span,
        text_at(document, "name") or name,
        sdk="prompty",
        model=_model(document, span),
        provider=_provider(document),
        output_cap=_cap(document, span),
        surfaces=surfaces,
        tools=tools,
    )
    prompt = prompt_item(span, name, body, "prompty", role="system", style="jinja")
    return InFile(sites=(site,), prompts=(prompt,), tools=tuple(tool_item(t.span, t, "prompty") for t in tools))


def _model(document: Value | None, span: Span) -> Setting:
    name = next((n for keys in _MODEL if (n := text_at(document, *keys))), None)
    return model_setting(name, span, "the connection of the run names the model")


def _provider(document: Value | None) -> str | None:
    kind = text_at(document, "model", "configuration", "type") or text_at(document, "model", "provider") or ""
    return (
        "azure" if "azure" in kind else "openai" if "openai" in kind else "anthropic" if "anthropic" in kind else None
    )


def _cap(document: Value | None, span: Span) -> Setting | None:
    for keys in _CAP:
        value = text_at(document, *keys)
        if value is not None:
            return config_setting(value, span_of(at(document, *keys)) or span)
    return None


def _tools(document: Value | None) -> list[Tool]:
    listed = at(document, "model", "parameters", "tools") or at(document, "tools")
    return [tool for item in items(listed) if isinstance(item, Map) and (tool := tool_of(item)) is not None]
