"""An insurer's desk on every client of the Anthropic library."""
import anthropic
from anthropic import AnthropicBedrock, AnthropicVertex, AsyncAnthropic, AsyncAnthropicVertex, beta_tool
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from anthropic.types.messages.batch_create_params import Request

client = anthropic.Anthropic()
aclient = AsyncAnthropic()
bedrock = AnthropicBedrock(aws_region="eu-west-1")
vertex = AnthropicVertex(region="europe-west1", project_id="desk")
avertex = AsyncAnthropicVertex(region="europe-west1", project_id="desk")


# tool: open_claim
@beta_tool
def open_claim(number: str) -> str:
    """Open a claim by its number.

    Args:
        number: the claim's number
    """
    return number


def stream(question: str):
    # site: anthropic chat model=claude-sonnet-4-5 cap=800 says=desk_of_an_insurer holes=question
    with client.messages.stream(
        model="claude-sonnet-4-5",
        max_tokens=800,
        system="You are the desk of an insurer.",
        messages=[{"role": "user", "content": question}],
    ) as events:
        yield from events.text_stream


async def count_and_ask(question: str):
    messages = [{"role": "user", "content": f"Is this covered? {question}"}]
    await aclient.messages.count_tokens(model="claude-haiku-4-5", messages=messages)
    # site: anthropic chat model=claude-haiku-4-5 cap=64 says=Is_this_covered
    return await aclient.messages.create(model="claude-haiku-4-5", max_tokens=64, messages=messages)


def overnight(letters: list[str]):
    # site: anthropic chat model=claude-haiku-4-5 batch=yes cap=300 says=Sum_up_this_letter
    return client.messages.batches.create(
        requests=[
            Request(
                custom_id=str(place),
                params=MessageCreateParamsNonStreaming(
                    model="claude-haiku-4-5",
                    max_tokens=300,
                    messages=[{"role": "user", "content": f"Sum up this letter: {letter}"}],
                ),
            )
            for place, letter in enumerate(letters)
        ]
    )


def with_tools(question: str):
    # site: anthropic chat model=claude-opus-4-5 cap=1500 tools=open_claim
    runner = client.beta.messages.tool_runner(
        model="claude-opus-4-5",
        max_tokens=1500,
        tools=[open_claim],
        messages=[{"role": "user", "content": question}],
    )
    return runner.until_done()


def on_bedrock(question: str):
    # site: anthropic chat model=anthropic.claude-sonnet-4-5-20250929-v1:0 provider=bedrock
    return bedrock.messages.create(
        model="anthropic.claude-sonnet-4-5-20250929-v1:0",
        max_tokens=256,
        messages=[{"role": "user", "content": question}],
    )


async def on_vertex(question: str):
    # site: anthropic chat model=claude-sonnet-4-5@20250929 provider=vertex
    one = vertex.messages.create(
        model="claude-sonnet-4-5@20250929", max_tokens=256, messages=[{"role": "user", "content": question}]
    )
    # site: anthropic chat model=claude-haiku-4-5@20251001 provider=vertex
    two = await avertex.messages.create(
        model="claude-haiku-4-5@20251001", max_tokens=256, messages=[{"role": "user", "content": question}]
    )
    return one, two


def searched(question: str):
    # site: anthropic chat model=claude-sonnet-4-5 builtin=web_search cap=2000
    return client.messages.create(
        model="claude-sonnet-4-5",
        max_tokens=2000,
        tools=[{"type": "web_search_20250305", "name": "web_search", "max_uses": 3}],
        messages=[{"role": "user", "content": question}],
    )
