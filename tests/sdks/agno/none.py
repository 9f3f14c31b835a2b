"""Sports: an agent of a player, and his team."""
from sports import Agent

agent = Agent(instructions="Ask for more")


def deal():
    # none
    return agent.run("transfer")
