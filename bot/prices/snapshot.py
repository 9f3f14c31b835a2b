"""The price snapshot: its values and its file format.

A snapshot is one zlib-compressed JSON object, `{"schema", "date", "sources", "urls", "rows"}`; a row is what one
provider asks for one model, with its price history. Amounts are strings of decimals, per million tokens unless the
name says otherwise. Short keys keep the file small: they are spelled out in `_PRICE_KEYS` and `Row`.

A snapshot may come from a repository under review, so reading it trusts nothing: a size cap, and ReviewError for
whatever does not fit the format.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, overload

from bot.errors import ReviewError

SCHEMA = "aicost-prices/1"
# Ten times the size of today's snapshot: room to grow, and no bomb can fill the memory.
MAX_BYTES = 64_000_000

# key in the file -> attribute of PriceSet
_PRICE_KEYS = {"i": "input", "o": "output", "r": "cache_read", "w": "cache_write", "h": "cache_write_1h"}
_HINT = "Build it again with `aicost-review prices update`, or delete the file to use the built-in prices."


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSet:
    """Prices in force together: USD per million tokens by token class, the tiers, and what is billed per use.

    `tiers` are (above how many input tokens, prices of the whole request). `per_use` maps a hosted tool or a unit such
    as `image` to USD per use; `per_mtok` maps other token kinds (`input_audio`) to USD per million.
    """

    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    tiers: tuple[tuple[int, PriceSet], ...] = ()
    per_request: Decimal | None = None
    per_use: Mapping[str, Decimal] = field(default_factory=dict)
    per_mtok: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        known = (self.input, self.output, self.per_request)
        return all(v is None for v in known) and not self.per_use and not self.per_mtok


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """Prices from a day on (None: since ever)."""

    since: date | None
    prices: PriceSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One model of one provider.

    `sources` are letters of `Snapshot.sources`, the first one being where the history is from; `filled` names the
    fields that the second one gave. `variants` are other ways to buy it: batch, flex, priority, fast, off_peak.
    `second` is what the second catalogue says where it differs by more than 1 %. `stems` are names that a date may
    follow; `aliases` are exact other names.
    """

    provider: str
    model: str
    aliases: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()
    history: tuple[Dated, ...] = ()
    variants: Mapping[str, tuple[Dated, ...]] = field(default_factory=dict)
    second: PriceSet | None = None
    context_tokens: int | None = None
    max_output_tokens: int | None = None
    min_cacheable_tokens: int | None = None
    sources: str = ""
    filled: tuple[str, ...] = ()
    url: str = ""
    retires: str = ""
    mode: str = ""
    free: bool = False

    def on(self, day: date, variant: str | None = None) -> PriceSet | None:
        """The prices in force on a day; None when nothing is known for that day."""
        dated = self.history if variant is None else self.variants.get(variant, ())
        chosen = [d for d in dated if d.since is None or d.since <= day]
        return chosen[-1].prices if chosen and not chosen[-1].prices.empty else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    id: str
    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All rows, and where and when they were taken."""

    built: date
    sources: tuple[Source, ...]
    rows: Sequence[Row]

    def source_names(self, letters: str) -> str:
        """The names and versions behind a row's letters: `genai-prices 0.2.3 + litellm 1.110.2`."""
        by_id = {s.id: f"{s.name} {s.version}" for s in self.sources}
        return " + ".join(by_id.get(letter, letter) for letter in letters)

    def spellings(self) -> Iterator[tuple[int, str, Sequence[str], Sequence[str]]]:
        """(index, provider, exact names, stems) of every row, without making a Row of it."""
        if isinstance(self.rows, _LazyRows):
            yield from self.rows.spellings()
            return
        for n, row in enumerate(self.rows):
            yield n, row.provider, (row.model, *row.aliases), row.stems


class _LazyRows(Sequence[Row]):
    """Rows of a file, made into values one by one: a run asks for a handful of some thousands."""

    def __init__(self, raw: Sequence[Mapping[str, Any]], urls: Sequence[str], name: str) -> None:
        self._raw, self._urls, self._name = raw, urls, name

    def __len__(self) -> int:
        return len(self._raw)

    @overload
    def __getitem__(self, n: int) -> Row: ...
    @overload
    def __getitem__(self, n: slice) -> Sequence[Row]: ...
    def __getitem__(self, n: int | slice) -> Row | Sequence[Row]:
        if isinstance(n, slice):
            return [self[k] for k in range(*n.indices(len(self._raw)))]
        try:
            return _row_in(self._raw[n], self._urls)
        except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
            raise ReviewError(f"{self._name}: row {n} is not a price row ({error!r})", _HINT) from error

    def spellings(self) -> Iterator[tuple[int, str, Sequence[str], Sequence[str]]]:
        for n, row in enumerate(self._raw):
            yield n, row["p"], (row["m"], *row.get("a", ())), row.get("s", ())


def encode(snapshot: Snapshot) -> bytes:
    """The file's bytes; equal snapshots give equal bytes."""
    urls = sorted({row.url for row in snapshot.rows})
    number = {url: n for n, url in enumerate(urls)}
    data = {
        "schema": SCHEMA,
        "date": snapshot.built.isoformat(),
        "sources": [{"id": s.id, "name": s.name, "version": s.version, "sha256": s.sha256} for s in snapshot.sources],
        "urls": urls,
        "rows": [_row_out(row, number[row.url]) for row in snapshot.rows],
    }
    text = json.dumps(data, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return zlib.compress(text.encode(), 9)


def decode(raw: bytes, name: str = "price snapshot") -> Snapshot:
    """Read a snapshot's bytes; ReviewError when they are not one. Rows become values only when asked for."""
    try:
        inflater = zlib.decompressobj()
        text = inflater.decompress(raw, MAX_BYTES)
        if not inflater.eof:
            raise ReviewError(f"{name}: cut short, or larger than {MAX_BYTES:,} bytes", _HINT)
        data = json.loads(text)
        if data["schema"] != SCHEMA:
            raise ReviewError(f"{name}: schema {data['schema']!r}, expected {SCHEMA!r}", _HINT)
        rows = _LazyRows(data["rows"], data["urls"], name)
        for _ in rows.spellings():
            pass
        return Snapshot(
            built=date.fromisoformat(data["date"]), sources=tuple(Source(**s) for s in data["sources"]), rows=rows
        )
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReviewError(f"{name}: not a price snapshot ({error})", _HINT) from error


def _money(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite() or value < 0:
        raise ValueError(f"not a price: {text}")
    return value


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text


def _prices_out(prices: PriceSet) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, name in _PRICE_KEYS.items():
        value = getattr(prices, name)
        if value is not None:
            out[key] = _plain(value)
    if prices.per_request is not None:
        out["q"] = _plain(prices.per_request)
    if prices.tiers:
        out["t"] = [[above, _prices_out(tier)] for above, tier in prices.tiers]
    if prices.per_use:
        out["e"] = {k: _plain(v) for k, v in sorted(prices.per_use.items())}
    if prices.per_mtok:
        out["k"] = {k: _plain(v) for k, v in sorted(prices.per_mtok.items())}
    return out


def _prices_in(raw: Mapping[str, Any]) -> PriceSet:
    rates: dict[str, Any] = {name: _money(raw[key]) for key, name in _PRICE_KEYS.items() if key in raw}
    return PriceSet(
        **rates,
        tiers=tuple((int(above), _prices_in(tier)) for above, tier in raw.get("t", ())),
        per_request=_money(raw["q"]) if "q" in raw else None,
        per_use={k: _money(v) for k, v in raw.get("e", {}).items()},
        per_mtok={k: _money(v) for k, v in raw.get("k", {}).items()},
    )


def _dated_out(dated: Sequence[Dated]) -> list[Any]:
    return [[d.since.isoformat() if d.since else "", _prices_out(d.prices)] for d in dated]


def _dated_in(raw: Sequence[Any]) -> tuple[Dated, ...]:
    return tuple(Dated(since=date.fromisoformat(day) if day else None, prices=_prices_in(p)) for day, p in raw)


# key in the file -> attribute of Row, for the plain ones
_ROW_KEYS = {
    "p": "provider",
    "m": "model",
    "a": "aliases",
    "s": "stems",
    "c": "context_tokens",
    "x": "max_output_tokens",
    "n": "min_cacheable_tokens",
    "o": "sources",
    "f": "filled",
    "d": "retires",
    "y": "mode",
    "free": "free",
}


def _row_out(row: Row, url: int) -> dict[str, Any]:
    out: dict[str, Any] = {k: v for k, name in _ROW_KEYS.items() if (v := getattr(row, name))}
    out["u"] = url
    out["h"] = _dated_out(row.history)
    if row.variants:
        out["v"] = {name: _dated_out(dated) for name, dated in sorted(row.variants.items())}
    if row.second is not None:
        out["2"] = _prices_out(row.second)
    return out


def _row_in(raw: Mapping[str, Any], urls: Sequence[str]) -> Row:
    plain: dict[str, Any] = {
        name: tuple(raw[k]) if isinstance(raw[k], list) else raw[k] for k, name in _ROW_KEYS.items() if k in raw
    }
    return Row(
        **plain,
        history=_dated_in(raw["h"]),
        variants={name: _dated_in(dated) for name, dated in raw.get("v", {}).items()},
        second=_prices_in(raw["2"]) if "2" in raw else None,
        url=str(urls[raw["u"]]),
    )
