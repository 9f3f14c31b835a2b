"""PydanticAI agents.  https://ai.pydantic.dev/agents/"""

from __future__ import annotations

from prompts_scanner.shape import Binding, CallShape, Roles, Sdk

PYDANTIC_AI = Sdk(
    name="pydantic-ai",
    packages=("pydantic_ai", "pydantic_ai_slim"),
    bindings=(
        Binding(
            names=("Agent",),
            operation="chat",
            roles=Roles(
                model=("model", "0"),
                system=("system_prompt", "instructions"),
                tools=("tools",),
                schema=("output_type", "result_type"),
                output_cap=("model_settings.max_tokens",),
                max_turns=("usage_limits.request_limit",),
            ),
            invokes=(
                "run",
                "run_sync",
                "run_stream",
                "run_stream_events",
                "run_stream_sync",
                "iter",
                "to_cli",
                "to_cli_sync",
            ),
            kind="agent",
        ),
        Binding(
            names=(
                "OpenAIModel",
                "OpenAIChatModel",
                "OpenAIResponsesModel",
                "AnthropicModel",
                "GoogleModel",
                "GeminiModel",
                "GroqModel",
                "MistralModel",
                "CohereModel",
                "BedrockConverseModel",
                "HuggingFaceModel",
                "OpenRouterModel",
                "infer_model",
            ),
            operation="chat",
            roles=Roles(model=("model_name", "0")),
            bills=False,
        ),
        Binding(names=("FallbackModel",), operation="chat", roles=Roles(model=("0",)), bills=False, choices=True),
        Binding(
            names=("Embedder",),
            operation="embed",
            roles=Roles(model=("model", "0")),
            invokes=("embed_query", "embed_documents", "embed"),
            kind="embedder",
        ),
    ),
    functions=(
        *(
            CallShape(path=m, operation="chat", roles=Roles(model=("model", "0"), messages=("messages", "1")))
            for m in ("model_request", "model_request_sync", "model_request_stream")
        ),
    ),
    tool_decorators=("tool", "tool_plain"),
    # https://ai.pydantic.dev/agents/#system-prompts, https://ai.pydantic.dev/agents/#instructions
    prompt_decorators=("system_prompt", "instructions"),
    tool_factories=("Tool",),
)
