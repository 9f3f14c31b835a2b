"""Every figure of docs/explanation/levers.md: by the formula with cited rates, and by asking the lever.

Rates in USD per million tokens are those of the pages that the document links. `says` holds the document to the figures.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from bot.levers import (
    LEVERS,
    batch,
    context,
    conversation,
    distillation,
    history,
    long_context,
    other_vendor,
    output,
    own_cache,
    routing,
    self_hosting,
)
from bot.levers.case import Case, Settings
from bot.model import Spread, Traffic
from bot.prefix import break_even_hits
from bot.spread import expected_min, mean_tokens, quantile_tokens, share_above
from prompts_scanner.model import Piece, Span, Surface
from tests.cost.make import (
    LONG_CONTEXT,
    exactly,
    gpt_4o,
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
from tests.levers.make import BOOK, HAIKU, OPUS, case, only, per_call, per_month

PAGE = (Path(__file__).parents[2] / "docs/explanation/levers.md").read_text("utf-8")
OPUS_4_7 = rates(
    model="claude-opus-4-7",
    input_usd_per_mtok=Decimal(5),
    output_usd_per_mtok=Decimal(25),
    cache_read_usd_per_mtok=Decimal("0.50"),
    cache_write_usd_per_mtok=Decimal("6.25"),
)


def part(anchor: str) -> str:
    """The section of a lever."""
    return PAGE.partition(f"{{ #{anchor} }}")[2].partition("\n## ")[0]


def says(anchor: str, *figures: str) -> None:
    assert [f for f in figures if f not in part(anchor)] == []


def fixed(value: Decimal, places: str) -> str:
    return f"{value.quantize(Decimal(places), ROUND_HALF_UP):f}"


def use(**changes: object) -> Traffic:
    return traffic(**{"dynamic_input_tokens": exactly(0), **changes})


def test_every_lever_has_its_section() -> None:
    assert [lever.NAME for lever in LEVERS if not part(lever.NAME)] == []
    assert all("*Example.*" in part(lever.NAME) for lever in LEVERS)


def test_routing() -> None:
    """C = c₁ + e·c₂ with e of 0.3 to 0.5."""
    large, small = mtok("4", 3_000) + mtok("20", 500), mtok("0.10", 3_000) + mtok("0.50", 500)
    even = 1 - small / large
    costs = [small + Decimal(e) * large for e in ("0.3", "0.5")]
    says("routing", f"c₂ = {large:.4f}", f"c₁ = {small:.5f}", f"e* = {fixed(even * 100, '0.1')} %")
    says("routing", f"{costs[0]:.5f} to {costs[1]:.5f}")
    saved = [1000 * (large - c) for c in reversed(costs)]
    says("routing", f"{saved[0]:.2f} to {saved[1]:.2f} USD")
    of = site(system(words(3_000)), model=setting("claude-opus-5-5"))
    book = {"claude-opus-5-5": OPUS, "claude-haiku-5-5": HAIKU}
    found = only(routing.propose(case(of, use(output_tokens=exactly(500), calls_per_month=month(10_000)), book)))
    saving = found.advice.saving_usd_per_1k_calls
    assert saving is not None and [saving.low, saving.high] == saved


def test_a_published_router() -> None:
    """RouteLLM, table 1 and 5.4: 13.40 % of calls at 24.70, the others at 0.24."""
    strong, weak, share = Decimal("24.70"), Decimal("0.24"), Decimal("0.1340")
    off = 1 - (share * strong + (1 - share) * weak) / strong
    says("routing", f"{fixed(off * 100, '0.1')} % less", "13.40 %")
    assert Decimal("0.85") <= off < Decimal("0.86")
    # a cascade also asks the weak model about the calls that it escalates: 0.13 % more
    assert routing.cascade_usd(weak, strong, share) == weak + share * strong
    assert fixed(1 - routing.cascade_usd(weak, strong, share) / strong, "0.001") == "0.856"


def test_other_vendor() -> None:
    grok = rates(
        model="grok-4.20",
        provider="x-ai",
        input_usd_per_mtok=Decimal("1.25"),
        output_usd_per_mtok=Decimal("2.50"),
        cache_read_usd_per_mtok=None,
        context_tokens=1_000_000,
    )
    of = site(system(words(3_000)), model=setting("claude-opus-5-5"))
    asked = case(
        of, use(output_tokens=exactly(500), calls_per_month=month(20_000)), {"claude-opus-5-5": OPUS, "grok-4.20": grok}
    )
    found = only(other_vendor.propose(asked))
    now, then = mtok("4", 3_000) + mtok("20", 500), mtok("1.25", 3_000) + mtok("2.50", 500)
    says("other_vendor", f"{now * 1000:.2f} USD per 1,000 calls", f"{then * 1000:.2f} USD.")
    assert per_call(found) == now - then


def test_prompt_cache() -> None:
    read, write, base, hits = Decimal("0.30"), Decimal("3.75"), Decimal(3), Decimal("0.85")
    even = (write - base) / (write - read)
    assert break_even_hits(rates()) == even
    cost = (hits * read + (1 - hits) * write) * 4_100 / 1_000_000
    says("prompt_cache", f"h* = {fixed(even * 100, '0.1')} %", f"{fixed(cost, '0.00001')} instead of 0.0123 USD")
    assert mtok("3", 4_100) == Decimal("0.0123")
    marked = site(system(words(4_100), mark=True), cache=setting("on"))
    asked = use(cache_hit_share=hits, output_tokens=exactly(0))
    assert pricer(rates(), asked).price(marked).cost.usd_per_call.likely == cost


def test_a_published_session() -> None:
    """Anthropic's pricing page, worked example of a session: the token costs without the hour's fee."""
    plain = mtok("5", 50_000) + mtok("25", 15_000)
    cached = mtok("5", 10_000) + mtok("5", 40_000) * Decimal("0.1") + mtok("25", 15_000)
    assert (plain, cached) == (Decimal("0.625"), Decimal("0.445"))  # the page: 0.705 and 0.525 with 0.08 for the hour
    says("prompt_cache", f"{plain.normalize()} USD", f"{cached.normalize()}")
    session = site(system(words(40_000), mark=True), user(words(10_000)), cache=setting("on"))
    for hits, expected in ((1, cached), (None, plain)):
        asked = use(output_tokens=exactly(15_000), cache_hit_share=None if hits is None else Decimal(hits))
        assert pricer(OPUS_4_7, asked).price(session).cost.usd_per_call.likely == expected


@pytest.mark.parametrize(("write", "reads", "total"), [("1.25", 1, "1.35"), ("2", 2, "2.20")])
def test_it_pays_off_after(write: str, reads: int, total: str) -> None:
    """One write and so many reads at a tenth cost less than as many calls at the full price; one read fewer does not."""
    w, r = Decimal(write), Decimal("0.1")
    assert w + reads * r == Decimal(total) < reads + 1
    assert w + (reads - 1) * r >= reads
    says("prompt_cache", total)
    # the same as a share of hits: reads out of all calls against (w - 1)/(w - r)
    even = break_even_hits(rates(cache_write_usd_per_mtok=3 * w))
    assert even is not None and Decimal(reads - 1) / reads < even < Decimal(reads) / (reads + 1)


def test_conversation() -> None:
    sent = sum(1_000 + i * 740 for i in range(5))
    again = sum(1_000 + i * 740 for i in range(4))
    before, after = mtok("3", sent), mtok("0.30", again) + mtok("3.75", sent - again)
    says("conversation", f"{sent:,} run-time tokens", f"{again:,} of them again", f"({again * 100 / sent:.0f} %)")
    says("conversation", f"{fixed(after, '0.0001')} instead of {fixed(before, '0.0001')} USD")
    agent = site(system(words(1_500), mark=True), user(hole("q")), tools=(tool("a", 500),), cache=setting("on"))
    five = traffic(
        calls_per_task=Decimal(5),
        dynamic_input_tokens=exactly(sent // 5),
        output_tokens=exactly(140),
        tool_result_tokens=exactly(600),
    )
    found = only(conversation.propose(case(agent, five, rates())))
    assert per_call(found) * 5 == pytest.approx(before - after, abs=Decimal("1e-12"))


def test_own_cache() -> None:
    pro = rates(
        model="gemini-3.1-pro",
        provider="google",
        input_usd_per_mtok=Decimal(2),
        cache_read_usd_per_mtok=Decimal("0.20"),
        cache_write_usd_per_mtok=Decimal(2),
        cache_storage_usd_per_mtok_hour=Decimal("4.50"),
        cache_mode="automatic",
        min_cacheable_tokens=4_096,
    )
    even = Decimal("4.50") / (2 - Decimal("0.20"))
    assert own_cache.pays_from(pro) == even
    calls = 10 * 730
    won, storage = calls * mtok("1.80", 10_000), 730 * mtok("4.50", 10_000)
    says("own_cache", f"λ* = {even:f} calls", f"{won:.2f} USD a month", f"{storage:.2f} of storage")
    says("own_cache", f"{won - storage:.2f} less")
    of = site(system(words(10_000)), user(hole("q")), provider="google", model=setting("gemini-3.1-pro"))
    asked = use(output_tokens=exactly(0), cache_hit_share=Decimal(0), calls_per_month=month(calls))
    assert per_month(only(own_cache.propose(case(of, asked, pro)))) == pytest.approx(won - storage, abs=Decimal("1e-9"))


def test_batch() -> None:
    """Anthropic's batch table: 2.50/12.50 for Opus 4.7; the session of the caching example."""
    half = mtok("2.50", 50_000) + mtok("12.50", 15_000)
    says("batch", "2.50/12.50", f"{half.normalize()} instead of 0.625 USD")
    job = site(user(words(50_000)), span=Span("jobs/nightly/run.py", 1, 2))
    found = only(batch.propose(case(job, use(output_tokens=exactly(15_000)), OPUS_4_7)))
    assert mtok("5", 50_000) + mtok("25", 15_000) - per_call(found) == half == Decimal("0.3125")


def test_flex() -> None:
    luna = gpt_4o(input_usd_per_mtok=Decimal("0.10"), output_usd_per_mtok=Decimal("0.50"), cache_read_usd_per_mtok=None)
    flex = replace(luna, input_usd_per_mtok=Decimal("0.05"), output_usd_per_mtok=Decimal("0.25"))
    says("batch", "0.05/0.25 instead of 0.10/0.50")
    job = site(user(words(5_000)), span=Span("jobs/nightly/run.py", 1, 2), model=setting("gpt-6-luna"))
    asked = replace(pricer(luna, use(output_tokens=exactly(300))), tier_rates=lambda model, provider, tier: flex)
    found = only(batch.propose(Case(priced=asked.price(job), pricer=asked)))
    assert per_call(found) == mtok("0.05", 5_000) + mtok("0.25", 300)


def test_context() -> None:
    rule = words(80, "customers")
    of = site(system(rule), surface("examples", rule), model=setting("claude-opus-5-5"))
    of = replace(of, surfaces=tuple(_at_line(s, i) for i, s in enumerate(of.surfaces)))
    found = context.propose(case(of, use(output_tokens=exactly(0)), BOOK))
    says("context", f"{mtok('4', 80) * 1000:.2f} USD per 1,000 calls")
    assert per_call(next(p for p in found if p.advice.title.startswith("Say it once"))) == mtok("4", 80)


def test_history() -> None:
    """Turn i of ten sends (i - 1) · 800 tokens of history, or 4,000 at most."""
    whole, cut = (sum(min(i * 800, limit) for i in range(10)) for limit in (10**9, 4_000))
    assert cut == 28_000
    says("history", f"sends {whole:,} tokens", f"it is {cut:,}", f"{1000 * mtok('3', (whole - cut) // 10):.2f} USD")
    of = site(system(words(1_500)), user(hole("q")), tools=(tool("a", 500),))
    asked = traffic(
        calls_per_task=Decimal(10),
        dynamic_input_tokens=exactly(4_000),
        output_tokens=exactly(140),
        tool_result_tokens=exactly(660),
    )
    found = only(history.propose(case(of, asked, rates(cache_mode=None, cache_read_usd_per_mtok=None))))
    assert per_call(found) * 1000 == 1000 * mtok("3", 800)


def test_long_context() -> None:
    short = mtok("3", 11_001) + mtok("15", 500)
    long = mtok("6", 401_001) + mtok("22.50", 500)
    cut = mtok("3", 200_000) + mtok("15", 500)
    now, then = (9 * short + long) / 10, (9 * short + cut) / 10
    says("long_context", f"{fixed(now, '0.0001')} USD", f"it is {fixed(then, '0.0001')}")
    of = site(system(words(1_000)), user("q"))
    asked = traffic(
        dynamic_input_tokens=exactly(49_000),
        dynamic_input_spread=Spread(points=((10_000, 9), (400_000, 1))),
        output_tokens=exactly(500),
    )
    found = only(long_context.propose(case(of, asked, rates(tiers=(LONG_CONTEXT,), cache_read_usd_per_mtok=None))))
    assert per_call(found) == pytest.approx(now - then, abs=mtok("3", 1))  # a mean is a whole number of tokens


def test_output() -> None:
    """p99 = p50·(p95/p50)^(2.3263/1.6449) of the lognormal; the cap is 1.2 times that, up to the next 50."""
    spread = Spread(p50=170, p95=430)
    p99 = quantile_tokens(spread, 0.99)
    assert p99 == round(170 * (430 / 170) ** (2.3263479 / 1.6448536))
    cap = -(-p99 * 12 // 10 // 50) * 50
    cut, mean, kept = share_above(spread, cap), mean_tokens(spread), expected_min(spread, cap)
    assert cut is not None and mean is not None and kept is not None
    says("output", f"p99 = {p99}", f"cap {cap}", f"cuts {fixed(cut * 100, '0.1')} %")
    says("output", f"from {fixed(mean, '0.1')} to {fixed(kept, '0.1')} tokens")
    asked = use(output_tokens=exactly(int(mean)), output_spread=spread)
    found = output.propose(case(site(system(words(1_000))), asked, rates()))
    assert [p.advice.title for p in found] == [f"Cap the answer at {cap:,} tokens"]


def test_distillation() -> None:
    s = Settings()
    large, small = mtok("4", 2_000) + mtok("20", 20), mtok("0.10", 2_000) + mtok("0.50", 20)
    once = 1_000 * large + 3 * 1_000 * mtok("25", 2_020) + Decimal(100_000) / 12
    monthly = 5_000_000 * (large - small)
    says("distillation", f"{large:.4f} and {small:.5f} USD", f"{once:,.0f} USD once", f"{monthly:,.0f} USD are saved")
    untrained = 5_000_000 * (large - small - Decimal("0.4") * large)
    merit = monthly - untrained
    says("distillation", f"saves {untrained:,.0f} of them", f"earns {merit:,.0f} USD a month")
    says(
        "distillation", f"{fixed(once / merit, '0.1')} months", f"10,000 calls it is {10_000 * (large - small):.0f} USD"
    )
    assert distillation.payback_months(once, merit) == once / merit
    of = site(system(words(2_000)), model=setting("claude-opus-5-5"), output_cap=setting(50))
    asked = case(of, use(output_tokens=exactly(20), calls_per_month=month(5_000_000)))
    assert distillation.once_usd(asked)[0] == once and s.training_passes.value == 3
    assert per_month(only(distillation.propose(asked))) == monthly


def test_self_hosting() -> None:
    fixed_usd = 2 * Decimal("2.95") * 730 * Decimal("1.4") + Decimal(100_000) / 12
    even = fixed_usd / (mtok("4", 3_000) + mtok("20", 500))
    says("self_hosting", f"{fixed_usd:,.0f} USD a month", f"{even:,.0f} calls a month")
    assert self_hosting.fixed_usd_per_month(Settings()) == fixed_usd
    assert self_hosting.break_even_per_month(fixed_usd, Decimal("0.022")) == even


# arXiv 2509.18101: GPUs, watts and USD of one (table II, III), tokens a second, then the months of table IV; API prices of
# table I: GPT-5 1.25/10, Claude 4 Opus 15/75.
@pytest.mark.parametrize(
    ("gpus", "watts", "gpu_usd", "speed", "into", "out", "months"),
    [
        (1, 575, 2_000, 200, "1.25", "10", "2.3"),
        (1, 575, 2_000, 200, "15", "75", "0.3"),
        (16, 400, 15_000, 800, "15", "75", "8.7"),
        (1, 400, 15_000, 190, "1.25", "10", "17.8"),
    ],
)
def test_a_published_break_even(
    gpus: int, watts: int, gpu_usd: int, speed: int, into: str, out: str, months: str
) -> None:
    """Capacity (4), electricity at 0.15 a kWh (2), the API's bill of a third input and two thirds output (5), t* (7)."""
    hours = 176  # what the capacities of table III were made with
    s = Settings().with_stated(
        {
            "gpus": Decimal(1),
            "gpu_output_tokens_per_second": Decimal(speed),
            "gpu_utilisation_share": Decimal(hours) / 730,
        }
    )
    capacity = self_hosting.capacity_output_tokens_per_month(s)
    assert capacity == pytest.approx(Decimal(speed * hours * 3_600), abs=Decimal(1))
    electricity = gpus * Decimal(watts) / 1_000 * hours * Decimal("0.15")
    api = mtok(into, capacity / 3) + mtok(out, capacity * 2 / 3)
    found = distillation.payback_months(Decimal(gpus * gpu_usd), api, electricity)
    assert found is not None and fixed(found, "0.1") == months
    if months != "17.8":
        says("self_hosting", months)


def _at_line(one: Surface, line: int) -> Surface:
    span = Span("app/chat.py", 10 + line, 10 + line)
    pieces = tuple(replace(p, span=span) if isinstance(p, Piece) else p for p in one.text.pieces)
    return replace(one, span=span, text=replace(one.text, pieces=pieces))
