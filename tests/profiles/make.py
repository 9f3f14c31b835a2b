"""Small logs, and the profiles that are built from them in this process."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.profiles.build import account_text, build_profiles
from bot.profiles.engine.logs import Measured, Request, measure
from bot.profiles.schema import Profile
from bot.profiles.sources.row import Options

TODAY = date(2026, 11, 25)


@dataclass(frozen=True)
class Made:
    profiles: tuple[Profile, ...]
    measured: Measured

    @property
    def one(self) -> Profile:
        (profile,) = self.profiles
        return profile

    @property
    def account(self) -> str:
        return account_text(self.measured.aggregates, self.measured.origin)

    def total(self, token_class: str, model: str | None = None) -> float:
        """Tokens of a class over all calls."""
        return sum(m.mean[token_class] * m.n for p in self.profiles for m in p.models if model in (None, m.model))


def jsonl(path: Path, rows: Iterable[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def build(folder: Path, *logs: Path, min_cell: int = 1, **said: Any) -> Made:
    """`Options` and `Request` fields in one; profiles of even a single call, unless `min_cell` says otherwise."""
    work = folder / "work"
    work.mkdir()
    options = {k: said.pop(k) for k in ("feature", "model", "feature_from", "task_from", "columns") if k in said}
    request = Request(paths=logs, folder=work, options=Options(**options), **said)
    measured = measure(request, lambda *_: None)
    profiles = build_profiles(
        measured.aggregates, measured.origin, tool="aicost-review test", today=TODAY, min_cell=min_cell
    )
    return Made(profiles, measured)
