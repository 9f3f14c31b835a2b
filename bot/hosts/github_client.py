"""The connection to GitHub: one PyGithub client that never repeats a write blindly, and errors in plain words.

PyGithub's own retry re-sends a POST after a 502 although the write may have happened. Here it is off. An operation of
ours first looks what is there and then writes what is missing, so that the whole of it can be run again: `converge`.
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar
from urllib.parse import urlsplit

import github
import requests
from github.CommitStatus import CommitStatus
from github.PaginatedList import PaginatedList
from github.Repository import Repository

from bot.hosts.github_requester import RememberingRequester
from bot.hosts.text import one_line

T = TypeVar("T")
PAUSES_SECONDS: Final = (1.0, 2.0, 4.0)
# Longer than this nobody waits: the sink is skipped and says so.
MAX_PAUSE_SECONDS: Final = 61.0
TIMEOUT_SECONDS: Final = 20
DENIED: Final = ("not accessible by", "must have", "permission", "write access")


class HostError(Exception):
    """A sink that could not be written, with the reason and what to do, in one line."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are when we write. `number` None: not known, the name alone decides."""

    login: str
    number: int | None


class Hub:
    """GitHub for one repository. `pause` waits; tests hand in one that does not."""

    def __init__(
        self, *, token: str, api_url: str, repository: str, pause: Callable[[float], None] = time.sleep
    ) -> None:
        client = github.Github(
            base_url=api_url.rstrip("/"),
            auth=github.Auth.Token(token),
            retry=None,
            timeout=TIMEOUT_SECONDS,
            per_page=100,
            # A run makes a handful of requests; the pauses are for bulk work.
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
        )
        self._requester = RememberingRequester(**client.requester.kwargs)
        self._pause = pause
        self._repository = repository

    @cached_property
    def repo(self) -> Repository:
        return Repository(self._requester, url=f"/repos/{self._repository}")

    @cached_property
    def me(self) -> Identity:
        """The author of our comments. `/user` is closed to the token of a job; GraphQL's viewer is not."""
        try:
            _, data = self._requester.graphql_query("query { viewer { login databaseId } }", {})
            viewer = data["data"]["viewer"]
            return Identity(str(viewer["login"]), int(viewer["databaseId"]))
        except (github.GithubException, requests.RequestException, KeyError, TypeError, ValueError):
            pass
        try:
            _, user = self._requester.requestJsonAndCheck("GET", "/user")
            return Identity(str(user["login"]), int(user["id"]))
        except (github.GithubException, requests.RequestException, KeyError, TypeError, ValueError):
            return Identity("github-actions[bot]", None)

    def converge(self, permission: str, operation: Callable[[], T]) -> T:
        """Run an operation that looks before it writes, again after what passes. `permission` is what it needs."""
        for pause in (*PAUSES_SECONDS, None):
            try:
                return operation()
            except github.GithubException as error:
                wait = _wait(error, pause)
                if wait is None:
                    raise HostError(_explain(error, permission)) from None
            except requests.RequestException as error:
                if pause is None:
                    raise HostError(f"GitHub does not answer ({type(error).__name__})") from None
                wait = pause
            except (AssertionError, RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
                # PyGithub's ways of saying that an answer leads to another host or is no JSON.
                if pause is None or isinstance(error, AssertionError | RuntimeError):
                    raise HostError(f"GitHub's answer makes no sense ({type(error).__name__})") from None
                wait = pause
            self._pause(wait)
        raise HostError("GitHub does not answer")

    def add_labels(self, number: int, names: list[str]) -> None:
        """PyGithub sends a bare list; the documented body is an object."""
        path = f"/repos/{self._repository}/issues/{number}/labels"
        self._requester.requestJsonAndCheck("POST", path, input={"labels": names})

    def statuses(self, commit: str) -> PaginatedList[CommitStatus]:
        """The newest first. PyGithub asks at an address that is not documented any more."""
        return PaginatedList(CommitStatus, self._requester, f"/repos/{self._repository}/commits/{commit}/statuses")

    @property
    def api_scheme(self) -> str:
        return urlsplit(self._requester.base_url).scheme

    def redirect_of(self, path: str) -> str:
        """Where GitHub points to for a download; it is not followed with the token."""
        headers, _ = self._requester.requestJsonAndCheck("GET", f"/repos/{self._repository}/{path}")
        return str(headers["location"])


def _wait(error: github.GithubException, pause: float | None) -> float | None:
    """Seconds until the next try; None when another try is useless or too far away."""
    if pause is None:
        return None
    if error.status >= 500:
        return pause
    if error.status not in (403, 429):
        return None
    headers = error.headers or {}
    after = headers.get("retry-after", "")
    if after.isdigit():
        return float(after) if float(after) <= MAX_PAUSE_SECONDS else None
    if headers.get("x-ratelimit-remaining") == "0":
        reset = headers.get("x-ratelimit-reset", "")
        seconds = float(reset) - time.time() + 1 if reset.isdigit() else MAX_PAUSE_SECONDS + 1
        return max(seconds, pause) if seconds <= MAX_PAUSE_SECONDS else None
    return MAX_PAUSE_SECONDS - 1 if error.status == 429 or "secondary rate" in _message(error).lower() else None


def _message(error: github.GithubException) -> str:
    data = error.data
    return str(data.get("message", "")) if isinstance(data, dict) else str(data or "")


def _explain(error: github.GithubException, permission: str) -> str:
    message = one_line(_message(error), 160)
    lowered = message.lower()
    if error.status == 401:
        return "the token is not valid (any more)"
    if error.status in (403, 429) and ("rate limit" in lowered or "abuse" in lowered):
        return "GitHub's rate limit is used up; nothing is lost, the review is in the summary and the JSON"
    if "locked" in lowered:
        return "the conversation is locked"
    if error.status in (403, 404) and any(word in lowered for word in DENIED):
        return (
            f"the token may not do this: add `{permission}` under `permissions:` of the job "
            "(pull requests from forks have a read-only token, see the two-stage example)"
        )
    if error.status == 403 and not message:
        return f"refused; does the job have `{permission}` under `permissions:`?"
    return f"GitHub answers {error.status}: {message or 'no reason given'}"
