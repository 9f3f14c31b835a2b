"""Google GenAI, the older generativeai package, and Vertex AI.  https://ai.google.dev/api/generate-content"""

from __future__ import annotations

from dataclasses import replace

from prompts_scanner.shape import Binding, CallShape, Roles, Sdk

GENERATE = Roles(
    model=("model",),
    messages=("contents",),
    system=("config.system_instruction", "config.systemInstruction"),
    tools=("config.tools",),
    output_cap=("config.max_output_tokens", "config.maxOutputTokens"),
    reasoning=(
        "config.thinking_config.thinking_budget",
        "config.thinkingConfig.thinkingBudget",
        "config.thinking_config",
    ),
    schema=("config.response_schema", "config.responseSchema", "config.response_json_schema"),
    cache=("config.cached_content", "config.cachedContent"),
    answers=("config.candidate_count", "config.candidateCount"),
)
# What is sent, and what `chats.create` was told before.
_CHAT = replace(GENERATE, messages=("message", "0", "history"))
_LEGACY_CALL = Roles(
    messages=("contents", "0"),
    tools=("tools",),
    output_cap=("generation_config.max_output_tokens", "generationConfig.maxOutputTokens"),
    answers=("generation_config.candidate_count", "generationConfig.candidateCount"),
)

GOOGLE = Sdk(
    name="google-genai",
    packages=("google.genai", "google", "@google/genai"),
    provider="google",
    clients=("Client", "GoogleGenAI"),
    shapes=(
        *(
            CallShape(
                path=f"models.{m}", operation="chat", roles=GENERATE, distinct=True, requires=("model", "contents")
            )
            for m in ("generate_content", "generate_content_stream", "generateContent", "generateContentStream")
        ),
        *(
            CallShape(
                path=f"models.{m}",
                operation="embed",
                roles=Roles(
                    model=("model",),
                    prompt=("contents",),
                    retrieval=("config.output_dimensionality", "config.outputDimensionality"),
                ),
                distinct=True,
                requires=("model", "contents"),
            )
            for m in ("embed_content", "embedContent")
        ),
        *(
            CallShape(
                path=f"models.{m}",
                operation="image",
                roles=Roles(
                    model=("model",),
                    prompt=("prompt",),
                    answers=("config.number_of_images", "config.numberOfImages"),
                ),
                distinct=True,
                requires=("model", "prompt"),
            )
            for m in ("generate_images", "generateImages")
        ),
        *(
            CallShape(path=f"chats.create.{m}", operation="chat", roles=_CHAT)
            for m in ("send_message", "send_message_stream", "sendMessage", "sendMessageStream")
        ),
        CallShape(
            path="live.connect",
            operation="chat",
            roles=Roles(model=("model",), system=("config.system_instruction",), tools=("config.tools",)),
            distinct=True,
            requires=("model",),
        ),
    ),
)

GENERATIVEAI = Sdk(
    name="google-generativeai",
    packages=(
        "google.generativeai",
        "vertexai",
        "@google/generative-ai",
        "@google-cloud/vertexai",
        "google.cloud.aiplatform",
    ),
    provider="google",
    bindings=(
        Binding(
            names=("GenerativeModel", "getGenerativeModel", "GoogleGenerativeAI.getGenerativeModel"),
            operation="chat",
            roles=Roles(
                model=("model_name", "model", "0"),
                system=("system_instruction", "systemInstruction"),
                tools=("tools",),
                output_cap=("generation_config.max_output_tokens", "generationConfig.maxOutputTokens"),
                answers=("generation_config.candidate_count", "generationConfig.candidateCount"),
            ),
            invokes=(
                "generate_content",
                "generate_content_async",
                "generateContent",
                "generateContentStream",
                "send_message",
                "send_message_async",
                "sendMessage",
                "sendMessageStream",
            ),
        ),
        Binding(
            names=("getGenerativeModel", "GoogleGenerativeAI.getGenerativeModel"),
            operation="embed",
            roles=Roles(model=("model", "0")),
            invokes=("embedContent", "batchEmbedContents"),
            kind="embedder",
        ),
        Binding(
            names=("TextEmbeddingModel.from_pretrained", "MultiModalEmbeddingModel.from_pretrained"),
            operation="embed",
            roles=Roles(model=("model_name", "0"), prompt=("texts",)),
            invokes=("get_embeddings", "get_embeddings_async"),
            kind="embedder",
        ),
        Binding(
            names=(
                "TextGenerationModel.from_pretrained",
                "ChatModel.from_pretrained",
                "CodeGenerationModel.from_pretrained",
            ),
            operation="chat",
            roles=Roles(model=("model_name", "0")),
            invokes=("predict", "predict_async", "predict_streaming", "send_message"),
        ),
        Binding(
            names=("ImageGenerationModel.from_pretrained",),
            operation="image",
            roles=Roles(model=("model_name", "0")),
            invokes=("generate_images", "edit_image"),
        ),
    ),
    functions=(CallShape(path="embed_content", operation="embed", roles=Roles(model=("model",), prompt=("content",))),),
)
