"""Langfuse observations: blob export (Parquet, JSONL, CSV), API answers, and a whole trace as `{trace, observations}`.

https://langfuse.com/docs/api-and-data-platform/features/export-to-blob-storage — schema read at langfuse @62751446.
`usage_details` is exclusive where Langfuse itself read OTel spans, but holds whatever an SDK user sent otherwise, in at
least three spellings: each spelling is a group of its own, decided from the totals.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.profiles.sources.genai import MODEL_STEP
from bot.profiles.sources.row import (
    Found,
    Options,
    RawCall,
    Record,
    Role,
    feature_of,
    first,
    guarded,
    micros,
    milliseconds,
    nested,
    task_of,
    text,
    tokens,
)

NAME = "langfuse"
TITLE = "Langfuse observations (Parquet, JSONL or CSV export, trace JSON)"
VERSION = 1

_READ = ("input_cached_tokens", "input_cache_read", "cache_read_input_tokens", "prompt_details.cache_read")
_WRITE_5M = (
    "input_cache_creation_5m",
    "input_cache_creation",
    "cache_creation_input_tokens",
    "prompt_details.cache_write",
)
_WRITE_1H = ("input_cache_creation_1h",)
_REASONING_OUTSIDE = ("output_reasoning_tokens", "output_reasoning")  # Langfuse subtracts these from `output`
_REASONING = ("completion_details.reasoning", "completion_tokens_details.reasoning_tokens")
_GENERATIONS = ("GENERATION", "EMBEDDING")


def claims(record: Record) -> int:
    if isinstance(record.get("observations"), list):
        return 95
    keys = record.keys()
    if keys & {"usageDetails", "usage_details"} and keys & {"traceId", "trace_id"}:
        return 95
    return 0


def calls(record: Record, options: Options) -> Iterator[Found]:
    observations = record.get("observations")
    if isinstance(observations, list):
        trace = nested(record.get("trace")) or record
        extra = {"trace_name": trace.get("name"), "session_id": trace.get("sessionId"), "user_id": trace.get("userId")}
        for observation in observations:
            if isinstance(observation, dict):
                yield guarded(_call, {**extra, **observation}, options)
    else:
        yield guarded(_call, record, options)


def _call(record: Record, options: Options) -> RawCall:
    usage = nested(first(record, "usageDetails", "usage_details"))
    kind, name = str(first(record, "type") or "").upper(), text(record.get("name"))
    start = micros(first(record, "startTime", "start_time"))
    prompt = text(first(record, "promptName", "prompt_name"))
    metadata = nested(record.get("metadata"))
    both = {**metadata, **record}
    trace = text(first(record, "traceId", "trace_id"))
    model = text(first(record, "model", "provided_model_name", "providedModelName", "internal_model_id"))
    spelling = next((k for k in (*_READ, *_WRITE_5M, *_WRITE_1H) if k in usage), "no cache keys")
    row = RawCall(
        feature=feature_of(options, both, prompt or first(record, "trace_name", "traceName") or name),
        model=model.rpartition("/models/")[2] if model else options.model,
        prompt_name=prompt,
        prompt_version=text(first(record, "promptVersion", "prompt_version")),
        task_key=task_of(options, both, trace),
        trace_id=trace,
        span_id=text(record.get("id")),
        parent_id=text(first(record, "parentObservationId", "parent_observation_id")),
        row_id=text(record.get("id")),
        row_order=micros(first(record, "updatedAt", "updated_at", "event_ts")) or 0,
        start_us=start,
        latency_ms=milliseconds(start, micros(first(record, "endTime", "end_time"))),
        status="error" if str(record.get("level")).upper() == "ERROR" else "ok",
        role=_role(kind, name, bool(usage)),
        convention_group=f"langfuse {spelling}",
        drop="deleted_row" if record.get("is_deleted") in (1, True) else None,
    )
    return _with_usage(row, usage, kind)


def _with_usage(row: RawCall, usage: dict[str, Any], kind: str) -> RawCall:
    cached = {*_READ, *_WRITE_5M, *_WRITE_1H}
    thought = {*_REASONING_OUTSIDE, *_REASONING}
    # Langfuse takes audio, image and text details out of `input` and `output`: they are billed, so they go back in.
    parts_in = [tokens(v) or 0 for k, v in usage.items() if k.startswith("input_") and k not in cached]
    parts_out = [tokens(v) or 0 for k, v in usage.items() if k.startswith("output_") and k not in thought]
    came_in, went_out = tokens(usage.get("input")), tokens(usage.get("output"))
    if went_out is None and kind == "EMBEDDING":
        went_out = 0
    total = tokens(usage.get("total"))
    reasoning = _any(usage, (*_REASONING_OUTSIDE, *_REASONING))
    outside = any(k in usage for k in _REASONING_OUTSIDE)
    if reasoning is None and "gemini" in (row.model or "") and None not in (came_in, went_out, total):
        # Gemini reports thoughts apart from candidates; here only the total gives them away.
        missing = (total or 0) - (came_in or 0) - (went_out or 0) - (_any(usage, _READ) or 0)
        reasoning, outside = (missing, True) if missing > 0 else (None, False)
    return row._replace(
        input_tokens=came_in + sum(parts_in) if came_in is not None else None,
        cache_read=_any(usage, _READ),
        cache_write_5m=_any(usage, _WRITE_5M),
        cache_write_1h=_any(usage, _WRITE_1H),
        output_tokens=went_out + sum(parts_out) if went_out is not None else None,
        reasoning=reasoning,
        reasoning_inside=not outside,
        total_tokens=total,
    )


def _any(usage: dict[str, Any], keys: tuple[str, ...]) -> int | None:
    return next((tokens(usage[k]) for k in keys if usage.get(k) is not None), None)


def _role(kind: str, name: str | None, used: bool) -> Role:
    # The AI SDK's outer span arrives as a GENERATION too; its `.doGenerate` children are the requests.
    outer_sdk_span = name is not None and name.startswith("ai.") and not name.endswith(MODEL_STEP)
    if kind in _GENERATIONS and not outer_sdk_span:
        return "call"
    return "aggregate" if used else "link"
