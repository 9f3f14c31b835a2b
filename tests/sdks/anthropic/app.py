import anthropic
from anthropic import AnthropicBedrock, AsyncAnthropic, beta_tool

client = anthropic.Anthropic()
bedrock = AnthropicBedrock(aws_region="eu-central-1")

MODELS = {"fast": "claude-haiku-4-5", "deep": "claude-opus-4-5"}
PERSONA = """You are a careful legal assistant.
Quote the clause that you rely on."""
TOOLS = [
    # tool: find_clause
    {
        "name": "find_clause",
        "description": "Find a clause by its number",
        "input_schema": {"type": "object", "properties": {"number": {"type": "string"}}},
    },
]


# tool: lookup_case
@beta_tool
def lookup_case(reference: str) -> str:
    """Look up a case by its reference."""
    return reference


def review(contract: str):
    # site: anthropic chat model=claude-opus-4-5 cap=2048 reasoning=1024 tools=find_clause cache=yes holes=contract says=Quote_the_clause
    return client.messages.create(
        model=MODELS["deep"],
        max_tokens=2048,
        thinking={"type": "enabled", "budget_tokens": 1024},
        system=[{"type": "text", "text": PERSONA, "cache_control": {"type": "ephemeral"}}],
        tools=TOOLS,
        messages=[{"role": "user", "content": contract}],
    )


async def stream(question: str):
    fresh = AsyncAnthropic()
    # site: anthropic chat model=claude-sonnet-4-5 cap=1024 holes=question
    async with fresh.messages.stream(
        model="claude-sonnet-4-5",
        max_tokens=1024,
        messages=[{"role": "user", "content": f"Explain plainly: {question}"}],
    ) as out:
        async for text in out.text_stream:
            print(text)


def agent(task: str):
    # site: anthropic chat model=claude-sonnet-4-5 cap=4096 tools=lookup_case
    return client.beta.messages.tool_runner(
        model="claude-sonnet-4-5",
        max_tokens=4096,
        tools=[lookup_case],
        messages=[{"role": "user", "content": "Work on this matter: " + task}],
    )


def on_bedrock(text: str):
    # site: anthropic chat model=anthropic.claude-3-5-haiku-20241022-v1:0 cap=500
    return bedrock.messages.create(
        model="anthropic.claude-3-5-haiku-20241022-v1:0",
        max_tokens=500,
        messages=[{"role": "user", "content": f"Summarise in two lines: {text}"}],
    )


def nightly(requests):
    # site: anthropic chat model=? batch=yes
    return client.messages.batches.create(requests=requests)


def long_agent(messages):
    # site: anthropic chat model=claude-sonnet-4-5 cap=4096 edits=30000
    return client.beta.messages.create(
        betas=["context-management-2025-06-27"],
        model="claude-sonnet-4-5",
        max_tokens=4096,
        messages=messages,
        context_management={
            "edits": [
                {
                    "type": "clear_tool_uses_20250919",
                    "trigger": {"type": "input_tokens", "value": 30_000},
                    "keep": {"type": "tool_uses", "value": 3},
                }
            ]
        },
    )


def thoughtful_agent(messages):
    # site: anthropic chat model=claude-sonnet-4-5 edits=thinking-kept
    return client.beta.messages.create(
        model="claude-sonnet-4-5",
        max_tokens=4096,
        messages=messages,
        context_management={"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
    )


def tidy_agent(messages):
    # site: anthropic chat model=claude-sonnet-4-5 edits=on
    return client.beta.messages.create(
        model="claude-sonnet-4-5",
        max_tokens=4096,
        messages=messages,
        context_management={"edits": [{"type": "clear_thinking_20251015"}]},
    )
