"""Voyage AI embeddings and rerankers.  https://docs.voyageai.com/reference/embeddings-api"""

from __future__ import annotations

from prompts_scanner.shape import CallShape, Roles, Sdk

VOYAGE = Sdk(
    name="voyage",
    packages=("voyageai",),
    provider="voyage",
    clients=("Client", "AsyncClient", "VoyageAIClient"),
    shapes=(
        *(
            CallShape(
                path=m, operation="embed", roles=Roles(model=("model",), prompt=("texts", "inputs", "input", "0"))
            )
            for m in ("embed", "contextualized_embed", "multimodal_embed")
        ),
        CallShape(
            path="rerank",
            operation="rerank",
            roles=Roles(model=("model",), prompt=("query", "0"), retrieval=("top_k", "topK")),
        ),
    ),
)
