"""The mean of a lognormal made of p50 and p95, and how far real traffic is from it.

p50, p95 and mean of public traces: Azure LLM inference trace 2023, code and conversation
(https://github.com/Azure/AzurePublicDataset, data/AzureLLMInferenceTrace_{code,conv}_2023.csv), Mooncake conversation
and synthetic trace (https://github.com/kvcache-ai/Mooncake, FAST25-release/traces); rows of 0 tokens left out.
"""

from __future__ import annotations

import math
from decimal import Decimal
from statistics import NormalDist

import pytest

from bot.config import parse_config
from bot.config_use import MEAN_ABOVE, MEAN_BELOW
from bot.model import Tokens

TRACES = {
    "azure code input": (1469, 7315, 2047.8),
    "azure code output": (13, 90, 27.9),
    "azure conversation input": (1020, 4083, 1154.7),
    "azure conversation output": (129, 451, 211.1),
    "mooncake conversation input": (6909, 39552, 12035.1),
    "mooncake conversation output": (350, 698, 342.6),
    "mooncake synthetic input": (11587, 49009, 15325.5),
    "mooncake synthetic output": (69, 519, 149.1),
}


def tokens_of(p50: int, p95: int) -> Tokens:
    text = f"features: {{a: {{output_tokens: {{p50: {p50}, p95: {p95}}}}}}}"
    tokens = parse_config(text, "f").features[0].use.output_tokens
    assert tokens is not None
    return tokens


def lognormal_mean(p50: int, p95: int) -> float:
    """exp(mu + sigma²/2) with mu = ln p50 and sigma = ln(p95 ÷ p50) ÷ z95 (Johnson, Kotz & Balakrishnan, chapter 14)."""
    sigma = math.log(p95 / p50) / NormalDist().inv_cdf(0.95)
    return p50 * math.exp(sigma**2 / 2)


@pytest.mark.parametrize("name", TRACES)
def test_the_range_holds_the_mean_of_real_traffic(name: str) -> None:
    p50, p95, mean = TRACES[name]
    tokens = tokens_of(p50, p95)
    assert tokens.likely == pytest.approx(lognormal_mean(p50, p95), abs=0.5)
    assert tokens.low - 0.5 <= mean <= tokens.high + 0.5


def test_the_range_is_no_wider_than_what_was_measured() -> None:
    ratios = [mean / lognormal_mean(p50, p95) for p50, p95, mean in TRACES.values()]
    assert Decimal(f"{min(ratios):.2f}") == MEAN_BELOW
    assert math.ceil(max(ratios) * 100) / 100 == float(MEAN_ABOVE)


def test_without_spread_the_mean_is_the_median() -> None:
    assert tokens_of(200, 200).likely == 200
