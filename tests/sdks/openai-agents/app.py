from agents import Agent, ModelSettings, Runner, RunContextWrapper, function_tool, WebSearchTool
from pydantic import BaseModel


class Trip(BaseModel):
    city: str


# tool: book_room
@function_tool
def book_room(city: str, nights: int = 1) -> str:
    """Book a hotel room."""
    return city


@function_tool(name_override="cancel")
# tool: cancel
def cancel_room(reference: str) -> str:
    """Cancel a booking."""
    return reference


booking = Agent(
    name="Booking",
    model="gpt-4.1-mini",
    instructions="You book rooms. Ask for the nights before you book.",
    tools=[book_room, cancel_room, WebSearchTool()],
    model_settings=ModelSettings(max_tokens=600),
    output_type=Trip,
)
triage = Agent[RunContextWrapper](name="Triage", instructions="Send the traveller to the right desk.", handoffs=[booking])


async def run(text: str):
    # site: openai-agents chat model=gpt-4.1-mini cap=600 tools=book_room,cancel,WebSearchTool builtin=web_search schema=yes loop=max_turns:5 binding=23
    return await Runner.run(booking, text, max_turns=5)


def desk(text: str):
    # site: openai-agents chat model=gpt-4.1 how=default says=right_desk
    return Runner.run_sync(triage, text)
