"""What the page shows, in words and figures, before any layout: cards, tables with their details, data of the charts.

A table is `{id, title, note, columns, rows}`. A cell is a text, `[text, what it is sorted by]`, or with a third item the
address that it links to. A row has its `repository`, `feature` and `models` for the filters, and `details` to unfold.
All figures are made by `bot.render.numbers`; the page rounds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal
from urllib.parse import quote

from bot.economics import Amount
from bot.history import History, Move, moves
from bot.model import NO_USD, Usd
from bot.portfolio import PARTS, FeatureCost, Part, Portfolio, RepositoryPart, Saving, Site
from bot.render.escape import visible
from bot.render.numbers import UNKNOWN, USD, Currency, about_tokens, count, money, money_range, percent, plain, times

CALLS: Final = 1_000
MAX_TEXT_CHARS: Final = 400
Cell = str | list[Any]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page is made from. `title` names what it is about, `lead` are sentences under it."""

    title: str
    portfolio: Portfolio
    currency: Currency = USD
    history: History | None = None
    lead: tuple[str, ...] = ()


def figures(shown: Shown) -> Json:
    """All of the page's data, ready for JSON."""
    portfolio = shown.portfolio
    pages = {r.name: r for r in portfolio.repositories}
    by_feature = _mean_calls(portfolio)
    tables = [
        _features_table(portfolio, shown.currency, by_feature),
        _sites_table(portfolio, shown.currency, pages),
        _savings_table(portfolio, shown.currency, pages),
        *([moves_table(moves(shown.history), shown.currency)] if shown.history is not None else []),
        _gaps_table(portfolio, pages),
    ]
    return {
        "title": text(shown.title),
        "lead": [text(t) for t in shown.lead],
        "cards": _cards(portfolio, shown.currency),
        "filters": {
            "repository": [r.name for r in portfolio.repositories] if len(portfolio.repositories) > 1 else [],
            "feature": sorted({s.feature for s in portfolio.sites}),
            "model": sorted({m for s in portfolio.sites for m in s.models[:1]}),
        },
        "tables": [t for t in tables if t["rows"] or t["id"] != "moves"],
        "data": {
            "spend": _spend(portfolio, shown.currency),
            "parts": _composition(by_feature, shown.currency, several=len(portfolio.repositories) > 1),
            "history": history_rows(shown.history, shown.currency) if shown.history is not None else [],
        },
        "assumptions": _assumptions(portfolio, shown),
    }


def text(value: str) -> str:
    """Text of a repository for the page: bounded, and characters without a shape by their number."""
    return visible(value, MAX_TEXT_CHARS)


# -- cards --------------------------------------------------------------------------------------------------------------


def _cards(portfolio: Portfolio, currency: Currency) -> list[Json]:
    month, without = portfolio.usd_per_month
    sites, unpriced = len(portfolio.sites), sum(s.price != "known" for s in portfolio.sites)
    together = [r.together_usd_per_month for r in portfolio.repositories if r.together_usd_per_month is not None]
    saved = NO_USD
    for one in together:
        saved = saved + one
    heavy = sum(g.weight >= 50 for g in portfolio.gaps)
    return [
        {
            "name": "A month",
            "value": money(month.likely, currency) if month is not None else UNKNOWN,
            "note": (f"{money_range(month, currency)}; " if month is not None and not month.is_exact else "")
            + (f"without {_sites(without, of=sites)}, whose month is not known" if without else f"all {_sites(sites)}"),
        },
        {
            "name": "Call sites",
            "value": count(sites),
            "note": f"{count(unpriced)} without a price" if unpriced else "all with a price",
        },
        {"name": "Features", "value": count(len(portfolio.features)), "note": _repositories(portfolio)},
        {
            "name": "Advice together",
            "value": f"{money(-saved.likely, currency, signed=True)} a month" if together else UNKNOWN,
            "note": (f"{money_range(-saved, currency, signed=True)}; " if together and not saved.is_exact else "")
            + f"{count(len(portfolio.savings))} pieces, no token saved twice",
        },
        {
            "name": "Not understood",
            "value": count(len(portfolio.gaps)),
            "note": f"{count(heavy)} of them may hide a cost"
            if heavy
            else "none of them likely hides a cost"
            if portfolio.gaps
            else "all that was seen was read",
        },
    ]


def _sites(n: int, *, of: int | None = None) -> str:
    """`1 call site`, `3 of 5 call sites`."""
    return f"{count(n)}{f' of {count(of)}' if of else ''} call site{'' if (of or n) == 1 else 's'}"


def _repositories(portfolio: Portfolio) -> str:
    n = len(portfolio.repositories)
    return f"in {count(n)} repositories" if n > 1 else text(portfolio.repositories[0].name) if n else ""


# -- tables -------------------------------------------------------------------------------------------------------------


def amount_cell(amount: Amount, currency: Currency, factor: int = 1) -> Cell:
    """An amount, or at least how much; sorted by what is known of it."""
    known = times(amount.known, factor)
    if amount.usd is not None:
        return [money(known.likely, currency), float(known.likely)]
    if known.likely > 0:
        return [f"≥ {money(known.likely, currency)}", float(known.likely)]
    return [UNKNOWN, -1.0]


def _usd(usd: Usd | None, currency: Currency, factor: int = 1) -> Cell:
    if usd is None:
        return [UNKNOWN, -1.0]
    return [money(usd.likely * factor, currency), float(usd.likely * factor)]


def _range(amount: Amount, currency: Currency, factor: int = 1) -> str:
    shown = str(money_range(times(amount.known, factor), currency))
    if not amount.missing:
        return shown
    return f"{f'at least {shown}' if amount.known.likely > 0 else UNKNOWN}; not in it: {', '.join(amount.missing)}"


def _features_table(portfolio: Portfolio, currency: Currency, calls: Sequence[MeanCall]) -> Json:
    mean = {(c.repository, c.feature): c for c in calls}
    rows = []
    for one in portfolio.features:
        call = mean.get((one.repository, one.feature))
        outcome = f" ({text(one.outcome_name)})" if one.outcome_name else ""
        rows.append({
            "repository": one.repository,
            "feature": one.feature,
            "models": list(call.models) if call is not None else [],
            "cells": [
                text(one.feature),
                *([text(one.repository)] if len(portfolio.repositories) > 1 else []),
                [count(one.sites), one.sites],
                amount_cell(one.per_call, currency, CALLS),
                amount_cell(one.per_task, currency),
                amount_cell(one.per_outcome, currency),
                amount_cell(one.per_month, currency),
                _cached(call),
            ],
            "details": {
                "facts": [
                    ["One call of each site, 1,000 times", _range(one.per_call, currency, CALLS)],
                    ["A task", _range(one.per_task, currency)],
                    ["A task that succeeds", _range(one.per_success, currency)],
                    [f"An outcome{outcome}", _range(one.per_outcome, currency)],
                    ["A month", _range(one.per_month, currency)],
                    ["Models", ", ".join(text(m) for m in call.models) if call is not None else "–"],
                ],
                "show": one.feature,
            },
        })  # fmt: skip
    several = [column("Repository")] if len(portfolio.repositories) > 1 else []
    return {
        "id": "features",
        "title": "Features",
        "note": "≥: a part is not known and not in the amount. Cached: the share of a mean call's amount that is paid at the cache's rate.",
        "columns": [
            column("Feature", kind="name"), *several, column("Call sites", number=True),
            column("1,000 calls of each", number=True), column("Task", number=True), column("Outcome", number=True),
            column("Month", number=True), column("Cached", number=True),
        ],
        "rows": _sorted(rows, 5 + len(several)),
    }  # fmt: skip


def _sites_table(portfolio: Portfolio, currency: Currency, pages: dict[str, RepositoryPart]) -> Json:
    rows = [
        {
            "repository": s.repository,
            "feature": s.feature,
            "models": list(s.models[:1]),
            "cells": [
                [f"{text(s.path)}:{s.first_line}", f"{s.path}:{s.first_line:08d}", _address(pages.get(s.repository), s.path, s.first_line)],
                text(s.feature),
                text(s.models[0]) + (f" +{len(s.models) - 1}" if len(s.models) > 1 else "") if s.models else UNKNOWN,
                [about_tokens(s.input_tokens), s.input_tokens.likely] if s.input_tokens is not None else [UNKNOWN, -1],
                amount_cell(Amount(known=s.usd_per_call, missing=s.missing), currency, CALLS),
                _usd(s.usd_per_month, currency),
            ],
            "details": _site_details(s, currency, pages),
        }
        for s in portfolio.sites
    ]  # fmt: skip
    return {
        "id": "sites",
        "title": "Call sites",
        "note": "Unfold a row to see what its amount is made of, and where each part stands in the code.",
        "columns": [
            column("Place", kind="place"), column("Feature", kind="name"), column("Model"), column("Known input tokens", number=True),
            column("1,000 calls", number=True), column("Month", number=True),
        ],
        "rows": _sorted(rows, 5, 4),
    }  # fmt: skip


def _site_details(site: Site, currency: Currency, pages: dict[str, RepositoryPart]) -> Json:
    page = pages.get(site.repository)
    worst = site.worst_case_usd_per_call
    facts = [
        ["Call", f"{site.operation}, {text(site.symbol)}, {text(site.sdk)}"],
        ["Models", ", ".join(text(m) for m in site.models) or UNKNOWN],
        ["Calls a month", str(count(site.calls_per_month.likely)) if site.calls_per_month is not None else UNKNOWN],
        ["Calls a task", str(plain(round(site.calls_per_task, 2))) if site.calls_per_task is not None else UNKNOWN],
        ["At worst, 1,000 calls", str(money(worst * CALLS, currency)) if worst is not None else UNKNOWN],
        ["Traffic", text(site.traffic_source) or "no traffic profile"],
        *([["Repository", text(site.repository)]] if len(pages) > 1 else []),
        *([["Not known", ", ".join(text(m) for m in site.missing)]] if site.missing else []),
    ]
    return {
        "facts": facts,
        "columns": ["Part", "Tokens", "1,000 calls", "How", "Place"],
        "rows": [
            [
                text(p.label),
                about_tokens(p.tokens_per_call) if p.tokens_per_call is not None else UNKNOWN,
                _usd(p.usd_per_call, currency, CALLS)[0] + _from_cache(p),
                text(f"{p.method}: {p.source}" if p.source else p.method),
                [f"{text(p.path)}:{p.first_line}", 0, _address(page, p.path, p.first_line or 1)] if p.path else "",
            ]
            for p in site.parts
        ],
    }


def _from_cache(part: Part) -> str:
    usd = part.usd_per_call
    if usd is None or not usd.likely or not part.usd_from_cache:
        return ""
    return f" ({percent(part.usd_from_cache / usd.likely, signed=False)} from cache)"


def _savings_table(portfolio: Portfolio, currency: Currency, pages: dict[str, RepositoryPart]) -> Json:
    return {
        "id": "savings",
        "title": "Savings",
        "note": "Savings are not added up: two of them may save the same tokens. Unfold a row for what to do and when not to.",
        "columns": [
            column("What", kind="wide"), column("Place", kind="place"), column("Feature", kind="name"), column("1,000 calls", number=True),
            column("Month", number=True), column("Confidence"), column("Effort"),
        ],
        "rows": [_saving(s, currency, pages) for s in portfolio.savings],
    }  # fmt: skip


def _saving(saving: Saving, currency: Currency, pages: dict[str, RepositoryPart]) -> Json:
    one = saving.advice

    def amount(usd: Usd | None) -> Cell:
        return [UNKNOWN, 1.0] if usd is None else [money(-usd.likely, currency, signed=True), float(-usd.likely)]

    place = f"{text(one.span.path)}:{one.span.first_line}"
    facts = [["Why", text(one.why)], ["Do", text(one.edit)]]
    facts += [["Not when", text(one.caution)]] if one.caution else []
    facts += (
        [["A month", money_range(-one.saving_usd_per_month, currency, signed=True)]] if one.saving_usd_per_month else []
    )
    facts += [["Read more", text(one.doc_url)]] if one.doc_url else []
    return {
        "repository": saving.repository,
        "feature": one.feature,
        "models": [],
        "cells": [
            text(one.title),
            [place, f"{one.span.path}:{one.span.first_line:08d}", _address(pages.get(saving.repository), one.span.path, one.span.first_line)],
            text(one.feature),
            amount(one.saving_usd_per_1k_calls),
            amount(one.saving_usd_per_month),
            [one.confidence, ("low", "medium", "high").index(one.confidence)],
            [one.effort, ("low", "medium", "high").index(one.effort)],
        ],
        "details": {"facts": facts},
    }  # fmt: skip


def moves_table(listed: Sequence[Move], currency: Currency) -> Json:
    rows = []
    for move in listed:
        point, request = move.point, move.point.pull_request
        by_price = point.kind == "prices"
        usd = move.price_usd_per_call if by_price else move.code_usd_per_call
        what = f"prices of {text(point.subject)}" if by_price else text(point.subject) or point.commit[:12]
        signed = UNKNOWN if usd is None else money_range(times(usd, CALLS), currency, signed=True)
        month = move.code_usd_per_month
        rows.append({
            "repository": "",
            "feature": move.feature,
            "models": [],
            "cells": [
                [point.at.date().isoformat(), point.at.timestamp()],
                text(move.feature) + ("" if move.kind == "changed" else f" ({move.kind})"),
                [signed, float(usd.likely) if usd is not None else 0.0],
                [UNKNOWN, 0.0] if month is None else [money_range(month, currency, signed=True), float(month.likely)],
                "price" if by_price else "code",
                [f"#{request.number}", request.number, request.url] if request is not None else [point.commit[:12], 0],
                what,
            ],
        })  # fmt: skip
    return {
        "id": "moves",
        "title": "What moved it",
        "note": "Code at today's prices, prices at the code of their day: every step has one cause.",
        "columns": [
            column("Day", kind="short"), column("Feature", kind="name"), column("1,000 calls of each", number=True),
            column("Month", number=True), column("By", kind="short"), column("Change", kind="short"), column("What", kind="wide"),
        ],
        "rows": rows,
    }  # fmt: skip


def _gaps_table(portfolio: Portfolio, pages: dict[str, RepositoryPart]) -> Json:
    return {
        "id": "gaps",
        "title": "Not understood",
        "note": "What was seen and could not be read. The weight says how likely it hides a cost, from 0 to 100.",
        "columns": [column("Place", kind="place"), column("Why", kind="wide"), column("Weight", number=True)],
        "rows": [
            {
                "repository": g.repository,
                "feature": None,
                "models": [],
                "cells": [
                    [f"{text(g.path)}:{g.first_line}", f"{g.path}:{g.first_line:08d}", _address(pages.get(g.repository), g.path, g.first_line)],
                    text(g.reason),
                    [str(g.weight), g.weight],
                ],
            }
            for g in portfolio.gaps
        ],
    }  # fmt: skip


def column(label: str, *, number: bool = False, kind: Literal["", "name", "place", "short", "wide"] = "") -> Json:
    """`kind` says how much room the text needs: a name, a file and line, a word that must not break, a sentence."""
    return {"label": label, "number": number, "kind": kind}


def _sorted(rows: list[Json], *columns: int) -> list[Json]:
    """The dearest first."""
    return sorted(rows, key=lambda row: [-row["cells"][c][1] for c in columns])


def _address(page: RepositoryPart | None, path: str, line: int) -> str:
    """The line on the repository's page; "" where the page or the commit is not known."""
    if page is None or not page.web_url.startswith("https://") or not _is_commit(page.revision):
        return ""
    between = "/-/blob/" if "gitlab" in page.web_url else "/blob/"
    return f"{page.web_url}{between}{page.revision}/{quote(path)}#L{line}"


def _is_commit(revision: str) -> bool:
    return len(revision) in (40, 64) and all(c in "0123456789abcdef" for c in revision)


# -- charts -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanCall:
    """The mean call of a feature: by the calls a month of its sites, where all of them have one, else of each site alike."""

    repository: str
    feature: str
    models: tuple[str, ...]
    parts: tuple[tuple[str, Decimal, Decimal], ...]

    @property
    def usd(self) -> Decimal:
        return sum((paid + cached for _, paid, cached in self.parts), start=Decimal(0))


def _mean_calls(portfolio: Portfolio) -> tuple[MeanCall, ...]:
    groups: dict[tuple[str, str], list[Site]] = {}
    for site in portfolio.sites:
        groups.setdefault((site.repository, site.feature), []).append(site)
    out = []
    for (repository, feature), sites in groups.items():
        volumes = [s.calls_per_month.likely if s.calls_per_month is not None else None for s in sites]
        weights = [v for v in volumes if v is not None]
        if len(weights) < len(sites) or not sum(weights):
            weights = [Decimal(1)] * len(sites)
        total = sum(weights, start=Decimal(0))
        paid: dict[str, Decimal] = {}
        cached: dict[str, Decimal] = {}
        for site, weight in zip(sites, weights, strict=True):
            for part in site.parts:
                if part.usd_per_call is None:
                    continue
                name = PARTS.get(part.part, part.part)
                share = weight / total
                cached[name] = cached.get(name, Decimal(0)) + part.usd_from_cache * share
                paid[name] = paid.get(name, Decimal(0)) + (part.usd_per_call.likely - part.usd_from_cache) * share
        out.append(
            MeanCall(
                repository=repository,
                feature=feature,
                models=tuple(dict.fromkeys(m for s in sites for m in s.models[:1])),
                parts=tuple((n, paid[n], cached[n]) for n in dict.fromkeys(PARTS.values()) if n in paid),
            )
        )
    return tuple(out)


def _cached(call: MeanCall | None) -> Cell:
    if call is None or not call.usd:
        return [UNKNOWN, -1.0]
    share = sum((c for _, _, c in call.parts), start=Decimal(0)) / call.usd
    return [percent(share, signed=False), float(share)]


def _spend(portfolio: Portfolio, currency: Currency) -> list[Json]:
    """A month by feature, where it is known; where none is, 1,000 calls of each site."""
    by_month = [f for f in portfolio.features if f.per_month.known.likely > 0]
    several = len(portfolio.repositories) > 1
    rows = []
    for one in by_month or [f for f in portfolio.features if f.per_call.known.likely > 0]:
        amount = (
            one.per_month if by_month else Amount(known=times(one.per_call.known, CALLS), missing=one.per_call.missing)
        )
        rows.append(
            {
                "repository": one.repository,
                "feature": one.feature,
                "name": _name(one, several=several),
                "amount": float(amount.known.likely * currency.per_usd),
                "shown": f"{'≥ ' if amount.missing else ''}{money(amount.known.likely, currency)}",
                "whole": "no" if amount.missing else "yes",
                "unit": "month" if by_month else "calls",
            }
        )
    return sorted(rows, key=lambda r: -r["amount"])


def _name(one: FeatureCost | MeanCall, *, several: bool) -> str:
    return text(f"{one.repository}: {one.feature}" if several else one.feature)


def _composition(calls: Iterable[MeanCall], currency: Currency, *, several: bool) -> list[Json]:
    order = {name: n for n, name in enumerate(dict.fromkeys(PARTS.values()))}
    rows = []
    for call in calls:
        for name, paid, cached in call.parts:
            for usd, how in ((paid, "full rate"), (cached, "from cache")):
                if usd <= 0:
                    continue
                rows.append({
                    "repository": call.repository,
                    "feature": call.feature,
                    "name": _name(call, several=several),
                    "part": name,
                    "paid": how,
                    "amount": float(usd * CALLS * currency.per_usd),
                    "shown": money(usd * CALLS, currency),
                    "share": percent(usd / call.usd, signed=False),
                    "order": 2 * order[name] + (how == "from cache"),
                })  # fmt: skip
    return rows


def history_rows(history: History, currency: Currency) -> list[Json]:
    """Steps of each feature's 1,000 calls, at the prices of the day and of today."""
    rows = []
    for point in history.points:
        for one in point.features:
            for costs, prices in ((one.then, "of the day"), (one.now, "of today")):
                known = costs.per_call.known.likely * CALLS
                if known > 0:
                    rows.append({
                        "feature": one.feature,
                        "name": text(one.feature),
                        "at": point.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                        "prices": prices,
                        "amount": float(known * currency.per_usd),
                        "shown": f"{'≥ ' if costs.per_call.missing else ''}{money(known, currency)}",
                        "what": text(point.subject),
                    })  # fmt: skip
    return rows


def _assumptions(portfolio: Portfolio, shown: Shown) -> list[str]:
    several = len(portfolio.repositories) > 1
    out = []
    for one in portfolio.repositories:
        lead = f"{text(one.name)}: " if several else ""
        read = one.coverage
        if read is not None:
            out.append(
                f"{lead}{count(read.files_seen)} files seen, {count(read.files_parsed)} parsed; {count(read.priced)} of "
                f"{count(read.sites)} call sites have a price. Prices of the snapshot of {one.prices_as_of}."
            )
        else:
            out.append(f"{lead}Prices of the snapshot of {one.prices_as_of}.")
        out += [f"{lead}{text(a)}" for a in one.assumptions]
    if shown.currency.note:
        out.append(str(shown.currency.note))
    if shown.history is not None and shown.history.undated:
        names = ", ".join(text(m) for m in shown.history.undated)
        out.append(f"The catalogue has no dated price of {names}: today's is taken for every day.")
    return out
