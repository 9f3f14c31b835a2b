"""The `prices` commands: what they print, their JSON, and their errors."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands_prices import PriceSettings, prices_group
from bot.prices import PINNED_PATH, Override
from bot.prices.snapshot import decode

ON = ["--on", "2026-11-24"]

# A catalogue in the layout of genai-prices' data.py: a dated price, a tier, a batch variant, a free model.
GENAI = """
providers: list[Provider] = [
    Provider(
        id='acme',
        pricing_urls=['https://acme.example/prices'],
        models=[
            ModelInfo(
                id='anvil-2',
                match=ClauseOr(or_=[ClauseEquals(equals='anvil-2'), ClauseStartsWith(starts_with='anvil-2-pro')]),
                context_window=8000,
                prices=[
                    ConditionalPrice(prices=ModelPrice(input_mtok=Decimal('1'), output_mtok=Decimal('2'))),
                    ConditionalPrice(
                        constraint=StartDateConstraint(start_date=datetime.date(2026, 7, 1)),
                        prices=ModelPrice(
                            input_mtok=TieredPrices(base=Decimal('3'), tiers=[Tier(start=1000, price=Decimal('6'))]),
                            output_mtok=Decimal('2'),
                        ),
                    ),
                ],
                price_variants=[
                    PriceVariant(when={'processing': 'batch'}, prices=ModelPrice(input_mtok=Decimal('1.5'))),
                ],
            ),
            ModelInfo(id='anvil-1:free', match=ClauseEquals(equals='anvil-1:free'), prices=ModelPrice()),
        ],
    ),
]
"""
LITELLM = json.dumps(
    {
        "sample_spec": {"litellm_provider": "one of many", "input_cost_per_token": 0.5},
        "acme/anvil-2": {
            "litellm_provider": "acme",
            "input_cost_per_token": 2.5e-06,
            "output_cost_per_token": 2e-06,
            "max_output_tokens": 500,
            "mode": "chat",
        },
        "acme/hammer": {
            "litellm_provider": "acme",
            "input_cost_per_token": 3e-07,
            "output_cost_per_token": 0.0,
            "input_cost_per_token_batches": 1.5e-07,
            "source": "https://acme.example/hammer",
        },
        "acme/gift": {"litellm_provider": "acme", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
        "acme/hammer-latest": {"litellm_provider": "acme", "alias_of": "acme/hammer"},
    }
)


def run(*args: str, settings: PriceSettings | None = None) -> Result:
    return CliRunner().invoke(prices_group, args, obj=settings)


@pytest.fixture
def catalogues(tmp_path: Path) -> list[str]:
    genai, litellm = tmp_path / "data.py", tmp_path / "prices.json"
    genai.write_text(GENAI)
    litellm.write_text(LITELLM)
    return ["--genai-prices", str(genai), "--litellm", str(litellm), "--date", "2026-11-24"]


def test_show_says_rates_tiers_cache_and_sources() -> None:
    done = run("show", "openai/gpt-6.1-sol", *ON)
    assert done.exit_code == 0
    for part in (
        "above 272,000 input tokens",
        "prompt cache: automatic",
        "batch",
        "checked 2026-11-24",
        "genai-prices",
    ):
        assert part in done.output


def test_show_gives_the_second_opinion_and_the_retirement() -> None:
    done = run("show", "deepseek-chat", *ON)
    assert "second opinion" in done.output
    assert "input 0.28, output 0.42" in done.output
    assert "retired it on 2026-07-24" in done.output


def test_show_announces_a_price_to_come() -> None:
    assert "from 2026-12-01: input 4, output 20" in run("show", "gemini-4-argon", *ON).output


def test_show_as_json() -> None:
    data = json.loads(run("show", "claude-sonnet-4.5", *ON, "--format", "json").output)
    assert data["rates"]["input_usd_per_mtok"] == "3"
    assert data["rates"]["tiers"][0]["above_input_tokens"] == 200_000
    assert data["variants"]["batch"]["cache_write_1h_usd_per_mtok"] == "3"
    assert {"url", "checked", "comment"} <= set(data["overlay"][0])


def test_show_applies_the_configuration(tmp_path: Path) -> None:
    settings = PriceSettings(
        overrides=[Override(model="gpt-4o", input_usd_per_mtok=Decimal("1.75"), note="contract 7")],
        aliases={"support-bot": "azure/gpt-4o"},
        root=tmp_path,
    )
    done = run("show", "support-bot", *ON, settings=settings)
    assert "1.75" in done.output
    assert "contract 7" in done.output


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["show", "gpt-4p"], "openai/gpt-4"),
        (["show", "gpt-4o", "--on", "yesterday"], "YYYY-MM-DD"),
        (["list", "--provider", "nobody"], "Known: "),
        (["diff", "--since", "2027-01-01", "--on", "2026-01-01"], "not before"),
        (["update", "--genai-prices", "/nowhere/x.whl"], "x.whl"),
    ],
)
def test_errors_are_exit_2_and_say_what_to_do(args: list[str], says: str) -> None:
    done = run(*args)
    assert done.exit_code == 2
    assert says in done.output


def test_list() -> None:
    done = run("list", "--provider", "cohere", *ON, "--format", "json")
    models = {m["model"]: m for m in json.loads(done.output)["models"]}
    assert models["rerank-v3.5"]["usd_per_request"] == "0.002"
    assert "cohere/embed-v4.0" in run("list", *ON).output
    lines = run("list", "--provider", "cohere", *ON).output.splitlines()
    assert lines[0].split() == [
        *f"List prices on {ON[1]}, USD per million tokens".split(),
        "input",
        "output",
        "otherwise",
    ]
    (rerank,) = (line for line in lines if line.startswith("cohere/rerank-v3.5 "))
    assert rerank.split(maxsplit=3) == ["cohere/rerank-v3.5", "-", "-", "0.002 a request"]


def test_diff_tells_who_got_dearer() -> None:
    done = run("diff", "--since", "2026-11-30", "--on", "2026-12-01", "--format", "json")
    changes = {c["model"]: c for c in json.loads(done.output)["changes"]}
    assert changes["gemini-4-argon"]["direction"] == "dearer"
    assert changes["gemini-4-argon"]["rates"]["input"] == ["2", "4"]
    assert "No dated price changed" in run("diff", "--since", "2026-11-23", *ON, "--provider", "groq").output
    first, *lines = run("diff", "--since", "2026-06-01", *ON).output.splitlines()
    directions = [line.split()[0] for line in lines]
    assert directions == sorted(directions, key=("dearer", "mixed", "cheaper").index), "who got dearer comes first"
    assert first.startswith(f"2026-06-01 to {ON[1]}: {directions.count('dearer')} dearer, ")


def test_update_builds_a_pinned_snapshot_that_is_then_used(catalogues: list[str], tmp_path: Path) -> None:
    settings = PriceSettings(root=tmp_path)
    done = run("update", *catalogues, settings=settings)
    assert done.exit_code == 0, done.output
    first = (tmp_path / PINNED_PATH).read_bytes()
    run("update", *catalogues, settings=settings)
    assert (tmp_path / PINNED_PATH).read_bytes() == first, "the same inputs give the same bytes"

    snapshot = decode(first)
    rows = {row.model: row for row in snapshot.rows}
    assert set(rows) == {"anvil-2", "anvil-1:free", "hammer"}, "a price of 0 and the sample row are left out"
    anvil = rows["anvil-2"]
    assert [d.prices.input for d in anvil.history] == [1, 3]
    assert anvil.history[1].prices.tiers[0][0] == 1000
    assert anvil.max_output_tokens == 500, "filled from the second catalogue"
    assert anvil.second is not None, "3 and 2.5 differ by more than 1 %"
    assert anvil.second.input == Decimal("2.5")
    july = anvil.on(date(2026, 7, 1), "batch")
    assert july is not None
    assert (july.input, july.output) == (Decimal("1.5"), 2)
    assert rows["hammer"].history[0].prices.output is None, "0 is no price"

    shown = json.loads(run("show", "acme/hammer-latest", *ON, "--format", "json", settings=settings).output)
    assert shown["rates"]["input_usd_per_mtok"] == "0.3"
    assert shown["rates"]["batch_factor"] == "0.5"
    assert run("show", "gpt-4o", settings=settings).exit_code == 2, (
        "the pinned file is used in place of the built-in one"
    )


def test_update_without_catalogues_gives_advice(catalogues: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = run("update", *catalogues[2:])
    assert done.exit_code == 2
    assert "pip install genai-prices" in done.output


def test_a_catalogue_of_another_layout_is_an_error(catalogues: list[str], tmp_path: Path) -> None:
    (tmp_path / "data.py").write_text("providers: list[Provider] = [open('/etc/passwd')]")
    done = run("update", *catalogues, settings=PriceSettings(root=tmp_path))
    assert done.exit_code == 2
    assert "not laid out as expected" in done.output
    assert not (tmp_path / PINNED_PATH).exists()


def test_a_price_is_shown_as_the_page_has_it_and_not_as_a_binary_fraction() -> None:
    """1.04 USD stands in the catalogue as 1.0399999999999998, ten digits of it are the price."""
    done = run("list", "--provider", "huggingface-together", "--on", "2026-11-24")
    prices = [price for line in done.output.splitlines()[1:] for price in line.split()[1:] if price != "-"]
    assert "1.04" in prices
    assert max(len(price.replace(".", "").lstrip("0")) for price in prices) <= 10


def test_a_free_local_model_is_named_once() -> None:
    assert run("show", "ollama/llama3.2").output.startswith("ollama/llama3.2 ")


POLICY = """
aliases:
  our-deployment: azure/gpt-4o
prices:
  - model: claude-*
    discount_percent: 15
    note: contract 7
"""


@pytest.mark.parametrize("inside", [".", "src/app"])
def test_names_and_contracts_of_the_repository_count(
    inside: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """gpt-4o at Azure costs 2.50 USD; 15 % off the 3 and 15 USD of Sonnet 4.5 are 2.55 and 12.75."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".aicost.yml").write_text(POLICY)
    folder = tmp_path / inside
    folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(folder)
    named = json.loads(run("show", "our-deployment", "--format", "json").output)["rates"]
    assert (named["provider"], named["model"], named["input_usd_per_mtok"]) == ("azure", "gpt-4o", "2.5")
    cheaper = json.loads(run("show", "claude-sonnet-4-5", "--format", "json").output)["rates"]
    assert (cheaper["input_usd_per_mtok"], cheaper["output_usd_per_mtok"]) == ("2.55", "12.75")
    assert "contract 7" in cheaper["source"]


def test_a_policy_above_the_repository_is_none_of_its(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".aicost.yml").write_text(POLICY)
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "repo")
    assert run("show", "our-deployment").exit_code == 2


def test_a_policy_with_a_mistake_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".aicost.yml").write_text("aliases: 7")
    monkeypatch.chdir(tmp_path)
    done = run("show", "gpt-4o")
    assert done.exit_code == 2
    assert "aliases" in done.output
