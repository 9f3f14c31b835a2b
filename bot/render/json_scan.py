"""The versioned JSON of an inventory: every call, prompt, tool and retrieval setting of a tree, flat.

A prompt, a tool or a setting is an item of its own even where it is also `related` to a call. No text of prompts.
`schema/scan.schema.json` is what `scan_schema` gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from bot.model import Coverage, PricedSite, Rates, Tokens, Usd
from bot.render.json_text import indented
from bot.render.summary import known_input, known_usd_per_1k_calls
from prompts_scanner.model import CallSite, Context, Operation, Resolution, Role, Scan, Span

SCHEMA_VERSION: Final = "1"
SCHEMA_ID: Final = "https://github.com/aicost-review/aicost-review/schema/scan.schema.json"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Model):
    path: str
    first_line: int
    last_line: int


class RelatedPlace(Place):
    """`model`: the model that is fixed there."""

    role: Role
    model: str | None = None


class Item(Place):
    """`tied`: a call is seen to use it. The cost is of what the code shows; `not_counted` names the rest."""

    id: str
    kind: Literal["call", "prompt", "tool", "retrieval"]
    context: Context
    name: str = ""
    sdk: str | None = None
    operation: Operation | None = None
    model: str | None = None
    models: tuple[str, ...] = ()
    model_resolution: Resolution | None = None
    output_cap: str | None = None
    answers: str | None = None
    edits: str | None = None
    feature: str | None = None
    tied: bool | None = None
    form: str | None = None
    value: str | None = None
    input_tokens: Tokens | None = None
    usd_per_1k_calls: Usd | None = None
    calls_per_month: Usd | None = None
    price: Literal["known", "none", "model unknown"] | None = None
    not_counted: tuple[str, ...] = ()
    related: tuple[RelatedPlace, ...] = ()


class GapPlace(Place):
    reason: str
    weight: int


class Inventory(_Model):
    schema_version: Literal["1"] = SCHEMA_VERSION
    tool_version: str
    revision: str
    prices_as_of: date
    items: tuple[Item, ...]
    gaps: tuple[GapPlace, ...]
    coverage: Coverage


def render(
    found: Scan,
    sites: tuple[PricedSite, ...],
    *,
    revision: str,
    tool_version: str,
    prices_as_of: date,
    contexts: frozenset[Context],
    coverage: Coverage,
) -> str:
    priced = {s.site.id: s for s in sites}
    document = Inventory(
        tool_version=tool_version,
        revision=revision,
        prices_as_of=prices_as_of,
        items=tuple(i for i in _items(found, priced) if i.context in contexts),
        gaps=tuple(GapPlace(**_at(g.span), reason=g.reason, weight=g.weight) for g in found.gaps),
        coverage=coverage,
    )
    return indented(document.model_dump(mode="json")) + "\n"


def scan_schema() -> dict[str, Any]:
    schema = Inventory.model_json_schema(mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return {**head, **schema, "title": "An inventory of aicost-review"}


def _items(found: Scan, priced: Mapping[str, PricedSite]) -> list[Item]:
    out = [_call(site, priced.get(site.id)) for site in found.sites]
    out += [
        Item(
            **_at(p.surface.span),
            id=p.id,
            kind="prompt",
            context=p.context,
            name=p.surface.name,
            form=p.form,
            tied=p.tied,
        )
        for p in found.prompts
    ]
    out += [
        Item(**_at(t.tool.span), id=t.id, kind="tool", context=t.context, name=t.tool.name, form=t.form, tied=t.tied)
        for t in found.tools
    ]
    out += [
        Item(
            **_at(r.retrieval.span), id=r.id, kind="retrieval", context=r.context, name=r.retrieval.parameter,
            value=r.retrieval.setting.value, tied=r.tied,
        )
        for r in found.retrieval
    ]  # fmt: skip
    return out


def _call(site: CallSite, priced: PricedSite | None) -> Item:
    cost: dict[str, Any] = {}
    models = site.model.values
    if priced is not None:
        models = tuple(name for name, _ in priced.candidates if name) or models
        is_priced = isinstance(priced.rates, Rates)
        known = known_usd_per_1k_calls(priced)
        cost = {
            "feature": priced.feature,
            "input_tokens": known_input(priced),
            "usd_per_1k_calls": known if is_priced else None,
            "calls_per_month": priced.traffic.calls_per_month if priced.traffic is not None else None,
            "price": "known" if is_priced else "none" if models else "model unknown",
            "not_counted": tuple(line.label for line in priced.cost.unknown),
        }
    return Item(
        **_at(site.span), id=site.id, kind="call", context=site.context, name=site.symbol, sdk=site.sdk,
        operation=site.operation, model=models[0] if models else None, models=models,
        model_resolution=site.model.resolution, output_cap=site.output_cap.value if site.output_cap else None,
        answers=site.answers.value if site.answers else None, edits=site.edits.value if site.edits else None,
        related=tuple(RelatedPlace(**_at(r.span), role=r.role, model=r.model) for r in site.related), **cost,
    )  # fmt: skip


def _at(span: Span) -> dict[str, Any]:
    return {"path": span.path, "first_line": span.first_line, "last_line": span.last_line}
