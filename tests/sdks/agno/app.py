from agno.agent import Agent
from agno.models.anthropic import Claude

agent = Agent(model=Claude(id="claude-sonnet-4-5"), instructions="Recommend one film, no more.", markdown=True)


def tonight(mood: str):
    # site: agno chat model=claude-sonnet-4-5 says=Recommend_one_film
    return agent.run(f"I feel {mood}")
