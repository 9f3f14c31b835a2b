from cerebras.cloud.sdk import Cerebras

client = Cerebras()


def explain(error: str):
    # site: cerebras chat model=llama3.1-8b provider=cerebras cap=200 holes=error says=in_words_a_beginner_knows
    return client.chat.completions.create(
        model="llama3.1-8b",
        max_tokens=200,
        messages=[{"role": "user", "content": f"Explain this error in words a beginner knows: {error}"}],
    )
