"""What is asked of an engine: five groupings of counts and sums over the canonical calls. Never a quantile.

Allowed are filter, mutate, comparisons, greatest, ln, ceil, cast, count, sum, min, max, group_by, lag, union: engines agree
on these to the bit (a trial on DuckDB, Spark and ClickHouse; the tests here run DuckDB), and on approximate quantiles they do not. Sums of squares
are 64-bit floats: exact up to 2^53, equal to 12 digits above.
"""

from __future__ import annotations

import math

import ibis
import ibis.expr.types as ir

from bot.profiles.codec import HIST_BASE, JOINT_BASE, TASK_BASE, ZERO
from bot.profiles.engine.normalise import CALL_COLUMNS, US_PER_DAY
from bot.profiles.schema import CLASSES, COV_PAIRS

THRESHOLDS = (
    200_000,
    272_000,
)  # long-context price tiers: Gemini Pro, gpt-5.4 and later (price catalogue, August 2026)
SLOT_US = 300_000_000  # five minutes, the shortest cache lifetime: within a slot no gap is longer
GAPS_S = (300, 1800, 3600)
EXACT_CALLS = 8  # calls per task that are counted one by one
PREFIX = ("feature", "model", "prompt_name", "prompt_version")  # calls that can share a cached prefix
_TYPES = {
    "feature": "string",
    "model": "string",
    "prompt_name": "string",
    "prompt_version": "string",
    "task_key": "string",
    "start_us": "int64",
    "status": "string",
    "batch": "boolean",
    "truncated": "boolean",
    "success": "boolean",
    "sampling_rate": "float64",
    "cache_known": "boolean",
}


def calls_table(name: str = "calls") -> ir.Table:
    columns = {c: _TYPES.get(c, "int64") for c in CALL_COLUMNS}
    return ibis.table({**columns, "billed": "boolean"}, name=name)


UNBILLED = "unbilled"  # in `absent`: the log has no failures without usage, each of its calls was billed


def queries(calls: ir.Table, absent: frozenset[str] = frozenset()) -> dict[str, ir.Table]:
    """The five questions, by name. Their columns are those of `bot.profiles.aggregates`.

    `absent` are columns that the log does not have: nothing is summed or grouped over them.
    """
    billed = calls.filter(calls.billed)
    sized = billed.mutate(
        input=billed.uncached_input + billed.cache_read + billed.cache_write_5m + billed.cache_write_1h,
        output=billed.output_visible + billed.reasoning,
    )
    return {
        "moments": moments(sized, absent),
        "hist": hist(sized),
        "joint": joint(sized),
        "tasks": tasks(calls, absent),
        "gaps": gaps(sized, absent),
    }


def moments(sized: ir.Table, absent: frozenset[str] = frozenset()) -> ir.Table:
    """Per feature, model, prompt and day: counts, and the sums and products of the token classes."""
    there = [i for i, c in enumerate(CLASSES) if c not in absent]
    keys = [k for k in PREFIX if k not in absent]
    one = sized.mutate(
        day=(sized.start_us / US_PER_DAY).floor().cast("int64"),
        **{f"x{i}": sized[CLASSES[i]].cast("float64") for i in there},
    )
    sums = {f"s{i}": one[f"x{i}"].sum() for i in there}
    products = {f"p{a}{b}": (one[f"x{a}"] * one[f"x{b}"]).sum() for a, b in COV_PAIRS if a in there and b in there}
    over = {f"over_{limit}": _count(one.input > limit) for limit in THRESHOLDS}
    counts = {
        "represented": (1.0 / one.sampling_rate).sum(),
        "status_known": one.status.count(),
        "failed": _count(one.status == "error"),
        "batch_known": one.batch.count(),
        "batch": _count(one.batch),
        "truncated_known": one.truncated.count(),
        "truncated": _count(one.truncated),
        "cache_known": _count(one.cache_known),
        "cache_hits": _count(one.cache_read > 0),
    }
    nothing = {
        name for name in counts if name.removesuffix("_known") in absent or (name == "failed" and "status" in absent)
    } | ({"cache_known", "cache_hits"} if "cache_read" in absent else set())
    counted = {name: value for name, value in counts.items() if name not in nothing}
    if "sampling_rate" in absent:
        counted["represented"] = one.count().cast("float64")
    found = one.group_by(*keys, "day").agg(n=one.count(), **counted, **over, **sums, **products)
    zeros = [f"s{i}" for i in range(len(CLASSES))] + [f"p{a}{b}" for a, b in COV_PAIRS]
    return found.mutate(
        **{k: ibis.null("string") for k in PREFIX if k in absent},
        **{z: ibis.literal(0.0) for z in zeros if z not in sums and z not in products},
        **{name: ibis.literal(0, type="int64") for name in counts if name in nothing},
    )


def hist(sized: ir.Table) -> ir.Table:
    """Rows per log-bucket of input, output and (where there is any) cached prefix; of the last its tokens too."""
    cached = sized.cache_read + sized.cache_write_5m + sized.cache_write_1h
    dims = {
        "input": sized.select("feature", "model", x=sized.input),
        "output": sized.select("feature", "model", x=sized.output),
        "cached": sized.filter(cached > 0).select("feature", "model", x=cached),
    }
    parts = []
    for dim, part in dims.items():
        bucketed = part.select("feature", "model", "x", bucket=bucket(part.x, HIST_BASE))
        sums = {"tokens": _whole_sum(bucketed.x)} if dim == "cached" else {}
        grouped = bucketed.group_by("feature", "model", "bucket").agg(n=ibis._.count(), **sums)
        tokens = grouped.tokens if sums else ibis.literal(0, type="int64")
        parts.append(grouped.select("feature", "model", "bucket", "n", tokens=tokens, dim=ibis.literal(dim)))
    return ibis.union(*parts, distinct=False)


def joint(sized: ir.Table) -> ir.Table:
    """Rows and tokens per coarser bucket of input and output together."""
    cells = sized.select(
        "feature", "model", "input", "output", i=bucket(sized.input, JOINT_BASE), o=bucket(sized.output, JOINT_BASE)
    )
    return cells.group_by("feature", "model", "i", "o").agg(
        n=cells.count(), input_tokens=_whole_sum(cells.input), output_tokens=_whole_sum(cells.output)
    )


def tasks(calls: ir.Table, absent: frozenset[str] = frozenset()) -> ir.Table:
    """Tasks by number of calls, with the sums for clustered intervals. Failed attempts without usage count as attempts."""
    keyed = calls.filter(calls.task_key.notnull())
    paid = ibis.literal(True) if UNBILLED in absent else keyed.billed
    came_in = keyed.uncached_input + keyed.cache_read + keyed.cache_write_5m + keyed.cache_write_1h
    went_out = keyed.output_visible + keyed.reasoning
    # Counts and floats take half the memory of sums of whole numbers, and there is a row of these for each task: what the
    # log has nothing of is not even counted. A task's tokens stay far below 2^53, so the floats are exact.
    rows = keyed.select(
        "feature",
        "task_key",
        paid=paid.ifelse(1, ibis.null("int8")),
        failed=(keyed.status == "error").ifelse(1, ibis.null("int8")),
        x=paid.ifelse(came_in, 0).cast("float64"),
        y=paid.ifelse(went_out, 0).cast("float64"),
        success=keyed.success.cast("int8"),
    )
    counts = {"attempts": rows.count(), "x": rows.x.sum(), "y": rows.y.sum()}
    if UNBILLED not in absent:
        counts["k"] = rows.paid.count()
    if "status" not in absent:
        counts["failed"] = rows.failed.count()
    if "success" not in absent:
        counts["success"] = rows.success.max()
    one = rows.group_by("feature", "task_key").agg(**counts)
    if UNBILLED in absent:
        one = one.mutate(k=one.attempts)
    else:
        one = one.filter(one.k > 0)  # tasks of failures alone stay out: nothing was billed for them
    if "status" in absent:
        one = one.mutate(failed=ibis.literal(0, type="int64"))
    if "success" in absent:
        one = one.mutate(success=ibis.null("int8"))
    one = one.select(
        "feature",
        "x",
        "y",
        success=one.success.cast("int64"),
        retried=(one.attempts > one.failed).ifelse(one.failed, 0),
        k=one.k.cast("float64"),  # counts have no sign in ClickHouse, and do not mix there with numbers that have one
    )
    size = (one.k <= EXACT_CALLS).ifelse(one.k, (EXACT_CALLS + bucket(one.k, TASK_BASE)).cast("float64"))
    one = one.mutate(size=size.cast("int64"))
    return one.group_by("feature", "size").agg(
        n=one.count(),
        retried=one.retried.sum(),
        success_known=one.success.count(),
        success=one.success.fill_null(0).sum(),
        k=one.k.sum(),
        kk=(one.k * one.k).sum(),
        input=one.x.sum(),
        input2=(one.x * one.x).sum(),
        output=one.y.sum(),
        output2=(one.y * one.y).sum(),
        input_k=(one.x * one.k).sum(),
        output_k=(one.y * one.k).sum(),
        input_output=(one.x * one.y).sum(),
    )


def gaps(sized: ir.Table, absent: frozenset[str] = frozenset()) -> ir.Table:
    """How many calls follow one with the same prefix (model, prompt, version) within 5 minutes, half an hour, an hour.

    Rows are first gathered in five-minute slots, so that the window function sees a few slots instead of every call;
    inside a slot every gap is shorter than the shortest limit, so the counts are exact.
    """
    prefix = [k for k in PREFIX if k not in absent]
    slotted = sized.select(*prefix, "start_us", slot=(sized.start_us / SLOT_US).floor().cast("int64"))
    slots = slotted.group_by(*prefix, "slot").agg(
        n=ibis._.count(), first_us=ibis._.start_us.min(), last_us=ibis._.start_us.max()
    )
    # Nullable on purpose: ClickHouse answers 0, not null, for the lag of a column that cannot be null.
    slots = slots.mutate(seen_us=(slots.n > 0).ifelse(slots.last_us, ibis.null("int64")))
    before = slots.seen_us.lag().over(ibis.window(group_by=prefix, order_by="slot"))
    slots = slots.mutate(before_us=before)
    gap = slots.first_us - slots.before_us
    counted = slots.mutate(
        inner=slots.n - 1,
        known=slots.before_us.notnull().cast("int64"),
        **{f"le_{s}": _one(gap <= s * 1_000_000) for s in GAPS_S},
    )
    return counted.group_by("feature").agg(
        gaps=(counted.inner + counted.known).sum(),
        **{f"le_{s}": (counted.inner + counted[f"le_{s}"]).sum() for s in GAPS_S},
    )


def bucket(x: ir.IntegerValue, base: float) -> ir.IntegerValue:
    """The log-bucket of `bot.profiles.codec.bucket`, as an expression."""
    exact = (x.cast("float64").ln() / math.log(base)).ceil().cast("int64")
    return (x > 0).ifelse(exact, ZERO)


def _whole_sum(tokens: ir.IntegerValue) -> ir.IntegerValue:
    """Exact up to 2^53 tokens; DuckDB takes twice the memory for sums of whole numbers."""
    return tokens.cast("float64").sum().cast("int64")


def _one(condition: ir.BooleanValue) -> ir.IntegerValue:
    return condition.fill_null(False).cast("int64")


def _count(condition: ir.BooleanValue) -> ir.IntegerScalar:
    """How often it holds. Engines count faster than they add up."""
    return condition.ifelse(1, ibis.null("int8")).count()
