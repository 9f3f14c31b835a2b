"""LangSmith runs (bulk export or API).  https://docs.smith.langchain.com/observability/how_to_guides/data_export

`session_id` of a run is the *project*, not a conversation: the task is the trace, or a thread id in the metadata. Outer
runs (chains, agents) repeat the tokens of the model runs inside.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.profiles.sources.row import (
    Found,
    Options,
    RawCall,
    Record,
    Role,
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

NAME = "langsmith"
TITLE = "LangSmith runs"
VERSION = 1


def claims(record: Record) -> int:
    return 90 if "run_type" in record and "start_time" in record and "trace_id" in record else 0


def calls(record: Record, options: Options) -> Iterator[Found]:
    yield guarded(_call, record, options)


def _call(record: Record, options: Options) -> RawCall:
    metadata = nested(nested(record.get("extra")).get("metadata"))
    both = {**metadata, **{k: v for k, v in record.items() if k != "session_id"}}
    details, spent = nested(record.get("prompt_token_details")), nested(record.get("completion_token_details"))
    start, trace = micros(record.get("start_time")), text(record.get("trace_id"))
    failed = bool(record.get("error")) or record.get("status") == "error"
    used, went_out = tokens(record.get("prompt_tokens")), tokens(record.get("completion_tokens"))
    kind = str(record.get("run_type"))
    outer: Role = "aggregate" if used else "link"
    feature = first(metadata, "feature", "lc_agent_name", "ls_run_name", "langgraph_node") or record.get("name")
    return RawCall(
        feature=feature_of(options, both, feature),
        model=text(first(metadata, "ls_model_name")) or options.model,
        prompt_name=text(first(metadata, "lc_hub_repo")),
        prompt_version=text(first(metadata, "lc_hub_commit_hash")),
        task_key=task_of(options, both, trace),
        trace_id=trace,
        span_id=text(record.get("id")),
        parent_id=text(record.get("parent_run_id")),
        row_id=text(record.get("id")),
        row_order=micros(record.get("end_time")) or 0,
        start_us=start,
        latency_ms=milliseconds(start, micros(record.get("end_time"))),
        status="error" if failed else "ok",
        role="call" if kind in ("llm", "embedding") else outer,
        input_tokens=used,
        cache_read=first_tokens(details, "cache_read"),
        cache_write_5m=first_tokens(details, "cache_creation", "ephemeral_5m_input_tokens"),
        cache_write_1h=first_tokens(details, "ephemeral_1h_input_tokens"),
        output_tokens=went_out,
        reasoning=first_tokens(spent, "reasoning"),
        total_tokens=tokens(record.get("total_tokens")),
        convention_group=f"langsmith {metadata.get('ls_provider') or '?'}",
    )
