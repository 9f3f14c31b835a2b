"""How ranges of the table are made: the narrowest that hold the bills of repositories that were left out."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from fit_tokens import by_family  # noqa: E402
from token_fit import Recorded, _shortest, fitted, fitted_values, held, left_out, ranged, spread  # noqa: E402

from bot.tokens.fit import Row  # noqa: E402
from bot.tokens.table import Family, read_table  # noqa: E402

TABLE = """
[sources.recorded]
text = "made up"
date = 2026-11-26

[[family]]
name = "made-up"
label = "made up"
models = "made-up"
vocabulary = "o200k_base"
tools = "json"
method = "calibrated"
constants = [
  { of = "request", value = 4, source = "recorded" },
  { of = "text_token", value = 1, source = "recorded" },
]
"""


@pytest.fixture
def family() -> Family:
    (found,) = read_table(TABLE, "made-up.toml").families
    return found


def recorded(n: int, repository: str, odd: int = 0) -> list[Recorded]:
    """Bills of 5 tokens a request and 1.2 a token, up to 4 % apart; the first `odd` of them ten times as high."""
    chance = random.Random(repository)
    out = []
    for i in range(n):
        text = chance.randrange(100, 2_000)
        billed = (5 + 1.2 * text * chance.uniform(0.96, 1.04)) * (10 if i < odd else 1)
        row = Row(amounts=(1.0, float(text)), billed=float(round(billed)))
        out.append(Recorded(row=row, tools=False, model="m", repository=repository, recording=f"{repository}{i}"))
    return out


@pytest.mark.parametrize("odd", [0, 2])
def test_the_range_holds_what_was_left_out_and_is_not_stretched_to_odd_bills(family: Family, odd: int) -> None:
    rows = [*recorded(60, "a", odd), *recorded(60, "b"), *recorded(60, "c")]
    found = fitted(family, [True, True], rows)
    assert found.values[1] == pytest.approx(1.2, rel=0.02)
    assert 0.9 < found.low[1] / found.values[1] <= 0.97
    assert 1.03 <= found.high[1] / found.values[1] < 1.1
    held = [low <= r.row.billed <= high for r in rows for low, high in [found.range(r.row)]]
    assert sum(held) >= 0.95 * len(rows)


def test_what_other_families_needed_widens_a_range_that_does_not_hold_its_own_repositories(family: Family) -> None:
    """Two of the three repositories agree, so that the third one left out is not held by their spread."""
    free = [True, True]
    far = [replace(r, row=replace(r.row, billed=round(1.3 * r.row.billed))) for r in recorded(10, "c")]
    rows = [*recorded(30, "a"), *recorded(30, "b"), *far]
    apart, values = left_out(family, free, rows), fitted_values(family, free, [r.row for r in rows])
    alone = ranged(family, free, rows, apart, values)
    assert sum(held(family, free, rows, apart, alone.rule)) <= 60
    like = {"text": [(0.95, 1.05), (0.8, 1.4), (1.0, 1.1)]}
    wide = ranged(family, free, rows, apart, values, like)
    assert sum(held(family, free, rows, apart, wide.rule)) >= 63
    assert wide.high[1] / values[1] == pytest.approx(1.4, rel=0.02)
    assert wide.high[1] >= alone.high[1]
    assert spread(family, free, rows, apart)["text"][2][1] == pytest.approx(1.34, abs=0.05)


def test_a_range_that_holds_enough_is_not_widened(family: Family) -> None:
    rows = [*recorded(30, "a"), *recorded(30, "b"), *recorded(30, "c")]
    apart, values = left_out(family, [True, True], rows), fitted_values(family, [True, True], [r.row for r in rows])
    assert ranged(family, [True, True], rows, apart, values, {"text": [(0.5, 2.0)]}) == ranged(
        family, [True, True], rows, apart, values
    )


def test_the_shortest_of_all_pairs_of_ends() -> None:
    """Nine of ten lie between 0.9 and 1.1; the tenth would need a low end of 0.3."""
    needed = [(0.9 + i / 50, 0.9 + i / 50) for i in range(9)]
    assert _shortest([*needed, (0.3, 0.3)], 0.1, 2.2, 0.9) == pytest.approx((0.9, 1.06))
    assert _shortest([*needed, (0.3, 0.3)], 0.1, 2.2, 1.0) == pytest.approx((0.3, 1.06))
    assert _shortest([*needed, (30.0, 30.0)], 0.1, 2.2, 1.0) == pytest.approx((0.9, 1.06))


def bill(model: str, *, tools: bool) -> dict[str, object]:
    listed = [{"name": "price", "description": "Price of a parcel", "input_schema": {"type": "object"}}]
    body = {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "What does it cost?"}]}
    request = {**body, "tools": listed} if tools else body
    usage = {"input_tokens": 12}
    return {"provider": "anthropic", "endpoint": "messages", "model": model, "request": request, "usage": usage}


def test_a_text_tells_of_all_models_of_its_tokenizer_and_a_tool_of_its_own_family() -> None:
    rows = [bill("claude-3-haiku-20240307", tools=False), bill("claude-opus-4-7", tools=False)]
    found = by_family(iter([*rows, bill("claude-3-haiku-20240307", tools=True)]))
    assert {name: [r.own for r in rows] for name, rows in found.items()} == {
        "claude-3": [True, True],
        "claude-3.5": [False],
        "claude-4": [False],
        "claude-4.5": [False],
        "claude-5": [True],
    }
