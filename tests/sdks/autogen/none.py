"""Car rental: an assistant agent at the counter."""
from rental import AssistantAgent

agent = AssistantAgent("counter 2")


def greet():
    # none
    return agent.run("keys")
