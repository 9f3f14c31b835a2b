"""A writers' room: a team of agents takes turns."""
from autogen import AssistantAgent as OldAssistant, GroupChat, GroupChatManager, UserProxyAgent
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core.models import UserMessage
from autogen_core.tools import FunctionTool
from autogen_ext.models.anthropic import AnthropicChatCompletionClient
from autogen_ext.models.openai import OpenAIChatCompletionClient

model = OpenAIChatCompletionClient(model="gpt-4o-mini")
careful = AnthropicChatCompletionClient(model="claude-haiku-4-5", max_tokens=500)


def rhyme(word: str) -> str:
    """A word that rhymes."""
    return word


# tool: rhyme
rhymes = FunctionTool(rhyme, description="A word that rhymes")
poet = AssistantAgent("poet", model_client=model, tools=[rhymes], system_message="You write verses.")
# site: autogen chat model=claude-haiku-4-5 cap=500 says=You_strike_out_words
editor = AssistantAgent("editor", model_client=careful, system_message="You strike out words.")
team = RoundRobinGroupChat([poet, editor], termination_condition=MaxMessageTermination(8), max_turns=6)


async def write(topic: str):
    # site: autogen chat model=gpt-4o-mini tools=rhyme loop=max_turns:6 says=You_write_verses+Four_verses_on
    return await team.run(task=f"Four verses on {topic}")


async def direct(text: str):
    # site: autogen chat model=gpt-4o-mini says=Which_metre
    return await model.create([UserMessage(content=f"Which metre is this? {text}", source="user")])


CONFIG = {"config_list": [{"model": "gpt-4-turbo", "api_key": "x"}], "temperature": 0}
old = OldAssistant("old", llm_config=CONFIG, system_message="You count syllables.")
proxy = UserProxyAgent("proxy", human_input_mode="NEVER")
chat = GroupChat(agents=[old, proxy], messages=[], max_round=5)
manager = GroupChatManager(groupchat=chat, llm_config=CONFIG)


def count(verse: str):
    # site: autogen chat model=gpt-4-turbo says=You_count_syllables
    return proxy.initiate_chat(old, message=f"Count: {verse}")
