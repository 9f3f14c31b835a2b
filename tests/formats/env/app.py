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


def reply(text):
    # site: openai chat model=gpt-4.1-nano how=env_default cap=800
    return OpenAI().chat.completions.create(
        model=os.environ["KEYWORD_MODEL"],
        max_tokens=int(os.environ["MAX_TOKENS"]),
        messages=[{"role": "user", "content": f"Name five keywords of this: {text}"}],
    )


def short_reply(text):
    # site: anthropic chat model=? cap=250
    return Anthropic().messages.create(
        model=os.environ["SUPPORT_API_KEY_LIMIT"],
        max_tokens=int(os.environ["REPLY_TOKEN_LIMIT"]),
        stop_sequences=[os.environ["PIN_TOKEN"]],
        messages=[{"role": "user", "content": f"Reply in one sentence: {text}"}],
    )


def brief(text: str):
    # site: openai chat model=gpt-4o-mini how=env_default
    return OpenAI().chat.completions.create(
        model=os.environ.get("CHAT_MODEL", ""), messages=[{"role": "user", "content": f"In one line: {text}"}]
    )
