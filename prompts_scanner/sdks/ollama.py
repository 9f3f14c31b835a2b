"""Ollama: models served on one's own machine.  https://github.com/ollama/ollama/blob/main/docs/api.md"""

from __future__ import annotations

from prompts_scanner.shape import CallShape, Roles, Sdk

_SHAPES = (
    CallShape(
        path="chat",
        operation="chat",
        roles=Roles(
            model=("model",),
            messages=("messages",),
            tools=("tools",),
            output_cap=("options.num_predict",),
            schema=("format",),
        ),
    ),
    CallShape(
        path="generate",
        operation="chat",
        roles=Roles(model=("model",), prompt=("prompt",), system=("system",), output_cap=("options.num_predict",)),
    ),
    CallShape(path="embed", operation="embed", roles=Roles(model=("model",), prompt=("input",))),
    CallShape(path="embeddings", operation="embed", roles=Roles(model=("model",), prompt=("prompt",))),
)

OLLAMA = Sdk(
    name="ollama",
    packages=("ollama",),
    provider="ollama",
    clients=("Client", "AsyncClient", "Ollama", "default"),
    shapes=_SHAPES,
    functions=_SHAPES,
)
