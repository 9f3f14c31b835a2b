"""Requests that code sends to a provider's API by itself: `fetch`, `axios`, `requests`, `httpx`.

Endpoints: https://platform.openai.com/docs/api-reference, https://docs.anthropic.com/en/api/messages,
https://ai.google.dev/api/generate-content, https://docs.cohere.com/reference/chat, https://github.com/ollama/ollama/blob/main/docs/api.md,
https://docs.voyageai.com/reference/embeddings-api, https://learn.microsoft.com/azure/ai-services/openai/reference
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from prompts_scanner.model import Operation
from prompts_scanner.sdks.anthropic import MESSAGES
from prompts_scanner.sdks.openai import CHAT, COMPLETION, EMBED, RESPONSES
from prompts_scanner.shape import Roles, Sdk

HTTP = Sdk(name="http", packages=())
# The last name of the function that sends.
SENDERS = frozenset("fetch post request axios got ky ofetch $fetch stream urlopen Request fetchEventSource".split())

_GEMINI = Roles(
    model=("model",),
    messages=("contents",),
    system=("systemInstruction", "system_instruction"),
    tools=("tools",),
    output_cap=("generationConfig.maxOutputTokens", "generation_config.max_output_tokens"),
    schema=("generationConfig.responseSchema",),
    answers=("generationConfig.candidateCount", "generation_config.candidate_count"),
)
_COHERE = Roles(
    model=("model",),
    messages=("messages", "chat_history"),
    prompt=("message", "prompt"),
    system=("preamble",),
    tools=("tools",),
    output_cap=("max_tokens",),
)
_OLLAMA = Roles(
    model=("model",),
    messages=("messages",),
    prompt=("prompt",),
    system=("system",),
    output_cap=("options.num_predict",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """`url`: what an address of it holds (a hole in the address is one character `\\ue000`); a group `model` names the model."""

    url: re.Pattern[str]
    operation: Operation
    roles: Roles
    provider: str | None = None


def _end(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern + r"(?=$|[?#\s\ue000])")


ENDPOINTS = (
    Endpoint(
        url=re.compile(r"/models/(?P<model>[^/:?]+):(generateContent|streamGenerateContent)"),
        operation="chat",
        roles=_GEMINI,
        provider="google",
    ),
    Endpoint(
        url=re.compile(r"/models/(?P<model>[^/:?]+):(embedContent|batchEmbedContents)"),
        operation="embed",
        roles=Roles(model=("model",), prompt=("content", "requests")),
        provider="google",
    ),
    Endpoint(
        url=re.compile(r"/openai/deployments/(?P<model>[^/?]+)/chat/completions"),
        operation="chat",
        roles=CHAT,
        provider="azure",
    ),
    Endpoint(
        url=re.compile(r"/openai/deployments/(?P<model>[^/?]+)/embeddings"),
        operation="embed",
        roles=EMBED,
        provider="azure",
    ),
    Endpoint(url=_end(r"anthropic\.com/v1/messages"), operation="chat", roles=MESSAGES, provider="anthropic"),
    Endpoint(url=_end(r"/chat/completions"), operation="chat", roles=CHAT),
    Endpoint(url=_end(r"api\.openai\.com/v1/responses"), operation="chat", roles=RESPONSES, provider="openai"),
    Endpoint(url=_end(r"api\.openai\.com/v1/completions"), operation="chat", roles=COMPLETION, provider="openai"),
    Endpoint(
        url=_end(r"api\.openai\.com/v1/images/generations"),
        operation="image",
        roles=Roles(model=("model",), prompt=("prompt",)),
        provider="openai",
    ),
    Endpoint(
        url=_end(r"api\.openai\.com/v1/audio/speech"),
        operation="speech",
        roles=Roles(model=("model",), prompt=("input",)),
        provider="openai",
    ),
    Endpoint(
        url=re.compile(r"api\.cohere\.(ai|com)/v\d/(chat|generate)"), operation="chat", roles=_COHERE, provider="cohere"
    ),
    Endpoint(
        url=re.compile(r"api\.cohere\.(ai|com)/v\d/embed"),
        operation="embed",
        roles=Roles(model=("model",), prompt=("texts",)),
        provider="cohere",
    ),
    Endpoint(
        url=re.compile(r"api\.(cohere\.(ai|com)|jina\.ai|voyageai\.com)/v\d/rerank"),
        operation="rerank",
        roles=Roles(model=("model",), prompt=("query",), retrieval=("top_n", "top_k")),
    ),
    Endpoint(
        url=_end(r"api\.(openai|mistral|jina|voyageai|together)\.\w+/v1/embeddings"), operation="embed", roles=EMBED
    ),
    Endpoint(
        url=_end(r"(:11434|[Oo]llama[^/]{0,200}|\ue000)/api/(generate|chat)"),
        operation="chat",
        roles=_OLLAMA,
        provider="ollama",
    ),
    Endpoint(
        url=_end(r"(:11434|[Oo]llama[^/]{0,200})/api/embed(dings)?"),
        operation="embed",
        roles=Roles(model=("model",), prompt=("input", "prompt")),
        provider="ollama",
    ),
    Endpoint(
        url=re.compile(r"api-inference\.huggingface\.co/models/(?P<model>[^?\s]+)"),
        operation="chat",
        roles=Roles(model=("model",), prompt=("inputs",), output_cap=("parameters.max_new_tokens",)),
        provider="huggingface",
    ),
)
