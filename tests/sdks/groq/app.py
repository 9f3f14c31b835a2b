from groq import Groq

client = Groq()


def explain(error: str):
    # site: groq chat model=llama-3.3-70b-versatile provider=groq cap=200 holes=error says=in_words_a_beginner_knows
    return client.chat.completions.create(
        model="llama-3.3-70b-versatile",
        max_tokens=200,
        messages=[{"role": "user", "content": f"Explain this error in words a beginner knows: {error}"}],
    )
