from autogen import ConversableAgent
from autogen_agentchat.agents import AssistantAgent
from autogen_ext.models.openai import OpenAIChatCompletionClient

client = OpenAIChatCompletionClient(model="gpt-4o", max_tokens=400)
planner = AssistantAgent("planner", model_client=client, system_message="You plan deliveries by bicycle.")
critic = ConversableAgent(
    "critic", llm_config={"model": "gpt-4o-mini", "max_tokens": 120}, system_message="You find the flaw in a plan."
)


async def plan(day: str):
    # site: autogen chat model=gpt-4o says=plan_deliveries
    return await planner.run(task=f"Plan {day}")


def judge(plan: str):
    # site: autogen chat model=gpt-4o-mini cap=120 says=find_the_flaw
    return critic.generate_reply(messages=[{"role": "user", "content": plan}])
