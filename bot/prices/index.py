"""From a model string to the row of a snapshot that prices it, or to why there is none."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.prices.names import VENDORS, Reading, canonical, shortened, spell
from bot.prices.snapshot import Row, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The row, and what there is to say of the way to it (`note`), such as a gateway's routing variant."""

    row: Row
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """No row: why, and the nearest names that have one. `free` when the name itself says that it costs nothing."""

    reason: str
    nearest: tuple[str, ...] = ()
    free: str = ""


class Index:
    """Names of one snapshot. Exact spellings win over `4.5`/`4-5` folding, and names over stems."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._keys: dict[str, dict[str, int]] = {}
        later: list[tuple[dict[str, int], str, int]] = []
        for n, provider, exact, stems in snapshot.spellings():
            keys = self._keys.setdefault(provider, {})
            for name in exact:
                keys.setdefault(name.lower(), n)
            later.extend((keys, stem.lower().rstrip("-@"), n) for stem in stems)
        for keys, name, n in later:
            keys.setdefault(name, n)
        for keys in self._keys.values():
            for name, n in list(keys.items()):
                if "." in name:
                    keys.setdefault(canonical(name), n)

    def names(self, provider: str | None = None) -> tuple[str, ...]:
        """The rows' own names as `provider/model`, sorted."""
        return tuple(sorted(f"{p}/{exact[0]}" for _, p, exact, _ in self.snapshot.spellings() if provider in (None, p)))

    def at(self, provider: str, name: str) -> int | None:
        """The row of this name at this provider, nothing shortened but the way that dots are written."""
        keys = self._keys.get(provider)
        if keys is None:
            return None
        found = keys.get(name)
        return keys.get(canonical(name)) if found is None else found

    def find(self, model: str, provider: str | None = None) -> Found | Missing:
        """The row for a model string, with the provider (an SDK's or catalogue's name) as a hint."""
        spelled = spell(model, provider)
        if spelled.unreadable:
            return Missing(reason=spelled.unreadable)
        ambiguous: tuple[str, ...] = ()
        for reading in spelled.readings:
            found = self._ask(reading)
            if isinstance(found, Found):
                return found
            ambiguous = ambiguous or found
        if spelled.free:
            return Missing(reason=spelled.free, free=spelled.free)
        if ambiguous:
            return Missing(reason="several providers host it at different prices: name the provider", nearest=ambiguous)
        return Missing(reason="no such model in the price snapshot", nearest=self.nearest(model))

    def _ask(self, reading: Reading) -> Found | tuple[str, ...]:
        for name, dropped in shortened(reading.name, reading.providers):
            for provider in reading.providers or VENDORS:
                n = self.at(provider, name)
                if n is not None:
                    return Found(row=self.snapshot.rows[n], note=_note(reading, name, dropped))
            if reading.providers is None:
                found = self._anywhere(name)
                if found:
                    return found if isinstance(found, tuple) else Found(row=found, note=_note(reading, name, dropped))
        return ()

    def _anywhere(self, name: str) -> Row | tuple[str, ...] | None:
        """A name that no maker has: the host's row, if all hosts ask the same; else who they are."""
        rows = [self.snapshot.rows[n] for p in self._keys if p not in VENDORS and (n := self.at(p, name)) is not None]
        if not rows:
            return None
        prices = {(r.history[-1].prices.input, r.history[-1].prices.output) for r in rows if r.history}
        if len(prices) <= 1:
            return rows[0]
        return tuple(f"{r.provider}/{r.model}" for r in rows[:5])

    def nearest(self, model: str, limit: int = 3) -> tuple[str, ...]:
        """Names that look like it, best first; the makers' names before those of hosts."""
        wanted = canonical(model).rpartition("/")[2].rpartition(":")[2] or canonical(model)
        for providers in (VENDORS, tuple(self._keys)):
            known = {key: (p, n) for p in reversed(providers) for key, n in self._keys.get(p, {}).items()}
            close = difflib.get_close_matches(wanted, known, n=limit * 3, cutoff=0.75)
            rows = dict.fromkeys(known[key] for key in close)
            if rows:
                return tuple(f"{p}/{self.snapshot.rows[n].model}" for p, n in list(rows)[:limit])
        return ()


def _note(reading: Reading, name: str, dropped: int) -> str:
    notes: Iterator[str] = filter(None, (reading.note, f"read as {name}" if dropped and name != reading.name else ""))
    return "; ".join(notes)


def with_aliases(model: str, aliases: Mapping[str, str]) -> str:
    """The name that the configuration gives to a deployment or router alias; one step, no chains."""
    if not aliases:
        return model
    wanted = model.strip().lower()
    folded = {alias.strip().lower(): target for alias, target in aliases.items()}
    return folded.get(wanted) or folded.get(wanted.partition("/")[2]) or model
