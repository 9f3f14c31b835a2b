"""One small log per source, in the shape that its product writes, with the trap that a naive reading falls into."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bot.errors import ReviewError
from bot.profiles.build import decided_text
from bot.profiles.sources import SOURCES
from tests.profiles.make import Made, build, jsonl

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
SECOND = 1_000_000_000
T0 = 1_793_600_000  # a day of November 2026


def made(folder: Path, rows: list[Any], name: str = "log.jsonl", **said: Any) -> Made:
    return build(folder, jsonl(folder / name, rows), **said)


def means(found: Made) -> dict[str, float]:
    """Tokens over all calls, by class, without those that are 0."""
    (model,) = found.one.models
    return {name: round(mean * model.n, 3) for name, mean in model.mean.items() if mean}


SPAN_ROW = {
    "Timestamp": T0 * SECOND,
    "TraceId": "t1",
    "SpanId": "1",
    "ParentSpanId": "",
    "ServiceName": "shop",
    "ResourceAttributes": {"service.name": "shop"},
    "ScopeName": "ai",
    "ScopeVersion": "",
    "Duration": 5_000_000,
    "StatusCode": "STATUS_CODE_UNSET",
}
_TEXTS = pa.map_(pa.string(), pa.string())
SPAN_TABLE = pa.schema(
    [
        ("Timestamp", pa.timestamp("ns")),
        *(
            (name, pa.string())
            for name in ("TraceId", "SpanId", "ParentSpanId", "ServiceName", "ScopeName", "ScopeVersion")
        ),
        ("ResourceAttributes", _TEXTS),
        ("SpanAttributes", _TEXTS),
        ("Duration", pa.int64()),
        ("StatusCode", pa.string()),
    ]
)


# --- OpenTelemetry ------------------------------------------------------------------------------------------------


def span(
    number: int, attributes: dict[str, Any], *, parent: int | None = None, trace: int = 1, error: bool = False
) -> Any:
    def wrapped(value: Any) -> dict[str, Any]:
        if isinstance(value, list):
            return {"arrayValue": {"values": [wrapped(v) for v in value]}}
        return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}

    start = (T0 + number) * SECOND
    return {
        "traceId": f"{trace:032x}",
        "spanId": f"{number:016x}",
        **({"parentSpanId": f"{parent:016x}"} if parent is not None else {}),
        "name": "chat",
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + SECOND),
        "attributes": [{"key": k, "value": wrapped(v)} for k, v in attributes.items()],
        "status": {"code": 2} if error else {},
    }


def otlp(*spans: Any, scope: str = "opentelemetry.instrumentation.openai", version: str = "1.0") -> dict[str, Any]:
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
                "scopeSpans": [{"scope": {"name": scope, "version": version}, "spans": list(spans)}],
            }
        ]
    }


def chat(came_in: int, went_out: int, model: str = "gpt-5", **more: Any) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": came_in,
        "gen_ai.usage.output_tokens": went_out,
        **{k.replace("__", "."): v for k, v in more.items()},
    }


READ, WRITTEN = "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_creation.input_tokens"


def test_an_agent_span_that_sums_its_calls_is_not_a_call(tmp_path: Path) -> None:
    agent = {**chat(300, 30), "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "helper"}
    tool = {"gen_ai.operation.name": "execute_tool"}
    log = otlp(
        span(1, agent),
        span(2, chat(100, 10), parent=1),
        span(3, tool, parent=1),
        span(4, chat(200, 20), parent=3),
        span(5, chat(50, 5), trace=2, error=True),
    )
    found = made(tmp_path, [log])
    assert means(found) == {"uncached_input": 350, "output_visible": 35}
    assert found.one.source.rows_dropped == {"not_a_call": 1, "parent_span": 1}
    assert found.one.source.tokens_dropped == {"parent_span": 330}
    assert found.one.tasks is not None
    assert found.one.tasks.calls_hist == {1: 1, 2: 1}
    assert found.one.calls.billed_failure_rate == pytest.approx(1 / 3)


def test_an_agent_span_without_calls_below_is_said(tmp_path: Path) -> None:
    lonely = {**chat(300, 30), "gen_ai.operation.name": "invoke_agent"}
    found = made(tmp_path, [otlp(span(1, lonely), span(2, chat(100, 10), trace=2))])
    assert found.one.source.rows_dropped == {"outer_span_without_calls": 1}


def test_the_same_cached_call_by_two_instrumentations(tmp_path: Path) -> None:
    """openllmetry#4449: 1,012 input tokens by one package and 12 by the other, of which 1,000 were read."""
    inclusive = otlp(
        span(1, chat(1012, 20, **{READ: 1000, "gen_ai.usage.total_tokens": 1032})),
        scope="opentelemetry.instrumentation.anthropic",
    )
    exclusive = otlp(span(2, chat(12, 20, **{READ: 1000}), trace=2), scope="opentelemetry.instrumentation.bedrock")
    found = made(tmp_path, [inclusive, exclusive])
    assert means(found) == {"uncached_input": 24, "cache_read": 2000, "output_visible": 40}
    assert found.one.source.usage_convention == "mixed"
    assert found.one.source.usage_decided == {"exclusive_by_data": 1, "inclusive_by_data": 1}
    said = decided_text(found.measured.origin)
    assert said == "2 calls with cached tokens; the input is 50.0% exclusive by data, 50.0% inclusive by data"


def test_an_otlp_log_with_cached_tokens_that_prove_nothing_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="does not tell"):
        made(tmp_path, [otlp(span(1, chat(1012, 20, **{READ: 500})))])


def test_reasoning_is_part_of_the_output_in_otel(tmp_path: Path) -> None:
    log = otlp(span(1, chat(100, 50, **{"gen_ai.usage.reasoning.output_tokens": 30})))
    assert means(made(tmp_path, [log])) == {"uncached_input": 100, "output_visible": 20, "reasoning": 30}


def test_the_outer_span_of_the_ai_sdk_repeats_its_inner_one(tmp_path: Path) -> None:
    """And cache writes of OpenAI stand only in the provider's metadata (coder/mux#3705)."""
    outer = {"ai.operationId": "ai.generateText", "ai.usage.inputTokens": 900, "ai.usage.outputTokens": 60}
    inner = {
        **outer,
        "ai.operationId": "ai.generateText.doGenerate",
        "ai.model.id": "gpt-5.6",
        "ai.usage.totalTokens": 960,
        "ai.usage.cachedInputTokens": 100,
        "ai.response.providerMetadata": json.dumps({"openai": {"cacheWriteTokens": 700}}),
        "ai.telemetry.functionId": "answer",
    }
    found = made(tmp_path, [otlp(span(1, outer), span(2, inner, parent=1), scope="ai")])
    assert found.one.feature == "answer"
    assert means(found) == {"uncached_input": 100, "cache_read": 100, "cache_write_5m": 700, "output_visible": 60}


@pytest.mark.parametrize(
    ("model", "usage", "metadata", "expected"),
    [
        (  # version 4: cached input and reasoning of OpenAI are in the metadata only; input includes what was read
            "gpt-5",
            {"ai.usage.promptTokens": 1012, "ai.usage.completionTokens": 50},
            {"openai": {"cachedPromptTokens": 1000, "reasoningTokens": 30}},
            {"uncached_input": 12, "cache_read": 1000, "output_visible": 20, "reasoning": 30},
        ),
        (  # versions 4 and 5: Anthropic's own count of the input, without what was read and written
            "claude-sonnet-5",
            {"ai.usage.promptTokens": 12, "ai.usage.completionTokens": 20},
            {"anthropic": {"cacheCreationInputTokens": 300, "cacheReadInputTokens": 1000}},
            {"uncached_input": 12, "cache_read": 1000, "cache_write_5m": 300, "output_visible": 20},
        ),
        (
            "claude-sonnet-5",
            {"ai.usage.inputTokens": 12, "ai.usage.outputTokens": 20, "ai.usage.cachedInputTokens": 1000},
            {"anthropic": {"usage": {"cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200}}}},
            {"uncached_input": 12, "cache_read": 1000, "cache_write_5m": 100, "cache_write_1h": 200, "output_visible": 20},
        ),
        (
            "eu.anthropic.claude-sonnet-5-v1:0",
            {"ai.usage.inputTokens": 12, "ai.usage.outputTokens": 20, "ai.usage.cachedInputTokens": 1000},
            {"bedrock": {"usage": {"cacheWriteInputTokens": 300}}},
            {"uncached_input": 12, "cache_read": 1000, "cache_write_5m": 300, "output_visible": 20},
        ),
        (
            "gemini-3-pro",
            {"ai.usage.promptTokens": 1012, "ai.usage.completionTokens": 20},
            {"google": {"usageMetadata": {"cachedContentTokenCount": 1000}}},
            {"uncached_input": 12, "cache_read": 1000, "output_visible": 20},
        ),
        (
            "gpt-5",
            {"ai.usage.promptTokens": 1012, "ai.usage.completionTokens": 50},
            {"azure": {"cachedPromptTokens": 1000, "reasoningTokens": 30}},
            {"uncached_input": 12, "cache_read": 1000, "output_visible": 20, "reasoning": 30},
        ),
        (
            "grok-4",
            {"ai.usage.promptTokens": 1012, "ai.usage.completionTokens": 50},
            {"xai": {"cachedPromptTokens": 1000, "reasoningTokens": 30}},
            {"uncached_input": 12, "cache_read": 1000, "output_visible": 20, "reasoning": 30},
        ),
        (
            "gemini-3-pro",
            {"ai.usage.promptTokens": 1012, "ai.usage.completionTokens": 20},
            {"vertex": {"groundingMetadata": None, "usageMetadata": {"cachedContentTokenCount": 1000}}},
            {"uncached_input": 12, "cache_read": 1000, "output_visible": 20},
        ),
        (
            "deepseek-chat",
            {"ai.usage.promptTokens": 1012, "ai.usage.completionTokens": 20},
            {"deepseek": {"promptCacheHitTokens": 1000, "promptCacheMissTokens": 12}},
            {"uncached_input": 12, "cache_read": 1000, "output_visible": 20},
        ),
        (  # a provider of the user's own through `createOpenAICompatible`
            "llama-4",
            {"ai.usage.promptTokens": 1012, "ai.usage.completionTokens": 20},
            {"our-gateway": {"cachedPromptTokens": 1000}},
            {"uncached_input": 12, "cache_read": 1000, "output_visible": 20},
        ),
        (  # version 6: details of its own, and input that includes them whoever the provider is
            "claude-sonnet-5",
            {
                "ai.usage.inputTokens": 1312,
                "ai.usage.outputTokens": 50,
                "ai.usage.inputTokenDetails.cacheReadTokens": 1000,
                "ai.usage.inputTokenDetails.cacheWriteTokens": 300,
                "ai.usage.outputTokenDetails.reasoningTokens": 30,
            },
            {},
            {"uncached_input": 12, "cache_read": 1000, "cache_write_5m": 300, "output_visible": 20, "reasoning": 30},
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["otlp", "parquet"])
def test_the_ai_sdk_leaves_cached_tokens_to_the_provider(
    tmp_path: Path, form: str, model: str, usage: dict[str, int], metadata: Any, expected: dict[str, float]
) -> None:
    """By its version they stand in other places (vercel/ai, packages/*/src/*-language-model.ts)."""
    total = sum(expected.values()) if sum(usage.values()) > 1000 else None
    said = {
        "ai.operationId": "ai.generateText.doGenerate",
        "ai.model.id": model,
        "ai.telemetry.functionId": "answer",
        **usage,
        **({"ai.usage.totalTokens": int(total)} if total and "ai.usage.cachedInputTokens" not in usage else {}),
        **({"ai.response.providerMetadata": json.dumps(metadata)} if metadata else {}),
    }
    if form == "otlp":
        found = made(tmp_path, [otlp(span(1, said), scope="ai", version="")])
    else:
        row = {**SPAN_ROW, "SpanAttributes": {k: str(v) for k, v in said.items()}}
        pq.write_table(pa.Table.from_pylist([row], schema=SPAN_TABLE), tmp_path / "spans.parquet")
        found = build(tmp_path, tmp_path / "spans.parquet")
    assert means(found) == expected


def test_an_otlp_workflow_of_openllmetry(tmp_path: Path) -> None:
    """Workflow and task spans around a request whose tokens stand under the old names (openllmetry @93429cfb)."""
    request = {
        "llm.request.type": "chat",
        "gen_ai.system": "Anthropic",
        "gen_ai.response.model": "claude-sonnet-5",
        "gen_ai.usage.prompt_tokens": 1012,
        "gen_ai.usage.completion_tokens": 20,
        "llm.usage.total_tokens": 1032,
        "gen_ai.usage.cache_read_input_tokens": 1000,
        "traceloop.workflow.name": "support",
        "traceloop.prompt.key": "faq",
        "traceloop.prompt.version": 3,
    }
    around = [{"traceloop.span.kind": kind, "traceloop.workflow.name": "support"} for kind in ("workflow", "task")]
    log = otlp(span(1, around[0]), span(2, around[1], parent=1), span(3, request, parent=2))
    found = made(tmp_path, [log])
    assert (found.one.feature, found.one.models[0].prompt_versions) == ("faq", {"3": 1.0})
    assert means(found) == {"uncached_input": 12, "cache_read": 1000, "output_visible": 20}
    assert found.one.source.rows_dropped == {"not_a_call": 2}


def test_an_otlp_span_of_openinference(tmp_path: Path) -> None:
    """The chain around it repeats its tokens (openinference @1fe497f)."""
    tokens = {"llm.token_count.prompt": 1012, "llm.token_count.completion": 50, "llm.token_count.total": 1062}
    details = {
        "llm.token_count.prompt_details.cache_read": 700,
        "llm.token_count.prompt_details.cache_write": 300,
        "llm.token_count.completion_details.reasoning": 30,
    }
    chain = {"openinference.span.kind": "CHAIN", **tokens}
    model = {"openinference.span.kind": "LLM", "llm.model_name": "claude-sonnet-5", **tokens, **details}
    found = made(tmp_path, [otlp(span(1, chain), span(2, model, parent=1))])
    expected = {"uncached_input": 12, "cache_read": 700, "cache_write_5m": 300, "output_visible": 20, "reasoning": 30}
    assert means(found) == expected
    assert found.one.source.rows_dropped == {"parent_span": 1}


def test_a_span_that_was_exported_twice_counts_once(tmp_path: Path) -> None:
    one = otlp(span(1, chat(100, 10)))
    found = made(tmp_path, [one, one, otlp(span(2, chat(40, 4), trace=2))])
    assert means(found) == {"uncached_input": 140, "output_visible": 14}
    assert found.one.source.rows_dropped == {"duplicate": 1}


def test_rows_of_otel_traces_read_as_the_spans_do(tmp_path: Path) -> None:
    """As a file of JSON rows through the adapter, and as Parquet through the engine's view."""
    attributes = {**chat(100, 10), READ: 40, "gen_ai.usage.total_tokens": 110, "gen_ai.prompt.name": "faq"}
    agent = {**chat(100, 10), "gen_ai.operation.name": "invoke_agent"}
    rows = [
        {
            "Timestamp": f"2026-11-02 10:00:0{number}",
            "TraceId": "t1",
            "SpanId": str(number),
            "ParentSpanId": parent,
            "ServiceName": "shop",
            "ResourceAttributes": {"service.name": "shop"},
            "ScopeName": "s",
            "ScopeVersion": "1",
            "SpanAttributes": {k: str(v) for k, v in said.items()},
            "Duration": 5_000_000,
            "StatusCode": "STATUS_CODE_UNSET",
        }
        for number, parent, said in ((1, "", agent), (2, "1", attributes))
    ]
    expected = {"uncached_input": 60, "cache_read": 40, "output_visible": 10}
    (tmp_path / "json").mkdir()
    assert means(made(tmp_path / "json", rows)) == expected
    texts = pa.map_(pa.string(), pa.string())
    kinds = {
        "ResourceAttributes": texts,
        "SpanAttributes": texts,
        "Duration": pa.int64(),
        "Timestamp": pa.timestamp("ns"),
    }
    columns = {
        name: pa.array(
            [
                list(r[name].items())
                if isinstance(r[name], dict)
                else _stamp(r[name])
                if name == "Timestamp"
                else r[name]
                for r in rows
            ],
            type=kinds.get(name, pa.string()),
        )
        for name in rows[0]
    }
    pq.write_table(pa.table(columns), tmp_path / "spans.parquet")
    found = build(tmp_path, tmp_path / "spans.parquet")
    assert found.one.feature == "faq"
    assert means(found) == expected


def _stamp(text: str) -> int:
    return (T0 + int(text[-1])) * SECOND


# --- platforms ----------------------------------------------------------------------------------------------------


def observation(number: int, usage: dict[str, int], **more: Any) -> dict[str, Any]:
    return {
        "id": f"o{number}",
        "trace_id": "t1",
        "type": "GENERATION",
        "name": "answer",
        "start_time": f"2026-11-02T10:00:{number:02}.000Z",
        "end_time": f"2026-11-02T10:00:{number + 1:02}.000Z",
        "provided_model_name": "claude-sonnet-5",
        "usage_details": usage,
        **more,
    }


def test_langfuse_takes_cached_tokens_and_reasoning_out(tmp_path: Path) -> None:
    usage = {"input": 12, "input_cache_read": 1000, "output": 20, "output_reasoning": 30, "total": 1062}
    found = made(tmp_path, [observation(1, usage, prompt_name="faq", prompt_version=3)])
    assert found.one.feature == "faq"
    assert found.one.models[0].prompt_versions == {"3": 1.0}
    assert means(found) == {"uncached_input": 12, "cache_read": 1000, "output_visible": 20, "reasoning": 30}


def test_langfuse_holds_what_an_sdk_user_sent(tmp_path: Path) -> None:
    """Another spelling, with cached tokens inside the input: its totals tell."""
    usage = {"input": 1012, "input_cached_tokens": 1000, "output": 20, "total": 1032}
    found = made(tmp_path, [observation(1, usage)])
    assert means(found) == {"uncached_input": 12, "cache_read": 1000, "output_visible": 20}


def test_langfuse_keeps_the_last_version_of_a_row(tmp_path: Path) -> None:
    old = observation(1, {"input": 5, "output": 1, "total": 6}, event_ts="2026-11-02T10:00:02Z")
    new = observation(1, {"input": 50, "output": 10, "total": 60}, event_ts="2026-11-02T10:00:09Z")
    outer = observation(2, {"input": 50, "output": 10, "total": 60}, type="SPAN")
    inner = {**new, "parent_observation_id": "o2"}
    deleted = observation(3, {"input": 7, "output": 7, "total": 14}, is_deleted=1)
    found = made(tmp_path, [inner, old, outer, deleted])
    assert means(found) == {"uncached_input": 50, "output_visible": 10}
    assert found.one.source.rows_dropped == {"deleted_row": 1, "duplicate": 1, "parent_span": 1}


def spend(number: int, came_in: int, went_out: int, **more: Any) -> dict[str, Any]:
    return {
        "request_id": f"r{number}",
        "call_type": "acompletion",
        "startTime": f"2026-11-02T10:00:{number:02}",
        "endTime": f"2026-11-02T10:00:{number + 1:02}",
        "model": "claude-sonnet-5",
        "custom_llm_provider": "anthropic",
        "prompt_tokens": came_in,
        "completion_tokens": went_out,
        "total_tokens": came_in + went_out,
        "spend": 0.01,
        "request_tags": '["feature:faq", "prod"]',
        "cache_hit": "",
        "metadata": "{}",
        **more,
    }


def test_litellm_prompt_cache_is_in_the_metadata_and_cache_hit_is_another_cache(tmp_path: Path) -> None:
    usage = {"cache_read_input_tokens": 600, "cache_creation_input_tokens": 300}
    found = made(
        tmp_path,
        [
            spend(1, 1000, 50, metadata=json.dumps({"usage_object": usage})),
            spend(2, 900, 40, cache_hit="True"),  # LiteLLM's own cache answered: nothing was billed
            spend(3, 0, 0, status="failure"),  # 0 is what it writes where it knows nothing
        ],
    )
    assert found.one.feature == "faq"
    assert means(found) == {"uncached_input": 100, "cache_read": 600, "cache_write_5m": 300, "output_visible": 50}
    assert found.one.source.rows_dropped == {"failed_without_usage": 1, "response_cache_hit": 1}
    assert found.one.source.usage_decided == {"inclusive_by_documentation": 1}


def test_litellm_messages_may_exclude_what_completions_include(tmp_path: Path) -> None:
    """litellm#23342: each call type is decided on its own."""
    read = json.dumps({"usage_object": {"cache_read_input_tokens": 600}})
    found = made(
        tmp_path, [spend(1, 1000, 50, metadata=read), spend(2, 9, 50, metadata=read, call_type="anthropic_messages")]
    )
    assert means(found) == {"uncached_input": 409, "cache_read": 1200, "output_visible": 100}


def request(number: int, came_in: int | None, went_out: int | None, **more: Any) -> dict[str, Any]:
    return {
        "request_id": f"r{number}",
        "request_created_at": f"2026-11-02 10:00:{number:02}",
        "model": "claude-sonnet-5",
        "provider": "ANTHROPIC",
        "prompt_tokens": came_in,
        "completion_tokens": went_out,
        "status": 200,
        "latency": 900,
        "properties": {"Feature": "faq", "Helicone-Session-Id": "s1"},
        **more,
    }


def test_helicone_versions_of_a_request_and_its_own_cache(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        [
            request(1, 10, 1, updated_at="2026-11-02 10:00:02"),
            request(1, 12, 20, prompt_cache_read_tokens=1000, updated_at="2026-11-02 10:00:05"),
            request(2, 12, 20, cache_reference_id="a3bb189e-8bf9-3888-9912-ace4e6543002"),
            request(3, None, None, status=529),
        ],
    )
    assert means(found) == {"uncached_input": 12, "cache_read": 1000, "output_visible": 20}
    assert found.one.source.rows_dropped == {"duplicate": 1, "failed_without_usage": 1, "response_cache_hit": 1}
    assert found.one.tasks is not None
    assert found.one.tasks.n == 1


def run(name: str, kind: str, number: int, parent: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "name": "bot",
        "run_type": kind,
        "trace_id": "t1",
        "parent_run_id": parent,
        "session_id": "the project",
        "start_time": f"2026-11-02T10:00:{number:02}",
        "end_time": f"2026-11-02T10:00:{number + 1:02}",
        "status": "success",
        "prompt_tokens": 1012,
        "completion_tokens": 20,
        "total_tokens": 1032,
        "extra": {"metadata": {"ls_model_name": "claude-sonnet-5", "ls_provider": "anthropic"}},
        **more,
    }


def test_langsmith_chains_repeat_their_runs_and_a_session_is_a_project(tmp_path: Path) -> None:
    read = {"prompt_token_details": {"cache_read": 1000}}
    other = run("m2", "llm", 5, trace_id="t2")
    found = made(
        tmp_path,
        [run("c", "chain", 1), run("p", "prompt", 2, "c", prompt_tokens=None), run("m", "llm", 3, "c", **read), other],
    )
    assert means(found) == {"uncached_input": 1024, "cache_read": 1000, "output_visible": 40}
    assert found.one.source.rows_dropped == {"not_a_call": 1, "parent_span": 1}
    assert found.one.tasks is not None
    assert found.one.tasks.n == 2  # traces, not the one project


def record(number: int, version: str, came_in: int, **more: Any) -> dict[str, Any]:
    attributes = {**chat(came_in, 20), READ: 1000, "gen_ai.usage.total_tokens": 1032}
    return {
        "start_timestamp": f"2026-03-2{number}T10:00:00Z",
        "end_timestamp": f"2026-03-2{number}T10:00:01Z",
        "trace_id": f"t{number}",
        "span_id": f"s{number}",
        "parent_span_id": None,
        "kind": "span",
        "otel_scope_name": "logfire.openai",
        "otel_scope_version": version,
        "service_name": "shop",
        "attributes": json.dumps(attributes),
        **more,
    }


def test_logfire_changed_its_mind_between_two_versions(tmp_path: Path) -> None:
    """logfire#1812: rows of old versions exclude cached tokens, rows of new ones include them."""
    pending = record(1, "4.20", 12, kind="pending_span")
    found = made(tmp_path, [pending, record(1, "4.20", 12), record(9, "4.31", 1012)])
    assert means(found) == {"uncached_input": 24, "cache_read": 2000, "output_visible": 40}
    assert found.one.source.usage_convention == "mixed"


def invocation(number: int, came_in: dict[str, int], **more: Any) -> dict[str, Any]:
    return {
        "schemaType": "ModelInvocationLog",
        "timestamp": f"2026-11-02T10:00:{number:02}Z",
        "requestId": f"r{number}",
        "operation": "Converse",
        "modelId": "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-sonnet-5-v1:0",
        "input": came_in,
        "output": {"outputTokenCount": 20, "outputBodyJson": {"metrics": {"latencyMs": 900}, "stopReason": "end_turn"}},
        "requestMetadata": {"feature": "faq", "session": "s1"},
        **more,
    }


def test_bedrock_counts_only_what_was_not_cached(tmp_path: Path) -> None:
    cached = {"inputTokenCount": 12, "cacheReadInputTokenCount": 1000, "cacheWriteInputTokenCount": 300}
    failed = invocation(2, {}, errorCode="ThrottlingException", output={})
    found = made(tmp_path, [invocation(1, cached), failed])
    assert found.one.models[0].model == "eu.anthropic.claude-sonnet-5-v1:0"
    assert means(found) == {"uncached_input": 12, "cache_read": 1000, "cache_write_5m": 300, "output_visible": 20}
    assert found.one.source.rows_dropped == {"failed_without_usage": 1}


def test_api_management_splits_a_long_message_over_rows(tmp_path: Path) -> None:
    rows = [
        {
            "TimeGenerated": "2026-11-02T10:00:00Z",
            "CorrelationId": "c1",
            "SequenceNumber": n,
            "ModelName": "gpt-5",
            "PromptTokens": 100,
            "CompletionTokens": 10,
            "TotalTokens": 110,
            "OperationName": "faq",
        }
        for n in range(3)
    ]
    found = made(tmp_path, rows)
    assert means(found) == {"uncached_input": 100, "output_visible": 10}
    assert found.one.source.rows_dropped == {"duplicate": 2}
    assert found.one.models[0].cache_hit_calls_share is None  # the table has no such column


def test_api_management_in_the_table_azurediagnostics(tmp_path: Path) -> None:
    """There the columns carry their type behind their name, and every other service writes to the same table."""
    row = {
        "TimeGenerated": "2026-11-02T10:00:00Z",
        "Category": "GatewayLlmLogs",
        "ResourceProvider": "MICROSOFT.APIMANAGEMENT",
        "CorrelationId": "c1",
        "modelName_s": "gpt-5-mini",
        "deploymentName_s": "mini",
        "apiId_s": "help",
        "promptTokens_d": 900.0,
        "completionTokens_d": 60.0,
        "totalTokens_d": 960.0,
        "sequenceNumber_d": 1.0,
    }
    part = {**row, "sequenceNumber_d": 0.0}  # the message in pieces: the same numbers
    gateway = {
        "TimeGenerated": "2026-11-02T10:00:00Z",
        "Category": "GatewayLogs",
        "CorrelationId": "c1",
        "responseCode_d": 200.0,
    }
    found = made(tmp_path, [row, part, {**row, "CorrelationId": "c2"}, gateway])
    assert found.one.source.adapter == "azure-apim"
    assert (found.one.calls.n, found.one.models[0].model, found.one.feature) == (2, "gpt-5-mini", "help")
    assert means(found) == {"uncached_input": 2 * 900, "output_visible": 2 * 60}  # of both calls
    assert found.one.source.rows_dropped == {"duplicate": 1, "not_a_call": 1}


def test_azures_own_request_log_has_no_tokens(tmp_path: Path) -> None:
    """`RequestResponse` of Azure OpenAI holds lengths in bytes: they are refused, with what to take instead."""
    lengths = {
        "TimeGenerated": "2026-11-02T10:00:00Z",
        "Category": "RequestResponse",
        "ResourceProvider": "MICROSOFT.COGNITIVESERVICES",
        "CorrelationId": "c1",
        "properties_s": json.dumps({"modelName": "gpt-5-mini", "requestLength": 4000, "responseLength": 900}),
    }
    with pytest.raises(ReviewError, match="lengths and no tokens") as caught:
        made(tmp_path, [lengths])
    assert "API Management" in caught.value.hint


def test_vertex_thoughts_are_billed_beside_the_answer(tmp_path: Path) -> None:
    usage = {
        "promptTokenCount": 1012,
        "cachedContentTokenCount": 1000,
        "candidatesTokenCount": 20,
        "thoughtsTokenCount": 300,
        "totalTokenCount": 1332,
    }
    row = {
        "logging_time": "2026-11-02T10:00:00Z",
        "model": "publishers/google/models/gemini-3-pro",
        "full_response": json.dumps({"usageMetadata": usage, "candidates": [{"finishReason": "MAX_TOKENS"}]}),
        "full_request": json.dumps({"labels": {"feature": "faq"}}),
    }
    found = made(tmp_path, [row], sampling_rate=0.1)
    assert found.one.models[0].model == "gemini-3-pro"
    assert means(found) == {"uncached_input": 12, "cache_read": 1000, "output_visible": 20, "reasoning": 300}
    assert (found.one.source.sampling_rate, found.one.calls.truncated_rate) == (0.1, 1.0)


def test_phoenix_llm_spans_count_and_chains_do_not(tmp_path: Path) -> None:
    def exported(name: str, kind: str, parent: str | None) -> dict[str, Any]:
        return {
            "context.trace_id": "t1",
            "context.span_id": name,
            "parent_id": parent,
            "span_kind": kind,
            "start_time": "2026-11-02T10:00:00+00:00",
            "end_time": "2026-11-02T10:00:01+00:00",
            "status_code": "OK",
            "project_name": "shop",
            "attributes.llm.model_name": "gpt-5",
            "attributes.llm.token_count.prompt": 1012,
            "attributes.llm.token_count.completion": 20,
            "attributes.llm.token_count.total": 1032,
            "attributes.llm.token_count.prompt_details.cache_read": 1000,
        }

    found = made(tmp_path, [exported("a", "CHAIN", None), exported("b", "LLM", "a")])
    assert means(found) == {"uncached_input": 12, "cache_read": 1000, "output_visible": 20}
    assert found.one.source.rows_dropped == {"parent_span": 1}


def test_langsmith_writes_0_where_a_failed_run_reported_nothing(tmp_path: Path) -> None:
    nothing = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    found = made(tmp_path, [run("a", "llm", 1), run("b", "llm", 2, status="error", error="overloaded", **nothing)])
    assert (found.one.calls.n, found.one.source.rows_dropped) == (1, {"failed_without_usage": 1})
    assert means(found) == {"uncached_input": 1012, "output_visible": 20}


def test_phoenix_own_database_has_the_attributes_as_json(tmp_path: Path) -> None:
    """Rows of its table `spans`: no trace id, but the trace's row."""
    counts = {"prompt": 1012, "completion": 20, "total": 1032, "prompt_details": {"cache_read": 1000}}
    row = {
        "id": 1,
        "trace_rowid": 7,
        "span_id": "b",
        "parent_id": None,
        "span_kind": "LLM",
        "start_time": "2026-11-02T10:00:00+00:00",
        "end_time": "2026-11-02T10:00:01+00:00",
        "attributes": {"llm": {"model_name": "gpt-5", "token_count": counts}},
        "status_code": "OK",
        "llm_token_count_prompt": 1012,
        "llm_token_count_completion": 20,
    }
    found = made(tmp_path, [row, {**row, "id": 2, "span_id": "c"}])
    assert found.one.source.adapter == "phoenix"
    assert means(found) == {"uncached_input": 24, "cache_read": 2000, "output_visible": 40}
    assert found.one.tasks is not None
    assert found.one.tasks.calls_hist == {2: 1}


def test_rows_of_otel_traces_with_nanoseconds_and_a_zone(tmp_path: Path) -> None:
    """DuckDB reads such a column as a type that Ibis does not know."""
    at = SPAN_TABLE.get_field_index("Timestamp")
    schema = SPAN_TABLE.set(at, pa.field("Timestamp", pa.timestamp("ns", "UTC")))
    row = {**SPAN_ROW, "SpanAttributes": {k: str(v) for k, v in chat(100, 10).items()}}
    pq.write_table(pa.Table.from_pylist([row], schema=schema), tmp_path / "spans.parquet")
    found = build(tmp_path, tmp_path / "spans.parquet")
    assert means(found) == {"uncached_input": 100, "output_visible": 10}
    assert str(found.one.window.from_) == datetime.fromtimestamp(T0, UTC).date().isoformat()


def test_a_feature_is_found_in_the_metadata(tmp_path: Path) -> None:
    """As an object, as JSON text in an attribute, and where the source lays the metadata beside the columns."""
    shop = {"product": "shop"}
    spoken = {**run("a", "llm", 1), "extra": {"metadata": {"ls_model_name": "gpt-5", **shop}}}
    logs = [
        [observation(1, {"input": 5, "output": 1}, metadata=shop)],
        [otlp(span(1, {**chat(100, 10), "metadata": json.dumps(shop)}))],
        [spoken],
    ]
    for at, rows in enumerate(logs):
        folder = tmp_path / str(at)
        folder.mkdir()
        assert made(folder, rows, feature_from="metadata.product").one.feature == "shop"


def test_every_source_is_tested_here() -> None:
    named = Path(__file__).read_text("utf-8").partition("def test_every_source")[0]
    told = {"otlp-json": "_otlp_", "otel-rows": "_otel_traces_", "azure-apim": "_api_management_"}
    others = [s.NAME for s in SOURCES if s.NAME != "plain"]  # that one is in test_build
    assert [name for name in others if told.get(name, f"def test_{name}_") not in named] == []
