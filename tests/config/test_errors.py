"""What is wrong in `.aicost.yml` is told with file, line and the nearest valid key, and never as a traceback."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import yaml

from bot import config_yaml
from bot.config import Config, Currency, load_config, parse_config
from bot.errors import ReviewError
from bot.prices import PINNED_PATH
from prompts_scanner.tree import MemoryTree

NAME = ".aicost.yml"


def told(text: str) -> str:
    with pytest.raises(ReviewError) as error:
        parse_config(text, NAME)
    return f"{error.value.message}\n{error.value.hint}"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            "budgets:\n  total:\n    max_monthly_usd: 1O0\n",
            3,
            ["budgets.total.max_monthly_usd", "'1O0'", "not a number"],
        ),
        ("budgets:\n  max_monthly_usd: 1O0\n", 2, ["not a key here", "`budgets.total.max_monthly_usd`"]),
        ("version: 1\nfeatuers: {}\n", 2, ["featuers", "did you mean `features`"]),
        ("features:\n  a:\n    calls_per_moth: 3\n", 3, ["features.a.calls_per_moth", "`calls_per_month`"]),
        ("features:\n  a:\n    match:\n      - paht: x\n", 4, ["features.a.match[0].paht", "`path`"]),
        ("sdks:\n  w:\n    packages: a\n    functions:\n      - {path: f, modle: x}\n", 5, ["modle", "`model`"]),
        ("version: 2\n", 1, ["version", "not 2"]),
        ("features: [a]\n", 1, ["features", "mapping", "not a list"]),
        ("ignore: 3\n", 1, ["ignore", "list", "not 3"]),
        ("ignore: [no]\n", 1, ["ignore[0]", "false", "quotes"]),
        ("features:\n  a:\n    cache_hit_share: 85%\n", 3, ["cache_hit_share", "'85%'", "0.25"]),
        ("features:\n  a:\n    cache_hit_share: 1.5\n", 3, ["cache_hit_share", "less than or equal to 1"]),
        ("features:\n  a:\n    calls_per_month: -1\n", 3, ["calls_per_month", "greater than or equal to 0"]),
        ("features:\n  a:\n    calls_per_month: true\n", 3, ["true is not a number"]),
        ("features:\n  a:\n    calls_per_month: 1,200\n", 3, ["'1,200' is not a number", "separators"]),
        ("features:\n  a:\n    output_tokens: {p50: 3}\n", 3, ["output_tokens", "`p50` and `p95`"]),
        ("features:\n  a:\n    output_tokens: {p50: 9, p95: 3}\n", 3, ["`p50` must be above 0 and not above `p95`"]),
        ("features:\n  a:\n    output_tokens: {low: 1, likely: 9, high: 3}\n", 3, ["in order"]),
        ("features:\n  a:\n    match:\n      - {}\n", 4, ["match[0]", "needs one of"]),
        ("prices:\n  - model: x\n", 2, ["prices[0]", "states no price"]),
        ("prices:\n  - {model: x, discount_percent: 5, since: 2026-02-01, until: 2026-01-01}\n", 2, ["`until`"]),
        ("currency:\n  code: EUR\n  per_usd: 0.9\n  as_of: yesterday\n", 4, ["currency.as_of", "2026-11-30"]),
        ("currency: {code: EUR}\n", 1, ["per_usd is missing"]),
        ("noise_floor_tokens: 1.5\n", 1, ["not a whole number"]),
        ("features: {a: {}}\nbudgets:\n  features:\n    b: {max_call_usd: 1}\n", 1, ["budgets.features names 'b'"]),
        ("budgets:\n  guardrails:\n    output_cap_on_new_sites: yes\n", 3, ["'warn' or 'fail'", "quotes"]),
        ("- a\n", 1, ["must hold keys"]),
        ("just text\n", 1, ["must hold keys"]),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int, words: list[str]) -> None:
    message = told(text)
    assert message.startswith(f"{NAME}:{line}: ")
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: [\n", 2, ["not valid YAML"]),
        ("a: 1\n b: 2\n", 2, ["not valid YAML"]),
        ("ignore: []\nignore: [x]\n", 2, ["`ignore` stands here twice"]),
        ("features:\n  <<: {a: {}}\n", 2, ["merge keys"]),
        ("x: !!python/object/apply:os.system ['echo']\n", 1, ["tags such as"]),
        ("x: !mine 3\n", 1, ["tags such as"]),
        ("? [a, b]\n: 3\n", 1, ["a key must be text"]),
        ("noise_floor_tokens: 0x10\n", 1, ["not a plain decimal number"]),
        ("noise_floor_tokens: 010\n", 1, ["not a plain decimal number"]),
        ("noise_floor_tokens: 1:30\n", 1, ["not a plain decimal number"]),
        ("noise_floor_tokens: .inf\n", 1, ["not a plain decimal number"]),
        ("noise_floor_tokens: .nan\n", 1, ["not a plain decimal number"]),
        ("noise_floor_tokens: " + "9" * 5000 + "\n", 1, ["not a plain decimal number"]),
        ("noise_floor_tokens: 1e999\n", 1, ["less than or equal"]),
        ("currency: {code: EUR, per_usd: 1, as_of: 2026-02-30}\n", 1, ["there is no day 2026-02-30"]),
        ("a: \x00\n", 1, ["not valid YAML"]),
        ("a: &x [*x]\n", 1, ["nested deeper"]),
        ("a: " + "[" * 3000 + "]" * 3000 + "\n", 1, ["nest"]),
    ],
)
def test_attack_23_hostile_yaml_is_refused(text: str, line: int, words: list[str]) -> None:
    message = told(text)
    assert message.startswith(f"{NAME}:{line}: ")
    for word in words:
        assert word in message


def test_attack_23_aliases_do_not_blow_up() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 11)]
    assert "more than 50,000 values" in told("\n".join(levels))


def test_a_hostile_key_moves_no_cursor_and_costs_no_time() -> None:
    assert "\x1b" not in told('"\\e[2J\\e[31mfeatures": {}\n')
    assert "\x1b" not in told('"\\e": 1\n"\\e": 1\n')
    assert len(told("a" * 900_000 + ": 1\n")) < 1000


def test_aliases_are_fine_in_reason() -> None:
    config = parse_config("ignore: &globs [a, b]\nfeatures: {}\nmodels: {x: *globs}\n", NAME)
    assert config.ignore == ("a", "b")
    assert config.models == {"x": ("a", "b")}


def test_all_mistakes_are_told_by_line_and_the_rest_counted() -> None:
    text = "features:\n" + "".join(f"  f{i}:\n    calls_per_task: x\n" for i in range(9))
    lines = told(text).splitlines()
    assert [line.partition(": ")[0] for line in lines[:5]] == [f"{NAME}:{3 + 2 * i}" for i in range(5)]
    assert lines[5] == "… and 4 more"


def test_without_a_file_all_is_default() -> None:
    assert load_config(MemoryTree({"app.py": ""})) == Config()


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "{}\n", "version: 1\n"])
def test_an_empty_file_is_all_default(text: str) -> None:
    assert load_config(MemoryTree({NAME: text})) == Config(name=NAME)


def test_the_other_ending_will_do_but_not_both() -> None:
    assert load_config(MemoryTree({".aicost.yaml": "ignore: [x]"})).name == ".aicost.yaml"
    with pytest.raises(ReviewError, match=r"both \.aicost\.yml and \.aicost\.yaml"):
        load_config(MemoryTree({".aicost.yaml": "", ".aicost.yml": ""}))


def test_a_file_that_is_not_text_or_too_large_is_refused() -> None:
    with pytest.raises(ReviewError, match="not UTF-8"):
        load_config(MemoryTree({NAME: b"\xff\xfe\x00"}))
    with pytest.raises(ReviewError, match="larger than"):
        load_config(MemoryTree({NAME: b"# " + b"x" * 1_000_000}))


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert load_config(MemoryTree({NAME: b"\xef\xbb\xbfignore: [x]"})).ignore == ("x",)


def test_a_profile_that_is_not_there_is_told() -> None:
    with pytest.raises(ReviewError, match=r"features\.a\.profile.*no traffic profile of 'gone'"):
        load_config(MemoryTree({NAME: "features: {a: {profile: gone}}"}))


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader], ids=["python", "libyaml"])
def test_with_and_without_libyaml_it_is_the_same(
    loader: type[yaml.SafeLoader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config_yaml, "LOADER", loader)
    text = "noise_floor_tokens: 1e2\nignore: ['1', \"2\", x]\ncurrency: {code: EUR, per_usd: .5, as_of: 2026-01-02}\n"
    config = parse_config(text, NAME)
    assert (config.noise_floor_tokens, config.ignore) == (100, ("1", "2", "x"))
    assert config.currency == Currency(code="EUR", per_usd=Decimal("0.5"), as_of=date(2026, 1, 2))
    for bad, line in (("a: [\n", 2), ("ignore: []\nignore: []\n", 2), ("a: &x [*x]\n", 1), ("a: !!python/none x\n", 1)):
        assert told(bad).startswith(f"{NAME}:{line}: ")


def test_a_price_snapshot_of_the_repository_is_part_of_the_policy() -> None:
    assert load_config(MemoryTree({PINNED_PATH: b"prices"})) == Config(pinned_prices=b"prices")
    assert load_config(MemoryTree({PINNED_PATH: b"prices", NAME: ""})) == Config(name=NAME, pinned_prices=b"prices")
