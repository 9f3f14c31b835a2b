"""The agent of a lost-property desk; its tools are in the file beside."""
from pydantic_ai import Agent

desk = Agent("anthropic:claude-haiku-4-5", instructions="You run the desk for things that were lost on trains.")
other = Agent("openai:gpt-4o-mini", instructions="You translate letters to the desk.")


def ask(question: str):
    # site: pydantic-ai chat model=anthropic:claude-haiku-4-5 tools=shelf_of,hand_out says=lost_on_trains+Today_the_desk_is_open
    return desk.run_sync(question)


def translate(letter: str):
    # site: pydantic-ai chat model=openai:gpt-4o-mini tools=- says=translate_letters
    return other.run_sync(letter)
