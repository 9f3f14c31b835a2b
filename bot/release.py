"""Which release of the action a workflow should use: a commit where one is known, else the tag of this version.

A commit cannot be moved to other code, a tag can. A package made by the release workflow has its commit in a file; one that
pip installed from git has it in its record. https://packaging.python.org/en/latest/specifications/direct-url/
"""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from typing import Final

from bot import __version__

ACTION: Final = "aicost-review/aicost-review"
TAG: Final = f"v{__version__}"
COMMIT_FILE: Final = "release_commit.txt"
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")


def action_reference() -> str:
    """What stands behind `uses:`, with the tag as a comment where a commit is known."""
    commit = _of_release() or _of_installation()
    return f"{ACTION}@{commit} # {TAG}" if commit else f"{ACTION}@{TAG}"


def _of_release() -> str | None:
    file = files("bot").joinpath(COMMIT_FILE)
    text = file.read_text(encoding="utf-8").strip() if file.is_file() else ""
    return text if _COMMIT.fullmatch(text) else None


def _of_installation() -> str | None:
    """Only where pip fetched it over the network: a commit of a local clone may be nowhere else."""
    try:
        record = json.loads(distribution("aicost-review").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return None
    url, source = record.get("url"), record.get("vcs_info")
    commit = source.get("commit_id") if isinstance(source, dict) else None
    fetched = isinstance(url, str) and url.startswith("https://github.com/")
    return commit if fetched and isinstance(commit, str) and _COMMIT.fullmatch(commit) else None
