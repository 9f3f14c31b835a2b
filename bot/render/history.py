"""A history for a terminal, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from bot.economics import Amount
from bot.history import FeaturePoint, History, Move, Point, UnitCosts, by_what_is_known, moves
from bot.model import Usd
from bot.render.escape import visible
from bot.render.numbers import UNKNOWN, USD, Currency, count, money, money_range, plain, times

SCHEMA_VERSION: Final = "1"
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")
MAX_MOVES: Final = 15
_UNITS: Final = ("per_call", "dearest_call", "per_task", "per_outcome", "per_month")
_KINDS: Final = {
    "start": "start",
    "commit": "a commit that changed a call",
    "prices": "a day of new prices",
    "end": "today",
}


def render_json(found: History, *, tool_version: str, base: str) -> str:
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool_version": tool_version,
        "revision": base,
        "commits": found.commits,
        "since": found.first.isoformat() if found.first else None,
        "prices_as_of": found.prices_as_of.isoformat(),
        "undated_models": list(found.undated),
        "points": [_point(p) for p in found.points],
        "moves": [_move(m) for m in moves(found)],
        "notes": list(found.notes),
    }
    return json.dumps(document, indent=1) + "\n"


def _point(point: Point) -> dict[str, Any]:
    return {
        "kind": point.kind,
        "at": point.at.isoformat(),
        "commit": point.commit,
        "subject": point.subject,
        "pull_request": _request(point),
        "changed": list(point.changed),
        "features": [_feature(f) for f in point.features],
    }


def _request(point: Point) -> dict[str, Any] | None:
    request = point.pull_request
    return {"number": request.number, "url": request.url} if request is not None else None


def _feature(feature: FeaturePoint) -> dict[str, Any]:
    return {
        "feature": feature.feature,
        "sites": feature.sites,
        "models": list(feature.models),
        "at_prices_of_the_day": _costs(feature.then),
        "at_prices_of_today": _costs(feature.now),
    }


def _costs(costs: UnitCosts) -> dict[str, Any]:
    return {f"usd_{unit}": amount_json(getattr(costs, unit)) for unit in _UNITS}


def amount_json(amount: Amount) -> dict[str, Any]:
    """`usd` is null where a part is missing; `known_usd` is what is known of it."""
    return {
        "usd": None if amount.usd is None else usd_json(amount.usd),
        "known_usd": usd_json(amount.known),
        "missing": list(amount.missing),
    }


def usd_json(usd: Usd) -> dict[str, str]:
    return {name: exact(getattr(usd, name)) for name in ("low", "likely", "high")}


def exact(value: Decimal) -> str:
    """All digits up to the twelfth after the point."""
    return plain(round(value, 12)).replace(",", "")


def _move(move: Move) -> dict[str, Any]:
    values = {
        name: None if (usd := getattr(move, name)) is None else usd_json(usd)
        for name in ("code_usd_per_call", "code_usd_per_month", "price_usd_per_call")
    }
    return {
        "feature": move.feature,
        "kind": move.kind,
        "by": "price" if move.point.kind == "prices" else "code",
        "at": move.point.at.isoformat(),
        "commit": move.point.commit,
        "subject": move.point.subject,
        "pull_request": _request(move.point),
        **values,
    }


COLUMNS: Final = (
    "at", "kind", "commit", "pull_request", "url", "feature", "changed", "sites", "models",
    "usd_per_1k_calls_then", "usd_per_1k_calls_now", "usd_per_task_then", "usd_per_task_now",
    "usd_per_outcome_then", "usd_per_outcome_now", "usd_per_month_then", "usd_per_month_now", "missing", "subject",
)  # fmt: skip


def render_csv(found: History) -> str:
    """One row a point and feature. `then`: prices of the day, `now`: of today; the likely amount, "" where a part is missing."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for point in found.points:
        request = point.pull_request
        for one in point.features:
            amounts = [
                _whole(getattr(costs, unit), 1000 if unit == "per_call" else 1)
                for unit in ("per_call", "per_task", "per_outcome", "per_month")
                for costs in (one.then, one.now)
            ]
            writer.writerow([
                point.at.isoformat(), point.kind, point.commit, request.number if request else "",
                request.url if request else "", cell(one.feature), int(one.feature in point.changed), one.sites,
                cell(" ".join(one.models)), *amounts, "; ".join(one.now.per_call.missing), cell(point.subject),
            ])  # fmt: skip
    return out.getvalue()


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Rows of texts; numbers among them may begin with a sign."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([row[c] if _NUMBER.fullmatch(row[c]) else cell(row[c]) for c in columns])
    return out.getvalue()


def cell(text: str) -> str:
    """A spreadsheet takes a text that begins so for a formula. https://owasp.org/www-community/attacks/CSV_Injection"""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _whole(amount: Amount, factor: int) -> str:
    return "" if amount.usd is None else exact(amount.usd.likely * factor)


def render_terminal(found: History, currency: Currency = USD) -> str:
    if not found.features:
        return f"No call site in {count(found.commits)} commits{_since(found)}.\n"
    return "\n".join(_lines(found, currency)) + "\n"


def _since(found: History) -> str:
    return f" since {found.first}" if found.first else ""


def _lines(found: History, currency: Currency) -> Iterator[str]:
    changed = sum(p.kind == "commit" for p in found.points)
    yield f"{count(found.commits)} commits{_since(found)}; {count(changed)} of them changed what a call costs or sends."
    yield ""
    width = min(48, max(len(visible(f)) for f in found.features))
    yield f"  {'feature'.ljust(width)}  {'start':>12}  {'today':>12}  {'by code':>12}  {'by prices':>12}   per 1,000 calls of each site"
    first, last = found.points[0], found.points[-1]
    for name in found.features:
        old, new = first.feature(name), last.feature(name)
        cells = (_amount(old, currency), _amount(new, currency), *_moved(old, new, currency))
        yield "  " + visible(name)[:width].ljust(width) + "".join(f"  {c:>12}" for c in cells)
    yield ""
    yield "  start: at the prices of that day. by code: at today's prices. ≥: a part only a run knows is not in it."
    listed, same = by_what_is_known(moves(found))
    if listed or same:
        yield ""
        yield "What moved it"
        for move in listed[:MAX_MOVES]:
            yield f"  {move_text(move, currency)}"
        if len(listed) > MAX_MOVES:
            yield f"  and {count(len(listed) - MAX_MOVES)} more: --format csv"
        if same:
            yield f"  and {count(same)} that cost the same: --format csv"
    if found.undated:
        yield ""
        yield f"No dated price in the catalogue, today's is taken for every day: {', '.join(map(visible, found.undated))}."
    yield from found.notes


def _amount(feature: FeaturePoint | None, currency: Currency) -> str:
    if feature is None:
        return "–"
    amount = feature.then.per_call
    shown = money(amount.known.likely * 1000, currency)
    if amount.usd is not None:
        return shown
    return f"≥ {shown}" if amount.known.likely > 0 else UNKNOWN


def _moved(old: FeaturePoint | None, new: FeaturePoint | None, currency: Currency) -> tuple[str, str]:
    """By the code: today's prices on both codes. By the prices: the rest of the whole difference."""
    if old is None or new is None:
        return ("new" if old is None else "gone"), "–"
    was, now = old.now.per_call, new.now.per_call
    if was.missing != now.missing or (now.missing and not (was.known.high and now.known.high)):
        return UNKNOWN, UNKNOWN
    code = new.now.per_call.known.likely - old.now.per_call.known.likely
    whole = new.then.per_call.known.likely - old.then.per_call.known.likely
    return tuple(money(usd * 1000, currency, signed=True) for usd in (code, whole - code))  # type: ignore[return-value]


def move_text(move: Move, currency: Currency = USD) -> str:
    """One line: day, feature, amount, and what did it."""
    point = move.point
    usd = move.price_usd_per_call if point.kind == "prices" else move.code_usd_per_call
    amount = money_range(times(usd, 1000), currency, signed=True) if usd is not None else UNKNOWN
    month = f", {money_range(m, currency, signed=True)} a month" if (m := move.code_usd_per_month) is not None else ""
    if point.kind == "prices":
        by = f"prices of {visible(point.subject)}"
    elif point.pull_request is not None:
        by = f"#{point.pull_request.number} {visible(point.subject)}  {visible(point.pull_request.url)}".rstrip()
    else:
        by = f"{point.commit[:12]} {visible(point.subject)}"
    kind = "" if move.kind == "changed" else f" ({move.kind})"
    return f"{point.at.date()}  {visible(move.feature)}{kind}: {amount} per 1,000 calls{month}  by {by}"
