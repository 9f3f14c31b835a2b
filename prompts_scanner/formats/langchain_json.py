"""LangChain prompts saved as JSON or YAML: `{"lc": 1, ...}` and the older `{"_type": "prompt", ...}`.

https://python.langchain.com/docs/how_to/serialization/
"""

from __future__ import annotations

import re

from prompts_scanner.documents import read_document
from prompts_scanner.formats.base import Files, InFile, prompt_item
from prompts_scanner.formats.walk import Entry, entries, text_at
from prompts_scanner.model import PromptItem, SurfaceRole
from prompts_scanner.values import Map, Str

_NEW = re.compile(rb'"lc"\s*:\s*1')
_OLD = re.compile(rb"[\"']?_type[\"']?\s*:\s*[\"']?(prompt|few_shot|chat_prompt|chat)\b")
_ROLES: dict[str, SurfaceRole] = {"System": "system", "AI": "assistant", "Assistant": "assistant"}


def claims(path: str, head: bytes) -> bool:
    return path.endswith((".json", ".yaml", ".yml")) and bool(_NEW.search(head) or _OLD.search(head))


def read(path: str, text: str, files: Files) -> InFile:
    del files
    document = read_document(path, text)
    role: SurfaceRole = "user"
    found: list[PromptItem] = []
    for entry in entries(document) if document is not None else ():
        if isinstance(entry.value, Map):
            role = _role(entry.value) or role
        elif entry.key in ("template", "prefix", "suffix", "content") and isinstance(entry.value, Str):
            found += _item(entry, role)
    return InFile(prompts=tuple(found))


def _role(value: Map) -> SurfaceRole | None:
    """`"id": [..., "SystemMessagePromptTemplate"]` tells whose words follow."""
    named = text_at(value, "id", "3") or text_at(value, "id", "2") or text_at(value, "_type") or ""
    if "Message" not in named:
        return None
    return next((r for prefix, r in _ROLES.items() if named.startswith(prefix)), "user")


def _item(entry: Entry, role: SurfaceRole) -> list[PromptItem]:
    text = entry.value.known if isinstance(entry.value, Str) else ""
    return [prompt_item(entry.span, entry.path, text, "template", role=role)] if len(text.strip()) >= 10 else []
