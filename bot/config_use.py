"""`features:` of `.aicost.yml`: which call sites belong to a product feature, and how its calls are used."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Self

from pydantic import Discriminator, Field, Tag, model_validator

from bot import config
from bot.config_parts import Amount, Factor, Glob, Name, Part, Share, WholeTokens, known
from bot.model import Range, Spread, Tokens
from bot.spread import mean_tokens
from prompts_scanner.model import Operation

# How far the mean of real traffic lies from the mean of the lognormal with the same p50 and p95: measured on the input
# and output of four public traces (Azure LLM inference 2023 code and conversation, Mooncake conversation and
# synthetic), 0.793 to 1.225. The figures are in tests/traffic/test_amounts.py.
MEAN_BELOW = Decimal("0.79")
MEAN_ABOVE = Decimal("1.23")


class AmountPart(Part):
    """A number that varies: its `mean`; or `low`, `likely`, `high`; or, for tokens, `p50` and `p95` (and the `mean`)."""

    mean: Amount | None = None
    p50: Amount | None = None
    p95: Amount | None = None
    low: Amount | None = None
    likely: Amount | None = None
    high: Amount | None = None

    @model_validator(mode="after")
    def is_one_form(self) -> Self:
        given = {name for name, value in known(self).items() if value is not None}
        if given not in ({"mean"}, {"p50", "p95"}, {"p50", "p95", "mean"}, {"low", "likely", "high"}):
            raise ValueError("give `mean`, or `p50` and `p95`, or `low`, `likely` and `high`")
        if self.p50 is not None and self.p95 is not None and not 0 < self.p50 <= self.p95:
            raise ValueError("`p50` must be above 0 and not above `p95`")
        if self.low is not None and self.likely is not None and self.high is not None:
            _ordered(self.low, self.likely, self.high)
        return self


class MonthlyPart(Part):
    """Calls a month as a range."""

    low: Amount
    likely: Amount
    high: Amount

    @model_validator(mode="after")
    def is_ordered(self) -> Self:
        _ordered(self.low, self.likely, self.high)
        return self


def _ordered(low: Decimal, likely: Decimal, high: Decimal) -> None:
    if not low <= likely <= high:
        raise ValueError("must be in order: `low` ≤ `likely` ≤ `high`")


def _form(value: object) -> str:
    return "range" if isinstance(value, dict | AmountPart | MonthlyPart) else "number"


AmountField = Annotated[Annotated[Amount, Tag("number")] | Annotated[AmountPart, Tag("range")], Discriminator(_form)]
MonthlyField = Annotated[Annotated[Amount, Tag("number")] | Annotated[MonthlyPart, Tag("range")], Discriminator(_form)]


class UsePart(Part):
    """How calls are used. What is left out stays unknown: it is shown as unknown and never taken as 0."""

    calls_per_month: MonthlyField | None = Field(default=None, description="Calls of one call site a month.")
    calls_per_task: Factor | None = Field(
        default=None, description="Calls of one call site for one task: turns, retries apart."
    )
    dynamic_input_tokens: AmountField | None = Field(
        default=None,
        description="Run-time input of a call: what fills the holes of the prompt, history and passages included.",
    )
    output_tokens: AmountField | None = Field(default=None, description="Output of a call, reasoning included.")
    reasoning_tokens: AmountField | None = Field(default=None, description="The part of the output that is reasoning.")
    tool_result_tokens: AmountField | None = Field(
        default=None, description="What tools return in one turn of an agent."
    )
    request_tokens: AmountField | None = Field(
        default=None,
        description="Run-time input of an agent's first turn. With `tool_result_tokens`, `output_tokens` and "
        "`calls_per_task` it makes `dynamic_input_tokens` where that is not given: each turn sends all that was said before.",
    )
    history_limit_tokens: WholeTokens | None = Field(
        default=None, description="Of what was said before, a turn of an agent sends at most so much again."
    )
    cache_hit_share: Share | None = Field(
        default=None, description="Share of calls that find the stable prefix cached."
    )
    batch_share: Share | None = Field(default=None, description="Share of calls sent at the batch rate.")
    batchable_share: Share | None = Field(default=None, description="Share of calls that nobody waits for.")
    retry_share: Factor | None = Field(default=None, description="Extra billed calls for each call.")

    def use(self) -> config.Use:
        tokens = {
            name: _tokens(getattr(self, name))
            for name in (
                "dynamic_input_tokens",
                "output_tokens",
                "reasoning_tokens",
                "tool_result_tokens",
                "request_tokens",
            )
        }
        return config.Use(
            calls_per_month=_monthly(self.calls_per_month),
            calls_per_task=self.calls_per_task,
            dynamic_input_tokens=tokens["dynamic_input_tokens"],
            dynamic_input_spread=_spread(self.dynamic_input_tokens),
            output_tokens=tokens["output_tokens"],
            output_spread=_spread(self.output_tokens),
            reasoning_tokens=tokens["reasoning_tokens"],
            tool_result_tokens=tokens["tool_result_tokens"],
            request_tokens=tokens["request_tokens"],
            history_limit_tokens=self.history_limit_tokens,
            cache_hit_share=self.cache_hit_share,
            batch_share=self.batch_share,
            batchable_share=self.batchable_share,
            retry_share=self.retry_share,
        )


class MatchPart(UsePart):
    """Call sites: all globs given must fit. Numbers here hold for these sites in place of the feature's."""

    path: Glob | None = Field(default=None, description="Glob of the file's path; `*` also crosses `/`.")
    symbol: Glob | None = Field(default=None, description="Glob of the function or method that calls.")
    sdk: Glob | None = Field(default=None, description="Glob of the library: `openai`, `anthropic`, `vercel-ai`.")
    prompt: Glob | None = Field(default=None, description="Glob of a prompt's name, or of the path of its file.")
    operation: Operation | None = Field(default=None, description="Kind of call.")

    @model_validator(mode="after")
    def names_something(self) -> Self:
        if not any((self.path, self.symbol, self.sdk, self.prompt, self.operation)):
            raise ValueError("needs one of `path`, `symbol`, `sdk`, `prompt`, `operation`")
        return self

    def value(self, key: str) -> config.Match:
        return config.Match(
            path=self.path,
            symbol=self.symbol,
            sdk=self.sdk,
            prompt=self.prompt,
            operation=self.operation,
            use=self.use(),
            key=key,
        )


class OutcomePart(Part):
    """The business outcome of a successful task."""

    name: Name = Field(description="One of it, such as `resolved conversation`.")
    share: Share = Field(description="Share of the successful tasks that end in it.")


class FeaturePart(UsePart):
    """A product feature. Token numbers are those of its chat calls; other operations need numbers in their `match`."""

    match: tuple[MatchPart, ...] = Field(default=(), max_length=500)
    profile: Name | None = Field(
        default=None, description="Traffic profile under `.aicost/profiles/`; numbers here go before it."
    )
    prior: config.PriorName | None = Field(
        default=None,
        description="A public trace to assume input and output tokens from, where no number here and no profile tells.",
    )
    success_share: Share | None = Field(default=None, description="Share of tasks that succeed.")
    outcome: OutcomePart | None = None

    def value(self, name: str) -> config.Feature:
        key = f"features.{name}"
        return config.Feature(
            name=name,
            matches=tuple(part.value(f"{key}.match[{i}]") for i, part in enumerate(self.match)),
            use=self.use(),
            success_share=self.success_share,
            outcome_name=self.outcome.name if self.outcome else None,
            outcome_share=self.outcome.share if self.outcome else None,
            profile=self.profile,
            prior=self.prior,
            key=key,
        )


def _monthly(part: Decimal | MonthlyPart | None) -> Range[Decimal] | None:
    if part is None:
        return None
    return Range.exactly(part) if isinstance(part, Decimal) else Range(part.low, part.likely, part.high)


def _spread(part: Decimal | AmountPart | None) -> Spread | None:
    if not isinstance(part, AmountPart) or part.p50 is None or part.p95 is None:
        return None
    return Spread(p50=_whole(part.p50), p95=_whole(part.p95))


def _tokens(part: Decimal | AmountPart | None) -> Tokens | None:
    """The range of the mean. A mean that is given is exact; one made of p50 and p95 has the error of its shape."""
    if part is None:
        return None
    if isinstance(part, Decimal):
        return Range.exactly(_whole(part))
    if part.mean is not None:
        return Range.exactly(_whole(part.mean))
    if part.low is not None and part.likely is not None and part.high is not None:
        return Range(_whole(part.low), _whole(part.likely), _whole(part.high))
    spread = _spread(part)
    mean = mean_tokens(spread) if spread is not None else None
    if mean is None:
        return None
    return Range(_whole(mean * MEAN_BELOW), _whole(mean), _whole(mean * MEAN_ABOVE))


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))
