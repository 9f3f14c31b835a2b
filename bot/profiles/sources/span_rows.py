"""Spans as rows: the ClickHouse / Parquet table of the Collector (`otel_traces`), one row per span.

https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/clickhouseexporter — columns
`TraceId`, `SpanId`, `ParentSpanId`, `Timestamp`, `Duration` (ns), `SpanAttributes` and `ResourceAttributes` (maps of text).
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.profiles.sources.otlp import from_attributes
from bot.profiles.sources.row import Found, Options, RawCall, Record, first, guarded, micros, nested, text, tokens

NAME = "otel-rows"
TITLE = "OpenTelemetry spans as rows (otel_traces of ClickHouse, Collector Parquet)"
VERSION = 1


def claims(record: Record) -> int:
    return 95 if "SpanAttributes" in record and "TraceId" in record else 0


def calls(record: Record, options: Options) -> Iterator[Found]:
    yield guarded(_call, record, options)


def _call(record: Record, options: Options) -> RawCall:
    duration = tokens(record.get("Duration"))
    resource = {"service.name": first(record, "ServiceName"), **nested(record.get("ResourceAttributes"))}
    return from_attributes(
        nested(record.get("SpanAttributes")),
        resource,
        options,
        RawCall(
            trace_id=text(record.get("TraceId")),
            span_id=text(record.get("SpanId")),
            parent_id=text(record.get("ParentSpanId")),
            start_us=micros(record.get("Timestamp")),
            latency_ms=duration / 1e6 if duration is not None else None,
            status="error" if "error" in str(record.get("StatusCode")).lower() else "ok",
            convention_group=f"{first(record, 'ScopeName') or '?'}@{first(record, 'ScopeVersion') or '?'}",
        ),
    )
