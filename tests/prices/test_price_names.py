"""Every spelling finds its model or none: the hand-made table, unknown names, aliases, hints, free models."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bot.model import NoPrice, Rates
from bot.prices import PriceBook
from bot.prices.names import spell
from tests.prices.golden import GOLDEN, RERANK, UNKNOWN

DAY = date(2026, 11, 24)
BOOK = PriceBook(on=DAY)


def rates(model: str, provider: str | None = None, book: PriceBook = BOOK) -> Rates:
    found = book.rates(model, provider)
    assert isinstance(found, Rates), found
    return found


def test_the_table_is_large_enough() -> None:
    assert len({spelling for spelling, *_ in GOLDEN}) == len(GOLDEN) >= 60
    assert len({(provider, name) for _, provider, name, *_ in GOLDEN}) >= 40


@pytest.mark.parametrize(("spelling", "provider", "name", "usd_in", "usd_out"), GOLDEN, ids=[g[0] for g in GOLDEN])
def test_golden(spelling: str, provider: str, name: str, usd_in: str, usd_out: str | None) -> None:
    found = rates(spelling)
    assert (found.provider, found.model) == (provider, name)
    assert found.input_usd_per_mtok == Decimal(usd_in)
    assert found.output_usd_per_mtok == (None if usd_out is None else Decimal(usd_out))
    assert found.as_of and found.source and not found.free


@pytest.mark.parametrize(("spelling", "usd"), RERANK)
def test_rerank_costs_per_search(spelling: str, usd: str) -> None:
    found = rates(spelling)
    assert found.usd_per_request == Decimal(usd)
    assert found.input_usd_per_mtok is None, "litellm writes 0 there: it means that nothing is known"


@pytest.mark.parametrize("spelling", UNKNOWN)
def test_unknown_is_no_price(spelling: str) -> None:
    found = BOOK.rates(spelling)
    assert isinstance(found, NoPrice), found
    assert found.reason


def test_unknown_names_the_nearest() -> None:
    found = BOOK.rates("claude-sonet-4-5")
    assert isinstance(found, NoPrice)
    assert "anthropic/claude-sonnet-4-5" in found.nearest
    deployment = BOOK.rates("azure/my-gpt4o-deployment")
    assert isinstance(deployment, NoPrice)
    assert "aliases" in deployment.reason


def test_a_dated_suffix_may_be_dropped_and_is_said() -> None:
    found = rates("gpt-4.1-2031-02-03")
    assert found.model == "gpt-4.1"
    assert "read as gpt-4.1" in found.source


@pytest.mark.parametrize("spelling", ["ollama/llama3.2", "ollama:qwen2.5", "meta-llama/llama-3.3-70b-instruct:free"])
def test_free_is_zero_by_statement(spelling: str) -> None:
    found = rates(spelling)
    assert found.free
    assert found.input_usd_per_mtok == found.output_usd_per_mtok == 0
    assert "free" in found.source


def test_a_local_sdk_makes_any_model_free() -> None:
    assert rates("llama3.2", "ollama").free
    assert rates("gpt-oss:20b", "ollama").free


@pytest.mark.parametrize("model", ["gpt-4o", "o3", "claude-sonnet-4-5", "gemini-2.5-flash"])
def test_a_model_whose_weights_nobody_has_is_not_free_by_a_local_sdk(model: str) -> None:
    """A client of Ollama whose default is shared with other clients: zero would be a made-up price."""
    assert rates(model, "ollama") == rates(model)
    assert rates(f"ollama/{model}").free  # this says where it runs


def test_no_row_of_the_catalogue_is_silently_zero() -> None:
    index = BOOK.index
    for row in index.snapshot.rows:
        found = BOOK.rates(row.model, row.provider)
        if isinstance(found, Rates) and not found.free:
            asked = (found.input_usd_per_mtok, found.output_usd_per_mtok, found.usd_per_request)
            assert any(asked) or found.fees or ((prices := row.on(DAY)) and prices.per_mtok), row.model
            assert 0 not in asked, row.model


def test_every_row_is_found_under_its_own_name() -> None:
    for row in BOOK.index.snapshot.rows:
        found = BOOK.row(row.model, row.provider)
        assert found is not None, (row.provider, row.model)
        # Vertex sells what Google's own API sells: the dated catalogue has one provider for both, and comes first.
        sellers = {"google", "vertex"} if row.provider == "vertex" else {row.provider}
        assert found.provider in sellers, (row.provider, row.model, found.provider)


def test_an_azure_deployment_by_configuration() -> None:
    book = PriceBook(aliases={"my-gpt4o-deployment": "azure/gpt-4o", "smart": "anthropic/claude-opus-5-5"}, on=DAY)
    assert rates("azure/my-gpt4o-deployment", book=book).model == "gpt-4o"
    assert rates("My-GPT4o-deployment", "azure", book=book).provider == "azure"
    assert rates("smart", "litellm", book=book).model == "claude-opus-5-5"
    assert isinstance(book.rates("other-deployment", "azure"), NoPrice)


def test_the_provider_is_a_hint() -> None:
    assert rates("llama-3.3-70b-versatile", "openai").provider == "groq"  # many speak OpenAI's protocol
    assert rates("gpt-4o", "azure").provider == "azure"
    assert rates("claude-sonnet-4-5-20250929", "bedrock").provider == "aws"
    assert rates("anthropic/claude-sonnet-4.5", "openrouter").provider == "openrouter"
    assert rates("gpt-4o", "some-framework").provider == "openai"
    assert isinstance(BOOK.rates("gpt-4o", "groq"), NoPrice), "a known host does not sell what only others have"


def test_spelling_needs_no_catalogue() -> None:
    (reading, *_) = spell("bedrock/eu.anthropic.claude-haiku-4-5-20251001-v1:0").readings
    assert reading.providers is not None
    assert reading.providers[0] == "aws"
    assert spell("arn:aws:bedrock:eu-west-1:1:provisioned-model/x").unreadable
