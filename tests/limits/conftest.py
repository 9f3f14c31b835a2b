"""The real command on real repositories, as in `tests/cli`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import aicost as aicost
from tests.revisions.conftest import Repo


@pytest.fixture
def tmp_repo(tmp_path: Path) -> Repo:
    """An empty repository."""
    return Repo(tmp_path / "app")
