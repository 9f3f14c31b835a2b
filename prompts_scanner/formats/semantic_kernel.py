"""Semantic Kernel prompt functions: `skprompt.txt` beside `config.json`, or one YAML file.

https://learn.microsoft.com/semantic-kernel/concepts/prompts/
"""

from __future__ import annotations

import posixpath
import re

from prompts_scanner.documents import read_document
from prompts_scanner.formats.base import (
    Files,
    InFile,
    config_setting,
    file_site,
    model_setting,
    prompt_item,
    surface,
    whole,
)
from prompts_scanner.formats.walk import at, fields, span_of, text_at
from prompts_scanner.model import Setting, Span
from prompts_scanner.values import Value

_MODELS = ("model_id", "ai_model_id", "modelId", "model")


def claims(path: str, head: bytes) -> bool:
    if path.rpartition("/")[2] == "skprompt.txt":
        return bool(head.strip())
    return (
        path.endswith((".yaml", ".yml"))
        and re.search(rb"^template\s*:", head, re.MULTILINE) is not None
        and re.search(rb"^(execution_settings|input_variables|template_format)\s*:", head, re.MULTILINE) is not None
    )


def read(path: str, text: str, files: Files) -> InFile:
    if path.endswith(".txt"):
        folder = posixpath.dirname(path)
        beside = posixpath.join(folder, "config.json")
        settings_text = files.text(beside)
        document = read_document(beside, settings_text) if settings_text is not None else None
        return _function(posixpath.basename(folder) or "prompt", text, whole(path, text), document)
    document = read_document(path, text)
    template = text_at(document, "template")
    if template is None:
        return InFile()
    name = text_at(document, "name") or posixpath.basename(path)
    return _function(name, template, whole(path, text), document)


def _function(name: str, template: str, span: Span, document: Value | None) -> InFile:
    model, cap = _settings(document, span)
    site = file_site(
        span,
        name,
        sdk="semantic-kernel",
        model=model,
        output_cap=cap,
        surfaces=(surface("user", template, span, name=name, style="jinja"),),
    )
    return InFile(sites=(site,), prompts=(prompt_item(span, name, template, "file", style="jinja"),))


def _settings(document: Value | None, span: Span) -> tuple[Setting, Setting | None]:
    """The first execution settings (`default` or a service's) that name a model or a cap."""
    blocks = [v for _, v in fields(at(document, "execution_settings"))] + [at(document, "completion")]
    model = next((m for b in blocks for k in _MODELS if (m := text_at(b, k))), None)
    caps = [(c, b) for b in blocks if (c := at(b, "max_tokens")) is not None]
    cap = config_setting(text_at(caps[0][0]), span_of(caps[0][0]) or span) if caps else None
    return model_setting(model, span, "the kernel's service names the model"), cap
