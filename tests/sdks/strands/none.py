"""A hairdresser: strands and agents."""
from salon import Agent

agent = Agent(name="colour 7")


def mix():
    # none
    return agent("ash brown")
