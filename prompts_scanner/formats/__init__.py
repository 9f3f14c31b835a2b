"""The index page of declarative formats, the most special first: the first that claims a file reads it."""

from __future__ import annotations

from prompts_scanner.formats import (
    baml,
    chat_examples,
    crewai,
    developer_context,
    dotprompt,
    env,
    haystack,
    langchain_json,
    mcp,
    promptflow,
    promptfoo,
    prompty,
    semantic_kernel,
    settings,
    template,
    text,
)
from prompts_scanner.formats.base import Format

FORMATS: tuple[Format, ...] = (
    developer_context,
    baml,
    prompty,
    dotprompt,
    semantic_kernel,
    promptfoo,
    promptflow,
    haystack,
    crewai,
    langchain_json,
    mcp,
    chat_examples,
    env,
    template,
    text,
    settings,
)
