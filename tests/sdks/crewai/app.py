from crewai import LLM, Agent, Crew, Task
from crewai.tools import BaseTool, tool


# tool: price_list
class PriceTool(BaseTool):
    name: str = "price_list"
    description: str = "Prices of the season"

    def _run(self, item: str) -> str:
        return item


# tool: stock
@tool
def stock(item: str) -> str:
    """What is in stock."""
    return item


buyer = Agent(
    role="Seed buyer",
    goal="Find the best offer for the season",
    backstory="You know every seed dealer between here and the coast",
    tools=[PriceTool()],
)
# site: crewai chat model=anthropic/claude-sonnet-4-5
writer = Agent(
    role="Catalogue writer",
    goal="Write the catalogue in plain words",
    backstory="You wrote for farmers for twenty years",
    llm=LLM(model="anthropic/claude-sonnet-4-5"),
)
# prompt: Compare the offers of at least three dealers
# site: crewai chat model=gpt-4o-mini how=default says=You_know_every_seed+Find_the_best_offer+Compare_the_offers+a_table tools=price_list binding=21
task = Task(description="Compare the offers of at least three dealers and say which to take", expected_output="a table", agent=buyer)
crew = Crew(agents=[buyer, writer], tasks=[task])


def season():
    # site: crewai chat model=?
    return crew.kickoff()
