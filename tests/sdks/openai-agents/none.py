"""A real-estate office: its agents are people."""
from office.people import Agent, Runner

anna = Agent(name="Anna", instructions="Call the buyer back")


def errand():
    # none
    return Runner.run(anna, "keys")
