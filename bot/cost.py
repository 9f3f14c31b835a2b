"""What one call costs: tokens × rate, line by line. Pure; counters, rates and traffic are handed in.

Every billed token is in exactly one class (uncached input, cache read, cache write, output, reasoning). The expected
cost uses the traffic's means; the worst case is a number of its own. Tiers of long requests are in `bot/tiers.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from bot.fees import tool_fees
from bot.lines import (
    answers,
    batched,
    cached,
    chunk_count,
    chunk_line,
    chunk_size_tokens,
    conversed,
    fee_line,
    output_lines,
    overhead_line,
    rated,
    split_dynamic,
    storage_line,
    text_line,
    tool_line,
    worst_case,
)
from bot.model import (
    NO_TOKENS,
    CostLine,
    NoPrice,
    Prefix,
    PricedSite,
    Range,
    Rates,
    RequestCount,
    RequestShape,
    Traffic,
    UnitCost,
)
from bot.prefix import Block, Layout, Shift, block_of_surface, block_of_tool, in_order, lay_out
from bot.tiers import bands_of, joined
from prompts_scanner.model import CallSite, Surface, Tool

Counter = Callable[[RequestShape], RequestCount]
RateBook = Callable[[str, str | None], Rates | NoPrice]
# A line of the known input, and what of the request it prices.
Sent = tuple[CostLine, Surface | Tool | None]

# Lanes with a price of their own; `auto`, `default` and their like cost what the price list says.
PRICED_TIERS = ("flex", "priority", "fast")
NO_MODEL = "the model is chosen at run time"
# Providers' APIs bill these by the request and not by tokens that a prompt shows.
_ENDPOINTS = {"chat": "chat", "embed": "embeddings", "rerank": "rerank"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Costed:
    """A call's lines, the layout of its request, and its lines in each of the price tiers that calls fall in."""

    cost: UnitCost
    layout: Layout | None = None
    tiers: tuple[tuple[int, UnitCost], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricer:
    """Everything a site's cost depends on besides the site.

    `observed`: by site id, the site as it was when its traffic was measured (the base). Its number of chunks is in the
    observed input, its cache marks in the observed hits. `tier_rates`: what a service tier that a request asks for costs.
    """

    count: Counter
    rates: RateBook
    traffic: Callable[[CallSite], Traffic | None]
    feature: Callable[[CallSite], str]
    models: Callable[[CallSite], tuple[str, ...]]
    chunk_tokens: int | None = None
    tier_rates: Callable[[str, str | None, str], Rates | NoPrice] | None = None
    observed: Mapping[str, CallSite] = field(default_factory=dict)
    _counts: dict[RequestShape, RequestCount] = field(default_factory=dict, repr=False, compare=False)
    # A site that a change does not reach is the same value on both sides. By its id; the value is kept with the answer.
    _known: dict[int, tuple[CallSite, PricedSite]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __call__(self, site: CallSite | None) -> PricedSite | None:
        return None if site is None else self.price(site)

    def against(self, pairs: Iterable[tuple[CallSite | None, CallSite | None]]) -> Pricer:
        """A pricer that knows each head site's base, on which the traffic was observed."""
        seen = {side.id: base for base, head in pairs if base is not None for side in (base, head) if side is not None}
        return replace(self, observed={**self.observed, **seen})

    def price(self, site: CallSite, shift: Shift | None = None) -> PricedSite:
        """The site with its cost. `shift`: as if the parts of its request stood in another order."""
        if shift is not None:
            return self._priced(site, shift)
        known = self._known.get(id(site))
        if known is None:
            known = self._known[id(site)] = (site, self._priced(site, None))
        return known[1]

    def _priced(self, site: CallSite, shift: Shift | None) -> PricedSite:
        names = self.models(site) or site.model.values
        traffic = self.traffic(site)
        first: Rates | NoPrice = NoPrice(model="", reason=site.model.reason or NO_MODEL)
        candidates: list[tuple[str, UnitCost]] = []
        prefix: Prefix | None = None
        tiers: tuple[tuple[int, UnitCost], ...] = ()
        for i, name in enumerate(names or ("",)):
            rates = self.rates_for(name, site) if name else first
            found = self._cost(site, name, rates, traffic, shift)
            if i == 0:
                first, prefix = rates, found.layout.prefix if found.layout is not None else None
                tiers = found.tiers
            candidates.append((name, found.cost))
        return PricedSite(
            site=site,
            feature=self.feature(site),
            rates=first,
            cost=candidates[0][1],
            candidates=tuple(candidates),
            traffic=traffic,
            worst_case_usd_per_call=worst_case(candidates[0][1], site.output_cap, first, answers(site)),
            prefix=prefix,
            tiers=tiers,
        )

    def rates_for(self, name: str, site: CallSite) -> Rates | NoPrice:
        """The rates of a model in the service tier that the request asks for."""
        tier = site.service_tier.value if site.service_tier is not None else None
        if tier not in PRICED_TIERS or self.tier_rates is None:
            return self.rates(name, site.provider)
        return self.tier_rates(name, site.provider, tier)

    def layout(self, site: CallSite) -> tuple[list[Block], Layout] | None:
        """The request in the provider's order and its stable prefix, for the likeliest model; None without a price."""
        name = next(iter(self.models(site) or site.model.values), "")
        rates = self.rates_for(name, site) if name else None
        if not isinstance(rates, Rates) or site.operation != "chat":
            return None
        blocks = _blocks(self._sent(site, name), rates)
        return blocks, lay_out(blocks, site, rates, self.traffic(site), observed=self.observed.get(site.id))

    def tokenizer(self, site: CallSite) -> str:
        """What splits the texts of the likeliest model into tokens; "" where it is not known."""
        name = next(iter(self.models(site) or site.model.values), "")
        return self._counted(site, name).tokenizer if name and site.operation in _ENDPOINTS else ""

    # -- lines ------------------------------------------------------------------------------------------------------

    def cost(self, site: CallSite, model: str, rates: Rates | NoPrice, traffic: Traffic | None) -> UnitCost:
        """The lines of one call with this model."""
        return self._cost(site, model, rates, traffic, None).cost

    def _cost(
        self, site: CallSite, model: str, rates: Rates | NoPrice, traffic: Traffic | None, shift: Shift | None
    ) -> Costed:
        if site.operation not in _ENDPOINTS:
            return Costed(cost=UnitCost(lines=(self._by_use(site, rates),)))
        sent = self._sent(site, model)
        lines = [line for line, _ in sent] + self._run_time(site, traffic)
        before = self.observed.get(site.id)
        if not isinstance(rates, Rates):
            return Costed(cost=UnitCost(lines=tuple(_lines_at(rates, site, lines, traffic, None, before))))
        layout = None
        if site.operation == "chat":
            layout = lay_out(_blocks(sent, rates), site, rates, traffic, observed=before, shift=shift)
        found = bands_of(rates, lines, traffic)
        priced = [_lines_at(band.rates, site, lines, traffic, layout, before) for band in found.bands]
        tiers = zip((band.above for band in found.bands), priced, strict=True) if len(priced) > 1 else ()
        return Costed(
            cost=UnitCost(lines=tuple(joined(found, priced))),
            layout=layout,
            tiers=tuple((above, UnitCost(lines=tuple(x))) for above, x in tiers),
        )

    def _sent(self, site: CallSite, model: str) -> list[Sent]:
        """What the code shows of the request: texts, tools, schema, overhead."""
        texts, schema = _texts(site)
        counted = self._counted(site, model)
        sent: list[Sent] = [(text_line(s, c), s) for s, c in zip(texts, counted.messages, strict=True)]
        sent += [(tool_line(t, c), t) for t, c in zip(site.tools, counted.tools, strict=True)]
        if schema is not None and counted.schema is not None:
            sent.append((text_line(schema, counted.schema), schema))
        if counted.overhead.tokens.high > 0:
            sent.append((overhead_line(counted.overhead), None))
        return sent

    def _counted(self, site: CallSite, model: str) -> RequestCount:
        texts, schema = _texts(site)
        shape = RequestShape(
            model=model,
            provider=site.provider,
            endpoint=site.endpoint or _ENDPOINTS[site.operation],
            messages=tuple((s.role, s.text.literal) for s in texts),
            tools=site.tools,
            schema=schema.text.literal if schema is not None else None,
            thinking=bool(site.reasoning and site.reasoning.values),
            forced_tool=site.forced_tool,
        )
        counted = self._counts.get(shape)
        if counted is None:
            counted = self._counts[shape] = self.count(shape)
        return counted

    def _run_time(self, site: CallSite, traffic: Traffic | None) -> list[CostLine]:
        """Retrieved chunks and everything else that only a run knows."""
        dynamic = traffic.dynamic_input_tokens if traffic is not None else None
        chunks = chunk_count(site)
        size = self.chunk_tokens or chunk_size_tokens(site)
        lines = []
        if traffic is not None and dynamic is not None:
            before = chunk_count(self.observed.get(site.id, site))
            found, other = split_dynamic(dynamic, size, chunks, before)
            if chunks is not None and (found is None or found.high > 0) and (size is not None or chunks != before):
                lines.append(chunk_line(site, chunks, found, size, observed=before))
            lines.append(
                CostLine(
                    part="run-time input",
                    label="run-time input",
                    token_class="input",
                    tokens_per_call=other,
                    usd_per_mtok=None,
                    method=traffic.method("dynamic_input_tokens"),
                    source=traffic.source,
                )
            )
            return lines
        if chunks is not None:
            full = None if size is None else Range(0, int(chunks * size), int(chunks * size))
            lines.append(chunk_line(site, chunks, full, size, observed=None))
        holes = [h for s in site.surfaces for h in s.text.holes]
        # a store embeds what it is given elsewhere: that is not nothing
        unseen = site.operation != "chat" and not site.surfaces
        if holes or unseen:
            names = ", ".join(dict.fromkeys(h.name for h in holes[:4])) or "what is sent does not stand at the call"
            lines.append(
                CostLine(
                    part="run-time input",
                    label=f"run-time input ({names})",
                    token_class="input",
                    tokens_per_call=None,
                    usd_per_mtok=None,
                    method="unknown",
                    source="no traffic profile",
                    span=holes[0].span if holes else site.span,
                    units=Decimal(len(holes) or 1),
                )
            )
        return lines

    def _by_use(self, site: CallSite, rates: Rates | NoPrice) -> CostLine:
        """An image, a speech or a transcription: billed by what comes out, which the code does not tell."""
        fee = rates.usd_per_request if isinstance(rates, Rates) else None
        times = answers(site)
        return CostLine(
            part="request",
            label=f"one {site.operation} request" if times == 1 else f"one {site.operation} request, {times} answers",
            token_class="request",
            tokens_per_call=None,
            usd_per_mtok=None,
            method="unknown",
            source=rates.source if isinstance(rates, Rates) else "no price",
            span=site.span,
            usd_per_use=fee * times if fee is not None else None,
        )


def _texts(site: CallSite) -> tuple[tuple[Surface, ...], Surface | None]:
    """The texts of the messages, and that of the schema of the answer."""
    texts = tuple(s for s in site.surfaces if s.role != "schema")
    return texts, next((s for s in site.surfaces if s.role == "schema"), None)


def _blocks(sent: list[Sent], rates: Rates) -> list[Block]:
    """The request's pieces in the order of the provider, each with the index of its cost line."""
    blocks = []
    for i, (line, item) in enumerate(sent):
        if isinstance(item, Tool):
            blocks.append(block_of_tool(i, item, line.tokens_per_call))
        elif isinstance(item, Surface):
            blocks.append(block_of_surface(i, item, line.tokens_per_call or NO_TOKENS))
    return in_order(blocks, rates.provider)


def _lines_at(
    rates: Rates | NoPrice,
    site: CallSite,
    lines: list[CostLine],
    traffic: Traffic | None,
    layout: Layout | None,
    observed: CallSite | None,
) -> list[CostLine]:
    """The lines of the input with what caching makes of them, those of the output, and the fees, at these rates."""
    out = [rated(line, rates) for line in lines]
    if isinstance(rates, Rates) and layout is not None:
        out = [conversed(cached(line, i, layout, rates), layout, rates) for i, line in enumerate(out)]
    out = [line for line in out if line.tokens_per_call is None or line.tokens_per_call.high > 0]
    if site.operation == "chat":
        out += output_lines(site, rates, traffic, observed)
    out = batched(out, site, rates, traffic)
    if isinstance(rates, Rates) and layout is not None:
        out += storage_line(layout, rates, traffic)
    if isinstance(rates, Rates) and rates.usd_per_request is not None:
        out.append(fee_line("request", "request fee", rates.usd_per_request, rates.source))
    return out + tool_fees(site, rates)
