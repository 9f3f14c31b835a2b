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

ANTHROPIC = Sdk(
    name="anthropic",
    packages=("anthropic", "@anthropic-ai/sdk", "@anthropic-ai/bedrock-sdk", "@anthropic-ai/vertex-sdk", "instructor"),
    provider="anthropic",
    clients=(
        "Anthropic",
        "AsyncAnthropic",
        "AnthropicBedrock",
        "AsyncAnthropicBedrock",
        "AnthropicVertex",
        "AsyncAnthropicVertex",
        "AnthropicFoundry",
        "default",
        "from_anthropic",
    ),
    shapes=(
        *(
            CallShape(path=f"messages.{m}", operation="chat", roles=MESSAGES, distinct=True, requires=_REQUIRES)
            for m in ("create", "stream", "parse", "tool_runner", "toolRunner")
        ),
        CallShape(
            path="messages.batches.create",
            operation="chat",
            roles=Roles(messages=("requests",)),
            distinct=True,
            requires=("requests",),
            batch=True,
        ),
        CallShape(
            path="completions.create",
            operation="chat",
            roles=Roles(model=("model",), prompt=("prompt",), output_cap=("max_tokens_to_sample",)),
        ),
    ),
    tool_decorators=("beta_tool", "beta_async_tool"),
    tool_factories=("betaZodTool", "betaTool"),
)
