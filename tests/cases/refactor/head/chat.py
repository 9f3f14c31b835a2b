from openai import OpenAI
from prompts import SYSTEM

client = OpenAI()


def answer(question: str) -> str:
    """Answers."""
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]
    done = client.chat.completions.create(model="gpt-4o", messages=messages)
    return done.choices[0].message.content
