"""Profiles beside a bill of the same days: how far each model is off, and by how much the volume must be scaled.

A bill is of an organisation, a project or a key; profiles are of features. They compare where the profiles given are all
that the bill is of: what is in one and not in the other is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.errors import ReviewError
from bot.profiles.bill import Bill, BillRow
from bot.profiles.names import plain_name
from bot.profiles.schema import INPUT_CLASSES, OUTPUT_CLASSES, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Of some days: `requests` None where a bill does not say."""

    requests: float | None
    input_tokens: float
    cached_tokens: float
    output_tokens: float

    @property
    def tokens(self) -> float:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelGap:
    """One model in the log and on the bill; None where it is in one only. Names without the date of a release."""

    model: str
    logged: Totals | None
    billed: Totals | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """`factor`: billed ÷ logged volume of the models that are in both, by `basis`. `overlap`: the same days were compared."""

    models: tuple[ModelGap, ...]
    factor: float
    basis: str
    first: date
    last: date
    overlap: bool


def scale(profiles: Sequence[Profile], bill: Bill) -> Scaling:
    """Raises `ReviewError` where no model is in both."""
    starts, ends = [r.days[0] for r in bill.rows], [r.days[1] for r in bill.rows]
    first, last = min(starts), max(ends)
    shared_first = max([first, *(p.window.from_ for p in profiles)])
    shared_last = min([last, *(p.window.to for p in profiles)])
    overlap = shared_first <= shared_last
    if overlap:
        first, last = shared_first, shared_last
    rows = [r for r in bill.rows if first <= r.days[0] and r.days[1] <= last] if overlap else list(bill.rows)
    if not rows:
        raise ReviewError("the bill's periods are longer than the days it shares with the profiles.", "Ask for days.")
    days = (last - first).days + 1
    billed = _billed(rows)
    logged = _logged(profiles, first, last, overlap=overlap, days=days)
    gaps = tuple(
        ModelGap(model=m, logged=logged.get(m), billed=billed.get(m)) for m in sorted({*logged, *billed}, key=str)
    )
    both = [(g.logged, g.billed) for g in gaps if g.logged is not None and g.billed is not None]
    if not both:
        raise ReviewError(
            f"no model is both in the profiles ({', '.join(logged)}) and on the bill ({', '.join(billed)}).",
            "Group the export by model, or give the profiles of what the bill is of.",
        )
    by_requests = all(b.requests is not None for _, b in both)
    ours = sum((a.requests or 0) if by_requests else a.tokens for a, _ in both)
    theirs = sum((b.requests or 0) if by_requests else b.tokens for _, b in both)
    if ours <= 0 or theirs <= 0:
        raise ReviewError("nothing was logged or billed on the days that both have.", "Take a bill of the log's days.")
    return Scaling(
        models=gaps,
        factor=float(f"{theirs / ours:.6g}"),
        basis="requests" if by_requests else "tokens",
        first=first,
        last=last,
        overlap=overlap,
    )


def _billed(rows: Sequence[BillRow]) -> dict[str, Totals]:
    found: dict[str, list[BillRow]] = {}
    for row in rows:
        found.setdefault(plain_name(row.model) if row.model else "(all models)", []).append(row)
    return {
        model: Totals(
            requests=None if any(r.requests is None for r in part) else float(sum(r.requests or 0 for r in part)),
            input_tokens=sum(r.uncached_input + r.cache_read + r.cache_write for r in part),
            cached_tokens=sum(r.cache_read for r in part),
            output_tokens=sum(r.output for r in part),
        )
        for model, part in found.items()
    }


def _logged(profiles: Sequence[Profile], first: date, last: date, *, overlap: bool, days: int) -> dict[str, Totals]:
    """What the profiles say of so many days: the same days where the windows overlap, else days like theirs."""
    found: dict[str, Totals] = {}
    for profile in profiles:
        w = profile.window
        if overlap:
            inside = [n for d, n in enumerate(profile.calls.per_day) if first <= w.from_ + timedelta(days=d) <= last]
            calls = sum(inside) / profile.source.sampling_rate
        else:
            calls = profile.calls.n / profile.source.sampling_rate * days / w.days
        for model in profile.models:
            n = calls * model.n / profile.calls.n
            own = Totals(
                requests=n,
                input_tokens=n * sum(model.mean[c] for c in INPUT_CLASSES),
                cached_tokens=n * model.mean["cache_read"],
                output_tokens=n * sum(model.mean[c] for c in OUTPUT_CLASSES),
            )
            name = plain_name(model.model)
            before = found.get(name)
            found[name] = own if before is None else _plus(before, own)
    return found


def _plus(a: Totals, b: Totals) -> Totals:
    return Totals(
        requests=(a.requests or 0) + (b.requests or 0),
        input_tokens=a.input_tokens + b.input_tokens,
        cached_tokens=a.cached_tokens + b.cached_tokens,
        output_tokens=a.output_tokens + b.output_tokens,
    )
