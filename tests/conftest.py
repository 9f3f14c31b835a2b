"""Options of the whole suite."""

from __future__ import annotations

import pytest
from hypothesis import settings

# A busy machine is no failure: no example has a time limit.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="Rewrite the expected outputs of tests/cases.")
