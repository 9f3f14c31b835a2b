"""CrewAI's `agents.yaml` and `tasks.yaml`: every entry is prompt text of an agent.  https://docs.crewai.com/concepts/agents"""

from __future__ import annotations

import re

from prompts_scanner.documents import read_document
from prompts_scanner.formats.base import Files, InFile, ModelSetting, prompt_item
from prompts_scanner.formats.walk import fields, span_of, text_at
from prompts_scanner.model import Span
from prompts_scanner.values import Map

_KEYS = ("role", "goal", "backstory", "description", "expected_output")
_AGENT = re.compile(rb"^[ \t]+(role|backstory)\s*:", re.MULTILINE)
_TASK = re.compile(rb"^[ \t]+expected_output\s*:", re.MULTILINE)


def claims(path: str, head: bytes) -> bool:
    if not path.endswith((".yaml", ".yml")):
        return False
    return bool(_TASK.search(head)) or (bool(_AGENT.search(head)) and b"goal" in head)


def read(path: str, text: str, files: Files) -> InFile:
    del files
    document = read_document(path, text)
    prompts, models = [], []
    for name, entry in fields(document):
        if not isinstance(entry, Map):
            continue
        parts = [p for k in _KEYS if (p := text_at(entry, k))]
        span = Span(path, max(1, entry.span.first_line - 1), entry.span.last_line)
        if len(parts) > 1:
            prompts.append(prompt_item(span, name, "\n".join(parts), "agent", role="system", style="format"))
        model = text_at(entry, "llm")
        if model:
            where = span_of(entry.get("llm")) or span
            models.append(ModelSetting(path=path, key_path=f"{name}.llm", value=model, span=where))
    return InFile(prompts=tuple(prompts), models=tuple(models))
