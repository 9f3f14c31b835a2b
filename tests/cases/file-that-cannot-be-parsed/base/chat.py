from openai import OpenAI

client = OpenAI()
SYSTEM = """You are a helper."""


def answer(question: str) -> str:
    done = client.chat.completions.create(
        model="gpt-4o",
        messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}],
    )
    return done.choices[0].message.content
