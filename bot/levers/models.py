"""Which models stand below, beside and after another one, and what they can take: `models.toml`, read once.

Prices are not here: they come from the price book. Sizes are the vendors' own shelves, and no claim of equal quality.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Literal

PATH = Path(__file__).with_name("models.toml")
Size = Literal["large", "medium", "small"]
SIZES: tuple[Size, ...] = ("large", "medium", "small")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that is sold today. `replaces`: globs of the vendor's earlier models of the same size."""

    name: str
    vendor: str
    size: Size
    replaces: tuple[str, ...]
    tools: bool
    vision: bool
    schemas: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`vendors`: (name, globs of all its models); `models`: strong to small within a vendor."""

    vendors: tuple[tuple[str, tuple[str, ...]], ...]
    models: tuple[Model, ...]


@cache
def table() -> Table:
    data = tomllib.loads(PATH.read_text("utf-8"))
    return Table(
        vendors=tuple((v["name"], tuple(v["models"])) for v in data["vendor"]),
        models=tuple(Model(**{**m, "replaces": tuple(m["replaces"])}) for m in data["model"]),
    )


def vendor_of(name: str) -> str | None:
    """Who makes it, by its name; None for a vendor that is not in the table."""
    lowered = name.lower()
    return next((v for v, globs in table().vendors if any(fnmatchcase(lowered, g) for g in globs)), None)


def ladder(name: str) -> tuple[Model, ...]:
    """The vendor's models of today from strong to small; empty for a vendor that is not in the table."""
    vendor = vendor_of(name)
    return tuple(m for m in table().models if m.vendor == vendor)


def of_today(name: str) -> Model | None:
    """The model itself where it is sold today, else the vendor's of the same size that came after it."""
    lowered = name.lower()
    own = ladder(name)
    return next((m for m in own if m.name == lowered), None) or next(
        (m for m in own if any(fnmatchcase(lowered, glob) for glob in m.replaces)), None
    )


def successor(name: str) -> str | None:
    """The vendor's later model of the same size; None where there is none, or it is not known which."""
    found = of_today(name)
    return None if found is None or found.name == name.lower() else found.name


def elsewhere(name: str, *, smaller: bool = False) -> tuple[Model, ...]:
    """Other vendors' models of the same size, with `smaller` of all smaller sizes too; empty for an unknown size."""
    own = of_today(name)
    if own is None:
        return ()
    sizes = SIZES[SIZES.index(own.size) :] if smaller else (own.size,)
    return tuple(m for m in table().models if m.vendor != own.vendor and m.size in sizes)
