"""How a figure is written: the only place that rounds or prints money, tokens, percentages and ranges.

What comes out is a `Figure`: text of ours, that needs no escaping anywhere. Rounding never makes something nothing: an
amount too small for its digits reads "<$0.000001".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from bot.model import Range, Tokens, Usd

# Signs that are understood everywhere; any other currency is written by its code.
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
MINUS = "\N{MINUS SIGN}"
SMALLEST = Decimal("0.000001")
# A mean of many calls is no better known than this; the ends of a range are rounded outwards, so that it still holds.
RANGE_DIGITS = 3
UNKNOWN = "unknown"


class Figure(str):
    """A number as text. Made here and nowhere else."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """What money is shown in. Other than US dollars the rate, its source and its day are always said."""

    code: str = "USD"
    symbol: str = "$"
    per_usd: Decimal = Decimal(1)
    source: str = ""
    as_of: date | None = None

    @property
    def note(self) -> str:
        if self.code == "USD":
            return ""
        day = f" on {self.as_of.isoformat()}" if self.as_of is not None else ""
        return (
            f"Shown in {self.code}: 1 USD = {plain(self.per_usd)} {self.code}{day} ({self.source or 'as configured'})."
        )


USD = Currency()


def money(usd: Decimal, currency: Currency = USD, *, signed: bool = False, rounding: str = ROUND_HALF_UP) -> Figure:
    """`$0.0049`, `$14.85`, `$1,504`; with `signed` the sign always."""
    amount = usd * currency.per_usd
    if amount < 0:  # the digits are those of the size
        rounding = {ROUND_FLOOR: ROUND_CEILING, ROUND_CEILING: ROUND_FLOOR}.get(rounding, rounding)
    sign = MINUS if amount < 0 else "+" if signed and amount > 0 else ""
    size = abs(amount)
    if 0 < size < SMALLEST:
        return Figure(f"{sign}<{currency.symbol}{SMALLEST:f}")
    return Figure(f"{sign}{currency.symbol}{_digits(size, rounding)}")


def money_range(usd: Usd, currency: Currency = USD, *, signed: bool = False) -> Figure:
    """`+$560 to +$910`, or one amount where the ends read the same."""
    low = money(_end(usd.low, ROUND_FLOOR), currency, signed=signed, rounding=ROUND_FLOOR)
    high = money(_end(usd.high, ROUND_CEILING), currency, signed=signed, rounding=ROUND_CEILING)
    if usd.is_exact or low == high:
        return money(usd.likely, currency, signed=signed)
    return Figure(f"{low.removesuffix('.00')} to {high.removesuffix('.00')}")


def tokens(count: int, *, signed: bool = False) -> Figure:
    sign = MINUS if count < 0 else "+" if signed and count > 0 else ""
    size = abs(count)
    if size >= 10_000_000:
        return Figure(f"{sign}{plain(_significant(Decimal(size) / 1_000_000, 3, ROUND_HALF_UP))}M")
    return Figure(f"{sign}{size:,}")


def about_tokens(count: Tokens, *, signed: bool = False) -> Figure:
    """The likely number; `~` before it says that it is an estimate."""
    return Figure(("" if count.is_exact else "~") + tokens(count.likely, signed=signed))


def token_range(count: Tokens, *, signed: bool = False) -> Figure:
    if count.is_exact:
        return tokens(count.likely, signed=signed)
    return Figure(f"{tokens(count.low, signed=signed)} to {tokens(count.high, signed=signed)}")


def step(before: Tokens | None, after: Tokens | None) -> Figure:
    """`3,200 → 4,350`; one number where it stays."""
    if before is None or after is None:
        one = after if before is None else before
        return Figure("–") if one is None else about_tokens(one)
    if before == after:
        return about_tokens(after)
    return Figure(f"{about_tokens(before)} → {about_tokens(after)}")


def percent(share: Decimal, *, signed: bool = True) -> Figure:
    """0.2105 as `+21%`; from tenfold on as a factor."""
    sign = MINUS if share < 0 else "+" if signed and share > 0 else ""
    size = abs(share)
    if size >= 9:
        return Figure(f"×{plain(_significant(size + 1, 2, ROUND_HALF_UP))}")
    hundred = size * 100
    if 0 < hundred < Decimal("0.1"):
        return Figure(f"{sign}<0.1%")
    places = Decimal("0.1") if hundred < 10 else Decimal(1)
    return Figure(f"{sign}{plain(hundred.quantize(places, ROUND_HALF_UP))}%")


def count(number: int | Decimal) -> Figure:
    """Calls, files, sites: `180k` from ten thousand on, where it is round."""
    whole = int(Decimal(number).to_integral_value(ROUND_HALF_UP))
    if abs(whole) >= 10_000 and whole % 1_000 == 0:
        if abs(whole) >= 1_000_000:
            return Figure(f"{plain(_significant(Decimal(whole) / 1_000_000, 3, ROUND_HALF_UP))}M")
        return Figure(f"{whole // 1_000:,}k")
    return Figure(f"{whole:,}")


def count_range(number: Usd) -> Figure:
    if number.is_exact:
        return count(number.likely)
    return Figure(f"{count(number.low)} to {count(number.high)}")


def rate(usd_per_mtok: Decimal, currency: Currency = USD) -> Figure:
    """As a price page writes it: `$3`, `$2.50`, `$0.075`."""
    whole, _, part = plain(usd_per_mtok * currency.per_usd).partition(".")
    return Figure(f"{currency.symbol}{whole}{'.' + part.ljust(2, '0') if part else ''} per million")


def listed(usd: Decimal) -> str:
    """A price in a list of prices; what a catalogue's binary fractions left behind the tenth digit is not shown."""
    return f"{Decimal(f'{usd:.10g}').normalize():f}"


def plain(number: Decimal) -> Figure:
    """All its digits, no exponent, no zeros at the end."""
    text = f"{number:,f}"
    return Figure(text.rstrip("0").rstrip(".") if "." in text else text)


def _digits(size: Decimal, rounding: str) -> str:
    """Two digits after the point up to a thousand, whole above; below one at least two that say something."""
    if size == 0:
        return "0"
    if size >= 1_000:
        return f"{size.quantize(Decimal(1), rounding):,f}"
    if size < 1:
        size = _significant(size, 2, rounding)
    if size >= Decimal("0.1"):
        size = size.quantize(Decimal("0.01"), rounding)
    return f"{size:,f}" if size < 1_000 else "1,000"


def _significant(number: Decimal, digits: int, rounding: str) -> Decimal:
    if number == 0:
        return number
    return number.quantize(Decimal(1).scaleb(number.adjusted() - digits + 1), rounding)


def _end(usd: Decimal, rounding: str) -> Decimal:
    """An end of a range, rounded outwards."""
    return _significant(usd, RANGE_DIGITS, rounding)


def times(amount: Usd, factor: int) -> Usd:
    """A range for `factor` calls."""
    return amount.map(lambda usd: usd * factor)


def zero(amount: Usd | Tokens) -> bool:
    return amount == Range(0, 0, 0)
