"""All levers together: nothing said of a tidy site, conflicts, the joint saving, the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.advise import Advised, advise, advised_of, asked_of, merged, ranked, saved_per_month, together, worth_a_comment
from bot.levers import LEVERS
from bot.levers.case import Case
from bot.model import Advice, PricedSite, Range, Rates, RequestCount, RequestShape, Spread, Traffic
from prompts_scanner.model import CallSite, Setting, Span
from tests.cost.make import (
    AT,
    count,
    exactly,
    hole,
    month,
    mtok,
    pricer,
    setting,
    site,
    system,
    tool,
    traffic,
    user,
    words,
)
from tests.levers.make import BOOK

TIDY = site(
    system(words(2_000), mark=True),
    user(hole("question")),
    model=setting("claude-haiku-5-5"),
    cache=setting("on"),
    output_cap=setting(500),
)
JOB = site(
    system(words(4_000)), user(hole("text")), model=setting("claude-haiku-5-5"), span=Span("jobs/nightly/run.py", 1, 9)
)


def asked(of: CallSite, use: Traffic | None = None) -> Advised:
    book = pricer(BOOK, use)
    return advise([book.price(of)], book)


def test_nothing_to_say_of_a_site_that_does_it_all() -> None:
    assert asked(TIDY, traffic(cache_hit_share=Decimal("0.9"), output_tokens=exactly(200))).advice == ()
    assert asked(TIDY) == Advised(advice=(), verdicts=(), together_usd_per_month=None, together_usd_per_1k_calls={})


def test_no_sites_no_advice() -> None:
    assert advise([], pricer(BOOK)).advice == ()


def test_every_lever_has_its_tests_and_its_name() -> None:
    here = Path(__file__).parent
    assert [lever.NAME for lever in LEVERS] == [
        "routing",
        "prompt_cache",
        "conversation",
        "own_cache",
        "batch",
        "context",
        "history",
        "long_context",
        "output",
        "other_vendor",
        "distillation",
        "self_hosting",
    ]
    for lever in LEVERS:
        assert list((here / lever.NAME).glob("test_*.py")), lever.NAME


def test_batch_and_cache_do_not_both_count_in_full() -> None:
    """4,000 tokens at 0.10. Cached by all: 0.01. In a batch: 0.05. Together no better than the better of them."""
    use = traffic(
        gap_shares={300: Decimal(1)},
        output_tokens=exactly(0),
        dynamic_input_tokens=exactly(0),
        calls_per_month=month(1_000),
    )
    found = asked(JOB, use)
    assert {a.lever for a in found.advice} == {"prompt_cache", "batch"}
    cache, batch = mtok("0.09", 4_000), mtok("0.05", 4_000)
    singles = {a.lever: a.saving_usd_per_1k_calls.likely / 1000 for a in found.advice if a.saving_usd_per_1k_calls}
    assert singles == {"prompt_cache": cache, "batch": batch}
    both = found.together_usd_per_1k_calls[JOB.id].likely / 1000
    assert both == cache
    assert found.together_usd_per_month is not None
    assert found.together_usd_per_month.likely == cache * 1_000


def test_what_some_of_the_advice_saves_together() -> None:
    """4,000 tokens at 0.10, 1,000 times: none of it, the batch alone (half), both with conflicts resolved."""
    use = traffic(
        gap_shares={300: Decimal(1)},
        output_tokens=exactly(0),
        dynamic_input_tokens=exactly(0),
        calls_per_month=month(1_000),
    )
    book = pricer(BOOK, use)
    asked = asked_of([book.price(JOB)], book)
    told = advised_of(asked)
    batch = [a for a in told.advice if a.lever == "batch"]
    assert saved_per_month(asked, ()) is None
    assert saved_per_month(asked, batch) == Range.exactly(mtok("0.05", 4_000) * 1_000)
    assert saved_per_month(asked, told.advice) == Range.exactly(mtok("0.09", 4_000) * 1_000)


def test_half_batched_and_cached_for_the_other_half() -> None:
    """A batch share of one half keeps half of the hits: 2,000 reads at 0.01, 2,000 writes at 0.125, and 25 % off."""
    use = traffic(
        gap_shares={300: Decimal(1)},
        batchable_share=Decimal("0.5"),
        output_tokens=exactly(8_000),
        dynamic_input_tokens=exactly(0),
    )
    book = pricer(BOOK, use)
    priced = book.price(JOB)
    case = Case(priced=priced, pricer=book)
    proposals = [p for lever in LEVERS for p in lever.propose(case) if p.advice.lever in ("prompt_cache", "batch")]
    assert len(proposals) == 2
    # alone: caching 0.00036, batching (0.0004 + 0.004)/4 = 0.0011; together: (0.00002 + 0.00025 + 0.004)·0.75
    now = mtok("0.10", 4_000) + mtok("0.50", 8_000)
    after = (mtok("0.01", 2_000) + mtok("0.125", 2_000) + mtok("0.50", 8_000)) * Decimal("0.75")
    assert together(case, proposals).likely == now - after


def test_two_models_are_one_choice() -> None:
    """Another model and fine-tuning it: the larger saving of the two, not the sum."""
    of = site(system("Name the town. " + words(2_000)), model=setting("claude-opus-5-5"), output_cap=setting(50))
    use = traffic(output_tokens=exactly(20), dynamic_input_tokens=exactly(0), calls_per_month=month(5_000_000))
    found = asked(of, use)
    assert {"routing", "distillation"} <= {a.lever for a in found.advice}
    n = len("Name the town.".split()) + 2_000
    now = mtok("4", n) + mtok("20", 20)
    assert found.together_usd_per_1k_calls[of.id].likely <= now * 1000
    after = mtok("0.10", n) + mtok("0.50", 20)
    assert found.together_usd_per_1k_calls[of.id].likely >= (now - after) * 1000


def test_one_piece_of_advice_saves_together_what_it_saves_alone() -> None:
    """A cascade's range is that of the calls asked again; the sum of one thing is that thing, ends and all."""
    of = site(system(words(3_000)), model=setting("claude-opus-5-5"))
    use = traffic(output_tokens=Range(400, 500, 600), dynamic_input_tokens=exactly(0), calls_per_month=month(10_000))
    book = pricer(BOOK, use)
    asked = asked_of([book.price(of)], book)
    told = [a for a in advised_of(asked).advice if a.lever == "routing"]
    assert len(told) == 1 and told[0].effort == "high"
    alone = told[0].saving_usd_per_month
    assert alone is not None and alone.low < alone.likely < alone.high
    assert saved_per_month(asked, told) == alone


def a_gamble() -> tuple[CallSite, Traffic, Mapping[str, Rates]]:
    """A model at 70 % of the price whose count of the same text may be twice as large."""
    new = replace(BOOK["claude-sonnet-5-5"], input_usd_per_mtok=Decimal("2.10"), output_usd_per_mtok=Decimal("10.50"))
    of = site(system(words(3_000)), model=setting("claude-sonnet-4-5"))
    return of, traffic(calls_per_month=month(10**6), output_tokens=exactly(0)), {**BOOK, "claude-sonnet-5-5": new}


def test_what_may_cost_more_is_last_in_no_sum_and_in_no_comment() -> None:
    of, use, book = a_gamble()

    def unsure(shape: RequestShape) -> RequestCount:
        found = count(shape)
        wide = shape.model == "claude-sonnet-5-5"
        return replace(
            found,
            messages=tuple(
                replace(m, tokens=Range(m.tokens.low, m.tokens.likely, m.tokens.high * (2 if wide else 1)))
                for m in found.messages
            ),
        )

    asked_with = replace(pricer(book, use), count=unsure)
    asked = asked_of([asked_with.price(of)], asked_with)
    found = advised_of(asked)
    gamble = next(a for a in found.advice if a.lever == "routing")
    assert gamble.may_cost_more
    saving = gamble.saving_usd_per_month
    # 3,000 tokens at 3 become 3,000 to 6,000 at 2.10 a million, a million times
    assert saving == Range(Decimal(9_000 - 12_600), Decimal(9_000 - 6_300), Decimal(9_000 - 6_300))
    assert found.advice[-1] is gamble
    assert saved_per_month(asked, [gamble]) is None
    assert gamble not in worth_a_comment(found, lambda _: True, Decimal(0))


def test_the_same_change_without_the_doubt_is_told() -> None:
    of, use, book = a_gamble()
    asked_with = pricer(book, use)
    found = advise([asked_with.price(of)], asked_with)
    sure = next(a for a in found.advice if a.lever == "routing")
    assert not sure.may_cost_more
    assert sure in worth_a_comment(found, lambda _: True, Decimal(0))


def test_ranked_by_saving_confidence_and_effort() -> None:
    def one(lever: str, month_usd: int | None, confidence: str, effort: str) -> Advice:
        return Advice(
            lever=lever,
            site_id="s",
            feature="f",
            span=AT,
            title=f"{lever} {month_usd} {confidence} {effort}",
            saving_usd_per_1k_calls=None if month_usd is None else Range.exactly(Decimal(1)),
            saving_usd_per_month=None if month_usd is None else Range.exactly(Decimal(month_usd)),
            confidence=confidence,  # type: ignore[arg-type]
            effort=effort,  # type: ignore[arg-type]
            why="",
            edit="",
        )

    certain = one("prompt_cache", 100, "high", "low")  # 100
    hard = one("routing", 900, "low", "high")  # 900 · 0.3 / 4 = 67.5
    middling = one("batch", 100, "medium", "medium")  # 30
    tie = one("routing", 100, "high", "low")  # 100, but first in the levers' order
    unknown = one("output", None, "high", "low")
    assert ranked([unknown, middling, hard, certain, tie]) == (tie, certain, hard, middling, unknown)


def test_the_same_thing_of_many_sites_is_said_once() -> None:
    sites = [
        site(
            system("Reply with JSON only. " + words(20, f"w{i}")),
            id=f"s{i}",
            span=Span(f"a{i}.py", i + 1, i + 1),
            model=setting("claude-haiku-5-5"),
        )
        for i in range(4)
    ]
    sites = [replace(s, surfaces=tuple(replace(x, span=s.span) for x in s.surfaces)) for s in sites]
    book = pricer(BOOK)
    found = advise([book.price(s) for s in sites], book).advice
    assert [a.title for a in found] == ["Ask for JSON with a schema instead of in words (4 places)"]
    assert "a1.py:2, a2.py:3, a3.py:4" in found[0].why
    assert merged(found) == found


def test_one_edit_for_many_calls_is_one_piece_of_advice() -> None:
    """Three calls take their model from one line: months add up, thousands of calls span a range."""
    where = Setting(values=("claude-sonnet-4-5",), resolution="constant", span=AT, sources=(Span("models.py", 3, 3),))
    sites = [site(system(words(n)), id=f"s{n}", model=where) for n in (1_000, 2_000, 6_000)]
    use = traffic(output_tokens=exactly(0), calls_per_month=month(10))
    book = pricer(BOOK, use)
    found = advise([book.price(s) for s in sites], book).advice
    one = next(a for a in found if a.lever == "routing")
    assert [a.lever for a in found].count("routing") == 1
    assert (one.span, one.also_site_ids) == (Span("models.py", 3, 3), ("s2000", "s6000"))
    assert one.saving_usd_per_month is not None and one.saving_usd_per_1k_calls is not None
    assert one.saving_usd_per_month.likely == mtok("1", 9_000) * 10  # 3 USD a million becomes 2
    assert one.saving_usd_per_1k_calls == Range(Decimal(1), Decimal(2), Decimal(6))


def models_at(*lines: int) -> Advised:
    """Calls whose models are set on these lines of one file."""
    sites = [
        site(
            system(words(1_000)),
            id=f"s{line}",
            model=replace(setting("claude-sonnet-4-5"), sources=(Span("config.py", line, line),)),
        )
        for line in lines
    ]
    book = pricer(BOOK, traffic(output_tokens=exactly(0), calls_per_month=month(10)))
    return advise([book.price(s) for s in sites], book)


def test_two_settings_beside_each_other_are_told_once() -> None:
    """Two lines of one list of models: both sites' months add up, and both are in what all of it saves."""
    found = models_at(82, 83)
    one = next(a for a in found.advice if a.lever == "routing")
    assert [a.lever for a in found.advice].count("routing") == 1
    assert one.title == "Use claude-sonnet-5-5 instead of claude-sonnet-4-5 (2 places)"
    assert "also config.py:8" in one.why
    assert one.saving_usd_per_month == Range.exactly(mtok("1", 2_000) * 10)  # 3 USD a million becomes 2
    assert found.together_usd_per_month == one.saving_usd_per_month


def test_two_settings_far_apart_are_two() -> None:
    assert [a.lever for a in models_at(82, 93).advice].count("routing") == 2
    assert [a.lever for a in models_at(82, 92).advice].count("routing") == 1


def test_what_a_comment_shows() -> None:
    use = traffic(
        gap_shares={300: Decimal(1)},
        output_tokens=exactly(0),
        dynamic_input_tokens=exactly(0),
        calls_per_month=month(1_000_000),
    )
    found = asked(JOB, use)
    assert worth_a_comment(found, lambda _: False, Decimal(10_000)) == ()
    assert worth_a_comment(found, lambda _: True, Decimal(10_000)) == found.advice
    # caching saves 0.00036 × 1,000,000 = 360 a month, the batch 200
    assert [a.lever for a in worth_a_comment(found, lambda _: False, Decimal(300))] == ["prompt_cache"]


# -- invariants -------------------------------------------------------------------------------------------------------

shares = st.none() | st.decimals(0, 1, places=2)
uses = st.builds(
    lambda **kw: traffic(**kw),
    calls_per_month=st.none() | st.integers(0, 10**8).map(month),
    calls_per_task=st.none() | st.integers(1, 12).map(Decimal),
    dynamic_input_tokens=st.none() | st.integers(0, 9_000).map(exactly),
    output_tokens=st.none() | st.integers(0, 3_000).map(exactly),
    output_spread=st.none() | st.builds(Spread, p50=st.integers(1, 500), p95=st.integers(500, 5_000)),
    cache_hit_share=shares,
    batch_share=shares,
    batchable_share=shares,
    gap_shares=st.just({}) | st.decimals(0, 1, places=2).map(lambda share: {300: share}),
)


@st.composite
def sites(draw: st.DrawFn) -> CallSite:
    mark = draw(st.booleans())
    volatile = draw(st.booleans())
    texts = [system(words(draw(st.integers(0, 3_000))), mark=mark)]
    if draw(st.booleans()):
        texts.insert(draw(st.integers(0, 1)), system("at ", hole("now", volatile=volatile)))
    return site(
        *texts,
        user("Classify. ", hole("q")),
        model=setting(draw(st.sampled_from(sorted(BOOK)))),
        provider=draw(st.sampled_from(["anthropic", "openai"])),
        cache=setting("on") if mark else None,
        tools=tuple(tool(f"t{i}", 200) for i in range(draw(st.integers(0, 9)))),
        output_cap=draw(st.none() | st.integers(1, 4_000).map(setting)),
        span=draw(st.sampled_from([AT, Span("jobs/nightly/a.py", 1, 2)])),
    )


@given(sites(), uses)
def test_a_saving_never_exceeds_the_cost_it_saves(of: CallSite, use: Traffic) -> None:
    book = pricer(BOOK, use)
    priced: PricedSite = book.price(of)
    found = advise([priced], book)
    now = priced.cost.usd_per_call
    for one in (*found.advice, *found.verdicts):
        saving = one.saving_usd_per_1k_calls
        if saving is not None:
            assert 0 <= saving.likely <= now.likely * 1000
            assert saving.high <= now.high * 1000
            assert one.may_cost_more == (saving.low < 0)
        if one.saving_usd_per_month is not None and use.calls_per_month is not None:
            assert one.saving_usd_per_month.likely <= now.likely * use.calls_per_month.likely
        assert one.span.path and one.title and one.why and one.edit
        assert (one.saving_usd_per_month is None) or use.calls_per_month is not None
    for saving in found.together_usd_per_1k_calls.values():
        assert 0 < saving.likely <= now.likely * 1000
        best = max(a.saving_usd_per_1k_calls.likely for a in found.advice if a.saving_usd_per_1k_calls is not None)
        hosted = [a for a in found.advice if a.lever == "self_hosting"]
        assert hosted or saving.likely >= best


@given(sites(), uses)
def test_advice_that_was_followed_is_not_given_again(of: CallSite, use: Traffic) -> None:
    """The mark, the batch and the cap, each applied, are silent."""
    book = pricer(BOOK, use)
    for proposal in (p for lever in LEVERS for p in lever.propose(Case(priced=book.price(of), pricer=book))):
        name = proposal.advice.lever
        if (
            name == "batch"
            or (name == "output" and proposal.site is not None)
            or (name == "prompt_cache" and proposal.site is not None and proposal.shift is None)
        ):
            after_use = proposal.traffic(use) if proposal.traffic is not None else use
            after_site = proposal.site(of) if proposal.site is not None else of
            after = pricer(BOOK, after_use)
            lever = next(x for x in LEVERS if name == x.NAME)
            again = lever.propose(Case(priced=after.price(after_site), pricer=after))
            assert proposal.advice.title not in {p.advice.title for p in again}
