"""A rescue station on PydanticAI: tools of several kinds, dynamic instructions, other models."""
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic_ai import Agent, ModelSettings, RunContext, Tool, UsageLimits
from pydantic_ai.direct import model_request_sync
from pydantic_ai.messages import ModelRequest
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.openai import OpenAIChatModel


@dataclass
class Deps:
    station: str


class Report(BaseModel):
    """What happened at sea."""

    boats: int
    hurt: bool


def wind(place: str) -> str:
    """The wind at a place."""
    return place


watch = Agent(
    AnthropicModel("claude-sonnet-4-5"),
    deps_type=Deps,
    output_type=Report,
    instructions="You keep the watch of a rescue station.",
    # tool: wind_again
    tools=[wind, Tool(wind, name="wind_again")],
    model_settings=ModelSettings(max_tokens=600),
)


@watch.instructions
def station(ctx: RunContext[Deps]) -> str:
    return f"The station is {ctx.deps.station}."


# tool: launch
@watch.tool
async def launch(ctx: RunContext[Deps], boat: str, crew: int) -> str:
    """Launch a boat.

    Args:
        boat: name of the boat
        crew: how many go along
    """
    return boat


async def keep(call: str):
    # site: pydantic-ai chat model=claude-sonnet-4-5 cap=600 schema=yes tools=wind,wind_again,launch says=watch_of_a_rescue_station+The_station_is
    return await watch.run(call, deps=Deps("north"), usage_limits=UsageLimits(request_limit=4))


backup = Agent(FallbackModel(OpenAIChatModel("gpt-4o"), AnthropicModel("claude-haiku-4-5")), system_prompt="Short answers.")


def second(call: str):
    # site: pydantic-ai chat model=gpt-4o|claude-haiku-4-5 how=range says=Short_answers
    return backup.run_sync(call)


def direct(text: str):
    # site: pydantic-ai chat model=openai:gpt-4.1-nano says=Is_this_a_distress_call
    return model_request_sync("openai:gpt-4.1-nano", [ModelRequest.user_text_prompt(f"Is this a distress call? {text}")])
