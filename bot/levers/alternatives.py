"""The same call on other models: what it would cost there, and whether the model takes the request at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.levers.case import Case, on_model
from bot.levers.models import Model, elsewhere, ladder, table, vendor_of
from bot.lines import setting_int
from bot.model import Rates, UnitCost
from prompts_scanner.model import CallSite


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A model with the cost of the same call. `misfit`: why it does not take the request; empty where it does."""

    name: str
    vendor: str
    same_vendor: bool
    rates: Rates
    cost: UnitCost
    misfit: str = ""

    @property
    def fits(self) -> bool:
        return not self.misfit


def alternatives(case: Case, *, smaller: bool = True) -> tuple[Alternative, ...]:
    """The vendor's other models from strong to small, then other vendors' of the same size (or `smaller` ones too)."""
    rates = case.rates
    if rates is None:
        return ()
    found = (_priced(case, m) for m in (*ladder(rates.model), *elsewhere(rates.model, smaller=smaller)))
    return tuple(a for a in found if a is not None and a.rates.model != rates.model)


def alternative(case: Case, name: str) -> Alternative | None:
    """One model of the table; None where it has no price."""
    found = next((m for m in table().models if m.name == name), None)
    return None if found is None else _priced(case, found)


def _priced(case: Case, model: Model) -> Alternative | None:
    own = case.rates
    same = own is not None and vendor_of(own.model) == model.vendor
    vendor = None if same else model.vendor
    here = case.site.provider or (own.provider if own is not None else None)
    rates = case.pricer.rates(model.name, vendor or here)
    if not isinstance(rates, Rates):
        return None
    cost = on_model(case, model.name, vendor).cost
    return Alternative(
        name=model.name,
        vendor=model.vendor,
        same_vendor=same,
        rates=rates,
        cost=cost,
        misfit="; ".join(_misfits(case.site, model, rates, cost)),
    )


def _misfits(site: CallSite, model: Model, rates: Rates, cost: UnitCost) -> Iterator[str]:
    """What of the request the model does not take. A size that is not known does not exclude it."""
    known, cap = cost.input_tokens.high, setting_int(site.output_cap)
    if rates.context_tokens is not None and known > rates.context_tokens:
        yield f"{known:,} tokens do not fit its {rates.context_tokens:,}"
    if cap is not None and rates.max_output_tokens is not None and cap > rates.max_output_tokens:
        yield f"answers at most {rates.max_output_tokens:,} tokens"
    if site.tools and not model.tools:
        yield "takes no tools"
    if not model.vision and any(h.reason == "media" for s in site.surfaces for h in s.text.holes):
        yield "takes no pictures"
    if not model.schemas and (site.structured or any(s.role == "schema" for s in site.surfaces)):
        yield "takes no schema for the answer"
