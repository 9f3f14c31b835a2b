import os

from mistralai import Mistral
from pydantic import BaseModel

client = Mistral(api_key=os.environ["MISTRAL_API_KEY"])


class Bird(BaseModel):
    name: str
    rare: bool


async def live(question: str):
    # site: mistral chat model=mistral-large-latest cap=500 says=You_know_every_bird
    stream = await client.chat.stream_async(
        model="mistral-large-latest",
        max_tokens=500,
        messages=[{"role": "system", "content": "You know every bird."}, {"role": "user", "content": question}],
    )
    async for event in stream:
        yield event


def parsed(note: str):
    # site: mistral chat model=ministral-8b-latest schema=yes
    return client.chat.parse(
        model="ministral-8b-latest", messages=[{"role": "user", "content": note}], response_format=Bird
    )


def fill(before: str, after: str):
    # site: mistral chat model=codestral-latest cap=64
    return client.fim.complete(model="codestral-latest", prompt=before, suffix=after, max_tokens=64)


def helper():
    # site: mistral chat model=mistral-medium-latest says=You_name_birds
    return client.beta.agents.create(model="mistral-medium-latest", name="Ornithologist", instructions="You name birds.")


def scan(url: str):
    # site: mistral chat model=mistral-ocr-latest
    return client.ocr.process(model="mistral-ocr-latest", document={"type": "document_url", "document_url": url})
