"""Several answers of one request, and what is cut out of a long one."""

import os

from openai import OpenAI

client = OpenAI()
VOTES = 5


def most_common(question):
    # site: openai chat model=gpt-4.1-mini answers=5 cap=50 holes=question
    return client.chat.completions.create(
        model="gpt-4.1-mini",
        n=VOTES,
        max_completion_tokens=50,
        messages=[{"role": "user", "content": f"Answer with one word: {question}"}],
    )


def best(prompt):
    # site: openai chat model=gpt-3.5-turbo-instruct answers=4
    return client.completions.create(model="gpt-3.5-turbo-instruct", prompt=prompt, n=2, best_of=4)


def as_many_as_set(prompt):
    # site: openai chat model=gpt-4.1 answers=?
    return client.chat.completions.create(
        model="gpt-4.1", n=int(os.environ["N"]), messages=[{"role": "user", "content": prompt}]
    )


def pictures(what):
    # site: openai image model=gpt-image-1 answers=3
    return client.images.generate(model="gpt-image-1", prompt=f"A drawing of {what}", n=3, size="1024x1024")


def long_run(items):
    # site: openai chat model=gpt-5 edits=100000 answers=-
    return client.responses.create(
        model="gpt-5", input=items, context_management=[{"type": "compaction", "compact_threshold": 100_000}]
    )
