"""Logs and code find each other by prompt or function; what finds nothing is said on both sides."""

from __future__ import annotations

from dataclasses import replace

from bot.config import Config, parse_config
from bot.traffic import feature_for, is_assigned, notes_on, traffic_for
from prompts_scanner.model import Piece, Setting, Span, Surface, Text
from tests.cost.make import site, system
from tests.traffic.test_profile import profile

CHAT = site(system("hello"))


def of_prompt(path: str) -> object:
    """A call whose system prompt stands in a file."""
    piece = Piece(text="hello", span=Span(path, 1, 1))
    surface = Surface(role="system", text=Text(pieces=(piece,)), span=Span("app/chat.py", 3, 3))
    return replace(CHAT, surfaces=(surface,))


def policy(**profiles: object) -> Config:
    return replace(Config(), profiles=profiles)


def test_by_the_prompt_that_the_log_names() -> None:
    config = policy(help=profile(feature="help", prompt_names=("faq",)), other=profile(feature="other"))
    found = of_prompt("prompts/faq.txt")
    assert feature_for(found, config) == "help"  # type: ignore[arg-type]
    assert is_assigned(found, config)  # type: ignore[arg-type]
    traffic = traffic_for(found, config)  # type: ignore[arg-type]
    assert traffic is not None
    assert traffic.feature == "help"


def test_by_the_function_that_the_log_names() -> None:
    function = CHAT.symbol.rpartition(".")[2]
    assert feature_for(CHAT, policy(**{function: profile(feature=function)})) == function


def test_two_logs_that_both_fit_prove_nothing() -> None:
    names = ("faq",)
    config = policy(a=profile(feature="a", prompt_names=names), b=profile(feature="b", prompt_names=names))
    assert not is_assigned(of_prompt("prompts/faq.txt"), config)  # type: ignore[arg-type]


def test_what_the_file_says_goes_before() -> None:
    config = replace(
        parse_config("features:\n  mine:\n    match: [{path: '*'}]\n", ".aicost.yml"),
        profiles={"help": profile(feature="help", prompt_names=("faq",))},
    )
    assert feature_for(of_prompt("prompts/faq.txt"), config) == "mine"  # type: ignore[arg-type]


def test_an_embedding_is_not_what_a_profile_holds() -> None:
    config = policy(help=profile(feature="help", prompt_names=("faq",)))
    assert feature_for(replace(of_prompt("faq.txt"), operation="embed"), config) != "help"  # type: ignore[type-var]


def test_both_sides_are_told() -> None:
    config = policy(help=profile(feature="help", prompt_names=("faq",)), idle=profile(feature="idle"))
    found, other = of_prompt("prompts/faq.txt"), replace(CHAT, id="x", span=Span("web/x.py", 1, 1))
    notes = " ".join(notes_on((found, other), config))  # type: ignore[arg-type]
    assert "No call site is that of the traffic profile idle" in notes
    assert "1 chat call site(s) have no traffic profile: web/x.py." in notes


def test_a_log_of_other_models_than_the_code() -> None:
    config = policy(help=profile(feature="help", prompt_names=("faq",)))

    def told(model: str) -> str:
        named = replace(of_prompt("faq.txt"), model=Setting(values=(model,), resolution="literal", span=CHAT.span))  # type: ignore[type-var]
        return " ".join(notes_on((named,), config))  # type: ignore[arg-type]

    assert "The log of help is of claude-haiku-4-5, claude-sonnet-4-5; its code calls gpt-5." in told("gpt-5")
    assert "is of" not in told("claude-haiku-4-5-20251001")


def test_without_profiles_nothing_is_told() -> None:
    assert notes_on((CHAT,), Config()) == ()
