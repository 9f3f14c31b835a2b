from pathlib import Path

from openai import OpenAI

client = OpenAI()
SYSTEM = Path("prompts/support.md").read_text()


def answer(question: str) -> str:
    done = client.chat.completions.create(
        model="gpt-4o",
        max_completion_tokens=400,
        messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}],
    )
    return done.choices[0].message.content
