"""From a model string to the row of a snapshot that prices it, or to why there is none."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

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

    @cached_property
    def _keys(self) -> Mapping[str, dict[str, int]]:
        """By provider every name with its row. Made at the first question: the day of the snapshot needs none of it."""
        all_keys: dict[str, dict[str, int]] = {}
        later: list[tuple[dict[str, int], str, int]] = []
        for n, provider, exact, stems in self.snapshot.spellings():
            keys = all_keys.setdefault(provider, {})
            for name in exact:
                keys.setdefault(name.lower(), n)
            later.extend((keys, stem.lower().rstrip("-@"), n) for stem in stems)
        for keys, name, n in later:
            keys.setdefault(name, n)
        for keys in all_keys.values():
            for name, n in list(keys.items()):
                if "." in name:
                    keys.setdefault(canonical(name), n)
        return all_keys

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
        spelled = spell(model, provider, self._keys)
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
            return Missing(reason="its price depends on who hosts it: name the provider", nearest=ambiguous)
        reason = "no such model in the price snapshot"
        if spelled.deployment:
            reason += "; a deployment's name is yours: say under aliases which model it is"
        return Missing(reason=reason, nearest=self.nearest(model))

    def _ask(self, reading: Reading) -> Found | tuple[str, ...]:
        names = tuple(shortened(reading.name, reading.providers))
        for provider in reading.providers or VENDORS:
            for name, dropped in names:
                n = self.at(provider, name)
                if n is not None:
                    return Found(row=self.snapshot.rows[n], note=_note(reading, name, dropped))
        if reading.providers is None:
            for name, dropped in names:
                hosts = self._hosts(name)
                if hosts:
                    row = _agreed(hosts, name)
                    return Found(row=row, note=_note(reading, name, dropped)) if row else _names(hosts)
        return ()

    def _hosts(self, name: str) -> list[Row]:
        """Who offers a model that no maker sells by this name."""
        return [self.snapshot.rows[n] for p in self._keys if p not in VENDORS and (n := self.at(p, name)) is not None]

    def nearest(self, model: str, limit: int = 3) -> tuple[str, ...]:
        """Names that look like it, best first; the makers' names before those of hosts."""
        wanted = _last(canonical(model))
        for providers in (VENDORS, tuple(self._keys)):
            known = {_last(key): (p, n) for p in reversed(providers) for key, n in self._keys.get(p, {}).items()}
            close = difflib.get_close_matches(wanted, known, n=limit * 3, cutoff=0.75)
            rows = dict.fromkeys(known[key] for key in close)
            if rows:
                return tuple(f"{p}/{self.snapshot.rows[n].model}" for p, n in list(rows)[:limit])
        return ()


def _last(name: str) -> str:
    return name.rpartition("/")[2] or name


def _agreed(hosts: list[Row], name: str) -> Row | None:
    """The row to take when only hosts have a model: if they ask the same, else none.

    An open model's id (`Qwen/Qwen2.5-72B-Instruct`) is everybody's; a plain name is that of the host in the well-kept
    catalogue, whatever resellers in the long tail call theirs.
    """
    kept = [row for row in hosts if row.sources.startswith("g") and row.history]
    asked = hosts if "/" in name else kept
    prices = {(row.history[-1].prices.input, row.history[-1].prices.output) for row in asked if row.history}
    return kept[0] if kept and len(prices) == 1 else None


def _names(rows: list[Row]) -> tuple[str, ...]:
    return tuple(f"{row.provider}/{row.model}" for row in rows[:5])


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
