"""A quarter's review as markdown and as JSON: figures first, then who kept to the budget, what moved it, what was accepted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from bot.economics import Amount
from bot.history import Move, UnitCosts
from bot.model import Usd
from bot.quarter import Adherence, FeatureQuarter, QuarterReview, Taken
from bot.render.escape import code, link, md
from bot.render.history import amount_json, exact, move_text, usd_json
from bot.render.numbers import UNKNOWN, USD, Currency, count, money, money_range, percent, plain, times

SCHEMA: Final = "aicost-quarter/1"
LIMITS: Final = {
    "usd_per_call": "cost per call",
    "usd_per_task": "cost per task",
    "usd_per_outcome": "cost per outcome",
    "usd_per_month": "cost per month",
}
SPEND_NOTE: Final = (
    "Spend is calls a month (policy and traffic profiles) × the cost of a call at each day's prices, for as long as each "
    "state of the code stood. It is an estimate and no invoice."
)


def unit_of(costs: UnitCosts | None) -> tuple[str, Amount | None]:
    """The unit that finance asks for: an outcome where it is known, else a task, else 1,000 calls."""
    if costs is None:
        return "", None
    for name, amount in (("outcome", costs.per_outcome), ("task", costs.per_task)):
        if amount.usd is not None:
            return name, amount
    return "1,000 calls", Amount(known=times(costs.per_call.known, 1000), missing=costs.per_call.missing)


def units(one: FeatureQuarter) -> tuple[str, Amount | None, Amount | None]:
    """Start and end in one unit: that of the end where both sides have it, else 1,000 calls."""
    (first, a), (last, b) = unit_of(one.start), unit_of(one.end)
    if a is None or b is None or first == last:
        return last or first, a, b
    sides = [
        Amount(known=times(c.per_call.known, 1000), missing=c.per_call.missing) if c else None
        for c in (one.start, one.end)
    ]
    return "1,000 calls", sides[0], sides[1]


def amount(value: Amount | None, currency: Currency = USD) -> str:
    if value is None:
        return "–"
    if value.usd is not None:
        return str(money(value.usd.likely, currency))
    return f"≥ {money(value.known.likely, currency)}" if value.known.likely > 0 else UNKNOWN


def trend(start: Amount | None, end: Amount | None) -> str:
    """By how much the unit became dearer; unknown unless both sides lack the same."""
    if start is None or end is None:
        return "new" if end is not None else "gone" if start is not None else "–"
    if start.missing != end.missing or not start.known.likely:
        return UNKNOWN
    return str(percent(end.known.likely / start.known.likely - 1)) if end.known.likely != start.known.likely else "0%"


def signed(usd: Usd | None, currency: Currency = USD, factor: int = 1) -> str:
    return UNKNOWN if usd is None else str(money(usd.likely * factor, currency, signed=True))


def days(value: Decimal) -> str:
    return str(plain(round(value, 1)))


def kept(one: Adherence) -> str:
    """The outcome in words."""
    if one.outcome == "exceeded":
        return f"exceeded on {days(one.days_over)} of {days(one.days)} days"
    if one.outcome == "unknown":
        return f"unknown on {days(one.days_unknown)} of {days(one.days)} days" if one.days else "never there"
    return "kept"


def claimed(one: Taken, currency: Currency = USD) -> str:
    usd = one.claimed_usd_per_month
    return UNKNOWN if usd is None else str(money_range(-usd, currency, signed=True))


def measured(one: Taken, currency: Currency = USD) -> str:
    return (
        UNKNOWN
        if one.measured_usd_per_month is None
        else str(money(-one.measured_usd_per_month, currency, signed=True))
    )


def title(found: QuarterReview) -> str:
    return f"AI cost of {found.repository}, {found.quarter.name}"


def period(found: QuarterReview) -> str:
    last = found.until - timedelta(days=1)
    so_far = "" if found.until == found.quarter.end else ", so far"
    return f"{found.quarter.first} to {last}{so_far}"


# -- markdown -----------------------------------------------------------------------------------------------------------


def render_markdown(found: QuarterReview, currency: Currency = USD) -> str:
    return "\n".join(_lines(found, currency)) + "\n"


def _lines(found: QuarterReview, currency: Currency) -> Iterator[str]:
    yield f"# {md(title(found))}"
    yield ""
    over = sum(a.outcome == "exceeded" for a in found.adherence)
    yield f"- Period: {period(found)}"
    yield f"- Estimated spend: **{amount(found.spend, currency)}**"
    yield f"- Limits: {count(len(found.adherence))}, {count(over)} exceeded"
    yield f"- Waivers: {count(len(found.waivers))} in {count(found.reviews_read)} reviews read"
    if currency.note:
        yield f"- {currency.note}"
    yield ""
    yield SPEND_NOTE
    yield ""
    yield "## Spend and unit cost"
    yield ""
    rows = [_feature(f, currency) for f in found.features]
    yield from _table(("Feature", "Spend", "Unit", "Start", "End", "Trend", "By code", "By prices"), rows, "-r-rrrrr")
    yield ""
    yield "≥: a part is not known and not in it. By code and by prices: of 1,000 calls of each call site."
    yield ""
    yield "## Budgets"
    yield ""
    if found.adherence:
        yield from _table(
            ("Limit", "For", "At most", "At the end", "Highest", "Outcome"),
            [_limit(a, currency) for a in found.adherence],
            "--rrr-",
        )
        yield ""
        yield "Limits on what one change may add are judged at each pull request and not here."
    else:
        yield "The policy has no limit on an amount."
    yield ""
    yield "## What moved it"
    yield ""
    yield from (_mover(move, currency) for move in found.movers)
    if not found.movers:
        yield "Nothing moved a cost."
    yield ""
    yield "## Waivers"
    yield ""
    if found.waivers:
        yield from _table(("Limit", "Was", "Accepted by", "Why", "Review"), [
            (md(f"{w.budget}{f' of {w.feature}' if w.feature else ''}: {w.limit}"), md(w.actual), md(f"{w.by} ({w.role})"), md(w.why, 400), md(w.source))
            for w in found.waivers
        ], "-----")  # fmt: skip
    else:
        yield (
            f"None in {count(found.reviews_read)} stored reviews."
            if found.reviews_read
            else "No stored review was given: --reviews FILES."
        )
    yield ""
    yield "## Edits of the policy"
    yield ""
    for edit in found.edits:
        request = edit.pull_request
        who = md(f"#{request.number}") if request is not None else md(edit.commit[:12])
        who = link(who, request.url) if request is not None and request.url else who
        yield f"- {edit.at.date()} {who}: {md('; '.join(edit.changes), 600)}"
    if not found.edits:
        yield "None."
    yield ""
    yield "## Savings: claimed and measured"
    yield ""
    if found.taken:
        yield from _table(("Feature", "Advice taken", "Claimed a month", "Measured a month", "By"), [
            (md(t.feature), md("; ".join(a.title for a in t.advice), 400), claimed(t, currency), measured(t, currency), md(t.note, 300))
            for t in found.taken
        ], "--rr-")  # fmt: skip
        yield ""
        yield "Measured: the mean call by the old profile and code less that by the new, × the new volume; other changes are in it too."
    else:
        yield "No advice of the start was taken."
    for note in found.notes:
        yield ""
        yield md(note, 400)


def _mover(move: Move, currency: Currency) -> str:
    point, request = move.point, move.point.pull_request
    by_price = point.kind == "prices"
    usd = move.price_usd_per_call if by_price else move.code_usd_per_call
    amount_ = UNKNOWN if usd is None else money_range(times(usd, 1000), currency, signed=True)
    month = move.code_usd_per_month
    monthly = f", {money_range(month, currency, signed=True)} a month" if month is not None else ""
    by = md(f"#{request.number}") if request is not None else code(point.commit[:12])
    by = link(by, request.url) if request is not None and request.url else by
    what = f"new prices of {md(point.subject)}" if by_price else f"{by} {md(point.subject)}"
    kind = "" if move.kind == "changed" else f" ({move.kind})"
    return f"- {point.at.date()} **{md(move.feature)}**{kind}: {amount_} per 1,000 calls{monthly}: {what}"


def _feature(one: FeatureQuarter, currency: Currency) -> tuple[str, ...]:
    unit, start, end = units(one)
    name = one.outcome_name if unit == "outcome" and one.outcome_name else unit
    return (
        md(one.feature), amount(one.spend, currency), md(name), amount(start, currency), amount(end, currency),
        trend(start, end), signed(one.by_code_usd_per_call, currency, 1000), signed(one.by_price_usd_per_call, currency, 1000),
    )  # fmt: skip


def _limit(one: Adherence, currency: Currency) -> tuple[str, ...]:
    return (
        LIMITS[one.kind], md(one.feature or "everything"), str(money(one.limit_usd, currency)),
        amount(one.at_end, currency), amount(one.worst, currency), kept(one),
    )  # fmt: skip


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], sides: str) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "|".join("--:" if side == "r" else "---" for side in sides) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


# -- JSON ---------------------------------------------------------------------------------------------------------------


def render_json(found: QuarterReview, *, tool_version: str) -> str:
    document = {
        "schema": SCHEMA,
        "tool_version": tool_version,
        "quarter": found.quarter.name,
        "first_day": found.quarter.first.isoformat(),
        "last_day": (found.until - timedelta(days=1)).isoformat(),
        "repository": found.repository,
        "revision": found.revision,
        "spend": amount_json(found.spend),
        "features": [_feature_json(f) for f in found.features],
        "limits": [
            {
                "key": a.key, "feature": a.feature, "kind": a.kind, "limit_usd": exact(a.limit_usd),
                "at_end": amount_json(a.at_end) if a.at_end is not None else None,
                "highest": amount_json(a.worst) if a.worst is not None else None,
                "days_over": days(a.days_over), "days_unknown": days(a.days_unknown), "days": days(a.days),
                "outcome": a.outcome,
            }
            for a in found.adherence
        ],
        "movers": [move_text(m) for m in found.movers],
        "waivers": [
            {"by": w.by, "role": w.role, "why": w.why, "budget": w.budget, "limit": w.limit, "actual": w.actual,
             "feature": w.feature, "head": w.head, "source": w.source}
            for w in found.waivers
        ],
        "reviews_read": found.reviews_read,
        "policy_edits": [
            {"at": e.at.isoformat(), "commit": e.commit, "changes": list(e.changes),
             "pull_request": e.pull_request.number if e.pull_request is not None else None}
            for e in found.edits
        ],
        "savings": [
            {"feature": t.feature, "advice": [a.title for a in t.advice],
             "claimed_usd_per_month": usd_json(t.claimed_usd_per_month) if t.claimed_usd_per_month is not None else None,
             "measured_usd_per_month": exact(t.measured_usd_per_month) if t.measured_usd_per_month is not None else None,
             "note": t.note}
            for t in found.taken
        ],
        "notes": list(found.notes),
    }  # fmt: skip
    return json.dumps(document, indent=1) + "\n"


def _feature_json(one: FeatureQuarter) -> dict[str, Any]:
    def costs(side: UnitCosts | None) -> dict[str, Any] | None:
        if side is None:
            return None
        return {f"usd_{n}": amount_json(getattr(side, n)) for n in ("per_call", "per_task", "per_outcome", "per_month")}

    return {
        "feature": one.feature,
        "outcome_name": one.outcome_name,
        "spend": amount_json(one.spend),
        "start": costs(one.start),
        "end": costs(one.end),
        "by_code_usd_per_call": usd_json(one.by_code_usd_per_call) if one.by_code_usd_per_call is not None else None,
        "by_price_usd_per_call": usd_json(one.by_price_usd_per_call) if one.by_price_usd_per_call is not None else None,
    }
