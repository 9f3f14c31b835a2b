"""Logfire `records` (query API or export): a span per row, attributes as JSON.  https://logfire.pydantic.dev/docs/reference/sql/

Its OpenAI and Anthropic instrumentations exclude cached tokens up to PR #1812 (27 March 2026) and include them later: the
SDK version is part of the group that is decided together.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.profiles.sources.otlp import from_attributes
from bot.profiles.sources.row import Found, Options, RawCall, Record, first, guarded, micros, milliseconds, nested, text

NAME = "logfire"
TITLE = "Logfire records"
VERSION = 1


def claims(record: Record) -> int:
    return 90 if "start_timestamp" in record and "span_id" in record and "attributes" in record else 0


def calls(record: Record, options: Options) -> Iterator[Found]:
    yield guarded(_call, record, options)


def _call(record: Record, options: Options) -> RawCall:
    start, end = micros(record.get("start_timestamp")), micros(record.get("end_timestamp"))
    version = first(record, "otel_scope_version", "telemetry_sdk_version")
    failed = record.get("is_exception") is True or str(record.get("otel_status_code")).upper() == "ERROR"
    return from_attributes(
        nested(record.get("attributes")),
        {"service.name": record.get("service_name"), **nested(record.get("otel_resource_attributes"))},
        options,
        RawCall(
            trace_id=text(record.get("trace_id")),
            span_id=text(record.get("span_id")),
            parent_id=text(record.get("parent_span_id")),
            start_us=start,
            latency_ms=milliseconds(start, end),
            status="error" if failed else "ok",
            convention_group=f"{first(record, 'otel_scope_name') or 'logfire'}@{version or '?'}",
            # A pending span is written when the span starts and again, in full, when it ends: the full one is kept.
            row_order=-1 if record.get("kind") == "pending_span" else 0,
            drop="pending_span" if record.get("kind") == "pending_span" else None,
        ),
    )
