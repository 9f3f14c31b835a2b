"""Context that developers keep for their coding tools: AGENTS.md, CLAUDE.md, skills, cursor rules.

It costs its developers tokens, not the product's users, so it is classed with the documentation: off by default.
https://agents.md/, https://docs.claude.com/en/docs/claude-code/memory, https://docs.cursor.com/context/rules
"""

from __future__ import annotations

import re
from dataclasses import replace

from prompts_scanner.formats.base import Files, InFile, prompt_item, whole

_PATH = re.compile(
    r"(^|/)(agents|claude|gemini|codex|warp|qwen|skill|conventions)\.(local\.)?md$|(^|/)\.(cursorrules|windsurfrules|clinerules|goosehints|roorules)$|"
    r"(^|/)\.(cursor|windsurf|clinerules|roo|continue|kiro|trae|augment)/(rules|steering|prompts)/|\.mdc$|"
    r"(^|/)\.github/(copilot-instructions\.md$|instructions/|prompts/|chatmodes/|agents/)|\.(instructions|chatmode)\.md$|"
    r"^(?=.*\.md$)(.*/)?\.claude/|(^|/)\.openhands/microagents/",
    re.IGNORECASE,
)


def claims(path: str, head: bytes) -> bool:
    return bool(head.strip()) and bool(_PATH.search(path))


def read(path: str, text: str, files: Files) -> InFile:
    del files
    name = path.rpartition("/")[2]
    item = prompt_item(whole(path, text), name, text, "developer context", role="context", style="dollar")
    return InFile(prompts=(replace(item, context="docs"),))
