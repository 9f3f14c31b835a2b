"""The index page of declarative formats, the most special first: the first that claims a file reads it."""

from __future__ import annotations

from prompts_scanner.formats import env, mcp, settings, template, text
from prompts_scanner.formats.base import Format

FORMATS: tuple[Format, ...] = (
    env,
    mcp,
    template,
    text,
    settings,
)
