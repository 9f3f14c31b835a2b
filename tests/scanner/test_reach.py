"""A search is tied to the call whose prompt it fills, and to no other."""

from __future__ import annotations

from prompts_scanner.model import CallSite
from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree

ANSWER = """
from openai import OpenAI
from app.search import find

client = OpenAI()

def answer(question):
    passages = "\\n".join(find(question))
    return client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": f"Passages: {passages}. Question: {question}"}]
    )

def greet():
    return client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Say hello."}])

def title(text):
    return client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": f"Title of: {text}"}])
"""
SEARCH = """
from app.store import store

def find(question, top_k: int = 7):
    return [hit.text for hit in store.similarity_search(question, k=top_k)]
"""


def sites(**files: str) -> dict[str, CallSite]:
    tree = MemoryTree({path.replace("__", "/") + ".py": text for path, text in files.items()})
    return {s.symbol: s for s in scan(tree).sites}


def counts(site: CallSite) -> set[str | None]:
    return {r.setting.value for r in site.retrieval if r.unit == "chunks"}


def test_a_call_without_run_time_text_or_without_a_search_has_none() -> None:
    found = sites(app__answer=ANSWER, app__search=SEARCH)
    assert counts(found["greet"]) == set()
    assert counts(found["title"]) == set()


def test_a_search_in_a_called_function_of_another_module_is_tied() -> None:
    found = sites(app__answer=ANSWER, app__search=SEARCH)
    assert counts(found["answer"]) == {"7"}
    assert any(r.role == "retrieval" and r.span.path == "app/search.py" for r in found["answer"].related)


def test_a_search_in_the_same_function_is_tied() -> None:
    code = ANSWER.replace("find(question)", "store.similarity_search(question, k=9)")
    assert counts(sites(app__answer=code)["answer"]) == {"9"}


def test_the_page_size_of_a_distant_database_query_is_not() -> None:
    search = SEARCH.replace("top_k: int = 7", "limit: int = 100").replace("k=top_k", "limit=limit")
    assert counts(sites(app__answer=ANSWER, app__search=search)["answer"]) == set()


def test_functions_that_call_each_other_end() -> None:
    search = SEARCH + "\n\ndef again(question):\n    return find(question) + again(question)\n"
    code = ANSWER.replace("import find", "import again as find")
    assert counts(sites(app__answer=code, app__search=search)["answer"]) == {"7"}
