"""What popular spellings mean and cost, written by hand.

Prices: USD per million input and output tokens on 2026-11-24, from genai-prices 0.2.3 (whose rows link the providers'
price pages) and, where it says so, litellm 1.110.2; the two agree within 1 % unless a comment says otherwise. Rerank
rows have a price per request instead. Model names are the catalogue's own.
"""

from __future__ import annotations

# (spelling, provider, catalogue name, input, output)
GOLDEN = (
    # OpenAI, developers.openai.com/api/docs/pricing
    ("gpt-6.1-sol", "openai", "gpt-6.1-sol", "2", "10"),
    ("gpt-6.1-sol-2026-09-29", "openai", "gpt-6.1-sol", "2", "10"),
    ("openai/gpt-6-sol", "openai", "gpt-6-sol", "2", "10"),
    ("openai:gpt-6-luna", "openai", "gpt-6-luna", "0.1", "0.5"),
    ("gpt-5.5", "openai", "gpt-5.5", "5", "30"),
    ("gpt-5-5", "openai", "gpt-5.5", "5", "30"),
    ("openai-responses:gpt-5-mini", "openai", "gpt-5-mini", "0.25", "2"),
    ("openai/responses/gpt-5-mini", "openai", "gpt-5-mini", "0.25", "2"),  # LiteLLM's way to name the endpoint
    ("portkey/@openai/gpt-5-mini", "openai", "gpt-5-mini", "0.25", "2"),
    ("gpt-5-mini-2025-08-07", "openai", "gpt-5-mini", "0.25", "2"),
    ("gpt-5-nano", "openai", "gpt-5-nano", "0.05", "0.4"),
    ("GPT-5", "openai", "gpt-5", "1.25", "10"),
    ("gpt-4.1", "openai", "gpt-4.1", "2", "8"),
    ("gpt-4.1-mini", "openai", "gpt-4.1-mini", "0.4", "1.6"),
    ("gpt-4o", "openai", "gpt-4o", "2.5", "10"),
    ("gpt-4o-2024-08-06", "openai", "gpt-4o", "2.5", "10"),
    ("gpt-4o-20240806", "openai", "gpt-4o", "2.5", "10"),
    ("gpt-4o-2024-05-13", "openai", "gpt-4o-2024-05-13", "5", "15"),  # the first snapshot kept its price
    ("litellm_proxy/gpt-4o-mini", "openai", "gpt-4o-mini", "0.15", "0.6"),
    ("gpt-4o-mini", "openai", "gpt-4o-mini", "0.15", "0.6"),
    ("o3", "openai", "o3", "2", "8"),
    ("o4-mini", "openai", "o4-mini", "1.1", "4.4"),
    ("text-embedding-3-small", "openai", "text-embedding-3-small", "0.02", None),
    ("openai/text-embedding-3-large", "openai", "text-embedding-3-large", "0.13", None),
    # fine-tuned: 1.5 x gpt-4o, 2 x gpt-4o-mini; never the base's price
    ("ft:gpt-4o:org::id", "openai", "ft:gpt-4o", "3.75", "15"),
    ("ft:gpt-4o-mini-2024-07-18:acme:bot:9x", "openai", "ft:gpt-4o-mini", "0.3", "1.2"),
    # Azure, azure.microsoft.com/pricing (litellm); data zones cost 10 % more
    ("azure/gpt-4o", "azure", "gpt-4o", "2.5", "10"),
    ("azure/eu/gpt-4o-2024-08-06", "azure", "eu/gpt-4o-2024-08-06", "2.75", "11"),
    # Anthropic, platform.claude.com/docs/en/about-claude/pricing
    ("claude-opus-5-5", "anthropic", "claude-opus-5-5", "4", "20"),
    ("anthropic/claude-opus-5.5", "anthropic", "claude-opus-5-5", "4", "20"),
    ("claude-sonnet-5-5", "anthropic", "claude-sonnet-5-5", "2", "10"),
    ("claude-sonnet-latest", "anthropic", "claude-sonnet-5-5", "2", "10"),  # litellm: alias of
    ("claude-haiku-5-5", "anthropic", "claude-haiku-5-5", "0.1", "0.5"),
    ("anthropic:claude-fable-5-2", "anthropic", "claude-fable-5-2", "8", "40"),
    ("claude-sonnet-4-5", "anthropic", "claude-sonnet-4-5", "3", "15"),
    ("claude-sonnet-4-5-20250929", "anthropic", "claude-sonnet-4-5", "3", "15"),
    ("anthropic/claude-sonnet-4.5", "anthropic", "claude-sonnet-4-5", "3", "15"),
    ("claude-sonnet-4-5@20250929", "anthropic", "claude-sonnet-4-5", "3", "15"),
    ("claude-3-5-sonnet-latest", "anthropic", "claude-3-5-sonnet", "3", "15"),  # retired, kept
    ("claude-3-opus-20240229", "anthropic", "claude-3-opus-latest", "15", "75"),  # retired, kept
    # Bedrock, aws.amazon.com/bedrock/pricing; regional profiles of newer Claudes cost 10 % more than global ones
    ("bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws",
     "regional.anthropic.claude-sonnet-4-5-20250929-v1:0", "3.3", "16.5"),
    ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws",
     "global.anthropic.claude-sonnet-4-5-20250929-v1:0", "3", "15"),
    ("arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws",
     "regional.anthropic.claude-sonnet-4-5-20250929-v1:0", "3.3", "16.5"),
    ("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0", "aws",
     "regional.anthropic.claude-3-haiku-20240307-v1:0", "0.25", "1.25"),
    ("anthropic.claude-3-haiku-20240307-v1:0", "aws", "regional.anthropic.claude-3-haiku-20240307-v1:0",
     "0.25", "1.25"),
    ("us.amazon.nova-lite-v1:0", "aws", "amazon.nova-lite-v1:0", "0.06", "0.24"),
    ("amazon.titan-embed-text-v1", "aws", "amazon.titan-embed-text-v1", "0.1", None),
    ("bedrock/amazon.titan-embed-text-v2:0", "aws", "amazon.titan-embed-text-v2:0", "0.02", None),
    ("us.meta.llama3-3-70b-instruct-v1:0", "aws", "meta.llama3-3-70b-instruct-v1:0", "0.72", "0.72"),
    # Google, ai.google.dev/gemini-api/docs/pricing
    ("gemini-2.5-pro", "google", "gemini-2.5-pro", "1.25", "10"),
    ("gemini/gemini-2.5-pro", "google", "gemini-2.5-pro", "1.25", "10"),
    ("models/gemini-2.5-flash", "google", "gemini-2.5-flash", "0.3", "2.5"),
    ("google-gla:gemini-2.5-flash", "google", "gemini-2.5-flash", "0.3", "2.5"),
    ("google_genai:gemini-3.8-flash", "google", "gemini-3.8-flash", "0.75", "3.75"),
    ("vertex_ai/gemini-2.5-flash", "google", "gemini-2.5-flash", "0.3", "2.5"),
    ("projects/p/locations/us-central1/publishers/google/models/gemini-2.5-pro", "google", "gemini-2.5-pro",
     "1.25", "10"),
    ("gemini-3.1-pro-preview", "google", "gemini-3.1-pro-preview", "2", "12"),
    ("gemini-4-argon", "google", "gemini-4-argon", "2", "10"),
    ("gemini-embedding-2", "google", "gemini-embedding-2", "0.2", None),
    ("vertex_ai/claude-sonnet-4-5@20250929", "google", "claude-sonnet-4-5", "3", "15"),
    ("vertex_ai/claude-3-5-sonnet-v2@20241022", "google", "claude-3-5-sonnet", "3", "15"),  # Vertex's id of the second
    # Mistral, mistral.ai/pricing/api
    ("mistral/mistral-large-4", "mistral", "mistral-large-4", "0.7", "2.1"),
    ("mistral-medium-3-5", "mistral", "mistral-medium-3-5", "1.5", "7.5"),
    # DeepSeek, api-docs.deepseek.com: the price of peak hours, the rest of the day is half
    ("deepseek/deepseek-v4-pro", "deepseek", "deepseek-v4-pro", "1.32", "3.96"),
    ("deepseek-chat", "deepseek", "deepseek-chat", "0.27", "1.1"),  # litellm: 0.28 / 0.42, shown as second opinion
    # xAI, docs.x.ai/docs/models
    ("xai/grok-4.7", "x-ai", "grok-4.7", "2", "6"),
    ("x-ai/grok-4", "x-ai", "grok-4-0709", "3", "15"),
    ("muse-spark-1.3", "meta", "muse-spark-1.3", "1.25", "4.25"),  # dev.meta.ai
    # hosts of open models
    ("groq/llama-3.3-70b-versatile", "groq", "llama-3.3-70b-versatile", "0.59", "0.79"),
    ("llama-3.3-70b-versatile", "groq", "llama-3.3-70b-versatile", "0.59", "0.79"),
    ("together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo", "together", "meta-llama/Llama-3.3-70B-Instruct-Turbo",
     "0.88", "0.88"),
    ("accounts/fireworks/models/llama-v3p3-70b-instruct", "fireworks",
     "accounts/fireworks/models/llama-v3p3-70b-instruct", "0.9", "0.9"),
    # gateways
    ("openrouter/anthropic/claude-sonnet-4.5", "openrouter", "anthropic/claude-sonnet-4.5", "3", "15"),
    ("openrouter:openai/gpt-4o:nitro", "openrouter", "openai/gpt-4o", "2.5", "10"),
    ("vercel/openai/gpt-5-mini", "openai", "gpt-5-mini", "0.25", "2"),
    # embeddings
    ("voyage-4", "voyageai", "voyage-4", "0.06", None),
    ("voyage/voyage-code-4", "voyageai", "voyage-code-4", "0.12", None),
    ("cohere/embed-v4.0", "cohere", "embed-v4.0", "0.12", None),
    ("voyage/rerank-2.5", "voyageai", "rerank-2.5", "0.05", None),  # litellm
)  # fmt: skip

# (spelling, USD per search): cohere.com/pricing by way of litellm
RERANK = (("rerank-v3.5", "0.002"), ("cohere/rerank-v4.0-pro", "0.0025"))

# Names that must not be priced.
UNKNOWN = (
    "claude-sonnet-4-5-foo",
    "gpt-4o-foo",
    "gpt-4o-mini-2024-13-45",  # no such day
    "gpt4o",
    "gpt-99",
    "ft:gpt-5:acme::x",  # no fine-tuned row: not the base's price
    "azure/my-gpt4o-deployment",
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3",
    "Qwen/Qwen2.5-72B-Instruct",  # many hosts, many prices
    "groq/gpt-4o",
    "deepseek-v99",
    "amazon.titan-embed-text-v9:0",
    "{model}",
    "my model",
    "",
    "ollama/gpt-oss:120b-cloud",
    "gpt-4o-mini:free",  # OpenRouter's names have a vendor: this is a slip, and no gift
)
