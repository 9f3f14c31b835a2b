"""Sites, rates and traffic for tests of money. A token is a word here, so that every expected number can be counted.

Rates are list prices: Claude Sonnet 4.5 3 / 15 USD, cache read 0.30, 5-minute write 3.75, 1-hour write 6
(https://platform.claude.com/docs/en/about-claude/pricing); GPT-4o 2.50 / 10, cached 1.25
(https://developers.openai.com/api/docs/pricing).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from bot.cost import Pricer
from bot.model import NoPrice, Range, Rates, RequestCount, RequestShape, Tier, TokenCount, Traffic
from prompts_scanner.model import CallSite, Hole, Piece, Retrieval, Setting, Span, Surface, Text, Tool

AT = Span("app/chat.py", 10, 20)
DAY = date(2026, 11, 24)


def rates(**changes: Any) -> Rates:
    """Claude Sonnet 4.5."""
    values: dict[str, Any] = {
        "model": "claude-sonnet-4-5",
        "provider": "anthropic",
        "input_usd_per_mtok": Decimal(3),
        "output_usd_per_mtok": Decimal(15),
        "cache_read_usd_per_mtok": Decimal("0.30"),
        "cache_write_usd_per_mtok": Decimal("3.75"),
        "cache_write_1h_usd_per_mtok": Decimal(6),
        "batch_factor": Decimal("0.5"),
        "batch_discounts_cached": True,
        "min_cacheable_tokens": 1024,
        "cache_ttl_seconds": 300,
        "cache_mode": "explicit",
        "context_tokens": 200_000,
        "max_output_tokens": 64_000,
        "as_of": DAY,
        "source": "test",
    }
    return Rates(**{**values, **changes})


def gpt_4o(**changes: Any) -> Rates:
    values: dict[str, Any] = {
        "model": "gpt-4o",
        "provider": "openai",
        "input_usd_per_mtok": Decimal("2.50"),
        "output_usd_per_mtok": Decimal(10),
        "cache_read_usd_per_mtok": Decimal("1.25"),
        "cache_write_usd_per_mtok": Decimal("2.50"),
        "cache_write_1h_usd_per_mtok": None,
        "batch_discounts_cached": False,
        "cache_increment_tokens": 128,
        "cache_mode": "automatic",
        "context_tokens": 128_000,
        "max_output_tokens": 16_384,
    }
    return rates(**{**values, **changes})


LONG_CONTEXT = Tier(
    above_input_tokens=200_000, input_usd_per_mtok=Decimal(6), output_usd_per_mtok=Decimal("22.50")
)  # Sonnet 4.5 above 200k


def words(n: int, word: str = "w") -> str:
    return " ".join([word] * n)


def setting(value: object) -> Setting:
    return Setting(values=(str(value),), resolution="literal", span=AT)


def hole(name: str = "now", *, volatile: bool = False) -> Hole:
    return Hole(name=name, reason="run-time value", span=AT, volatile=volatile)


def surface(role: Any, *parts: str | Hole, mark: bool = False) -> Surface:
    pieces = tuple(p if isinstance(p, Hole) else Piece(text=p, span=AT) for p in parts)
    return Surface(role=role, text=Text(pieces=pieces), span=AT, cache_mark=mark)


def system(*parts: str | Hole, mark: bool = False) -> Surface:
    return surface("system", *parts, mark=mark)


def user(*parts: str | Hole) -> Surface:
    return surface("user", *parts)


def tool(name: str, tokens: int, **changes: Any) -> Tool:
    return Tool(**{"name": name, "schema": words(tokens, name), "span": AT, **changes})


def top_k(k: int) -> Retrieval:
    return Retrieval(parameter="top_k", setting=setting(k), unit="chunks", span=AT)


def site(*surfaces: Surface, **changes: Any) -> CallSite:
    values: dict[str, Any] = {
        "id": "app/chat.py::answer#0",
        "sdk": "anthropic",
        "operation": "chat",
        "span": AT,
        "symbol": "answer",
        "context": "prod",
        "model": setting("claude-sonnet-4-5"),
        "provider": "anthropic",
        "surfaces": surfaces,
    }
    return CallSite(**{**values, **changes})


def count(shape: RequestShape) -> RequestCount:
    """One token a word, no overhead."""

    def one(text: str) -> TokenCount:
        return TokenCount(tokens=Range.exactly(len(text.split())), method="exact", source="words")

    return RequestCount(
        messages=tuple(one(text) for _, text in shape.messages),
        tools=tuple(one(t.schema) for t in shape.tools),
        schema=one(shape.schema) if shape.schema is not None else None,
        overhead=one(""),
    )


def traffic(**changes: Any) -> Traffic:
    return Traffic(**{"feature": "support", **changes})


def exactly(n: int) -> Range[int]:
    return Range.exactly(n)


def month(calls: int | str) -> Range[Decimal]:
    return Range.exactly(Decimal(calls))


def pricer(
    book: Mapping[str, Rates] | Rates | None = None,
    use: Traffic | Callable[[CallSite], Traffic | None] | None = None,
    **changes: Any,
) -> Pricer:
    """Prices from `book` (one Rates: for every model) and one traffic for every site."""

    def rates_of(model: str, provider: str | None) -> Rates | NoPrice:
        del provider
        if isinstance(book, Rates) or book is None:
            return book or rates()
        return book.get(model) or NoPrice(model=model, reason="not in the test's book")

    return Pricer(
        count=count,
        rates=rates_of,
        traffic=use if callable(use) else lambda _: use,
        feature=lambda _: "support",
        models=lambda _: (),
        **changes,
    )


def mtok(usd_per_mtok: str, tokens: int | str | Decimal) -> Decimal:
    """Dollars of some tokens, as a price page says it."""
    return Decimal(usd_per_mtok) * Decimal(tokens) / 1_000_000
