"""Public distributions of input and output tokens, for features whose traffic nobody has measured yet.

A team chooses one by name (`prior: azure-conv-2023`); none is ever taken silently. It is a stranger's traffic: how large
the mean of this feature is stays within the means of all public traces here, and the comment names it as an assumption.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from bot.config import PriorName
from bot.model import Range, Spread, Tokens
from bot.profiles.codec import Cell, unpack

_FOLDER = Path(__file__).parent / "priors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """A trace's calls by input and output tokens; sums are exact. `url` and `licence` are those of the trace."""

    name: str
    title: str
    url: str
    licence: str
    calls: int
    input_tokens: int
    output_tokens: int
    cells: tuple[Cell, ...]

    @property
    def means(self) -> tuple[int, int]:
        """Mean input and output tokens of a call."""
        return round(self.input_tokens / self.calls), round(self.output_tokens / self.calls)

    def points(self) -> tuple[tuple[int, int, int], ...]:
        """(input, output, calls) of the cells, at the mean of each."""
        return tuple((round(c.input_tokens / c.n), round(c.output_tokens / c.n), c.n) for c in self.cells)

    def spread(self, dim: Literal["input", "output"]) -> Spread:
        at = 0 if dim == "input" else 1
        calls: Counter[int] = Counter()
        for point in self.points():
            calls[point[at]] += point[2]
        return Spread(points=tuple(sorted(calls.items())))


@cache
def prior(name: PriorName) -> Prior:
    found = tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))
    return Prior(name=name, **{**found, "cells": unpack(found["cells"])})


def mean_range(name: PriorName, dim: Literal["input", "output"]) -> Tokens:
    """The trace's mean, between the least and the largest mean of all traces here."""
    at = 0 if dim == "input" else 1
    means = [prior(other).means[at] for other in get_args(PriorName)]
    return Range(min(means), prior(name).means[at], max(means))
