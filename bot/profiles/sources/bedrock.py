"""Amazon Bedrock model invocation log (JSON.gz in S3, CloudWatch).

https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html — `inputTokenCount` is the part of the
input that was neither read from nor written to the cache. `requestMetadata` is what the caller set: feature and task.
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
    task_of,
    text,
    tokens,
)

NAME = "bedrock"
TITLE = "Amazon Bedrock invocation log"
VERSION = 1


def claims(record: Record) -> int:
    if record.get("schemaType") == "ModelInvocationLog":
        return 100
    return 80 if "modelId" in record and isinstance(record.get("input"), dict) else 0


def calls(record: Record, options: Options) -> Iterator[Found]:
    yield guarded(_call, record, options)


def _call(record: Record, options: Options) -> RawCall:
    came_in, went_out = nested(record.get("input")), nested(record.get("output"))
    metadata = nested(record.get("requestMetadata"))
    body = went_out.get("outputBodyJson")
    usage = nested(nested(body).get("usage"))
    latency = tokens(nested(nested(body).get("metrics")).get("latencyMs"))
    model = str(record.get("modelId") or "")
    stop = str(nested(body).get("stopReason") or "")
    output = tokens(went_out.get("outputTokenCount"))
    if output is None and "embed" in model:
        output = 0
    return RawCall(
        feature=feature_of(options, metadata, first(metadata, "feature", "Feature", "app")),
        model=text(model.rpartition("/")[2]) or options.model,
        prompt_name=text(first(metadata, "prompt", "prompt_name")),
        prompt_version=text(first(metadata, "prompt_version")),
        task_key=task_of(options, metadata, first(metadata, "session", "session_id", "trace_id", "task")),
        row_id=text(record.get("requestId")),
        start_us=micros(record.get("timestamp")),
        latency_ms=float(latency) if latency is not None else None,
        status="error" if record.get("errorCode") else "ok",
        batch="Batch" in str(record.get("operation")) or None,
        truncated=stop == "max_tokens" if stop else None,
        input_tokens=tokens(came_in.get("inputTokenCount")),
        cache_read=_cache(came_in, usage, "cacheReadInputTokenCount", "cacheReadInputTokens"),
        cache_write_5m=_cache(came_in, usage, "cacheWriteInputTokenCount", "cacheWriteInputTokens"),
        output_tokens=output,
        convention="exclusive",
        convention_group="bedrock",
    )


def _cache(came_in: Record, usage: Record, *keys: str) -> int | None:
    found = first_tokens(came_in, *keys)
    return found if found is not None else first_tokens(usage, *keys)
