from strands import Agent, tool
from strands.models import BedrockModel
from strands.models.openai import OpenAIModel


# tool: bed
@tool
def bed(plant: str) -> str:
    """Which bed a plant stands in."""
    return plant


gardener = Agent(model=OpenAIModel(model_id="gpt-4o-mini", params={"max_tokens": 300}), system_prompt="You dig.", tools=[bed])


def dig(wish: str):
    # site: strands chat model=gpt-4o-mini tools=bed says=You_dig
    return gardener(wish)


async def live(wish: str):
    quiet = Agent(model=BedrockModel(model_id="us.amazon.nova-pro-v1:0", max_tokens=120), system_prompt="You rake.")
    # site: strands chat model=us.amazon.nova-pro-v1:0 cap=120 says=You_rake
    async for event in quiet.stream_async(wish):
        yield event
