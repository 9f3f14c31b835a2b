"""Mistral.  https://docs.mistral.ai/api/"""

from __future__ import annotations

from prompts_scanner.shape import CallShape, Roles, Sdk

_CHAT = Roles(
    model=("model",),
    messages=("messages",),
    tools=("tools",),
    output_cap=("max_tokens", "maxTokens"),
    schema=("response_format", "responseFormat"),
)

MISTRAL = Sdk(
    name="mistral",
    packages=("mistralai", "@mistralai/mistralai"),
    provider="mistral",
    clients=("Mistral", "MistralClient", "MistralAsyncClient", "default"),
    shapes=(
        *(
            CallShape(path=f"chat.{m}", operation="chat", roles=_CHAT)
            for m in ("complete", "complete_async", "stream", "stream_async", "parse", "parse_async")
        ),
        *(
            CallShape(
                path=f"fim.{m}",
                operation="chat",
                roles=Roles(model=("model",), prompt=("prompt", "suffix"), output_cap=_CHAT.output_cap),
            )
            for m in ("complete", "complete_async", "stream", "stream_async")
        ),
        *(
            CallShape(
                path=m,
                operation="chat",
                roles=Roles(model=("model",), messages=("inputs",), system=("instructions",), tools=("tools",)),
            )
            for m in ("agents.create", "agents.create_async", "conversations.start", "conversations.start_async")
        ),
        *(CallShape(path=m, operation="chat", roles=_CHAT) for m in ("chat", "chat_stream", "chatStream")),
        CallShape(
            path="embeddings.create", operation="embed", roles=Roles(model=("model",), prompt=("inputs", "input"))
        ),
        CallShape(path="embeddings", operation="embed", roles=Roles(model=("model",), prompt=("input",))),
        CallShape(path="ocr.process", operation="chat", roles=Roles(model=("model",))),
    ),
)
