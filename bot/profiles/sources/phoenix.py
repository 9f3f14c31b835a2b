"""Arize Phoenix span export: OpenInference attributes as columns (`attributes.llm.token_count.prompt`, ...) or as JSON.

https://arize.com/docs/phoenix/tracing/how-to-tracing/importing-and-exporting-traces/extract-data-from-spans
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.profiles.sources.otlp import from_attributes
from bot.profiles.sources.row import Found, Options, RawCall, Record, first, guarded, micros, milliseconds, nested, text

NAME = "phoenix"
TITLE = "Phoenix / OpenInference span export"
VERSION = 1
_PREFIX = "attributes."


def claims(record: Record) -> int:
    if "context.trace_id" in record or ("span_kind" in record and "context" in record):
        return 90
    if "span_kind" in record and "llm_token_count_prompt" in record:  # the table `spans` of Phoenix's own database
        return 90
    return 70 if any(k.startswith(_PREFIX + "llm.") for k in record) else 0


def calls(record: Record, options: Options) -> Iterator[Found]:
    yield guarded(_call, record, options)


def _call(record: Record, options: Options) -> RawCall:
    context = nested(record.get("context"))
    attributes = {k.removeprefix(_PREFIX): v for k, v in record.items() if k.startswith(_PREFIX)}
    attributes |= _flat(nested(record.get("attributes")))
    kind = first(record, "span_kind")
    if kind is not None:
        attributes.setdefault("openinference.span.kind", kind)
    start, end = micros(record.get("start_time")), micros(record.get("end_time"))
    return from_attributes(
        attributes,
        {"service.name": first(record, "project_name")},
        options,
        RawCall(
            trace_id=text(first(record, "context.trace_id", "trace_id", "trace_rowid") or context.get("trace_id")),
            span_id=text(first(record, "context.span_id", "span_id") or context.get("span_id")),
            parent_id=text(record.get("parent_id")),
            start_us=start,
            latency_ms=milliseconds(start, end),
            status="error" if str(record.get("status_code")).upper() == "ERROR" else "ok",
            convention_group="openinference@?",
        ),
    )


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested attributes with dotted names; lists stay as they are."""
    found: dict[str, Any] = {}
    for key, inner in value.items():
        if isinstance(inner, dict):
            found |= _flat(inner, f"{prefix}{key}.")
        else:
            found[prefix + key] = inner
    return found
