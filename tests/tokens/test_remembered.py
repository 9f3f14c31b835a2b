"""Counts that an earlier run kept: the same numbers, without the vocabulary, and nothing worse than counting anew where they are damaged."""

from __future__ import annotations

import pytest

from bot.tokens import vocabulary
from bot.tokens.remembered import remembering
from bot.tokens.vocabulary import VOCABULARIES, count
from tests.parsing.test_parser import Shelf

TEXTS = ("You are a clerk. Answer from the passages only.", "Ünïcode 東京 \n\n  12345", "a" * 40)


def counts() -> list[int]:
    return [count(text, name) for text in TEXTS for name in VOCABULARIES]


def test_the_next_run_counts_the_same_and_needs_no_vocabulary(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf()
    plain = counts()
    with remembering(shelf):
        assert counts() == plain
    monkeypatch.setattr(vocabulary, "encoding", None)  # whoever asks for a vocabulary fails
    with remembering(shelf):
        assert counts() == plain


def test_only_what_was_asked_is_kept_for_a_vocabulary_of_its_own() -> None:
    shelf = Shelf()
    digits = "12345 67890"
    with remembering(shelf):
        first = count(digits, "claude_2")
    assert count(digits, "claude_3") != first
    with remembering(shelf):
        assert count(digits, "claude_3") == count(digits, "claude_3") != first


def test_what_is_damaged_is_counted_anew() -> None:
    shelf = Shelf()
    plain = counts()
    with remembering(shelf):
        counts()
    (name,) = shelf.items
    whole = shelf.items[name]
    for damaged in (b"", whole[:-1], whole[:40] + b"9" + whole[41:], whole[:32]):
        shelf.items[name] = damaged
        with remembering(shelf):
            assert counts() == plain


def test_a_run_that_fails_keeps_nothing() -> None:
    shelf = Shelf()
    with pytest.raises(KeyError), remembering(shelf):
        count("never told", "qwen")
        raise KeyError
    assert not shelf.items


def test_the_oldest_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.tokens.remembered.MOST", 2)
    shelf = Shelf()
    with remembering(shelf):
        for text in ("one", "two", "three"):
            count(text, "qwen")
    monkeypatch.setattr(vocabulary, "encoding", None)
    with remembering(shelf):
        assert (count("two", "qwen"), count("three", "qwen")) == (1, 1)
        with pytest.raises(TypeError):
            count("one", "qwen")
