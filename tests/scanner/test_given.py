"""What callers hand over: the product's callers count, its tests do not."""

from __future__ import annotations

from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree

LOOP = """
from anthropic import Anthropic

def loop(model: str, question: str):
    client = Anthropic()
    reply = client.messages.create(
        model=model, max_tokens=100, system="You answer in one line.", messages=[{"role": "user", "content": question}]
    )
    return reply.content[0].text
"""
TEST = """
from app.loop import loop

def test_loop():
    assert loop(model="test-model", question="Why?")
"""
APP = """
from app.loop import loop

def answer(choice, question):
    return loop(model=choice.model, question=question)
"""
PRODUCT = APP.replace("choice.model", '"claude-sonnet-4-5"')


def models(**files: str) -> set[str]:
    tree = MemoryTree({path.replace("__", "/") + ".py": text for path, text in files.items()})
    return {name for site in scan(tree).sites if site.context == "prod" for name in site.model.values}


def test_a_models_name_in_a_test_is_not_the_products() -> None:
    assert models(app__loop=LOOP, app__main=APP, tests__test_loop=TEST) == set()


def test_what_the_product_hands_over_is() -> None:
    assert models(app__loop=LOOP, app__main=PRODUCT, tests__test_loop=TEST) == {"claude-sonnet-4-5"}
