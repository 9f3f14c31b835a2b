"""Which pull request a commit of a default branch came by, from what the host writes into its message.

GitHub: "Merge pull request #12 from ...", or "(#12)" at the end of a squashed commit's first line. GitLab: "See merge
request group/project!12". Azure: "Merged PR 12: ...". Bitbucket: "(pull request #12)". Anything else is no number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_FORMS: Final = (
    (re.compile(r"\AMerge pull request #(\d{1,9}) from "), "pull"),
    (re.compile(r"\AMerged PR (\d{1,9}):"), "azure"),
    (re.compile(r"\A[^\n]*\(pull request #(\d{1,9})\)"), "bitbucket"),
    (re.compile(r"\A[^\n]*\(#(\d{1,9})\)\s*$", re.M), "pull"),
    (re.compile(r"^See merge request \S*!(\d{1,9})\s*$", re.M), "gitlab"),
)
_PLACES: Final = {
    "pull": "/pull/{}",
    "gitlab": "/-/merge_requests/{}",
    "azure": "/pullrequest/{}",
    "bitbucket": "/pull-requests/{}",
}
# https://git-scm.com/docs/git-clone#_git_urls: with a scheme, or host:path; the user is not kept.
_URL: Final = re.compile(r"(?:https?|ssh|git)://(?:[^/@\s]*@)?([\w.-]+)(?::\d+)?/([\w./~-]+?)(?:\.git)?/?")
_SCP: Final = re.compile(r"(?:[^/@\s]*@)?([\w.-]+):([\w./~-]+?)(?:\.git)?/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """`url` is "" where the repository's own address is not known."""

    number: int
    url: str = ""


def pull_request(message: str, web_url: str = "") -> PullRequest | None:
    """`web_url`: the repository's page, as `web_url_of` gives it."""
    for pattern, form in _FORMS:
        found = pattern.search(message)
        if found is not None:
            number = int(found.group(1))
            url = web_url + _PLACES[form].format(number) if web_url else ""
            return PullRequest(number=number, url=url)
    return None


def web_url_of(remote: str) -> str:
    """The page of a repository from the address that git fetches it from; "" for a path or what is none."""
    if len(remote) > 500:
        return ""
    found = _URL.fullmatch(remote) or (None if "://" in remote else _SCP.fullmatch(remote))
    if found is None or "." not in found.group(1) or ".." in found.group(2):
        return ""
    return f"https://{found.group(1)}/{found.group(2).lstrip('/')}"
