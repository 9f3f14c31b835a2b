from fireworks.client import Fireworks

client = Fireworks()


def explain(error: str):
    # site: fireworks chat model=accounts/fireworks/models/llama-v3p1-8b-instruct provider=fireworks cap=200 holes=error says=in_words_a_beginner_knows
    return client.chat.completions.create(
        model="accounts/fireworks/models/llama-v3p1-8b-instruct",
        max_tokens=200,
        messages=[{"role": "user", "content": f"Explain this error in words a beginner knows: {error}"}],
    )
