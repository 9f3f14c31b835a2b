"""Which files of a tree are code, which may declare something, and what each is for."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from prompts_scanner import languages
from prompts_scanner.context import classify, examples_are_the_product, is_migration
from prompts_scanner.model import Context

_BINARY = frozenset(
    "png jpg jpeg gif webp ico svg pdf zip gz tar whl so dll exe woff woff2 ttf otf eot mp3 mp4 wav mov avi bin pt onnx "
    "parquet lock map css scss less html htm xml rst po pot snap csv tsv sql rs go java kt c h cpp hpp cs rb php sh".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """`files`: what may declare something and is no code. `digest` is of all paths of the tree; `seen` counts those not ignored,
    `vendored` those among them that are a copy of somebody else's code, which is not looked at."""

    digest: str
    seen: int
    vendored: int
    code: tuple[str, ...]
    files: tuple[str, ...]
    examples_are_product: bool

    def context(self, path: str) -> Context:
        found = classify(path)
        return "prod" if found == "example" and self.examples_are_product else found


def digest_of(paths: Sequence[str]) -> str:
    return sha256("\0".join(paths).encode("utf-8", "surrogatepass")).hexdigest()


def listing_of(paths: Sequence[str], ignore: tuple[str, ...]) -> Listing:
    """`ignore`: patterns of paths that are not looked at."""
    kept = [p for p in paths if not any(fnmatch.fnmatchcase(p, pattern) for pattern in ignore)] if ignore else paths
    code: list[str] = []
    files: list[str] = []
    vendored = 0
    for path in kept:
        if classify(path) == "vendored":
            vendored += 1
            continue
        if languages.language_of(path) is None:
            if path.rpartition(".")[2].lower() not in _BINARY:
                files.append(path)
        elif not is_migration(path):
            code.append(path)
    return Listing(
        digest=digest_of(paths),
        seen=len(kept),
        vendored=vendored,
        code=tuple(code),
        files=tuple(files),
        examples_are_product=examples_are_the_product(kept),
    )
