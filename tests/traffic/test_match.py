"""Which feature a call site belongs to, and which numbers it gets."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.config import Config, parse_config
from bot.model import Range
from bot.traffic import assignment, feature_for, is_assigned, notes_on, traffic_for
from prompts_scanner.model import Piece, Span, Surface, Text
from tests.cost.make import site, system

POLICY = """
features:
  support:
    match: [{path: app/chat.py}, {path: app/search.py, operation: embed, dynamic_input_tokens: 24}]
    calls_per_month: 1000
    dynamic_input_tokens: 500
    output_tokens: {p50: 100, p95: 200}
    cache_hit_share: 0.9
    success_share: 0.8
    outcome: {name: solved, share: 0.5}
  rest:
    match: [{path: app/**}]
    calls_per_month: 7
"""


def config(text: str = POLICY) -> Config:
    return parse_config(text, ".aicost.yml")


CHAT = site(system("hello"))
SEARCH = replace(CHAT, id="s", operation="embed", span=Span("app/search.py", 1, 2))
OTHER = replace(CHAT, id="o", span=Span("app/deep/er/other.py", 1, 2))
ELSEWHERE = replace(CHAT, id="e", span=Span("web/src/chat.ts", 3, 4))


def test_the_first_match_of_the_file_wins() -> None:
    assert [feature_for(s, config()) for s in (CHAT, SEARCH, OTHER)] == ["support", "support", "rest"]


def test_a_site_without_a_feature_stands_under_its_file() -> None:
    assert feature_for(ELSEWHERE, config()) == "web/src/chat.ts"
    assert not is_assigned(ELSEWHERE, config())
    assert traffic_for(ELSEWHERE, config()) is None


def test_a_comment_in_the_code_goes_before_the_file() -> None:
    told = replace(CHAT, feature="rest")
    assert feature_for(told, config()) == "rest"
    traffic = traffic_for(told, config())
    assert traffic is not None
    assert traffic.calls_per_month == Range.exactly(Decimal(7))
    unknown = replace(CHAT, feature="nowhere")
    assert feature_for(unknown, config()) == "nowhere"
    assert traffic_for(unknown, config()) is None


def test_the_numbers_are_those_of_the_file_with_their_key() -> None:
    traffic = traffic_for(CHAT, config())
    assert traffic is not None
    assert traffic.calls_per_month == Range.exactly(Decimal(1000))
    assert traffic.dynamic_input_tokens == Range.exactly(500)
    assert (traffic.success_share, traffic.outcome_share, traffic.outcome_name) == (
        Decimal("0.8"),
        Decimal("0.5"),
        "solved",
    )
    assert traffic.source.startswith(".aicost.yml features.support; ")
    assert "lognormal" in traffic.source
    assert traffic.days_observed is None


def test_a_match_gives_numbers_of_its_own() -> None:
    traffic = traffic_for(SEARCH, config())
    assert traffic is not None
    assert traffic.dynamic_input_tokens == Range.exactly(24)
    assert traffic.calls_per_month == Range.exactly(Decimal(1000))
    assert "features.support.match[1]" in traffic.source


def test_tokens_of_chat_calls_are_not_those_of_an_embedding() -> None:
    """A question that is embedded is not the prompt that it ends up in: without its own number it is unknown."""
    traffic = traffic_for(SEARCH, config(POLICY.replace(", dynamic_input_tokens: 24", "")))
    assert traffic is not None
    assert traffic.dynamic_input_tokens is None
    assert traffic.output_tokens is None
    assert traffic.cache_hit_share is None
    assert traffic.calls_per_month == Range.exactly(Decimal(1000))


def test_a_feature_that_states_nothing_has_no_traffic() -> None:
    assert traffic_for(CHAT, config("features: {a: {match: [{path: app/chat.py}]}}")) is None


FILE = Surface(role="system", text=Text(pieces=(Piece(text="x", span=Span("prompts/tone.md", 1, 9)),)), span=CHAT.span)
NAMED = replace(system("x"), name="triage")


@pytest.mark.parametrize(
    ("rule", "site_", "fits"),
    [
        ("path: app/*.py", CHAT, True),
        ("path: app/*", OTHER, True),  # `*` crosses `/`
        ("path: '**/chat.py'", CHAT, True),
        ("path: '**/app/chat.py'", CHAT, True),  # `**/` may be nothing
        ("path: APP/*", CHAT, False),
        ("symbol: ans*", CHAT, True),
        ("symbol: ask", CHAT, False),
        ("sdk: anthropic", CHAT, True),
        ("sdk: openai", CHAT, False),
        ("operation: embed", CHAT, False),
        ("operation: embed", SEARCH, True),
        ("prompt: prompts/*.md", replace(CHAT, surfaces=(FILE,)), True),
        ("prompt: triage", replace(CHAT, surfaces=(NAMED,)), True),
        ("prompt: triage", CHAT, False),
        ("path: app/chat.py, symbol: ask", CHAT, False),  # all must fit
        ("path: app/chat.py, sdk: anthropic", CHAT, True),
    ],
)
def test_globs(rule: str, site_: object, fits: bool) -> None:
    told = config(f"features: {{hit: {{match: [{{{rule}}}]}}}}")
    assert (feature_for(site_, told) == "hit") is fits  # type: ignore[arg-type]


def test_what_found_nothing_is_listed_on_both_sides() -> None:
    text = (
        POLICY + "  ghost:\n    match: [{path: gone.py}]\n  twice:\n    match: [{path: app/chat.py}, {path: old.py}]\n"
    )
    named = replace(CHAT, id="n", feature="nowhere")
    found = assignment((CHAT, SEARCH, ELSEWHERE, named), config(text))
    assert found.unmatched_features == ("rest", "ghost", "twice")
    assert found.unmatched_rules == ("features.ghost.match[0]", "features.twice.match[1]")
    assert found.unassigned == (ELSEWHERE,)
    assert found.unknown_names == (("n", "nowhere"),)


def test_it_is_told_in_words() -> None:
    named = replace(CHAT, id="n", feature="nowhere")
    assert notes_on((SEARCH, ELSEWHERE, named), config()) == (
        "No call site belongs to rest of .aicost.yml.",
        "1 of 3 call sites belong to no feature: web/src/chat.ts.",
        "Comments in the code name nowhere, which .aicost.yml does not have.",
    )
    assert notes_on((CHAT, OTHER), config()) == ()
    assert notes_on((CHAT, ELSEWHERE, named), Config()) == ()
