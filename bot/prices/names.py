"""Spellings of a model name, read into (providers to ask, name to look up): pure text, knows no prices.

A name is only ever shortened by parts that do not choose the model: a provider prefix, a date, `-latest`, a Bedrock
version or region, a routing variant. Anything else that does not match stays unmatched: `claude-sonnet-4-5-foo` must
not be priced as `claude-sonnet-4-5`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date

# Spelling of a provider, as a prefix (`xai/…`, `google_genai:…`) or an SDK's name -> catalogue providers, asked in
# this order. Spellings: LiteLLM, LangChain init_chat_model, pydantic-ai, Vercel AI SDK, OpenRouter slugs.
PROVIDERS: dict[str, tuple[str, ...]] = {
    "ai21": ("ai21",),
    "amazon": ("aws",),
    "amazon-bedrock": ("aws", "bedrock-mantle"),
    "anthropic": ("anthropic",),
    "aws": ("aws", "bedrock-mantle"),
    "azure": ("azure", "openai"),
    "azure-ai": ("azure-ai", "azure", "openai", "anthropic", "deepseek", "x-ai", "moonshotai"),
    "azure-foundry": ("azure-ai", "azure", "openai", "anthropic", "deepseek", "x-ai", "moonshotai"),
    "azure-openai": ("azure", "openai"),
    "azureopenai": ("azure", "openai"),
    "baseten": ("baseten",),
    "bedrock": ("aws", "bedrock-mantle"),
    "bedrock-converse": ("aws", "bedrock-mantle"),
    "bedrock-mantle": ("bedrock-mantle", "aws"),
    "cerebras": ("cerebras",),
    "cloudflare": ("cloudflare",),
    "codestral": ("mistral",),
    "cohere": ("cohere",),
    "cohere-chat": ("cohere",),
    "dashscope": ("dashscope",),
    "databricks": ("databricks",),
    "deepinfra": ("deepinfra",),
    "deepseek": ("deepseek",),
    "elevenlabs": ("elevenlabs",),
    "fireworks": ("fireworks",),
    "fireworks-ai": ("fireworks",),
    "gemini": ("google", "vertex"),
    "github-copilot": ("github-copilot",),
    "google": ("google", "vertex"),
    "google-genai": ("google", "vertex"),
    "google-generative-ai": ("google", "vertex"),
    "google-gla": ("google", "vertex"),
    "google-vertex": ("google", "vertex", "anthropic"),
    "google-vertexai": ("google", "vertex", "anthropic"),
    "googleai": ("google", "vertex"),
    "groq": ("groq",),
    "jina": ("jina-ai",),
    "jina-ai": ("jina-ai",),
    "kimi": ("moonshotai",),
    "meta": ("meta",),
    "meta-llama": ("meta-llama",),
    "minimax": ("minimax",),
    "mistral": ("mistral",),
    "mistralai": ("mistral",),
    "moonshot": ("moonshotai",),
    "moonshotai": ("moonshotai",),
    "nebius": ("nebius",),
    "novita": ("novita",),
    "openai": ("openai",),
    "openai-chat": ("openai",),
    "openai-responses": ("openai",),
    "perplexity": ("perplexity",),
    "pplx": ("perplexity",),
    "qwen": ("dashscope",),
    "sambanova": ("sambanova",),
    "snowflake": ("snowflake",),
    "text-completion-openai": ("openai",),
    "together": ("together",),
    "together-ai": ("together",),
    "togetherai": ("together",),
    "vertex": ("google", "vertex", "anthropic"),
    "vertex-ai": ("google", "vertex", "anthropic"),
    "vertex-ai-beta": ("google", "vertex", "anthropic"),
    "vertexai": ("google", "vertex", "anthropic"),
    "voyage": ("voyageai",),
    "voyageai": ("voyageai",),
    "watsonx": ("watsonx",),
    "x-ai": ("x-ai",),
    "xai": ("x-ai",),
    "z-ai": ("zai",),
    "zai": ("zai",),
    "zhipuai": ("zhipuai", "zai"),
}
# Gateways and routers pass a vendor's model on: their own row first, then the vendor's.
GATEWAYS: dict[str, tuple[str, ...]] = {
    "ai-gateway": ("vercel-ai-gateway",),
    "gateway": ("vercel-ai-gateway",),
    "helicone": (),
    "langchain": (),
    "litellm": (),
    "litellm-proxy": (),
    "openrouter": ("openrouter",),
    "portkey": (),
    "vercel": ("vercel-ai-gateway",),
    "vercel-ai": ("vercel-ai-gateway",),
    "vercel-ai-gateway": ("vercel-ai-gateway",),
}
# Run on the caller's own machine: no provider sends a bill for tokens.
LOCAL = frozenset({"ollama", "ollama-chat", "lmstudio", "lm-studio", "llamafile", "llamacpp", "llama-cpp", "local"})
# Models whose weights nobody gives out.
_CLOSED = re.compile(r"(chat)?gpt-(?!oss)|o[134](-|$)|claude-|gemini-")
# A bare name is asked at those who make the model, before those who host it.
VENDORS = (
    "openai", "anthropic", "google", "mistral", "cohere", "deepseek", "x-ai", "voyageai", "meta", "moonshotai",
    "perplexity", "zai", "minimax", "dashscope", "ai21", "jina-ai", "elevenlabs", "deepgram", "assemblyai",
    "stability", "black-forest-labs", "aws", "vertex",
)  # fmt: skip
# Any SDK can be pointed at another host; these two protocols commonly are, so their name is a hint and no proof.
_SPOKEN_BY_MANY = frozenset({"openai", "openai-chat", "openai-responses", "anthropic"})

_REGION = re.compile(r"^(?:us-gov|us|eu|apac|ap|jp|au|in|ca|sa|global|regional)\.(?=[a-z0-9-]+\.)")
_AWS_ZONE = re.compile(r"^(?:converse|converse_like|invoke|(?:us|eu|ap|ca|sa|me|af|il|mx)-[a-z-]+-\d)/")
_BEDROCK_BUILD = re.compile(r":\d+(?::\d+k)?$")
# Only Claude's ids are the same model with and without `-v1`: titan-embed-text-v1 and -v2 differ in price.
_BEDROCK_VERSION = re.compile(r"(?<=-)(\d{8}|\d)-v\d+$")
_AT = re.compile(r"@(?:default|latest|(\d{8})|\d{3})$")
# Vertex's id of the second Claude 3.5 Sonnet; the price is that of the first.
_VERTEX_BUILD = re.compile(r"^(claude-3-5-sonnet)-v2(?=@20241022$)")
_DATE = re.compile(r"-(20\d{2})-?(\d{2})-?(\d{2})$")
_LATEST = re.compile(r"-latest$")
_GOOGLE_TAIL = re.compile(r"-(?:00\d|preview(?:-\d{2}-(?:\d{2}|20\d{2}))?)$")
_VARIANT = re.compile(r":(nitro|floor|exacto|online|thinking|beta|extended)$")
_DOT = re.compile(r"(?<=\d)\.(?=\d)")
_VENDOR_DOT = re.compile(r"^(anthropic|openai|meta|mistral|cohere|deepseek|amazon|qwen|google|ai21|moonshotai)\.(?=.)")
_FINE_TUNED = re.compile(r"^(ft:[^:]+):.+$|^([^:]+\.ft-).+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Ask these providers for this name. `providers` None: the name says nothing of who sells it."""

    providers: tuple[str, ...] | None
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """What a model string says: the readings in order of trust, or that it is free or unreadable, and why."""

    readings: tuple[Reading, ...] = ()
    free: str = ""
    unreadable: str = ""
    deployment: bool = False


def canonical(name: str) -> str:
    """One spelling of a name: lower case, `4.5` as `4-5`."""
    return _DOT.sub("-", name.strip().lower())


def providers_of(name: str, known: Container[str]) -> tuple[str, ...] | None:
    """The catalogue providers behind a spelling; `known` are those that the catalogue itself has."""
    return PROVIDERS.get(name) or ((name,) if name in known else None)


def _head(text: str, known: Container[str]) -> tuple[str, str] | None:
    """(provider-like head, rest) of `head/rest` or `head:rest`, when the head is one that is known."""
    match = re.match(r"@?([a-z0-9_-]+)[/:](.+)$", text)  # Portkey writes @openai/gpt-4o
    if match is None:
        return None
    head = match[1].replace("_", "-")
    # LiteLLM's way to say which endpoint: openai/responses/gpt-5.
    tail = match[2].removeprefix("responses/") if head in ("openai", "azure") else match[2]
    return (head, tail) if head in GATEWAYS or head in LOCAL or providers_of(head, known) else None


# Who sells no `:free` variant by itself: on a bare name the suffix is a slip, and no gift, unless a catalogue lists it.
_WITHOUT_FREE = (None, "openai", "azure", "azure-openai", "anthropic", "google", "gemini", "mistral", "cohere")


def spell(model: str, provider: str | None = None, known: Container[str] = ()) -> Spelled:
    """Read a model string, with what is known of the provider (an SDK or catalogue name) as a hint."""
    text = model.strip().lower()
    hint = provider.strip().lower().replace("_", "-").replace(" ", "-") if provider else None
    if not text:
        return Spelled(unreadable="the model name is empty")
    if re.search(r"[\s{}$<>'\"]", text):
        return Spelled(unreadable="not a model name")
    if text.startswith("arn:"):
        return _spell_arn(text)
    text, at_google = _resource_path(text)
    hint = hint or at_google

    heads: list[tuple[str, str]] = []
    rest = text
    while (split := _head(rest, known)) is not None:
        heads.append(split)
        rest = split[1]
    if hint in LOCAL and not heads and _CLOSED.match(rest):
        hint = None  # nobody runs this on a machine of his own: a default that a client of Ollama shares with others
    if (heads[0][0] if heads else hint) in LOCAL:
        if rest.endswith(("-cloud", ":cloud")):
            return Spelled(unreadable="an Ollama cloud model is billed by subscription, not by token")
        return Spelled(free="runs on your own machine: no bill for tokens")
    readings = tuple(dict.fromkeys(_readings(text, rest, heads, hint, known)))
    if rest.endswith(":free"):
        if "/" not in text and not heads and hint in _WITHOUT_FREE:
            return Spelled(readings=readings)
        return Spelled(readings=readings, free="the provider's free variant (`:free`)")
    at_azure = any(name and name.startswith("azure") for name in (hint, *(head for head, _ in heads)))
    return Spelled(readings=readings, deployment=at_azure)


def _spell_arn(text: str) -> Spelled:
    """arn:aws:bedrock:REGION:ACCOUNT:KIND/ID: the id prices a foundation model or a system profile."""
    kind, _, name = text.rsplit(":bedrock:", 1)[-1].partition(":")[2].partition(":")[2].partition("/")
    if kind not in ("foundation-model", "inference-profile") or not name:
        return Spelled(
            unreadable=f"an ARN of kind {kind or 'unknown'} does not say which model it runs: name it under aliases"
        )
    return Spelled(readings=(Reading(providers=PROVIDERS["bedrock"], name=name),))


def _resource_path(text: str) -> tuple[str, str | None]:
    """Google's resource names: models/X, publishers/google/models/X, projects/…/models/X."""
    match = re.match(r"(?:projects/[^/]+/locations/[^/]+/)?(?:publishers/([a-z0-9-]+)/)?models/(.+)$", text)
    if match is None:
        return text, None
    return match[2], "vertex" if match[1] else "google"


def _readings(
    text: str, rest: str, heads: list[tuple[str, str]], hint: str | None, known: Container[str]
) -> Iterator[Reading]:
    through_gateway = hint in GATEWAYS
    hinted = GATEWAYS.get(hint) or providers_of(hint, known) if hint else None
    if hinted:
        yield Reading(providers=hinted, name=text)
        if heads and set(providers_of(heads[-1][0], known) or ()) & set(hinted):
            yield Reading(providers=hinted, name=rest)
        if not through_gateway and hint not in _SPOKEN_BY_MANY:
            return  # a host that is known by name does not sell what only others have
    hosts = [(head, tail) for head, tail in heads if head not in GATEWAYS]
    for head, tail in heads:
        if head in GATEWAYS:
            through_gateway = True
            if GATEWAYS[head]:
                yield Reading(providers=GATEWAYS[head], name=tail)
    if hosts:
        head, tail = hosts[0]
        providers = providers_of(head, known)
        yield Reading(providers=providers, name=tail)
        if len(hosts) > 1 and providers_of(hosts[1][0], known) == providers:
            yield Reading(providers=providers, name=hosts[1][1])
        if len(hosts) == 1 or through_gateway:
            note = "" if through_gateway else "a vendor/model name: the price of OpenRouter"
            yield Reading(providers=("openrouter",), name=f"{hosts[-1][0]}/{rest}", note=note)
        if len(hosts) == 1 and "/" in text:
            yield Reading(providers=None, name=text)
    else:
        if _REGION.match(rest) or _VENDOR_DOT.match(rest):
            yield Reading(providers=PROVIDERS["bedrock"], name=rest)
        elif rest.startswith("accounts/fireworks/"):
            yield Reading(providers=PROVIDERS["fireworks"], name=rest)
        else:
            yield Reading(providers=None, name=rest)


def shortened(name: str, providers: tuple[str, ...] | None) -> Iterator[tuple[str, int]]:
    """(name, how much was dropped): 0 as written or only a version, 1 also a date, a region or a routing variant."""
    seen: dict[str, int] = {}
    queue = [(name, 0)]
    tuned = _FINE_TUNED.match(name)
    if tuned:  # ft:gpt-4o:org::id: the base with its premium, never the base's own price
        queue = [(tuned[1] or tuned[2], 0)]
    at_aws = bool({"aws", "bedrock-mantle"} & set(providers or ()))
    at_google = providers is None or "google" in providers
    while queue:
        text, dropped = queue.pop(0)
        if not text or text in seen:
            continue
        seen[text] = dropped
        yield text, dropped
        if at_aws:
            queue.append((_BEDROCK_BUILD.sub("", text), dropped))
            if "claude" in text:
                queue.append((_BEDROCK_VERSION.sub(r"\1", text), dropped))
            queue.append((_AWS_ZONE.sub("", text), 1))
            queue.append((_REGION.sub("", text), 1))
        queue.append((_VARIANT.sub("", text), 1))
        queue.append((_VERTEX_BUILD.sub(r"\1", text), 1))
        queue.append((_AT.sub("", text), 1))
        queue.append((_LATEST.sub("", text), 1))
        dated = _DATE.search(text)
        if dated and _is_day(*map(int, dated.groups())):
            queue.append((text[: dated.start()], 1))
        if at_google and "gemini" in text:
            queue.append((_GOOGLE_TAIL.sub("", text), 1))
        if at_aws and _VENDOR_DOT.match(text):
            queue.append((_VENDOR_DOT.sub("", text), 1))


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
