"""Long requests: above a limit of input tokens some models cost more for the whole request, so the longest calls are cut.

https://ai.google.dev/gemini-api/docs/pricing, https://developers.openai.com/api/docs/pricing. With a limit T on the
request a call sends E[min(X, T - S)] run-time tokens besides its S fixed ones, all at the lower rates.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.levers.case import Case, Proposal, advised, saves, with_saving
from bot.model import Rates, Spread, Tier, Traffic
from bot.spread import expected_min, is_known, share_above
from bot.tiers import RUN_TIME

NAME = "long_context"
# Where most calls are long, the length is the task and not an accident; of fewer than one in a hundred the tail of a
# fitted distribution tells nothing.
MOST = Decimal("0.5")
LEAST = Decimal("0.01")


def propose(case: Case) -> tuple[Proposal, ...]:
    rates, traffic = case.rates, case.traffic
    if rates is None or traffic is None or not rates.tiers or traffic.dynamic_input_tokens is None:
        return ()
    tier = min(rates.tiers, key=lambda t: t.above_input_tokens)
    room = tier.above_input_tokens - _fixed_tokens(case)
    if room <= 0 or not _dearer(rates, tier):
        return ()
    spread = traffic.dynamic_input_spread
    if spread is not None and is_known(spread):
        above = share_above(spread, room) or Decimal(0)
        return _cut(case, rates, tier, room, above) if LEAST <= above <= MOST else ()
    tokens = traffic.dynamic_input_tokens
    return _at_the_high_end(case, rates, tier, room, tokens.high) if tokens.likely <= room < tokens.high else ()


def _cut(case: Case, rates: Rates, tier: Tier, room: int, above: Decimal) -> tuple[Proposal, ...]:
    measured = case.traffic is not None and bool(case.traffic.days_observed)
    advice = advised(
        case,
        NAME,
        f"Keep requests below {tier.above_input_tokens:,} tokens",
        confidence="medium" if measured else "low",
        effort="medium",
        why=f"{_percent(above)} of calls are longer, and pay {_prices(rates, tier)} for the whole request",
        edit=f"Cut history, passages or documents at {room:,} run-time tokens, the oldest or least relevant first.",
        caution="Not where the answer needs the whole text; compare with your evaluation on the long calls.",
        doc_url=rates.source_url,
    )
    proposal = with_saving(case, Proposal(advice=advice, traffic=lambda t: cut(t, room)))
    return (proposal,) if saves(proposal) else ()


def _at_the_high_end(case: Case, rates: Rates, tier: Tier, room: int, most: int) -> tuple[Proposal, ...]:
    """How many calls are long is not known, so no saving is claimed."""
    high = tier.above_input_tokens - room + most
    return (
        Proposal(
            advice=advised(
                case,
                NAME,
                f"Find out how many requests are above {tier.above_input_tokens:,} tokens",
                confidence="low",
                effort="low",
                why=f"at the high end of its range a request has {high:,} tokens, and above {tier.above_input_tokens:,} "
                f"the whole of it costs {_prices(rates, tier)}",
                edit="Build a traffic profile from your logs (`aicost-review profile build`); if many are, cut the run-time "
                f"input at {room:,} tokens.",
                caution="Not where the range is only a guess at a rare worst case.",
                doc_url=rates.source_url,
            )
        ),
    )


def cut(traffic: Traffic, room: int) -> Traffic:
    """The same calls with at most `room` run-time tokens each."""
    tokens, spread = traffic.dynamic_input_tokens, traffic.dynamic_input_spread
    if tokens is None or spread is None:
        return traffic
    kept = expected_min(spread, room)
    points = tuple((min(t, room), n) for t, n in spread.points)
    mean = tokens if kept is None else tokens.map(lambda t: min(t, int(kept)))
    joint = tuple((min(i, room), o, n) for i, o, n in traffic.cost_points)
    return replace(
        traffic,
        dynamic_input_tokens=mean,
        dynamic_input_spread=Spread(points=points) if points else None,
        cost_points=joint,
    )


def _fixed_tokens(case: Case) -> int:
    """What every call sends, with the chunks that the change added."""
    observed = case.traffic.dynamic_input_tokens if case.traffic is not None else None
    lines = case.priced.cost.lines
    moving = sum(x.tokens_per_call.likely for x in lines if x.part in RUN_TIME and x.tokens_per_call is not None)
    return case.priced.cost.input_tokens.likely - min(moving, observed.likely if observed is not None else 0)


def _dearer(rates: Rates, tier: Tier) -> bool:
    old, new = rates.input_usd_per_mtok, tier.input_usd_per_mtok
    return old is not None and new is not None and new > old


def _prices(rates: Rates, tier: Tier) -> str:
    into, out = tier.input_usd_per_mtok, tier.output_usd_per_mtok or rates.output_usd_per_mtok
    return (
        f"{_plain(into)}/{_plain(out)} instead of {_plain(rates.input_usd_per_mtok)}/"
        f"{_plain(rates.output_usd_per_mtok)} USD per million tokens in/out"
    )


def _plain(usd: Decimal | None) -> str:
    return "?" if usd is None else f"{usd.normalize():f}"


def _percent(share: Decimal) -> str:
    return f"{float(share) * 100:.1f} %"
