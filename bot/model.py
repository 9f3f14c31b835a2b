"""The values of the priced side: ranges, token estimates, rates, cost lines, changes, advice, verdict, review.

Tokens are `int`, money is `Decimal` US dollars (other currencies only in rendering). A quantity that is not known is
`None` and stays visible as unknown; it is never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Generic, Literal, TypeVar

from prompts_scanner.model import CallSite, Gap, Hole, Span, Tool

N = TypeVar("N", int, Decimal)
Method = Literal["observed", "exact", "calibrated", "ratio", "assumption", "config", "unknown"]
# A billed token is in exactly one class; "request" is what is billed by the use and not by the token.
TokenClass = Literal["input", "output", "reasoning", "cache_read", "cache_write", "request"]
What = Literal[
    "prompt", "tools", "retrieval", "model", "output_cap", "reasoning", "cache", "loop", "price", "traffic", "site"
]
Direction = Literal["up", "down", "none", "mixed", "unknown"]
Outcome = Literal["pass", "warn", "fail", "unknown"]

MTOK = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Range(Generic[N]):
    """`low <= likely <= high`, of tokens (int) or dollars (Decimal)."""

    low: N
    likely: N
    high: N

    def __post_init__(self) -> None:
        if not self.low <= self.likely <= self.high:
            raise ValueError(f"not a range: {self.low} <= {self.likely} <= {self.high}")

    @classmethod
    def exactly(cls, value: N) -> Range[N]:
        return cls(value, value, value)

    def __add__(self, other: Range[N]) -> Range[N]:
        return Range(self.low + other.low, self.likely + other.likely, self.high + other.high)

    def __neg__(self) -> Range[N]:
        return Range(-self.high, -self.likely, -self.low)

    def __sub__(self, other: Range[N]) -> Range[N]:
        return self + (-other)

    def union(self, other: Range[N]) -> Range[N]:
        """The smallest range around both; the likely value stays this one's."""
        return Range(min(self.low, other.low), self.likely, max(self.high, other.high))

    def map(self, f: Callable[[N], N]) -> Range[N]:
        """Apply a monotonic function to all three; the ends are put in order again."""
        a, b, c = f(self.low), f(self.likely), f(self.high)
        return Range(min(a, c), b, max(a, c))

    @property
    def is_exact(self) -> bool:
        return self.low == self.high


Tokens = Range[int]
Usd = Range[Decimal]
NO_TOKENS: Tokens = Range(0, 0, 0)
NO_USD: Usd = Range(Decimal(0), Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCount:
    """An answer of a counter: how many tokens, how it was counted, and where the constants come from."""

    tokens: Tokens
    method: Method
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestShape:
    """What a static request sends, for a counter: texts by role in the order sent, tools as provider JSON, options.

    `forced_tool` when the call forces a tool; `schema` is the structured-output JSON schema text, if any.
    """

    model: str
    provider: str | None
    endpoint: str
    messages: tuple[tuple[str, str], ...]
    tools: tuple[Tool, ...] = ()
    schema: str | None = None
    forced_tool: bool = False
    thinking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCount:
    """Input tokens of a whole request, in parts: `messages[i]` belongs to `RequestShape.messages[i]`.

    `tokenizer`: models of one name split a text into the same tokens; "" where that is not known.
    """

    messages: tuple[TokenCount, ...]
    tools: tuple[TokenCount, ...]
    schema: TokenCount | None
    overhead: TokenCount
    tokenizer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Rates for requests of more than `above_input_tokens` input tokens; they apply to the whole request."""

    above_input_tokens: int
    input_usd_per_mtok: Decimal | None
    output_usd_per_mtok: Decimal | None
    cache_read_usd_per_mtok: Decimal | None = None
    cache_write_usd_per_mtok: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What a model costs on a day, in US dollars per million tokens; None means that the catalogue has no such price.

    `model` is the catalogue's own name, `source` the catalogue and its date, `source_url` the provider's price page.
    `batch_factor` multiplies input and output when sent as a batch (0.5 = half price), cached tokens too where
    `batch_discounts_cached` says so. `min_cacheable_tokens`,
    `cache_increment_tokens`, `cache_ttl_seconds` and `cache_mode` ("automatic" | "explicit") describe prompt caching.
    `cache_storage_usd_per_mtok_hour`: what it costs to keep a million tokens in a cache that the program makes itself.
    `usd_per_request` is what one request costs apart from tokens (a rerank search); `fees` maps a hosted tool to USD
    per use, `fee_sources` to the page that says so where it is another one than `source`.
    """

    model: str
    provider: str
    input_usd_per_mtok: Decimal | None
    output_usd_per_mtok: Decimal | None
    cache_read_usd_per_mtok: Decimal | None = None
    cache_write_usd_per_mtok: Decimal | None = None
    cache_write_1h_usd_per_mtok: Decimal | None = None
    batch_factor: Decimal | None = None
    batch_discounts_cached: bool | None = None
    usd_per_request: Decimal | None = None
    tiers: tuple[Tier, ...] = ()
    min_cacheable_tokens: int | None = None
    cache_increment_tokens: int | None = None
    cache_ttl_seconds: int | None = None
    cache_mode: Literal["automatic", "explicit"] | None = None
    cache_storage_usd_per_mtok_hour: Decimal | None = None
    context_tokens: int | None = None
    max_output_tokens: int | None = None
    fees: Mapping[str, Decimal] = field(default_factory=dict)
    fee_sources: Mapping[str, str] = field(default_factory=dict)
    as_of: date
    source: str
    source_url: str = ""
    free: bool = False

    def for_input(self, input_tokens: int) -> Rates:
        """The rates of the tier that a request of this many input tokens falls in."""
        chosen = [t for t in self.tiers if input_tokens > t.above_input_tokens]
        if not chosen:
            return self
        tier = max(chosen, key=lambda t: t.above_input_tokens)
        return replace(
            self,
            input_usd_per_mtok=tier.input_usd_per_mtok or self.input_usd_per_mtok,
            output_usd_per_mtok=tier.output_usd_per_mtok or self.output_usd_per_mtok,
            cache_read_usd_per_mtok=tier.cache_read_usd_per_mtok or self.cache_read_usd_per_mtok,
            cache_write_usd_per_mtok=tier.cache_write_usd_per_mtok or self.cache_write_usd_per_mtok,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPrice:
    """No price is known for `model`; `nearest` are names that the catalogue has. Shown as "no price", never as 0."""

    model: str
    reason: str
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How an amount of tokens is spread over calls: `points` (tokens, calls) of a histogram, else its p50 and p95.

    With p50 and p95 alone it is taken as lognormal, which is said wherever a number rests on it.
    """

    p50: int | None = None
    p95: int | None = None
    points: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What is known of a feature's real use. None means unknown. Per call site, unless the name says otherwise.

    The `likely` of a token range is the mean. `cache_hit_share`: share of calls that find the stable prefix cached;
    `gap_shares`: seconds -> share of calls that come within them after another with the same prompt.
    `reasoning_tokens` are part of `output_tokens`; `retry_share`: extra billed calls per call; `batchable_share`: share
    of calls nobody waits for; `history_read_share`: share of the run-time input that was read from a cache;
    `request_tokens`: run-time input of an agent's first turn; `history_limit_tokens`: of what was said before, a turn
    sends at most so much again; `cost_points`: (dynamic input, output, calls) of the joint distribution. `assumed` names the numbers that are a public
    trace's and not this feature's.
    """

    feature: str
    calls_per_month: Usd | None = None
    calls_per_task: Decimal | None = None
    dynamic_input_tokens: Tokens | None = None
    output_tokens: Tokens | None = None
    cache_hit_share: Decimal | None = None
    batch_share: Decimal | None = None
    success_share: Decimal | None = None
    outcome_share: Decimal | None = None
    outcome_name: str | None = None
    source: str = "config"
    days_observed: int | None = None
    dynamic_input_spread: Spread | None = None
    output_spread: Spread | None = None
    reasoning_tokens: Tokens | None = None
    tool_result_tokens: Tokens | None = None
    request_tokens: Tokens | None = None
    history_limit_tokens: int | None = None
    retry_share: Decimal | None = None
    batchable_share: Decimal | None = None
    history_read_share: Decimal | None = None
    gap_shares: Mapping[int, Decimal] = field(default_factory=dict)
    cost_points: tuple[tuple[int, int, int], ...] = ()
    assumed: tuple[str, ...] = ()

    def method(self, number: str) -> Method:
        """How one of the numbers is known."""
        if number in self.assumed:
            return "assumption"
        return "observed" if self.days_observed else "config"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """The part of a request, in the order the provider reads it, that is the same on every call.

    `tokens` up to the first hole `ends_at` (None: the whole known request); `cacheable_tokens` after the model's
    minimum and increments (None: the model's limits are not known); `enabled`: the request asks for caching, or the
    provider caches by itself; `behind_tokens`: stable text that stands behind the hole and is lost to the cache;
    `written_in_vain_tokens`: what each call writes to a cache that no other call can read. `reason` says why not.
    """

    tokens: Tokens
    cacheable_tokens: Tokens | None
    minimum_tokens: int | None
    enabled: bool
    mode: Literal["automatic", "explicit"] | None
    ends_at: Hole | None = None
    behind_tokens: int = 0
    written_in_vain_tokens: int = 0
    hit_share: Decimal | None = None
    hit_source: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """One line of the sum: `tokens_per_call` × `usd_per_mtok`. A total is always a sum of lines.

    `tokens_per_call` None: the amount is known only at run time; then `units` (such as 4 chunks) tells how many times
    the unknown amount is sent, so that two lines can still be compared. `mix`: where a part of the calls finds the
    tokens cached, (class, share of the tokens, USD per million) of each class; the shares sum to 1 and `usd_per_mtok`
    is their weighted mean, so that no token is charged twice. `ends_usd_per_mtok`: the rates at the low and at the high
    end of the request, where one of them falls in another price tier.
    """

    part: str
    label: str
    token_class: TokenClass
    tokens_per_call: Tokens | None
    usd_per_mtok: Decimal | None
    method: Method
    source: str
    span: Span | None = None
    units: Decimal = Decimal(1)
    usd_per_use: Decimal | None = None
    mix: tuple[tuple[TokenClass, Decimal, Decimal], ...] = ()
    ends_usd_per_mtok: tuple[Decimal, Decimal] | None = None

    @property
    def usd_per_call(self) -> Usd | None:
        if self.usd_per_use is not None:
            return Range.exactly(self.usd_per_use)
        tokens, rate = self.tokens_per_call, self.usd_per_mtok
        if tokens is None or rate is None:
            return None
        low, high = self.ends_usd_per_mtok or (rate, rate)
        return Range(tokens.low * low / MTOK, tokens.likely * rate / MTOK, tokens.high * high / MTOK)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCost:
    """What one call costs: the lines; `known` is the sum of those that can be priced, `unknown` the rest."""

    lines: tuple[CostLine, ...]

    @property
    def usd_per_call(self) -> Usd:
        total = NO_USD
        for line in self.lines:
            cost = line.usd_per_call
            if cost is not None:
                total = total + cost
        return total

    @property
    def input_tokens(self) -> Tokens:
        total = NO_TOKENS
        for line in self.lines:
            if line.tokens_per_call is not None and line.token_class in ("input", "cache_read", "cache_write"):
                total = total + line.tokens_per_call
        return total

    @property
    def tokens_by_class(self) -> dict[TokenClass, Decimal]:
        """Likely tokens of a call by billed class; every token counts once."""
        out: dict[TokenClass, Decimal] = {}
        for line in self.lines:
            if line.tokens_per_call is None:
                continue
            for name, share, _ in line.mix or ((line.token_class, Decimal(1), Decimal(0)),):
                out[name] = out.get(name, Decimal(0)) + share * line.tokens_per_call.likely
        return out

    @property
    def unknown(self) -> tuple[CostLine, ...]:
        return tuple(line for line in self.lines if line.usd_per_call is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedSite:
    """A call site with its cost for the likeliest model (`cost`) and for every candidate (`candidates`).

    `prefix` is what of the request a provider can cache, for the likeliest model. `tiers`: (input tokens, the lines of a
    call with more), from 0 on, where calls fall in several price tiers.
    """

    site: CallSite
    feature: str
    rates: Rates | NoPrice
    cost: UnitCost
    candidates: tuple[tuple[str, UnitCost], ...] = ()
    traffic: Traffic | None = None
    worst_case_usd_per_call: Decimal | None = None
    prefix: Prefix | None = None
    tiers: tuple[tuple[int, UnitCost], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a cost moved: `usd_per_call` is None where only the sign (-1, 0, 1, None for not even that) is known.

    `per_unit` says what the unknown part costs, in words of numbers: ("1,000 output tokens", 0.002 USD).
    """

    what: What
    detail: str
    span: Span
    delta_tokens: Tokens | None
    usd_per_call: Usd | None
    sign: int | None
    per_unit: tuple[str, Decimal] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostQuantiles:
    """US dollars of one call, over the calls of the profile."""

    p50: Decimal
    p95: Decimal
    p99: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What the change would cost a call if an assumption were otherwise; no part of the sampling interval."""

    assumption: str
    usd_per_call: Decimal
    usd_per_month: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How sure a change's mean is, from the calls of a traffic profile: the same calls before and after.

    `usd_per_call`: the 95 % interval of the mean, clustered by task. `usd_per_month` is at the profile's volume.
    `effective_calls`: as many independent calls would tell as much. `what_if` is the range of the assumptions, apart.
    """

    usd_per_call: Usd
    usd_per_month: Usd | None
    calls: int
    effective_calls: int
    before: CostQuantiles
    after: CostQuantiles
    what_if: tuple[WhatIf, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A call site (or an untied surface) whose cost or content differs. Causes sum to the delta.

    `sampling`: only where the traffic is measured and both sides are priced.
    """

    id: str
    kind: Literal["added", "removed", "changed"]
    feature: str
    label: str
    span: Span
    before: PricedSite | None
    after: PricedSite | None
    causes: tuple[Cause, ...]
    below_noise: bool = False
    sampling: Sampling | None = None

    @property
    def delta_usd_per_call(self) -> Usd | None:
        """The sum of the causes that have an amount; None when none of them has."""
        known = [c.usd_per_call for c in self.causes if c.usd_per_call is not None]
        if not known:
            return None
        total = NO_USD
        for usd in known:
            total = total + usd
        return total

    @property
    def delta_input_tokens(self) -> Tokens:
        total = NO_TOKENS
        for cause in self.causes:
            if cause.delta_tokens is not None and cause.what not in ("output_cap", "reasoning"):
                total = total + cause.delta_tokens
        return total

    @property
    def calls_per_month(self) -> Usd | None:
        """At unchanged traffic: the base's, also of a site that moves out of its feature; else the head's."""
        for side in (self.before, self.after):
            if side is not None and side.traffic is not None and side.traffic.calls_per_month is not None:
                return side.traffic.calls_per_month
        return None

    @property
    def delta_usd_per_month(self) -> Usd | None:
        per_call, calls = self.delta_usd_per_call, self.calls_per_month
        if per_call is None or calls is None:
            return None
        ends = [p * c for p in (per_call.low, per_call.high) for c in (calls.low, calls.high)]
        return Range(min(ends), per_call.likely * calls.likely, max(ends))


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing to do, with what it saves. `edit` is the change to make; `caution` when not to do it.

    `also_site_ids`: further call sites that the same edit changes, or that the same is said of.
    """

    lever: str
    site_id: str
    feature: str
    span: Span
    title: str
    saving_usd_per_1k_calls: Usd | None
    saving_usd_per_month: Usd | None
    confidence: Literal["low", "medium", "high"]
    effort: Literal["low", "medium", "high"]
    why: str
    edit: str
    caution: str = ""
    doc_url: str = ""
    also_site_ids: tuple[str, ...] = ()

    @property
    def may_cost_more(self) -> bool:
        """Whether it costs more at one end of its range: worth a look, but no saving to count on."""
        known = (self.saving_usd_per_1k_calls, self.saving_usd_per_month)
        return any(usd is not None and usd.low < 0 for usd in known)


# What an exceeded budget does to the check.
Level = Literal["warn", "fail"]
BudgetKind = Literal[
    "usd_per_call", "usd_per_task", "usd_per_outcome", "usd_per_month", "increase_usd_per_month", "increase_percent"
]
# What the number of a finding counts.
Unit = Literal["usd", "percent", "sites", "models", "points", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One budget: the most that `kind` may be; `key` is where the configuration says it."""

    kind: BudgetKind
    amount: Decimal
    level: Level
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrails:
    """Rules about what a change does, each None when it is off. `allowed_models` are globs."""

    output_cap_on_new_sites: Level | None = None
    allowed_models: tuple[str, ...] | None = None
    allowed_models_level: Level = "fail"
    cache_breaking_change: Level | None = None
    max_unknown_sites: int | None = None
    max_unknown_sites_level: Level = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """All limits of the base's configuration. `every_feature` holds for a feature that has no such limit of its own.

    `unknown`: what it does to the check when a limit cannot be judged, because a number is missing.
    """

    total: tuple[Limit, ...] = ()
    every_feature: tuple[Limit, ...] = ()
    features: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict)
    guardrails: Guardrails = Guardrails()
    unknown: Literal["pass", "warn", "fail"] = "warn"

    def for_feature(self, feature: str) -> tuple[Limit, ...]:
        own = self.features.get(feature, ())
        taken = {limit.kind for limit in own}
        return own + tuple(limit for limit in self.every_feature if limit.kind not in taken)

    @property
    def any(self) -> bool:
        """Whether there is anything to judge by."""
        return bool(self.total or self.every_feature or self.features or self.guardrails != Guardrails())


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One budget judged. `limit` and `actual` are plain words; the numbers beside them are for rendering.

    `key` is the budget's place in the configuration, `amount` the limit, `before` and `after` what it is on either
    side. `note` says what the reader must know (what is not counted, why it is only a warning).
    """

    budget: str
    limit: str
    actual: str
    outcome: Outcome
    feature: str | None = None
    span: Span | None = None
    key: str = ""
    unit: Unit = ""
    amount: Decimal | None = None
    before: Range[Decimal] | None = None
    after: Range[Decimal] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One metric of an evaluation: the mean `value` over `samples`. `share`: each sample scores between 0 and 1.

    `standard_error` in the metric's own units; None where the results do not tell.
    """

    metric: str
    value: Decimal
    samples: int | None
    share: bool
    standard_error: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """One metric on both sides. `sources` are the files that it was read from."""

    metric: str
    base: Measure
    head: Measure
    sources: tuple[str, str]

    @property
    def change_points(self) -> Decimal:
        """Percentage points of a share; the metric's own units of anything else."""
        return (self.head.value - self.base.value) * (100 if self.base.share and self.head.share else 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRule:
    """A gain under `min_gain_points` that costs over `max_cost_increase_percent` a task needs a justification.

    For `metric` (None: the only one) of the calls of `feature` (None: all). With fewer than `min_samples` on a side
    the rule is unknown. `max_loss_points`: what quality may lose at any cost.
    """

    min_gain_points: Decimal
    max_cost_increase_percent: Decimal
    key: str
    metric: str | None = None
    feature: str | None = None
    level: Level = "fail"
    min_samples: int = 1
    higher_is_better: bool = True
    max_loss_points: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Justification:
    """Who accepts the cost and why. `by` and `role` come from the host (who has write access), never from the change."""

    by: str
    role: str
    why: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The worst of the findings. `blocks`: the check fails. `judged`: how many limits and rules were asked; 0: none set."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    blocks: bool = False
    judged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of the head was understood. `sites_by_context` counts call sites left out of totals too."""

    sites: int
    priced: int
    no_price: int
    model_unknown: int
    files_seen: int
    files_parsed: int
    files_vendored: int = 0
    left_out: tuple[tuple[str, int], ...] = ()


SCHEMA_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """All that a renderer or a host ever sees.

    `advice_usd_per_month`: what all the `advice` saves when it is done together, where a site's volume is known. It is
    less than the sum where two pieces save the same tokens.
    """

    schema_version: str
    tool_version: str
    base: str
    head: str
    prices_as_of: date
    changes: tuple[Change, ...]
    sites: tuple[PricedSite, ...]
    advice: tuple[Advice, ...]
    verdict: Verdict
    gaps: tuple[Gap, ...]
    new_gaps: tuple[Gap, ...]
    coverage: Coverage
    assumptions: tuple[str, ...] = ()
    direction: Direction = "none"
    advice_usd_per_month: Usd | None = None
