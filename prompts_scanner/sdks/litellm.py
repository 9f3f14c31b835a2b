"""LiteLLM: one function for every provider.  https://docs.litellm.ai/docs/completion/input"""

from __future__ import annotations

from dataclasses import replace

from prompts_scanner.sdks.openai import CHAT, COMPLETION, EMBED, RESPONSES
from prompts_scanner.shape import CallShape, Roles, Sdk

_CHAT = Roles(
    endpoint=CHAT.endpoint,
    model=("model", "0"),
    messages=("messages", "1"),
    tools=CHAT.tools,
    output_cap=CHAT.output_cap,
    reasoning=(*CHAT.reasoning, "thinking.budget_tokens"),
    schema=CHAT.schema,
    answers=CHAT.answers,
)

LITELLM = Sdk(
    name="litellm",
    packages=("litellm",),
    clients=("Router",),
    shapes=(
        *(CallShape(path=m, operation="chat", roles=_CHAT) for m in ("completion", "acompletion")),
        *(CallShape(path=m, operation="embed", roles=EMBED) for m in ("embedding", "aembedding")),
    ),
    functions=(
        *(
            CallShape(path=m, operation="chat", roles=_CHAT)
            for m in ("completion", "acompletion", "completion_with_retries", "batch_completion")
        ),
        *(CallShape(path=m, operation="chat", roles=RESPONSES) for m in ("responses", "aresponses")),
        *(
            CallShape(path=m, operation="embed", roles=Roles(model=("model", "0"), prompt=("input", "1")))
            for m in ("embedding", "aembedding")
        ),
        *(
            CallShape(
                path=m, operation="rerank", roles=Roles(model=("model",), prompt=("query",), retrieval=("top_n",))
            )
            for m in ("rerank", "arerank")
        ),
        *(
            CallShape(path=m, operation="image", roles=Roles(model=("model",), prompt=("prompt", "0"), answers=("n",)))
            for m in ("image_generation", "aimage_generation")
        ),
        *(
            CallShape(path=m, operation="chat", roles=replace(COMPLETION, model=("model", "0"), prompt=("prompt", "1")))
            for m in ("text_completion", "atext_completion")
        ),
        *(
            CallShape(path=m, operation="transcribe", roles=Roles(model=("model",)))
            for m in ("transcription", "atranscription")
        ),
        *(
            CallShape(path=m, operation="speech", roles=Roles(model=("model",), prompt=("input",)))
            for m in ("speech", "aspeech")
        ),
    ),
)
