"""What a model costs on a day.

`PriceBook.rates` answers from, in this order: the user's aliases and contract prices, a dated snapshot of two public
catalogues, and our overlay of what both leave open. A name that is not known is `NoPrice`, never 0 and never the
price of another model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path

from bot.model import NoPrice, Rates, Tier
from bot.places import PINNED_PATH
from bot.prices.index import Found, Index, with_aliases
from bot.prices.overlay import PATH as OVERLAY_PATH
from bot.prices.overlay import Fact, Overlay
from bot.prices.overrides import Override, apply, chosen
from bot.prices.snapshot import PriceSet, Row, Snapshot, decode
from bot.prices.usage import price_usage

__all__ = ["PINNED_PATH", "Override", "PriceBook", "builtin", "price_usage", "rates_of"]

SNAPSHOT_PATH = Path(__file__).with_name("snapshot.json.z")
_NO_OVERRIDES: tuple[Override, ...] = ()


@lru_cache(maxsize=1)
def builtin() -> Index:
    """The snapshot that ships with this release, read at the first question."""
    return Index(decode(SNAPSHOT_PATH.read_bytes(), SNAPSHOT_PATH.name))


@lru_cache(maxsize=1)
def overlay() -> Overlay:
    """The overlay that ships with this release."""
    return Overlay.read(OVERLAY_PATH.read_text(encoding="utf-8"))


class PriceBook:
    """Prices on one day, for one configuration. Making one reads nothing; the first question reads the snapshot.

    `aliases` maps names of yours (an Azure deployment, a router alias) to a model, as `azure/gpt-4o` or `gpt-4o`.
    `pinned` is the content of a repository's own snapshot file, used in place of the one of this release.
    """

    def __init__(
        self,
        overrides: Sequence[Override] = _NO_OVERRIDES,
        aliases: Mapping[str, str] | None = None,
        *,
        on: date,
        pinned: bytes | None = None,
    ) -> None:
        self.overrides = tuple(overrides)
        self.aliases = dict(aliases or {})
        self.on = on
        self._pinned = pinned
        self._known: dict[tuple[str, str | None, str | None], Rates | NoPrice] = {}

    @cached_property
    def index(self) -> Index:
        """The names; reads the snapshot. ReviewError when a pinned one is broken."""
        return builtin() if self._pinned is None else Index(decode(self._pinned, PINNED_PATH))

    @property
    def as_of(self) -> date:
        """The day that the snapshot was built."""
        return self.index.snapshot.built

    def names(self, provider: str | None = None) -> tuple[str, ...]:
        """All models as `provider/model`, sorted; of one catalogue provider when given."""
        return self.index.names(provider)

    def rates(self, model: str, provider: str | None = None, variant: str | None = None) -> Rates | NoPrice:
        """The rates of a model as code or a log spells it. `provider` is a hint (an SDK or a host).

        `variant` asks for another way to buy it: "batch", "flex", "priority", "fast", "off_peak".
        """
        key = (model, provider, variant)
        if key not in self._known:
            self._known[key] = self._rates(model, provider, variant)
        return self._known[key]

    def row(self, model: str, provider: str | None = None) -> Row | None:
        """The catalogue's row behind `rates`: its history, variants and second opinion; None when there is none."""
        found = self.index.find(with_aliases(model, self.aliases), provider)
        return found.row if isinstance(found, Found) else None

    def facts(self, rates: Rates) -> tuple[Fact, ...]:
        """The rows of our overlay that apply to a model on this day, each with its source."""
        return overlay().matching(rates.provider, rates.model, self.on)

    def _rates(self, model: str, provider: str | None, variant: str | None) -> Rates | NoPrice:
        wanted = with_aliases(model, self.aliases)
        found = self.index.find(wanted, provider)
        row = found.row if isinstance(found, Found) else None
        names = [model, wanted, *([row.model, f"{row.provider}/{row.model}"] if row else [])]
        stating, discounting = chosen(self.overrides, names, [provider, row.provider if row else None], self.on)
        rates: Rates | None = None
        reason = ""
        if row is not None:
            rates = self._of_row(row, variant)
            reason = f"no price {f'as {variant} ' if variant else ''}known for {self.on}"
        elif not isinstance(found, Found):
            reason = found.reason
            if found.free:
                rates = self._free(wanted, provider, found.free)
        if isinstance(found, Found) and found.note and rates is not None:
            rates = replace(rates, source=f"{rates.source}; {found.note}")
        if rates is None and stating is not None:
            rates = self._blank(model, provider or "", "")
        if rates is None:
            return NoPrice(model=model, reason=reason, nearest=() if isinstance(found, Found) else found.nearest)
        return apply(rates, stating, discounting)

    def _of_row(self, row: Row, variant: str | None) -> Rates | None:
        prices = row.on(self.on, variant)
        if row.free and (prices is None or prices.empty):
            return self._free(row.model, row.provider, "the provider's free variant (`:free`)")
        if prices is None or prices.empty:
            return None
        rates = rates_of(row, prices, self.index.snapshot)
        if variant is None:
            rates = replace(rates, batch_factor=_batch_factor(prices, row.on(self.on, "batch")))
        filled = overlay().fill(rates, self.on)
        return filled if variant is None else replace(filled, batch_factor=None)

    def _blank(self, model: str, provider: str, source: str) -> Rates:
        return Rates(
            model=model, provider=provider, input_usd_per_mtok=None, output_usd_per_mtok=None, as_of=self.as_of,
            source=source,
        )  # fmt: skip

    def _free(self, model: str, provider: str | None, why: str) -> Rates:
        return replace(
            self._blank(model, provider or re.split("[/:]", model)[0], f"free: {why}"),
            input_usd_per_mtok=Decimal(0), output_usd_per_mtok=Decimal(0), free=True,
        )  # fmt: skip


def rates_of(row: Row, prices: PriceSet, snapshot: Snapshot) -> Rates:
    """A row's prices as Rates, before the overlay; units such as audio minutes are no tool fees and stay out."""
    source = snapshot.source_names(row.sources[:1] or "?")
    if len(row.sources) > 1:
        source += f", gaps from {snapshot.source_names(row.sources[1:])}"
    return Rates(
        model=row.model,
        provider=row.provider,
        input_usd_per_mtok=prices.input,
        output_usd_per_mtok=prices.output,
        cache_read_usd_per_mtok=prices.cache_read,
        cache_write_usd_per_mtok=prices.cache_write,
        cache_write_1h_usd_per_mtok=prices.cache_write_1h,
        usd_per_request=prices.per_request,
        tiers=tuple(
            Tier(
                above_input_tokens=above,
                input_usd_per_mtok=tier.input,
                output_usd_per_mtok=tier.output,
                cache_read_usd_per_mtok=tier.cache_read,
                cache_write_usd_per_mtok=tier.cache_write,
            )
            for above, tier in prices.tiers
        ),
        min_cacheable_tokens=row.min_cacheable_tokens,
        context_tokens=row.context_tokens,
        max_output_tokens=row.max_output_tokens,
        fees=dict(prices.per_use),
        as_of=snapshot.built,
        source=f"{source}, snapshot of {snapshot.built}",
        source_url=row.url,
    )


def _batch_factor(standard: PriceSet, batch: PriceSet | None) -> Decimal | None:
    """One factor for input and output; None where they differ (`variant="batch"` has the rates themselves)."""
    if batch is None:
        return None
    factors = {
        (b / s).quantize(Decimal("0.0001")).normalize()
        for s, b in ((standard.input, batch.input), (standard.output, batch.output))
        if s and b is not None
    }
    return factors.pop() if len(factors) == 1 else None
