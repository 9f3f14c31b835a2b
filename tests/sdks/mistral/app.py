import os

from mistralai import Mistral

client = Mistral(api_key=os.environ["MISTRAL_API_KEY"])


def summary(minutes: str):
    # site: mistral chat model=mistral-small-latest provider=mistral cap=300 holes=minutes
    return client.chat.complete(
        model="mistral-small-latest",
        max_tokens=300,
        messages=[{"role": "user", "content": f"Summarise these minutes for the board: {minutes}"}],
    )


def vectors(texts: list[str]):
    # site: mistral embed model=mistral-embed
    return client.embeddings.create(model="mistral-embed", inputs=texts)
