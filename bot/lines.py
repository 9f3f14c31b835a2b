"""The lines of a call's cost: texts, tools, chunks, output, fees; what caching and batching make of them."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from bot.model import (
    MTOK,
    NO_TOKENS,
    CostLine,
    NoPrice,
    Range,
    Rates,
    TokenClass,
    TokenCount,
    Tokens,
    Traffic,
    UnitCost,
)
from bot.prefix import Layout
from bot.spread import expected_min, mean_tokens
from prompts_scanner.model import CallSite, Setting, Surface, Tool

ONE = Decimal(1)
HOURS_PER_MONTH = 730  # 365 days × 24 hours ÷ 12
_NAMES = {"system": "system prompt", "schema": "response schema", "examples": "examples"}


def text_line(surface: Surface, counted: TokenCount) -> CostLine:
    part = surface.role if surface.role in ("system", "schema", "input", "examples") else "messages"
    return CostLine(
        part=part,
        label=surface.name or _NAMES.get(surface.role, f"{surface.role} message"),
        token_class="input",
        tokens_per_call=counted.tokens,
        usd_per_mtok=None,
        method=counted.method,
        source=counted.source,
        span=surface.span,
    )


def tool_line(tool: Tool, counted: TokenCount) -> CostLine:
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


def rated(line: CostLine, rates: Rates | NoPrice) -> CostLine:
    if not isinstance(rates, Rates):
        return line
    return replace(line, usd_per_mtok=rates.input_usd_per_mtok)


def fee_line(part: str, label: str, usd: Decimal, source: str) -> CostLine:
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


def overhead_line(counted: TokenCount) -> CostLine:
    return CostLine(
        part="overhead",
        label="message and request overhead",
        token_class="input",
        tokens_per_call=counted.tokens,
        usd_per_mtok=None,
        method=counted.method,
        source=counted.source,
    )


def chunk_line(
    site: CallSite, chunks: Decimal, tokens: Tokens | None, size: int | None, observed: Decimal | None
) -> CostLine:
    where = next(r.span for r in site.retrieval if r.unit == "chunks")
    source = "size of a chunk is not known" if size is None else f"top-k × {size} tokens of a full chunk"
    units = chunks
    if observed is not None and size is None:
        units = chunks - observed  # the observed input holds the others
        source = f"{observed.normalize():f} chunks are in the observed input; size of a chunk is not known"
    elif observed is not None:
        source += f"; {observed.normalize():f} chunks are in the observed input"
    return CostLine(
        part="retrieval",
        label=f"{chunks.normalize():f} retrieved chunks",
        token_class="input",
        tokens_per_call=tokens,
        usd_per_mtok=None,
        method="assumption" if tokens is not None else "unknown",
        source=source,
        span=where,
        units=units,
    )


def split_dynamic(
    dynamic: Tokens, chunk_tokens: int | None, chunks: Decimal | None, observed: Decimal | None
) -> tuple[Tokens | None, Tokens]:
    """Retrieved chunks now, and the rest of the run-time input, from input observed with `observed` chunks a call.

    The retrieval part of the observed input is at most all of it; only this part grows with the number of chunks, so
    with the observed number the two add up to what was observed. None: the size of a chunk is not known.
    """
    if chunks is None and observed is None:
        return NO_TOKENS, dynamic
    if chunk_tokens is None:
        return (NO_TOKENS if chunks == observed else None), dynamic
    before, now = observed or Decimal(0), chunks or Decimal(0)
    if before == 0:
        full = int(now * chunk_tokens)
        return Range(0, full, full), dynamic
    held = dynamic.map(lambda t: min(int(before * chunk_tokens), t))
    rest = Range(dynamic.low - held.low, dynamic.likely - held.likely, dynamic.high - held.high)
    return held.map(lambda t: int((t * now / before).to_integral_value(ROUND_HALF_UP))), rest


def cached(line: CostLine, index: int, layout: Layout, rates: Rates) -> CostLine:
    """A line of the stable prefix: read with probability h, written otherwise, the rest plain input."""
    read, plain, hits = rates.cache_read_usd_per_mtok, rates.input_usd_per_mtok, layout.prefix.hit_share
    tokens = line.tokens_per_call
    covered, vain = layout.stable.get(index, 0), layout.vain.get(index, 0)
    if hits is None or read is None or plain is None or tokens is None or not tokens.likely or not covered + vain:
        return line
    write = rates.cache_write_usd_per_mtok if rates.cache_write_usd_per_mtok is not None else plain
    part, wasted = Decimal(covered) / tokens.likely, Decimal(vain) / tokens.likely
    shares: dict[TokenClass, Decimal] = {"cache_read": part * hits, "cache_write": part * (1 - hits) + wasted}
    shares["input"] = ONE - shares["cache_read"] - shares["cache_write"]
    prices: dict[TokenClass, Decimal] = {"cache_read": read, "cache_write": write, "input": plain}
    if write == plain:  # a miss is plain input where writing has no price of its own
        shares["input"] += shares.pop("cache_write")
    mix = tuple((name, share, prices[name]) for name, share in shares.items() if share > 0)
    note = f"{hits.normalize():f} of calls read the cache ({layout.prefix.hit_source})"
    return replace(
        line,
        usd_per_mtok=sum((share * usd for _, share, usd in mix), start=Decimal(0)),
        token_class=max(mix, key=lambda m: m[1])[0],
        mix=mix,
        source=f"{line.source}; {note}" if covered else f"{line.source}; written to the cache, never read",
    )


def conversed(line: CostLine, layout: Layout, rates: Rates) -> CostLine:
    """Run-time input of an agent whose conversation is cached: what was said before is read, the rest written."""
    share, read, plain = layout.history_share, rates.cache_read_usd_per_mtok, rates.input_usd_per_mtok
    if line.part != "run-time input" or not share or read is None or plain is None or line.tokens_per_call is None:
        return line
    write = rates.cache_write_usd_per_mtok if rates.cache_write_usd_per_mtok is not None else plain
    rest: TokenClass = "input" if write == plain else "cache_write"
    both: tuple[tuple[TokenClass, Decimal, Decimal], ...] = (("cache_read", share, read), (rest, ONE - share, write))
    mix = tuple(m for m in both if m[1])
    return replace(
        line,
        usd_per_mtok=share * read + (ONE - share) * write,
        token_class=max(mix, key=lambda m: m[1])[0],
        mix=mix,
        source=f"{line.source}; {share * 100:.0f} % of it is read from the cache: what earlier turns sent",
    )


def storage_line(layout: Layout, rates: Rates, traffic: Traffic | None) -> list[CostLine]:
    """What it costs to keep a cache of one's own all month, for one call; unknown where the volume is."""
    per_hour = rates.cache_storage_usd_per_mtok_hour
    if not layout.stored or per_hour is None:
        return []
    monthly = layout.stored * per_hour * HOURS_PER_MONTH / MTOK
    calls = traffic.calls_per_month.likely if traffic is not None and traffic.calls_per_month is not None else None
    line = fee_line("cache storage", "cache storage", monthly / calls if calls else ONE, rates.source)
    note = f"{layout.stored:,} tokens × {per_hour.normalize():f} USD per million and hour × {HOURS_PER_MONTH} hours ÷ calls"
    if not calls:
        return [replace(line, usd_per_use=None, method="unknown", source=f"{note}, which are not known")]
    return [replace(line, source=note)]


def output_lines(
    site: CallSite, rates: Rates | NoPrice, traffic: Traffic | None, observed: CallSite | None = None
) -> list[CostLine]:
    """The answer, and apart from it the thinking where the traffic tells them apart.

    `observed`: the site as it was when its traffic was measured; the output that was seen is of so many answers.
    """
    usd = rates.output_usd_per_mtok if isinstance(rates, Rates) else None
    cap = setting_int(site.output_cap)
    times = answers(site)
    shown = f" (at most {cap:,})" if cap is not None else ""
    shown += f", {times} answers" if times > 1 else ""
    span = site.output_cap.span if site.output_cap else site.span
    tokens = None if traffic is None else output_tokens(traffic, cap, times, answers(observed or site))
    if traffic is None or tokens is None:
        return [
            CostLine(
                part="output",
                label="output" + shown,
                token_class="output",
                tokens_per_call=None,
                usd_per_mtok=usd,
                method="unknown",
                source="no traffic profile",
                span=span,
            )
        ]
    thinking = traffic.reasoning_tokens
    all_output = traffic.output_tokens
    answer = CostLine(
        part="output",
        label="output" + shown,
        token_class="output",
        tokens_per_call=tokens,
        usd_per_mtok=usd,
        method=traffic.method("output_tokens"),
        source=traffic.source,
        span=span,
    )
    if thinking is None or all_output is None or thinking.high == 0:
        return [answer]
    # a cap cuts thinking and answer alike: both keep their observed share
    part = tokens.map(lambda t: t * min(thinking.likely, all_output.likely) // max(1, all_output.likely))
    rest = Range(tokens.low - part.low, tokens.likely - part.likely, tokens.high - part.high)
    return [
        replace(answer, tokens_per_call=rest),
        replace(answer, part="reasoning", label="reasoning", token_class="reasoning", tokens_per_call=part),
    ]


def answers(site: CallSite) -> int:
    """How many answers one request asks for; each is generated, cut at the cap, and billed."""
    return max(1, setting_int(site.answers) or 1)


def output_tokens(traffic: Traffic, cap_tokens: int | None, times: int = 1, observed_times: int = 1) -> Tokens | None:
    """Output tokens of a call under a cap: E[min(X, cap)] where the spread is known, else the mean, at most the cap.

    `times` answers are asked for, each under the cap; what was observed is the sum of `observed_times`.
    """
    if (times, observed_times) != (1, 1):
        whole = output_tokens(traffic, cap_tokens * observed_times if cap_tokens is not None else None)
        share = Decimal(times) / observed_times
        return whole.map(lambda t: _whole(t * share)) if whole is not None else None
    tokens, spread = traffic.output_tokens, traffic.output_spread
    if tokens is None:
        mean = mean_tokens(spread) if spread is not None else None
        if mean is None:
            return None
        tokens = Range.exactly(_whole(mean))
    if cap_tokens is None:
        return tokens
    kept = ONE
    if spread is not None:
        mean, cut = mean_tokens(spread), expected_min(spread, cap_tokens)
        if mean and cut is not None:
            kept = min(ONE, cut / mean)
    return tokens.map(lambda t: min(_whole(t * kept), cap_tokens))


def batch_share(site: CallSite, traffic: Traffic | None) -> Decimal:
    """The share of calls sent as a batch; all of a call that the code sends so."""
    if site.batch:
        return ONE
    return (traffic.batch_share if traffic is not None else None) or Decimal(0)


def batched(lines: list[CostLine], site: CallSite, rates: Rates | NoPrice, traffic: Traffic | None) -> list[CostLine]:
    """The lines with a share of the calls at the batch rate; cached tokens only where the provider says so too."""
    share = batch_share(site, traffic)
    if not share or not isinstance(rates, Rates) or rates.batch_factor is None:
        return lines
    factor = 1 - share * (1 - rates.batch_factor)
    return [_discounted(line, factor, cached=bool(rates.batch_discounts_cached)) for line in lines]


def _discounted(line: CostLine, factor: Decimal, *, cached: bool) -> CostLine:
    if line.usd_per_mtok is None:
        return line
    if not line.mix:
        return replace(line, usd_per_mtok=line.usd_per_mtok * factor)
    mix = tuple(
        (name, part, usd if name in ("cache_read", "cache_write") and not cached else usd * factor)
        for name, part, usd in line.mix
    )
    return replace(line, mix=mix, usd_per_mtok=sum((part * usd for _, part, usd in mix), start=Decimal(0)))


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))


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


def worst_case(cost: UnitCost, cap: Setting | None, rates: Rates | NoPrice, times: int = 1) -> Decimal | None:
    """The known input at its high end, nothing read from a cache, plus `times` full answers; at the rates of that tier.

    A full answer is the cap, or the model's own limit where there is none. Run-time input that is not known is left
    out. None where there is neither cap nor limit, or no price.
    """
    if not isinstance(rates, Rates):
        return None
    limits = [n for n in (setting_int(cap), rates.max_output_tokens) if n is not None]
    tier = rates.for_input(cost.input_tokens.high)
    plain, output = tier.input_usd_per_mtok, tier.output_usd_per_mtok
    if not limits or output is None or plain is None:
        return None
    total = min(limits) * output * times
    for line in cost.lines:
        if line.tokens_per_call is None or line.token_class in ("output", "reasoning"):
            continue
        writes = any(name == "cache_write" for name, _, _ in line.mix)
        dearest = max(plain, tier.cache_write_usd_per_mtok or plain) if writes else plain
        total += line.tokens_per_call.high * dearest
    return total / MTOK + sum((line.usd_per_use or Decimal(0) for line in cost.lines), start=Decimal(0))
