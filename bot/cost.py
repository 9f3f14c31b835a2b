"""What one call costs: tokens × rate, line by line. Pure; counters, rates and traffic are handed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.model import (
    CostLine,
    NoPrice,
    PricedSite,
    Range,
    Rates,
    RequestCount,
    RequestShape,
    TokenCount,
    Traffic,
    UnitCost,
)
from prompts_scanner.model import CallSite, Setting, Surface, Tool

Counter = Callable[[RequestShape], RequestCount]
RateBook = Callable[[str, str | None], Rates | NoPrice]

NO_MODEL = "the model is chosen at run time"
# Providers' APIs bill these by the request and not by tokens that a prompt shows.
_ENDPOINTS = {"chat": "chat", "embed": "embeddings", "rerank": "rerank"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricer:
    """Everything a site's cost depends on besides the site."""

    count: Counter
    rates: RateBook
    traffic: Callable[[CallSite], Traffic | None]
    feature: Callable[[CallSite], str]
    models: Callable[[CallSite], tuple[str, ...]]
    chunk_tokens: int | None = None

    def __call__(self, site: CallSite | None) -> PricedSite | None:
        return None if site is None else self.price(site)

    def price(self, site: CallSite) -> PricedSite:
        names = self.models(site) or site.model.values
        traffic = self.traffic(site)
        candidates = []
        first: Rates | NoPrice = NoPrice(model="", reason=site.model.reason or NO_MODEL)
        for i, name in enumerate(names or ("",)):
            rates = self.rates(name, site.provider) if name else first
            if i == 0:
                first = rates
            candidates.append((name, self.cost(site, name, rates, traffic)))
        return PricedSite(
            site=site,
            feature=self.feature(site),
            rates=first,
            cost=candidates[0][1],
            candidates=tuple(candidates),
            traffic=traffic,
            worst_case_usd_per_call=worst_case(candidates[0][1], site.output_cap, first),
        )

    # -- lines ------------------------------------------------------------------------------------------------------

    def cost(self, site: CallSite, model: str, rates: Rates | NoPrice, traffic: Traffic | None) -> UnitCost:
        """The lines of one call with this model."""
        if site.batch:
            traffic = traffic_as_batch(traffic)
        if site.operation not in ("chat", "embed", "rerank"):
            return UnitCost(lines=(self._by_use(site, rates),))
        lines = [*self._input(site, model, traffic), *self._run_time(site, traffic)]
        known_input = sum(line.tokens_per_call.likely for line in lines if line.tokens_per_call is not None)
        priced = rates.for_input(known_input) if isinstance(rates, Rates) else rates
        lines = [_rated(line, priced) for line in lines]
        if isinstance(priced, Rates) and traffic is not None:
            lines = _cached(lines, priced, traffic)
        if site.operation == "chat":
            lines.append(self._output(site, priced, traffic))
        if isinstance(priced, Rates) and priced.usd_per_request is not None:
            lines.append(_fee("request", "request fee", priced.usd_per_request, priced.source))
        lines += _tool_fees(site, priced)
        share = traffic.batch_share if traffic is not None else None
        if share and isinstance(priced, Rates) and priced.batch_factor is not None:
            factor = 1 - share * (1 - priced.batch_factor)
            lines = [_scaled(line, factor) for line in lines]
        return UnitCost(lines=tuple(lines))

    def _input(self, site: CallSite, model: str, traffic: Traffic | None) -> list[CostLine]:
        del traffic
        texts = tuple(s for s in site.surfaces if s.role != "schema")
        schema = next((s for s in site.surfaces if s.role == "schema"), None)
        shape = RequestShape(
            model=model,
            provider=site.provider,
            endpoint=_ENDPOINTS[site.operation],
            messages=tuple((s.role, s.text.literal) for s in texts),
            tools=site.tools,
            schema=schema.text.literal if schema is not None else None,
            thinking=bool(site.reasoning and site.reasoning.values),
        )
        counted = self.count(shape)
        lines = [_text_line(s, c) for s, c in zip(texts, counted.messages, strict=True) if c.tokens.high > 0]
        lines += [_tool_line(t, c) for t, c in zip(site.tools, counted.tools, strict=True)]
        if schema is not None and counted.schema is not None:
            lines.append(_text_line(schema, counted.schema))
        if counted.overhead.tokens.high > 0:
            lines.append(
                CostLine(
                    part="overhead",
                    label="message and request overhead",
                    token_class="input",
                    tokens_per_call=counted.overhead.tokens,
                    usd_per_mtok=None,
                    method=counted.overhead.method,
                    source=counted.overhead.source,
                )
            )
        return lines

    def _run_time(self, site: CallSite, traffic: Traffic | None) -> list[CostLine]:
        lines = []
        holes = [h for s in site.surfaces for h in s.text.holes]
        dynamic = traffic.dynamic_input_tokens if traffic is not None else None
        chunks = chunk_count(site)
        size = self.chunk_tokens or chunk_size_tokens(site)
        if chunks is not None:
            tokens = Range(0, int(chunks * size), int(chunks * size)) if size is not None else None
            where = next(r.span for r in site.retrieval if r.unit == "chunks")
            lines.append(
                CostLine(
                    part="retrieval",
                    label=f"{chunks.normalize():f} retrieved chunks",
                    token_class="input",
                    tokens_per_call=tokens,
                    usd_per_mtok=None,
                    method="assumption" if size is not None else "unknown",
                    source=f"top-k × {size} tokens of a full chunk"
                    if size is not None
                    else "size of a chunk is not known",
                    span=where,
                    units=chunks,
                )
            )
        if dynamic is not None and traffic is not None:
            lines.append(
                CostLine(
                    part="run-time input",
                    label="run-time input",
                    token_class="input",
                    tokens_per_call=dynamic,
                    usd_per_mtok=None,
                    method="observed" if traffic.days_observed else "config",
                    source=traffic.source,
                )
            )
        elif holes:
            names = ", ".join(dict.fromkeys(h.name for h in holes[:4]))
            lines.append(
                CostLine(
                    part="run-time input",
                    label=f"run-time input ({names})",
                    token_class="input",
                    tokens_per_call=None,
                    usd_per_mtok=None,
                    method="unknown",
                    source="no traffic profile",
                    span=holes[0].span,
                    units=Decimal(len(holes)),
                )
            )
        return lines

    def _output(self, site: CallSite, rates: Rates | NoPrice, traffic: Traffic | None) -> CostLine:
        usd = rates.output_usd_per_mtok if isinstance(rates, Rates) else None
        cap = setting_int(site.output_cap)
        if traffic is None or traffic.output_tokens is None:
            return CostLine(
                part="output",
                label="output" + (f" (at most {cap:,})" if cap else ""),
                token_class="output",
                tokens_per_call=None,
                usd_per_mtok=usd,
                method="unknown",
                source="no traffic profile",
                span=site.output_cap.span if site.output_cap else site.span,
            )
        tokens = traffic.output_tokens
        if cap is not None and cap < tokens.high:
            tokens = Range(min(tokens.low, cap), min(tokens.likely, cap), cap)
        return CostLine(
            part="output",
            label="output" + (f" (at most {cap:,})" if cap else ""),
            token_class="output",
            tokens_per_call=tokens,
            usd_per_mtok=usd,
            method="observed" if traffic.days_observed else "config",
            source=traffic.source,
            span=site.output_cap.span if site.output_cap else site.span,
        )

    def _by_use(self, site: CallSite, rates: Rates | NoPrice) -> CostLine:
        """An image, a speech or a transcription: billed by what comes out, which the code does not tell."""
        fee = rates.usd_per_request if isinstance(rates, Rates) else None
        return CostLine(
            part="request",
            label=f"one {site.operation} request",
            token_class="request",
            tokens_per_call=None,
            usd_per_mtok=None,
            method="unknown",
            source=rates.source if isinstance(rates, Rates) else "no price",
            span=site.span,
            usd_per_use=fee,
        )


# -- helpers ----------------------------------------------------------------------------------------------------------


def _text_line(surface: Surface, counted: TokenCount) -> CostLine:
    part = {"system": "system", "schema": "schema", "input": "input"}.get(surface.role, "messages")
    return CostLine(
        part=part,
        label=surface.name
        or {"system": "system prompt", "schema": "response schema"}.get(surface.role, f"{surface.role} message"),
        token_class="input",
        tokens_per_call=counted.tokens,
        usd_per_mtok=None,
        method=counted.method,
        source=counted.source,
        span=surface.span,
    )


def _tool_line(tool: Tool, counted: TokenCount) -> CostLine:
    unknown = not tool.complete and not tool.schema and tool.builtin is None
    return CostLine(
        part="tools",
        label=f"tool {tool.name}",
        token_class="input",
        tokens_per_call=None if unknown else counted.tokens,
        usd_per_mtok=None,
        method="unknown" if unknown else counted.method,
        source="defined at run time" if unknown else counted.source,
        span=tool.span,
    )


def _rated(line: CostLine, rates: Rates | NoPrice) -> CostLine:
    if not isinstance(rates, Rates):
        return line
    return replace(line, usd_per_mtok=rates.input_usd_per_mtok)


def _scaled(line: CostLine, factor: Decimal) -> CostLine:
    return line if line.usd_per_mtok is None else replace(line, usd_per_mtok=line.usd_per_mtok * factor)


def _fee(part: str, label: str, usd: Decimal, source: str) -> CostLine:
    return CostLine(
        part=part,
        label=label,
        token_class="request",
        tokens_per_call=None,
        usd_per_mtok=None,
        method="exact",
        source=source,
        usd_per_use=usd,
    )


def _tool_fees(site: CallSite, rates: Rates | NoPrice) -> list[CostLine]:
    """A hosted tool is billed by the use; how often a model uses it is not in the code."""
    out = []
    for tool in site.tools:
        if tool.builtin is None:
            continue
        fee = rates.fees.get(tool.builtin) if isinstance(rates, Rates) else None
        if fee is None:
            continue
        out.append(
            CostLine(
                part="tool fee",
                label=f"{tool.name}: {fee} USD a use, uses per call unknown",
                token_class="request",
                tokens_per_call=None,
                usd_per_mtok=None,
                method="unknown",
                source="fees of hosted tools",
                span=tool.span,
            )
        )
    return out


_PREFIX_PARTS = ("tools", "system")


def _cached(lines: list[CostLine], rates: Rates, traffic: Traffic) -> list[CostLine]:
    """Price the stable prefix (tools, then system) by the share of calls that find it cached.

    A call pays the read rate with probability h and the write (or input) rate otherwise.
    """
    share = traffic.cache_hit_share
    if not share or rates.cache_read_usd_per_mtok is None or rates.input_usd_per_mtok is None:
        return lines
    prefix = sum(x.tokens_per_call.likely for x in lines if x.part in _PREFIX_PARTS and x.tokens_per_call is not None)
    if prefix < (rates.min_cacheable_tokens or 0):
        return lines
    write = rates.cache_write_usd_per_mtok or rates.input_usd_per_mtok
    blended = share * rates.cache_read_usd_per_mtok + (1 - share) * write
    return [
        replace(
            line,
            usd_per_mtok=blended,
            token_class="cache_read",
            source=f"{line.source}; {share} of calls read the cache",
        )
        if line.part in _PREFIX_PARTS
        else line
        for line in lines
    ]


def traffic_as_batch(traffic: Traffic | None) -> Traffic | None:
    """A call that the code sends as a batch is wholly at the batch rate."""
    if traffic is None:
        return None
    return replace(traffic, batch_share=Decimal(1))


def setting_int(setting: Setting | None) -> int | None:
    """A setting's likeliest value as a whole number."""
    if setting is None or setting.value is None:
        return None
    found = re.fullmatch(r"\s*(\d{1,9})(?:\.0+)?\s*", setting.value)
    return int(found.group(1)) if found else None


def chunk_count(site: CallSite) -> Decimal | None:
    """How many retrieved chunks a call carries, as far as the code says."""
    numbers = [setting_int(r.setting) for r in site.retrieval if r.unit == "chunks"]
    known = [n for n in numbers if n is not None]
    return Decimal(min(known)) if known else None


def chunk_size_tokens(site: CallSite) -> int | None:
    """The size of a full chunk where the code sets one in tokens."""
    for item in site.retrieval:
        if item.unit == "tokens" and "overlap" not in item.parameter.lower():
            return setting_int(item.setting)
    return None


def worst_case(cost: UnitCost, cap: Setting | None, rates: Rates | NoPrice) -> Decimal | None:
    """The known input at its high end plus a full answer; None where there is no cap or no price."""
    limit = setting_int(cap)
    if limit is None or not isinstance(rates, Rates) or rates.output_usd_per_mtok is None:
        return None
    known = Decimal(0)
    for line in cost.lines:
        usd = line.usd_per_call
        if usd is not None and line.token_class != "output":
            known += usd.high
    return known + limit * rates.output_usd_per_mtok / Decimal(1_000_000)
