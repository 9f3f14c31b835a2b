"""Fine-tuning a small model on a large one's answers: payback period, at a known volume only.

payback months = (N·c_teacher + training + engineering) ÷ (V·(c_large - c_small) - hosting). What a later or smaller
model or a cascade saves without any training is no merit of the training and is taken off what it saves. Beyond the
time in which models are replaced it does not pay back, which is said plainly.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.levers import routing
from bot.levers.case import Case, Proposal, advised, per_1k, per_month, saved_with
from bot.levers.models import ladder
from bot.levers.simple import short_answer
from bot.model import MTOK, NO_USD, Rates

NAME = "distillation"
SHORTEST_TASK_CHARS = 24
DOC = "https://developers.openai.com/api/docs/guides/supervised-fine-tuning"


def payback_months(
    once_usd: Decimal, saved_usd_per_month: Decimal, hosting_usd_per_month: Decimal = Decimal(0)
) -> Decimal | None:
    """Months until the one-off cost is earned; None where it never is."""
    left = saved_usd_per_month - hosting_usd_per_month
    return once_usd / left if left > 0 else None


def propose(case: Case) -> tuple[Proposal, ...]:
    rates, traffic = case.rates, case.traffic
    if rates is None or traffic is None or traffic.calls_per_month is None or case.priced.cost.unknown:
        return ()  # without a volume and a whole price there is nothing to say
    if case.site.operation != "chat" or not (short_answer(case.priced) or case.site.structured):
        return ()
    small = _smallest(case, rates)
    if small is None or not _shows_a_task(case):
        return ()
    draft = Proposal(
        advice=advised(case, NAME, "", confidence="low", effort="high", why="", edit=""), model=small, kind="model"
    )
    saved = saved_with(case, draft)
    monthly = per_month(saved, traffic)
    if monthly is None or saved.likely <= 0:
        return ()
    once, told = once_usd(case)
    others = max((saved_with(case, p).likely for p in routing.propose(case)), default=Decimal(0))
    merit = monthly.likely - others * traffic.calls_per_month.likely
    months = payback_months(once, merit)
    limit = case.settings.refresh_months.value
    if months is None or months > limit:
        return (_not_worth_it(case, f"{_usd(once)} once ({told})", merit, others > 0),)
    advice = advised(
        case,
        NAME,
        f"Fine-tune {small} on the answers of {rates.model}",
        confidence="low",
        effort="high",
        why=f"{_usd(once)} once ({told}) are earned in {_months(months)} at this volume"
        + (f" by the {_usd(merit)} a month that another model alone does not save" if others > 0 else ""),
        edit="Collect answers that passed your evaluation, train, and compare before switching.",
        caution=f"Not where the task or the model changes more often than every {limit.normalize():f} months; a "
        "fine-tuned model can cost more per token than its base, and is priced here as the base.",
        doc_url=DOC,
    )
    advice = replace(advice, saving_usd_per_1k_calls=per_1k(saved), saving_usd_per_month=monthly)
    return (replace(draft, advice=advice),)


def once_usd(case: Case) -> tuple[Decimal, str]:
    """What it costs to make: answers of the large model, training, engineering; and how that was added up."""
    s, cost = case.settings, case.priced.cost
    teacher = s.training_examples.value * cost.usd_per_call.likely
    tokens = sum(line.tokens_per_call.likely for line in cost.lines if line.tokens_per_call is not None)
    training = s.training_examples.value * tokens * s.training_passes.value * s.training_usd_per_mtok.value / MTOK
    people = s.engineering_usd_per_month.value * s.training_engineering_months.value
    parts = [(f"{s.training_examples.value:,.0f} answers", teacher), ("training", training)]
    told = [f"{name} {_usd(usd)}" for name, usd in parts if usd >= 1]
    told.append(
        f"engineering {_usd(people)}: {s.engineering_usd_per_month.source} for "
        f"{s.training_engineering_months.value.normalize():f} month"
    )
    return teacher + training + people, ", ".join(told)


def _shows_a_task(case: Case) -> bool:
    """A function that hands on whatever its callers ask is no task that a model can be trained for."""
    return any(len(s.text.literal.strip()) >= SHORTEST_TASK_CHARS for s in case.site.surfaces if s.role != "schema")


def _not_worth_it(case: Case, once: str, merit_usd_per_month: Decimal, others: bool) -> Proposal:
    """Said plainly, with what it costs and what it saves: a payback of a thousand months tells nobody anything."""
    advice = advised(
        case,
        NAME,
        "Fine-tuning a small model does not pay back at this volume",
        confidence="medium",
        effort="high",
        why=f"{once} against at most {_cents(max(Decimal(0), merit_usd_per_month))} saved a month"
        f"{' beyond what another model saves without training' if others else ''}, for the "
        f"{case.settings.refresh_months.value.normalize():f} months until the model is replaced",
        edit="Nothing to do. Ask again when the volume has grown.",
        doc_url=DOC,
    )
    return Proposal(advice=replace(advice, saving_usd_per_1k_calls=NO_USD, saving_usd_per_month=NO_USD), kind="verdict")


def _smallest(case: Case, rates: Rates) -> str | None:
    for model in reversed(ladder(rates.model)):
        found = case.pricer.rates(model.name, case.site.provider)
        if isinstance(found, Rates) and found.model != rates.model:
            return model.name
    return None


def _months(months: Decimal) -> str:
    return f"{months.quantize(Decimal('0.1'))} months"


def _cents(usd: Decimal) -> str:
    return _usd(usd) if usd >= 10 else f"{usd.quantize(Decimal('0.01'))} USD"


def _usd(usd: Decimal) -> str:
    return f"{usd.quantize(Decimal(1)):,} USD"
