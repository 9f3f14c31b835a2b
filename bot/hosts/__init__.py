"""Where a review is told. To add a host: one file with `NAME`, `detect` and `publish`, and its line here.

The first whose `detect` answers yes is taken; `files` always does, and stands last.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from bot.hosts import files, github
from bot.hosts.port import Report, Run, Sink, Wishes


class Host(Protocol):
    @property
    def NAME(self) -> str: ...  # noqa: N802 a constant of a module
    def detect(self, env: Mapping[str, str]) -> bool: ...
    def publish(
        self, report: Report, run: Run, wishes: Wishes, env: Mapping[str, str], folder: Path
    ) -> tuple[Sink, ...]: ...


HOSTS: Final[tuple[Host, ...]] = (
    github,
    files,
)
BY_NAME: Final[Mapping[str, Host]] = {host.NAME: host for host in HOSTS}


def host_for(env: Mapping[str, str]) -> Host:
    return next(host for host in HOSTS if host.detect(env))
