"""LiteLLM proxy spend logs (`LiteLLM_SpendLogs`), as JSONL, CSV or Parquet.  https://docs.litellm.ai/docs/proxy/cost_tracking

Prompt-cache tokens live in `metadata`, not in the column `cache_hit`: that one is LiteLLM's own response cache, whose hits
reach no provider and cost nothing. Read at BerriAI/litellm @029f645; `anthropic_messages` rows may exclude cached tokens
(litellm#23342), so each call type is decided on its own.
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
    milliseconds,
    nested,
    tag_feature,
    task_of,
    text,
    tokens,
)

NAME = "litellm"
TITLE = "LiteLLM spend logs"
VERSION = 1
# Chat completions: prompt_tokens follows OpenAI and includes cached tokens (litellm#11364).
_INCLUSIVE_CALLS = ("completion", "acompletion", "text_completion", "atext_completion")
_EMBEDDINGS = ("embedding", "aembedding")


def claims(record: Record) -> int:
    return 95 if {"request_id", "startTime", "prompt_tokens"} <= record.keys() and "spend" in record else 0


def calls(record: Record, options: Options) -> Iterator[Found]:
    yield guarded(_call, record, options)


def _call(record: Record, options: Options) -> RawCall:
    metadata = nested(record.get("metadata"))
    usage = {**nested(metadata.get("additional_usage_values")), **nested(metadata.get("usage_object"))}
    details, spent = nested(usage.get("prompt_tokens_details")), nested(usage.get("completion_tokens_details"))
    by_ttl = nested(usage.get("cache_creation") or details.get("cache_creation_token_details"))
    written = first_tokens(usage, "cache_creation_input_tokens")
    if written is None:
        written = first_tokens(details, "cache_creation_tokens", "cache_write_tokens")
    long_written = first_tokens(by_ttl, "ephemeral_1h_input_tokens")
    read = first_tokens(usage, "cache_read_input_tokens")
    both = {**nested(metadata.get("requester_metadata")), **metadata, **record}
    kind = str(record.get("call_type") or "?")
    start, end = micros(record.get("startTime")), micros(record.get("endTime"))
    tag = tag_feature(record.get("request_tags"))
    failed = str(first(record, "status") or metadata.get("status") or "").lower() == "failure"
    came_in, went_out = tokens(record.get("prompt_tokens")), tokens(record.get("completion_tokens"))
    return RawCall(
        feature=feature_of(options, both, first({"t": tag, **record}, "t", "agent_id", "team_id")),
        model=text(first(record, "model", "model_group")) or options.model,
        task_key=task_of(options, both, first(record, "session_id", "request_id")),
        row_id=text(record.get("request_id")),
        row_order=end or 0,
        start_us=start,
        latency_ms=milliseconds(start, end),
        status="error" if failed else "ok",
        batch="batch" in kind,
        input_tokens=came_in,
        cache_read=read if read is not None else first_tokens(details, "cached_tokens"),
        cache_write_5m=written - (long_written or 0) if written is not None else None,
        cache_write_1h=long_written,
        output_tokens=0 if kind in _EMBEDDINGS and not failed else went_out,
        reasoning=first_tokens(spent, "reasoning_tokens"),
        # total_tokens is prompt + completion by construction here: no evidence of anything, so it is left out.
        convention="inclusive" if kind in _INCLUSIVE_CALLS else None,
        convention_group=f"litellm {kind} {record.get('custom_llm_provider') or '?'}",
        drop="response_cache_hit" if str(record.get("cache_hit")).lower() == "true" else None,
    )
