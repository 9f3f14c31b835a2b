"""Prompts as plain text: `.md`, `.txt`, `.prompt` files whose path says that they are prompts."""

from __future__ import annotations

import re

from prompts_scanner.formats.base import Files, InFile, prompt_item, role_of, whole

_SUFFIX = re.compile(r"\.(md|mdx|txt|prompt|mdt|text|xml)$", re.IGNORECASE)
# A folder or a file name that says so. `system` and `persona` alone are enough for a text file's own name only.
_FOLDER = re.compile(
    r"(^|[/_.-])(prompts?|prompt[_-]?templates?|instructions|personas?|system[_-]prompts?)/", re.IGNORECASE
)
_NAME = re.compile(
    r"(^|[_.\s-])(prompts?|instructions?|system[_-]?(message|msg|prompt)|persona|few[_-]?shots?|preamble|metaprompt)([_.\s-]|$)",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"(^|/)(readme|license|licence|changelog|contributing|code_of_conduct|security|notice|requirements[^/]*|robots|"
    r"cmakelists|manifest|todo|install|copilot-instructions|llms(-full)?)\.[a-z]+$|\.instructions\.md$",
    re.IGNORECASE,
)


def is_prompt_path(path: str) -> bool:
    """Whether a path says that the file is a prompt."""
    stem = path.rpartition("/")[2].rpartition(".")[0] or path
    return not _NOT.search(path) and bool(_FOLDER.search(path) or _NAME.search(stem))


def claims(path: str, head: bytes) -> bool:
    if not _SUFFIX.search(path) or not head.strip():
        return False
    return path.lower().endswith(".prompt") or is_prompt_path(path)


def read(path: str, text: str, files: Files) -> InFile:
    del files
    name = path.rpartition("/")[2]
    return InFile(prompts=(prompt_item(whole(path, text), name, text, "file", role=role_of(name)),))
