"""Conditional reads: what was read once in a run is asked for by its entity tag, and an unchanged answer is not sent again.

A run reads the same list before and after a write, and again after a failure. GitHub answers 304 where nothing changed,
which costs none of the hourly allowance; the answer that we have is then taken as it was, with its links to more pages.
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester

NOT_MODIFIED = 304
Key = tuple[str, tuple[tuple[str, str], ...], str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer as it came: `tag` is its entity tag, `headers` have lower-case names."""

    tag: str
    headers: dict[str, Any]
    body: str


class RememberingRequester(Requester):
    """PyGithub's requester with a memory of answers, for the life of one client."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._answers: dict[Key, Answer] = {}

    def requestJson(  # noqa: N802 the name is PyGithub's
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        input: Any | None = None,
        cnx: HTTPRequestsConnectionClass | HTTPSRequestsConnectionClass | None = None,
        follow_302_redirect: bool = False,
    ) -> tuple[int, dict[str, Any], str]:
        headers = dict(headers or {})
        key = _key(url, parameters, headers)
        known = self._answers.get(key) if verb == "GET" else None
        if known is not None:
            headers.setdefault("If-None-Match", known.tag)
        status, answered, body = super().requestJson(
            verb, url, parameters, headers, input, cnx, follow_302_redirect=follow_302_redirect
        )
        if status == NOT_MODIFIED and known is not None:
            return 200, dict(known.headers), known.body
        tag = answered.get("etag")
        if verb == "GET" and status == 200 and tag:
            self._answers[key] = Answer(tag=str(tag), headers=dict(answered), body=body)
        return status, answered, body


def _key(url: str, parameters: dict[str, Any] | None, headers: dict[str, Any]) -> Key:
    given = tuple(sorted((name, str(value)) for name, value in (parameters or {}).items()))
    return url, given, str(headers.get("Accept", ""))
