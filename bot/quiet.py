"""The review of a change between two trees that call no model: most changes of most repositories.

It is the review that `bot.pipeline` gives, and `tests/cli/test_quiet.py` holds them equal; it is here so that such a
change loads no scanner, no prices and no token counting.
"""

from __future__ import annotations

from bot import __version__
from bot.model import SCHEMA_VERSION, Coverage, Review, Verdict
from bot.places import CONFIG_NAMES, FOLDER
from bot.snapshot_day import snapshot_day
from prompts_scanner.early import FEW, files_of_nothing
from prompts_scanner.tree import FileTree
from prompts_scanner.workers import Workers


def quiet_review(base: FileTree, head: FileTree, notes: tuple[str, ...]) -> Review | None:
    """None where either tree has a policy or may hold a call, a prompt or a gap: the whole review tells."""
    if any(len(tree.paths()) > FEW for tree in (head, base)):
        return None
    if any(path in CONFIG_NAMES or path.startswith(FOLDER) for tree in (head, base) for path in tree.paths()):
        return None
    workers = Workers(1)  # none is started where no file has to be read
    try:
        files = files_of_nothing(head, workers)
        if files is None or files_of_nothing(base, workers) is None:
            return None
    finally:
        workers.close()
    day = snapshot_day()
    if day is None:
        return None
    return Review(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        base=base.name,
        head=head.name,
        prices_as_of=day,
        changes=(),
        sites=(),
        advice=(),
        verdict=Verdict(outcome="pass"),
        gaps=(),
        new_gaps=(),
        coverage=Coverage(
            sites=0, priced=0, no_price=0, model_unknown=0, files_seen=files[0], files_parsed=0, files_vendored=files[1]
        ),
        assumptions=notes,
        direction="none",
    )
