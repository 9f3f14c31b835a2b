"""Brings the commits to compare into the clone, when the checkout did not: objects only, never a work tree.

The address is the runner's (server and repository), not the pull request's. The token goes to git through the
environment, so that neither a list of processes nor the repository's configuration shows it.
https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpltpathgtextraHeader
"""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bot.errors import ReviewError
from bot.hosts.github_event import ID
from bot.hosts.text import one_line

TIMEOUT_SECONDS: Final = 600
ADVICE: Final = (
    "Check out with `fetch-depth: 0` (actions/checkout), or give the job `contents: read` and the action its token, "
    "so that the missing commits can be fetched. After a force-push a commit may be gone everywhere."
)
SETTINGS: Final = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "fetch.recurseSubmodules": "false",
    "fetch.writeCommitGraph": "false",
    "protocol.allow": "never",
    "credential.helper": "",
    "http.followRedirects": "initial",
}


def fetch_commits(git_dir: Path, url: str, ids: Sequence[str], *, token: str, shallow: bool) -> None:
    """Fetch these commits. A shallow clone gets each of them alone; a whole one gets what leads to them too."""
    scheme = urlsplit(url).scheme
    if scheme not in ("https", "http", "file"):
        raise ReviewError(f"Commits cannot be fetched over {scheme or 'no protocol'}.", ADVICE)
    wrong = [one for one in ids if not ID.fullmatch(one)]
    if wrong:
        raise ReviewError(f"{one_line(wrong[0], 60)!r} is not the id of a commit.", ADVICE)
    depth = ["--depth=1"] if shallow else []
    command = ["git", f"--git-dir={git_dir}", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head"]
    command += ["--no-recurse-submodules", "--no-auto-maintenance", *depth, "--end-of-options", url, *ids]
    try:
        done = subprocess.run(  # noqa: S603 a fixed command; ids are hexadecimal, the address is the runner's
            command,
            env=_environment(scheme, url, token),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ReviewError(f"The commits to compare could not be fetched ({type(error).__name__}).", ADVICE) from None
    if done.returncode != 0:
        complaint = one_line(done.stderr.decode("utf-8", "replace").replace(token or "\0", "***"), 300)
        raise ReviewError(f"The commits to compare are not in this clone and cannot be fetched: {complaint}", ADVICE)


def _environment(scheme: str, url: str, token: str) -> Mapping[str, str]:
    settings = {**SETTINGS, f"protocol.{scheme}.allow": "always"}
    if token and scheme != "file":
        secret = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        parts = urlsplit(url)
        settings[f"http.{parts.scheme}://{parts.netloc}/.extraheader"] = f"AUTHORIZATION: basic {secret}"
    keep = ("PATH", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy", "SSL_CERT_FILE")
    env = {name: os.environ[name] for name in keep if name in os.environ}
    env |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    env |= {"GIT_CONFIG_COUNT": str(len(settings)), "HOME": os.devnull}
    for number, (name, value) in enumerate(settings.items()):
        env |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return env
