"""What stands on its own and no call is tied to: clocks in prompts, the part of a document that goes on, shorter texts."""

from __future__ import annotations

from datetime import date

import pytest

from bot.config import Config
from bot.model import Cause, Review
from bot.pipeline import review
from prompts_scanner.tree import MemoryTree

TODAY = date(2026, 11, 24)


def compared(base: str, head: str) -> Review:
    trees = (MemoryTree({"app/builder.py": text}) for text in (base, head))
    return review(*trees, Config(), renames={}, today=TODAY)


def only(found: Review) -> Cause:
    ((cause,),) = (change.causes for change in found.changes)
    return cause


# -- clocks -----------------------------------------------------------------------------------------------------------

CLOCK = """
from datetime import datetime

class Prompts:
    def header(self, at: datetime | None = None):
        if not at:
            at = datetime.now()
        return self.templates.create_prompt("header.j2", name="Ada", today=at.astimezone().isoformat())
"""
DAY = CLOCK.replace(".isoformat()", ".date().isoformat()")


def test_a_clock_that_ticks_as_often_as_before_is_silent() -> None:
    assert compared(CLOCK, CLOCK.replace("at.", "at .")).changes == ()
    assert compared(DAY, DAY.replace(".date().isoformat()", ".strftime('%Y-%m-%d')")).changes == ()
    no_prompt = CLOCK.replace("create_prompt", "log_event")
    assert compared(no_prompt, no_prompt.replace(".isoformat()", ".date().isoformat()")).changes == ()


@pytest.mark.parametrize("calmer", [DAY, CLOCK.replace(", today=at.astimezone().isoformat()", "")])
def test_a_clock_that_ticks_once_a_day_or_goes_lets_the_prompt_be_cached(calmer: str) -> None:
    down, up = compared(CLOCK, calmer), compared(calmer, CLOCK)
    assert (down.direction, up.direction) == ("down", "up")
    cause = only(down)
    assert (cause.what, cause.usd_per_call, cause.delta_tokens) == ("cache", None, None)
    assert "today" in cause.detail


PROMPT = '''
from datetime import datetime

def support_prompt(question):
    return f"""You are the support assistant of a shop that sells garden tools and nothing else. {datetime.now()} The customer asks: {question}"""
'''
FIRST = PROMPT.replace(" {datetime.now()}", "").replace('f"""You', 'f"""{datetime.now()} You')


def test_a_clock_moved_before_the_text_of_a_prompt_no_call_is_tied_to() -> None:
    assert compared(PROMPT, PROMPT + "\n# a comment\n").changes == ()
    up, down = compared(PROMPT, FIRST), compared(FIRST, PROMPT)
    assert (up.direction, down.direction) == ("up", "down")
    assert up.changes[0].causes[0].what == "cache"


# -- documents --------------------------------------------------------------------------------------------------------

DOCUMENTS = """
import os
from langchain_core.documents import Document

MOST = int(os.environ.get("MOST_CHARS", 50000))

def documents(pages):
    return [Document(page_content=page["text"], metadata={"url": page["url"]}) for page in pages]
"""
CUT = DOCUMENTS.replace('page["text"]', 'page["text"][:MOST]')


def test_the_part_of_a_document_that_goes_on() -> None:
    assert compared(DOCUMENTS, DOCUMENTS.replace('"url": ', '"source": ')).changes == ()
    assert compared(DOCUMENTS, CUT).direction == "down"
    assert compared(CUT, DOCUMENTS).direction == "up"
    assert compared(CUT, CUT.replace("50000", "90000")).direction == "up"
    assert only(compared(DOCUMENTS, CUT)).detail == "page_content whole → 50000"


# -- lists of models that get a shorter text --------------------------------------------------------------------------

LISTED = """
class Agent:
    def tools(self):
        SIMPLE_TOOL_TEXT_MODELS = ["gpt-", "o3"]
        short = any(name in self.model for name in SIMPLE_TOOL_TEXT_MODELS)
        return [shell_tool(short)]
"""


def test_one_more_model_that_gets_the_short_text_is_down_also_under_another_name() -> None:
    more = LISTED.replace('"o3"', '"o3", "o4"')
    renamed = LISTED.replace("SIMPLE_TOOL_TEXT_MODELS", "SHORT_TOOL_TEXT_MODELS")
    assert compared(LISTED, renamed).changes == ()
    for head in (more, renamed.replace('"o3"', '"o3", "o4"')):
        assert compared(LISTED, head).direction == "down"
        assert compared(head, LISTED).direction == "up"


# -- templates --------------------------------------------------------------------------------------------------------


def test_a_stripped_template_without_a_telling_name_is_a_prompt_and_its_tokens_are_in_the_headline() -> None:
    base = (
        "from langchain_core.prompts import PromptTemplate\n\n"
        'helping = PromptTemplate.from_template("""\n- Chat with the documents of {name}.\n- Draw it.\n""".strip())\n'
    )
    longer = base.replace("- Draw it.", "- Draw an image that shows what the reader asks for.\n- Search the web.")
    found = compared(base, longer)
    assert found.direction == "up"
    tokens = only(found).delta_tokens
    assert tokens is not None
    assert tokens.likely > 0


PASSAGES = """
from openai import OpenAI
from shop.store import store

client = OpenAI()

def passages(question, top_k=4):
    return store.search(question, top_k=top_k)

def other(question):
    return store.search(question, top_k=4)

def answer(question):
    found = passages(question)
    return client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": f"{found}{question}"}])
"""


def test_what_only_hands_on_a_setting_that_a_call_tells_of_is_told_once() -> None:
    more = PASSAGES.replace("top_k=4):", "top_k=12):")
    (change,) = compared(PASSAGES, more).changes
    assert change.after is not None, "the call's"
    assert [c.detail for c in change.causes] == ["top_k 4 → 12"]
    both = compared(PASSAGES, more.replace("top_k=4)", "top_k=9)")).changes
    assert [(c.after is None, c.causes[0].detail) for c in both] == [(False, "top_k 4 → 12"), (True, "top_k 4 → 9")]
