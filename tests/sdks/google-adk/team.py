from google.adk.agents import Agent, LoopAgent, SequentialAgent
from google.adk.runners import InMemoryRunner
from google.adk.tools import FunctionTool, google_search

PROMPT = """You plan walks through a city.
Name a café for each stop."""


def distance(start: str, end: str) -> int:
    """Metres between two stops."""
    return len(start) - len(end)


# tool: distance
# site: google-adk chat model=gemini-2.5-pro builtin=web_search says=Name_a_café
planner = Agent(name="planner", model="gemini-2.5-pro", instruction=PROMPT, tools=[google_search, FunctionTool(distance)])
# site: google-adk chat model=gemini-2.5-flash says=Make_it_shorter
shorter = Agent(name="shorter", model="gemini-2.5-flash", instruction="Make it shorter.")
pipeline = SequentialAgent(name="walks", sub_agents=[planner, LoopAgent(name="cut", sub_agents=[shorter], max_iterations=3)])
runner = InMemoryRunner(agent=pipeline)
