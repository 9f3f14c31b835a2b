"""Contract prices and discounts, from the configuration: they come before any catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase

from bot.model import Rates, Tier
from bot.prices.names import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What you pay, for models that match a glob (`gpt-4o*`; `*` all) of a provider (`azure`; `*` any).

    Either absolute rates (USD per million tokens, those given; they need no catalogue row), or `discount_share`
    (0.15 = 15 % off the catalogue's token rates), or both: then the discount is off the rest. In force from `since`
    up to and with `until`. `note` is shown as the source. Globs are matched, without case, with the model as written
    and as the catalogue calls it.
    """

    model: str
    provider: str = "*"
    input_usd_per_mtok: Decimal | None = None
    output_usd_per_mtok: Decimal | None = None
    cache_read_usd_per_mtok: Decimal | None = None
    cache_write_usd_per_mtok: Decimal | None = None
    cache_write_1h_usd_per_mtok: Decimal | None = None
    batch_factor: Decimal | None = None
    usd_per_request: Decimal | None = None
    discount_share: Decimal | None = None
    since: date | None = None
    until: date | None = None
    note: str = "contract price"

    def __post_init__(self) -> None:
        share = self.discount_share
        if share is not None and not 0 <= share <= 1:
            raise ValueError(f"discount_share is a share between 0 and 1, not {share}")
        for name in ABSOLUTE:
            value = getattr(self, name)
            if value is not None and (not value.is_finite() or value < 0):
                raise ValueError(f"{name} is not a price: {value}")

    @property
    def absolute(self) -> dict[str, Decimal]:
        """The rates that it states."""
        return {name: value for name in ABSOLUTE if (value := getattr(self, name)) is not None}

    def applies(self, names: Iterable[str], providers: Iterable[str | None], on: date) -> bool:
        if (self.since and on < self.since) or (self.until and on > self.until):
            return False
        wanted, whose = canonical(self.model), self.provider.strip().lower()
        return any(fnmatchcase(canonical(name), wanted) for name in names) and (
            whose == "*" or any(p is not None and fnmatchcase(p.lower(), whose) for p in providers)
        )


ABSOLUTE = (
    "input_usd_per_mtok",
    "output_usd_per_mtok",
    "cache_read_usd_per_mtok",
    "cache_write_usd_per_mtok",
    "cache_write_1h_usd_per_mtok",
    "batch_factor",
    "usd_per_request",
)
_DISCOUNTED = ABSOLUTE[:5]


def chosen(
    overrides: Sequence[Override], names: Sequence[str], providers: Sequence[str | None], on: date
) -> tuple[Override | None, Override | None]:
    """(the first that states rates, the first that gives a discount) of those that apply; the order is the user's."""
    matching = [o for o in overrides if o.applies(names, providers, on)]
    stating = next((o for o in matching if o.absolute), None)
    discounting = next((o for o in matching if o.discount_share is not None), None)
    return stating, discounting


def apply(rates: Rates, stating: Override | None, discounting: Override | None) -> Rates:
    """The catalogue's rates after discount, then the stated ones in their place.

    A stated input or output rate is what you pay at any length: the catalogue's tiers of long requests go.
    """
    notes = []
    if discounting is not None and discounting.discount_share:
        rates = discounted(rates, 1 - discounting.discount_share)
        notes.append(f"{discounting.note}: {discounting.discount_share * 100:f} % off")
    if stating is not None:
        absolute = stating.absolute
        rates = replace(rates, **absolute, free=False)  # type: ignore[arg-type]
        if {"input_usd_per_mtok", "output_usd_per_mtok"} & set(absolute):
            rates = replace(rates, tiers=())
        notes.append(stating.note)
    return replace(rates, source="; ".join([*notes, rates.source])) if notes else rates


def discounted(rates: Rates, factor: Decimal) -> Rates:
    """All token rates, tiers included, times a factor. Fees and the price per request stay."""

    def times(value: Decimal | None) -> Decimal | None:
        return None if value is None else value * factor

    tiers = tuple(
        Tier(
            above_input_tokens=tier.above_input_tokens,
            **{f.name: times(getattr(tier, f.name)) for f in fields(Tier) if f.name != "above_input_tokens"},
        )
        for tier in rates.tiers
    )
    return replace(rates, **{n: times(getattr(rates, n)) for n in _DISCOUNTED}, tiers=tiers)  # type: ignore[arg-type]
