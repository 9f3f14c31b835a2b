"""promptfoo: an evaluation that calls every provider with every prompt and every test.

https://www.promptfoo.dev/docs/configuration/reference/
"""

from __future__ import annotations

import posixpath
import re

from prompts_scanner.documents import read_document
from prompts_scanner.formats.base import Files, InFile, config_setting, file_site, model_setting, prompt_item, surface
from prompts_scanner.formats.walk import at, fields, items, span_of, text_at
from prompts_scanner.model import CallSite, Loop, Span, Surface
from prompts_scanner.values import Map, Str, Value


def claims(path: str, head: bytes) -> bool:
    if not path.endswith((".yaml", ".yml", ".json")):
        return False
    listed = re.search(rb"^(prompts|\"prompts\")\s*:", head, re.MULTILINE)
    called = re.search(rb"^(providers|targets|\"providers\")\s*:", head, re.MULTILINE)
    return b"promptfoo.dev/config-schema" in head or ((_named(path) or bool(listed)) and bool(called))


def _named(path: str) -> bool:
    name = posixpath.basename(path)
    return name.endswith((".yaml", ".yml")) and (name.startswith("promptfoo") or "redteam" in name)


def read(path: str, text: str, files: Files) -> InFile:
    document = read_document(path, text)
    if document is None:
        return InFile()
    surfaces = tuple(s for p in items(at(document, "prompts")) for s in _prompt(p, path, files))
    tests = len(items(at(document, "tests")))
    sites = tuple(
        site
        for provider in _listed(at(document, "providers") or at(document, "targets"))
        if (site := _site(provider, path, surfaces, tests)) is not None
    )
    own = [s for s in surfaces if s.span.path == path and len(s.text.literal) >= 40]
    prompts = tuple(prompt_item(s.span, f"prompts.{i}", s.text.literal, "eval") for i, s in enumerate(own))
    return InFile(sites=sites, prompts=prompts)


def _listed(value: Value | None) -> tuple[Value, ...]:
    return (value,) if isinstance(value, Str) else items(value)


def _prompt(value: Value, path: str, files: Files) -> list[Surface]:
    text = text_at(value, "raw") or text_at(value, "id") or text_at(value)
    span = span_of(value)
    if text is None or span is None:
        return []
    if not text.startswith("file://"):
        return [surface("user", text, span, style="jinja", files=files)]
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), text.removeprefix("file://").split(":")[0]))
    body = files.text(target) if not target.endswith((".py", ".js", ".ts", ".mjs", ".cjs")) else None
    if body is None:
        return []
    return [surface("user", body, Span(target, 1, body.count("\n") + 1), style="jinja", files=files)]


def _site(provider: Value, path: str, surfaces: tuple[Surface, ...], tests: int) -> CallSite | None:
    name = text_at(provider) or text_at(provider, "id")
    span = span_of(provider)
    if name is None and isinstance(provider, Map):
        name = next((k for k, v in fields(provider) if isinstance(v, Map)), None)
    if name is None or span is None or name.startswith(("file:", "exec:", "python:", "http", "webhook", "echo")):
        return None
    # `openai:chat:gpt-4o`, `anthropic:messages:claude-sonnet-4-5`, `bedrock:us.amazon.nova-lite-v1:0`
    vendor, _, rest = name.partition(":")
    model = re.sub(r"^(chat|messages|completion|responses|assistant|embedding|embeddings|converse):", "", rest) or name
    cap = text_at(provider, "config", "max_tokens") or text_at(provider, "config", "maxOutputTokens")
    return file_site(
        span,
        name,
        sdk="promptfoo",
        model=model_setting(model, span),
        provider={"vertex": "google", "azureopenai": "azure"}.get(vendor, vendor),
        output_cap=config_setting(cap, span) if cap else None,
        surfaces=surfaces,
        loops=(Loop(kind="map", span=span, limit=tests),) if tests else (),
        context="eval",
    )
