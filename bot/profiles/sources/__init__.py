"""The log formats that a profile can be built from: one module each, the most particular first.

To add one: write the module (`NAME`, `TITLE`, `VERSION`, `claims`, `calls`), add it here, add a sample under `tests/profiles`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import ReviewError
from bot.profiles.sources import (
    apim,
    bedrock,
    helicone,
    langfuse,
    langsmith,
    litellm,
    logfire,
    otlp,
    phoenix,
    plain,
    span_rows,
    vertex,
)
from bot.profiles.sources.row import Record, Source

SOURCES: tuple[Source, ...] = (
    otlp,
    span_rows,
    logfire,
    phoenix,
    langfuse,
    litellm,
    helicone,
    langsmith,
    bedrock,
    apim,
    vertex,
    plain,
)


def by_name(name: str) -> Source:
    """Raises `ReviewError` for a name that no source has."""
    for source in SOURCES:
        if name == source.NAME:
            return source
    raise ReviewError(f"no log source is called {name!r}", f"Known: {', '.join(s.NAME for s in SOURCES)}.")


def detect(records: Sequence[Record]) -> Source | None:
    """The source that claims the sample best: the sum of its scores; None when none claims anything."""
    scores = [(sum(source.claims(r) for r in records), -at) for at, source in enumerate(SOURCES)]
    best = max(scores, default=(0, 0))
    return SOURCES[-best[1]] if best[0] > 0 else None
