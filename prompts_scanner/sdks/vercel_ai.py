"""Vercel AI SDK.  https://ai-sdk.dev/docs/reference/ai-sdk-core"""

from __future__ import annotations

from prompts_scanner.shape import Binding, CallShape, Roles, Sdk

_TEXT = Roles(
    model=("model",),
    messages=("messages",),
    system=("system", "instructions"),
    prompt=("prompt",),
    tools=("tools",),
    output_cap=("maxOutputTokens", "maxTokens", "maxCompletionTokens"),
    reasoning=(
        "providerOptions.openai.reasoningEffort",
        "providerOptions.anthropic.thinking.budgetTokens",
        "providerOptions.google.thinkingConfig.thinkingBudget",
    ),
    schema=("schema", "experimental_output", "output"),
    cache=("providerOptions.anthropic.cacheControl",),
    max_turns=("stopWhen", "maxSteps", "maxToolRoundtrips"),
)

VERCEL_AI = Sdk(
    name="vercel-ai",
    packages=(
        "ai",
        "@ai-sdk",
        "ai/rsc",
        "@openrouter/ai-sdk-provider",
        "ollama-ai-provider",
        "workers-ai-provider",
        "@openai/ai-sdk",
    ),
    functions=(
        *(CallShape(path=m, operation="chat", roles=_TEXT) for m in ("generateText", "streamText", "streamUI")),
        *(
            CallShape(path=m, operation="chat", roles=_TEXT, structured=True)
            for m in ("generateObject", "streamObject")
        ),
        CallShape(path="embed", operation="embed", roles=Roles(model=("model",), prompt=("value",))),
        CallShape(path="embedMany", operation="embed", roles=Roles(model=("model",), prompt=("values",))),
        CallShape(
            path="rerank", operation="rerank", roles=Roles(model=("model",), prompt=("query",), retrieval=("topN",))
        ),
        *(
            CallShape(path=m, operation="image", roles=Roles(model=("model",), prompt=("prompt",)))
            for m in ("generateImage", "experimental_generateImage")
        ),
        *(
            CallShape(path=m, operation="speech", roles=Roles(model=("model",), prompt=("text",)))
            for m in ("generateSpeech", "experimental_generateSpeech")
        ),
        *(
            CallShape(path=m, operation="transcribe", roles=Roles(model=("model",)))
            for m in ("transcribe", "experimental_transcribe")
        ),
    ),
    bindings=(
        Binding(
            names=("ToolLoopAgent", "Experimental_Agent", "Agent"),
            operation="chat",
            roles=_TEXT,
            invokes=("generate", "stream", "respond"),
            kind="agent",
        ),
    ),
    model_factories=(
        "openai",
        "anthropic",
        "google",
        "azure",
        "mistral",
        "groq",
        "xai",
        "deepseek",
        "fireworks",
        "togetherai",
        "bedrock",
        "vertex",
        "cohere",
        "perplexity",
        "gateway",
        "openrouter",
        "ollama",
        "languageModel",
        "textEmbeddingModel",
        "chat",
        "responses",
        "completion",
        "embedding",
        "chatModel",
        "customModel",
    ),
    tool_factories=("tool", "dynamicTool"),
)
