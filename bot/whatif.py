"""What a call site would cost if it were changed: another model, a cache, a cap, other chunks, a batch, more turns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from bot.cost import Pricer
from bot.errors import ReviewError
from bot.lines import chunk_count
from bot.model import NoPrice, PricedSite, Range, Rates, Traffic
from bot.prefix import OWN_CACHE, hit_share
from bot.turns import with_limit, with_turns
from prompts_scanner.model import CallSite, Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be different; None leaves it as it is."""

    model: str | None = None
    cache: bool | None = None
    hit_share: Decimal | None = None
    cap_tokens: int | None = None
    chunks: int | None = None
    batch_share: Decimal | None = None
    turns: Decimal | None = None
    history_tokens: int | None = None
    calls_per_month: Decimal | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


def known(wish: Wish, traffic: Traffic | None, feature: str) -> Traffic | None:
    """The traffic with the numbers that were given for both sides: volume, run-time input, output."""
    given = (wish.calls_per_month, wish.input_tokens, wish.output_tokens)
    if all(x is None for x in given):
        return traffic
    now = traffic or Traffic(feature=feature, source="given")
    return replace(
        now,
        calls_per_month=now.calls_per_month if wish.calls_per_month is None else Range.exactly(wish.calls_per_month),
        dynamic_input_tokens=now.dynamic_input_tokens
        if wish.input_tokens is None
        else Range.exactly(wish.input_tokens),
        output_tokens=now.output_tokens if wish.output_tokens is None else Range.exactly(wish.output_tokens),
        output_spread=now.output_spread if wish.output_tokens is None else None,
        source=f"{now.source}, given" if traffic is not None else "given",
    )


def changed(site: PricedSite, pricer: Pricer, wish: Wish) -> PricedSite:
    """The site priced as wished. ReviewError where the wish cannot be priced."""
    call, traffic = site.site, site.traffic
    asked = pricer
    if wish.model is not None:
        call = replace(call, model=_setting(call, wish.model))
        asked = replace(asked, models=lambda _: ())
        _priced(asked, wish.model, call.provider)
    if wish.cap_tokens is not None:
        call = replace(call, output_cap=_setting(call, str(wish.cap_tokens)))
    if wish.chunks is not None:
        call = _with_chunks(call, wish.chunks)
    if wish.turns is not None:
        traffic = with_turns(site, wish.turns)
        if traffic is None:
            raise ReviewError(
                "the turns of a site without traffic cannot be priced", "Give --input-tokens and --output-tokens."
            )
    if wish.history_tokens is not None:
        traffic = with_limit(replace(site, traffic=traffic), wish.history_tokens)
        if traffic is None:
            raise ReviewError(
                "what the turns of this call add is not known",
                "Name `calls_per_task`, `output_tokens`, `tool_result_tokens` and `dynamic_input_tokens` of its feature.",
            )
    if wish.cache is not None or wish.hit_share is not None:
        call, traffic = _cached(call, traffic, asked, wish)
    if wish.batch_share is not None:
        call = replace(call, batch=False)
        traffic = replace(traffic or _no_traffic(site), batch_share=wish.batch_share)
    final = traffic
    return replace(asked, traffic=lambda _: final, observed={**pricer.observed, call.id: site.site}).price(call)


def _cached(call: CallSite, traffic: Traffic | None, pricer: Pricer, wish: Wish) -> tuple[CallSite, Traffic | None]:
    if wish.cache is False:
        plain = tuple(replace(s, cache_mark=False) for s in call.surfaces)
        hits = None if traffic is None else replace(traffic, cache_hit_share=Decimal(0))
        return replace(call, cache=None, surfaces=plain), hits
    rates = pricer.rates(call.model.value or "", call.provider)
    if wish.cache and isinstance(rates, Rates) and rates.cache_storage_usd_per_mtok_hour is not None:
        return replace(call, cache=_setting(call, OWN_CACHE)), traffic  # read by every call, and paid by the hour
    share = wish.hit_share
    if share is None and isinstance(rates, Rates):
        share, _ = hit_share(traffic, rates.cache_ttl_seconds, observed=bool(traffic and traffic.cache_hit_share))
    if share is None:
        raise ReviewError("how many calls would find the cache is not known", "Give --hit-share, such as 0.8.")
    on = call if call.cache is not None else replace(call, cache=_setting(call, "on"))
    base = traffic or Traffic(feature="", source="given")
    return on, replace(base, cache_hit_share=share)


def _with_chunks(call: CallSite, chunks: int) -> CallSite:
    if chunk_count(call) is None:
        raise ReviewError("this call has no number of chunks in the code", "--top-k works where the code sets one.")
    return replace(
        call,
        retrieval=tuple(
            replace(r, setting=_setting(call, str(chunks))) if r.unit == "chunks" else r for r in call.retrieval
        ),
    )


def _priced(pricer: Pricer, model: str, provider: str | None) -> Rates:
    found = pricer.rates(model, provider)
    if isinstance(found, NoPrice):
        near = f"Near: {', '.join(found.nearest[:3])}." if found.nearest else "`aicost-review prices list` names them."
        raise ReviewError(f"no price is known for {model!r}", near)
    return found


def _setting(call: CallSite, value: str) -> Setting:
    return Setting(values=(value,), resolution="literal", span=call.span)


def _no_traffic(site: PricedSite) -> Traffic:
    return Traffic(feature=site.feature, source="given")
