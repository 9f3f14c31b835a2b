"""xAI's own client (its HTTP API speaks OpenAI's protocol too).  https://docs.x.ai/docs/guides/chat"""

from __future__ import annotations

from prompts_scanner.shape import CallShape, Roles, Sdk

XAI = Sdk(
    name="xai",
    packages=("xai_sdk",),
    provider="xai",
    clients=("Client", "AsyncClient"),
    shapes=(
        CallShape(
            path="chat.create",
            operation="chat",
            roles=Roles(
                model=("model",),
                messages=("messages",),
                tools=("tools",),
                output_cap=("max_tokens",),
                reasoning=("reasoning_effort",),
                schema=("response_format",),
            ),
        ),
    ),
)
