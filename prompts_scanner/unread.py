"""Documents that are not read, and the limits beyond which they are not."""

from __future__ import annotations

MAX_NODES = 60_000
MAX_DEPTH = 60


class UnreadDocumentError(Exception):
    """A document that is not read: `reason` is for a gap, `weight` as in `Gap`."""

    def __init__(self, reason: str, weight: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.weight = weight


def too_big(what: str) -> UnreadDocumentError:
    return UnreadDocumentError(f"{what}, not read", 60)
