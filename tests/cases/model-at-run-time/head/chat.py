from openai import OpenAI
from router import pick_model

client = OpenAI()
SYSTEM = """You are a helper."""


def answer(question: str) -> str:
    done = client.chat.completions.create(
        model=pick_model(question),
        messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}],
    )
    return done.choices[0].message.content
