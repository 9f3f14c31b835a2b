"""The form of `.aicost.yml`: what a text says is what the policy holds, and the published schema agrees with the check."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import Config, parse_config
from bot.config_schema import json_schema
from bot.errors import ReviewError
from bot.model import Limit, Range, Spread
from bot.prices.overrides import Override

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / ".aicost.example.yml"
SCHEMA = jsonschema.Draft202012Validator(json_schema())


def parse(text: str) -> Config:
    return parse_config(text, ".aicost.yml")


def plain(text: str) -> Any:
    """As an editor reads it: days are text."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


def test_the_published_schema_is_the_code() -> None:
    assert json.loads((ROOT / "schema" / "aicost.schema.json").read_text("utf-8")) == json_schema()
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", [EXAMPLE, ROOT / "examples" / "demo" / "base" / ".aicost.yml"], ids=lambda p: p.name)
def test_the_files_we_ship_fit_both(path: Path) -> None:
    text = path.read_text("utf-8")
    assert parse(text).features
    assert list(SCHEMA.iter_errors(plain(text))) == []


def test_the_example_shows_every_key() -> None:
    """A key that is not in the example is a key that nobody finds."""
    top = set(json_schema()["properties"])
    assert set(yaml.safe_load(EXAMPLE.read_text("utf-8"))) == top


@pytest.mark.parametrize(
    "text",
    [
        "budgets: {total: {max_monthly_usd: '1O0'}}",
        "budgets: {max_monthly_usd: 100}",
        "featurs: {}",
        "features: {a: {cache_hit_share: 1.5}}",
        "features: {a: {match: {path: x}}}",
        "currency: {code: eur, per_usd: 1, as_of: 2026-01-01}",
        "waive: {roles: [read]}",
        "models: {x: []}",
    ],
)
def test_the_schema_refuses_what_the_check_refuses(text: str) -> None:
    with pytest.raises(ReviewError):
        parse(text)
    assert list(SCHEMA.iter_errors(plain(text)))


def test_numbers_are_exact() -> None:
    config = parse(
        "features: {a: {calls_per_task: 3.1, calls_per_month: 180_000, cache_hit_share: .85, retry_share: 1e-3}}"
    )
    use = config.features[0].use
    assert use.calls_per_task == Decimal("3.1")
    assert use.calls_per_month == Range.exactly(Decimal(180_000))
    assert use.cache_hit_share == Decimal("0.85")
    assert use.retry_share == Decimal("0.001")


def test_token_amounts_have_four_forms() -> None:
    forms = {
        "260": (Range.exactly(260), None),
        "{mean: 260.4}": (Range.exactly(260), None),
        "{low: 10, likely: 20, high: 40}": (Range(10, 20, 40), None),
        "{p50: 100, p95: 300, mean: 130}": (Range.exactly(130), Spread(p50=100, p95=300)),
    }
    for text, (tokens, spread) in forms.items():
        use = parse(f"features: {{a: {{output_tokens: {text}}}}}").features[0].use
        assert (use.output_tokens, use.output_spread) == (tokens, spread)


def test_what_is_not_stated_is_not_known() -> None:
    use = parse("features: {a: {calls_per_month: 5}}").features[0].use
    assert use.output_tokens is None
    assert use.cache_hit_share is None


def test_prices_are_overrides() -> None:
    text = "prices:\n  - {model: gpt-4o*, provider: azure, discount_percent: 15, since: 2026-07-01, note: deal}\n"
    assert parse(text).price_overrides() == (
        Override(
            model="gpt-4o*", provider="azure", discount_share=Decimal("0.15"), since=date(2026, 7, 1), note="deal"
        ),
    )


def test_a_wrapper_is_an_sdk_of_the_scanner() -> None:
    text = "sdks: {w: {packages: acme, functions: [{path: ask, model: [model, 0], schema: shape, default_model: m}]}}"
    (sdk,) = parse(text).sdks
    (shape,) = sdk.functions
    assert (sdk.name, sdk.packages) == ("w", ("acme",))
    assert (shape.roles.model, shape.roles.schema, shape.default_model) == (("model", "0"), ("shape",), "m")


def test_a_limit_is_a_number_or_a_number_with_its_level() -> None:
    text = "budgets: {total: {max_monthly_usd: 10, max_increase_percent: {limit: 5, level: warn}}}"
    assert parse(text).budgets.total == (
        Limit(kind="usd_per_month", amount=Decimal(10), level="fail", key="budgets.total.max_monthly_usd"),
        Limit(kind="increase_percent", amount=Decimal(5), level="warn", key="budgets.total.max_increase_percent"),
    )


def test_a_feature_takes_the_limits_that_it_does_not_set_itself() -> None:
    text = (
        "budgets: {every_feature: {max_call_usd: 1, max_task_usd: 2}, features: {a: {max_call_usd: 9}}}\n"
        "features: {a: {}, b: {}}"
    )
    budgets = parse(text).budgets
    assert {limit.kind: limit.amount for limit in budgets.for_feature("a")} == {"usd_per_call": 9, "usd_per_task": 2}
    assert {limit.kind: limit.amount for limit in budgets.for_feature("b")} == {"usd_per_call": 1, "usd_per_task": 2}


# -- round trips ------------------------------------------------------------------------------------------------------

# `1e5` is a number in YAML 1.2, as we read it, and a text in 1.1, as PyYAML writes it without quotes.
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=12).filter(
    lambda name: re.fullmatch(r"[-+]?\d[\d_]*[eE][-+]?\d+", name) is None
)
WHOLE = st.integers(0, 10**12)
SHARES = st.integers(0, 1000).map(lambda n: n / 1000)
AMOUNTS = st.one_of(
    WHOLE,
    st.fixed_dictionaries({"mean": WHOLE}),
    st.tuples(st.integers(1, 9999), st.integers(0, 9999)).map(lambda t: {"p50": t[0], "p95": t[0] + t[1]}),
    st.lists(WHOLE, min_size=3, max_size=3).map(lambda v: dict(zip(("low", "likely", "high"), sorted(v), strict=True))),
)
FEATURES = st.fixed_dictionaries(
    {},
    optional={
        "calls_per_month": WHOLE,
        "dynamic_input_tokens": AMOUNTS,
        "output_tokens": AMOUNTS,
        "cache_hit_share": SHARES,
        "success_share": SHARES,
        "outcome": st.fixed_dictionaries({"name": NAMES, "share": SHARES}),
        "match": st.lists(st.fixed_dictionaries({"path": NAMES}, optional={"symbol": NAMES}), max_size=3),
    },
)
POLICIES = st.fixed_dictionaries(
    {},
    optional={
        "version": st.just(1),
        "features": st.dictionaries(NAMES, FEATURES, max_size=3),
        "ignore": st.lists(NAMES, max_size=3),
        "aliases": st.dictionaries(NAMES, NAMES, max_size=3),
        "models": st.dictionaries(NAMES, st.lists(NAMES, min_size=1, max_size=3), max_size=3),
        "noise_floor_tokens": WHOLE,
        "currency": st.builds(
            lambda n, d: {"code": "EUR", "per_usd": n, "as_of": date(2026, 1, 1) + timedelta(days=d)},
            WHOLE,
            st.integers(0, 700),
        ),
        "budgets": st.fixed_dictionaries(
            {},
            optional={
                "total": st.fixed_dictionaries({}, optional={"max_monthly_usd": WHOLE}),
                "unknown": st.just("fail"),
            },
        ),
    },
)


@given(POLICIES)
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_what_is_read(policy: dict[str, Any]) -> None:
    text = yaml.safe_dump(policy, allow_unicode=True)
    config = parse(text)
    assert list(SCHEMA.iter_errors(plain(text))) == []
    assert [f.name for f in config.features] == list(yaml.safe_load(text).get("features", {}))
    for feature in config.features:
        written = policy["features"][feature.name]
        assert feature.success_share == (
            None if "success_share" not in written else Decimal(str(written["success_share"]))
        )
        assert [m.path for m in feature.matches] == [m["path"] for m in written.get("match", [])]
        for name in ("dynamic_input_tokens", "output_tokens"):
            tokens = getattr(feature.use, name)
            assert (tokens is None) == (name not in written)
            if tokens is not None and not isinstance(written[name], int) and "likely" in written[name]:
                assert tokens == Range(written[name]["low"], written[name]["likely"], written[name]["high"])
    assert config.ignore == tuple(policy.get("ignore", ()))
    assert dict(config.aliases) == policy.get("aliases", {})
    assert {k: list(v) for k, v in config.models.items()} == policy.get("models", {})
    assert config.noise_floor_tokens == policy.get("noise_floor_tokens", 5)
    assert parse(yaml.safe_dump(policy, default_flow_style=True, allow_unicode=True)) == config


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_policy_or_a_told_mistake(text: str) -> None:
    try:
        parse(text)
    except ReviewError as error:
        assert error.message.startswith(".aicost.yml:")
