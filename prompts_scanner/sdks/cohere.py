"""Cohere chat, embed, rerank.  https://docs.cohere.com/reference/chat"""

from __future__ import annotations

from prompts_scanner.shape import CallShape, Roles, Sdk

_CHAT = Roles(
    model=("model",),
    messages=("messages",),
    system=("preamble",),
    prompt=("message",),
    tools=("tools",),
    output_cap=("max_tokens", "maxTokens"),
)
_RERANK = Roles(model=("model",), prompt=("query",), retrieval=("top_n", "topN"))

COHERE = Sdk(
    name="cohere",
    packages=("cohere", "cohere-ai"),
    provider="cohere",
    clients=("Client", "ClientV2", "AsyncClient", "AsyncClientV2", "CohereClient", "CohereClientV2", "default"),
    shapes=(
        *(
            CallShape(path=m, operation="chat", roles=_CHAT)
            for m in ("chat", "chat_stream", "chatStream", "v2.chat", "v2.chat_stream")
        ),
        CallShape(
            path="generate",
            operation="chat",
            roles=Roles(model=("model",), prompt=("prompt",), output_cap=("max_tokens",), answers=("num_generations",)),
        ),
        *(
            CallShape(path=m, operation="embed", roles=Roles(model=("model",), prompt=("texts",)))
            for m in ("embed", "v2.embed")
        ),
        *(CallShape(path=m, operation="rerank", roles=_RERANK) for m in ("rerank", "v2.rerank")),
    ),
)
