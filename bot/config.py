"""The team's policy: what calls are used for, how often, at what prices, within which budgets (`.aicost.yml`).

Values only, so that a repository without the file pays for no parser: reading is in `config_schema`. The file of the
base revision governs; a change cannot raise its own budget.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from bot.errors import ReviewError
from bot.model import Budgets, QualityRule, Spread, Tokens, Usd
from bot.places import CONFIG_NAMES as CONFIG_NAMES
from bot.places import OWN_PATH, PINNED_PATH
from bot.places import PROFILES_FOLDER as PROFILES_FOLDER
from bot.tokens.table import with_own
from prompts_scanner.model import Context, Operation
from prompts_scanner.tree import FileTree

if TYPE_CHECKING:
    from bot.prices.overrides import Override
    from bot.profiles.schema import Profile
    from prompts_scanner.shape import Sdk

MAX_CONFIG_BYTES = 1_000_000
# Public traces, under bot/traffic/priors/.
PriorName = Literal["azure-code-2023", "azure-conv-2023", "mooncake-conv-2025", "mooncake-synth-2025"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Numbers about real calls as the file states them; None where it does not. Spreads where it gives p50 and p95."""

    calls_per_month: Usd | None = None
    calls_per_task: Decimal | None = None
    dynamic_input_tokens: Tokens | None = None
    dynamic_input_spread: Spread | None = None
    output_tokens: Tokens | None = None
    output_spread: Spread | None = None
    reasoning_tokens: Tokens | None = None
    tool_result_tokens: Tokens | None = None
    request_tokens: Tokens | None = None
    history_limit_tokens: int | None = None
    cache_hit_share: Decimal | None = None
    batch_share: Decimal | None = None
    batchable_share: Decimal | None = None
    retry_share: Decimal | None = None


NO_USE = Use()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which call sites: globs, all given ones must fit. `use`: numbers for these sites in place of the feature's."""

    path: str | None = None
    symbol: str | None = None
    sdk: str | None = None
    prompt: str | None = None
    operation: Operation | None = None
    use: Use = NO_USE
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One product feature. `profile` names a traffic profile, `prior` a public trace; `key` is where the file states it."""

    name: str
    matches: tuple[Match, ...] = ()
    use: Use = NO_USE
    success_share: Decimal | None = None
    outcome_name: str | None = None
    outcome_share: Decimal | None = None
    profile: str | None = None
    prior: PriorName | None = None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """Stated guesses. `chunk_tokens` fills a hole of the code and is shown in the comment; None: no guess is made.

    The others replace what the levers assume (`bot.levers.case.Settings`, under the same names); None: its default.
    """

    chunk_tokens: int | None = None
    escalated_share_low: Decimal | None = None
    escalated_share_high: Decimal | None = None
    min_cascade_usd_per_month: Decimal | None = None
    min_vendor_change_usd_per_month: Decimal | None = None
    cap_margin: Decimal | None = None
    gpus: Decimal | None = None
    gpu_usd_per_hour: Decimal | None = None
    gpu_overhead_share: Decimal | None = None
    gpu_output_tokens_per_second: Decimal | None = None
    gpu_utilisation_share: Decimal | None = None
    engineering_usd_per_month: Decimal | None = None
    training_examples: Decimal | None = None
    training_passes: Decimal | None = None
    training_usd_per_mtok: Decimal | None = None
    training_engineering_months: Decimal | None = None
    refresh_months: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """Amounts are also shown in `code`, at `per_usd` units for a dollar on the day `as_of`."""

    code: str = "USD"
    per_usd: Decimal = Decimal(1)
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvicePolicy:
    """Which advice the comment shows: what the change touches, and what saves at least so much a month."""

    min_usd_per_month: Decimal = Decimal(50)
    max_items: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPolicy:
    """`when`: always, or only when something costs more or less; `behaviour`: what becomes of an earlier comment."""

    when: Literal["always", "on-change"] = "on-change"
    behaviour: Literal["update", "hide-and-new", "delete-and-new", "new"] = "update"
    max_rows: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class WaivePolicy:
    """Who may accept a cost: `roles` on the host, with or without the author of the change; by which label."""

    roles: tuple[str, ...] = ("write", "maintain", "admin")
    author_may: bool = False
    label: str = "aicost: justified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole policy. `name` is the file it comes from, empty when there is none and all is default.

    `pinned_prices`: the content of the repository's own price snapshot, in place of the one of this release;
    `own_tokens`: of its table of token constants, asked before the bundled one.
    """

    name: str = ""
    features: tuple[Feature, ...] = ()
    ignore: tuple[str, ...] = ()
    include_contexts: tuple[Context, ...] = ()
    noise_floor_tokens: int = 5
    models: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    prices: tuple[Override, ...] = ()
    sdks: tuple[Sdk, ...] = ()
    budgets: Budgets = field(default_factory=Budgets)
    assumptions: Assumptions = Assumptions()
    currency: Currency = Currency()
    advice: AdvicePolicy = AdvicePolicy()
    comment: CommentPolicy = CommentPolicy()
    quality: tuple[QualityRule, ...] = ()
    waive: WaivePolicy = WaivePolicy()
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    pinned_prices: bytes | None = None
    own_tokens: str | None = None

    def price_overrides(self) -> tuple[Override, ...]:
        return self.prices

    def feature(self, name: str) -> Feature | None:
        return next((f for f in self.features if f.name == name), None)


def load_config(tree: FileTree) -> Config:
    """The policy of a tree, with its traffic profiles, price snapshot and token constants; without a file the defaults."""
    paths = tree.paths()
    names = [name for name in CONFIG_NAMES if name in paths]
    profiles = [p for p in paths if p.startswith(PROFILES_FOLDER) and p.endswith((".yaml", ".yml"))]
    pinned = _pinned_prices(tree) if PINNED_PATH in paths else None
    constants = _own_tokens(tree) if OWN_PATH in paths else None
    if not names and not profiles:
        return Config(pinned_prices=pinned, own_tokens=constants)
    if len(names) > 1:
        raise ReviewError(f"both {names[0]} and {names[1]} exist", "Keep one of them.")
    config = parse_config(read_text(tree, names[0]), names[0]) if names else Config()
    if profiles:
        from bot.config_profiles import with_profiles  # noqa: PLC0415

        config = with_profiles(config, {p: read_text(tree, p) for p in profiles})
    for feature in config.features:
        if feature.profile is not None and feature.profile not in config.profiles:
            raise ReviewError(
                f"{config.name}: {feature.key}.profile: there is no traffic profile of {feature.profile!r}",
                f"Found under {PROFILES_FOLDER}: {', '.join(config.profiles) or 'none'}.",
            )
    return replace(config, pinned_prices=pinned, own_tokens=constants)


def _pinned_prices(tree: FileTree) -> bytes:
    data = tree.read(PINNED_PATH)
    if data is None:
        raise ReviewError(f"{PINNED_PATH} cannot be read", "It must be a plain file of the repository.")
    return data


def _own_tokens(tree: FileTree) -> str:
    """A table with a mistake is an error here, not where its first text is counted."""
    text = read_text(tree, OWN_PATH)
    with_own(text, OWN_PATH)
    return text


def parse_config(text: str, name: str) -> Config:
    """The policy that a text states. ReviewError names file, line and the nearest valid key."""
    from bot.config_schema import parse  # noqa: PLC0415

    return parse(text, name)


def read_text(tree: FileTree, path: str) -> str:
    data = tree.read(path)
    if data is None:
        why = next((f": {gap.reason}" for gap in tree.gaps() if gap.span.path == path), "")
        raise ReviewError(
            f"{path} cannot be read{why}", "It must be a plain file of the repository, no link or LFS pointer."
        )
    if len(data) > MAX_CONFIG_BYTES:
        raise ReviewError(f"{path} is larger than {MAX_CONFIG_BYTES:,} bytes", "A policy has a few kilobytes.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReviewError(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}", "") from error
