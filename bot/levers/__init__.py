"""Levers that win cost back, in the order in which they are worth trying. One file each; the tuple is the index."""

from __future__ import annotations

from typing import Protocol

from bot.levers import (
    batch,
    context,
    conversation,
    distillation,
    history,
    long_context,
    other_vendor,
    output,
    own_cache,
    prompt_cache,
    routing,
    self_hosting,
)
from bot.levers.case import Case, Proposal


class Lever(Protocol):
    """`propose` answers with what could be done about one call site, and with nothing where it is done already."""

    NAME: str

    def propose(self, case: Case) -> tuple[Proposal, ...]: ...


LEVERS: tuple[Lever, ...] = (
    routing,
    prompt_cache,
    conversation,
    own_cache,
    batch,
    context,
    history,
    long_context,
    output,
    other_vendor,
    distillation,
    self_hosting,
)
