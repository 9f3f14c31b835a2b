"""One function of the team's own sends everything: its callers are the sites."""
from openai import OpenAI

client = OpenAI()


def complete(messages, model="gpt-4o", max_tokens=256):
    return client.chat.completions.create(model=model, messages=messages, max_tokens=max_tokens)


def title(text):
    # site: openai chat model=gpt-4o-mini cap=256 says=Give_this_text_a_title
    return complete([{"role": "user", "content": f"Give this text a title of at most five words: {text}"}], model="gpt-4o-mini")


def tags(text):
    # site: openai chat model=gpt-4o how=default cap=64
    return complete([{"role": "user", "content": f"List up to ten tags for this text: {text}"}], max_tokens=64)
