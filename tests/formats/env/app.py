import os

from anthropic import Anthropic
from openai import OpenAI


def chat(text):
    # site: openai chat model=gpt-4o-mini how=env_default
    return OpenAI().chat.completions.create(
        model=os.environ["CHAT_MODEL"], messages=[{"role": "user", "content": f"Answer the customer: {text}"}]
    )


def summary(text):
    # site: anthropic chat model=claude-haiku-4-5 how=env_default cap=200
    return Anthropic().messages.create(
        model=os.getenv("SUMMARY_MODEL"), max_tokens=200, messages=[{"role": "user", "content": f"Summarise: {text}"}]
    )
