"""Chat messages kept as data: few-shot examples and saved conversations that a prompt folder holds.

JSON or JSON lines of `{"role", "content"}`, `{"messages": [...]}` or question and answer pairs. Data sets for training and
evaluation have the same shape but are not sent with a request: only files whose path says prompt or few-shot are read.
"""

from __future__ import annotations

import json
import re

from prompts_scanner.context import classify
from prompts_scanner.formats.base import Files, InFile, whole
from prompts_scanner.model import Piece, PromptItem, Surface, Text
from prompts_scanner.unread import UnreadDocumentError

_PATH = re.compile(
    r"(few[_-]?shots?|prompts?|demonstrations|chat[_-]?examples|example[_-]?(messages|conversations))", re.IGNORECASE
)
_MARK = re.compile(rb'"(role|messages)"\s*:')
_SUFFIX = (".json", ".jsonl", ".ndjson")
MAX_CHARS = 400_000


def claims(path: str, head: bytes) -> bool:
    return path.endswith(_SUFFIX) and bool(_PATH.search(path)) and bool(_MARK.search(head)) and b'"content"' in head


def read(path: str, text: str, files: Files) -> InFile:
    del files
    if len(text) > MAX_CHARS:
        raise UnreadDocumentError(f"examples of more than {MAX_CHARS:,} characters, not read", 60)
    said = [line for document in _documents(path, text) for line in _messages(document, 0)]
    if not said:
        return InFile()
    span = whole(path, text)
    body = "\n".join(said)
    shown = Surface(role="examples", text=Text(pieces=(Piece(text=body, span=span),)), span=span)
    item = PromptItem(id=f"{path}#messages", surface=shown, form="examples", context=classify(path))
    return InFile(prompts=(item,))


def _documents(path: str, text: str) -> list[object]:
    out: list[object] = []
    for part in text.splitlines() if path.endswith(("l", "ndjson")) and not path.endswith(".json") else (text,):
        try:
            out.append(json.loads(part))
        except (ValueError, RecursionError):
            continue
    return out


def _messages(thing: object, depth: int) -> list[str]:
    if depth > 6:
        return []
    if isinstance(thing, list):
        return [m for item in thing for m in _messages(item, depth + 1)]
    if isinstance(thing, dict):
        content = thing.get("content")
        if "role" in thing and isinstance(content, str):
            return [content]
        return [m for value in thing.values() if isinstance(value, list | dict) for m in _messages(value, depth + 1)]
    return []
