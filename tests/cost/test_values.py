"""The values that money and verdicts are made of: frozen, without room for a misspelt field, and given by name."""

from __future__ import annotations

import dataclasses
from types import ModuleType

import pytest

from bot import compare, cost, gate, gate_limits, gate_quality, gate_rules
from bot.levers import LEVERS, alternatives, case, models, simple
from tests.cost.make import pricer

MODULES: list[ModuleType] = [
    cost, compare, gate, gate_limits, gate_quality, gate_rules, alternatives, case, models, simple,
    *(lever for lever in LEVERS if isinstance(lever, ModuleType)),
]  # fmt: skip
VALUES = [
    value
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, type) and value.__module__ == module.__name__ and not issubclass(value, Exception)
]
# Not a value: it walks from one to another.
WORKERS = {compare.Steps}


def test_what_money_and_verdicts_are_made_of_is_seen() -> None:
    assert {cost.Pricer, compare.Moved, compare.Steps, case.Case, models.Model} <= set(VALUES)
    assert len(LEVERS) == sum(isinstance(lever, ModuleType) for lever in LEVERS)


@pytest.mark.parametrize("value", VALUES, ids=lambda v: f"{v.__module__}.{v.__name__}")
def test_a_value_cannot_be_changed_and_its_fields_are_named(value: type) -> None:
    assert dataclasses.is_dataclass(value)
    assert "__dict__" not in dir(value), "a field that is no field could be set"
    if value not in WORKERS:
        assert value.__dataclass_params__.frozen  # type: ignore[attr-defined]
        assert all(f.kw_only for f in dataclasses.fields(value))


def test_what_a_pricer_remembers_is_no_part_of_what_it_is() -> None:
    remembered = [f for f in dataclasses.fields(cost.Pricer) if f.name.startswith("_")]
    assert {f.name for f in remembered} >= {"_counts", "_known"}
    assert [(f.name, f.repr, f.compare) for f in remembered] == [(f.name, False, False) for f in remembered]
    assert "_known" not in repr(pricer())
