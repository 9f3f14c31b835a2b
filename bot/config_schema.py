"""The form of `.aicost.yml`: what may stand in it, with which numbers, and how it becomes a `Config`.

One pydantic model is the source of the check, of the published JSON Schema (`schema/aicost.schema.json`) and of the
reference. An unknown key or a bad number is an error that names file, line and the nearest valid key.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from bot import config
from bot.config_budgets import BudgetsPart
from bot.config_errors import explain
from bot.config_parts import (
    Amount,
    Count,
    Day,
    Factor,
    Flag,
    Glob,
    Name,
    Names,
    Part,
    Percent,
    Share,
    Usd,
    WholeTokens,
    known,
)
from bot.config_sdks import SdkPart
from bot.config_use import FeaturePart
from bot.config_yaml import read_yaml
from bot.errors import ReviewError
from bot.model import Level, QualityRule
from bot.prices.overrides import Override
from prompts_scanner.model import Context

MAX_FEATURES = 2_000


class PricePart(Part):
    """What you pay for models that match a glob: rates in USD per million tokens, or a discount off the list price.

    A private model needs no list price: state its rates. In force from `since` up to and with `until`.
    """

    model: Glob = Field(description="Glob of model names: `gpt-4o*`, `*` for all.", examples=["gpt-4o*"])
    provider: Glob = Field(default="*", description="Glob of providers: `azure`, `bedrock`, `*` for any.")
    input_usd_per_mtok: Usd | None = None
    output_usd_per_mtok: Usd | None = None
    cache_read_usd_per_mtok: Usd | None = None
    cache_write_usd_per_mtok: Usd | None = None
    cache_write_1h_usd_per_mtok: Usd | None = None
    batch_factor: Share | None = Field(default=None, description="Batch price ÷ normal price: 0.5 is half price.")
    usd_per_request: Usd | None = None
    discount_percent: Percent | None = Field(default=None, description="Off the list price: 15 is 15 % off.")
    since: Day | None = None
    until: Day | None = None
    note: Name = Field(default="contract price", description="Shown as the source of the price.")

    @model_validator(mode="after")
    def states_something(self) -> Self:
        stated = set(self.model_fields_set) - {"model", "provider", "since", "until", "note"}
        if not any(getattr(self, name) is not None for name in stated):
            raise ValueError("states no price: give rates or `discount_percent`")
        if self.since and self.until and self.until < self.since:
            raise ValueError("`until` is before `since`")
        return self

    def value(self) -> Override:
        data = known(self, exclude={"discount_percent"})
        percent = self.discount_percent
        return Override(**data, discount_share=None if percent is None else percent / 100)


class AssumptionsPart(Part):
    """Stated guesses. What advice assumes has a default with its source, named where it is used (bot/levers/case.py)."""

    chunk_tokens: WholeTokens | None = Field(
        default=None, description="Tokens of one retrieved chunk, where the code does not tell; shown in the comment."
    )
    escalated_share_low: Share | None = Field(
        default=None, description="Cascade: the share of calls asked again, at best. Default 0.3."
    )
    escalated_share_high: Share | None = Field(default=None, description="The same at worst. Default 0.5.")
    min_cascade_usd_per_month: Usd | None = Field(
        default=None, description="The least a cascade must save: a judge has to be built and kept. Default 50."
    )
    min_vendor_change_usd_per_month: Usd | None = Field(
        default=None, description="The least another vendor's model must save: contract, key, evaluation. Default 200."
    )
    cap_margin: Factor | None = Field(
        default=None, description="An output cap is advised at p99 times this, from 1 on. Default 1.2."
    )
    gpus: Amount | None = Field(default=None, description="Self-hosting: GPUs rented. Default 2.")
    gpu_usd_per_hour: Usd | None = Field(default=None, description="Rent of one. Default 2.95 (H100, 2026-05-20).")
    gpu_overhead_share: Factor | None = Field(
        default=None, description="Storage, network, spares on top of the rent. Default 0.4."
    )
    gpu_output_tokens_per_second: Amount | None = Field(default=None, description="Of one GPU. Default 800.")
    gpu_utilisation_share: Share | None = Field(default=None, description="Busy time with real traffic. Default 0.3.")
    engineering_usd_per_month: Usd | None = Field(
        default=None, description="Half an engineer at 200,000 USD a year: 8,333 is the default."
    )
    training_examples: Amount | None = Field(default=None, description="Fine-tuning: answers collected. Default 1000.")
    training_passes: Amount | None = Field(default=None, description="Passes over them. Default 3.")
    training_usd_per_mtok: Usd | None = Field(default=None, description="Price of a trained token. Default 25.")
    training_engineering_months: Amount | None = Field(default=None, description="Default 1.")
    refresh_months: Amount | None = Field(
        default=None, description="Fine-tuning must pay back before the model is replaced. Default 6."
    )

    @model_validator(mode="after")
    def makes_sense(self) -> Self:
        if self.cap_margin is not None and self.cap_margin < 1:
            raise ValueError("`cap_margin` must be 1 or more: below p99 a cap cuts answers by design")
        low, high = self.escalated_share_low, self.escalated_share_high
        if (low is None) != (high is None):
            raise ValueError("give `escalated_share_low` and `escalated_share_high` together")
        if low is not None and high is not None and low > high:
            raise ValueError("must be in order: `escalated_share_low` ≤ `escalated_share_high`")
        return self


class CurrencyPart(Part):
    """Amounts are shown in this currency too; prices stay US dollars."""

    code: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code, such as EUR.")
    per_usd: Factor = Field(description="Units of the currency for one US dollar.", examples=[0.92])
    as_of: Day = Field(description="The day of the rate.")


class AdvicePart(Part):
    """Which advice the comment shows besides what the change touches."""

    min_usd_per_month: Usd = Field(
        default=Decimal(50), description="Only advice that saves at least this much a month."
    )
    max_items: Count = Field(default=3, description="At most so many pieces of advice in the comment.")


class CommentPart(Part):
    """The comment on the change."""

    when: Literal["always", "on-change"] = Field(
        default="on-change", description="Whether to comment when no cost changes."
    )
    behaviour: Literal["update", "hide-and-new", "delete-and-new", "new"] = Field(
        default="update", description="What becomes of an earlier comment."
    )
    max_rows: int = Field(default=20, ge=1, le=500, strict=True, description="Rows of the table; the rest is counted.")


class QualityPart(Part):
    """A gain in quality under `min_gain_points` that costs over `max_cost_increase_percent` needs a justification."""

    metric: Name | None = Field(
        default=None, description="The metric's name in the results; needed when they hold several."
    )
    feature: Name | None = Field(default=None, description="Whose cost per task; left out: of all features together.")
    min_gain_points: Amount = Field(description="Percentage points of a metric between 0 and 1, else its own units.")
    max_cost_increase_percent: Amount = Field(description="Increase of the cost per task.")
    max_loss_points: Amount | None = Field(default=None, description="What quality may lose, whatever the cost does.")
    level: Level = "fail"
    min_samples: Count = Field(default=1, description="With fewer samples on a side the rule is unknown.")
    higher_is_better: Flag = True

    def value(self, key: str) -> QualityRule:
        return QualityRule(**known(self), key=key)


class WaivePart(Part):
    """Who may accept a cost that a rule wants justified."""

    roles: tuple[Literal["write", "maintain", "admin"], ...] = ("write", "maintain", "admin")
    author_may: Flag = Field(default=False, description="Whether the author of the change alone can.")
    label: Name = "aicost: justified"


class ConfigPart(Part):
    """Policy of aicost-review. The file of the base revision governs: a change cannot raise its own budget."""

    version: Literal[1] = Field(default=1, description="Version of this form.")
    features: dict[Name, FeaturePart] = Field(
        default_factory=dict, max_length=MAX_FEATURES, description="What calls are used for, and how often."
    )
    models: dict[Glob, Names] = Field(
        default_factory=dict,
        description="Models of call sites whose code chooses at run time: glob of path, symbol or id -> likeliest first.",
    )
    aliases: dict[Name, Name] = Field(
        default_factory=dict, description="Your names (Azure deployments, router aliases) -> model, as `azure/gpt-4o`."
    )
    prices: tuple[PricePart, ...] = Field(
        default=(), max_length=2_000, description="Contract prices; the first that fits wins."
    )
    sdks: dict[Name, SdkPart] = Field(default_factory=dict, description="Your own wrappers around model calls.")
    ignore: tuple[Glob, ...] = Field(default=(), description="Paths that are not read; `*` also crosses `/`.")
    include_contexts: tuple[Context, ...] = Field(
        default=(), description="Kinds of code counted besides production and evaluation."
    )
    noise_floor_tokens: Count = Field(default=5, description="A text change of at most so many tokens is not reported.")
    budgets: BudgetsPart = Field(default_factory=BudgetsPart)
    assumptions: AssumptionsPart = Field(default_factory=AssumptionsPart)
    currency: CurrencyPart | None = None
    advice: AdvicePart = Field(default_factory=AdvicePart)
    comment: CommentPart = Field(default_factory=CommentPart)
    quality: tuple[QualityPart, ...] = Field(default=(), max_length=100)
    waive: WaivePart = Field(default_factory=WaivePart)

    @model_validator(mode="after")
    def budgets_name_features(self) -> Self:
        unknown = sorted(set(self.budgets.features) - set(self.features))
        if unknown and self.features:
            raise ValueError(f"budgets.features names {unknown[0]!r}, which is not one of `features`")
        return self

    def value(self, name: str) -> config.Config:
        return config.Config(
            name=name,
            features=tuple(part.value(key) for key, part in self.features.items()),
            ignore=self.ignore,
            include_contexts=self.include_contexts,
            noise_floor_tokens=self.noise_floor_tokens,
            models=self.models,
            aliases=self.aliases,
            prices=tuple(price.value() for price in self.prices),
            sdks=tuple(part.value(key) for key, part in self.sdks.items()),
            budgets=self.budgets.value(),
            assumptions=config.Assumptions(**known(self.assumptions)),
            currency=config.Currency(**known(self.currency)) if self.currency else config.Currency(),
            advice=config.AdvicePolicy(**known(self.advice)),
            comment=config.CommentPolicy(**known(self.comment)),
            quality=tuple(part.value(f"quality[{i}]") for i, part in enumerate(self.quality)),
            waive=config.WaivePolicy(**known(self.waive)),
        )


def parse(text: str, name: str) -> config.Config:
    """The policy in a text. Raises ReviewError."""
    document = read_yaml(text, name)
    if not isinstance(document.data, dict):
        raise ReviewError(f"{name}:1: the file must hold keys such as `features:`", "See .aicost.example.yml.")
    try:
        return ConfigPart.model_validate(document.data).value(name)
    except ValidationError as error:
        raise explain(error, document, ConfigPart) from error


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of `.aicost.yml`, for editors."""
    schema = ConfigPart.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "aicost-review policy (.aicost.yml)",
        **{k: v for k, v in schema.items() if k != "title"},
    }
