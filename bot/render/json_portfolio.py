"""A report as JSON, and the way back: what `combine` takes are these, reviews and inventories of any repository.

The file may come from anywhere, so reading it trusts nothing: sizes, kinds and amounts are checked before it is a value.
`schema/report.schema.json` is what `report_schema` gives.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.errors import ReviewError
from bot.model import NO_USD, Range, Usd
from bot.portfolio import SCHEMA, Portfolio, RepositoryPart, Site, Told, Unread, portfolio_of, totals_of
from bot.render.json_report import MAX_BYTES, check_amounts, check_sizes, no_constant, review_from_json
from bot.render.json_scan import Inventory, Item

SCHEMA_ID: Final = "https://github.com/aicost-review/aicost-review/schema/report.schema.json"
_CALLS: Final = 1_000


class _Document(BaseModel):
    """The checks of the way in: no unknown key, no lax conversion."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    report: Portfolio


def render(portfolio: Portfolio) -> str:
    raw = TypeAdapter(Portfolio).dump_python(portfolio, mode="json")
    return json.dumps(raw, indent=1, ensure_ascii=True) + "\n"


def report_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the document."""
    schema = TypeAdapter(Portfolio).json_schema(mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return {**head, **schema, "title": "A report of aicost-review"}


def read_any(text: bytes, name: str) -> Portfolio:
    """A report, a review or an inventory as a portfolio; `name` is that of its repository where it has none."""
    if len(text) > MAX_BYTES:
        raise ReviewError(f"{name} is larger than {MAX_BYTES:,} bytes.", "Make it again, without --all.")
    try:
        raw = json.loads(text, parse_constant=no_constant)
        if not isinstance(raw, dict):
            raise ValueError("it is no JSON object")
        check_sizes(raw)
        if raw.get("schema") == SCHEMA:
            found = _Document.model_validate_json(json.dumps({"report": raw})).report
        elif "summary" in raw:
            found = _of_review(text, name)
        elif "items" in raw:
            found = _of_inventory(Inventory.model_validate_json(json.dumps(raw)), name)
        else:
            raise ValueError("it is no report, review or inventory")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _unusable(name, f"{where}: {first['msg']}"[:300]) from None
    except (ValueError, RecursionError) as error:
        raise _unusable(name, str(error)[:200]) from None
    check_amounts(found)
    return found


def _unusable(name: str, why: str) -> ReviewError:
    return ReviewError(
        f"{name} cannot be combined: {why}.",
        "Make it with: aicost-review report --format json, diff --format json, or scan --format json.",
    )


def _of_review(text: bytes, name: str) -> Portfolio:
    """The head of a review: its sites, its advice, what it could not read."""
    review = review_from_json(text)
    repository = RepositoryPart(
        name=name,
        revision=review.head,
        web_url="",
        prices_as_of=review.prices_as_of,
        coverage=review.coverage,
        together_usd_per_month=review.advice_usd_per_month,
        assumptions=review.assumptions,
    )
    told = Told(
        repository=repository,
        found=None,
        savings=review.advice,
        tool_version=review.tool_version,
        made=review.prices_as_of,
        gaps=review.gaps,
    )
    return portfolio_of(review.sites, told)


def _of_inventory(found: Inventory, name: str) -> Portfolio:
    """An inventory holds each call with its cost and not what it is made of: no parts, and no worksheet."""
    sites = tuple(_site(i, name) for i in found.items if i.kind == "call")
    repository = RepositoryPart(
        name=name,
        revision=found.revision,
        web_url="",
        prices_as_of=found.prices_as_of,
        coverage=found.coverage,
        together_usd_per_month=None,
        assumptions=("From an inventory: what a call's cost is made of, tasks and outcomes are not in it.",),
    )
    return Portfolio(
        schema=SCHEMA,
        tool_version=found.tool_version,
        made=found.prices_as_of,
        repositories=(repository,),
        features=totals_of(sites),
        sites=sites,
        savings=(),
        gaps=tuple(
            Unread(repository=name, path=g.path, first_line=g.first_line, reason=g.reason, weight=g.weight)
            for g in found.gaps
        ),
    )


def _site(item: Item, repository: str) -> Site:
    thousand = item.usd_per_1k_calls
    per_call: Usd = thousand.map(lambda usd: usd / _CALLS) if thousand is not None else NO_USD
    missing = item.not_counted if thousand is not None else (*item.not_counted, "price")
    return Site(
        repository=repository,
        id=item.id,
        feature=item.feature or item.path,
        path=item.path,
        first_line=item.first_line,
        symbol=item.name,
        sdk=item.sdk or "",
        operation=item.operation or "chat",
        models=item.models,
        price=item.price or "model unknown",
        input_tokens=item.input_tokens,
        usd_per_call=per_call,
        missing=missing,
        calls_per_month=item.calls_per_month,
        calls_per_task=None,
        usd_per_month=_month(per_call, item.calls_per_month) if not missing else None,
        worst_case_usd_per_call=None,
        traffic_source="",
        parts=(),
    )


def _month(per_call: Usd, calls: Usd | None) -> Usd | None:
    if calls is None:
        return None
    ends: list[Decimal] = [p * c for p in (per_call.low, per_call.high) for c in (calls.low, calls.high)]
    return Range(min(ends), per_call.likely * calls.likely, max(ends))
