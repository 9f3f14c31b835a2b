"""What a path is for."""

from __future__ import annotations

import pytest

from prompts_scanner.context import classify, is_migration
from prompts_scanner.listing import listing_of
from prompts_scanner.model import Context, Span
from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree


@pytest.mark.parametrize(
    ("path", "context"),
    [
        ("src/app.py", "prod"),
        ("scripts/nightly.py", "prod"),
        ("notebooks/explore.ipynb", "prod"),
        ("src/contest/latest.py", "prod"),
        ("tests/test_app.py", "test"),
        ("src/app.test.ts", "test"),
        ("src/button.stories.tsx", "test"),
        ("conftest.py", "test"),
        ("pkg/__tests__/a.ts", "test"),
        ("docs/guide.md", "docs"),
        ("examples/chat/app.py", "example"),
        ("examples/chat/tests/test_app.py", "test"),
        ("evals/run.py", "eval"),
        ("benchmarks/speed.py", "eval"),
        ("agents/recency_benchmark.py", "eval"),
        ("web/node_modules/openai/index.js", "vendored"),
        ("web/dist/bundle.js", "vendored"),
        ("third_party/lib/a.py", "vendored"),
        ("public/app.min.js", "vendored"),
    ],
)
def test_by_path(path: str, context: Context) -> None:
    assert classify(path) == context


def test_where_all_code_is_examples_the_examples_are_the_product() -> None:
    only = [f"examples/{n}/app.py" for n in "abc"]
    assert {listing_of(only, ()).context(p) for p in only} == {"prod"}
    assert listing_of([*only, "src/a.py", "src/b.py"], ()).context("examples/a/app.py") == "example"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("shop/migrations/0007_add_model.py", True),
        ("alembic/versions/3f2a_add.py", True),
        ("shop/migrations/README.md", False),
        ("shop/migrate.py", False),
    ],
)
def test_database_history(path: str, answer: bool) -> None:
    assert is_migration(path) is answer


def test_a_test_that_calls_a_wrapper_does_not_take_its_site() -> None:
    """Else a product's only call would be classed as test code and leave the totals."""
    files = {
        "app/llm.py": "from openai import OpenAI\n\n\ndef ask(messages):\n"
        "    return OpenAI().chat.completions.create(model='gpt-4o', messages=messages)\n",
        "tests/test_llm.py": "from app.llm import ask\n\n\ndef test_ask():\n"
        "    ask([{'role': 'user', 'content': 'Say that you are there, in one word'}])\n",
    }
    sites = scan(MemoryTree(files)).sites
    assert [(s.span, s.context) for s in sites] == [(Span("app/llm.py", 5, 5), "prod")]


@pytest.mark.parametrize(
    ("path", "values"), [("lib/models.mock.ts", ()), ("lib/models.ts", ("gpt-4o",))], ids=["a test's", "the product's"]
)
def test_a_stand_in_of_tests_is_never_the_products_model(path: str, values: tuple[str, ...]) -> None:
    module = path.removesuffix(".ts").replace("lib/", "./")
    call = f"""
import OpenAI from 'openai';
import {{ chatModel }} from '{module}';
export const ask = async (q: string) =>
  new OpenAI().chat.completions.create({{ model: chatModel, messages: [{{ role: 'user', content: q }}] }});
"""
    (site,) = scan(MemoryTree({path: "export const chatModel = 'gpt-4o';\n", "lib/ask.ts": call})).sites
    assert site.model.values == values
    assert ("stand-in" in site.model.reason) is not bool(values)


def test_vendored_code_is_not_looked_at_and_that_is_told() -> None:
    call = "import openai\nopenai.OpenAI().chat.completions.create(model='gpt-4o', messages=[])\n"
    found = scan(MemoryTree({"app.py": call, "vendor/kit/client.py": call, "web/node_modules/a/b.js": "x = 1\n"}))
    assert [s.span.path for s in found.sites] == ["app.py"]
    assert (found.files_seen, found.files_vendored) == (3, 2)
