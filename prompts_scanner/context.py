"""What a path is for: product code, test, example, documentation, evaluation, or somebody else's code.

By path alone, so that a change cannot talk itself out of the bill; scripts, notebooks and jobs are product code, since
batch spend lives there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from prompts_scanner.model import Context

_VENDORED = frozenset(
    "node_modules vendor vendored vendors _vendor third_party third-party thirdparty bower_components site-packages "
    ".venv venv .tox .nox __pycache__ .git .yarn .next .nuxt .svelte-kit .output dist .eggs .gradle .terraform "
    "baml_client storybook-static".split()
)
_TEST = frozenset(
    "test tests testing __tests__ __test__ __mocks__ __fixtures__ __snapshots__ fixtures testdata test-data test_data "
    "e2e cypress playwright spec specs unittests unit_tests integration_tests integration-tests mocks snapshots "
    "cassettes testutils test_utils test-utils".split()
)
_DOCS = frozenset("doc docs documentation apidocs website mintlify".split())
_EXAMPLE = frozenset(
    "example examples sample samples cookbook cookbooks tutorial tutorials showcase showcases playground playgrounds "
    "testapps sandbox-app".split()
)
_EVAL = frozenset(
    "eval evals evaluation evaluations evaluate evaluator evaluators benchmark benchmarks benchmarking bench".split()
)
_TEST_FILE = re.compile(
    r"^(test_[^/]*\.pyi?|[^/]*_test\.(pyi?|[cm]?[jt]sx?)|[^/]*_tests\.py|conftest\.py|[^/]*\.(test|tests|spec|e2e|stories|story|mock)\.[cm]?[jt]sx?|"
    r"(jest|vitest|playwright|cypress)\.(config|setup)\.[cm]?[jt]s)$"
)
_MINIFIED = re.compile(r"(\.min\.(js|mjs|css)|\.bundle\.js|-bundle\.js|\.chunk\.js|\.d\.ts)$")
_EVAL_FILE = re.compile(
    r"^((eval|evals|evaluate|evaluation|benchmark)(_[^/]*)?|[^/]*_(evals?|evaluation|benchmark))\.(py|ipynb|[cm]?[jt]s|ya?ml)$"
)
_CODE = re.compile(r"\.(py|ipynb|[cm]?[jt]sx?|vue|svelte)$")


def classify(path: str) -> Context:
    """What the path is for, judged by its folders, the strongest claim first."""
    *folders, name = path.lower().split("/")
    parts = frozenset(folders)
    if parts & _VENDORED or _MINIFIED.search(name):
        return "vendored"
    if parts & _TEST or _TEST_FILE.match(name):
        return "test"
    if parts & _DOCS:
        return "docs"
    if parts & _EXAMPLE:
        return "example"
    if parts & _EVAL or _EVAL_FILE.match(name):
        return "eval"
    return "prod"


def classify_all(paths: Iterable[str]) -> dict[str, Context]:
    """The contexts of a whole tree. Where nearly all code stands under examples, the examples are the product."""
    contexts = {p: classify(p) for p in paths}
    code = [c for p, c in contexts.items() if _CODE.search(p) and c in ("prod", "example")]
    if code and code.count("example") >= 0.9 * len(code):
        return {p: "prod" if c == "example" else c for p, c in contexts.items()}
    return contexts


_MIGRATION = re.compile(r"(^|/)(migrations/(versions/)?\d\w*\.(py|[jt]s)|alembic/versions/[^/]+\.py)$")


def is_migration(path: str) -> bool:
    """Database history: it copies names and texts of the product and runs once."""
    return bool(_MIGRATION.search(path))
