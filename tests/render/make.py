"""Reviews for the renderers, priced by formula: a token is a word, rates are those of `tests.cost.make`.

`support` is the change of a support bot: its prompt grows, and so does the number of retrieved chunks of another call.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.compare import compare
from bot.cost import Pricer
from bot.direction import direction_of
from bot.model import Change, Coverage, PricedSite, Range, Review, Traffic, Verdict
from prompts_scanner.model import CallSite, Gap, Hole, Piece, Setting, Span, Surface, Text, Tool
from tests.cost.make import DAY, count, exactly, gpt_4o, month, rates, words

BOOK = {
    "claude-sonnet-4-5": rates(),
    "gpt-4o": gpt_4o(),
    "gpt-4o-mini": gpt_4o(
        model="gpt-4o-mini", input_usd_per_mtok=Decimal("0.15"), output_usd_per_mtok=Decimal("0.60"),
        cache_read_usd_per_mtok=Decimal("0.075"),
    ),
}  # fmt: skip


def at(path: str, line: int, last: int | None = None) -> Span:
    return Span(path, line, last or line)


def setting(value: str, span: Span, *more: str) -> Setting:
    return Setting(values=(value, *more), resolution="literal", span=span)


def prompt(text: str | Hole, span: Span) -> Surface:
    piece = text if isinstance(text, Hole) else Piece(text=text, span=span)
    return Surface(role="system", text=Text(pieces=(piece,)), span=span)


def site(path: str, symbol: str, line: int, model: str, *surfaces: Surface, **changes: Any) -> CallSite:
    span = at(path, line, line + 6)
    values: dict[str, Any] = {
        "id": f"{path}::{symbol}::chat",
        "sdk": "anthropic",
        "operation": "chat",
        "span": span,
        "symbol": symbol,
        "context": "prod",
        "model": setting(model, span),
        "surfaces": surfaces,
    }
    return CallSite(**{**values, **changes})


def tool(name: str, tokens: int, span: Span) -> Tool:
    return Tool(name=name, schema=words(tokens, name), span=span)


def use(feature: str, calls: int | None = None, output: int | None = None, dynamic: int | None = None) -> Traffic:
    return Traffic(
        feature=feature,
        calls_per_month=month(calls) if calls is not None else None,
        output_tokens=exactly(output) if output is not None else None,
        dynamic_input_tokens=exactly(dynamic) if dynamic is not None else None,
        source=".aicost.yml",
    )


def pricer(traffic: dict[str, Traffic] | None = None, features: dict[str, str] | None = None) -> Pricer:
    """Traffic and feature by the symbol of the call."""
    from bot.model import NoPrice

    known, names = traffic or {}, features or {}
    return Pricer(
        count=count,
        rates=lambda model, _: BOOK.get(model) or NoPrice(model=model, reason="not in the test's book"),
        traffic=lambda s: known.get(s.symbol),
        feature=lambda s: names.get(s.symbol, known[s.symbol].feature if s.symbol in known else ""),
        models=lambda _: (),
    )


def review(
    changes: Iterable[Change] = (), sites: Iterable[PricedSite] = (), *, gaps: Iterable[Gap] = (), **more: Any
) -> Review:
    changes, sites, gaps = tuple(changes), tuple(sites), tuple(gaps)
    values: dict[str, Any] = {
        "schema_version": "1",
        "tool_version": "0.1.0",
        "base": "a" * 40,
        "head": "b" * 40,
        "prices_as_of": DAY,
        "changes": changes,
        "sites": sites,
        "advice": (),
        "verdict": Verdict(outcome="pass"),
        "gaps": gaps,
        "new_gaps": gaps,
        "coverage": Coverage(
            sites=len(sites), priced=len(sites), no_price=0, model_unknown=0, files_seen=30, files_parsed=12
        ),
        "direction": direction_of(changes, gaps),
    }
    return Review(**{**values, **more})


def of_pairs(pairs: Iterable[tuple[CallSite | None, CallSite | None]], prices: Pricer, **more: Any) -> Review:
    both = tuple(pairs)
    changes = compare(both, prices, 5)
    return review(changes, [prices.against(both).price(head) for _, head in both if head is not None], **more)


def answer(words_of_prompt: int, model: str = "claude-sonnet-4-5") -> CallSite:
    return site(
        "agents/support.py", "answer", 41, model, prompt(words(words_of_prompt), at("prompts/support.md", 1, 40))
    )


def classify(model: str) -> CallSite:
    return site("agents/triage.py", "classify", 12, model, prompt(words(600), at("agents/triage.py", 3)))


TRAFFIC = {"answer": use("support", 180_000, 350, 0), "classify": use("triage", 90_000, 10, 0)}


def support(**more: Any) -> Review:
    """+1,150 tokens × 3 USD/M × 180,000 = +621.00; 4o → mini: 600 × 2.35/M + 10 × 9.40/M = 0.001504 × 90,000 = −135.36."""
    pairs = [(answer(3_200), answer(4_350)), (classify("gpt-4o"), classify("gpt-4o-mini"))]
    return of_pairs(pairs, pricer(TRAFFIC), **more)


def without_traffic(**more: Any) -> Review:
    return of_pairs([(answer(3_200), answer(4_350))], pricer(), **more)


def nothing(**more: Any) -> Review:
    return of_pairs([(answer(3_200), answer(3_200))], pricer(), **more)


def gap(path: str, reason: str = "the model is chosen at run time", weight: int = 60) -> Gap:
    return Gap(span=at(path, 7), reason=reason, weight=weight)


def renamed(change: Change, text: str) -> Change:
    """A change whose every text of the repository is `text`."""
    span = Span(text, 3, 3)
    causes = tuple(replace(c, detail=text, span=span) for c in change.causes)
    after = None
    if change.after is not None:
        inner = replace(change.after.site, id=text, symbol=text, span=span, sdk=text)
        after = replace(change.after, site=inner, feature=text)
    return replace(change, id=text, feature=text, label=text, span=span, causes=causes, after=after)


def exact_usd(amount: str) -> Range[Decimal]:
    return Range.exactly(Decimal(amount))
