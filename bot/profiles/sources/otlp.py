"""OTLP-JSON span files (Collector file exporter, SDK file exporters): OTel GenAI, OpenLLMetry, OpenInference, AI SDK, Logfire.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding — one `{"resourceSpans": [...]}` per line or file.
Whether input includes cached tokens differs by instrumentation *and* its version (openllmetry#4449, logfire#1812), so the
writer's scope and version are the group that is decided together, and no documentation is taken for granted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.profiles.sources import genai
from bot.profiles.sources.row import (
    BadValueError,
    Found,
    Options,
    RawCall,
    Record,
    feature_of,
    first,
    first_tokens,
    guarded,
    micros,
    milliseconds,
    nested,
    task_of,
    text,
    tokens,
)

NAME = "otlp-json"
TITLE = "OpenTelemetry spans as OTLP JSON (OTel GenAI, OpenLLMetry, OpenInference, Vercel AI SDK, Logfire)"
VERSION = 1


def claims(record: Record) -> int:
    if isinstance(record.get("resourceSpans"), list):
        return 100
    return 80 if "spanId" in record and "startTimeUnixNano" in record else 0


def calls(record: Record, options: Options) -> Iterator[Found]:
    if "spanId" in record:
        yield guarded(_span, record, {}, {}, options)
        return
    for resource_spans in _objects(record.get("resourceSpans")):
        resource = _attributes(_object(resource_spans.get("resource")).get("attributes"))
        for scope_spans in _objects(
            resource_spans.get("scopeSpans") or resource_spans.get("instrumentationLibrarySpans")
        ):
            scope = _object(scope_spans.get("scope") or scope_spans.get("instrumentationLibrary"))
            for span in _objects(scope_spans.get("spans")):
                yield guarded(_span, span, resource, scope, options)


def _span(span: Record, resource: Record, scope: Record, options: Options) -> RawCall:
    attributes = _attributes(span.get("attributes"))
    start, end = micros(_int(span.get("startTimeUnixNano"))), micros(_int(span.get("endTimeUnixNano")))
    return from_attributes(
        attributes,
        resource,
        options,
        RawCall(
            trace_id=text(span.get("traceId")),
            span_id=text(span.get("spanId")),
            parent_id=text(span.get("parentSpanId")),
            start_us=start,
            latency_ms=milliseconds(start, end),
            status="error" if _object(span.get("status")).get("code") in (2, "STATUS_CODE_ERROR") else "ok",
            convention_group=f"{scope.get('name') or '?'}@{scope.get('version') or '?'}",
        ),
    )


def from_attributes(attributes: Record, resource: Record, options: Options, span: RawCall) -> RawCall:
    """The span with what its attributes say. Shared with the sources that carry OTel attributes in another wrapping."""
    both = {**resource, **attributes}
    provider = text(first(attributes, *genai.PROVIDER))
    cache_write_5m, cache_write_1h, cache_read = _cache(attributes)
    output = first_tokens(attributes, *genai.OUTPUT)
    if output is None and genai.is_embedding(attributes):
        output = 0
    finish = str(first(attributes, *genai.FINISH) or "")
    return span._replace(
        feature=feature_of(options, both, first(both, *genai.FEATURE, "service.name")),
        model=text(first(attributes, *genai.MODEL)) or options.model,
        prompt_name=text(first(both, *genai.PROMPT_NAME)),
        prompt_version=text(first(both, *genai.PROMPT_VERSION)),
        task_key=task_of(options, both, span.trace_id or first(both, *genai.CONVERSATION)),
        row_id=f"{span.trace_id}/{span.span_id}" if span.span_id else None,
        status="error" if first(attributes, "error.type") else span.status,
        truncated=any(w in finish for w in ("length", "max_tokens", "MAX_TOKENS")) if finish else None,
        role=genai.role(attributes),
        input_tokens=first_tokens(attributes, *genai.INPUT),
        cache_read=cache_read,
        cache_write_5m=cache_write_5m,
        cache_write_1h=cache_write_1h,
        output_tokens=output,
        reasoning=_reasoning(attributes),
        total_tokens=first_tokens(attributes, *genai.TOTAL),
        convention_group=f"{span.convention_group} {provider or '?'}",
    )


def _cache(attributes: Record) -> tuple[int | None, int | None, int | None]:
    """Written for 5 minutes, written for an hour, read. What the AI SDK leaves out stands in the provider's own metadata."""
    metadata = nested(attributes.get(genai.PROVIDER_METADATA))
    read = first_tokens(attributes, *genai.CACHE_READ)
    if read is None:
        read = _provider_tokens(metadata, genai.PROVIDER_READ)
    by_ttl = nested(nested(nested(metadata.get("anthropic")).get("usage")).get("cache_creation"))
    if by_ttl:
        return tokens(by_ttl.get("ephemeral_5m_input_tokens")), tokens(by_ttl.get("ephemeral_1h_input_tokens")), read
    written = first_tokens(attributes, *genai.CACHE_WRITE)
    return written if written is not None else _provider_tokens(metadata, genai.PROVIDER_WRITE), None, read


def _reasoning(attributes: Record) -> int | None:
    logged = first_tokens(attributes, *genai.REASONING)
    if logged is not None:
        return logged
    return _provider_tokens(nested(attributes.get(genai.PROVIDER_METADATA)), genai.PROVIDER_REASONING)


def _provider_tokens(metadata: Record, places: tuple[tuple[str, ...], ...]) -> int | None:
    """The count at the first of the places that has one, of any provider."""
    for *outer, key in places:
        for provider in metadata.values():
            inside = nested(provider)
            for name in outer:
                inside = nested(inside.get(name))
            found = tokens(inside.get(key))
            if found is not None:
                return found
    return None


def _attributes(value: object) -> dict[str, Any]:
    """OTLP's list of {key, value: {stringValue | intValue | ...}} as a mapping; a mapping is taken as it is."""
    if isinstance(value, Mapping):
        return dict(value)
    found: dict[str, Any] = {}
    for item in _objects(value):
        key, wrapped = item.get("key"), _object(item.get("value"))
        if isinstance(key, str):
            found[key] = _any_value(wrapped)
    return found


def _any_value(wrapped: Record) -> Any:
    if "intValue" in wrapped:
        return _int(wrapped["intValue"])
    if "arrayValue" in wrapped:
        return [_any_value(_object(v)) for v in _objects(_object(wrapped["arrayValue"]).get("values"))]
    return first(wrapped, "stringValue", "doubleValue", "boolValue")


def _int(value: object) -> int | None:
    if value is None or isinstance(value, int):
        return value
    try:
        return int(str(value))  # OTLP JSON writes 64-bit integers as text
    except ValueError:
        raise BadValueError(f"not a whole number: {str(value)[:30]!r}") from None


def _objects(value: object) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
