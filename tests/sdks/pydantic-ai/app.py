from dataclasses import dataclass

from openai import AsyncOpenAI
from pydantic import BaseModel
from pydantic_ai import Agent, RunContext
from pydantic_ai.models.anthropic import AnthropicModel


@dataclass
class Deps:
    openai: AsyncOpenAI


class Answer(BaseModel):
    text: str
    page: int


agent = Agent(
    "openai:gpt-4o",
    deps_type=Deps,
    output_type=Answer,
    system_prompt="You answer from the handbook and give the page.",
)
second = Agent(AnthropicModel("claude-haiku-4-5"), instructions="You check answers for tone.")


# tool: find_page
@agent.tool
async def find_page(ctx: RunContext[Deps], topic: str) -> str:
    """Find the page of a topic."""
    # site: openai embed model=text-embedding-3-small
    await ctx.deps.openai.embeddings.create(input=topic, model="text-embedding-3-small")
    return topic


async def answer(question: str, deps: Deps):
    # site: pydantic-ai chat model=openai:gpt-4o schema=yes tools=find_page says=give_the_page
    return await agent.run(question, deps=deps)


def check(text: str):
    # site: pydantic-ai chat model=claude-haiku-4-5 cap=50
    return second.run_sync(text, model_settings={"max_tokens": 50})
