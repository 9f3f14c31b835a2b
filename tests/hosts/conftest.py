"""The loopback GitHub as a fixture; a test that broke the contract fails at its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hosts.fake_github import FakeGitHub, running


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with running(FakeGitHub()) as fake:
        yield fake
    assert fake.violations == []
