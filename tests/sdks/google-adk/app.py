from google.adk.agents import Agent, LlmAgent
from google.adk.models.lite_llm import LiteLlm


def capital_of(country: str) -> str:
    """The capital of a country."""
    return country


# site: google-adk chat model=gemini-2.5-flash tools=capital_of says=You_teach_geography
root_agent = Agent(
    name="teacher", model="gemini-2.5-flash", instruction="You teach geography to children.", tools=[capital_of]
)
# site: google-adk chat model=openai/gpt-4o
checker = LlmAgent(name="checker", model=LiteLlm(model="openai/gpt-4o"), instruction="You check facts.")
