"""What a path is for: product code, test, example, documentation, evaluation, or somebody else's code.

By path alone, so that a change cannot talk itself out of the bill; scripts, notebooks and jobs are product code, since
batch spend lives there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

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


@cache
def _claims(folder: str) -> tuple[bool, ...]:
    """What the folders of a file claim, the strongest first."""
    parts = frozenset(folder.split("/"))
    return tuple(not parts.isdisjoint(names) for names in (_VENDORED, _TEST, _DOCS, _EXAMPLE, _EVAL))


def classify(path: str) -> Context:
    """What the path is for, judged by its folders, the strongest claim first."""
    folder, _, name = path.lower().rpartition("/")
    vendored, test, docs, example, evaluation = _claims(folder)
    if vendored or _MINIFIED.search(name):
        return "vendored"
    if test or _TEST_FILE.match(name):
        return "test"
    if docs:
        return "docs"
    if example:
        return "example"
    if evaluation or _EVAL_FILE.match(name):
        return "eval"
    return "prod"


def examples_are_the_product(paths: Iterable[str]) -> bool:
    """Whether nearly all code of a tree stands under examples."""
    code = [c for p in paths if _CODE.search(p) and (c := classify(p)) in ("prod", "example")]
    return bool(code) and code.count("example") >= 0.9 * len(code)


_MIGRATION = re.compile(r"(^|/)(migrations/(versions/)?\d\w*\.(py|[jt]s)|alembic/versions/[^/]+\.py)$")


def is_migration(path: str) -> bool:
    """Database history: it copies names and texts of the product and runs once."""
    return ("migrations/" in path or "versions/" in path) and bool(_MIGRATION.search(path))
