"""A month of every call site in the columns of FOCUS 1.2, so that showback lands in the tools that finance has.

These are estimates, not an invoice: BilledCost is 0, for it is the model's provider that is paid (FOCUS asks for 0 where
a third party receives the payment); EffectiveCost is what the calls cost. Call sites without a known volume or price
have no row; `left_out` counts them. https://focus.finops.org/focus-specification/v1-2/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final

from bot.model import CostLine, PricedSite, Rates, TokenClass

MILLION: Final = Decimal(1_000_000)
PRICING_UNIT: Final = "1000000 Tokens"
COLUMNS: Final = (
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingAccountType", "BillingCurrency", "BillingPeriodEnd",
    "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd",
    "ChargePeriodStart", "CommitmentDiscountCategory", "CommitmentDiscountId", "CommitmentDiscountName",
    "CommitmentDiscountStatus", "CommitmentDiscountType", "ConsumedQuantity", "ConsumedUnit", "ContractedCost", "ContractedUnitPrice", "EffectiveCost",
    "InvoiceIssuerName", "ListCost", "ListUnitPrice", "PricingCategory", "PricingCurrency", "PricingQuantity", "PricingUnit",
    "ProviderName", "PublisherName", "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType", "ServiceCategory",
    "ServiceName", "ServiceSubcategory", "SkuId", "SkuMeter", "SkuPriceId", "SubAccountId", "SubAccountName",
    "SubAccountType", "Tags", "x_IsEstimate", "x_ListPriceKnown", "x_Method",
)  # fmt: skip
# Of a token class: the meter, and how its tokens are called in a sentence.
_METERS: Final[dict[TokenClass, tuple[str, str]]] = {
    "input": ("Input Tokens", "input tokens"),
    "cache_read": ("Cached Input Tokens", "input tokens read from a cache"),
    "cache_write": ("Cache Write Tokens", "input tokens written to a cache"),
    "output": ("Output Tokens", "output tokens"),
    "reasoning": ("Reasoning Tokens", "reasoning tokens"),
    "request": ("Requests", "requests"),
}
Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who the rows are for. `repository` is the sub-account; `id` is the organisation's billing account, as it names it."""

    id: str
    name: str
    repository: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    first: date
    end: date

    @classmethod
    def of(cls, day: date) -> Month:
        first = day.replace(day=1)
        return cls(first=first, end=date(first.year + first.month // 12, first.month % 12 + 1, 1))


@dataclass(frozen=True, slots=True)
class _Charge:
    """Tokens (or requests) of one class in a month, and what they cost."""

    quantity: Decimal
    usd: Decimal
    method: str


def rows_of(
    priced: Sequence[PricedSite], listed: Sequence[PricedSite], month: Month, account: Account
) -> tuple[tuple[Row, ...], int]:
    """The rows, and how many call sites have none. `listed`: the same sites at list prices, without any contract."""
    out: list[Row] = []
    left_out = 0
    for own, public in zip(priced, listed, strict=True):
        rows = list(_rows(own, public, month, account))
        out += rows
        left_out += not rows
    return tuple(out), left_out


def _rows(own: PricedSite, public: PricedSite, month: Month, account: Account) -> Iterator[Row]:
    calls = own.traffic.calls_per_month if own.traffic is not None else None
    if calls is None or not isinstance(own.rates, Rates):
        return
    charges = _charges(own, calls.likely)
    list_charges = _charges(public, calls.likely) if isinstance(public.rates, Rates) else {}
    for token_class, charge in charges.items():
        known = list_charges.get(token_class)
        yield _row(own, own.rates, token_class, charge, known, month, account)


def _charges(site: PricedSite, calls: Decimal) -> dict[TokenClass, _Charge]:
    """By class; every token is in one. Lines whose amount is not known are in none."""
    out: dict[TokenClass, _Charge] = {}
    for line in site.cost.lines:
        for name, quantity, usd in _parts(line, calls):
            before = out.get(name, _Charge(Decimal(0), Decimal(0), ""))
            methods = dict.fromkeys(m for m in (*before.method.split("+"), line.method) if m)
            out[name] = _Charge(before.quantity + quantity, before.usd + usd, "+".join(methods))
    return {name: c for name, c in out.items() if c.quantity}


def _parts(line: CostLine, calls: Decimal) -> Iterator[tuple[TokenClass, Decimal, Decimal]]:
    if line.usd_per_use is not None:
        yield "request", calls, line.usd_per_use * calls
    elif line.tokens_per_call is not None and line.usd_per_mtok is not None:
        tokens = line.tokens_per_call.likely * calls
        for name, share, usd in line.mix or ((line.token_class, Decimal(1), line.usd_per_mtok),):
            yield name, tokens * share, tokens * share * usd / MILLION


def _row(
    site: PricedSite,
    rates: Rates,
    token_class: TokenClass,
    charge: _Charge,
    known: _Charge | None,
    month: Month,
    account: Account,
) -> Row:
    meter, words = _METERS[token_class]
    by_use = token_class == "request"
    quantity = charge.quantity if by_use else charge.quantity / MILLION
    public = known or charge
    start, end = (_moment(day) for day in (month.first, month.end))
    tags = {"feature": site.feature, "repository": account.repository, "symbol": site.site.symbol}
    if site.traffic is not None and site.traffic.outcome_name:
        tags["outcome"] = site.traffic.outcome_name
    return dict.fromkeys(COLUMNS, "") | {
        "BilledCost": "0.0",
        "BillingAccountId": account.id,
        "BillingAccountName": account.name,
        "BillingAccountType": "Showback",
        "BillingCurrency": "USD",
        "BillingPeriodEnd": end,
        "BillingPeriodStart": start,
        "ChargeCategory": "Usage",
        "ChargeDescription": f"{rates.model}: {words} of {site.feature}, estimated from code and traffic",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": end,
        "ChargePeriodStart": start,
        "ConsumedQuantity": number(charge.quantity),
        "ConsumedUnit": "Requests" if by_use else "Tokens",
        "ContractedCost": number(charge.usd),
        "ContractedUnitPrice": number(charge.usd / quantity),
        "EffectiveCost": number(charge.usd),
        "InvoiceIssuerName": rates.provider,
        "ListCost": number(public.usd * charge.quantity / public.quantity),
        "ListUnitPrice": number(public.usd / (public.quantity if by_use else public.quantity / MILLION)),
        "PricingCategory": "Standard",
        "PricingCurrency": "USD",
        "PricingQuantity": number(quantity),
        "PricingUnit": "Requests" if by_use else PRICING_UNIT,
        "ProviderName": rates.provider,
        "PublisherName": rates.provider,
        "ResourceId": site.site.id,
        "ResourceName": f"{site.site.span.path}:{site.site.span.first_line}",
        "ResourceType": "Call Site",
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": f"{rates.provider} API",
        "ServiceSubcategory": "Generative AI",
        "SkuId": rates.model,
        "SkuMeter": meter,
        "SkuPriceId": f"{rates.model}/{token_class}",
        "SubAccountId": account.repository,
        "SubAccountName": account.repository,
        "SubAccountType": "Repository",
        "Tags": json.dumps(tags, ensure_ascii=False, sort_keys=True),
        "x_IsEstimate": "true",
        "x_ListPriceKnown": "true" if known is not None else "false",
        "x_Method": charge.method,
    }


def number(value: Decimal) -> str:
    """Digits and a point, so that no reader takes a column for whole numbers; no exponent, no separators.

    https://focus.finops.org/focus-specification/v1-2/#numericformat
    """
    whole, _, part = f"{round(value, 12):f}".partition(".")
    return f"{whole}.{part.rstrip('0') or '0'}"


def _moment(day: date) -> str:
    return datetime.combine(day, time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
