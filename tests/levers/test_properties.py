"""What holds of every lever, over drawn sizes: it saves at most the part it touches, and followed advice is silent.

| lever         | no advice first      | boundary                                  | saves at most             | cited example            |
|---------------|----------------------|-------------------------------------------|---------------------------|--------------------------|
| routing       | routing/             | e at break-even; half and three quarters   | the call                  | RouteLLM, FrugalGPT       |
| prompt_cache  | prompt_cache/        | at the minimum; h of 0, h*, 1              | input of the prefix       | Anthropic, two examples   |
| conversation  | conversation/        | one turn, two; h by counting               | run-time input            | Anthropic's rates         |
| own_cache     | own_cache/           | at the minimum; λ*; h of 1                 | input of the prefix       | Gemini's rates            |
| batch         | batch/               | share of 0, as sent, 1                     | 1 - f of the call         | Anthropic's batch table   |
| context       | context/             | 39 and 40 tokens; a tenth                  | text of the code          | Anthropic's rates         |
| history       | history/             | 7 and 8 turns; half of the input           | run-time input            | Anthropic's rates         |
| long_context  | long_context/        | to the token; one and fifty in a hundred   | the call                  | Anthropic's rates         |
| output        | output/              | cap below p50, at the largest answer, above| output                    | lognormal by formula      |
| other_vendor  | other_vendor/        | half of the best; 200 USD a month          | the call                  | xAI's rates               |
| distillation  | distillation/        | payback at the limit; no volume            | the call                  | OpenAI's training price   |
| self_hosting  | self_hosting/        | bill at the fixed cost; capacity           | the bill less fixed cost  | arXiv 2509.18101          |

Published examples are in tests/docs/test_levers.py, beside the page that quotes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cost import Pricer
from bot.levers import (
    LEVERS,
    batch,
    context,
    distillation,
    own_cache,
    prompt_cache,
    routing,
    self_hosting,
)
from bot.levers.case import Case, Proposal, Settings, cost_of
from bot.model import Range, Rates, Spread, Traffic
from bot.spread import expected_min, share_above
from prompts_scanner.model import CallSite, Span
from tests.cost.make import (
    LONG_CONTEXT,
    exactly,
    hole,
    month,
    mtok,
    pricer,
    rates,
    setting,
    site,
    surface,
    system,
    tool,
    traffic,
    user,
    words,
)
from tests.levers.make import BOOK, OPUS, per_call
from tests.levers.other_vendor.test_other_vendor import GROK
from tests.levers.own_cache.test_own_cache import PRO

NIGHTLY = Span("jobs/nightly/run.py", 1, 2)
INPUT = ("system", "tools", "messages", "examples", "input", "run-time input", "schema", "overhead", "storage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Sizes of a request and of its traffic."""

    static: int
    run_time: int
    answer: int
    calls: int
    turns: int
    share: Decimal

    def use(self, **changes: object) -> Traffic:
        values = {
            "calls_per_month": month(self.calls),
            "dynamic_input_tokens": exactly(self.run_time),
            "output_tokens": exactly(self.answer),
        }
        return traffic(**{**values, **changes})


drawn = st.builds(
    Drawn,
    static=st.integers(1_100, 20_000),
    run_time=st.integers(0, 20_000),
    answer=st.integers(1, 2_000),
    calls=st.integers(1_000, 10**8),
    turns=st.integers(3, 30),
    share=st.decimals("0.3", 1, places=2),
)


def _spread(mean: int) -> Spread:
    """Nine in ten answers of half the mean, one in ten of the rest."""
    return Spread(points=((mean // 2, 99), (mean * 50, 1)))


def _agent(d: Drawn) -> tuple[CallSite, Traffic, Rates]:
    of = site(system(words(d.static), mark=True), user(hole("q")), tools=(tool("a", 50),), cache=setting("on"))
    return of, d.use(calls_per_task=Decimal(d.turns), cache_hit_share=Decimal("0.9")), rates()


def _said_twice(d: Drawn) -> CallSite:
    rule = words(60, "customers")
    again = replace(surface("examples", rule), span=Span("app/chat.py", 40, 40))
    pieces = tuple(replace(p, span=again.span) for p in again.text.pieces)
    return site(system(words(d.static)), system(rule), replace(again, text=replace(again.text, pieces=pieces)))


def _long(d: Drawn) -> Traffic:
    points = ((d.run_time, 9), (400_000 + d.run_time, 1))
    mean = sum(t * n for t, n in points) // 10
    return d.use(dynamic_input_tokens=exactly(mean), dynamic_input_spread=Spread(points=points))


# of each lever: a site on which it speaks, at whatever sizes
SPEAKS: dict[str, Callable[[Drawn], tuple[CallSite, Traffic, object]]] = {
    "routing": lambda d: (
        site(system("Classify. " + words(d.static)), model=setting("claude-opus-5-5"), output_cap=setting(20)),
        d.use(output_tokens=exactly(4)),
        BOOK,
    ),
    "prompt_cache": lambda d: (
        site(system(words(d.static)), user(hole("q"))),
        d.use(gap_shares={300: d.share}),
        rates(),
    ),
    "conversation": _agent,
    "own_cache": lambda d: (
        site(system(words(5_000 + d.static)), user(hole("q")), provider="google", model=setting("gemini-3.1-pro")),
        d.use(calls_per_month=month(20_000 + d.calls), cache_hit_share=Decimal(0)),
        PRO,
    ),
    "batch": lambda d: (site(system(words(d.static)), user(hole("q")), span=NIGHTLY), d.use(), rates()),
    "context": lambda d: (_said_twice(d), d.use(), rates()),
    "history": lambda d: (
        site(system(words(d.static)), user(hole("q")), tools=(tool("a", 50),)),
        d.use(
            calls_per_task=Decimal(8 + d.turns),
            tool_result_tokens=exactly(500),
            dynamic_input_tokens=exactly((500 + d.answer) * (7 + d.turns) // 2 + 1),
        ),
        rates(cache_mode=None, cache_read_usd_per_mtok=None),
    ),
    "long_context": lambda d: (
        site(system(words(d.static)), user("q")),
        _long(d),
        rates(tiers=(LONG_CONTEXT,), cache_read_usd_per_mtok=None),
    ),
    "output": lambda d: (
        site(system(words(d.static))),
        d.use(output_tokens=exactly(_mean(_spread(d.answer + 10))), output_spread=_spread(d.answer + 10)),
        rates(),
    ),
    "other_vendor": lambda d: (
        site(system(words(d.static)), model=setting("claude-opus-5-5")),
        d.use(calls_per_month=month(10**6 + d.calls)),
        {"claude-opus-5-5": OPUS, "grok-4.20": GROK},
    ),
    "distillation": lambda d: (
        site(system(words(d.static)), model=setting("claude-opus-5-5"), output_cap=setting(50)),
        d.use(output_tokens=exactly(20), calls_per_month=month(5 * 10**6 + d.calls)),
        BOOK,
    ),
    "self_hosting": lambda d: (
        site(system(words(d.static)), model=setting("claude-opus-5-5")),
        d.use(output_tokens=exactly(1 + d.answer % 50), calls_per_month=month(3_500_000 + d.calls % 10**7)),
        BOOK,
    ),
}


def _mean(spread: Spread) -> int:
    total = sum(n for _, n in spread.points)
    return sum(t * n for t, n in spread.points) // total


def asked(name: str, d: Drawn, **changes: object) -> Case:
    of, use, book = SPEAKS[name](d)
    priced: Pricer = pricer(book, replace(use, **changes))  # type: ignore[arg-type]
    return Case(priced=priced.price(of), pricer=priced)


def proposed(name: str, case: Case) -> tuple[Proposal, ...]:
    return next(lever for lever in LEVERS if name == lever.NAME).propose(case)


NAMES = [lever.NAME for lever in LEVERS]
SMALL = Drawn(static=2_000, run_time=1_000, answer=200, calls=50_000, turns=5, share=Decimal("0.9"))


@pytest.mark.parametrize("name", NAMES)
def test_it_speaks_on_its_example(name: str) -> None:
    """The properties below are of something."""
    found = [p.advice for p in proposed(name, asked(name, SMALL)) if p.kind != "verdict"]
    assert found
    for one in found:
        assert one.why, one.title
        assert one.edit, one.title
        assert one.caution, one.title
        # The page of the price, where the price is the reason; the rates of these tests are of no page.
        assert one.doc_url.startswith("https://") or name in ("routing", "long_context", "other_vendor"), one.title


@pytest.mark.parametrize("name", NAMES)
@given(d=drawn)
def test_it_saves_at_most_the_part_that_it_touches(name: str, d: Drawn) -> None:
    case = asked(name, d)
    cost, prefix = case.priced.cost, case.priced.prefix
    whole = cost.usd_per_call.likely
    stable = prefix.tokens.likely if prefix is not None else 0
    plain = case.rates.input_usd_per_mtok if case.rates is not None else None
    assert plain is not None
    most = {
        "prompt_cache": plain * stable / 1_000_000,
        "own_cache": plain * stable / 1_000_000,
        "conversation": plain * d.run_time / 1_000_000,
        "history": cost_of(cost, "run-time input").likely,
        "batch": whole / 2,
        "context": mtok("3", 60),
        "output": cost_of(cost, "output", "reasoning").likely,
    }.get(name, whole)
    for proposal in proposed(name, case):
        saving = proposal.advice.saving_usd_per_1k_calls
        if saving is None:
            continue
        assert 0 <= saving.likely <= most * 1_000
        assert saving.high <= cost.usd_per_call.high * 1_000
        month_ = proposal.advice.saving_usd_per_month
        calls = case.traffic.calls_per_month if case.traffic is not None else None
        if month_ is not None and calls is not None:
            assert month_.likely == pytest.approx(saving.likely * calls.likely / 1_000)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "self_hosting"])
@given(d=drawn)
def test_advice_that_was_followed_is_not_given_again(name: str, d: Drawn) -> None:
    """Each change is made as the lever would have it made, and the lever is asked again."""
    case = asked(name, d)
    for proposal in proposed(name, case):
        if proposal.kind == "verdict" or proposal.escalates is not None:
            continue
        of, use = case.site, case.traffic
        assert use is not None
        of = proposal.site(of) if proposal.site is not None else of
        use = proposal.traffic(use) if proposal.traffic is not None else use
        if proposal.model is not None:
            of = replace(of, model=setting(proposal.model), provider=proposal.vendor or of.provider)
        after = replace(case.pricer, traffic=lambda _, use=use: use)  # type: ignore[misc]
        again = proposed(name, Case(priced=after.price(of), pricer=after))
        assert proposal.advice.title not in {p.advice.title for p in again}


@pytest.mark.parametrize("name", NAMES)
def test_no_calls_save_nothing(name: str) -> None:
    """A volume of 0 is known: nothing is saved a month, and nothing pays back."""
    for proposal in proposed(name, asked(name, SMALL, calls_per_month=month(0))):
        saving = proposal.advice.saving_usd_per_month
        assert saving is None or (saving.low, saving.likely, saving.high) == (0, 0, 0)
    hosted = proposed("self_hosting", asked("self_hosting", SMALL, calls_per_month=month(0)))
    assert [p.kind for p in hosted] == ["verdict"]
    for costly in ("routing", "other_vendor", "distillation"):
        assert all(
            p.kind == "verdict" or p.advice.effort == "low"
            for p in proposed(costly, asked(costly, SMALL, calls_per_month=month(0)))
        )


# -- ends of the range ------------------------------------------------------------------------------------------------


@given(d=drawn)
def test_every_call_finds_it_and_none_does(d: Drawn) -> None:
    """h = 1: (p - r)·S is saved; h = 0: writing costs more than plain input, so nothing is said."""
    of, use, book = SPEAKS["prompt_cache"](d)
    assert isinstance(book, Rates)

    def at(hits: str) -> tuple[Proposal, ...]:
        told = pricer(book, replace(use, gap_shares={300: Decimal(hits)}))
        return prompt_cache.propose(Case(priced=told.price(of), pricer=told))

    assert at("0") == ()
    (found,) = at("1")
    assert per_call(found) == mtok("3", d.static) - mtok("0.30", d.static)


@given(st.integers(1, 3_000), st.integers(0, 8_000), st.integers(1, 12_000))
def test_a_cap_anywhere(p50: int, more: int, cap: int) -> None:
    """E[min(X, L)] ≤ min(E[X], L); at a cap below the median more than half of the answers are cut."""
    spread = Spread(p50=p50, p95=p50 + more)
    kept, cut = expected_min(spread, cap), share_above(spread, cap)
    assert kept is not None and cut is not None
    assert 0 <= kept <= cap + Decimal("0.001")
    if cap < p50:
        assert cut >= Decimal("0.5")
    if more == 0:
        assert kept == min(p50, cap)


@given(st.decimals("0.0001", 5, places=4), st.decimals("0.0001", 5, places=4), st.decimals(0, "0.5", places=4))
def test_at_break_even_a_cascade_costs_what_the_large_model_costs(
    small: Decimal, large: Decimal, judge: Decimal
) -> None:
    even = routing.break_even_escalation(small, large, judge)
    if small + judge >= large:
        assert even == 0
    else:
        assert routing.cascade_usd(small, large, even, judge) == pytest.approx(large)


@given(st.decimals(1, 10**6, places=2), st.decimals("0.01", 10**6, places=2), st.decimals(0, 10**6, places=2))
def test_a_payback_earns_its_cost(once: Decimal, saved: Decimal, hosting: Decimal) -> None:
    months = distillation.payback_months(once, saved, hosting)
    if saved <= hosting:
        assert months is None
    else:
        assert months is not None and months * (saved - hosting) == pytest.approx(once)


def test_a_payback_at_the_limit() -> None:
    """What it costs once is earned in exactly the months that a model is used: still told; in a little less time, not."""
    case = asked("distillation", SMALL)
    (found,) = distillation.propose(case)
    once, _ = distillation.once_usd(case)
    assert found.advice.saving_usd_per_month is not None
    others = max(p.advice.saving_usd_per_month.likely for p in routing.propose(case) if p.advice.saving_usd_per_month)
    months = once / (found.advice.saving_usd_per_month.likely - others)
    for limit, kind in ((months, "model"), (months * Decimal("0.999"), "verdict")):
        told = replace(case, settings=Settings().with_stated({"refresh_months": limit}))
        assert [p.kind for p in distillation.propose(told)] == [kind]


@pytest.mark.parametrize(("hourly", "pays"), [(Decimal("2.5"), False), (Decimal("2.51"), True)])
def test_a_cache_of_ones_own_at_its_break_even(hourly: Decimal, pays: bool) -> None:
    """4.50/(2 - 0.20) = 2.5 calls an hour (https://ai.google.dev/gemini-api/docs/pricing)."""
    case = asked("own_cache", SMALL, calls_per_month=Range.exactly(hourly * 730))
    assert bool(own_cache.propose(case)) is pays


@pytest.mark.parametrize("share", ["0", "0.4", "1"])
def test_a_batch_of_what_is_sent_as_one_already(share: str) -> None:
    """The part that is sent as a batch already is no saving: (1 - b)·(1 - f) of the plain price is left to win."""
    of, use, book = SPEAKS["batch"](SMALL)
    asked_ = pricer(book, replace(use, batch_share=Decimal(share)))  # type: ignore[arg-type]
    found = batch.propose(Case(priced=asked_.price(of), pricer=asked_))
    full = mtok("3", SMALL.static + SMALL.run_time) + mtok("15", SMALL.answer)
    if share == "1":
        assert found == ()
    else:
        assert per_call(found[0]) == full * (1 - Decimal(share)) / 2


@pytest.mark.parametrize(("tokens", "told"), [(39, False), (40, True)])
def test_a_repetition_that_is_worth_a_word(tokens: int, told: bool) -> None:
    rule = words(tokens, "ab")
    again = user(rule)
    again = replace(again, text=replace(again.text, pieces=(replace(again.text.pieces[0], span=NIGHTLY),)))
    asked_ = pricer(rates(), SMALL.use())
    assert bool(context.propose(Case(priced=asked_.price(site(system(rule), again)), pricer=asked_))) is told


@pytest.mark.parametrize(("into", "told"), [("2.25", True), ("2.26", False)])
def test_a_later_model_at_three_quarters_of_the_price(into: str, told: bool) -> None:
    """Sonnet 4.5 costs 3 USD a million; the later one has to cost 2.25 at most, in and out."""
    later = rates(model="claude-sonnet-5-5", input_usd_per_mtok=Decimal(into), output_usd_per_mtok=Decimal("11.25"))
    asked_ = pricer({"claude-sonnet-4-5": rates(), "claude-sonnet-5-5": later}, SMALL.use())
    priced = asked_.price(site(system(words(2_000))))
    assert bool(routing.propose(Case(priced=priced, pricer=asked_))) is told


@pytest.mark.parametrize(("more", "kind"), [(0, "hosting"), (1, "verdict")])
def test_a_cluster_at_its_capacity(more: int, kind: str) -> None:
    """2 · 800 · 3,600 · 730 · 0.3 output tokens a month are 2,522,880 calls of 500."""
    of, _, book = SPEAKS["self_hosting"](SMALL)
    use = SMALL.use(output_tokens=exactly(500), calls_per_month=month(2_522_880 + more))
    asked_ = pricer(book, use)  # type: ignore[arg-type]
    (found,) = self_hosting.propose(Case(priced=asked_.price(of), pricer=asked_))
    assert found.kind == kind


def test_every_lever_is_in_the_table() -> None:
    rows = [line.split("|")[1].strip() for line in (__doc__ or "").splitlines() if line.startswith("| ")]
    assert sorted(rows[1:]) == sorted(NAMES) == sorted(SPEAKS)
