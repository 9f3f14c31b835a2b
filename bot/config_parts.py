"""Kinds of values in `.aicost.yml`: numbers that are numbers, shares, globs, and the strict base of every part."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

MAX_NUMBER = 10**15


class Part(BaseModel):
    """Unknown keys are errors; nothing is turned into another type in silence.

    Only the whole form is ever checked, so the parts build no checker of their own: half the time to load them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("is not a number")
    return Decimal(value)


def _whole(value: object) -> int:
    number = _number(value)
    if number != number.to_integral_value():
        raise ValueError("is not a whole number")
    return int(number)


def _text(value: object) -> object:
    """A name may look like a number (`4o` does not, `1106` does)."""
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _listed(value: object) -> object:
    """One name is a list of one."""
    return value if isinstance(value, list | tuple) else [value]


def _range_schema(kind: str, low: int, high: int | None) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, "minimum": low, **({} if high is None else {"maximum": high})})


Amount = Annotated[
    Decimal, BeforeValidator(_number), Field(ge=0, le=MAX_NUMBER), _range_schema("number", 0, MAX_NUMBER)
]
Usd = Amount
Factor = Amount
Share = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, le=1), _range_schema("number", 0, 1)]
Percent = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, le=100), _range_schema("number", 0, 100)]
Tokens = Amount
Count = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=MAX_NUMBER), _range_schema("integer", 0, MAX_NUMBER)]
WholeTokens = Annotated[
    int, BeforeValidator(_whole), Field(ge=1, le=MAX_NUMBER), _range_schema("integer", 1, MAX_NUMBER)
]
Name = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Glob = Name
Names = Annotated[
    tuple[Name, ...],
    BeforeValidator(_listed),
    Field(min_length=1, max_length=100),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "number"], "minLength": 1},
                {"type": "array", "items": {"type": ["string", "number"], "minLength": 1}, "minItems": 1},
            ]
        }
    ),
]
Day = Annotated[date, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]


def known(part: BaseModel, exclude: set[str] | None = None) -> dict[str, Any]:
    """The fields of a part by name, as they are."""
    return {name: getattr(part, name) for name in type(part).model_fields if name not in (exclude or set())}
