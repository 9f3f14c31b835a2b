"""Vertex AI request-response log, exported from BigQuery as JSON, or a plain `generateContent` answer per line.

https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/request-response-logging — `promptTokenCount` includes
cached tokens; thoughts are billed as output but are not part of `candidatesTokenCount`. The log is sampled (its
`samplingRate` is not in the rows): give `--sampling-rate`.
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
    guarded,
    micros,
    nested,
    task_of,
    text,
    tokens,
)

NAME = "vertex"
TITLE = "Vertex AI request-response log"
VERSION = 1


def claims(record: Record) -> int:
    if "logging_time" in record and ("full_response" in record or "response_payload" in record):
        return 95
    return 60 if "usageMetadata" in record else 0


def calls(record: Record, options: Options) -> Iterator[Found]:
    yield guarded(_call, record, options)


def _call(record: Record, options: Options) -> RawCall:
    answer = nested(record.get("full_response")) or dict(record)
    request, usage = nested(record.get("full_request")), nested(answer.get("usageMetadata"))
    labels = {**nested(request.get("labels")), **nested(record.get("labels"))}
    model = text(first(answer, "modelVersion")) or text(first(record, "model_version", "model"))
    went_out, thoughts = tokens(usage.get("candidatesTokenCount")), tokens(usage.get("thoughtsTokenCount"))
    if went_out is None and usage.get("totalTokenCount") is not None and usage.get("promptTokenCount") is not None:
        went_out = 0  # protobuf JSON leaves zeros out: all thoughts and no answer
    candidates = answer.get("candidates")
    first_candidate = nested(candidates[0]) if isinstance(candidates, list) and candidates else {}
    reason = str(first_candidate.get("finishReason") or "")
    return RawCall(
        feature=feature_of(options, labels, first(labels, "feature", "app")),
        model=(model or options.model or "").rpartition("/")[2] or None,
        task_key=task_of(options, labels, first(labels, "session", "trace_id", "task")),
        row_id=text(first(record, "request_id", "responseId")),
        start_us=micros(first(record, "logging_time", "createTime")),
        status="error" if nested(record.get("error")) else "ok",
        truncated=reason == "MAX_TOKENS" if reason else None,
        input_tokens=tokens(usage.get("promptTokenCount")),
        cache_read=tokens(usage.get("cachedContentTokenCount")),
        output_tokens=went_out,
        reasoning=thoughts,
        reasoning_inside=False,
        total_tokens=tokens(usage.get("totalTokenCount")),
        convention="inclusive",
        convention_group="vertex",
    )
