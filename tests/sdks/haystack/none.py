"""A farm: hay is stacked by an agent."""
from farm import Agent, OpenAIGenerator

field = Agent(OpenAIGenerator())


def stack():
    # none
    return field.run(bales=12)
