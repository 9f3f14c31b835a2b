from openai import OpenAI
from tools import TOOLS

client = OpenAI()


def turn(messages: list[dict]) -> object:
    return client.chat.completions.create(model="gpt-4o", messages=messages, tools=TOOLS, max_tokens=600)
