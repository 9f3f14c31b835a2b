"""Anthropic messages.  https://docs.anthropic.com/en/api/messages"""

from __future__ import annotations

from prompts_scanner.shape import CallShape, Roles, Sdk

MESSAGES = Roles(
    endpoint="messages",
    model=("model",),
    messages=("messages",),
    system=("system",),
    tools=("tools",),
    output_cap=("max_tokens",),
    reasoning=("thinking.budget_tokens", "thinking", "output_config.effort"),
    schema=("output_format", "output_config.format", "response_model"),
    cache=("cache_control",),
    # https://docs.claude.com/en/docs/build-with-claude/context-editing
    edits=("context_management", "extra_body.context_management"),
)
_REQUIRES = ("max_tokens", "messages", "tools")

# Each request of a batch is one of the list: what the first says, the others say too.
_BATCH = Roles(
    endpoint=MESSAGES.endpoint,
    model=("requests.0.params.model",),
    messages=("requests.0.params.messages", "requests"),
    system=("requests.0.params.system",),
    tools=("requests.0.params.tools",),
    output_cap=("requests.0.params.max_tokens",),
)

SHAPES = (
    *(
        CallShape(path=f"messages.{m}", operation="chat", roles=MESSAGES, distinct=True, requires=_REQUIRES)
        for m in ("create", "stream", "parse", "tool_runner", "toolRunner")
    ),
    CallShape(
        path="messages.batches.create",
        operation="chat",
        roles=_BATCH,
        distinct=True,
        requires=("requests",),
        batch=True,
    ),
    CallShape(
        path="completions.create",
        operation="chat",
        roles=Roles(model=("model",), prompt=("prompt",), output_cap=("max_tokens_to_sample",)),
    ),
)

ANTHROPIC = Sdk(
    name="anthropic",
    packages=("anthropic", "@anthropic-ai/sdk", "instructor"),
    provider="anthropic",
    clients=("Anthropic", "AsyncAnthropic", "AnthropicFoundry", "AsyncAnthropicFoundry", "default", "from_anthropic"),
    shapes=SHAPES,
    tool_decorators=("beta_tool", "beta_async_tool"),
    tool_factories=("betaZodTool", "betaTool"),
)

# The same library at other providers' rates.
ANTHROPIC_BEDROCK = Sdk(
    name="anthropic",
    packages=("anthropic", "@anthropic-ai/bedrock-sdk"),
    provider="bedrock",
    clients=("AnthropicBedrock", "AsyncAnthropicBedrock", "default"),
    shapes=SHAPES,
)

ANTHROPIC_VERTEX = Sdk(
    name="anthropic",
    packages=("anthropic", "@anthropic-ai/vertex-sdk"),
    provider="vertex",
    clients=("AnthropicVertex", "AsyncAnthropicVertex", "default"),
    shapes=SHAPES,
)
