"""A family's constants, refitted to a team's own bills, with the error before and after.

Only what the bills can tell is moved, and only within a factor of two of the bundled value: a log of one kind of request
cannot say what another kind costs. The error after is of requests that were left out of the fit. A family whose error does
not fall keeps its constants.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from bot.tokens.fit import Row, fit
from bot.tokens.request import Request
from bot.tokens.table import Constant, Family, Table, plain_name
from bot.tokens.things import all_things

# Fewer bills than this say too little about a family; a constant needs as many of its own.
MIN_ROWS = 20
FOLDS = 5
# The share of left-out bills that the new range should hold.
IN_RANGE_SHARE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A request and the input tokens that its provider billed, cached ones included."""

    request: Request
    billed_tokens: int
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Absolute relative errors in percent."""

    median_percent: Decimal
    p90_percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """`family` is the refitted one, or None with the `reason` why it stays."""

    name: str
    rows: int
    before: Errors | None
    after: Errors | None
    family: Family | None
    reason: str = ""


def calibrate(bills: Iterable[Bill], table: Table, source: str) -> tuple[Calibrated, ...]:
    """Every family that the bills are of, in the order of the table."""
    by_family: dict[str, list[Bill]] = {}
    for bill in bills:
        family, known = table.family(bill.request)
        if known and bill.billed_tokens > 0 and not _uncounted(bill.request):
            by_family.setdefault(family.name, []).append(bill)
    return tuple(_one(f, by_family[f.name], source) for f in table.families if f.name in by_family)


def _uncounted(request: Request) -> bool:
    """Bills that hold more than the constants are about."""
    return bool(request.hosted_tools) or any(m.images or m.unread for m in request.messages)


def _one(family: Family, bills: Sequence[Bill], source: str) -> Calibrated:
    if len(bills) < MIN_ROWS:
        reason = f"{len(bills)} bills, {MIN_ROWS} are needed"
        return Calibrated(name=family.name, rows=len(bills), before=None, after=None, family=None, reason=reason)
    rows = [row_of(bill, family) for bill in bills]
    start = [float(c.value) for c in family.constants]
    told = [sum(row.amounts[j] != 0 for row in rows) for j in range(len(start))]
    bounds = [sorted((s / 2, s * 2)) if n >= MIN_ROWS else [s, s] for s, n in zip(start, told, strict=True)]
    low, high = [b[0] for b in bounds], [b[1] for b in bounds]

    def fitted(some: Sequence[Row]) -> list[float]:
        return fit(some, start, low, high)

    left_out = list(_left_out(rows, fitted))
    before, after = _errors([(r, start) for r in rows]), _errors(left_out)
    if (after.median_percent, after.p90_percent) >= (before.median_percent, before.p90_percent):
        reason = "the bundled constants are as good"
        return Calibrated(name=family.name, rows=len(rows), before=before, after=after, family=None, reason=reason)
    below, above = _spread(left_out)
    constants = tuple(
        _constant(c, value, n, below, above, source)
        for c, value, n in zip(family.constants, fitted(rows), told, strict=True)
    )
    models = sorted({bill.request.model for bill in bills})
    own = replace(
        family,
        name=f"own-{family.name}",
        label=f"{family.label}, own bills",
        models=_exactly(models),
        method="calibrated",
        own_tokenizer=family.tokenizer,
        slack_tokens=1,
        constants=constants,
    )
    return Calibrated(name=family.name, rows=len(rows), before=before, after=after, family=own)


def row_of(bill: Bill, family: Family) -> Row:
    """How often each constant's thing occurs in the request, and its bill."""
    things = all_things(bill.request, family)
    amounts = tuple(float(things.get(c.of, 0)) if c.holds(bill.request, bill.on) else 0.0 for c in family.constants)
    return Row(amounts=amounts, billed=float(bill.billed_tokens))


def _left_out(rows: Sequence[Row], fitted: Callable[[Sequence[Row]], list[float]]) -> Iterator[tuple[Row, list[float]]]:
    """Each row with constants that were fitted without it."""
    for fold in range(FOLDS):
        kept = [r for i, r in enumerate(rows) if i % FOLDS != fold]
        constants = fitted(kept)
        yield from ((r, constants) for i, r in enumerate(rows) if i % FOLDS == fold)


def _errors(pairs: Iterable[tuple[Row, Sequence[float]]]) -> Errors:
    shares = sorted(abs(row.estimate(constants) / row.billed - 1) for row, constants in pairs)
    p90 = shares[math.ceil(0.9 * len(shares)) - 1]
    return Errors(median_percent=_percent(statistics.median(shares)), p90_percent=_percent(p90))


def _percent(share: float) -> Decimal:
    return Decimal(100 * share).quantize(Decimal("0.1"))


def _spread(pairs: Sequence[tuple[Row, Sequence[float]]]) -> tuple[float, float]:
    """How far, as a share of the estimate, bills lie below and above it; a token is left to the slack."""
    below, above = [], []
    for row, constants in pairs:
        likely = max(1.0, row.estimate(constants))
        below.append(max(0.0, (likely - 1 - row.billed) / likely))
        above.append(max(0.0, (row.billed - likely - 1) / likely))
    at = math.ceil((1 - (1 - IN_RANGE_SHARE) / 2) * len(pairs)) - 1
    return min(0.9, sorted(below)[at]), sorted(above)[at]


def _constant(old: Constant, value: float, told: int, below: float, above: float, source: str) -> Constant:
    digits = Decimal("0.001") if old.of.endswith("_token") else Decimal("0.1")
    likely = Decimal(value).quantize(digits)
    ends = sorted((Decimal(value * (1 - below)).quantize(digits), Decimal(value * (1 + above)).quantize(digits)))
    return replace(
        old,
        value=likely,
        low=min(likely, ends[0]),
        high=max(likely, ends[1]),
        rows=told,
        source=source if told >= MIN_ROWS else old.source,
    )


def _exactly(models: Sequence[str]) -> re.Pattern[str]:
    """These models and no others: what was not billed was not calibrated."""
    return re.compile("^(" + "|".join(re.escape(plain_name(m)) for m in models) + ")$")
