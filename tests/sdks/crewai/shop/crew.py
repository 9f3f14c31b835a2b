from crewai import Agent, Crew, Process, Task
from crewai.project import CrewBase, agent, crew, task
from crewai_tools import SerperDevTool
from pydantic import BaseModel

search = SerperDevTool()


class Offers(BaseModel):
    dealers: list[str]


@CrewBase
class ShopCrew:
    """Agents and tasks whose texts stand in YAML."""

    agents_config = "config/agents.yaml"
    tasks_config = "config/tasks.yaml"

    @agent
    def buyer(self) -> Agent:
        return Agent(config=self.agents_config["buyer"], tools=[search], max_iter=5)

    @agent
    def editor(self) -> Agent:
        # site: crewai chat model=gpt-4o-mini how=default says=Correct_the_catalogue holes=-
        return Agent(config=self.agents_config["editor"])

    @task
    def find_offers(self) -> Task:
        # site: crewai chat model=openai/gpt-4.1 how=config says=seed_dealer_in+Find_the_best_offer+Compare_three_dealers holes=crop schema=yes loop=max_turns:5
        return Task(config=self.tasks_config["find_offers"], agent=self.buyer(), output_pydantic=Offers)

    @task
    def negotiate(self) -> Task:
        # site: crewai chat model=openai/gpt-4.1 says=seed_dealer_in+Ask_for_a_better_price holes=crop,dealer
        return Task(config=self.tasks_config["negotiate"])

    @crew
    def crew(self) -> Crew:
        # site: crewai chat model=?
        return Crew(agents=self.agents, tasks=self.tasks, process=Process.sequential)
