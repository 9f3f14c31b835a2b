"""Which two commits a run compares, and that both are in the clone: base is the merge base, head the event's head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import ReviewError
from bot.hosts.github import TOKEN
from bot.hosts.github_event import ID
from bot.hosts.github_fetch import fetch_commits
from bot.revisions import Repository, open_repository

if TYPE_CHECKING:
    from bot.hosts.github_api import Api


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Names or ids of the two ends; `base` None: the default branch."""

    head: str
    base: str | None


def commits_of(repo: Repository, wanted: Wanted, env: Mapping[str, str], api: Api | None) -> tuple[str, str]:
    """The ids of (base, head), fetched where the checkout left them out."""
    try:
        return _local(repo, wanted)
    except ReviewError as error:
        if api is None or wanted.base is None or not (ID.fullmatch(wanted.head) and ID.fullmatch(wanted.base)):
            raise
        missing = error
    base = api.merge_base(wanted.base, wanted.head)
    url = f"{env.get('GITHUB_SERVER_URL', 'https://github.com').rstrip('/')}/{env.get('GITHUB_REPOSITORY', '')}"
    ids = [base, wanted.head]
    fetch_commits(repo.place.git_dir, url, ids, token=env.get(TOKEN, ""), shallow=repo.shallow)
    with open_repository(repo.root) as fresh:
        try:
            return fresh.resolve(base), fresh.resolve(wanted.head)
        except ReviewError:
            raise missing from None


def _local(repo: Repository, wanted: Wanted) -> tuple[str, str]:
    head = repo.resolve(wanted.head)
    if wanted.base is None:
        return repo.default_base(head), head
    return repo.merge_base(wanted.base, head), head
