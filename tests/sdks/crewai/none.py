"""A theatre: crews, tasks and agents of actors."""
from theatre import Agent, Crew

crew = Crew(agents=[Agent(role="Prompter", goal="Whisper", backstory="Thirty years under the stage")])


def tonight():
    # none
    return crew.kickoff()
