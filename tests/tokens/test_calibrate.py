"""Constants fitted to bills: what is known comes out again, and what is not known stays."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import tokens
from bot.commands_calibrate import billed_input_tokens
from bot.tokens.bodies import read_body
from bot.tokens.calibrate import MIN_ROWS, Bill, calibrate
from bot.tokens.fit import Row, fit
from bot.tokens.table import bundled, read_table, with_own
from bot.tokens.vocabulary import count
from bot.tokens.written import table_text
from tests.tokens.test_count_command import run

TODAY = date(2026, 11, 25)
WORDS = "The price of a call is the number of its tokens times the rate of its model".split()


def body(i: int) -> dict[str, Any]:
    text = " ".join(WORDS[(i * k) % len(WORDS)] for k in range(3 + 5 * i))
    return {"model": "mistral-large-latest", "messages": [{"role": "user", "content": text}]}


def bill(i: int) -> int:
    """A provider that bills 1.3 tokens for one of o200k, and 5 a request."""
    text = body(i)["messages"][0]["content"]
    return round(1.3 * count(text, "o200k_base")) + 5


BILLS = [Bill(request=read_body(body(i)), billed_tokens=bill(i), on=TODAY) for i in range(40)]


def test_what_was_billed_comes_out_again() -> None:
    (found,) = calibrate(BILLS, bundled(), "our bills")
    assert found.family is not None
    assert found.before is not None
    assert found.after is not None
    assert found.before.median_percent > 10
    assert found.after.median_percent < 1
    factor = next(c for c in found.family.constants if c.of == "text_token")
    assert abs(float(factor.value) - 1.3) < 0.02
    table = with_own(table_text([found.family], TODAY), "own.toml")
    inside = 0
    for item in BILLS:
        answer = tokens.count_request(item.request, TODAY, table)
        assert abs(answer.total.likely - item.billed_tokens) <= 2
        inside += answer.total.low <= item.billed_tokens <= answer.total.high
    assert inside >= 0.9 * len(BILLS)


def test_what_bills_do_not_tell_stays() -> None:
    (found,) = calibrate(BILLS, bundled(), "our bills")
    old = {c.of: c for c in next(f for f in bundled().families if f.name == "mistral").constants}
    assert found.family is not None
    for constant in found.family.constants:
        if constant.of.startswith(("tool", "call", "result")):
            assert abs(constant.value - old[constant.of].value) <= 1
            assert constant.source == old[constant.of].source


def test_only_the_billed_models_are_calibrated() -> None:
    (found,) = calibrate(BILLS, bundled(), "our bills")
    assert found.family is not None
    assert found.family.models.search("mistral-large-latest")
    assert not found.family.models.search("mistral-small-latest")


def test_few_bills_and_good_constants_change_nothing() -> None:
    (few,) = calibrate(BILLS[: MIN_ROWS - 1], bundled(), "our bills")
    assert few.family is None
    assert str(MIN_ROWS) in few.reason
    exact = []
    for i in range(40):
        request = read_body({**body(i), "model": "gpt-4o"})
        exact.append(Bill(request=request, billed_tokens=tokens.count_request(request, TODAY).total.likely, on=TODAY))
    (same,) = calibrate(exact, bundled(), "our bills")
    assert same.family is None
    assert same.before is not None
    assert same.before.median_percent == 0


def test_a_table_is_read_back_as_it_was() -> None:
    families = bundled().families
    again = read_table(table_text(families, TODAY), "again.toml").families
    for old, new in zip(families, again, strict=True):
        assert (old.name, old.models.pattern, old.vocabulary, old.tool_form) == (
            new.name,
            new.models.pattern,
            new.vocabulary,
            new.tool_form,
        )
        assert (old.tokenizer, old.none_drops_tools) == (new.tokenizer, new.none_drops_tools)
        for a, b in zip(old.constants, new.constants, strict=True):
            assert (a.of, a.value, a.low, a.high, a.rows, a.since, a.until) == (
                b.of,
                b.value,
                b.low,
                b.high,
                b.rows,
                b.since,
                b.until,
            )
            assert (a.endpoint, a.provider, a.models) == (b.endpoint, b.provider, b.models)


rows_of = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=8, max_size=30)


@given(rows_of, st.floats(0.5, 2), st.floats(0.5, 2))
@settings(max_examples=50, deadline=None)
def test_the_fit_stays_in_its_bounds_and_is_no_worse_than_its_start(
    amounts: list[tuple[int, int]], a: float, b: float
) -> None:
    rows = [Row(amounts=(float(x), float(y), 1.0), billed=a * x + b * y + 10) for x, y in amounts]
    found = fit(rows, [1.0, 1.0, 10.0], [0.5, 0.5, 10.0], [2.0, 2.0, 10.0])
    assert all(0.5 <= c <= 2 for c in found[:2])
    assert found[2] == 10

    def error(constants: list[float]) -> float:
        return sum(abs(r.estimate(constants) - r.billed) / max(r.billed, r.estimate(constants)) for r in rows)

    assert error(found) <= error([1.0, 1.0, 10.0]) + 0.02 * len(rows)


@pytest.mark.parametrize(
    ("usage", "billed"),
    [
        ({"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 4}}, 10),
        ({"input_tokens": 10, "input_tokens_details": {"cached_tokens": 4}}, 10),
        ({"input_tokens": 10, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 2}, 16),
        ({"inputTokens": 10, "cacheReadInputTokens": 4}, 14),
        ({"promptTokenCount": 10, "cachedContentTokenCount": 4}, 10),
        ({"prompt_tokens": 0}, None),
        ({"prompt_tokens": True}, None),
        ({}, None),
    ],
)
def test_usage_in_every_spelling(usage: dict[str, Any], billed: int | None) -> None:
    assert billed_input_tokens(usage) == billed


def calibrated(folder: Path, *arguments: str) -> Any:
    return run(folder, *arguments, command="calibrate")


def test_the_command_writes_what_count_then_reads(tmp_path: Path) -> None:
    lines = [json.dumps({"request": body(i), "response": {"usage": {"prompt_tokens": bill(i)}}}) for i in range(40)]
    (tmp_path / "log.jsonl.gz").write_bytes(gzip.compress("\n".join([*lines, "{}", "broken"]).encode()))
    before = run(tmp_path, "--format", "json", "-", given=json.dumps(body(30)) + "\n")
    done = calibrated(tmp_path, "tokens", "log.jsonl.gz")
    assert done.returncode == 0, done.stderr
    assert "mistral: 40 bills, median error" in done.stdout
    assert "2 line(s)" in done.stderr
    after = run(tmp_path, "--format", "json", "-", given=json.dumps(body(30)) + "\n")
    off = [abs(json.loads(x.stdout)["input_tokens"]["likely"] - bill(30)) for x in (before, after)]
    assert off[1] <= 2 < off[0]
    kept = (tmp_path / ".aicost/tokens.toml").read_text(encoding="utf-8")
    assert body(30)["messages"][0]["content"] not in kept


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\x1f\x8b broken"])
def test_a_log_without_bills_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log.jsonl").write_bytes(content)
    done = calibrated(tmp_path, "tokens", "log.jsonl")
    assert done.returncode == 2
    assert "log.jsonl" in done.stderr
