"""Our own small table of what no catalogue says: `overlay.toml`, every row with its source and the day of checking.

It only fills what a catalogue leaves open. Rows of a kind are read from the top; for each field the first row that
matches provider, model and day gives the value, so the special stands above the general.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from bot.errors import ReviewError
from bot.model import Rates
from bot.prices.names import canonical

PATH = Path(__file__).with_name("overlay.toml")
KINDS = ("cache", "batch", "fees", "premium", "free")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A row: for which models of which providers, since when, the values, and where they are from."""

    kind: str
    providers: tuple[str, ...]
    models: tuple[str, ...]
    values: Mapping[str, Any]
    url: str
    checked: date
    comment: str
    since: date | None = None
    until: date | None = None

    def applies(self, provider: str, model: str, on: date) -> bool:
        if (self.since and on < self.since) or (self.until and on > self.until):
            return False
        name = canonical(model)
        return any(fnmatchcase(provider, p) for p in self.providers) and any(
            fnmatchcase(name, canonical(m)) for m in self.models
        )


class Overlay:
    """The facts, in order."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = tuple(facts)

    @classmethod
    def read(cls, text: str) -> Overlay:
        """ReviewError when a row is not whole: our own mistake, or that of a fork."""
        facts = []
        try:
            data = tomllib.loads(text, parse_float=Decimal)
            for kind, rows in data.items():
                if kind not in KINDS:
                    raise KeyError(kind)
                for row in rows:
                    values = dict(row)
                    facts.append(
                        Fact(
                            kind=kind,
                            providers=tuple(values.pop("providers")),
                            models=tuple(values.pop("models", ["*"])),
                            url=values.pop("url"),
                            checked=values.pop("checked"),
                            comment=values.pop("comment"),
                            since=values.pop("since", None),
                            until=values.pop("until", None),
                            values=values,
                        )
                    )
        except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ReviewError(f"price overlay: {error!r}", "Mend bot/prices/overlay.toml.") from error
        return cls(facts)

    def matching(self, provider: str, model: str, on: date) -> tuple[Fact, ...]:
        """The rows that give a value, of all kinds, in order, each with the values that it gives."""
        out, given = [], set[tuple[str, str]]()
        for fact in self.facts:
            if fact.applies(provider, model, on):
                own = {name: value for name, value in fact.values.items() if (fact.kind, name) not in given}
                given |= {(fact.kind, name) for name in own}
                if own:
                    out.append(replace(fact, values=own))
        return tuple(out)

    def values(self, kind: str, provider: str, model: str, on: date) -> dict[str, Any]:
        """The values of a kind by name; the first row that has one gives it."""
        out: dict[str, Any] = {}
        for fact in self.facts:
            if fact.kind == kind and fact.applies(provider, model, on):
                out = {**fact.values, **out}
        return out

    def fill(self, rates: Rates, on: date) -> Rates:
        """`rates` with what they leave open."""
        where = (rates.provider, rates.model, on)
        cache, batch, fees = (self.values(kind, *where) for kind in ("cache", "batch", "fees"))
        caches = rates.cache_read_usd_per_mtok is not None
        rates = replace(
            rates,
            batch_factor=rates.batch_factor or _decimal(batch.get("factor")),
            batch_discounts_cached=batch.get("cached"),
            fees={**{name: Decimal(usd) for name, usd in fees.items()}, **rates.fees},
            fee_sources={
                name: f"{fact.url}, checked {fact.checked}"
                for fact in self.matching(*where)
                for name in (fact.values if fact.kind == "fees" else ())
                if name not in rates.fees
            },
        )
        if not caches:  # no price for a read: nothing is known of a cache, its limits would mislead
            return replace(rates, min_cacheable_tokens=None)
        write = rates.cache_write_usd_per_mtok or _times(rates.input_usd_per_mtok, cache.get("write_factor"))
        tiers = tuple(
            replace(
                tier,
                cache_write_usd_per_mtok=tier.cache_write_usd_per_mtok
                or _times(tier.input_usd_per_mtok, cache.get("write_factor")),
            )
            for tier in rates.tiers
        )
        return replace(
            rates,
            tiers=tiers,
            cache_write_usd_per_mtok=write,
            cache_write_1h_usd_per_mtok=rates.cache_write_1h_usd_per_mtok
            or _times(rates.input_usd_per_mtok, cache.get("write_1h_factor")),
            min_cacheable_tokens=rates.min_cacheable_tokens or cache.get("min_tokens"),
            cache_increment_tokens=cache.get("increment_tokens"),
            cache_ttl_seconds=cache.get("ttl_seconds"),
            cache_mode=cache.get("mode"),
            cache_storage_usd_per_mtok_hour=_decimal(cache.get("storage_usd_per_mtok_hour")),
        )


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _times(rate: Decimal | None, factor: Any) -> Decimal | None:
    return None if rate is None or factor is None else rate * Decimal(factor)
