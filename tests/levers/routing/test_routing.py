"""Cheaper models: alone for simple tasks, in a cascade for others, the family's later model before either."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.levers import batch, other_vendor, output
from bot.levers.case import Case
from bot.levers.models import elsewhere, ladder, of_today, successor, table, vendor_of
from bot.levers.routing import break_even_escalation, cascade_usd, propose
from bot.model import Range, Rates
from bot.prices import PriceBook
from prompts_scanner.model import Setting, Span
from prompts_scanner.sdks import SDKS
from tests.cost.make import AT, exactly, month, mtok, setting, site, system, tool, traffic, user, words
from tests.levers.make import BOOK, HAIKU, case, only, per_call, per_month

CLASSIFY = "Classify the ticket into one of the queues. Answer with the name only. " + words(400)
OPUS_SITE = site(system(words(3_000)), model=setting("claude-opus-5-5"))
ANSWERS = traffic(output_tokens=exactly(500), calls_per_month=month(10_000))


# -- silent -----------------------------------------------------------------------------------------------------------


def test_silent_on_the_smallest_model() -> None:
    assert propose(case(site(system(CLASSIFY), model=setting("claude-haiku-5-5"), output_cap=setting(20)))) == ()


def test_silent_where_something_routes_already() -> None:
    both = Setting(values=("claude-opus-5-5", "claude-haiku-5-5"), resolution="range", span=AT)
    assert propose(case(site(system(words(100)), model=both))) == ()


def test_silent_without_a_price_or_a_ladder() -> None:
    assert propose(case(OPUS_SITE, book={})) == ()
    other = {
        "vendor-large": BOOK["claude-opus-5-5"].__class__(
            **{**_fields(BOOK["claude-opus-5-5"]), "model": "vendor-large"}
        )
    }
    assert propose(case(site(system(words(100)), model=setting("vendor-large")), book=other)) == ()


def _fields(of: Rates) -> dict[str, object]:
    return {name: getattr(of, name) for name in of.__dataclass_fields__}


def test_silent_where_the_smaller_ones_are_too_small() -> None:
    small = {k: Rates(**{**_fields(v), "context_tokens": 2_000}) for k, v in BOOK.items() if k != "claude-opus-5-5"}  # type: ignore[arg-type]
    assert propose(case(OPUS_SITE, book={**small, "claude-opus-5-5": BOOK["claude-opus-5-5"]})) == ()


def test_silent_where_the_cap_is_above_the_models_limit() -> None:
    capped = site(system(words(100)), model=setting("claude-opus-5-5"), output_cap=setting(100_000))
    small = {k: Rates(**{**_fields(v), "max_output_tokens": 64_000}) for k, v in BOOK.items() if k != "claude-opus-5-5"}  # type: ignore[arg-type]
    assert propose(case(capped, book={**small, "claude-opus-5-5": BOOK["claude-opus-5-5"]})) == ()


def test_silent_for_evaluations_whose_grader_is_the_measure() -> None:
    assert propose(case(site(system(words(100)), model=setting("claude-opus-5-5"), context="eval"))) == ()


def test_silent_for_embeddings() -> None:
    assert propose(case(site(user(words(100)), operation="embed"))) == ()


def test_silent_on_a_cascade_that_cannot_be_judged() -> None:
    """Without a volume or a whole price, with tools, or for less than 50 USD a month."""
    assert propose(case(OPUS_SITE)) == ()
    assert propose(case(OPUS_SITE, traffic(output_tokens=exactly(500)))) == ()
    assert (
        propose(case(site(system(words(3_000)), model=setting("claude-opus-5-5"), tools=(tool("a", 9),)), ANSWERS))
        == ()
    )
    few = traffic(output_tokens=exactly(500), calls_per_month=month(3_000))
    assert propose(case(OPUS_SITE, few)) == ()


def test_silent_on_a_cascade_whose_answer_is_read_while_it_is_written() -> None:
    """What is streamed cannot be judged before the user has it."""
    streamed = replace(OPUS_SITE, waited_for="`text_stream` streams its answer")
    assert propose(case(streamed, ANSWERS)) == ()
    assert propose(case(replace(OPUS_SITE, waited_for="`POST` answers a request of the web"), ANSWERS)) != ()


def test_silent_where_the_later_model_is_hardly_cheaper() -> None:
    """GPT-4o 2.50/10 and its successor at 2/10: no output saved, a fifth of the input."""
    later = Rates(**{**_fields(BOOK["gpt-4o"]), "model": "gpt-6.1-sol", "input_usd_per_mtok": Decimal(2)})  # type: ignore[arg-type]
    of = site(system(words(3_000)), model=setting("gpt-4o"), provider="openai")
    assert propose(case(of, book={**BOOK, "gpt-6.1-sol": later})) == ()


# -- a simple task ----------------------------------------------------------------------------------------------------


def test_a_label_needs_no_large_model() -> None:
    of = site(system(CLASSIFY), model=setting("claude-opus-5-5"), output_cap=setting(20))
    n = len(CLASSIFY.split())
    found = only(propose(case(of, traffic(output_tokens=exactly(4), calls_per_month=month(95_000)))))
    assert found.model == "claude-haiku-5-5"
    saved = mtok("4", n) + mtok("20", 4) - mtok("0.10", n) - mtok("0.50", 4)
    assert (per_call(found), per_month(found)) == (saved, saved * 95_000)
    assert found.advice.confidence == "high"
    assert found.advice.edit == 'Set the model to "claude-haiku-5-5".'


def test_long_answers_are_not_simple() -> None:
    of = site(system(CLASSIFY), model=setting("claude-opus-5-5"), output_cap=setting(2_000))
    assert only(propose(case(of, ANSWERS))).advice.effort == "high"


# -- a cascade --------------------------------------------------------------------------------------------------------


def test_half_the_price_is_not_enough_for_a_cascade() -> None:
    """Opus 4/20 and Sonnet 2/10, half of it: c₁ + e·c₂ = 0.5 c₂ + e·c₂; at 50 % nothing is left."""
    two = {k: v for k, v in BOOK.items() if k != "claude-haiku-5-5"}
    assert propose(case(OPUS_SITE, ANSWERS, two)) == ()  # break-even 0.5: the poor end of the plan would lose
    assert only(propose(case(OPUS_SITE, ANSWERS))).model == "claude-haiku-5-5"


def test_a_cascade_that_pays() -> None:
    book = {k: v for k, v in BOOK.items() if k != "claude-sonnet-5-5"}
    found = only(propose(case(OPUS_SITE, ANSWERS, book)))
    large = mtok("4", 3_000) + mtok("20", 500)
    small = mtok("0.10", 3_000) + mtok("0.50", 500)
    saving = found.advice.saving_usd_per_1k_calls
    assert saving is not None
    ends = tuple(1000 * (large - cascade_usd(small, large, Decimal(e))) for e in ("0.5", "0.4", "0.3"))
    assert (saving.low, saving.likely, saving.high) == ends
    assert per_month(found) == ends[1] * 10
    assert (found.advice.confidence, found.advice.effort) == ("low", "high")
    assert "98 %" in found.advice.why  # break-even 1 - 1/40
    assert HAIKU.model in found.advice.caution


def test_the_range_of_a_cascade_holds_both_doubts() -> None:
    """Answers of 400 to 600 tokens and 30 to 50 % asked again: dearest when both are high, cheapest when both are low."""
    book = {k: v for k, v in BOOK.items() if k != "claude-sonnet-5-5"}
    use = replace(ANSWERS, output_tokens=Range(400, 500, 600))
    found = only(propose(case(OPUS_SITE, use, book)))
    saving = found.advice.saving_usd_per_1k_calls
    assert saving is not None

    def saved(output: int, share: str) -> Decimal:
        large = mtok("4", 3_000) + mtok("20", output)
        return 1000 * (large - cascade_usd(mtok("0.10", 3_000) + mtok("0.50", output), large, Decimal(share)))

    assert (saving.low, saving.likely, saving.high) == (saved(400, "0.5"), saved(500, "0.4"), saved(600, "0.3"))


def test_a_published_cascade() -> None:
    """RouteLLM (arXiv 2406.18665, table 1, 5.4): Mixtral at 0.24 for all, GPT-4 at 24.70 for 13.40 %: 85 % saved."""
    weak, strong = Decimal("0.24"), Decimal("24.70")
    assert cascade_usd(weak, strong, Decimal("0.1340")) == Decimal("3.5498")
    assert break_even_escalation(weak, strong) > Decimal("0.99")


def test_at_break_even_nothing_is_won() -> None:
    """Price ratio 1:5 (Haiku 4.5 and Opus 5): e* = 0.8."""
    even = break_even_escalation(Decimal(1), Decimal(5))
    assert even == Decimal("0.8")
    assert cascade_usd(Decimal(1), Decimal(5), even) == Decimal(5)
    assert cascade_usd(Decimal(1), Decimal(5), even - Decimal("0.01")) < 5
    assert break_even_escalation(Decimal(1), Decimal(5), judge_usd=Decimal(1)) == Decimal("0.6")
    assert break_even_escalation(Decimal(6), Decimal(5)) == 0
    assert break_even_escalation(Decimal(0), Decimal(0)) == 0


money = st.decimals("0.000001", 100, places=6)


@given(money, money, st.decimals(0, 1, places=3))
def test_below_break_even_it_saves_and_above_it_does_not(small: Decimal, large: Decimal, share: Decimal) -> None:
    even = break_even_escalation(small, large)
    if share < even:
        assert cascade_usd(small, large, share) < large
    elif share > even:
        assert cascade_usd(small, large, share) >= large


# -- the ladder -------------------------------------------------------------------------------------------------------


def test_a_host_has_its_own_names() -> None:
    """Sonnet 4.5 on Bedrock: the vendor's name of the later model would not be found there."""
    hosted = replace(BOOK["claude-sonnet-4-5"], provider="aws")
    of = site(system(words(3_000)), model=setting("claude-sonnet-4-5"))
    found = only(propose(case(of, ANSWERS, {**BOOK, "claude-sonnet-4-5": hosted})))
    assert found.advice.edit == "Set the model to claude-sonnet-5-5, by the name that aws has for it."


@pytest.mark.parametrize("written", ["anthropic/claude-sonnet-4-5", "anthropic:claude-sonnet-4-5"])
def test_a_gateway_has_its_own_names(written: str) -> None:
    """The new model is written as the old one is, with whose model it is in front."""
    of = site(system(words(3_000)), model=setting(written))
    found = only(propose(case(of, ANSWERS, {**BOOK, written: BOOK["claude-sonnet-4-5"]})))
    assert found.advice.edit == f'Set the model to claude-sonnet-5-5, written as "{written}" is.'


def test_where_the_configuration_names_the_model() -> None:
    """The place is the call: what stands in the code is not what runs."""
    named = replace(setting("gpt-4o"), sources=(Span("lib/defaults.py", 3, 3),))
    of = site(system(words(3_000)), model=named)
    asked = case(of, ANSWERS)
    assert (
        only(propose(case(replace(of, model=replace(named, values=("claude-sonnet-4-5",))), ANSWERS))).advice.span
        == (named.sources[0])
    )
    told = replace(asked.pricer, models=lambda _: ("claude-sonnet-4-5",))
    found = only(propose(Case(priced=told.price(of), pricer=told)))
    assert found.advice.span == of.span and "under `models:`" in found.advice.edit


def test_a_later_model_of_the_family() -> None:
    of = site(system(words(3_000)), model=setting("claude-sonnet-4-5"))
    found = only(propose(case(of, ANSWERS)))
    assert found.model == "claude-sonnet-5-5"
    assert per_call(found) == mtok("1", 3_000) + mtok("5", 500)
    assert found.advice.confidence == "medium"


def test_every_name_of_the_table_has_a_price_at_its_vendor() -> None:
    book = PriceBook(on=date(2026, 11, 24))
    found = {m.name: book.rates(m.name, m.vendor) for m in table().models}
    assert {n for n, r in found.items() if not isinstance(r, Rates)} == set()
    assert {m.vendor for m in table().models} == {v for v, _ in table().vendors}
    for model in table().models:
        rates = found[model.name]
        assert isinstance(rates, Rates) and rates.provider == model.vendor == vendor_of(model.name)


def test_shelves_go_down() -> None:
    book = PriceBook(on=date(2026, 11, 24))
    for vendor, _ in table().vendors:
        models = [m for m in table().models if m.vendor == vendor]
        prices = [r.input_usd_per_mtok for m in models if isinstance(r := book.rates(m.name, m.vendor), Rates)]
        assert prices == sorted(prices, key=lambda p: -(p or 0)), vendor
        assert len({m.size for m in models}) == len(models)


def test_a_model_is_not_its_own_successor() -> None:
    assert all(successor(m.name) is None for m in table().models)
    assert all(of_today(m.name) == m for m in table().models)
    assert successor("claude-3-5-sonnet-20241022") == "claude-sonnet-5-5"
    assert successor("gpt-5.6-sol") == "gpt-6.1-sol"
    assert ladder("no-such-model") == () and elsewhere("no-such-model") == () and successor("no-such-model") is None
    assert vendor_of("text-embedding-3-small") is None


def test_the_libraries_that_levers_name_are_libraries_of_the_scanner() -> None:
    known = {sdk.name for sdk in SDKS}
    named = {*other_vendor._ANY_VENDOR, *output._CAP_NAMES, *output._WITH_SCHEMAS, *batch._NOT_ONE_BY_ONE}
    assert named <= known
