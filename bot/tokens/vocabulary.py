"""How many tokens a text has in OpenAI's published vocabularies: tiktoken with bundled ranks, never the network.

The ranks are those of https://openaipublic.blob.core.windows.net/encodings/*.tiktoken, packed by
`scripts/build_vocabularies.py`: the number of tokens, one byte of length each, then all tokens in the order of their
ranks; zlib. A vocabulary is unpacked when its first text is counted, once for the process.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import ReviewError

if TYPE_CHECKING:
    import tiktoken

FOLDER = Path(__file__).resolve().parent

# Patterns as published with tiktoken 0.14 (MIT), tiktoken_ext/openai_public.py.
_CL100K_PATTERN = r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"""
_O200K_PATTERN = "|".join(
    (
        r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
        r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
        r"""\p{N}{1,3}""",
        r""" ?[^\s\p{L}\p{N}]+[\r\n/]*""",
        r"""\s*[\r\n]+""",
        r"""\s+(?!\S)""",
        r"""\s+""",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """A published vocabulary: `official_sha256` is of the published rank file, `blob_sha256` of the bundled one."""

    name: str
    pattern: str
    official_sha256: str
    blob_sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.name}.ranks.z"


VOCABULARIES: dict[str, Vocabulary] = {
    v.name: v
    for v in (
        Vocabulary(
            name="o200k_base",
            pattern=_O200K_PATTERN,
            official_sha256="446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
            blob_sha256="dce434c331e2b595eab34335423e5d1924359ebb49b6d2eae3c4539c0c0ed1c0",
        ),
        Vocabulary(
            name="cl100k_base",
            pattern=_CL100K_PATTERN,
            official_sha256="223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
            blob_sha256="1b57c7f611a970e92cfb0d6b24bba94d62b107e2fdeb89a0ef76f248e6169b88",
        ),
    )
}


def count(text: str, vocabulary: str) -> int:
    """Tokens of a text; text that looks like a special token is counted as text, which is what an API does with it."""
    return len(encoding(vocabulary).encode_ordinary(text)) if text else 0


@cache
def encoding(name: str) -> tiktoken.Encoding:
    """The tiktoken encoding over the bundled ranks."""
    import tiktoken  # noqa: PLC0415 loaded when the first text is counted

    vocabulary = VOCABULARIES[name]
    ranks = unpack(_blob(vocabulary))
    return tiktoken.Encoding(
        name=name,
        pat_str=vocabulary.pattern,
        mergeable_ranks={token: rank for rank, token in enumerate(ranks)},
        special_tokens={},
    )


def _blob(vocabulary: Vocabulary) -> bytes:
    path = FOLDER / vocabulary.file_name
    try:
        blob = path.read_bytes()
    except OSError as error:
        raise ReviewError(f"{path.name}: the bundled vocabulary cannot be read ({error.strerror}).", _HINT) from error
    if hashlib.sha256(blob).hexdigest() != vocabulary.blob_sha256:
        raise ReviewError(f"{path.name}: the bundled vocabulary is damaged.", _HINT)
    return blob


_HINT = "Install aicost-review again."


def pack(ranks: list[bytes]) -> bytes:
    """Tokens in the order of their ranks, as a blob."""
    return zlib.compress(len(ranks).to_bytes(4, "big") + bytes(map(len, ranks)) + b"".join(ranks), 9)


def unpack(blob: bytes) -> list[bytes]:
    """The tokens of a blob in the order of their ranks."""
    data = zlib.decompress(blob)
    end = 4 + int.from_bytes(data[:4], "big")
    ranks, at = [], end
    for length in data[4:end]:
        ranks.append(data[at : at + length])
        at += length
    return ranks


def parse_official(data: bytes) -> list[bytes]:
    """The tokens of a published `.tiktoken` file: base64 token, space, rank; ranks must be 0, 1, 2, ..."""
    pairs = [line.split() for line in data.splitlines() if line]
    if [int(rank) for _, rank in pairs] != list(range(len(pairs))):
        raise ValueError("the ranks have gaps")
    return [base64.b64decode(token) for token, _ in pairs]


def official(ranks: list[bytes]) -> bytes:
    """The published file again, byte for byte."""
    return b"".join(base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(ranks))
