"""promptflow's `flow.dag.yaml`: every node of type `llm` is a call.

https://microsoft.github.io/promptflow/reference/flow-yaml-schema-reference.html
"""

from __future__ import annotations

import posixpath
import re

from prompts_scanner.documents import read_document
from prompts_scanner.formats import settings
from prompts_scanner.formats.base import (
    Files,
    InFile,
    config_setting,
    file_site,
    model_setting,
    role_blocks,
    surface,
    tool_item,
)
from prompts_scanner.formats.walk import at, items, span_of, text_at, tool_of
from prompts_scanner.model import CallSite, Span, Surface, SurfaceRole, Tool
from prompts_scanner.values import Map, Str, Value

_ROLE = re.compile(r"^\s*(?:#\s*)?(system|user|assistant|function|tool)\s*:\s*$", re.IGNORECASE)
_ROLES: dict[str, SurfaceRole] = {"system": "system", "assistant": "assistant"}
_EMBEDDING = re.compile(r"embedding", re.IGNORECASE)


def claims(path: str, head: bytes) -> bool:
    return path.endswith((".dag.yaml", ".dag.yml")) or (
        path.endswith((".yaml", ".yml")) and re.search(rb"^nodes:\s*$", head, re.MULTILINE) is not None
    )


def read(path: str, text: str, files: Files) -> InFile:
    document = read_document(path, text)
    general = settings.harvest(path, document) if document is not None else InFile()
    sites = [_site(path, node, files) for node in items(at(document, "nodes")) if _is_llm(node)]
    tools = {t.name: t for s in sites for t in s.tools}
    return InFile(
        sites=tuple(sites),
        prompts=general.prompts,
        tools=(*general.tools, *(tool_item(t.span, t, "schema") for t in tools.values())),
        retrieval=general.retrieval,
        models=general.models,
    )


def _is_llm(node: Value) -> bool:
    kind, source = text_at(node, "type") or "", text_at(node, "source", "tool") or ""
    return kind in ("llm", "prompt_llm") or source.startswith(("promptflow.tools.openai", "promptflow.tools.aoai"))


def _site(path: str, node: Value, files: Files) -> CallSite:
    span = span_of(node) or Span(path, 1, 1)
    given = at(node, "inputs")
    model = text_at(given, "deployment_name") or text_at(given, "model") or text_at(given, "engine")
    cap = text_at(given, "max_tokens")
    cap = cap if cap and cap.isdigit() else None
    return file_site(
        span,
        text_at(node, "name") or "node",
        sdk="promptflow",
        model=model_setting(model, span),
        provider={"AzureOpenAI": "azure", "OpenAI": "openai"}.get(text_at(node, "provider") or ""),
        output_cap=config_setting(cap, span_of(at(given, "max_tokens")) or span) if cap else None,
        surfaces=_surfaces(path, node, files),
        tools=tuple(_tools(given)),
    )


def _surfaces(path: str, node: Value, files: Files) -> tuple[Surface, ...]:
    name = text_at(node, "source", "path")
    if name is None:
        return ()
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    body = files.text(target)
    if body is None:
        return ()
    blocks = role_blocks(body, 1, target, _ROLE)
    return tuple(surface(_ROLES.get(r, "user"), t, s, name=name, style="jinja", files=files) for r, t, s in blocks)


def _tools(given: Value | None) -> list[Tool]:
    listed = at(given, "functions") or at(given, "tools")
    if isinstance(listed, Str):  # JSON text inside the YAML
        span = span_of(listed)
        listed = settings.inner_document(listed.known, span) if span is not None else None
    return [tool for item in items(listed) if isinstance(item, Map) and (tool := tool_of(item, bare=True)) is not None]
