"""Families as a table file that `bot.tokens.table` reads back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from bot.tokens.table import Constant, Family

HEAD = """# Constants of our own, asked before those of aicost-review. Written by `aicost-review calibrate tokens`; the form is
# described at the top of bot/tokens/constants.toml.
"""


def table_text(families: Sequence[Family], on: date) -> str:
    """The file; a source is named once and referred to by its key."""
    sources = list(dict.fromkeys(c.source for f in families for c in f.constants))
    keys = {source: f"s{i}" for i, source in enumerate(sources)}
    lines = [HEAD]
    for source, key in keys.items():
        lines += [f"[sources.{key}]", f"text = {_quoted(source)}", f"date = {on.isoformat()}", ""]
    for family in families:
        lines += ["[[family]]", *_settings(family), "constants = ["]
        lines += [f"  {{ {_constant(c, keys)} }}," for c in family.constants]
        lines += ["]", ""]
    return "\n".join(lines)


def _settings(family: Family) -> list[str]:
    settings = {
        "name": family.name,
        "label": family.label,
        "models": family.models.pattern,
        "providers": family.providers.pattern if family.providers else None,
        "endpoints": family.endpoints.pattern if family.endpoints else None,
        "vocabulary": family.vocabulary,
        "tokenizer": family.own_tokenizer or None,
        "tools": family.tool_form,
        "method": family.method,
    }
    lines = [f"{key} = {_quoted(value)}" for key, value in settings.items() if value is not None]
    lines += [f"{key} = true" for key in ("none_drops_tools", "drops_thoughts") if getattr(family, key)]
    return [*lines, f"slack_tokens = {family.slack_tokens}"]


def _constant(constant: Constant, keys: dict[str, str]) -> str:
    parts = [
        f"of = {_quoted(constant.of)}",
        f"value = {constant.value}",
        f"low = {constant.low}",
        f"high = {constant.high}",
        f"rows = {constant.rows}",
        f"source = {_quoted(keys[constant.source])}",
    ]
    for key in ("endpoint", "provider", "models"):
        pattern = getattr(constant, key)
        if pattern is not None:
            parts.append(f"{key} = {_quoted(pattern.pattern)}")
    if constant.since is not None:
        parts.append(f"from = {constant.since.isoformat()}")
    if constant.until is not None:
        parts.append(f"until = {constant.until.isoformat()}")
    return ", ".join(parts)


def _quoted(text: str) -> str:
    """JSON's escapes are all escapes of a TOML basic string; DEL alone must be escaped besides."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
