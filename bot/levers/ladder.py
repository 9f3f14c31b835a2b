"""Which models stand below and beside another one at the same vendor. Prices are not here: they come from the price book.

Checked 2026-11-24 against the catalogue of prices. A name that the book does not know is skipped.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

# Strong to small, by vendor. Every model of a row takes tools and pictures.
LADDERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("*claude*", ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5")),
    ("gpt-*", ("gpt-6.1-sol", "gpt-6.1-terra", "gpt-6-luna")),
    ("o[134]*", ("gpt-6.1-sol", "gpt-6.1-terra", "gpt-6-luna")),
    ("gemini-*", ("gemini-4-argon", "gemini-3.8-flash", "gemini-3.1-flash-lite")),
    ("mistral-*", ("mistral-large-latest", "mistral-medium-latest", "mistral-small-latest")),
)
# A later model of the same size at the same vendor: the nearest thing to the same model at another price. OpenAI's
# models without a size in their name are the large ones: the catalogue lists gpt-5.6 as gpt-5.6-sol.
SUCCESSORS: tuple[tuple[str, str], ...] = (
    ("*claude*opus*", "claude-opus-5-5"),
    ("*claude*sonnet*", "claude-sonnet-5-5"),
    ("*claude*haiku*", "claude-haiku-5-5"),
    ("gpt-5.[0-9]-terra", "gpt-6.1-terra"),
    ("gpt-5.[0-9]-luna", "gpt-6-luna"),
    ("gpt-[345]*-mini", "gpt-6-luna"),
    ("gpt-[45]*-nano", "gpt-6-luna"),
    ("gpt-3.5-turbo*", "gpt-6-luna"),
    ("gpt-[456]", "gpt-6.1-sol"),
    ("gpt-[456].[0-9]", "gpt-6.1-sol"),
    ("gpt-[56].[0-9]-sol", "gpt-6.1-sol"),
    ("gpt-6-sol", "gpt-6.1-sol"),
    ("gpt-4o", "gpt-6.1-sol"),
    ("gpt-4o-20*", "gpt-6.1-sol"),
    ("gpt-4-turbo*", "gpt-6.1-sol"),
    ("gpt-4-[0-9]*", "gpt-6.1-sol"),
    ("gemini-*-flash-lite", "gemini-3.1-flash-lite"),
    ("gemini-*-flash", "gemini-3.8-flash"),
    ("gemini-*-pro", "gemini-4-argon"),
)


def ladder(model: str) -> tuple[str, ...]:
    """The vendor's models from strong to small; empty for a vendor that is not in the table."""
    name = model.lower()
    return next((models for pattern, models in LADDERS if fnmatchcase(name, pattern)), ())


def successor(model: str) -> str | None:
    name = model.lower()
    found = next((new for pattern, new in SUCCESSORS if fnmatchcase(name, pattern)), None)
    return None if found == name else found
