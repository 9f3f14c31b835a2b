"""Builds a snapshot from the two catalogues: genai-prices first (dated, keeps retired models), litellm for the rest.

Run by `scripts/build_prices.py` at release time and by `aicost-review prices update`; never by a review. Files are
read as data, nothing of the packages is imported or run, nothing is fetched.
"""

from __future__ import annotations

import hashlib
import importlib.util
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from importlib import metadata
from pathlib import Path

from bot.errors import ReviewError
from bot.prices import read_genai, read_litellm
from bot.prices.index import Index
from bot.prices.names import shortened
from bot.prices.snapshot import Dated, PriceSet, Row, Snapshot, Source

# What counts as a difference between the catalogues.
DIFFERENCE = Decimal("0.01")
_RATES = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
_PACKAGES = {
    "genai-prices": ("genai_prices", "data.py"),
    "litellm": ("litellm", "model_prices_and_context_window_backup.json"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The text of a catalogue, and which release it is of."""

    name: str
    version: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def catalogue(name: str, path: Path | None = None) -> Catalogue:
    """A catalogue by package name: of the installed package, or of a wheel, a folder or the file given."""
    package, file = _PACKAGES[name]
    if path is None:
        spec = importlib.util.find_spec(package)  # finds without importing: litellm takes seconds and asks the network
        if spec is None or not spec.submodule_search_locations:
            raise ReviewError(
                f"the package {name} is not installed, so there is nothing to build prices from",
                f"Install it beside this tool (`pip install {name}`), or give its wheel or file: --{name} PATH.",
            )
        return _read(name, Path(spec.submodule_search_locations[0]) / file, metadata.version(name))
    if path.suffix == ".whl":
        try:
            with zipfile.ZipFile(path) as wheel:
                text = wheel.read(f"{package}/{file}").decode()
        except (OSError, KeyError, zipfile.BadZipFile, UnicodeDecodeError) as error:
            raise ReviewError(f"{path}: no wheel of {name} ({error})", f"It must hold {package}/{file}.") from error
        return Catalogue(name=name, version=path.name.split("-")[1], text=text)
    if path.is_dir():
        installed = [d.version for d in metadata.distributions(name=name, path=[str(path)])]
        return _read(name, path / package / file, installed[0] if installed else "unknown")
    # A price file by itself says no release: its name and content stand for it.
    return _read(name, path, "")


def _read(name: str, path: Path, version: str) -> Catalogue:
    try:
        raw = path.read_bytes()
        version = version or f"{path.name} (sha256 {hashlib.sha256(raw).hexdigest()[:12]})"
        return Catalogue(name=name, version=version, text=raw.decode())
    except (OSError, UnicodeDecodeError) as error:
        raise ReviewError(
            f"{path}: cannot be read ({error})", f"Give the wheel of {name}, or its price file."
        ) from error


def build(genai: Catalogue, litellm: Catalogue, built: date) -> Snapshot:
    """The merged snapshot; equal inputs give an equal one."""
    first = list(read_genai.read(genai.text, "g"))
    second = list(read_litellm.read(litellm.text, "l"))
    sources = tuple(
        Source(id=letter, name=c.name, version=c.version, sha256=c.sha256)
        for letter, c in (("g", genai), ("l", litellm))
    )
    first = [row for row in first if row.history or row.free]
    merged = merge(first, second, built)
    return Snapshot(built=built, sources=sources, rows=tuple(sorted(merged, key=lambda r: (r.provider, r.model))))


def merge(first: Sequence[Row], second: Iterable[Row], today: date) -> list[Row]:
    """Rows of the first catalogue, with gaps filled from the second; and the rows that only the second has."""
    index = Index(Snapshot(built=today, sources=(), rows=first))
    rows = list(first)
    own: dict[tuple[str, str], Row] = {}
    for row in sorted(second, key=lambda r: (r.provider, len(r.model), r.model)):
        match = _same_model(index, row)
        if match is None:
            own.setdefault((row.provider, row.model.lower()), row)
            continue
        n, dropped = match
        close = not differs(_now(rows[n], today), _now(row, today), ("input", "output"))
        if close or dropped == 0:
            rows[n] = _fill(rows[n], row, today, close=close)
        else:  # a dated name at another price is another product
            own.setdefault((row.provider, row.model.lower()), row)
    return rows + list(own.values())


def _same_model(index: Index, row: Row) -> tuple[int, int] | None:
    # Vertex and Gemini's own API are one provider to the first catalogue.
    providers = {"vertex": ("vertex", "google")}.get(row.provider, (row.provider,))
    for name, dropped in shortened(row.model.lower(), providers):
        for provider in providers:
            n = index.at(provider, name)
            if n is not None:
                return n, dropped or int(provider != row.provider)
    return None


def _now(row: Row, today: date) -> PriceSet:
    return row.on(today) or PriceSet()


def differs(a: PriceSet, b: PriceSet, fields: Sequence[str] = _RATES) -> bool:
    """Whether a rate that both know differs by more than 1 %."""
    for name in fields:
        x, y = getattr(a, name), getattr(b, name)
        if x is not None and y is not None and abs(x - y) > DIFFERENCE * max(x, y):
            return True
    return False


def _fill(row: Row, other: Row, today: date, *, close: bool) -> Row:
    """`row` with what only `other` knows. Rates are taken over only where the two agree on input and output."""
    filled = set(row.filled)
    changes: dict[str, object] = {}
    for name in ("context_tokens", "max_output_tokens", "min_cacheable_tokens", "retires", "mode"):
        if not getattr(row, name) and getattr(other, name):
            changes[name] = getattr(other, name)
            filled.add(name)
    here, there = _now(row, today), _now(other, today)
    if close and row.history:
        prices, names = _filled_prices(here, there)
        if names:  # the second catalogue is of today: what it adds belongs to the prices in force today
            changes["history"] = tuple(replace(d, prices=prices) if d.prices is here else d for d in row.history)
            filled |= names
        missing = {
            name: _while_in_force(theirs, row, here)
            for name in other.variants
            if name not in row.variants and (theirs := other.on(today, name))
        }
        if missing:
            changes["variants"] = {**row.variants, **missing}
            filled |= set(missing)
    if row.second is None and differs(here, there):
        changes["second"] = there
    known = {row.model, *row.aliases}
    changes["aliases"] = tuple(sorted({*row.aliases, *({other.model, *other.aliases} - known)}))
    sources = row.sources if other.sources in row.sources or not filled else row.sources + other.sources
    return replace(row, **changes, sources=sources, filled=tuple(sorted(filled)))  # type: ignore[arg-type]


def _while_in_force(prices: PriceSet, row: Row, here: PriceSet) -> tuple[Dated, ...]:
    """A variant of undated source: known only for as long as the standard prices that it was published beside."""
    n = next(n for n, dated in enumerate(row.history) if dated.prices is here)
    after = row.history[n + 1 : n + 2]
    return (Dated(since=row.history[n].since, prices=prices), *(Dated(since=d.since, prices=PriceSet()) for d in after))


def _filled_prices(here: PriceSet, there: PriceSet) -> tuple[PriceSet, set[str]]:
    names = {n for n in (*_RATES, "per_request") if getattr(here, n) is None and getattr(there, n) is not None}
    # A write fee that applies up to a tier only would be wrong above it.
    names -= {n for n in names if here.tiers and there.tiers == () and n in _RATES}
    changes: dict[str, object] = {name: getattr(there, name) for name in names}
    if here.tiers and names:
        steps = dict(there.tiers)
        if all(above in steps for above, _ in here.tiers):
            changes["tiers"] = tuple(
                (above, replace(tier, **{n: getattr(steps[above], n) for n in names & set(_RATES)}))
                for above, tier in here.tiers
            )
        else:
            return here, set()
    for name in ("per_use", "per_mtok"):
        more = {k: v for k, v in getattr(there, name).items() if k not in getattr(here, name)}
        if more:
            changes[name] = {**getattr(here, name), **more}
            names |= set(more)
    return replace(here, **changes), names  # type: ignore[arg-type]
