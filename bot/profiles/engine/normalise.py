"""From logged rows to billed calls with mutually exclusive token classes, as Ibis expressions that run on any engine.

Steps: remove duplicates, mark outer spans that repeat their calls' usage, give every row that is left out its reason, take
the account with its evidence on cached tokens, split the classes. Rows are only marked here, never lost.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from bot.profiles import UNNAMED
from bot.profiles.convention import Decision
from bot.profiles.schema import CLASSES

RAW_SCHEMA: dict[str, str] = {
    "feature": "string",
    "model": "string",
    "prompt_name": "string",
    "prompt_version": "string",
    "task_key": "string",
    "trace_id": "string",
    "span_id": "string",
    "parent_id": "string",
    "row_id": "string",
    "row_order": "int64",
    "start_us": "int64",
    "latency_ms": "float64",
    "status": "string",
    "batch": "boolean",
    "truncated": "boolean",
    "success": "boolean",
    "role": "string",
    "input_tokens": "int64",
    "cache_read": "int64",
    "cache_write_5m": "int64",
    "cache_write_1h": "int64",
    "output_tokens": "int64",
    "reasoning": "int64",
    "total_tokens": "int64",
    "convention": "string",
    "convention_group": "string",
    "reasoning_inside": "boolean",
    "sampling_rate": "float64",
    "drop": "string",
}
CALL_COLUMNS = (
    "feature",
    "model",
    "prompt_name",
    "prompt_version",
    "task_key",
    "start_us",
    "status",
    "batch",
    "truncated",
    "success",
    "sampling_rate",
    "cache_known",
    *CLASSES,
)
US_PER_DAY = 86_400_000_000
MAX_DEPTH = 6  # levels between an outer span and its request that are looked through
UNBILLED = "failed_without_usage"  # the reason of attempts that cost nothing


def raw_table(name: str = "raw") -> ir.Table:
    return ibis.table(RAW_SCHEMA, name=name)


def told(raw: ir.Table) -> ir.Table:
    """A failure that is logged with zeros does not tell its usage: a request that was answered is read for something."""
    zero = (raw.input_tokens.fill_null(0) == 0) & (raw.output_tokens.fill_null(0) == 0)
    unknown = zero & (raw.status == "error").fill_null(False)
    tokens = {name: unknown.ifelse(ibis.null("int64"), raw[name]) for name in ("input_tokens", "output_tokens")}
    return raw.mutate(**tokens)


def mark_duplicates(raw: ir.Table) -> ir.Table:
    """Adds `version`: 0 for the row to keep of those with one `row_id`, 1 and more for the others."""
    raw = told(raw)
    same = ibis.window(group_by=raw.row_id, order_by=[raw.row_order.desc(), raw.start_us.asc()])
    ranked = raw.mutate(rank=ibis.row_number().over(same))
    return ranked.mutate(version=ranked.row_id.isnull().ifelse(0, ranked["rank"])).drop("rank")


def no_duplicates(raw: ir.Table) -> ir.Table:
    """For sources whose rows have no id: every row is its own."""
    return told(raw).mutate(version=ibis.literal(0))


def mark_parents(rows: ir.Table) -> ir.Table:
    """Adds `outer`: whether a span with usage below it repeats that usage.

    Goes up from every span with usage to its ancestors, through spans without usage too, by self-joins.
    """
    live = rows.filter((rows.version == 0) & rows.span_id.notnull() & rows.trace_id.notnull())
    link = live.select("trace_id", "span_id", up=live.parent_id)
    used = live.filter(_has_usage(live)).select("trace_id", ancestor=live.parent_id)
    level = used.filter(used.ancestor.notnull()).distinct()
    levels = [level]
    for _ in range(MAX_DEPTH - 1):
        joined = level.inner_join(link, [level.trace_id == link.trace_id, level.ancestor == link.span_id])
        higher = joined.select(level.trace_id, ancestor=link.up)
        level = higher.filter(higher.ancestor.notnull()).distinct()
        levels.append(level)
    above = ibis.union(*levels, distinct=True).mutate(is_outer=ibis.literal(True))
    found = rows.left_join(above, [rows.trace_id == above.trace_id, rows.span_id == above.ancestor])
    return found.select(rows, outer=above.is_outer.fill_null(False))


def no_parents(rows: ir.Table) -> ir.Table:
    return rows.mutate(outer=ibis.literal(False))


def mark_reasons(rows: ir.Table) -> ir.Table:
    """Adds `reason`: why a row is not a billed call; null for those that are. Cached-token checks come later."""
    failed = (rows.status == "error").fill_null(False)
    nothing = rows.input_tokens.isnull() & rows.output_tokens.isnull()
    reason = ibis.cases(
        (rows.version > 0, "duplicate"),
        (rows["drop"].notnull(), rows["drop"]),
        (rows.role == "link", "not_a_call"),
        (nothing & failed, UNBILLED),
        (nothing, "no_usage"),
        (rows.outer, "parent_span"),
        (rows.role == "aggregate", "outer_span_without_calls"),
        (rows.input_tokens.isnull() | rows.output_tokens.isnull(), "partial_usage"),
        (rows.start_us.isnull(), "no_time"),
        (rows.model.isnull(), "no_model"),
    )
    return rows.mutate(reason=reason)


def overview(marked: ir.Table, absent: frozenset[str] = frozenset()) -> ir.Table:
    """Rows, tokens and times by reason; of those without one by writer, documentation and day, with the counts of
    `bot.profiles.convention.Evidence`.

    `more_...` are of rows with more cached tokens than input, which are left out where input includes those; `first_us`
    and `last_us` are of the others. The log is grouped by what a row proves, which is one small number: a few columns are
    summed over its rows, and the many over the few groups.
    """
    kept = marked.reason.isnull()
    rows = marked.select(
        "reason",
        group=kept.ifelse(marked.convention_group, ibis.null("string")),
        documented=kept.ifelse(marked.convention, ibis.null("string")),
        day=kept.ifelse(_day(marked), ibis.null("int64")),
        proof=kept.ifelse(_proof(marked, absent), _NONE),
        logged=marked.input_tokens.fill_null(0) + marked.output_tokens.fill_null(0),
        start_us=marked.start_us,
    )
    groups = rows.group_by("reason", "group", "documented", "day", "proof").agg(
        rows=rows.count(), tokens=rows.logged.sum(), first_us=rows.start_us.min(), last_us=rows.start_us.max()
    )
    more, no_time = groups.proof >= _MORE, ibis.null("int64")
    told = groups.select(
        "reason",
        "group",
        "documented",
        "day",
        rows=groups.rows.cast("int64"),
        tokens=groups.tokens.cast("int64"),
        usual_first=more.ifelse(no_time, groups.first_us),
        usual_last=more.ifelse(no_time, groups.last_us),
        more_first=more.ifelse(groups.first_us, no_time),
        more_last=more.ifelse(groups.last_us, no_time),
        proof="proof",
    )

    def where(condition: ir.BooleanValue, column: str = "rows") -> ir.IntegerScalar:
        return condition.ifelse(told[column], 0).sum()

    return told.group_by("reason", "group", "documented", "day").agg(
        rows=told.rows.sum(),
        tokens=told.tokens.sum(),
        first_us=told.usual_first.min(),
        last_us=told.usual_last.max(),
        cached=where(told.proof > _NONE),
        more_cached=where(told.proof >= _MORE),
        more_tokens=where(told.proof >= _MORE, "tokens"),
        more_first_us=told.more_first.min(),
        more_last_us=told.more_last.max(),
        total_with=where(told.proof.isin((_WITH, _MORE_WITH))),
        total_without=where(told.proof == _WITHOUT),
        naive_total=where(told.proof == _MORE_WITHOUT),
    )


# What a row proves of its writer. Cached tokens: none; some; some, and the total is input + cached + output; some, and the
# total is input + output. The same with more cached tokens than input.
_NONE, _CACHED, _WITH, _WITHOUT, _MORE, _MORE_WITH, _MORE_WITHOUT = range(7)


def _proof(marked: ir.Table, absent: frozenset[str]) -> ir.IntegerValue:
    cached = _cached(marked)
    if "total_tokens" in absent:
        return ibis.cases((cached > marked.input_tokens, _MORE), (cached > 0, _CACHED), else_=_NONE)
    sums_with = _is_total(marked, marked.input_tokens + cached + marked.output_tokens)
    sums_without = _is_total(marked, marked.input_tokens + marked.output_tokens)
    more = (cached > marked.input_tokens).fill_null(False)
    return ibis.cases(
        (cached == 0, _NONE),
        (more & sums_without, _MORE_WITHOUT),
        (more & sums_with, _MORE_WITH),
        (more, _MORE),
        (sums_without, _WITHOUT),
        (sums_with, _WITH),
        else_=_CACHED,
    )


def classes(marked: ir.Table, exclusive: ir.BooleanValue) -> ir.Table:
    """Adds the six token classes. `exclusive`: whether a row's input excludes its cached tokens.

    `uncached_input` below 0: its parts are larger than the whole (`inconsistent_usage` in the account).
    """
    cached = _cached(marked)
    uncached = exclusive.ifelse(marked.input_tokens, marked.input_tokens - cached)
    whole_input = exclusive.ifelse(marked.input_tokens + cached, marked.input_tokens)
    thought = marked.reasoning.fill_null(0)
    total = marked.total_tokens
    outside = ibis.cases(
        (thought == 0, False),
        (total.notnull() & (total == whole_input + marked.output_tokens + thought), True),
        (total.notnull() & (total == whole_input + marked.output_tokens), False),
        (thought > marked.output_tokens, True),
        else_=~marked.reasoning_inside,
    )
    return marked.mutate(
        feature=marked.feature.fill_null(UNNAMED),
        uncached_input=uncached.fill_null(0),
        cache_known=marked.cache_read.notnull(),
        cache_read=marked.cache_read.fill_null(0),
        cache_write_5m=marked.cache_write_5m.fill_null(0),
        cache_write_1h=marked.cache_write_1h.fill_null(0),
        output_visible=outside.ifelse(marked.output_tokens, marked.output_tokens - thought).fill_null(0),
        reasoning=thought,
    )


def calls(classed: ir.Table) -> ir.Table:
    """The canonical table: billed calls, and (not `billed`) failures without usage, which only count as attempts.

    Asked by conditions rather than by `reason`, which says the same in words: engines work those out for every row again.
    """
    sane = (classed.version == 0) & classed["drop"].isnull() & (classed.role != "link")
    used = classed.input_tokens.notnull() & classed.output_tokens.notnull()
    whole = (classed.role != "aggregate") & ~classed.outer & classed.start_us.notnull() & classed.model.notnull()
    nothing = classed.input_tokens.isnull() & classed.output_tokens.isnull()
    billed = sane & used & whole & (classed.uncached_input >= 0)
    attempt = sane & nothing & (classed.status == "error").fill_null(False)
    return classed.filter(billed | attempt).select(*CALL_COLUMNS, billed=used)


def _has_usage(rows: ir.Table) -> ir.BooleanValue:
    return rows.input_tokens.notnull() | rows.output_tokens.notnull()


def _cached(rows: ir.Table) -> ir.IntegerValue:
    return rows.cache_read.fill_null(0) + rows.cache_write_5m.fill_null(0) + rows.cache_write_1h.fill_null(0)


def _is_total(rows: ir.Table, parts: ir.IntegerValue) -> ir.BooleanValue:
    """Whether the logged total is these parts, with or without reasoning on top."""
    total, thought = rows.total_tokens, rows.reasoning.fill_null(0)
    return ((total == parts) | (total == parts + thought)).fill_null(False)


def is_exclusive(rows: ir.Table, decision: Decision, writer: str | None = None) -> ir.BooleanValue:
    """`writer`: the one whose rows these all are, where there is only one."""
    if writer is not None and not decision.exclusive_days:
        return ibis.literal(writer in decision.exclusive_groups)
    answer = ibis.literal(False)
    if decision.exclusive_groups:
        answer = rows.convention_group.isin(decision.exclusive_groups).fill_null(False)
    if decision.exclusive_days:
        pairs = [f"{group}|{d}" for group, d in decision.exclusive_days]
        answer = answer | (rows.convention_group + "|" + _day(rows).cast("string")).isin(pairs).fill_null(False)
    return answer


def with_exclusive(marked: ir.Table) -> ir.Table:
    """Adds `exclusive` as `bot.profiles.convention.decide` would decide it, worked out by the engine itself.

    For queries that somebody runs in one go. The evidence is handed back too, so that an undecided log is still refused.
    """
    found = overview(marked)
    found = found.filter(found.reason.isnull()).mutate(
        excludes=((found.more_cached > 0) | (found.total_with > 0)).cast("int64"),
        includes=(found.total_without > 0).cast("int64"),
        naive=(found.naive_total > 0).cast("int64"),
        documents=(found.documented == "exclusive").fill_null(False).cast("int64"),
    )
    writers = found.group_by(writer=found.group).agg(
        excludes=found.excludes.max(),
        includes=found.includes.max(),
        naive=found.naive.max(),
        documents=found.documents.max(),
    )
    days = found.group_by(day_writer=found.group, day=found.day).agg(day_excludes=found.excludes.max())
    both = days.inner_join(writers, days.day_writer == writers.writer)
    includes = (both.includes > 0) & (both.naive == 0)
    answer = ibis.cases(
        ((both.excludes > 0) & includes, both.day_excludes > 0),
        (both.excludes > 0, True),
        (includes, False),
        else_=both.documents > 0,
    )
    decided = both.select("day_writer", decided_day=both.day, excluded=answer)
    dated = marked.mutate(logged_day=_day(marked))
    joined = dated.left_join(
        decided, [dated.convention_group == decided.day_writer, dated.logged_day == decided.decided_day]
    )
    return joined.select(marked.columns, exclusive=joined.excluded.fill_null(False))


def _day(rows: ir.Table) -> ir.IntegerValue:
    return (rows.start_us / US_PER_DAY).floor().cast("int64")
