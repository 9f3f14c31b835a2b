"""Every figure that is printed is made in `bot.render.numbers`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Range
from bot.render import numbers
from bot.render.numbers import Currency, Figure

MONEY = st.decimals(min_value="-1e12", max_value="1e12", allow_nan=False, allow_infinity=False, places=9)
EURO = Currency(
    code="EUR", symbol="€", per_usd=Decimal("0.92"), source="`currency` in .aicost.yml", as_of=date(2026, 11, 2)
)


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        ("0", "$0"),
        ("0.0049", "$0.0049"),
        ("0.00495", "$0.0050"),
        ("0.096", "$0.096"),
        ("0.5", "$0.50"),
        ("0.999", "$1.00"),
        ("14.85", "$14.85"),
        ("18.3", "$18.30"),
        ("999.999", "$1,000"),
        ("1503.6", "$1,504"),
        ("0.00000049", "<$0.000001"),
        ("-135.36", "−$135.36"),
        ("1234567.4", "$1,234,567"),
    ],
)
def test_money(usd: str, text: str) -> None:
    assert numbers.money(Decimal(usd)) == text


def test_a_sign_is_shown_where_it_matters() -> None:
    assert numbers.money(Decimal("621"), signed=True) == "+$621.00"
    assert numbers.money(Decimal("-621"), signed=True) == "−$621.00"
    assert numbers.money(Decimal(0), signed=True) == "$0"


@given(MONEY)
def test_money_is_never_rounded_to_nothing(usd: Decimal) -> None:
    assert (numbers.money(usd) == "$0") == (usd == 0)


@given(MONEY, MONEY)
def test_a_printed_range_holds_the_range(a: Decimal, b: Decimal) -> None:
    low, high = min(a, b), max(a, b)
    ends = numbers.money_range(Range(low, low, high)).split(" to ")
    if len(ends) == 2 and "<" not in ends[0] + ends[1]:
        assert _value(ends[0]) <= low
        assert _value(ends[1]) >= high


def _value(text: str) -> Decimal:
    sign = -1 if text.startswith(numbers.MINUS) else 1
    return sign * Decimal(text.lstrip("+−<$").replace(",", ""))


@given(MONEY, MONEY)
def test_a_printed_amount_never_turns_round(a: Decimal, b: Decimal) -> None:
    """What is more is not printed as less."""
    low, high = min(a, b), max(a, b)
    assert _value(numbers.money(low)) <= _value(numbers.money(high)) or "<" in numbers.money(low) + numbers.money(high)


def test_ranges() -> None:
    def usd(low: str, likely: str, high: str) -> str:
        return numbers.money_range(Range(Decimal(low), Decimal(likely), Decimal(high)), signed=True)

    assert usd("560", "621", "910") == "+$560 to +$910"
    assert usd("-5", "1", "7") == "−$5 to +$7"
    assert usd("621", "621", "621") == "+$621.00"
    assert usd("1234.4", "1300", "1555.5") == "+$1,230 to +$1,560"


def test_tokens() -> None:
    assert numbers.tokens(4350) == "4,350"
    assert numbers.tokens(-1150, signed=True) == "−1,150"
    assert numbers.tokens(12_345_678) == "12.3M"
    assert numbers.about_tokens(Range(90, 100, 110)) == "~100"
    assert numbers.token_range(Range(90, 100, 110)) == "90 to 110"
    assert numbers.step(Range.exactly(3200), Range.exactly(4350)) == "3,200 → 4,350"
    assert numbers.step(None, Range.exactly(5)) == "5"
    assert numbers.step(Range.exactly(5), Range.exactly(5)) == "5"
    assert numbers.step(None, None) == "–"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        ("0.2105", "+21%"),
        ("-0.034", "−3.4%"),
        ("0", "0%"),
        ("0.0004", "+<0.1%"),
        ("8.5", "+850%"),
        ("9", "×10"),
        ("24.6", "×26"),
    ],
)
def test_percent(share: str, text: str) -> None:
    assert numbers.percent(Decimal(share)) == text


def test_counts_are_short_only_where_they_are_round() -> None:
    assert [numbers.count(n) for n in (0, 999, 9_000, 180_000, 180_500, 2_500_000)] == [
        "0", "999", "9,000", "180k", "180,500", "2.5M",
    ]  # fmt: skip


def test_another_currency_says_its_rate_and_day() -> None:
    assert numbers.money(Decimal("621"), EURO, signed=True) == "+€571.32"  # 621 × 0.92
    assert EURO.note == "Shown in EUR: 1 USD = 0.92 EUR on 2026-11-02 (`currency` in .aicost.yml)."
    assert numbers.USD.note == ""


def test_what_is_printed_is_marked_as_ours() -> None:
    assert isinstance(numbers.money(Decimal(3)), Figure)
    assert isinstance(numbers.percent(Decimal(3)), Figure)
