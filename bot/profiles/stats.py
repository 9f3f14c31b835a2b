"""What a call costs, and how sure that is: closed forms from a profile's mean vector, covariance and task sums.

Cost is linear in the token classes, so `mean = p·μ` and `SE = sqrt(pᵀΣp / n)` for any prices p, without the rows. Calls of
one task resemble each other: the design effect of the task sums (ratio delta method) widens every interval. Sampling
error and assumptions (longer outputs, other hit rates) are never folded together. Money is USD; p is USD per token.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist

from bot.model import MTOK, Rates
from bot.profiles.quantiles import cost_points, weighted_quantiles
from bot.profiles.schema import CLASSES, COV_PAIRS, INPUT_CLASSES, OUTPUT_CLASSES, Hist, ModelProfile, Profile

MIN_CALLS = (
    300  # below this the t-interval covers too rarely even for mild skew (simulated, benchmarks/profile_coverage.py)
)
COCHRAN = (
    25  # Cochran, Sampling Techniques (3rd ed. 1977), section 2.15: n > 25·skew² for a normal interval of the mean
)
# Reference cost for the skew: output at five times the input price, the ratio of most price lists of 2026
# (Sonnet 5: 3 / 15, Opus 5: 5 / 25, Haiku 4.5: 1 / 5 USD per million tokens).
REF_OUTPUT_RATIO = 5.0

Vector = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """USD per million tokens of each token class, in the order of `CLASSES`."""

    usd_per_mtok: tuple[Decimal, ...]

    @property
    def usd_per_token(self) -> Vector:
        return tuple(float(p / MTOK) for p in self.usd_per_mtok)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean in USD with its 95 % sampling interval. `design_effect` is 1 where no tasks are known."""

    low_usd: Decimal
    mean_usd: Decimal
    high_usd: Decimal
    se_usd: float
    n: int
    design_effect: float

    @property
    def relative_half_width(self) -> float | None:
        return float((self.high_usd - self.mean_usd) / self.mean_usd) if self.mean_usd else None


def prices_of(rates: Rates, model: ModelProfile) -> Prices | None:
    """The prices of the six classes; None when a class that the profile has tokens of has no known price."""
    write = rates.cache_write_usd_per_mtok
    found = {
        "uncached_input": rates.input_usd_per_mtok,
        "cache_read": rates.cache_read_usd_per_mtok,
        "cache_write_5m": write,
        "cache_write_1h": rates.cache_write_1h_usd_per_mtok,
        "output_visible": rates.output_usd_per_mtok,
        "reasoning": rates.output_usd_per_mtok,  # providers bill reasoning as output
    }
    if any(found[c] is None and model.mean[c] > 0 for c in CLASSES):
        return None
    return Prices(usd_per_mtok=tuple(found[c] or Decimal(0) for c in CLASSES))


def mean_usd(model: ModelProfile, prices: Prices) -> float:
    return _dot(prices.usd_per_token, _mu(model))


def variance_usd2(model: ModelProfile, prices: Prices) -> float:
    """Variance of the cost of one call: pᵀΣp."""
    return _quadratic(prices.usd_per_token, model.cov_upper)


def cost_per_call(profile: Profile, prices: Mapping[str, Prices], confidence: float = 0.95) -> Interval | None:
    """Mean cost of a call over the profile's models, clustered by task. None when a model has no prices."""
    if any(m.model not in prices for m in profile.models):
        return None
    vectors = {m.model: prices[m.model].usd_per_token for m in profile.models}
    return _interval(profile, vectors, constant={m.model: 0.0 for m in profile.models}, confidence=confidence)


def paired_delta(
    profile: Profile,
    before: Mapping[str, Prices],
    after: Mapping[str, Prices],
    *,
    added_input_tokens: float = 0.0,
    output_factor: float = 1.0,
    confidence: float = 0.95,
) -> Interval | None:
    """The change of the mean cost on the *same* calls: Δ_i is linear in the call's tokens, so it has a closed form.

    `added_input_tokens` are uncached tokens more per call (the exact difference of the static text), `output_factor`
    scales visible output and reasoning. A constant addition alone has no sampling error at all.
    """
    names = [m.model for m in profile.models]
    if any(name not in before or name not in after for name in names):
        return None
    vectors, constant = {}, {}
    for name in names:
        old, new = before[name].usd_per_token, after[name].usd_per_token
        scaled = tuple(p * (output_factor if c in OUTPUT_CLASSES else 1.0) for p, c in zip(new, CLASSES, strict=True))
        vectors[name] = tuple(b - a for a, b in zip(old, scaled, strict=True))
        constant[name] = added_input_tokens * new[0]
    return _interval(profile, vectors, constant=constant, confidence=confidence)


def linear_change(
    profile: Profile,
    *,
    mean_usd: float,
    usd_per_input_token: float,
    usd_per_output_token: float,
    confidence: float = 0.95,
) -> Interval:
    """A change of the mean cost of a call that is linear in its tokens: Δ_i = constant + a·input_i + b·output_i.

    `mean_usd` is the mean of Δ; a and b are how the prices of a token differ. Paired: the same calls before and after.
    """
    per_token = {
        **dict.fromkeys(INPUT_CLASSES, usd_per_input_token),
        **dict.fromkeys(OUTPUT_CLASSES, usd_per_output_token),
    }
    vector = tuple(per_token[c] for c in CLASSES)
    n = profile.calls.n
    moving = sum(m.n / n * _dot(vector, _mu(m)) for m in profile.models)
    names = [m.model for m in profile.models]
    return _interval(
        profile, dict.fromkeys(names, vector), dict.fromkeys(names, mean_usd - moving), confidence=confidence
    )


def change_at_points(
    profile: Profile,
    changes: Sequence[tuple[float, int]],
    *,
    mean_usd: float,
    usd_per_input_token: float,
    usd_per_output_token: float,
    confidence: float = 0.95,
) -> Interval:
    """The same where Δ is not linear (an output cap): from (Δ of a call, calls) at the joint cells.

    The two prices only weigh how calls of one task resemble each other.
    """
    n = sum(w for _, w in changes)
    mean = sum(d * w for d, w in changes) / n
    variance = sum(w * (d - mean) ** 2 for d, w in changes) / max(1, n - 1)
    effect = design_effect(profile, usd_per_input_token, usd_per_output_token)
    clusters = profile.tasks.n if profile.tasks else n
    se = math.sqrt(variance * effect / n)
    return _around(mean_usd, se, n, effect, confidence, degrees=min(n, clusters) - 1)


def cost_per_task(profile: Profile, prices: Mapping[str, Prices], confidence: float = 0.95) -> Interval | None:
    """Mean cost of a task: Σ cost ÷ tasks. The spread comes from the task sums at the feature's blended prices."""
    tasks = profile.tasks
    per_call = cost_per_call(profile, prices, confidence)
    if tasks is None or per_call is None:
        return None
    s, t = tasks.sums, tasks.n
    p_in, p_out = _blended(profile, {m.model: prices[m.model].usd_per_token for m in profile.models})
    mean = p_in * s.in_ / t + p_out * s.out / t
    square = p_in**2 * s.in2 + p_out**2 * s.out2 + 2 * p_in * p_out * s.in_out
    se = math.sqrt(max(0.0, square / t - mean**2) / max(1, t - 1))
    return _around(mean, se, t, per_call.design_effect, confidence)


def cost_per_success(profile: Profile, prices: Mapping[str, Prices]) -> Decimal | None:
    """Cost per task ÷ success rate; None when either is unknown or nothing succeeded."""
    per_task = cost_per_task(profile, prices)
    success = profile.tasks.success if profile.tasks else None
    if per_task is None or success is None or success.rate == 0:
        return None
    return per_task.mean_usd / Decimal(repr(success.rate))


def quantiles_usd(
    model: ModelProfile,
    prices: Prices,
    qs: Sequence[float],
    *,
    added_input_tokens: float = 0.0,
    output_factor: float = 1.0,
) -> tuple[float, ...]:
    """Quantiles of the cost of one call. Input and output are priced at the model's own mix of classes."""
    p_in, p_out = _blend(model, prices.usd_per_token)
    plain = prices.usd_per_token[0]
    points = cost_points(
        model.joint.table(),
        model.hist.input.counts(),
        model.hist.output.counts(),
        hist_base=model.hist.base,
        joint_base=model.joint.base,
    )
    return weighted_quantiles(
        (
            (
                p_in * p.input_tokens + plain * added_input_tokens + p_out * output_factor * p.output_tokens,
                p.calls,
            )
            for p in points
        ),
        qs,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CostMoments:
    """Of the reference cost (input + 5 × output): calls, mean, and the sums of squares and cubes around it."""

    n: int
    mean: float
    squares: float
    cubes: float

    @property
    def skew(self) -> float | None:
        """None for a constant cost."""
        return math.sqrt(self.n) * self.cubes / self.squares**1.5 if self.squares > 0 else None

    def __add__(self, other: CostMoments) -> CostMoments:
        """Both together (Chan, Golub & LeVeque 1983; Pébay 2008 for the cubes)."""
        n = self.n + other.n
        gap = other.mean - self.mean
        share = self.n * other.n / n
        return CostMoments(
            n=n,
            mean=self.mean + gap * other.n / n,
            squares=self.squares + other.squares + gap**2 * share,
            cubes=self.cubes
            + other.cubes
            + gap**3 * share * (self.n - other.n) / n
            + 3 * gap * (self.n * other.squares - other.n * self.squares) / n,
        )


def cost_moments(cells: Iterable[tuple[int, ...]]) -> CostMoments:
    """From joint cells (i, o, n, tokens of input and of output), each call at its cell's mean."""
    values = [((x + REF_OUTPUT_RATIO * y) / n, n) for _, _, n, x, y in cells]
    n = sum(w for _, w in values)
    mean = sum(v * w for v, w in values) / n
    squares = cubes = 0.0
    for v, w in values:
        square = w * (v - mean) ** 2
        squares += square
        cubes += square * (v - mean)
    return CostMoments(n=n, mean=mean, squares=squares, cubes=cubes)


def calls_needed(skew: float | None) -> int:
    """How many calls an honest 95 % interval needs: max(300, 25·skew²)."""
    return max(MIN_CALLS, math.ceil(COCHRAN * skew**2)) if skew is not None else MIN_CALLS


def design_effect(profile: Profile, p_in: float, p_out: float) -> float:
    """How much the clustering by task inflates the variance of the mean of p_in·input + p_out·output; 1 if unknown."""
    if profile.tasks is None or profile.tasks.n < 2:
        return 1.0
    s, t = profile.tasks.sums, profile.tasks.n
    if s.k <= 0:
        return 1.0
    y, yy = p_in * s.in_ + p_out * s.out, p_in**2 * s.in2 + p_out**2 * s.out2 + 2 * p_in * p_out * s.in_out
    yk = p_in * s.in_k + p_out * s.out_k
    ratio = y / s.k
    clustered = (yy - 2 * ratio * yk + ratio**2 * s.kk) / s.k**2 * t / (t - 1)
    variance = _mixture_variance(
        profile, {m.model: tuple(p_in if c in INPUT_CLASSES else p_out for c in CLASSES) for m in profile.models}
    )
    single = variance / s.k
    # Below 1 would mean that tasks balance themselves out; that is as good as always noise, and would narrow intervals.
    return max(1.0, clustered / single) if single > 0 else 1.0


def effective_calls(profile: Profile) -> int:
    """n divided by the design effect of the reference cost."""
    return round(profile.calls.n / design_effect(profile, 1.0, REF_OUTPUT_RATIO))


def psi(before: Hist, after: Hist, base: float, bins: int = 10) -> float:
    """Population stability index between two histograms over the deciles of `before`; above 0.25 it has drifted.

    What lies below or above all that was seen before is a group of its own: calls that were all alike have one decile.
    The thresholds 0.1 (watch) and 0.25 (drifted) are those of credit scoring (Siddiqi, Credit Risk Scorecards, 2006).
    """
    old, new = dict(before.counts()), dict(after.counts())
    edges: list[int] = []
    seen, least = 0, min(old, default=-1)
    for i in sorted(old):
        seen += old[i]
        if seen >= before.n * (len(edges) + 1) / bins:
            edges.append(i)
    groups: dict[int, list[int]] = {}
    for side, counts in enumerate((old, new)):
        for i, n in counts.items():
            at = -1 if i < least else sum(1 for edge in edges if i > edge)
            groups.setdefault(at, [0, 0])[side] += n
    total = 0.0
    for a, b in groups.values():
        # Half a row keeps an empty bin finite (the usual correction).
        p, q = max(a, 0.5) / before.n, max(b, 0.5) / after.n
        total += (q - p) * math.log(q / p)
    return total


def t_critical(confidence: float, degrees: float) -> float:
    """Two-sided t quantile by the Cornish–Fisher expansion (Abramowitz & Stegun 26.7.5); within 0.5 % from 5 degrees on."""
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    if degrees < 1:
        return math.inf
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + g1 / degrees + g2 / degrees**2 + g3 / degrees**3


def _interval(
    profile: Profile, vectors: Mapping[str, Vector], constant: Mapping[str, float], confidence: float
) -> Interval:
    n = profile.calls.n
    mean = sum(m.n / n * (_dot(vectors[m.model], _mu(m)) + constant[m.model]) for m in profile.models)
    effect = design_effect(profile, *_blended(profile, vectors))
    variance = _mixture_variance(profile, vectors, constant)
    se = math.sqrt(variance * effect / n)
    clusters = profile.tasks.n if profile.tasks else n
    return _around(mean, se, n, effect, confidence, degrees=min(n, clusters) - 1)


def _around(mean: float, se: float, n: int, effect: float, confidence: float, degrees: int | None = None) -> Interval:
    half = t_critical(confidence, n - 1 if degrees is None else degrees) * se if se else 0.0
    return Interval(
        low_usd=_money(mean - half),
        mean_usd=_money(mean),
        high_usd=_money(mean + half),
        se_usd=se,
        n=n,
        design_effect=effect,
    )


def _money(usd: float) -> Decimal:
    return Decimal(repr(usd)) if math.isfinite(usd) else Decimal("Infinity").copy_sign(Decimal(repr(usd)))


def _mixture_variance(
    profile: Profile, vectors: Mapping[str, Vector], constant: Mapping[str, float] | None = None
) -> float:
    """Variance of one call's cost when the model itself differs from call to call."""
    n = profile.calls.n
    means = [_dot(vectors[m.model], _mu(m)) + (constant[m.model] if constant else 0.0) for m in profile.models]
    overall = sum(m.n / n * mean for m, mean in zip(profile.models, means, strict=True))
    return sum(
        m.n / n * (_quadratic(vectors[m.model], m.cov_upper) + (mean - overall) ** 2)
        for m, mean in zip(profile.models, means, strict=True)
    )


def _blended(profile: Profile, vectors: Mapping[str, Vector]) -> tuple[float, float]:
    """One price for input and one for output over all models, weighted by tokens."""
    spent_in = spent_out = tokens_in = tokens_out = 0.0
    for m in profile.models:
        p_in, p_out = _blend(m, vectors[m.model])
        of_input, of_output = sum(m.mean[c] for c in INPUT_CLASSES) * m.n, sum(m.mean[c] for c in OUTPUT_CLASSES) * m.n
        spent_in, tokens_in = spent_in + p_in * of_input, tokens_in + of_input
        spent_out, tokens_out = spent_out + p_out * of_output, tokens_out + of_output
    return spent_in / tokens_in if tokens_in else 0.0, spent_out / tokens_out if tokens_out else 0.0


def _blend(model: ModelProfile, vector: Vector) -> tuple[float, float]:
    price = dict(zip(CLASSES, vector, strict=True))
    of_input, of_output = sum(model.mean[c] for c in INPUT_CLASSES), sum(model.mean[c] for c in OUTPUT_CLASSES)
    p_in = sum(price[c] * model.mean[c] for c in INPUT_CLASSES) / of_input if of_input else price["uncached_input"]
    p_out = sum(price[c] * model.mean[c] for c in OUTPUT_CLASSES) / of_output if of_output else price["output_visible"]
    return p_in, p_out


def _mu(model: ModelProfile) -> Vector:
    return tuple(model.mean[c] for c in CLASSES)


def _dot(a: Vector, b: Vector) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def _quadratic(p: Vector, cov_upper: Sequence[float]) -> float:
    terms = (p[a] * p[b] * c * (1 if a == b else 2) for (a, b), c in zip(COV_PAIRS, cov_upper, strict=True))
    return max(0.0, math.fsum(terms))
