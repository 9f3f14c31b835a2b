"""A report as flat tables, for a warehouse: one row a feature, a call site, a part of a call, a saving, a step of the past.

Every row says of which load it is: `repository`, `revision`, `made` (the day of the report) and `loaded_at`. Loads are
only ever added; the newest of a repository is the one to ask. What is not known is NULL, and never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from bot.economics import Amount
from bot.history import History
from bot.model import Usd
from bot.portfolio import PARTS, Portfolio

USD: Final = "decimal(38, 12)"
_LOAD: Final = {"repository": "string", "revision": "string", "made": "date", "loaded_at": "timestamp"}
# name -> column -> type, in the words of Ibis: https://ibis-project.org/reference/datatypes
TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "aicost_features": {
        **_LOAD, "feature": "string", "call_sites": "int64", "outcome_name": "string", "usd_per_1k_calls": USD,
        "usd_per_task": USD, "usd_per_successful_task": USD, "usd_per_outcome": USD, "usd_per_month": USD,
        "known_usd_per_month": USD, "not_known": "string",
    },
    "aicost_sites": {
        **_LOAD, "site_id": "string", "feature": "string", "path": "string", "first_line": "int64", "symbol": "string",
        "sdk": "string", "operation": "string", "model": "string", "price": "string", "input_tokens": "int64",
        "known_usd_per_1k_calls": USD, "usd_per_1k_calls": USD, "worst_case_usd_per_1k_calls": USD,
        "calls_per_month": USD, "calls_per_task": USD, "usd_per_month": USD, "not_known": "string",
    },
    "aicost_parts": {
        **_LOAD, "site_id": "string", "feature": "string", "number": "int64", "part": "string", "label": "string",
        "token_class": "string", "tokens_per_call": "int64", "usd_per_1k_calls": USD, "usd_per_1k_calls_from_cache": USD,
        "method": "string", "path": "string", "first_line": "int64",
    },
    "aicost_savings": {
        **_LOAD, "lever": "string", "title": "string", "feature": "string", "site_id": "string", "path": "string",
        "first_line": "int64", "saving_usd_per_1k_calls": USD, "saving_usd_per_month": USD, "confidence": "string",
        "effort": "string",
    },
    "aicost_history": {
        **_LOAD, "changed_at": "timestamp", "kind": "string", "commit_id": "string", "pull_request": "int64", "url": "string",
        "subject": "string", "feature": "string", "changed": "boolean", "usd_per_1k_calls_then": USD,
        "usd_per_1k_calls_now": USD, "usd_per_task_then": USD, "usd_per_task_now": USD, "usd_per_outcome_then": USD,
        "usd_per_outcome_now": USD, "usd_per_month_then": USD, "usd_per_month_now": USD,
    },
}  # fmt: skip
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One load. `loaded_at` in UTC without a zone, as warehouses keep it."""

    loaded_at: datetime
    made: date


def tables_of(portfolio: Portfolio, load: Load, history: History | None = None) -> dict[str, Rows]:
    """The rows of every table of `TABLES`. A history belongs to a portfolio of one repository."""
    revisions = {r.name: r.revision for r in portfolio.repositories}

    def head(repository: str) -> dict[str, Any]:
        return {
            "repository": repository,
            "revision": revisions[repository],
            "made": load.made,
            "loaded_at": load.loaded_at,
        }

    name = portfolio.repositories[0].name if portfolio.repositories else ""
    return {
        "aicost_features": [
            head(f.repository) | {
                "feature": f.feature, "call_sites": f.sites, "outcome_name": f.outcome_name,
                "usd_per_1k_calls": _whole(f.per_call, 1000), "usd_per_task": _whole(f.per_task),
                "usd_per_successful_task": _whole(f.per_success), "usd_per_outcome": _whole(f.per_outcome),
                "usd_per_month": _whole(f.per_month),
                "known_usd_per_month": _money(f.per_month.known.likely) if f.per_month.known.likely else None,
                "not_known": _said((*f.per_call.missing, *f.per_month.missing)),
            }
            for f in portfolio.features
        ],
        "aicost_sites": [
            head(s.repository) | {
                "site_id": s.id, "feature": s.feature, "path": s.path, "first_line": s.first_line, "symbol": s.symbol,
                "sdk": s.sdk, "operation": s.operation, "model": s.models[0] if s.models else None, "price": s.price,
                "input_tokens": s.input_tokens.likely if s.input_tokens is not None else None,
                "known_usd_per_1k_calls": _money(s.usd_per_call.likely * 1000) if s.usd_per_call.likely else None,
                "usd_per_1k_calls": None if s.missing else _money(s.usd_per_call.likely * 1000),
                "worst_case_usd_per_1k_calls": _optional(s.worst_case_usd_per_call, 1000),
                "calls_per_month": _likely(s.calls_per_month), "calls_per_task": _optional(s.calls_per_task),
                "usd_per_month": _likely(s.usd_per_month), "not_known": _said(s.missing),
            }
            for s in portfolio.sites
        ],
        "aicost_parts": [
            head(s.repository) | {
                "site_id": s.id, "feature": s.feature, "number": number, "part": PARTS.get(p.part, p.part),
                "label": p.label, "token_class": p.token_class,
                "tokens_per_call": p.tokens_per_call.likely if p.tokens_per_call is not None else None,
                "usd_per_1k_calls": _money(p.usd_per_call.likely * 1000) if p.usd_per_call is not None else None,
                "usd_per_1k_calls_from_cache": _money(p.usd_from_cache * 1000) if p.usd_per_call is not None else None,
                "method": p.method, "path": p.path, "first_line": p.first_line,
            }
            for s in portfolio.sites
            for number, p in enumerate(s.parts, 1)
        ],
        "aicost_savings": [
            head(s.repository) | {
                "lever": s.advice.lever, "title": s.advice.title, "feature": s.advice.feature, "site_id": s.advice.site_id,
                "path": s.advice.span.path, "first_line": s.advice.span.first_line,
                "saving_usd_per_1k_calls": _likely(s.advice.saving_usd_per_1k_calls),
                "saving_usd_per_month": _likely(s.advice.saving_usd_per_month),
                "confidence": s.advice.confidence, "effort": s.advice.effort,
            }
            for s in portfolio.savings
        ],
        "aicost_history": [head(name) | row for row in _past(history)] if history is not None else [],
    }  # fmt: skip


def _past(history: History) -> Rows:
    rows = []
    for point in history.points:
        request = point.pull_request
        for one in point.features:
            costs = {
                f"usd_per_{name}_{when}": _whole(getattr(side, field), factor)
                for name, field, factor in (("1k_calls", "per_call", 1000), ("task", "per_task", 1), ("outcome", "per_outcome", 1), ("month", "per_month", 1))
                for when, side in (("then", one.then), ("now", one.now))
            }  # fmt: skip
            rows.append({
                "changed_at": point.at.replace(tzinfo=None), "kind": point.kind, "commit_id": point.commit,
                "pull_request": request.number if request is not None else None,
                "url": request.url if request is not None and request.url else None, "subject": point.subject,
                "feature": one.feature, "changed": one.feature in point.changed, **costs,
            })  # fmt: skip
    return rows


def _whole(amount: Amount, factor: int = 1) -> Decimal | None:
    return None if amount.usd is None else _money(amount.usd.likely * factor)


def _likely(usd: Usd | None) -> Decimal | None:
    return None if usd is None else _money(usd.likely)


def _optional(value: Decimal | None, factor: int = 1) -> Decimal | None:
    return None if value is None else _money(value * factor)


def _money(value: Decimal) -> Decimal:
    return round(value, 12)


def _said(missing: Sequence[str]) -> str | None:
    return "; ".join(dict.fromkeys(missing)) or None
