"""The day of the price snapshot that ships with this release, without reading its prices."""

from __future__ import annotations

import re
import zlib
from datetime import date
from pathlib import Path

_FILE = Path(__file__).with_name("prices") / "snapshot.json.z"
# `bot.prices.snapshot` writes its keys in order, and `date` is the first.
_DAY = re.compile(rb'\{"date":"(\d{4}-\d\d-\d\d)"')
_PACKED_BYTES = 1024


def snapshot_day() -> date | None:
    """None where the file does not begin with it: reading it whole tells."""
    with _FILE.open("rb") as stream:
        packed = stream.read(_PACKED_BYTES)
    found = _DAY.match(zlib.decompressobj().decompress(packed, 64))
    return date.fromisoformat(found[1].decode("ascii")) if found else None
