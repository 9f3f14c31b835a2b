"""Tables that an engine reads itself, as one normalising view each: plain Parquet or warehouse tables, and `otel_traces`.

Only the access to maps differs by engine, and Ibis writes that. Everything after the view is common.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import reduce

import ibis
import ibis.expr.types as ir

from bot.errors import ReviewError
from bot.profiles.engine.normalise import RAW_SCHEMA
from bot.profiles.sources import genai, plain
from bot.profiles.sources.row import MAX_TOKENS, Options

Keep = Callable[[str, ir.Table], ir.Table]
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


def _no_step(_: str, table: ir.Table) -> ir.Table:
    return table


def plain_view(table: ir.Table, options: Options, keep: Keep = _no_step) -> ir.Table:
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
    logged = word("status")
    status = logged.lower()
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
            (logged.isin(("ok",)), "ok"),
            (logged.isnull(), ibis.null("string")),
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
        "total_tokens": "total",
        "status": "status",
        "batch": "batch",
        "truncated": "truncated",
        "success": "success",
        "sampling_rate": "sampling_rate",
    }
    return frozenset(name for name, field in ours.items() if field not in have)


def otel_view(table: ir.Table, options: Options, keep: Keep = _no_step) -> ir.Table:
    """`otel_traces`: attributes are maps of text. The reading rules are those of `bot.profiles.sources.genai`.

    `keep` may give the picked attributes a name of their own, so that the text of a query does not repeat the picking.
    """
    missing = [c for c in OTEL_TRACES if c not in table.columns]
    if missing:
        raise ReviewError(f"the table has no column {', '.join(missing)}", "It is not the Collector's otel_traces.")
    spans = keep("aicost_spans", _attributes(table, options))
    used = spans.input_text.notnull() | spans.output_text.notnull()
    outer = used.ifelse("aggregate", "link")
    inner_step = reduce(lambda a, b: a | b, [spans.step.endswith(s) for s in genai.MODEL_STEP])
    role = ibis.cases(
        (spans.step.startswith("ai.").fill_null(False), inner_step.ifelse("call", outer)),
        (spans.kind.notnull(), spans.kind.upper().isin(genai.CALL_KINDS).ifelse("call", outer)),
        (spans.operation.isin(genai.OUTER_OPERATIONS).fill_null(False) | spans.traceloop.notnull(), outer),
        (spans.operation.isin(genai.CALL_OPERATIONS).fill_null(False) | spans.request.notnull() | used, "call"),
        else_="link",
    )
    embedding = (
        (spans.operation == "embeddings").fill_null(False)
        | (spans.kind == "EMBEDDING").fill_null(False)
        | spans.step.startswith("ai.embed").fill_null(False)
    )
    came_in, went_out = spans.input_text.try_cast("int64"), spans.output_text.try_cast("int64")
    broken = (came_in.isnull() & spans.input_text.notnull()) | (went_out.isnull() & spans.output_text.notnull())
    columns: dict[str, ir.Value] = {
        "feature": spans.feature,
        "model": spans.model,
        "prompt_name": spans.prompt_name,
        "prompt_version": spans.prompt_version,
        "task_key": spans.task_key,
        "trace_id": spans.trace_id,
        "span_id": spans.span_id,
        "parent_id": spans.parent_id,
        "row_id": spans.row_id,
        "start_us": spans.start_us,
        "latency_ms": spans.latency_ms,
        "status": spans.failed.ifelse("error", "ok"),
        "truncated": reduce(
            lambda a, b: a | b, [spans.finish.contains(w) for w in ("length", "max_tokens", "MAX_TOKENS")]
        ),
        "role": role,
        "input_tokens": came_in,
        "cache_read": spans.read_text.try_cast("int64").coalesce(
            _provider_tokens(spans.metadata, *genai.PROVIDER_READ)
        ),
        "cache_write_5m": _provider_tokens(spans.metadata, ("ephemeral_5m_input_tokens",)).coalesce(
            spans.write_text.try_cast("int64"), _provider_tokens(spans.metadata, *genai.PROVIDER_WRITE)
        ),
        "cache_write_1h": _provider_tokens(spans.metadata, ("ephemeral_1h_input_tokens",)),
        "output_tokens": embedding.ifelse(went_out.fill_null(0), went_out),
        "reasoning": spans.reasoning_text.try_cast("int64").coalesce(
            _provider_tokens(spans.metadata, *genai.PROVIDER_REASONING)
        ),
        "total_tokens": spans.total_text.try_cast("int64"),
        "convention_group": spans.writer,
        "drop": broken.ifelse("bad_value", ibis.null("string")),
    }
    return _whole(spans, columns)


def _provider_tokens(metadata: ir.StringValue, *places: tuple[str, ...]) -> ir.IntegerValue:
    """The count under the first name that the AI SDK's JSON text has one under; JSON itself is read otherwise everywhere."""
    names = dict.fromkeys(place[-1] for place in places)
    whole = metadata.fill_null("")  # ClickHouse searches no nulls
    return ibis.coalesce(*(whole.re_extract(f'"{name}": ?([0-9]+)', 1).try_cast("int64") for name in names))


def _attributes(table: ir.Table, options: Options) -> ir.Table:
    """The attributes that are read, as columns of text."""
    spans, resource = table.SpanAttributes, table.ResourceAttributes

    def text(*keys: str) -> ir.StringValue:
        return ibis.coalesce(*(spans.get(key, "").nullif("") for key in keys))

    feature = (
        ibis.literal(options.feature)
        if options.feature
        else text(options.feature_from)
        if options.feature_from
        else ibis.coalesce(
            text(*genai.FEATURE), resource.get("service.name", "").nullif(""), table.ServiceName.nullif("")
        )
    )
    scope = table.ScopeName.nullif("").fill_null("?") + "@" + table.ScopeVersion.nullif("").fill_null("?")
    return table.select(
        feature=feature,
        model=ibis.coalesce(text(*genai.MODEL), ibis.literal(options.model, type="string")),
        prompt_name=text(*genai.PROMPT_NAME),
        prompt_version=text(*genai.PROMPT_VERSION),
        task_key=text(options.task_from) if options.task_from else table.TraceId.nullif(""),
        trace_id=table.TraceId.nullif(""),
        span_id=table.SpanId.nullif(""),
        parent_id=table.ParentSpanId.nullif(""),
        row_id=table.TraceId + "/" + table.SpanId,
        start_us=_micros(table.Timestamp),
        latency_ms=table.Duration.cast("int64").cast("float64") / 1e6,
        failed=table.StatusCode.lower().contains("error") | text("error.type").notnull(),
        operation=text(genai.OPERATION),
        step=text(genai.AI_OPERATION),
        kind=text(genai.SPAN_KIND),
        traceloop=text(genai.TRACELOOP_KIND),
        request=text("llm.request.type"),
        finish=text(*genai.FINISH),
        input_text=text(*genai.INPUT),
        output_text=text(*genai.OUTPUT),
        read_text=text(*genai.CACHE_READ),
        write_text=text(*genai.CACHE_WRITE),
        reasoning_text=text(*genai.REASONING),
        total_text=text(*genai.TOTAL),
        metadata=text(genai.PROVIDER_METADATA),
        writer=scope + " " + text(*genai.PROVIDER).fill_null("?"),
    )


VIEWS = {"plain": plain_view, "otel-rows": otel_view}


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
    if kind.is_unknown():  # DuckDB has nanoseconds with a zone, and Ibis no such type
        value = value.cast("timestamp")
        kind = value.type()
    if kind.is_string():
        value = value.nullif("").try_cast("timestamp")
        kind = value.type()
    if kind.is_timestamp() or kind.is_date():
        # Cut to seconds first: DuckDB rounds where the others cut, which moves calls over midnight.
        return value.cast("timestamp").truncate("s").epoch_seconds().cast("int64") * 1_000_000
    whole = value.cast("float64")
    return ibis.cases(
        (whole < 1e11, whole * 1e6), (whole < 1e14, whole * 1e3), (whole < 1e17, whole), else_=whole / 1e3
    ).cast("int64")
