"""Changes priced by the real pricer: a token is a word (see tests/cost/make.py), Claude Sonnet 4.5 at 3 / 15 USD."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.compare import compare
from bot.gate import judge
from bot.model import Budgets, Finding, Limit, NoPrice, Rates, Traffic, Verdict
from bot.pair import Pair
from prompts_scanner.model import CallSite, Gap
from tests.cost.make import exactly, month, pricer, site, system, traffic, words

CALLS = 100_000
OUTPUT = 200


def use(**changes: Any) -> Traffic:
    """100,000 calls a month, two calls a task, 200 tokens out, nothing at run time but that."""
    values = {
        "calls_per_month": month(CALLS),
        "calls_per_task": Decimal(2),
        "dynamic_input_tokens": exactly(0),
        "output_tokens": exactly(OUTPUT),
        "success_share": Decimal("0.8"),
        "outcome_share": Decimal("0.5"),
        "cache_hit_share": Decimal(0),
    }
    return traffic(**{**values, **changes})


def prompt(tokens: int, **changes: Any) -> CallSite:
    return site(system(words(tokens)), **changes)


def call_usd(tokens: int, output: int = OUTPUT) -> Decimal:
    """3 USD per million in, 15 out."""
    return (Decimal(3) * tokens + Decimal(15) * output) / 1_000_000


def limit(kind: Any, amount: Decimal | int | str, level: Any = "fail") -> Limit:
    return Limit(kind=kind, amount=Decimal(amount), level=level, key=f"budgets.test.{kind}")


def verdict(
    base: CallSite | Sequence[CallSite] | None,
    head: CallSite | Sequence[CallSite] | None,
    budgets: Budgets,
    use_: Traffic | Any = None,
    *,
    feature: Any = None,
    gaps: Sequence[Gap] = (),
    book: Any = None,
    noise: int = 5,
) -> Verdict:
    """Judge a change of sites with equal ids; what has no twin came or went."""
    old, new = ({s.id: s for s in _sites(side)} for side in (base, head))
    pairs: tuple[Pair, ...] = tuple((old.get(key), new.get(key)) for key in dict.fromkeys([*old, *new]))
    worth = pricer(book, use_ if use_ is not None else use())
    if feature is not None:
        worth = replace(worth, feature=feature)
    worth = worth.against(pairs)
    changes = compare(pairs, worth, noise)
    return judge(changes, [worth.price(s) for s in old.values()], [worth.price(s) for s in new.values()], gaps, budgets)


def _sites(side: CallSite | Sequence[CallSite] | None) -> list[CallSite]:
    return [] if side is None else [side] if isinstance(side, CallSite) else list(side)


def only(found: Verdict) -> Finding:
    (finding,) = found.findings
    return finding


def no_price(model: str) -> NoPrice | Rates:
    return NoPrice(model=model, reason="private")
