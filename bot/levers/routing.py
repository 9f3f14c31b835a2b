"""Routing: the same call on a cheaper model that fits, alone where the task is simple, else first in a cascade.

A cascade asks the smaller model first and the larger one again for a share e of the calls: C = c₁ + e·c₂. It pays below
e = 1 - c₁/c₂ (Chen, Zaharia & Zou 2023, FrugalGPT, https://arxiv.org/abs/2305.05176). The judge that decides costs what
it costs besides, and the answers have to be evaluated first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import islice

from bot.economics import is_agent_loop
from bot.levers.case import Case, Proposal, advised, saved_with, saves, with_saving
from bot.levers.ladder import ladder, successor
from bot.levers.simple import is_simple
from bot.model import Range, Rates
from prompts_scanner.model import Span

NAME = "routing"
DOC = "https://arxiv.org/abs/2305.05176"
# A smaller model is worth the trouble from half the price on, a later one of the same size from three quarters.
CHEAP_ENOUGH = Decimal("0.5")
_OWN_NAMES = ("anthropic", "openai", "google", "mistral")
LATER_IS_WORTH_IT = Decimal("0.75")


def propose(case: Case) -> tuple[Proposal, ...]:
    rates, site = case.rates, case.site
    if rates is None or site.operation != "chat" or len(case.priced.candidates) > 1 or rates.free:
        return ()  # several models: something routes already
    if site.context == "eval":
        return ()  # another grader measures something else
    return tuple(islice((p for p in _tried(case, rates) if p is not None), 1))


def _tried(case: Case, rates: Rates) -> Iterator[Proposal | None]:
    """In this order; the first that saves is the advice."""
    smaller = _smaller(case, rates)
    if is_simple(case.priced):
        yield from (_alone(case, rates, name) for name in reversed(smaller))
    yield _successor(case, rates)
    if _can_cascade(case) and not is_simple(case.priced):
        yield from (_cascade(case, rates, name) for name in smaller)


def _can_cascade(case: Case) -> bool:
    """Whether a second call can be judged worth its trouble: no turns that build on each other, and a known bill."""
    known = case.traffic is not None and case.traffic.calls_per_month is not None and not case.priced.cost.unknown
    return known and not case.site.tools and not is_agent_loop(case.priced)


def break_even_escalation(smaller_usd: Decimal, larger_usd: Decimal, judge_usd: Decimal = Decimal(0)) -> Decimal:
    """The share of escalated calls below which a cascade is cheaper than the larger model alone: 1 - (c₁ + cⱼ)/c₂."""
    return Decimal(0) if larger_usd <= 0 else max(Decimal(0), 1 - (smaller_usd + judge_usd) / larger_usd)


def cascade_usd(
    smaller_usd: Decimal, larger_usd: Decimal, escalated_share: Decimal, judge_usd: Decimal = Decimal(0)
) -> Decimal:
    """c₁ + cⱼ + e·c₂."""
    return smaller_usd + judge_usd + escalated_share * larger_usd


def fits(case: Case, rates: Rates) -> bool:
    """Whether the known request fits the model. A size that is not known does not exclude it."""
    known = case.priced.cost.input_tokens.high
    cap = case.site.output_cap.value if case.site.output_cap is not None else None
    if rates.context_tokens is not None and known > rates.context_tokens:
        return False
    return not (
        cap is not None and cap.isdigit() and rates.max_output_tokens is not None and int(cap) > rates.max_output_tokens
    )


def _successor(case: Case, rates: Rates) -> Proposal | None:
    """A later model of the family that costs less in every class."""
    name = successor(rates.model)
    new = _rates(case, name) if name is not None else None
    if (
        name is None
        or new is None
        or new.model == rates.model
        or not fits(case, new)
        or not _dearer(rates, new, LATER_IS_WORTH_IT)
    ):
        return None
    advice = advised(
        case,
        NAME,
        f"Use {name} instead of {rates.model}",
        span=_model_span(case),
        confidence="medium",
        effort="low",
        why=f"the vendor's later model of this size costs {_price(new)} instead of {_price(rates)} USD per million tokens "
        f"in/out{_known_part(case)}",
        edit=_set_model(name, new),
        caution="Evaluate first: tokens are counted with the new model's tokenizer, but it may answer at another length.",
        doc_url=new.source_url,
    )
    proposal = with_saving(case, Proposal(advice=advice, model=name, kind="model"))
    return proposal if saves(proposal) else None


def _smaller(case: Case, rates: Rates) -> tuple[str, ...]:
    """The vendor's models at half the price or less that fit, from strong to small."""
    return tuple(
        name
        for name in ladder(rates.model)
        if (new := _rates(case, name)) is not None and _dearer(rates, new, CHEAP_ENOUGH) and fits(case, new)
    )


def _alone(case: Case, rates: Rates, name: str) -> Proposal | None:
    new = _rates(case, name)
    if new is None:
        return None
    advice = advised(
        case,
        NAME,
        f"Use {name}: the task looks simple",
        span=_model_span(case),
        confidence="high",
        effort="low",
        why=f"a short answer out of a choice, without tools; {_price(new)} instead of {_price(rates)} USD per million "
        f"tokens in/out{_known_part(case)}",
        edit=_set_model(name, new),
        caution=f"Compare on a labelled sample first; `aicost-review whatif {case.site.id} --model {name}` prices it.",
        doc_url=new.source_url,
    )
    proposal = with_saving(case, Proposal(advice=advice, model=name, kind="model"))
    return proposal if saves(proposal) else None


def _cascade(case: Case, rates: Rates, name: str) -> Proposal | None:
    """Smaller model first. The saving is a range over the planned shares of escalated calls."""
    low, high = case.settings.escalated_share_low, case.settings.escalated_share_high
    shares = Range(low.value, (low.value + high.value) / 2, high.value)
    now = case.priced.cost.usd_per_call
    draft = Proposal(
        advice=advised(case, NAME, "", confidence="low", effort="high", why="", edit=""), model=name, kind="model"
    )
    if now.likely <= 0:
        return None
    even = break_even_escalation(now.likely - saved_with(case, draft).likely, now.likely)
    if even <= high.value:
        return None
    advice = advised(
        case,
        NAME,
        f"Ask {name} first, {rates.model} only where its answer is not good enough",
        span=_model_span(case),
        confidence="low",
        effort="high",
        why=f"pays while fewer than {float(even) * 100:.0f} % of calls are asked again; the range is for "
        f"{float(low.value) * 100:.0f} to {float(high.value) * 100:.0f} % (planning figures, not measured here)"
        f"{_known_part(case)}",
        edit=f"Call {name}, judge the answer (schema, rules, a score), and call {rates.model} again only when it fails.",
        caution="Needs an evaluation and a judge you trust; asked twice, a call takes longer. "
        f"`aicost-review whatif {case.site.id} --model {name}` prices the smaller model.",
        doc_url=DOC,
    )
    proposal = with_saving(case, replace(draft, advice=advice, escalates=shares))
    monthly = proposal.advice.saving_usd_per_month
    worth = monthly is not None and monthly.likely >= case.settings.min_cascade_usd_per_month.value
    return proposal if worth and saves(proposal) else None


def _rates(case: Case, name: str) -> Rates | None:
    found = case.pricer.rates(name, case.site.provider)
    return found if isinstance(found, Rates) else None


def _dearer(old: Rates, new: Rates, factor: Decimal) -> bool:
    """Whether the new one costs at most `factor` of the old in input and output, and less in one."""
    pairs = (
        (old.input_usd_per_mtok, new.input_usd_per_mtok),
        (old.output_usd_per_mtok, new.output_usd_per_mtok),
    )
    if any(a is None or b is None for a, b in pairs):
        return False
    return all(b <= a * factor for a, b in pairs if a is not None and b is not None) and any(
        b < a for a, b in pairs if a is not None and b is not None
    )


def _model_span(case: Case) -> Span:
    own = case.site.model
    return own.sources[0] if own.sources else own.span


def _set_model(name: str, new: Rates) -> str:
    """A host such as Bedrock has names of its own for the same model."""
    if new.provider in _OWN_NAMES:
        return f'Set the model to "{name}".'
    return f"Set the model to {name}, by the name that {new.provider} has for it."


def _known_part(case: Case) -> str:
    return "; the saving is on the known part of the call, the rest saves as well" if case.priced.cost.unknown else ""


def _price(rates: Rates) -> str:
    return f"{_plain(rates.input_usd_per_mtok)}/{_plain(rates.output_usd_per_mtok)}"


def _plain(usd: Decimal | None) -> str:
    return "?" if usd is None else f"{usd.normalize():f}"
