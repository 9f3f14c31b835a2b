"""Frameworks that live in TypeScript.

Mastra https://mastra.ai/docs, Genkit https://genkit.dev/docs, CopilotKit https://docs.copilotkit.ai/
"""

from __future__ import annotations

from prompts_scanner.shape import Binding, CallShape, Roles, Sdk

MASTRA = Sdk(
    name="mastra",
    packages=("@mastra/core", "@mastra/core/agent", "@mastra"),
    bindings=(
        Binding(
            names=("Agent",),
            operation="chat",
            roles=Roles(
                model=("model",),
                system=("instructions",),
                tools=("tools",),
                max_turns=("defaultGenerateOptions.maxSteps", "maxSteps"),
            ),
            invokes=("generate", "stream", "generateVNext", "streamVNext", "generateLegacy", "streamLegacy", "network"),
            kind="agent",
        ),
    ),
    tool_factories=("createTool",),
)

_GENERATE = Roles(
    model=("model",),
    system=("system",),
    prompt=("prompt", "0"),
    messages=("messages",),
    tools=("tools",),
    output_cap=("config.maxOutputTokens",),
    schema=("output.schema", "output"),
    max_turns=("maxTurns",),
)

GENKIT = Sdk(
    name="genkit",
    packages=("genkit", "@genkit-ai", "@genkit-ai/ai", "@genkit-ai/core", "genkit.ai", "genkit/beta"),
    clients=("genkit", "Genkit"),
    shapes=(
        *(
            CallShape(path=m, operation="chat", roles=_GENERATE)
            for m in ("generate", "generateStream", "chat", "generate_stream")
        ),
        *(
            CallShape(path=m, operation="embed", roles=Roles(model=("embedder",), prompt=("content",)))
            for m in ("embed", "embedMany")
        ),
        CallShape(
            path="definePrompt",
            operation="chat",
            roles=Roles(
                model=("0.model", "model"),
                system=("system",),
                prompt=("prompt", "1"),
                messages=("messages",),
                tools=("tools",),
                schema=("output.schema",),
                output_cap=("config.maxOutputTokens",),
            ),
        ),
        CallShape(
            path="rerank",
            operation="rerank",
            roles=Roles(model=("reranker",), prompt=("query",), retrieval=("options.k",)),
        ),
    ),
    functions=(*(CallShape(path=m, operation="chat", roles=_GENERATE) for m in ("generate", "generateStream")),),
    model_factories=("googleAI.model", "vertexAI.model", "openAI.model"),
    tool_factories=("defineTool",),
)

COPILOTKIT = Sdk(
    name="copilotkit",
    packages=("@copilotkit/runtime", "@copilotkit"),
    bindings=(
        Binding(
            names=(
                "OpenAIAdapter",
                "AnthropicAdapter",
                "GoogleGenerativeAIAdapter",
                "GroqAdapter",
                "LangChainAdapter",
                "BuiltInAgent",
            ),
            operation="chat",
            roles=Roles(model=("model",), system=("prompt",)),
        ),
    ),
)
