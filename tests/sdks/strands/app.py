from strands import Agent, tool
from strands.models import BedrockModel


# tool: letter_count
@tool
def letter_count(word: str) -> int:
    """Count the letters of a word."""
    return len(word)


model = BedrockModel(model_id="us.anthropic.claude-sonnet-4-5-20250929-v1:0", max_tokens=700)
agent = Agent(model=model, tools=[letter_count], system_prompt="You are a crossword setter.")


def clue(word: str):
    # site: strands chat model=us.anthropic.claude-sonnet-4-5-20250929-v1:0 tools=letter_count says=crossword_setter
    return agent(f"Set a clue for {word}")


def once(word: str):
    # site: strands chat model=us.amazon.nova-lite-v1:0 says=You_find_rhymes holes=word
    return Agent(model="us.amazon.nova-lite-v1:0", system_prompt="You find rhymes.")(word)
