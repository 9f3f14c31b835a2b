"""Insurance: agents and runners of the annual run."""
from insurance import Agent

agent = Agent(model="full cover", instruction="renew in May")


def renew():
    # none
    return agent.run()
