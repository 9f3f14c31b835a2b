"""Counts of texts kept between runs: a vocabulary takes a tenth of a second to load, and most texts were counted before.

A count is a fact about a text and a vocabulary, so it holds in every tree. The seal tells damage; losing any is harmless.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

from bot.tokens import vocabulary
from prompts_scanner.sieve import Store

# Some 50 bytes each. Beyond it those go first that were not asked for longest.
MOST: Final = 50_000
_SEAL_BYTES: Final = 32


@contextmanager
def remembering(store: Store) -> Iterator[None]:
    """Within it, a text that the store has the count of is not counted again; what is counted goes there at its end."""
    name = f"counts:{_fingerprint()}"
    before = _unpacked(store.get_many([name]).get(name, b""))
    with vocabulary.recalling(before) as asked:
        yield
    if asked.keys() - before.keys():
        kept = {k: n for k, n in before.items() if k not in asked} | asked
        store.put_many({name: _packed(dict(list(kept.items())[-MOST:]))})


def _fingerprint() -> str:
    """Changes with the vocabularies and with how they are used."""
    return sha256(Path(vocabulary.__file__).read_bytes()).hexdigest()


def _packed(counts: dict[str, int]) -> bytes:
    body = json.dumps(counts, separators=(",", ":")).encode("ascii")
    return sha256(body).digest() + body


def _unpacked(packed: bytes) -> dict[str, int]:
    seal, body = packed[:_SEAL_BYTES], packed[_SEAL_BYTES:]
    if sha256(body).digest() != seal:
        return {}
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    counts = found if isinstance(found, dict) else {}
    return {key: n for key, n in counts.items() if type(n) is int and n >= 0}
