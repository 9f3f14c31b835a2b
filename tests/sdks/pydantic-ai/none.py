"""A simulation: agents step, tools are hammers."""
from simulation import Agent

agent = Agent("walker")


# none
@agent.listener
def heard(sound: str) -> None:
    """A sound was heard."""


def step():
    # none
    return agent.run(10)
