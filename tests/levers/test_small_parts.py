"""The parts out of which the levers make their advice, one at a time: shares, prices, places and words, each at its edge."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.levers import (
    alternatives,
    batch,
    context,
    context_parts,
    distillation,
    long_context,
    models,
    output,
    own_cache,
    prompt_cache,
    routing,
)
from bot.levers import case as cases
from bot.levers.case import Assumed, Case, Proposal, Settings, advised
from bot.lines import HOURS_PER_MONTH
from bot.model import Range, Rates, Spread, Tier, Traffic, Usd
from prompts_scanner.model import Piece, Span, Surface, Text
from tests.cost.make import (
    AT,
    LONG_CONTEXT,
    exactly,
    hole,
    month,
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
from tests.levers.make import case, only

CHAT = site(system(words(500)))
THERE = Span("app/prompts.py", 3, 9)


def note(of: Case, lever: str, **more: object) -> Proposal:
    """An advice that changes nothing."""
    return Proposal(advice=replace(advised(of, lever, "", confidence="low", effort="low", why="", edit=""), **more))  # type: ignore[arg-type]


# -- the same call elsewhere -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hosted", ["bedrock", None])
def test_another_vendors_model_is_priced_at_that_vendor_and_the_own_vendors_where_the_call_goes(
    hosted: str | None,
) -> None:
    asked: list[tuple[str, str | None]] = []

    def priced(name: str, provider: str | None) -> Rates:
        asked.append((name, provider))
        return rates(model=name)

    of = case(replace(CHAT, provider=hosted))
    seen = replace(of, pricer=replace(of.pricer, rates=priced))
    for model in models.table().models:
        asked.clear()
        found = alternatives.alternative(seen, model.name)
        assert found is not None
        own = model.vendor == "anthropic"
        assert found.same_vendor is own
        assert asked[0] == (model.name, (hosted or "anthropic") if own else model.vendor)


def test_only_a_model_without_tools_takes_none() -> None:
    model = models.table().models[0]
    cost = case(CHAT).priced.cost
    with_tools = replace(CHAT, tools=(tool("a", 5),))
    for takes, of, said in ((True, with_tools, []), (False, with_tools, ["takes no tools"]), (False, CHAT, [])):
        assert list(alternatives._misfits(of, replace(model, tools=takes), rates(), cost)) == said


def test_models_elsewhere_are_of_other_vendors_and_of_the_same_size() -> None:
    own = models.of_today("claude-opus-5-5")
    assert own is not None
    found = models.elsewhere("claude-opus-5-5")
    assert found
    assert all(m.vendor != own.vendor and m.size == own.size for m in found)


def test_another_vendors_model_is_called_at_that_vendor() -> None:
    of = case(CHAT)
    assert cases._on(CHAT, of.pricer, "m", None)[0].provider == CHAT.provider
    assert cases._on(CHAT, of.pricer, "m", "openai")[0].provider == "openai"


def test_a_rate_is_dearer_only_where_all_are_known() -> None:
    now, half = rates(), Decimal("0.5")
    cheap = rates(input_usd_per_mtok=Decimal("1.5"), output_usd_per_mtok=Decimal("7.5"))
    assert routing.dearer(now, cheap, half)
    assert not routing.dearer(now, replace(cheap, output_usd_per_mtok=Decimal("7.6")), half)
    assert not routing.dearer(now, replace(cheap, output_usd_per_mtok=None), half)
    assert not routing.dearer(replace(now, input_usd_per_mtok=None), cheap, half)
    assert not routing.dearer(now, now, Decimal(1)), "less in none"
    assert routing._plain(None) == "?"
    assert routing._plain(Decimal("3.00")) == "3"


# -- several proposals at once -----------------------------------------------------------------------------------------


def test_only_a_batch_together_with_the_cache_counts_fewer_hits() -> None:
    use = traffic(
        output_tokens=exactly(0),
        dynamic_input_tokens=exactly(0),
        cache_hit_share=Decimal("0.8"),
        batch_share=Decimal("0.5"),
        calls_per_month=month(1000),
    )
    of = case(site(system(words(4_000), mark=True), cache=setting("on")), use)
    for lever in ("batch", "prompt_cache", "context"):
        assert cases.saved_with(of, note(of, lever)).likely == 0
    assert cases.saved_with(of, note(of, "batch"), note(of, "context")).likely == 0
    assert cases.saved_with(of, note(of, "batch"), note(of, "prompt_cache")).likely < 0


def test_hits_are_counted_outside_of_batches() -> None:
    share, half = Decimal("0.8"), Decimal("0.5")
    both = traffic(cache_hit_share=share, batch_share=half)
    found = cases._hits_outside_batches(both)
    assert found is not None and found.cache_hit_share == share * half
    for use in (None, replace(both, cache_hit_share=None), replace(both, batch_share=None)):
        assert cases._hits_outside_batches(use) == use


def test_a_bill_is_known_by_its_volume_and_every_part() -> None:
    whole: Traffic = traffic(output_tokens=exactly(1), dynamic_input_tokens=exactly(0), calls_per_month=month(10))
    assert cases.known_bill(case(CHAT, whole))
    assert not cases.known_bill(case(CHAT, replace(whole, calls_per_month=None)))
    assert not cases.known_bill(case(CHAT, replace(whole, output_tokens=None)))
    assert not cases.known_bill(case(CHAT))


# -- batches -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "factor", "title"),
    [
        ("1", "0.5", "Send these calls as a batch (50 % off)"),
        ("0.9", "0.1", "Send 90 % of these calls as a batch (90 % off)"),
    ],
)
def test_a_batch_is_told_with_its_share_and_what_is_off(share: str, factor: str, title: str) -> None:
    use = traffic(output_tokens=exactly(9), dynamic_input_tokens=exactly(0), batchable_share=Decimal(share))
    for sdk, effort in (("anthropic", "medium"), ("litellm", "high")):
        found = only(batch.propose(case(replace(CHAT, sdk=sdk), use, rates(batch_factor=Decimal(factor)))))
        assert (found.advice.title, found.advice.effort) == (title, effort)


def test_at_the_full_price_there_is_no_batch() -> None:
    waits = batch.Waits(share=Decimal(1), why="", confidence="low")
    of = case(CHAT)
    assert batch._batch(of, rates(batch_factor=Decimal(1)), waits) is None
    assert batch._batch(of, rates(batch_factor=Decimal("0.99")), waits) is not None


def test_the_word_that_shows_a_batch_is_told_alone() -> None:
    said = "`nightly` in its name says that it runs by the clock or in bulk"
    of = replace(CHAT, span=Span("app/nightly/run.py", 1, 2))
    assert batch._nobody_waits(case(of)) == (Decimal(1), said, "low")


# -- text and tools ----------------------------------------------------------------------------------------------------


def line(n: int, start: str = "a") -> str:
    return (start + " rule for all of the answers, told at full length, as nobody may miss it " * 9)[:n]


def twice(*lines: str) -> str:
    text = "\n".join(lines)
    of = site(*(Surface(role="system", text=Text(pieces=(Piece(text=text, span=s),)), span=s) for s in (AT, THERE)))
    (found,) = [p for p in context.propose(case(of)) if "twice" in p.advice.title]
    return found.advice.why


def test_repeated_lines_are_counted_in_words() -> None:
    assert "tokens: 1 line of app/chat.py:10 stands in app/prompts.py:3 too" in twice(line(500))
    assert "tokens: 2 lines of app/chat.py:10 stand in app/prompts.py:3 too" in twice(line(500), line(500, "b"))


def test_a_line_is_long_from_its_least_on_and_schemas_are_left_out() -> None:
    long = line(context.LONG_LINE_CHARS - 1).strip().ljust(context.LONG_LINE_CHARS, "x")

    def found(text: str) -> int:
        pair = [Surface(role="user", text=Text(pieces=(Piece(text=text, span=s),)), span=s) for s in (AT, THERE)]
        return len(list(context.repeated_lines(site(surface("schema", "{}"), *pair))))

    assert (found(long), found(long[:-1])) == (1, 0)


def test_tools_that_are_exactly_a_great_share_are_told_of() -> None:
    n = context.MANY_TOOLS
    each = 3 * context.MANY_TOOL_TOKENS
    text = n * each / Decimal(context.GREAT_SHARE) - n * each
    assert text == int(text)
    for more, told in ((0, True), (1, False)):
        of = site(system(words(int(text) + more)), tools=tuple(tool(f"t{i}", each) for i in range(n)))
        assert bool(context._tools(case(of))) is told


def test_examples_are_shown_where_they_stand() -> None:
    block = replace(surface("examples", words(context.MANY_EXAMPLE_TOKENS)), span=THERE)
    found = context._examples(case(site(block)))
    assert found is not None and found.advice.span == THERE


def test_an_unknown_size_is_no_tokens_and_a_price_is_for_a_thousand() -> None:
    first = case(CHAT).priced.cost.lines[0]
    assert context._likely(first) == 500
    assert context._likely(replace(first, tokens_per_call=None)) == 0
    assert context._per_1k(Range.exactly(Decimal(1))) == "1000.00 USD"


def test_added_tools_are_shown_at_the_first_with_what_they_cost() -> None:
    places = [THERE, *[AT] * (context_parts.FEW_TOOLS - 1)]
    each = context_parts.MANY_ADDED_TOKENS
    new = tuple(tool(f"t{i}", each, span=span) for i, span in enumerate(places))
    of = case(replace(CHAT, tools=new), None, rates(input_usd_per_mtok=Decimal(3000)), before=CHAT)
    found = context_parts.added_tools(of, "context")
    assert found is not None
    assert found.advice.span == THERE
    assert found.advice.why == f"they cost {Decimal(3 * each * len(places)):.2f} USD per 1,000 calls, used or not"


# -- training ----------------------------------------------------------------------------------------------------------


def test_what_training_costs_once_is_answers_training_and_people() -> None:
    s = replace(
        Settings(),
        training_engineering_months=Assumed(value=Decimal(2), source="test"),
        engineering_usd_per_month=Assumed(value=Decimal(1000), source="test"),
    )
    n = s.training_examples.value
    use = traffic(output_tokens=exactly(0), dynamic_input_tokens=exactly(0), calls_per_month=month(10))
    training = n * 500 * s.training_passes.value * s.training_usd_per_mtok.value / 1_000_000
    assert training >= 2
    for usd_of_answers, told in (("1.5", f"{n:,.0f} answers 2 USD, "), ("0.75", "")):
        rate = Decimal(usd_of_answers) / n / 500 * 1_000_000
        of = case(CHAT, use, rates(input_usd_per_mtok=rate), settings=s)
        once, words_of_it = distillation.once_usd(of)
        assert once == Decimal(usd_of_answers) + training + 2 * 1000
        assert words_of_it == f"{told}training {training:,.0f} USD, engineering 2,000 USD: test for 2 month"


def test_a_task_is_shown_by_a_text_of_its_least_length() -> None:
    least = distillation.SHORTEST_TASK_CHARS
    assert distillation._shows_a_task(case(site(system("x" * least))))
    assert not distillation._shows_a_task(case(site(system("x" * (least - 1)))))
    assert not distillation._shows_a_task(case(site(surface("schema", "x" * least))))


# -- long requests -----------------------------------------------------------------------------------------------------


LIMIT = LONG_CONTEXT.above_input_tokens
TIERED = rates(tiers=(LONG_CONTEXT,), context_tokens=1_000_000)


def long_calls(above: int, of: int, fixed: int = 500, book: Rates = TIERED, **more: object) -> tuple[Proposal, ...]:
    points = tuple((t, n) for t, n in ((1_000, of - above), (LIMIT + 1_000, above)) if n)
    mean = sum(t * n for t, n in points) // of
    use = traffic(
        dynamic_input_tokens=exactly(mean), dynamic_input_spread=Spread(points=points), output_tokens=exactly(9), **more
    )
    return long_context.propose(case(site(system(words(fixed)), user(hole("q"))), use, book))


def test_long_calls_are_cut_where_they_are_few_and_not_too_few() -> None:
    told = [(above, bool(long_calls(above, 1000))) for above in (9, 10, 500, 501)]
    assert told == [(9, False), (10, True), (500, True), (501, False)]
    assert only(long_calls(10, 1000)).advice.why.startswith("1.0 % of calls are longer")


@pytest.mark.parametrize(("days", "confidence"), [(30, "medium"), (None, "low"), (0, "low")])
def test_a_cut_is_surer_from_days_of_calls(days: int | None, confidence: str) -> None:
    assert only(long_calls(10, 100, days_observed=days)).advice.confidence == confidence


def test_a_tier_at_the_same_price_is_not_dearer() -> None:
    same = Tier(above_input_tokens=LIMIT, input_usd_per_mtok=Decimal(3), output_usd_per_mtok=Decimal(15))
    assert long_context._dearer(TIERED, LONG_CONTEXT)
    assert not long_context._dearer(TIERED, same)
    assert not long_context._dearer(replace(TIERED, input_usd_per_mtok=None), LONG_CONTEXT)


def test_at_the_high_end_a_request_may_be_long_where_its_likely_length_just_fits() -> None:
    def found(likely: int, high: int, fixed: int = 500, tier: Tier = LONG_CONTEXT) -> bool:
        use = traffic(dynamic_input_tokens=Range(0, likely, high), output_tokens=exactly(9))
        of = site(system(words(fixed)), user(hole("q")))
        return bool(long_context.propose(case(of, use, replace(TIERED, tiers=(tier,)))))

    room = LIMIT - 500
    assert found(room, room + 1)
    assert not found(room + 1, room + 2)
    assert not found(room, room)
    assert not found(0, 9, fixed=LIMIT), "nothing is left to cut"
    assert found(0, 9, fixed=LIMIT - 1)
    assert not found(room, room + 1, tier=replace(LONG_CONTEXT, input_usd_per_mtok=Decimal(3)))


def test_without_a_spread_nothing_is_cut() -> None:
    use = traffic(dynamic_input_tokens=exactly(1000))
    assert long_context.cut(use, 500) == use
    spread = Spread(points=((400, 1), (1_600, 1)))
    alone = traffic(dynamic_input_spread=spread)
    assert long_context.cut(alone, 500) == alone
    assert long_context.cut(replace(use, dynamic_input_spread=spread), 500).dynamic_input_spread == Spread(
        points=((400, 1), (500, 1))
    )


# -- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month_usd", "tokens", "trifle"),
    [("0.99", -1, True), ("1", -1, False), ("0.99", 0, False), (None, -1, False)],
)
def test_a_trifle_is_below_a_dollar_a_month_and_cents_at_worst(
    month_usd: str | None, tokens: int, trifle: bool
) -> None:
    """At 1,000 USD per million tokens out a thousandth of a dollar is a token."""
    of = case(CHAT)
    saving: Usd | None = None if month_usd is None else Range.exactly(Decimal(month_usd))
    found = note(of, "output", saving_usd_per_month=saving)
    at = int(output.TRIFLE_USD * 1000)
    book = rates(output_usd_per_mtok=Decimal(1000), max_output_tokens=at + tokens)
    assert output._is_a_trifle(found, book) is trifle


def test_shares_of_answers_have_a_decimal() -> None:
    assert [output._percent(Decimal(s)) for s in ("0", "0.5", "0.0123")] == ["0.0 %", "50.0 %", "1.2 %"]


# -- caches ------------------------------------------------------------------------------------------------------------


def test_a_cache_by_the_hour_is_told_of_above_its_break_even() -> None:
    pro = rates(
        provider="google", cache_mode="automatic", cache_storage_usd_per_mtok_hour=Decimal("4.50"), cache_ttl_seconds=None,
        input_usd_per_mtok=Decimal(2), cache_read_usd_per_mtok=Decimal("0.20"), cache_write_usd_per_mtok=Decimal(2),
    )  # fmt: skip
    asked = site(system(words(10_000)), user(hole("q")), provider="google")
    even = Decimal("2.5") * HOURS_PER_MONTH  # 4.50 / (2 - 0.20)

    def found(calls: Decimal) -> bool:
        use = traffic(calls_per_month=month(str(calls)), output_tokens=exactly(0), dynamic_input_tokens=exactly(0))
        return bool(own_cache.propose(case(asked, use, pro)))

    assert not found(even)
    assert found(even + 1)


def test_a_prefix_is_known_where_no_marked_text_holds_a_value_of_run_time() -> None:
    known = prompt_cache._whole_prefix_is_known
    marked = system(words(9), mark=True)
    assert known(site(marked, user(hole("q"))))
    assert known(site(system(words(9)), marked, user(hole("q"))))
    assert not known(site(system(words(9)), system(words(9), hole("q"), mark=True)))
    assert not known(site(system(hole("q")), marked))
    assert not known(site(system(words(9))))


def test_a_mark_on_a_single_token_has_no_effect() -> None:
    of = site(system(words(1), mark=True), user(hole("q")), cache=setting("on"))
    assert "1,023 tokens short" in only(prompt_cache.propose(case(of))).advice.title


def test_of_several_system_blocks_the_mark_belongs_on_the_last() -> None:
    blocks = [replace(system(words(9)), span=Span(AT.path, n, n)) for n in (11, 12, 13)]
    assert prompt_cache.end_span(case(site(*blocks))) == blocks[-1].span


def test_counts_and_lifetimes_in_words() -> None:
    assert (prompt_cache._count(None), prompt_cache._count(1024)) == ("not known", "1,024")
    assert prompt_cache._minutes(rates()) == "5 minutes"
    assert prompt_cache._minutes(rates(cache_ttl_seconds=None)) == "the cache's lifetime"
