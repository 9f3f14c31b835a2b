"""Tables that an engine reads itself, as one normalising view each: plain Parquet or warehouse tables, and `otel_traces`.

Only the access to maps differs by engine, and Ibis writes that. Everything after the view is common.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce

import ibis
import ibis.expr.types as ir

from bot.errors import ReviewError
from bot.profiles.engine.normalise import RAW_SCHEMA
from bot.profiles.sources import genai, plain
from bot.profiles.sources.row import MAX_TOKENS, Options

# The Collector's ClickHouse exporter, table `otel_traces` (the columns that are read).
OTEL_TRACES: dict[str, str] = {
    "Timestamp": "timestamp",
    "TraceId": "string",
    "SpanId": "string",
    "ParentSpanId": "string",
    "ServiceName": "string",
    "ResourceAttributes": "map<string, string>",
    "ScopeName": "string",
    "ScopeVersion": "string",
    "SpanAttributes": "map<string, string>",
    "Duration": "int64",
    "StatusCode": "string",
}


def plain_view(table: ir.Table, options: Options) -> ir.Table:
    """A table with one row per call. A value of the wrong type makes the row `bad_value`."""
    have = plain.resolve(table.columns, options)
    bad: list[ir.BooleanValue] = []

    def number(ours: str, kind: str = "int64") -> ir.Value:
        if ours not in have:
            return ibis.null(kind)
        value = table[have[ours]]
        if value.type().is_integer() or (kind == "float64" and value.type().is_numeric()):
            cast = value.cast(kind)
        else:
            cast = (value.nullif("") if value.type().is_string() else value).try_cast(kind)
            bad.append((cast.isnull() & _present(value)).fill_null(False))
        if kind == "int64":
            bad.append(((cast < 0) | (cast >= MAX_TOKENS)).fill_null(False))
            if value.type().is_floating():  # a whole number where the column has gaps (pandas); a fraction is none
                bad.append((value != value.floor()).fill_null(False))
        return cast

    def rate() -> ir.Value:
        found = number("sampling_rate", "float64")
        bad.append(((found <= 0) | (found > 1)).fill_null(False))
        return found.fill_null(1.0)

    def word(ours: str) -> ir.Value:
        return table[have[ours]].cast("string").nullif("") if ours in have else ibis.null("string")

    def flag(ours: str) -> ir.Value:
        if ours not in have:
            return ibis.null("boolean")
        value = table[have[ours]]
        if value.type().is_boolean():
            return value
        lower = value.cast("string").lower()
        return ibis.cases((lower.isin(plain.TRUE_WORDS), True), (lower.isin(plain.FALSE_WORDS), False))

    time = table[have["time"]]
    start = _micros(time)
    if not time.type().is_timestamp():
        bad.append((start.isnull() & _present(time)).fill_null(False))
    both = "input" in have
    status = word("status").lower()
    words = [status.contains(w) for w in plain.ERROR_WORDS] + [status.re_search("^[45][0-9]+$")]
    failed = reduce(lambda a, b: a | b, words)
    columns: dict[str, ir.Value] = {
        "feature": ibis.literal(options.feature) if options.feature else word("feature"),
        "model": word("model").fill_null(options.model) if options.model else word("model"),
        "prompt_name": word("prompt_name"),
        "prompt_version": word("prompt_version"),
        "task_key": _key(table[have["task"]]) if "task" in have else ibis.null("string"),
        "row_id": word("id"),
        "start_us": start,
        "latency_ms": number("latency_ms", "float64"),
        "status": ibis.cases(  # the usual words first: searching each text for seven others takes longest of all
            (status.isnull(), ibis.null("string")),
            (status.isin(plain.OK_WORDS), "ok"),
            else_=failed.ifelse("error", "ok"),
        ),
        "batch": flag("batch"),
        "truncated": flag("truncated"),
        "success": flag("success"),
        "input_tokens": number("input" if both else "uncached_input"),
        "cache_read": number("cache_read"),
        "cache_write_5m": number("cache_write"),
        "cache_write_1h": number("cache_write_1h"),
        "output_tokens": number("output"),
        "reasoning": number("reasoning"),
        "total_tokens": number("total"),
        "convention": ibis.null("string") if both else ibis.literal("exclusive"),
        "convention_group": ibis.literal("plain"),
        "sampling_rate": rate(),
    }
    wrong = reduce(lambda a, b: a | b, bad) if bad else ibis.literal(False)
    return _whole(table, columns | {"drop": wrong.ifelse("bad_value", ibis.null("string"))})


def absent_from(source: str, columns: Collection[str], options: Options) -> frozenset[str]:
    """The columns of the calls for which a table has nothing: they need no sums and no grouping."""
    if source != plain.NAME:
        return frozenset()
    have = plain.resolve(columns, options)
    ours = {
        "row_id": "id",
        "prompt_name": "prompt_name",
        "prompt_version": "prompt_version",
        "cache_read": "cache_read",
        "cache_write_5m": "cache_write",
        "cache_write_1h": "cache_write_1h",
        "reasoning": "reasoning",
    }
    return frozenset(name for name, field in ours.items() if field not in have)


def otel_view(table: ir.Table, options: Options) -> ir.Table:
    """`otel_traces`: attributes are maps of text. The reading rules are those of `bot.profiles.sources.genai`."""
    missing = [c for c in OTEL_TRACES if c not in table.columns]
    if missing:
        raise ReviewError(f"the table has no column {', '.join(missing)}", "It is not the Collector's otel_traces.")
    spans, resource = table.SpanAttributes, table.ResourceAttributes

    def text(*keys: str) -> ir.StringValue:
        return ibis.coalesce(*(spans.get(key, "").nullif("") for key in keys))

    def number(keys: tuple[str, ...]) -> ir.IntegerValue:
        return text(*keys).try_cast("int64")

    operation, step, kind = text(genai.OPERATION), text(genai.AI_OPERATION), text(genai.SPAN_KIND)
    used = text(*genai.USAGE).notnull()
    outer = used.ifelse("aggregate", "link")
    inner_step = reduce(lambda a, b: a | b, [step.endswith(s) for s in genai.MODEL_STEP])
    role = ibis.cases(
        (step.startswith("ai.").fill_null(False), inner_step.ifelse("call", outer)),
        (kind.notnull(), kind.upper().isin(genai.CALL_KINDS).ifelse("call", outer)),
        (operation.isin(genai.OUTER_OPERATIONS).fill_null(False) | text(genai.TRACELOOP_KIND).notnull(), outer),
        (operation.isin(genai.CALL_OPERATIONS).fill_null(False) | text("llm.request.type").notnull() | used, "call"),
        else_="link",
    )
    embedding = (
        (operation == "embeddings").fill_null(False)
        | (kind == "EMBEDDING").fill_null(False)
        | step.startswith("ai.embed").fill_null(False)
    )
    feature = (
        ibis.literal(options.feature)
        if options.feature
        else text(options.feature_from)
        if options.feature_from
        else ibis.coalesce(
            text(*genai.FEATURE), resource.get("service.name", "").nullif(""), table.ServiceName.nullif("")
        )
    )
    provider = text(*genai.PROVIDER).fill_null("?")
    scope = table.ScopeName.nullif("").fill_null("?") + "@" + table.ScopeVersion.nullif("").fill_null("?")
    finish = text(*genai.FINISH)
    duration = table.Duration.cast("int64")
    broken = (number(genai.INPUT).isnull() & text(*genai.INPUT).notnull()) | (
        number(genai.OUTPUT).isnull() & text(*genai.OUTPUT).notnull()
    )
    output = number(genai.OUTPUT)
    columns: dict[str, ir.Value] = {
        "feature": feature,
        "model": ibis.coalesce(text(*genai.MODEL), ibis.literal(options.model, type="string")),
        "prompt_name": text(*genai.PROMPT_NAME),
        "prompt_version": text(*genai.PROMPT_VERSION),
        "task_key": text(options.task_from) if options.task_from else table.TraceId.nullif(""),
        "trace_id": table.TraceId.nullif(""),
        "span_id": table.SpanId.nullif(""),
        "parent_id": table.ParentSpanId.nullif(""),
        "row_id": table.TraceId + "/" + table.SpanId,
        "start_us": _micros(table.Timestamp),
        "latency_ms": duration.cast("float64") / 1e6,
        "status": (table.StatusCode.lower().contains("error") | text("error.type").notnull()).ifelse("error", "ok"),
        "truncated": (finish.contains("length") | finish.contains("max_tokens") | finish.contains("MAX_TOKENS")),
        "role": role,
        "input_tokens": number(genai.INPUT),
        "cache_read": number(genai.CACHE_READ),
        "cache_write_5m": number(genai.CACHE_WRITE),
        "output_tokens": embedding.ifelse(output.fill_null(0), output),
        "reasoning": number(genai.REASONING),
        "total_tokens": number(genai.TOTAL),
        "convention_group": scope + " " + provider,
        "drop": broken.ifelse("bad_value", ibis.null("string")),
    }
    return _whole(table, columns)


VIEWS = {"plain": plain_view, "otel-rows": otel_view}
DEFAULT_TABLES = {"plain": ("calls_log", None), "otel-rows": ("otel_traces", OTEL_TRACES)}


def _whole(table: ir.Table, columns: dict[str, ir.Value]) -> ir.Table:
    """All columns of `RAW_SCHEMA`, in order; what the view does not give is null or the default."""
    defaults = {
        "role": ibis.literal("call"),
        "row_order": ibis.literal(0, type="int64"),
        "reasoning_inside": ibis.literal(True),
        "sampling_rate": ibis.literal(1.0),
    }
    return table.select(
        **{name: columns.get(name, defaults.get(name, ibis.null(kind))) for name, kind in RAW_SCHEMA.items()}
    )


def _key(value: ir.Value) -> ir.Value:
    """Numbers stay numbers: grouping by them is faster than by text."""
    return value.nullif("") if value.type().is_string() else value


def _present(value: ir.Value) -> ir.BooleanValue:
    return (value.notnull() & (value != "")) if value.type().is_string() else value.notnull()


def _micros(value: ir.Value) -> ir.IntegerValue:
    """Microseconds since 1970 (whole seconds where the engine has timestamps); numbers are told by their size."""
    kind = value.type()
    if kind.is_string():
        value = value.nullif("").try_cast("timestamp")
        kind = value.type()
    if kind.is_timestamp() or kind.is_date():
        return value.cast("timestamp").epoch_seconds().cast("int64") * 1_000_000
    whole = value.cast("float64")
    return ibis.cases(
        (whole < 1e11, whole * 1e6), (whole < 1e14, whole * 1e3), (whole < 1e17, whole), else_=whole / 1e3
    ).cast("int64")
