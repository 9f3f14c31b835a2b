from together import Together

client = Together()


def explain(error: str):
    # site: together chat model=meta-llama/Llama-3.3-70B-Instruct-Turbo provider=together cap=200 holes=error says=in_words_a_beginner_knows
    return client.chat.completions.create(
        model="meta-llama/Llama-3.3-70B-Instruct-Turbo",
        max_tokens=200,
        messages=[{"role": "user", "content": f"Explain this error in words a beginner knows: {error}"}],
    )
