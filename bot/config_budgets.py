"""`budgets:` of `.aicost.yml`: limits for each feature and in total, and guardrails."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from bot.config_parts import Amount, Count, Name, Names, Part
from bot.model import BudgetKind, Budgets, Guardrails, Level, Limit

# The key in the file, and what it limits.
KINDS: dict[str, BudgetKind] = {
    "max_call_usd": "usd_per_call",
    "max_task_usd": "usd_per_task",
    "max_outcome_usd": "usd_per_outcome",
    "max_monthly_usd": "usd_per_month",
    "max_increase_monthly_usd": "increase_usd_per_month",
    "max_increase_percent": "increase_percent",
}


class LimitPart(Part):
    limit: Amount
    level: Level = "fail"


def _form(value: object) -> str:
    return "levelled" if isinstance(value, dict | LimitPart) else "number"


LimitField = Annotated[Annotated[Amount, Tag("number")] | Annotated[LimitPart, Tag("levelled")], Discriminator(_form)]


class TotalPart(Part):
    """Limits of the whole repository. A number fails the check; `{limit: 100, level: warn}` only warns."""

    max_monthly_usd: LimitField | None = Field(default=None, description="Cost of a month.")
    max_increase_monthly_usd: LimitField | None = Field(default=None, description="What one change may add to a month.")
    max_increase_percent: LimitField | None = Field(default=None, description="What one change may add, in per cent.")

    def limits(self, key: str) -> tuple[Limit, ...]:
        out = []
        level: Level
        for name, kind in KINDS.items():
            part = getattr(self, name, None)
            if part is None:
                continue
            amount, level = (part.limit, part.level) if isinstance(part, LimitPart) else (part, "fail")
            out.append(Limit(kind=kind, amount=amount, level=level, key=f"{key}.{name}"))
        return tuple(out)


class FeatureBudgetPart(TotalPart):
    """Limits of one feature. A number fails the check; `{limit: 100, level: warn}` only warns."""

    max_call_usd: LimitField | None = Field(
        default=None, description="Mean cost of one call, of the dearest call site."
    )
    max_task_usd: LimitField | None = Field(default=None, description="Cost of a task.")
    max_outcome_usd: LimitField | None = Field(default=None, description="Cost of a business outcome.")


class AllowedPart(Part):
    models: Names = Field(description="Globs of model names.", examples=[["gpt-4o*", "claude-sonnet-*"]])
    level: Level = "fail"


class CountPart(Part):
    limit: Count
    level: Level = "fail"


def _count_form(value: object) -> str:
    return "levelled" if isinstance(value, dict | CountPart) else "number"


def _models_form(value: object) -> str:
    return "levelled" if isinstance(value, dict | AllowedPart) else "list"


class GuardrailsPart(Part):
    """Rules about what a change does. What the base already does is never blocked."""

    output_cap_on_new_sites: Level | None = Field(default=None, description="A new chat call must cap its output.")
    allowed_models: (
        Annotated[Annotated[Names, Tag("list")] | Annotated[AllowedPart, Tag("levelled")], Discriminator(_models_form)]
        | None
    ) = Field(default=None, description="Globs of the models that a change may bring in.")
    cache_breaking_change: Level | None = Field(default=None, description="A change that shortens the cached prefix.")
    max_unknown_sites: (
        Annotated[Annotated[Count, Tag("number")] | Annotated[CountPart, Tag("levelled")], Discriminator(_count_form)]
        | None
    ) = Field(default=None, description="Most call sites whose model or price is unknown.")

    def value(self) -> Guardrails:
        allowed, most = self.allowed_models, self.max_unknown_sites
        return Guardrails(
            output_cap_on_new_sites=self.output_cap_on_new_sites,
            allowed_models=allowed.models if isinstance(allowed, AllowedPart) else allowed,
            allowed_models_level=allowed.level if isinstance(allowed, AllowedPart) else "fail",
            cache_breaking_change=self.cache_breaking_change,
            max_unknown_sites=most.limit if isinstance(most, CountPart) else most,
            max_unknown_sites_level=most.level if isinstance(most, CountPart) else "fail",
        )


class BudgetsPart(Part):
    """What a change may cost. Judged on the likely amount; a range that ends above the limit warns."""

    total: TotalPart = Field(default_factory=TotalPart)
    every_feature: FeatureBudgetPart = Field(
        default_factory=FeatureBudgetPart, description="For each feature that has no such limit of its own."
    )
    features: dict[Name, FeatureBudgetPart] = Field(default_factory=dict)
    guardrails: GuardrailsPart = Field(default_factory=GuardrailsPart)
    unknown: Literal["pass", "warn", "fail"] = Field(default="warn", description="When a limit cannot be judged.")

    def value(self) -> Budgets:
        return Budgets(
            total=self.total.limits("budgets.total"),
            every_feature=self.every_feature.limits("budgets.every_feature"),
            features={name: part.limits(f"budgets.features.{name}") for name, part in self.features.items()},
            guardrails=self.guardrails.value(),
            unknown=self.unknown,
        )
