"""Conversations and pages that are cut before they are sent."""

from langchain_core.messages import trim_messages
from langchain_openai import ChatOpenAI

llm = ChatOpenAI(model="gpt-4.1-mini")
PAGE_CHARS = 12_000


# retrieval: max_chars=20000
def truncate_content(text: str, max_chars: int = 20_000) -> str:
    return text if len(text) <= max_chars else truncate_content(text[:max_chars], max_chars)


def shorten_title(text: str, limit: int = 4_000) -> str:
    return text[:limit]


def answer(history, page):
    # retrieval: max_tokens=6000
    kept = trim_messages(history, max_tokens=6_000, strategy="last", token_counter=llm)
    # retrieval: max_chars=12000
    shown = truncate_content(page, PAGE_CHARS)
    preview = truncate_content(page, 80)
    # site: langchain chat model=gpt-4.1-mini
    return llm.invoke([*kept, ("user", f"Tell what this page is about: {shown}")]), preview, shorten_title(page, 900)
