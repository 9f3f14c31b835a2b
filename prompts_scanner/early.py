"""Whether a small tree can be seen to hold no call, no prompt and no setting before anything of the scanner is loaded.

Says so only where `scan` would find nothing at all, not even a gap; in every doubt it leaves the answer to `scan`.
"""

from __future__ import annotations

import re
from typing import Final

from prompts_scanner.listing import listing_of
from prompts_scanner.tree import FileTree
from prompts_scanner.words import CALL_WORDS, SURFACE_WORDS
from prompts_scanner.workers import Clock, Workers

# Of more files a scan is remembered, and takes longer than loading the scanner does.
FEW: Final = 200


def files_of_nothing(tree: FileTree, workers: Workers) -> tuple[int, int] | None:
    """How many files a tree has that holds nothing of a scan, and how many of them are vendored and not looked at; None
    where it may hold something, or is large."""
    paths = tree.paths()
    if len(paths) > FEW or tree.gaps():
        return None
    listing = listing_of(paths, ())
    tree.prefetch((*listing.code, *listing.files))
    words = re.compile(f"{SURFACE_WORDS}|{CALL_WORDS}".encode())
    for path in listing.code:
        data = tree.read(path)
        if data is None or words.search(data):
            return None
    if listing.files and _declare_something(tree, listing.files, workers):
        return None
    return None if tree.gaps() else (listing.seen, listing.vendored)


def _declare_something(tree: FileTree, paths: tuple[str, ...], workers: Workers) -> bool:
    """Whether a file that is no code holds anything but variables of the environment, which only code asks for."""
    from prompts_scanner.files import FilesView, TreeFiles, read_file  # noqa: PLC0415
    from prompts_scanner.files_apart import FilesApart  # noqa: PLC0415

    files, apart = TreeFiles(tree, paths), FilesApart(workers.ask, Clock().late)
    for path in paths:
        found = read_file(FilesView(files), path, apart.read)
        if found is not None and any(
            (found.sites, found.prompts, found.tools, found.retrieval, found.models, found.gaps)
        ):
            return True
    return bool(files.unread)
