"""What a lever is asked about: one priced call site, and what it would cost if something were done.

A lever never computes dollars by a formula of its own where the call can be priced again with the change made: the
saving is the difference of two prices of the same call, so it cannot exceed the cost it saves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from bot.cost import Pricer
from bot.model import NO_USD, Advice, PricedSite, Range, Rates, Traffic, UnitCost, Usd
from bot.prefix import Shift
from prompts_scanner.model import CallSite, Setting, Span

THOUSAND = Decimal(1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """A number that no repository shows, with where its default is from."""

    value: Decimal
    source: str


def _assumed(value: str, source: str) -> Assumed:
    return Assumed(value=Decimal(value), source=source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the levers assume; every default can be set in the configuration and is named where it is used."""

    escalated_share_low: Assumed = field(
        default=_assumed("0.3", "70 % of calls answered by the smaller model, the good end of what is planned with")
    )
    escalated_share_high: Assumed = field(
        default=_assumed("0.5", "50 % of calls answered by the smaller model, the poor end of what is planned with")
    )
    min_cascade_usd_per_month: Assumed = field(default=_assumed("50", "a judge has to be built and kept"))
    min_vendor_change_usd_per_month: Assumed = field(
        default=_assumed("200", "assumption: another contract, another key and an evaluation have to be worth it")
    )
    cap_margin: Assumed = field(default=_assumed("1.2", "a fifth above the 99th percentile"))
    gpus: Assumed = field(default=_assumed("2", "two H100 hold a 70B model in FP8 with room for its cache"))
    gpu_usd_per_hour: Assumed = field(default=_assumed("2.95", "median H100 rent, AIMultiple, 2026-05-20"))
    gpu_overhead_share: Assumed = field(default=_assumed("0.4", "30 to 50 % for storage, network, monitoring, spares"))
    gpu_output_tokens_per_second: Assumed = field(default=_assumed("800", "70B in FP8: 700 to 850 a second and H100"))
    gpu_utilisation_share: Assumed = field(default=_assumed("0.3", "10 to 30 % with real traffic; the good end"))
    engineering_usd_per_month: Assumed = field(
        default=Assumed(value=Decimal(100_000) / 12, source="half an engineer at 200,000 USD a year")
    )
    training_examples: Assumed = field(default=_assumed("1000", "assumption; name your own"))
    training_passes: Assumed = field(default=_assumed("3", "assumption; name your own"))
    training_usd_per_mtok: Assumed = field(default=_assumed("25", "OpenAI's list price for training gpt-4o"))
    training_engineering_months: Assumed = field(default=_assumed("1", "assumption; name your own"))
    refresh_months: Assumed = field(default=_assumed("6", "assumption: models are replaced about twice a year"))

    def with_stated(self, stated: Mapping[str, Decimal | None]) -> Settings:
        """The same with numbers that the configuration states, by name; None leaves the default."""
        given = {
            name: Assumed(value=value, source=f"`assumptions.{name}`")
            for name, value in stated.items()
            if value is not None
        }
        return replace(self, **given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One site, as the head has it. `before` is the base's, where the site changed."""

    priced: PricedSite
    pricer: Pricer
    settings: Settings = field(default_factory=Settings)
    before: CallSite | None = None

    @property
    def site(self) -> CallSite:
        return self.priced.site

    @property
    def traffic(self) -> Traffic | None:
        return self.priced.traffic

    @property
    def rates(self) -> Rates | None:
        return self.priced.rates if isinstance(self.priced.rates, Rates) else None

    @property
    def turns(self) -> Decimal | None:
        return self.traffic.calls_per_task if self.traffic is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A piece of advice and the change behind it, so that several can be priced together.

    `escalates`: this share of the calls is made again at today's model, a range where it is a plan and no measurement.
    `vendor`: whose API `model` is called at, where it is another vendor's. `kind` proposals exclude each other: a site has
    one answer to which model it calls.
    """

    advice: Advice
    site: Callable[[CallSite], CallSite] | None = None
    traffic: Callable[[Traffic], Traffic] | None = None
    model: str | None = None
    vendor: str | None = None
    shift: Shift | None = None
    escalates: Range[Decimal] | None = None
    kind: str = ""


def saved_with(case: Case, *proposals: Proposal) -> Usd:
    """What a call saves when all of these are done at once; over the whole range of calls that are made again."""
    now = case.priced.cost.usd_per_call
    with_model = next((p for p in proposals if p.model is not None), None)
    once = _price(case, proposals, with_model)
    shares = with_model.escalates if with_model is not None else None
    if shares is None:
        return difference(now, once)
    again = _price(case, proposals, None)
    best, likely, worst = (
        difference(now, once + _times(again, share)) for share in (shares.low, shares.likely, shares.high)
    )
    return likely.union(best).union(worst)


def _price(case: Case, proposals: tuple[Proposal, ...], with_model: Proposal | None) -> Usd:
    site, traffic = case.site, case.traffic
    for proposal in proposals:
        site = proposal.site(site) if proposal.site is not None else site
        if proposal.traffic is not None and traffic is not None:
            traffic = proposal.traffic(traffic)
    if any(p.advice.lever == "batch" for p in proposals) and any(p.advice.lever == "prompt_cache" for p in proposals):
        traffic = _hits_outside_batches(traffic)
    # the traffic was observed on the site as it is, or as the base has it: chunks and marks that are proposed are new
    seen = {case.site.id: case.site, **case.pricer.observed}
    pricer = replace(case.pricer, traffic=lambda _: traffic, observed=seen)
    shift = next((p.shift for p in proposals if p.shift is not None), None)
    if with_model is not None and with_model.model is not None:
        site, pricer = _on(site, pricer, with_model.model, with_model.vendor)
    return pricer.price(site, shift).cost.usd_per_call


def on_model(case: Case, model: str, vendor: str | None = None) -> PricedSite:
    """The same call on another model; `vendor`: whose, where it is another vendor's."""
    traffic = case.traffic
    site, pricer = _on(case.site, replace(case.pricer, traffic=lambda _: traffic), model, vendor)
    return pricer.price(site)


def _on(site: CallSite, pricer: Pricer, model: str, vendor: str | None) -> tuple[CallSite, Pricer]:
    named = replace(site, model=Setting(values=(model,), resolution="literal", span=site.model.span))
    return replace(named, provider=vendor or site.provider), replace(pricer, models=lambda _: ())


def _hits_outside_batches(traffic: Traffic | None) -> Traffic | None:
    """Requests of a batch run at any time and side by side: hits among them are luck, so none are counted."""
    if traffic is None or traffic.cache_hit_share is None or not traffic.batch_share:
        return traffic
    return replace(traffic, cache_hit_share=traffic.cache_hit_share * (1 - traffic.batch_share))


def difference(before: Usd, after: Usd) -> Usd:
    """What is saved of a call: like ends compared with like ends, never more than it costs."""
    ends = (before.low - after.low, before.likely - after.likely, before.high - after.high)
    return Range(min(ends), ends[1], max(ends))


def per_month(per_call: Usd, traffic: Traffic | None) -> Usd | None:
    """None where the volume is not known."""
    calls = traffic.calls_per_month if traffic is not None else None
    if calls is None:
        return None
    ends = [p * c for p in (per_call.low, per_call.high) for c in (calls.low, calls.high)]
    return Range(min(ends), per_call.likely * calls.likely, max(ends))


def per_1k(per_call: Usd) -> Usd:
    return _times(per_call, THOUSAND)


def _times(usd: Usd, factor: Decimal) -> Usd:
    return usd.map(lambda v: v * factor)


def advised(case: Case, lever: str, title: str, **words: object) -> Advice:
    """An advice on the site without a saving; `span`, `saving` and the words are given."""
    saving = words.pop("saving", None)
    per_call = saving if isinstance(saving, Range) else None
    span = words.pop("span", None)
    return Advice(
        lever=lever,
        site_id=case.site.id,
        feature=case.priced.feature,
        span=span if isinstance(span, Span) else case.site.span,
        title=title,
        saving_usd_per_1k_calls=per_1k(per_call) if per_call is not None else None,
        saving_usd_per_month=per_month(per_call, case.traffic) if per_call is not None else None,
        **words,  # type: ignore[arg-type]
    )


def with_saving(case: Case, proposal: Proposal) -> Proposal:
    """The proposal with the saving that its change makes by itself."""
    saved = saved_with(case, proposal)
    return replace(
        proposal,
        advice=replace(
            proposal.advice,
            saving_usd_per_1k_calls=per_1k(saved),
            saving_usd_per_month=per_month(saved, case.traffic),
        ),
    )


def saves(proposal: Proposal) -> bool:
    saving = proposal.advice.saving_usd_per_1k_calls
    return saving is not None and saving.likely > 0


def known_bill(case: Case) -> bool:
    """Whether the volume and every part of a call's price are known."""
    volume = case.traffic is not None and case.traffic.calls_per_month is not None
    return volume and not case.priced.cost.unknown


def cost_of(cost: UnitCost, *parts: str) -> Usd:
    """Dollars of some parts of a call."""
    total = NO_USD
    for line in cost.lines:
        usd = line.usd_per_call
        if line.part in parts and usd is not None:
            total = total + usd
    return total
