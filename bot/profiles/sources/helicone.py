"""Helicone requests (`request_response_rmt`, or the request export).  https://docs.helicone.ai/rest/request/post-v1requestquery

The table is a ReplacingMergeTree: a request can be there in several versions, of which the last one counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.profiles.sources.row import (
    Found,
    Options,
    RawCall,
    Record,
    feature_of,
    first,
    first_tokens,
    guarded,
    micros,
    nested,
    number,
    task_of,
    text,
    tokens,
)

NAME = "helicone"
TITLE = "Helicone request log"
VERSION = 1
_FEATURE = ("Feature", "feature", "Helicone-Property-Feature", "Helicone-Prompt-Id", "Helicone-Session-Name")
_TASK = ("Helicone-Session-Id", "session_id", "Session")


def claims(record: Record) -> int:
    return 90 if "request_created_at" in record and "prompt_tokens" in record else 0


def calls(record: Record, options: Options) -> Iterator[Found]:
    yield guarded(_call, record, options)


def _call(record: Record, options: Options) -> RawCall:
    properties = nested(first(record, "properties", "request_properties"))
    both = {**properties, **record}
    code = tokens(first(record, "status", "response_status"))
    return RawCall(
        feature=feature_of(options, both, first(properties, *_FEATURE)),
        model=text(first(record, "model", "response_model", "request_model")) or options.model,
        prompt_name=text(first({**properties, **record}, "prompt_id", "Helicone-Prompt-Id")),
        prompt_version=text(first(record, "prompt_version")),
        task_key=task_of(options, both, first(properties, *_TASK)),
        row_id=text(first(record, "request_id")),
        row_order=micros(first(record, "updated_at", "response_created_at")) or 0,
        start_us=micros(record.get("request_created_at")),
        latency_ms=number(first(record, "latency", "delay_ms")),
        status="error" if code is not None and code >= 400 else "ok",
        input_tokens=tokens(record.get("prompt_tokens")),
        cache_read=first_tokens(record, "prompt_cache_read_tokens"),
        cache_write_5m=first_tokens(record, "prompt_cache_write_tokens"),
        output_tokens=tokens(record.get("completion_tokens")),
        reasoning=first_tokens(record, "reasoning_tokens"),
        total_tokens=first_tokens(record, "total_tokens"),
        convention_group=f"helicone {first(record, 'provider') or '?'}",
        # Helicone's own response cache answered: no request reached the provider.
        drop="response_cache_hit" if _cached(record) else None,
    )


def _cached(record: Record) -> bool:
    reference = str(record.get("cache_reference_id") or "")
    return bool(reference.strip("0-"))
