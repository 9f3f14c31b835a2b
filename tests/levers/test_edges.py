"""The edges of the levers' rules and their words: exactly at a limit, a figure that is missing, each library's own edit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.levers import batch, context, distillation, output, own_cache, prompt_cache, self_hosting
from bot.levers.alternatives import alternative, table
from bot.levers.case import Settings
from bot.levers.simple import is_simple, short_answer
from bot.model import Spread
from prompts_scanner.model import Hole, Piece, Span, Surface, Text
from tests.cost.make import (
    AT,
    exactly,
    hole,
    month,
    mtok,
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
from tests.levers.make import case, only, per_call, per_month

CHAT = site(system(words(500)))
SPREAD = Spread(points=((400, 990), (8_000, 10)))
ANSWERS = traffic(output_tokens=exactly(476), output_spread=SPREAD, calls_per_month=month(1_000))


# -- what is simple ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cap", "tokens", "short"),
    [(100, None, True), (101, None, False), (None, 100, True), (None, 101, False), (101, 100, True)],
)  # fmt: skip
def test_an_answer_of_up_to_a_hundred_tokens_is_short(cap: int | None, tokens: int | None, short: bool) -> None:
    of = replace(CHAT, output_cap=setting(cap) if cap is not None else None)
    assert (
        short_answer(case(of, traffic(output_tokens=exactly(tokens)) if tokens is not None else None).priced) is short
    )


@pytest.mark.parametrize(
    ("role", "text", "simple"),
    [
        ("schema", '{"enum": ["a", "b"]}', True),
        ("schema", '{"type": "string"}', False),
        ("system", 'an "enum" of things', False),
        ("system", "Classify the ticket", True),
        ("system", "Write a poem", False),
    ],
)
def test_a_choice_is_simple_by_its_words_or_its_schema(role: str, text: str, simple: bool) -> None:
    of = site(surface(role, text), output_cap=setting(50))
    assert is_simple(case(of).priced) is simple
    assert not is_simple(case(replace(of, tools=(tool("a", 5),))).priced)
    assert not is_simple(case(replace(of, output_cap=setting(500))).priced)


# -- answers -----------------------------------------------------------------------------------------------------------


def test_the_worst_answer_is_told_where_the_model_can_give_a_longer_one() -> None:
    """The cap is 500 tokens."""
    for limit, told in ((500, False), (501, True), (None, False)):
        found = output.propose(
            case(CHAT, replace(ANSWERS, calls_per_month=month(10**6)), rates(max_output_tokens=limit))
        )
        assert ("the worst answer costs" in only(found).advice.why) is told


@pytest.mark.parametrize(("days", "confidence"), [(30, "high"), (None, "medium"), (0, "medium")])
def test_a_cap_from_days_of_calls_is_sure(days: int | None, confidence: str) -> None:
    found = output.propose(case(CHAT, replace(ANSWERS, days_observed=days, calls_per_month=month(10**6))))
    assert only(found).advice.confidence == confidence


def test_without_a_rate_or_a_spread_no_cap_is_proposed() -> None:
    assert output.propose(case(CHAT, ANSWERS, rates(output_usd_per_mtok=None))) == ()
    assert output.propose(case(CHAT, replace(ANSWERS, output_spread=None))) == ()
    assert output.propose(case(CHAT, replace(ANSWERS, output_spread=Spread(points=())))) == ()


@pytest.mark.parametrize(
    ("budget", "told"), [("4095", False), ("4096", True), ("high", True), ("medium", False), ("max", True)]
)
def test_how_much_thinking_is_much(budget: str, told: bool) -> None:
    of = site(system("Classify the ticket."), reasoning=setting(budget), output_cap=setting(64))
    assert bool(output.propose(case(of))) is told


def test_a_long_demand_is_cut_at_sixty_characters() -> None:
    said = "Return the answer to the question of the customer as strict JSON"
    assert len(said) == 64
    why = only(output.propose(case(site(system(said + " please."))))).advice.why
    assert f"“{said[:57]}…”" in why
    exact = said.replace("strict ", "the ")[:60]
    assert len(exact) == 60 and exact.endswith("JSON"[: len(exact) - exact.rindex(" ") - 1])
    fits = "Return the answer to a question of the customer only as JSON"
    assert len(fits) == 60
    assert f"“{fits}”" in only(output.propose(case(site(system(fits + "."))))).advice.why


# -- text and tools ----------------------------------------------------------------------------------------------------


def examples(n: int) -> Surface:
    return surface("examples", words(n))


def test_examples_are_told_of_from_a_thousand_tokens_on_with_their_cost() -> None:
    least = context.MANY_EXAMPLE_TOKENS
    assert not [p for p in context.propose(case(site(examples(least - 1)))) if "examples" in p.advice.title]
    (found,) = [p for p in context.propose(case(site(examples(least)))) if "examples" in p.advice.title]
    dollars = (mtok("3", least) * 1000).quantize(Decimal("0.01"))
    assert found.advice.why == f"they cost {dollars} USD per 1,000 calls"
    (unknown,) = [p for p in context.propose(case(site(examples(least)), book={})) if "examples" in p.advice.title]
    assert unknown.advice.why == "the model is not known"


def test_tools_are_told_of_where_they_are_many_large_and_a_great_share() -> None:
    many, large, share = context.MANY_TOOLS, context.MANY_TOOL_TOKENS, context.GREAT_SHARE
    each = -(-large // many)

    def told(n: int, tokens: int, text: int = 0) -> bool:
        found = context.propose(case(site(system(words(text)), tools=tuple(tool(f"t{i}", tokens) for i in range(n)))))
        return any("definitions are" in p.advice.title for p in found)

    assert told(many, each)
    assert not told(many - 1, each + large)
    assert not told(many, (large - 1) // many)
    both = int(many * each / share)  # with so many tokens in all, the tools are exactly their share of them
    assert told(many, each, both - many * each - 1)
    assert not told(many, each, both - many * each + many)


# -- caching -----------------------------------------------------------------------------------------------------------

PLAIN = site(system(words(4_100)), user(hole("question")))


@pytest.mark.parametrize(
    ("sdk", "edit"),
    [
        ("anthropic", 'Put "cache_control": {"type": "ephemeral"} on the last stable system block'),
        ("vercel-ai", "Set providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } } on the last stable system block."),
        ("bedrock", 'Add {"cachePoint": {"type": "default"}} after the last stable system block.'),
        ("litellm", "Mark the end of the last stable system block for caching, as your library names it (cache_control)."),
    ],
)  # fmt: skip
def test_each_library_marks_the_cache_its_own_way(sdk: str, edit: str) -> None:
    found = only(prompt_cache.propose(case(replace(PLAIN, sdk=sdk))))
    assert found.advice.edit.startswith(edit)


def test_without_a_system_prompt_the_mark_belongs_on_the_last_tool() -> None:
    of = site(user(hole("question")), tools=(tool("a", 4_100),))
    assert "the last tool" in only(prompt_cache.propose(case(of))).advice.edit


@pytest.mark.parametrize(
    ("lines", "path", "inside"),
    [((10, 12), AT.path, True), ((20, 22), AT.path, True), ((9, 12), AT.path, False), ((21, 22), AT.path, False), ((12, 13), "b.py", False)],
)  # fmt: skip
def test_the_mark_stands_at_the_last_system_block_inside_the_call(
    lines: tuple[int, int], path: str, inside: bool
) -> None:
    there = Span(path, *lines)
    of = site(Surface(role="system", text=Text(pieces=(Piece(text=words(9), span=there),)), span=there))
    assert prompt_cache.end_span(case(of)) == (there if inside else AT)
    assert prompt_cache.end_span(case(site(Surface(role="user", text=of.surfaces[0].text, span=there)))) == AT


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, "?"), ("0.99", "99 %"), ("0.991", "more than 99 %"), ("0.9999", "more than 99 %"), ("1", "100 %"), ("0.5", "50 %"), ("0", "0 %")],
)  # fmt: skip
def test_a_share_is_told_in_percent(share: str | None, text: str) -> None:
    assert prompt_cache.percent(None if share is None else Decimal(share)) == text


def test_what_is_lost_behind_a_clock_is_told_from_its_least_on() -> None:
    least = prompt_cache.MIN_BEHIND_TOKENS

    def found(behind: int) -> tuple:
        of = site(system(hole("now", volatile=True), words(behind), mark=True), cache=setting("on"))
        asked = case(of, book=rates(min_cacheable_tokens=0))
        assert asked.priced.prefix is not None and asked.priced.prefix.behind_tokens == behind
        return tuple(p for p in prompt_cache.propose(asked) if p.advice.title.startswith("Move"))

    assert found(least - 1) == ()
    told = only(found(least)).advice
    assert (
        f"`now` differs on every call and ends the cached prefix after 0 tokens; behind the text it would be {least:,}"
        in told.why
    )
    assert told.confidence == "low"
    assert "of calls would find them" not in told.why


def test_a_mark_below_the_minimum_says_what_it_lacks() -> None:
    def short(n: int, **more: object) -> tuple:
        return prompt_cache.propose(
            case(site(system(words(n), mark=True), user(hole("q")), cache=setting("on"), **more))
        )

    assert "24 tokens short" in only(short(1_000)).advice.title
    assert "1 tokens short" in only(short(1_023)).advice.title
    assert short(1_024) == ()
    assert short(0) == ()
    unseen = replace(tool("x", 0), complete=False)
    assert short(1_000, tools=(unseen,)) == ()
    assert short(1_000, tools=(replace(unseen, builtin="web_search"),)) != ()
    assert short(1_000, tools=(replace(unseen, complete=True),)) != ()
    automatic = rates(cache_mode="automatic")
    of = site(system(words(1_000), mark=True), user(hole("q")), cache=setting("on"))
    assert prompt_cache.propose(case(of, book=automatic)) == ()
    assert prompt_cache.propose(case(of, book=rates(min_cacheable_tokens=None))) == ()


@pytest.mark.parametrize(
    ("changes", "hits", "calls"),
    [
        ({}, "0", "2.5"),  # 4.50 / (2 - 0.20)
        ({}, "0.5", "5"),
        ({}, "1", None),
        ({"input_usd_per_mtok": None}, "0", None),
        ({"cache_read_usd_per_mtok": None}, "0", None),
        ({"cache_storage_usd_per_mtok_hour": None}, "0", None),
        ({"cache_read_usd_per_mtok": Decimal(2)}, "0", None),
        ({"cache_read_usd_per_mtok": Decimal(1)}, "0", "4.5"),
    ],
)
def test_a_cache_by_the_hour_pays_from_so_many_calls_on(
    changes: dict[str, object], hits: str, calls: str | None
) -> None:
    pro = rates(
        **{
            "input_usd_per_mtok": Decimal(2),
            "cache_read_usd_per_mtok": Decimal("0.20"),
            "cache_storage_usd_per_mtok_hour": Decimal("4.50"),
            **changes,
        }
    )
    assert own_cache.pays_from(pro, Decimal(hits)) == (None if calls is None else Decimal(calls))


# -- other models ------------------------------------------------------------------------------------------------------


def test_what_a_model_does_not_take_is_named() -> None:
    picture = Hole(name="photo", reason="media", span=AT)
    wanted = site(
        system(words(200)),
        user(picture),
        surface("schema", "{}"),
        tools=(tool("a", 5),),
        output_cap=setting(64_001),
        structured=True,
    )
    for model in table().models:
        book = {model.name: rates(model=model.name, context_tokens=100, max_output_tokens=64_000)}
        found = alternative(case(wanted, book=book), model.name)
        assert found is not None
        said = found.misfit.split("; ")
        assert ("takes no tools" in said) is not model.tools
        assert ("takes no pictures" in said) is not model.vision
        assert ("takes no schema for the answer" in said) is not model.schemas
        assert "answers at most 64,000 tokens" in said
        assert any(part.endswith("tokens do not fit its 100") for part in said)
        fits = site(system(words(10)), output_cap=setting(64_000))
        good = alternative(case(fits, book=book), model.name)
        assert good is not None and good.misfit == ""
        for one in (replace(fits, structured=True), site(system(words(10)), surface("schema", "{}"))):
            formed = alternative(case(one, book=book), model.name)
            assert formed is not None
            assert formed.misfit == ("" if model.schemas else "takes no schema for the answer")


# -- hosting -----------------------------------------------------------------------------------------------------------


def test_hosting_is_proposed_above_its_fixed_cost_and_not_at_it() -> None:
    """One call costs a dollar: 250,000 output tokens at 4 USD a million would be one; here the input is, at 2 x 500,000."""
    dollar = rates(input_usd_per_mtok=Decimal(1000), output_usd_per_mtok=Decimal(1))
    of = site(system(words(1_000)))
    fixed = self_hosting.fixed_usd_per_month(Settings())
    use = traffic(output_tokens=exactly(0), dynamic_input_tokens=exactly(0), calls_per_month=month(str(fixed)))
    at = only(self_hosting.propose(case(of, use, dollar)))
    assert (at.kind, at.advice.saving_usd_per_month.likely) == ("verdict", 0)
    assert f"it breaks even at {fixed:,.0f} calls a month and there are {fixed:,.0f}" in at.advice.why
    above = only(self_hosting.propose(case(of, replace(use, calls_per_month=month(str(fixed + 7))), dollar)))
    assert (above.kind, per_month(above)) == ("hosting", 7)
    assert per_call(above) == Decimal(7) / (fixed + 7)
    assert f"({Settings().gpu_utilisation_share.value * 100:.0f} % utilisation assumed" in above.advice.caution
    assert self_hosting.propose(case(of, use, replace(dollar, free=True))) == ()
    assert self_hosting.propose(case(replace(of, operation="embedding"), use, dollar)) == ()


def test_figures_in_words_are_of_a_thousand_calls_and_in_percent() -> None:
    least = context.MANY_EXAMPLE_TOKENS
    dear = rates(input_usd_per_mtok=Decimal(3000))
    (found,) = [p for p in context.propose(case(site(examples(least)), book=dear)) if "examples" in p.advice.title]
    assert found.advice.why == f"they cost {Decimal(3 * least):.2f} USD per 1,000 calls"


@pytest.mark.parametrize(
    ("usd", "text"), [("9.99", "9.99 USD"), ("10", "10 USD"), ("1234.4", "1,234 USD"), ("0.004", "0.00 USD")]
)
def test_small_sums_are_told_in_cents_and_large_ones_in_dollars(usd: str, text: str) -> None:
    assert distillation._cents(Decimal(usd)) == text


@pytest.mark.parametrize(("length", "cut"), [(59, False), (60, False), (61, True)])
def test_a_quoted_line_has_sixty_characters_at_most(length: int, cut: bool) -> None:
    text = "".join(chr(ord("a") + i % 26) for i in range(length))
    assert context._quote(text) == (text[:57] + "…" if cut else text)


def test_a_batch_that_is_no_cheaper_is_not_proposed() -> None:
    use = traffic(output_tokens=exactly(100), calls_per_month=month(10**6), dynamic_input_tokens=exactly(0))
    at_night = replace(CHAT, background="a cron job")
    assert batch.propose(case(at_night, use, rates(batch_factor=Decimal("0.5")))) != ()
    assert batch.propose(case(at_night, use, rates(batch_factor=Decimal(1)))) == ()
    assert batch.propose(case(at_night, use, rates(batch_factor=None))) == ()


def test_the_largest_tool_is_where_many_tools_are_told_of() -> None:
    there = Span("app/tools.py", 4, 9)
    each = -(-context.MANY_TOOL_TOKENS // context.MANY_TOOLS)
    tools = [tool(f"t{i}", each) for i in range(context.MANY_TOOLS)]
    tools[1] = replace(tool("big", each + 50), span=there)
    (found,) = [p for p in context.propose(case(site(tools=tuple(tools)))) if "definitions are" in p.advice.title]
    assert found.advice.span == there
    assert f"the largest: big ({each + 50:,})" in found.advice.why


def test_a_cache_by_the_hour_is_silent_without_a_price_or_where_there_is_one() -> None:
    often = traffic(
        calls_per_month=month(10**7),
        output_tokens=exactly(0),
        dynamic_input_tokens=exactly(0),
        cache_hit_share=Decimal(0),
    )
    pro = rates(
        provider="google", cache_mode="automatic", cache_storage_usd_per_mtok_hour=Decimal("4.50"), cache_write_usd_per_mtok=Decimal(3),
        cache_ttl_seconds=None,
    )  # fmt: skip
    asked = site(system(words(10_000)), user(hole("q")), provider="google")
    assert own_cache.propose(case(asked, often, pro)) != ()
    assert own_cache.propose(case(asked, often, replace(pro, cache_storage_usd_per_mtok_hour=None))) == ()
    assert own_cache.propose(case(asked, often, {})) == ()
    assert own_cache.propose(case(replace(asked, cache=setting("on")), often, pro)) == ()
    assert own_cache.propose(case(replace(asked, operation="embedding"), often, pro)) == ()
