"""Routing: the same call on a cheaper model that fits, alone where the task is simple, else first in a cascade.

A cascade asks the smaller model first and the larger one again for a share e of the calls: C = c₁ + e·c₂. It pays below
e = 1 - c₁/c₂ (Chen, Zaharia & Zou 2023, FrugalGPT, https://arxiv.org/abs/2305.05176). The judge that decides costs what
it costs besides, and the answers have to be evaluated first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import islice

from bot.levers.alternatives import Alternative, alternative, alternatives
from bot.levers.case import Case, Proposal, advised, known_bill, saved_with, saves, with_saving
from bot.levers.models import successor
from bot.levers.simple import is_simple
from bot.model import Range, Rates
from bot.turns import is_looped
from prompts_scanner.model import Span

NAME = "routing"
DOC = "https://arxiv.org/abs/2305.05176"
# A smaller model is worth the trouble from half the price on, a later one of the same size from three quarters.
CHEAP_ENOUGH = Decimal("0.5")
LATER_IS_WORTH_IT = Decimal("0.75")
_OWN_NAMES = ("anthropic", "openai", "google", "mistral")
# "anthropic/claude-…", "openai:gpt-…", "us.anthropic.claude-…": a name with whose model it is in front.
_PREFIXED = re.compile(r"^[a-z][\w.-]*[/:]|^([a-z]{2,6}\.)?(anthropic|openai|google|mistral)\.", re.IGNORECASE)


def propose(case: Case) -> tuple[Proposal, ...]:
    rates, site = case.rates, case.site
    if rates is None or site.operation != "chat" or len(case.priced.candidates) > 1 or rates.free:
        return ()  # several models: something routes already
    if site.context == "eval":
        return ()  # another grader measures something else
    return tuple(islice((p for p in _tried(case, rates) if p is not None), 1))


def _tried(case: Case, rates: Rates) -> Iterator[Proposal | None]:
    """The vendor's own, in this order; the first that saves is the advice."""
    smaller = [a for a in alternatives(case) if a.same_vendor and a.fits and dearer(rates, a.rates, CHEAP_ENOUGH)]
    if is_simple(case.priced):
        yield from (_alone(case, rates, a) for a in reversed(smaller))
    yield _successor(case, rates)
    if _can_cascade(case) and not is_simple(case.priced):
        yield from (_cascade(case, rates, a) for a in smaller)


def _can_cascade(case: Case) -> bool:
    """Whether a second call can be judged worth its trouble: no turns that build on each other, and a known bill.

    An answer that is streamed is read before it can be judged.
    """
    if "stream" in case.site.waited_for:
        return False
    return known_bill(case) and not case.site.tools and not is_looped(case.site, case.traffic)


def break_even_escalation(smaller_usd: Decimal, larger_usd: Decimal, judge_usd: Decimal = Decimal(0)) -> Decimal:
    """The share of escalated calls below which a cascade is cheaper than the larger model alone: 1 - (c₁ + cⱼ)/c₂."""
    return Decimal(0) if larger_usd <= 0 else max(Decimal(0), 1 - (smaller_usd + judge_usd) / larger_usd)


def cascade_usd(
    smaller_usd: Decimal, larger_usd: Decimal, escalated_share: Decimal, judge_usd: Decimal = Decimal(0)
) -> Decimal:
    """c₁ + cⱼ + e·c₂."""
    return smaller_usd + judge_usd + escalated_share * larger_usd


def dearer(old: Rates, new: Rates, factor: Decimal) -> bool:
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


def _successor(case: Case, rates: Rates) -> Proposal | None:
    """A later model of the family that costs less in every class."""
    name = successor(rates.model)
    new = alternative(case, name) if name is not None else None
    if new is None or new.rates.model == rates.model or not new.fits or not dearer(rates, new.rates, LATER_IS_WORTH_IT):
        return None
    advice = advised(
        case,
        NAME,
        f"Use {new.name} instead of {rates.model}",
        span=model_span(case),
        confidence="medium",
        effort="low",
        why=f"the vendor's later model of this size costs {_price(new.rates)} instead of {_price(rates)} USD per million "
        f"tokens in/out{_known_part(case)}",
        edit=_set_model(case, new.name, rates),
        caution="Evaluate first: tokens are counted with the new model's tokenizer, but it may answer at another length.",
        doc_url=new.rates.source_url,
    )
    return _if_it_saves(case, Proposal(advice=advice, model=new.name, kind="model"))


def _alone(case: Case, rates: Rates, new: Alternative) -> Proposal | None:
    advice = advised(
        case,
        NAME,
        f"Use {new.name}: the task looks simple",
        span=model_span(case),
        confidence="high",
        effort="low",
        why=f"a short answer out of a choice, without tools; {_price(new.rates)} instead of {_price(rates)} USD per million "
        f"tokens in/out{_known_part(case)}",
        edit=_set_model(case, new.name, rates),
        caution=f"Compare on a labelled sample first; `aicost-review whatif {case.site.id} --model {new.name}` prices it.",
        doc_url=new.rates.source_url,
    )
    return _if_it_saves(case, Proposal(advice=advice, model=new.name, kind="model"))


def _cascade(case: Case, rates: Rates, new: Alternative) -> Proposal | None:
    """Smaller model first. The saving is a range over the planned shares of escalated calls."""
    low, high = case.settings.escalated_share_low, case.settings.escalated_share_high
    shares = Range(low.value, (low.value + high.value) / 2, high.value)
    now = case.priced.cost.usd_per_call
    draft = Proposal(
        advice=advised(case, NAME, "", confidence="low", effort="high", why="", edit=""), model=new.name, kind="model"
    )
    if now.likely <= 0:
        return None
    even = break_even_escalation(now.likely - saved_with(case, draft).likely, now.likely)
    if even <= high.value:
        return None
    advice = advised(
        case,
        NAME,
        f"Ask {new.name} first, {rates.model} only where its answer is not good enough",
        span=model_span(case),
        confidence="low",
        effort="high",
        why=f"pays while fewer than {float(even) * 100:.0f} % of calls are asked again; the range is for "
        f"{float(low.value) * 100:.0f} to {float(high.value) * 100:.0f} % (planning figures, not measured here)"
        f"{_known_part(case)}",
        edit=f"Call {new.name}, judge the answer (schema, rules, a score), and call {rates.model} again only when it fails.",
        caution="Needs an evaluation and a judge you trust; asked twice, a call takes longer. "
        f"`aicost-review whatif {case.site.id} --model {new.name}` prices the smaller model.",
        doc_url=DOC,
    )
    proposal = with_saving(case, replace(draft, advice=advice, escalates=shares))
    monthly = proposal.advice.saving_usd_per_month
    worth = monthly is not None and monthly.likely >= case.settings.min_cascade_usd_per_month.value
    return proposal if worth and saves(proposal) else None


def _if_it_saves(case: Case, proposal: Proposal) -> Proposal | None:
    priced = with_saving(case, proposal)
    return priced if saves(priced) else None


def model_span(case: Case) -> Span:
    """Where the model is named; the call itself where the configuration says what the program chooses at run time."""
    own = case.site.model
    if case.pricer.models(case.site):
        return case.site.span
    return own.sources[0] if own.sources else own.span


def _set_model(case: Case, name: str, now: Rates) -> str:
    """A host such as Bedrock, a gateway or a library has names of its own for the same model."""
    if case.pricer.models(case.site):
        return f"Let the program choose {name} for this call, and name it under `models:` in .aicost.yml."
    written = case.site.model.value or ""
    if _PREFIXED.search(written):
        return f'Set the model to {name}, written as "{written}" is.'
    if now.provider in _OWN_NAMES:
        return f'Set the model to "{name}".'
    return f"Set the model to {name}, by the name that {now.provider} has for it."


def _known_part(case: Case) -> str:
    return "; the saving is on the known part of the call, the rest saves as well" if case.priced.cost.unknown else ""


def _price(rates: Rates) -> str:
    return f"{_plain(rates.input_usd_per_mtok)}/{_plain(rates.output_usd_per_mtok)}"


def _plain(usd: Decimal | None) -> str:
    return "?" if usd is None else f"{usd.normalize():f}"
