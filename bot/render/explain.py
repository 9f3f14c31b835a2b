"""The derivation of one call site's number: what is sent, from which lines, at which rates, how often, and the sum."""

from __future__ import annotations

from collections.abc import Iterator

from bot.model import CostLine, NoPrice, PricedSite, Rates, Traffic, UnitCost
from bot.percentiles import quantiles_usd
from bot.render.escape import visible
from bot.render.numbers import (
    UNKNOWN,
    USD,
    Currency,
    about_tokens,
    count_range,
    money,
    money_range,
    percent,
    plain,
    rate,
    times,
    token_range,
)
from bot.render.summary import CALLS, usd_per_month
from prompts_scanner.model import CallSite, Piece, Setting, Span, Surface

MAX_TEXT_LINES = 40
_RATES = (
    ("input", "input_usd_per_mtok"),
    ("output", "output_usd_per_mtok"),
    ("cache read", "cache_read_usd_per_mtok"),
    ("cache write", "cache_write_usd_per_mtok"),
)


def render(priced: PricedSite, currency: Currency = USD, *, show_text: bool = False) -> str:
    """Plain text; what comes from the repository is shown with `visible`."""
    lines = [
        *_head(priced),
        "",
        *_request(priced.site, show_text=show_text),
        "",
        *_rates(priced, currency),
        "",
        *_traffic(priced.traffic),
    ]
    notes: dict[str, int] = {}
    for name, cost in priced.candidates or ((priced.site.model.value or "", priced.cost),):
        lines += ["", *_sum(name, cost, priced, currency, notes)]
    lines += ["", "Sources", *(visible(f"  [{n}] {text}", 600) for text, n in notes.items())]
    lines += ["", *_results(priced, currency)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(priced: PricedSite) -> Iterator[str]:
    site = priced.site
    feature = f" (feature {priced.feature})" if priced.feature not in ("", site.span.path) else ""
    yield visible(f"{site.id}{feature}", 400)
    yield visible(f"  {_at(site.span)}: {site.sdk} {site.operation}, {site.context} code", 400)
    yield visible(f"  model: {_setting(site.model)}", 400)
    if site.output_cap is not None:
        yield visible(f"  output cap: {_setting(site.output_cap)}", 400)
    if site.reasoning is not None:
        yield visible(f"  reasoning: {_setting(site.reasoning)}", 400)
    if site.answers is not None:
        yield visible(f"  answers per request: {_setting(site.answers)}", 400)
    if site.edits is not None:
        yield visible(f"  old parts of the conversation cut from so many input tokens on: {_setting(site.edits)}", 400)
    for loop in site.loops:
        yield visible(f"  in a {loop.kind}{f' of at most {loop.limit}' if loop.limit else ''} at {_at(loop.span)}", 400)


def _request(site: CallSite, *, show_text: bool) -> Iterator[str]:
    yield "What the code shows of a request"
    for surface in site.surfaces:
        yield visible(f"  {surface.role}{f' {surface.name}' if surface.name else ''}, {_at(surface.span)}", 400)
        yield from _pieces(surface, show_text=show_text)
    for tool in site.tools:
        note = "" if tool.complete else ", parts of it known only at run time"
        hosted = f", hosted by the provider as {tool.builtin}" if tool.builtin else ""
        yield visible(f"  tool {tool.name}, {_at(tool.span)}: {len(tool.schema):,} characters{hosted}{note}", 400)
    for item in site.retrieval:
        yield visible(f"  retrieval {item.parameter} = {_setting(item.setting)}", 400)
    if not (site.surfaces or site.tools or site.retrieval):
        yield "  nothing: all of it is put together at run time"


def _pieces(surface: Surface, *, show_text: bool) -> Iterator[str]:
    for piece in surface.text.pieces:
        if not isinstance(piece, Piece):
            limit = f", at most {piece.bounded_chars:,} characters" if piece.bounded_chars is not None else ""
            yield visible(f"    {{{piece.name}}} {_at(piece.span)}: {piece.reason}{limit}", 400)
            continue
        yield visible(f"    text {_at(piece.span)}: {len(piece.text):,} characters", 400)
        if show_text:
            shown = piece.text.splitlines()
            yield from (f"      | {visible(line, 200)}" for line in shown[:MAX_TEXT_LINES])
            if len(shown) > MAX_TEXT_LINES:
                yield f"      | ... {len(shown) - MAX_TEXT_LINES} more lines"


def _rates(priced: PricedSite, currency: Currency) -> Iterator[str]:
    rates = priced.rates
    yield "Rates"
    if isinstance(rates, NoPrice):
        near = f"; names that have one: {', '.join(rates.nearest)}" if rates.nearest else ""
        yield visible(f"  no price for {rates.model or 'a model chosen at run time'}: {rates.reason}{near}", 400)
        return
    yield visible(f"  {rates.model} of {rates.provider}, {rates.source}, as of {rates.as_of.isoformat()}", 400)
    if rates.source_url:
        yield visible(f"  {rates.source_url}", 400)
    known = [(name, getattr(rates, field)) for name, field in _RATES]
    yield "  " + "; ".join(f"{name} {rate(usd, currency)}" for name, usd in known if usd is not None)
    for tier in rates.tiers:
        if tier.input_usd_per_mtok is not None:
            yield f"  above {tier.above_input_tokens:,} input tokens: input {rate(tier.input_usd_per_mtok, currency)}"
    if currency.note:
        yield f"  {currency.note}"


def _traffic(traffic: Traffic | None) -> Iterator[str]:
    yield "Traffic"
    if traffic is None:
        yield "  no profile: run-time input, output and calls a month are unknown"
        return
    days = f", {traffic.days_observed} days observed" if traffic.days_observed else ""
    yield visible(f"  {traffic.source}{days}", 400)
    if traffic.calls_per_month is not None:
        yield f"  {count_range(traffic.calls_per_month)} calls a month"
    facts = (
        ("run-time input", traffic.dynamic_input_tokens),
        ("output", traffic.output_tokens),
        ("of it reasoning", traffic.reasoning_tokens),
    )
    for name, amount in facts:
        if amount is not None:
            yield f"  {name}: {token_range(amount)} tokens a call"
    if traffic.cache_hit_share is not None:
        yield f"  {percent(traffic.cache_hit_share, signed=False)} of calls find the prompt prefix cached"
    if traffic.calls_per_task is not None:
        yield f"  {plain(traffic.calls_per_task)} calls a task"


def _sum(name: str, cost: UnitCost, priced: PricedSite, currency: Currency, notes: dict[str, int]) -> Iterator[str]:
    """The lines of one call. `notes` numbers each source once, for all the sums."""
    of_many = f", one of {len(priced.candidates)} possible models" if len(priced.candidates) > 1 else ""
    yield visible(f"One call with {name or 'an unknown model'}{of_many}", 400)
    for line in cost.lines:
        note = notes.setdefault(f"{line.method}: {line.source}", len(notes) + 1)
        yield from _line(line, note, currency)
    has_price = any(line.usd_per_call is not None for line in cost.lines)
    more = "" if not cost.unknown else f" + {UNKNOWN}"
    total = money_range(cost.usd_per_call, currency) if has_price else UNKNOWN
    yield f"  {'= ' + total + (more if has_price else ''):>14}  for {about_tokens(cost.input_tokens)} input tokens"


def _line(line: CostLine, note: int, currency: Currency) -> Iterator[str]:
    usd = line.usd_per_call
    where = f" {_at(line.span)}" if line.span is not None else ""
    amount = UNKNOWN if usd is None else str(money(usd.likely, currency))
    if line.token_class == "request":
        how = "a use" if line.usd_per_use is not None else "not in the code"
    else:
        tokens = f"{UNKNOWN} tokens" if line.tokens_per_call is None else f"{token_range(line.tokens_per_call)} tokens"
        price = "no rate" if line.usd_per_mtok is None else rate(line.usd_per_mtok, currency)
        how = f"{tokens} × {price}"
    yield visible(f"  {amount:>14}  {line.label}{where}: {how} [{note}]", 400)
    for name, share, per_mtok in line.mix:
        yield f"{'':18}{percent(share, signed=False)} as {name.replace('_', ' ')} at {rate(per_mtok, currency)}"


def _results(priced: PricedSite, currency: Currency) -> Iterator[str]:
    yield "Together"
    if isinstance(priced.rates, Rates):
        per_1k = times(priced.cost.usd_per_call, CALLS)
        more = f" + {UNKNOWN} part" if priced.cost.unknown else ""
        yield f"  1,000 calls: {money_range(per_1k, currency)}{more}"
    month = usd_per_month(priced)
    if month is not None and priced.traffic is not None and priced.traffic.calls_per_month is not None:
        yield f"  a month: {money_range(month, currency)} ({count_range(priced.traffic.calls_per_month)} calls)"
    p50, p95, p99, source = quantiles_usd(priced)
    if p50 is not None and p95 is not None and p99 is not None:
        of_calls = ", ".join(f"{money(usd, currency)} at {q}" for q, usd in (("p50", p50), ("p95", p95), ("p99", p99)))
        yield visible(f"  one call of many: {of_calls} ({source})", 400)
    if priced.worst_case_usd_per_call is not None:
        yield f"  one call at worst (full answer, nothing cached): {money(priced.worst_case_usd_per_call, currency)}"
    for line in priced.cost.unknown:
        yield visible(f"  not in the sum: {line.label} ({line.source})", 400)


def _setting(setting: Setting) -> str:
    place = _at(setting.sources[0] if setting.sources else setting.span)
    if not setting.values:
        return f"set at run time ({setting.reason or 'not a literal'}), {place}"
    return f"{' | '.join(setting.values[:6])} ({setting.resolution}), {place}"


def _at(span: Span) -> str:
    lines = f"{span.first_line}" + (f"-{span.last_line}" if span.last_line > span.first_line else "")
    return f"{span.path}:{lines}"
