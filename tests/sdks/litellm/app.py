import os
from functools import partial

import litellm
from litellm import Router, acompletion as ask, completion

ROUTER = Router(model_list=[{"model_name": "fast", "litellm_params": {"model": "groq/llama-3.3-70b"}}])
NOTES = "Take notes of the meeting. One line for each decision."


def notes(transcript: str):
    # site: litellm chat model=anthropic/claude-sonnet-4-5 cap=700 says=One_line_for_each_decision
    return completion(
        model="anthropic/claude-sonnet-4-5",
        messages=[{"role": "system", "content": NOTES}, {"role": "user", "content": transcript}],
        max_tokens=700,
    )


async def later(text: str):
    # site: litellm chat model=gpt-4o-mini how=env_default
    return await ask(
        model=os.getenv("NOTES_MODEL", "gpt-4o-mini"), messages=[{"role": "user", "content": f"Shorten: {text}"}]
    )


class Speaker:
    def __init__(self):
        self._say = partial(completion, model="mistral/mistral-small-latest", max_tokens=90)

    def greet(self, name: str):
        # site: litellm chat model=mistral/mistral-small-latest cap=90
        return self._say(messages=[{"role": "user", "content": f"Greet {name} in the style of a sea captain."}])


def vectors(texts: list[str]):
    # site: litellm embed model=text-embedding-3-large
    return litellm.embedding(model="text-embedding-3-large", input=texts)


def ranked(query: str, docs: list[str]):
    # site: litellm rerank model=cohere/rerank-v3.5 retrieval=top_n:4
    # retrieval: top_n=4
    return litellm.rerank(model="cohere/rerank-v3.5", query=query, documents=docs, top_n=4)
