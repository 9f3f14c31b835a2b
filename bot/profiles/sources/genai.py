"""Which span attribute means what, for the dialects of OpenTelemetry that model calls are logged in.

OTel GenAI semantic conventions (open-telemetry/semantic-conventions @384d6616), OpenLLMetry (traceloop/openllmetry
@93429cfb), OpenInference (Arize-ai/openinference @1fe497f), Vercel AI SDK telemetry and Logfire, read in November 2026.
The tuples are in order of trust; both the reader of span files and the view over span tables use them.
"""

from __future__ import annotations

from bot.profiles.sources.row import Record, Role, first

INPUT = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.token_count.prompt",
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
    "llm.usage.prompt_tokens",
)
OUTPUT = (
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.token_count.completion",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
    "llm.usage.completion_tokens",
)
CACHE_READ = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "llm.token_count.prompt_details.cache_read",
    "ai.usage.cachedInputTokens",
    "ai.usage.inputTokenDetails.cacheReadTokens",
    "gen_ai.usage.details.cache_read_tokens",
    "gen_ai.usage.details.cache_read_input_tokens",
)
CACHE_WRITE = (
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "llm.token_count.prompt_details.cache_write",
    "ai.usage.inputTokenDetails.cacheWriteTokens",
    "gen_ai.usage.details.cache_write_tokens",
    "gen_ai.usage.details.cache_creation_input_tokens",
)
REASONING = (
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "llm.token_count.completion_details.reasoning",
    "ai.usage.reasoningTokens",
    "ai.usage.outputTokenDetails.reasoningTokens",
    "gen_ai.usage.details.reasoning_tokens",
)
TOTAL = ("gen_ai.usage.total_tokens", "llm.token_count.total", "ai.usage.totalTokens", "llm.usage.total_tokens")
MODEL = (
    "gen_ai.response.model",
    "gen_ai.request.model",
    "llm.model_name",
    "ai.response.model",
    "ai.model.id",
)
PROVIDER = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "ai.model.provider")
FEATURE = (
    "aicost.feature",
    "gen_ai.prompt.name",
    "traceloop.prompt.key",
    "ai.telemetry.functionId",
    "traceloop.workflow.name",
    "gen_ai.workflow.name",
    "gen_ai.agent.name",
    "traceloop.entity.name",
)
PROMPT_NAME = ("gen_ai.prompt.name", "traceloop.prompt.key", "langfuse.observation.prompt.name")
PROMPT_VERSION = (
    "gen_ai.prompt.version",
    "traceloop.prompt.version",
    "llm.prompt_template.version",
    "langfuse.observation.prompt.version",
)
CONVERSATION = ("gen_ai.conversation.id", "session.id", "traceloop.correlation.id")
OPERATION = "gen_ai.operation.name"
AI_OPERATION = "ai.operationId"
SPAN_KIND = "openinference.span.kind"
TRACELOOP_KIND = "traceloop.span.kind"
FINISH = ("gen_ai.response.finish_reasons", "ai.response.finishReason", "llm.finish_reason")

CALL_OPERATIONS = ("chat", "text_completion", "generate_content", "embeddings", "completion")
OUTER_OPERATIONS = ("invoke_agent", "create_agent", "execute_tool", "invoke_workflow", "execute_task", "chain")
CALL_KINDS = ("LLM", "EMBEDDING", "RERANKER")
# Where the AI SDK's provider packages put cached tokens in `ai.response.providerMetadata`, below the provider's name: up to
# version 4 reads stand nowhere else, and writes of Anthropic and Bedrock up to 5 (vercel/ai, packages/openai, azure, anthropic,
# amazon-bedrock, google, google-vertex, openai-compatible with xai and others, deepseek). The provider's name is the user's to
# choose in the compatible ones, so the names below it are what counts.
PROVIDER_METADATA = "ai.response.providerMetadata"
PROVIDER_READ = (
    ("cachedPromptTokens",),
    ("cacheReadInputTokens",),
    ("usage", "cache_read_input_tokens"),
    ("usage", "cacheReadInputTokens"),
    ("usageMetadata", "cachedContentTokenCount"),
    ("promptCacheHitTokens",),  # DeepSeek
)
PROVIDER_WRITE = (
    ("cacheCreationInputTokens",),
    ("usage", "cache_creation_input_tokens"),
    ("usage", "cacheWriteInputTokens"),
    # The AI SDK drops OpenAI's billed cache writes (gpt-5.6 on) everywhere but here (coder/mux#3705).
    ("cacheWriteTokens",),
    ("cache_write_tokens",),
)
PROVIDER_REASONING = (("reasoningTokens",),)
MODEL_STEP = (".doGenerate", ".doStream", ".doEmbed")  # the AI SDK's inner spans: one request each
USAGE = INPUT + OUTPUT


def has_usage(attributes: Record) -> bool:
    return first(attributes, *USAGE) is not None


def is_embedding(attributes: Record) -> bool:
    """Embeddings have no output: a missing output is then 0, not unknown."""
    operation = str(attributes.get(AI_OPERATION) or "")
    return (
        attributes.get(OPERATION) == "embeddings"
        or attributes.get(SPAN_KIND) == "EMBEDDING"
        or operation.startswith("ai.embed")
    )


def role(attributes: Record) -> Role:
    """Whether a span is a request, an outer span that repeats usage, or neither."""
    operation, step = attributes.get(OPERATION), str(attributes.get(AI_OPERATION) or "")
    used = has_usage(attributes)
    outer: Role = "aggregate" if used else "link"
    if step.startswith("ai."):
        return "call" if step.endswith(MODEL_STEP) else outer
    if attributes.get(SPAN_KIND):
        return "call" if str(attributes[SPAN_KIND]).upper() in CALL_KINDS else outer
    if operation in OUTER_OPERATIONS or attributes.get(TRACELOOP_KIND):
        return outer
    if operation in CALL_OPERATIONS or attributes.get("llm.request.type"):
        return "call"
    return "call" if used else "link"
