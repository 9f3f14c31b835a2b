"""The part of a profile that is of one model: means, covariances, histograms, joint cells, prompt versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.profiles.aggregates import Row, Table
from bot.profiles.codec import HIST_BASE, ZERO, pack
from bot.profiles.merging import merge_cells, merge_counts
from bot.profiles.quantiles import hist_quantile
from bot.profiles.rows import clean_name, count, grouped, optional, rounded
from bot.profiles.schema import (
    CLASSES,
    COV_PAIRS,
    Hist,
    Hists,
    Joint,
    ModelProfile,
    Percentiles,
    Quantiles,
    StaticPrefix,
)
from bot.profiles.stats import CostMoments

_THRESHOLDS = (200_000, 272_000)
_QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}
DIMS = ("input", "output", "cached")


class ModelAnswers:
    """The rows of `hist` and `joint`, found by feature and model."""

    def __init__(self, hist: Table, joint: Table) -> None:
        self._hist, self._joint = hist, joint
        self._hist_rows, self._joint_rows = hist.where("feature", "model", "dim"), joint.where("feature", "model")

    def hist(self, feature: str, model: str, dim: str) -> list[Row]:
        return list(self._hist.pick(self._hist_rows.get((feature, model, dim), []), ("bucket", "n", "tokens")))

    def cells(self, feature: str, model: str) -> list[tuple[int, ...]]:
        """Bucket of input, of output, calls, tokens of input and of output."""
        rows = self._joint_rows.get((feature, model), [])
        part = self._joint.pick(rows, ("i", "o", "n", "input_tokens", "output_tokens")).columns
        return list(zip(*part.values(), strict=True))


def model_part(
    name: str,
    rows: list[Row],
    of_feature: int,
    cells: Sequence[tuple[int, ...]],
    costs: CostMoments,
    dims: Mapping[str, list[Row]],
    min_cell: int,
) -> ModelProfile:
    """`rows` are the model's moments, `dims` its histograms."""
    n = count(rows)
    sums = [sum(r[f"s{i}"] for r in rows) for i in range(len(CLASSES))]
    means = [s / n for s in sums]
    bessel = n / (n - 1) if n > 1 else 1.0
    cov = [bessel * (sum(r[f"p{a}{b}"] for r in rows) / n - means[a] * means[b]) for a, b in COV_PAIRS]
    came_in, went_out = ({r["bucket"]: r["n"] for r in dims[d]} for d in ("input", "output"))
    cache_known = sum(r["cache_known"] for r in rows)
    return ModelProfile(
        model=clean_name(name),
        share=n / of_feature,
        n=n,
        prompt_versions=_versions(rows, n, min_cell),
        static_prefix=_static(dims["cached"], came_in, n),
        cache_hit_calls_share=sum(r["cache_hits"] for r in rows) / n if cache_known else None,
        mean=dict(zip(CLASSES, (rounded(m) for m in means), strict=True)),
        cov_upper=tuple(rounded(c) for c in cov),
        skew_cost_ref=optional(rounded, costs.skew),
        percentiles=Percentiles(input=_quantiles(came_in), output=_quantiles(went_out)),
        hist=Hists(base=HIST_BASE, input=merged_hist(came_in, min_cell), output=merged_hist(went_out, min_cell)),
        joint=Joint(cells=pack(merge_cells(cells, min_cell))),
        over_threshold={str(limit): sum(r[f"over_{limit}"] for r in rows) / n for limit in _THRESHOLDS},
    )


def merged_hist(counts: Mapping[int, int], min_cell: int) -> Hist:
    """Rows by bucket as a profile holds them: nothing of fewer than `min_cell`."""
    some = {i: n for i, n in counts.items() if i != ZERO}
    zero = counts.get(ZERO, 0)
    if some and zero < min_cell:
        some[min(some)] += zero
        zero = 0
    runs = merge_counts(some.items(), min_cell)
    if not runs:
        return Hist(i0=0, c=(), zero=zero)
    cells = [0] * (runs[-1].last - runs[0].first + 1)
    for first, last, n in runs:
        cells[first - runs[0].first : last - runs[0].first + 1] = [n, *(last - first) * [-1]]
    return Hist(i0=runs[0].first, c=tuple(cells), zero=zero)


def _quantiles(counts: Mapping[int, int]) -> Quantiles:
    some = tuple(counts.items())
    return Quantiles(**{name: hist_quantile(some, at, HIST_BASE) for name, at in _QUANTILES.items()})


def _static(cached: Sequence[Row], came_in: Mapping[int, int], n: int) -> StaticPrefix | None:
    """The mode of the cached tokens where most calls have some, else the 1st percentile of the input."""
    if 2 * count(cached) >= n:
        mode = max(cached, key=lambda r: (r["n"], r["bucket"]))
        return StaticPrefix(tokens=round(mode["tokens"] / mode["n"]), measured_as="cache_prefix_mode")
    return StaticPrefix(tokens=hist_quantile(tuple(came_in.items()), 0.01, HIST_BASE), measured_as="min_input_p1")


def _versions(rows: list[Row], n: int, min_cell: int) -> dict[str, float]:
    """Shares by version; those of fewer than `min_cell` calls together. Empty where none is logged."""
    counts = Counter({v: count(part) for v, part in grouped(rows, "prompt_version").items()})
    if set(counts) == {None}:
        return {}
    out = {clean_name(v): rounded(c / n) for v, c in sorted(counts.items(), key=str) if v is not None and c >= min_cell}
    rest = n - sum(c for v, c in counts.items() if v is not None and c >= min_cell)
    return {**out, "other": rounded(rest / n)} if rest else out
